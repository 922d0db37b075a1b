"""login and logout: the browser, and the wait for an approval.

What ends it early, Ctrl-C too, leaves what was there before: the login that was begun is taken
back.
"""

import asyncio
import time
from argparse import Namespace

from .. import browser
from ..client import ERROR, ONLINE, Client
from ..display.screen import Screen, somebody_answers
from ..errors import Exit, Failure
from . import api_key

EVERY = 3.0
"""Seconds between two questions whether access was allowed."""

TOKEN_LIFE = 3600.0
"""Seconds for which Last.fm keeps a token (last.fm/api/desktopauth)."""

TOLD = (f"{ERROR}Network", f"{ERROR}Service")
PASSING = (f"{ERROR}AuthPending", f"{ERROR}Busy", *TOLD)
"""Errors after which it is asked again, and those of them that are told."""
REFUSED = f"{ERROR}NotAuthenticated"


async def login(client: Client, options: Namespace, screen: Screen) -> None:
    """Log in, asking for an API key first where there is none."""
    settings = await client.call("GetSettings")
    if settings["authenticated"] and not options.new_key:
        screen.line(f"{settings['username']} is logged in already; scrobblerctl logout ends that")
        return
    before = None
    if options.new_key or not settings["configured"]:
        before = await api_key.renew(client, screen, not options.no_browser)
    try:
        url, token = await _begun(client, options, screen)
        _show(screen, url, options.no_browser)
        name = await _approved(client, screen, token, settings["authenticated"])
    except BaseException as error:
        # A first key is kept: it was taken, and need not be asked for again.
        before = before if settings["configured"] else None
        await api_key.take_back(client, before)
        if before and isinstance(error, asyncio.CancelledError):
            screen.note("The API key is the one from before again.")
        raise
    screen.line([(f"Logged in as {name}.", "green"), " What you play is scrobbled now."])


async def logout(client: Client, _: Namespace, screen: Screen) -> None:
    """Forget the login."""
    name = (await client.call("GetSettings"))["username"]
    if not name:  # Disconnect would switch scrobbling off
        await client.call("CancelAuth")
        screen.line("Nobody was logged in")
        return
    await client.call("Disconnect")
    screen.line(f"Logged out {name}; the queue is kept, and plays go to the history only")


async def _begun(client: Client, options: Namespace, screen: Screen) -> tuple[str, str]:
    """The URL to approve at, and its token. A key that Last.fm takes no more is asked for anew."""
    try:
        url, token = await client.call("GetAuthUrl", within=ONLINE)
    except Failure as failure:
        if failure.error != f"{ERROR}NotConfigured" or not somebody_answers():
            raise
        screen.note(str(failure))
        await api_key.renew(client, screen, not options.no_browser)
        url, token = await client.call("GetAuthUrl", within=ONLINE)
    return url, token


def _show(screen: Screen, url: str, no_browser: bool) -> None:
    """Open the page, or show the way to it."""
    code = ""
    if not no_browser and browser.opened(url):
        screen.line("Allow access in the browser that opens. If none does, open this page:")
    else:
        screen.line("Open this page in a browser, here or on your phone, and allow access:")
        code = browser.code(url) if screen.blocks and screen.live else ""
    screen.raw(url)
    screen.note("Waiting until access is allowed; Ctrl-C gives up.")
    if code and code.index("\n") <= screen.width:
        screen.raw(code)  # last, so that nothing shifts it out of sight


async def _logged_in(client: Client) -> str:
    settings = await client.call("GetSettings")
    return settings["username"] if settings["authenticated"] else ""


async def _approved(client: Client, screen: Screen, token: str, before: bool) -> str:
    """The user's name, once access was allowed; `before`: whether somebody was logged in then."""
    deadline, told = time.monotonic() + TOKEN_LIFE, ""
    while time.monotonic() < deadline:
        try:
            return await client.call("CompleteAuth", "s", token, within=ONLINE)
        except Failure as failure:
            if failure.error not in (*PASSING, REFUSED):
                raise
            if not before and (name := await _logged_in(client)):  # somebody else was faster
                return name
            if failure.error == REFUSED:
                raise
            if failure.error in TOLD and str(failure) != told:
                told = str(failure)
                screen.note(f"{told}; trying again")
        await asyncio.sleep(EVERY)
    raise Failure("access was not allowed within an hour; nothing was changed", Exit.NOT_LOGGED_IN)
