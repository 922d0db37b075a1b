"""login and logout: opens the browser, and waits until access is allowed.

If the login ends early, for example by Ctrl-C, everything is put back as it was before.
"""

import asyncio
import io
import os
import shutil
import subprocess
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import PurePath

from ...core import LASTFM
from ...core.text import printable
from ..client import ONLINE_CALL_SECONDS, Client
from ..display import accounts
from ..display.screen import Screen, is_interactive
from ..errors import (
    AUTH_PENDING,
    BUSY,
    NETWORK,
    NOT_AUTHENTICATED,
    NOT_CONFIGURED,
    SERVICE,
    Exit,
    Failure,
)
from ..reconciliation.backfill import offer
from . import api_key
from .status import to_do

POLL_SECONDS = 3.0
"""Time between two questions whether access was allowed."""

TOKEN_SECONDS = 3600.0
"""How long Last.fm keeps a token (last.fm/api/desktopauth)."""

OPENER = "xdg-open"
"""The program that opens a URL with the user's browser (freedesktop.org, xdg-utils)."""

TERMINAL_BROWSERS = frozenset(
    (
        *("www-browser", "w3m", "lynx", "links", "links2", "elinks", "browsh", "carbonyl"),
        *("chawan", "cha", "netrik", "retawq", "felinks", "sensible-browser", OPENER),
    )
)
"""Programs that xdg-open takes without a display, and others like them: they need a terminal, and
what we open has none. The last two choose one of them."""

GRAPHICAL_BROWSERS = (
    *("x-www-browser", "firefox", "firefox-esr", "chromium", "chromium-browser", "google-chrome"),
    *("brave-browser", "vivaldi", "opera", "epiphany", "gnome-web", "falkon", "konqueror"),
    *("librewolf", "midori", "qutebrowser", "microsoft-edge", "seamonkey", "waterfox"),
)
"""Programs that show a page on the display of the one who came over SSH."""

QUIET_ZONE_MODULES = 2
"""Empty squares around a QR code. The standard asks for 4; cameras need only 2, and then it fits
on a terminal of 24 lines."""

REPORTED = (NETWORK, SERVICE)
"""Errors that are shown, and after which the question is repeated."""

AskName = Callable[[], Awaitable[str]]
"""Asks the daemon for a user's name."""

RETRIED = (AUTH_PENDING, BUSY, *REPORTED)
"""Errors after which the question is repeated."""


async def login(client: Client, options: Namespace, screen: Screen) -> None:
    """Logs in. Asks for an API key first if there is none."""
    settings = await client.call("GetSettings")
    if settings["authenticated"] and not options.new_key:
        screen.line(f"{settings['username']} is logged in already; scrobblerctl logout ends that")
        await tell_of_held(client, screen, LASTFM)
        return
    before = None
    if options.new_key or not settings["configured"]:
        before = await _new_key(client, options, screen)
    try:
        url, token = await _begin(client, options, screen)
        show_page(screen, url, options.no_browser)

        async def complete() -> str:
            return await client.call("CompleteAuth", "s", token, within=ONLINE_CALL_SECONDS)

        async def logged_in() -> str:
            return "" if settings["authenticated"] else await _logged_in(client)

        name = await wait_for_approval(screen, complete, logged_in)
    except BaseException as error:
        # A first key is kept: it was taken, and need not be asked for again.
        before = before if settings["configured"] else None
        await api_key.take_back(client, before)
        if before and isinstance(error, asyncio.CancelledError):
            screen.note("The earlier API key is back.")
        raise
    screen.line([(f"Logged in as {name}.", "green"), " What you play is scrobbled now."])
    await tell_of_held(client, screen, LASTFM)
    await offer(client, screen, LASTFM)


async def tell_of_held(client: Client, screen: Screen, name: str) -> None:
    """Tells which plays of an account go nowhere by themselves, now that somebody is logged in."""
    account = await client.call("GetAccountStatus", "s", name)
    for entry in await to_do(client, [account]):
        screen.line([(accounts.plight(entry, False), "yellow"), f": {entry['command']}"])


