"""Names that every D-Bus session has."""

DBUS, DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
"""The bus itself: its name, which is its interface's too, and its object."""
