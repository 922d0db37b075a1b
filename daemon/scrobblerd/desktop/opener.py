"""Opens pages and folders for the user: the desktop's portal and file manager do it, over D-Bus.

Never a program that we start: a browser would live in this service's sandbox, and die with it.
"""

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..dbus.calls import answer, ask, ask_bus

PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
OPEN_URI = "org.freedesktop.portal.OpenURI"
"""flatpak.github.io/xdg-desktop-portal; it takes no file: URL."""

FILES = "org.freedesktop.FileManager1"
FILES_PATH = "/org/freedesktop/FileManager1"
"""www.freedesktop.org/wiki/Specifications/file-manager-interface"""


class Opener:
    """ClickAction URLs; where the desktop has nobody who does, `can_open` says so."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def can_open(self, folder: bool) -> bool:
        """Whether there is, or can be started, who opens pages, or folders."""
        name = FILES if folder else PORTAL
        if answer(await ask_bus(self._bus, "NameHasOwner", name), "b") == [True]:
            return True
        startable = answer(await ask_bus(self._bus, "ListActivatableNames"), "as")
        return startable is not None and name in startable[0]

    async def open(self, url: str, token: str = "") -> bool:
        """Whether somebody took it on. `token`: what a click gave us, so that the window may come
        to the front."""
        wanted = _folder(url, token) if url.startswith("file:") else _page(url, token)
        reply = await ask(self._bus, wanted)
        return reply is not None and reply.message_type is MessageType.METHOD_RETURN


def _page(url: str, token: str) -> Message:
    options = {"activation_token": Variant("s", token)} if token else {}
    body = ["", url, options]
    return Message(PORTAL, PORTAL_PATH, OPEN_URI, "OpenURI", signature="ssa{sv}", body=body)


def _folder(url: str, token: str) -> Message:
    return Message(FILES, FILES_PATH, FILES, "ShowFolders", signature="ass", body=[[url], token])