async def logout(client: Client, _: Namespace, screen: Screen) -> None:
    """Forgets the login."""
    name = (await client.call("GetSettings"))["username"]
    if not name:  # Disconnect would switch scrobbling off
        await client.call("CancelAuth")
        screen.line("Nobody was logged in")
        return
    await client.call("Disconnect")
    screen.line(f"Logged out {name}; the queue is kept, and plays go to the history only")


async def _begin(client: Client, options: Namespace, screen: Screen) -> tuple[str, str]:
    """Returns the URL to approve at, and its token. Asks for another API key if Last.fm refuses
    the one that is there."""
    try:
        url, token = await client.call("GetAuthUrl", within=ONLINE_CALL_SECONDS)
    except Failure as failure:
        if failure.error != NOT_CONFIGURED or not is_interactive():
            raise
        screen.note(failure.message)
        await _new_key(client, options, screen)
        url, token = await client.call("GetAuthUrl", within=ONLINE_CALL_SECONDS)
    return url, token


async def _new_key(client: Client, options: Namespace, screen: Screen) -> api_key.PreviousFile:
    """Asks for an API key, and returns the file as it was before."""
    return await api_key.renew(client, screen, None if options.no_browser else open_page)


def show_page(screen: Screen, url: str, no_browser: bool) -> None:
    """Opens the page, or shows its address."""
    code = ""
    if not no_browser and open_page(url):
        screen.line("Allow access in the browser that opens. If none does, open this page:")
    else:
        screen.line("Open this page in a browser, here or on your phone, and allow access:")
        code = qr_code(url) if screen.blocks and screen.live else ""
    screen.raw(printable(url))
    screen.note("Waiting until access is allowed; Ctrl-C gives up.")
    if code and code.index("\n") <= screen.width:
        screen.raw(code)  # last, so that nothing shifts it out of sight


async def _logged_in(client: Client) -> str:
    """Returns the user's name; "" if nobody is logged in."""
    settings = await client.call("GetSettings")
    return settings["username"] if settings["authenticated"] else ""


async def wait_for_approval(screen: Screen, complete: AskName, logged_in: AskName) -> str:
    """Returns the user's name as soon as access was allowed. `complete` ends the login;
    `logged_in` returns who was logged in by another program meanwhile, "" = nobody."""
    deadline, reported = time.monotonic() + TOKEN_SECONDS, ""
    while time.monotonic() < deadline:
        try:
            return await complete()
        except Failure as failure:
            if failure.error not in (*RETRIED, NOT_AUTHENTICATED):
                raise
            if name := await logged_in():
                return name
            if failure.error == NOT_AUTHENTICATED:
                raise
            if failure.error in REPORTED and failure.message != reported:
                reported = failure.message
                screen.note(f"{reported}; trying again")
        await asyncio.sleep(POLL_SECONDS)
    raise Failure("access was not allowed within an hour; nothing was changed", Exit.NOT_LOGGED_IN)


# -- the browser ----------------------------------------------------------------------------------


def open_page(url: str) -> bool:
    """Opens `url` in the user's browser. Returns False if there is none outside the terminal."""
    if shutil.which(OPENER) is None or not _has_browser():
        return False
    subprocess.Popen(  # without our terminal, and out of reach of our Ctrl-C
        [OPENER, url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True


def _has_browser() -> bool:
    """Returns whether the user has a browser with a window of its own. Over SSH there may be a
    display, and yet no browser that shows anything on it: then xdg-open takes one for terminals."""
    named = os.environ.get("BROWSER", "")
    if named and any(map(_is_graphical, named.split(":"))):
        return True
    has_display = any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    if not any(map(os.environ.get, ("SSH_CONNECTION", "SSH_TTY"))):
        return has_display
    return has_display and not named and any(map(shutil.which, GRAPHICAL_BROWSERS))


def _is_graphical(command: str) -> bool:
    """Returns whether an entry of BROWSER, a program that may have arguments, has a window."""
    program = PurePath(command.partition(" ")[0]).name
    return bool(program) and program not in TERMINAL_BROWSERS


def qr_code(url: str) -> str:
    """Returns `url` as a QR code of block characters, two rows in a line."""
    import segno  # noqa: PLC0415 # few need it

    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, border=QUIET_ZONE_MODULES, compact=True)
    return out.getvalue().rstrip("\n")
