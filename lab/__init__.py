"""A player, a bus and a Last.fm, for tests and `make demo`."""

import scrobblerd as scrobblerd  # before dbus-next: see `scrobblerd.dbus`
