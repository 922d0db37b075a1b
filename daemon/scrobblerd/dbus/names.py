"""Names on the bus that more than one package needs."""

DBUS, DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
"""The bus itself: its name, which is the name of its interface too, and its object."""

PROPERTIES = "org.freedesktop.DBus.Properties"
"""The interface to the properties of any object."""

SCROBBLER, SCROBBLER_PATH = "org.scrobblerd.Scrobbler1", "/org/scrobblerd/Scrobbler1"
"""The daemon: its name, which is the name of its interface too, and its object."""

SCROBBLER_ERROR = "org.scrobblerd.Error"
"""The errors of the daemon are called so, a dot and the name of the error."""
