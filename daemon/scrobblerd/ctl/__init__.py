"""scrobblerctl, the command for people: it speaks only D-Bus to the daemon, and shows what it says.

`main` is where it begins, `arguments` names every command and the function behind it, `client` is
the way to the daemon, `screen` the way to the terminal; `words`, `figures`, `charts` and `page`
only turn values into others. The other files hold the commands, one subject each.
"""
