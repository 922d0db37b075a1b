"""scrobblerctl, the command for people: it speaks only D-Bus to the daemon, and shows what it says.

`main` is where it begins, `arguments` names every command and the function behind it, `client` is
the way to the daemon, `screen` the way to the terminal; `words` and `charts` are pure. The other
files hold the commands, one subject each.
"""
