"""scrobblerd: listens to every MPRIS player and scrobbles what was really heard to Last.fm."""

__version__ = "0.1.0"
