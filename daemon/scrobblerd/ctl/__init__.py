"""scrobblerctl, the command for people: it speaks only D-Bus to the daemon, and shows what it says.

`__main__` is where it begins. `arguments` names every command and the function behind it.
`commands` has a file for each subject. `client` is the way to the daemon, `display.screen` the way
to the terminal; the rest of `display` only turns values into text.
"""
