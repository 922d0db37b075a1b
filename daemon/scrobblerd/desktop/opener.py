"""Opens pages and folders by the desktop's portal and file manager, over D-Bus.

It starts no program itself: a browser would live in the sandbox of this service, and die with it.
"""

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..dbus.calls import (
    CALL_TIMEOUT_SECONDS,
    body_of,
    call_bus_if_possible,
    call_if_possible,
)

PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
OPEN_URI = "org.freedesktop.portal.OpenURI"
"""Specification: flatpak.github.io/xdg-desktop-portal. It takes no file: URL."""

FILES = "org.freedesktop.FileManager1"
FILES_PATH = "/org/freedesktop/FileManager1"
"""Specification: www.freedesktop.org/wiki/Specifications/file-manager-interface"""


class Opener:
    """Opens URLs, if the desktop has a service for it."""

    def __init__(self, bus: MessageBus, timeout_seconds: float = CALL_TIMEOUT_SECONDS) -> None:
        self._bus = bus
        self._timeout_seconds = timeout_seconds

    async def can_open(self, folder: bool) -> bool:
        """Decides whether a service that opens pages, or folders, runs or can be started."""
        name = FILES if folder else PORTAL
        if body_of(await call_bus_if_possible(self._bus, "NameHasOwner", name), "b") == [True]:
            return True
        startable = body_of(await call_bus_if_possible(self._bus, "ListActivatableNames"), "as")
        return startable is not None and name in startable[0]

    async def open(self, url: str, token: str = "") -> bool:
        """Opens a URL. Returns whether a service accepted it. `token`: the activation token of a
        click, with which the window may come to the front."""
        message = _folder(url, token) if url.startswith("file:") else _page(url, token)
        reply = await call_if_possible(self._bus, message, self._timeout_seconds)
        return reply is not None and reply.message_type is MessageType.METHOD_RETURN


def _page(url: str, token: str) -> Message:
    options = {"activation_token": Variant("s", token)} if token else {}
    body = ["", url, options]
    return Message(PORTAL, PORTAL_PATH, OPEN_URI, "OpenURI", signature="ssa{sv}", body=body)


def _folder(url: str, token: str) -> Message:
    return Message(FILES, FILES_PATH, FILES, "ShowFolders", signature="ass", body=[[url], token])
