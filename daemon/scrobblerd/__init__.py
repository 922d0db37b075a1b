"""scrobblerd: listens to every MPRIS player and scrobbles what was really heard to Last.fm."""

from . import dbus as dbus  # before any import of dbus-next, which needs what is done there

__version__ = "0.1.0"
