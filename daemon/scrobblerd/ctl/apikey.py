"""The API key of the user's own: asked for once, kept in lastfm.toml, judged by Last.fm.

A key that is not taken leaves the file as it was.
"""

import getpass
import os
import re
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import tomlfile
from ..config import config_path
from ..errors import ScrobblerdError
from . import browser
from .client import ERROR, Client
from .failures import Exit, Failure
from .screen import Screen

PAGE = "https://www.last.fm/api/account/create"
_KEY = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_SHAPE = "is 32 letters and digits: 0 to 9, a to f"


def somebody_answers() -> bool:
    """Whether there is a terminal at which somebody can be asked."""
    return sys.stdin.isatty()


async def renew(client: Client, screen: Screen, may_browse: bool) -> dict[str, Any]:
    """Ask for key and secret, keep them, and let the daemon read them: what the file held before,
    for `restore`. Raises Failure."""
    path = _path()
    before = _read(path)
    key, secret = _asked(screen, may_browse)
    try:
        _write(path, {"api_key": key, "api_secret": secret})
        await client.call("Reload")
        await _judged(client, path)
    except BaseException:
        await restore(client, before)
        raise
    screen.line(f"The API key is kept in {path}")
    return before


async def restore(client: Client, before: dict[str, Any]) -> None:
    """Put the file back as it was, and let the daemon read it."""
    path = _path()
    if before:
        _write(path, before)
    else:
        path.unlink(missing_ok=True)
    await client.call("Reload")


async def _judged(client: Client, path: Path) -> None:
    """Raises Failure where the key is not taken; where Last.fm can't be asked, it is kept."""
    if not (await client.call("GetSettings"))["configured"]:
        raise Failure(f"scrobblerd does not read {path}; does it run with other folders?")
    try:
        await client.call("GetAuthUrl")
        await client.call("CancelAuth")
    except Failure as failure:
        if failure.error == f"{ERROR}NotConfigured":
            raise


# -- asking ---------------------------------------------------------------------------------------


def _asked(screen: Screen, may_browse: bool) -> tuple[str, str]:
    """Key and secret, from a terminal, or as two lines of the input."""
    if not somebody_answers():
        key, secret = (sys.stdin.readline().strip() for _ in range(2))
        if not _KEY.fullmatch(key) or not _KEY.fullmatch(secret):
            raise Failure(
                "there is no API key yet: run scrobblerctl login in a terminal, or give it key and"
                f" secret as two lines of input; each {_SHAPE}",
                Exit.NOT_LOGGED_IN,
            )
        return key, secret
    screen.note(
        "scrobblerd needs an API key of your own, once. Get one at\n"
        f"    {PAGE}\n"
        "(any name will do, such as scrobblerd; leave the callback URL empty), and paste here what"
        " Last.fm shows."
    )
    if may_browse:
        browser.opened(PAGE)
    with _interruptible():
        return _typed(screen, "API key", input), _typed(screen, "Shared secret", getpass.getpass)


def _typed(screen: Screen, what: str, ask: Callable[[str], str]) -> str:
    while True:
        try:
            words = ask(f"{what}: ").strip()
        except EOFError:
            raise Failure("no API key was given; nothing was changed", Exit.NOT_LOGGED_IN) from None
        if _KEY.fullmatch(words):
            return words
        screen.note(f"That can't be it: a Last.fm {what.lower()} {_SHAPE}.")


@contextmanager
def _interruptible() -> Generator[None]:
    """While somebody types, Ctrl-C ends the question at once: asyncio would wait for an Enter."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


# -- the file -------------------------------------------------------------------------------------


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomlfile.read(path)
    except ScrobblerdError as error:
        raise Failure(str(error)) from error


def _write(path: Path, values: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        tomlfile.write(path, values)
    except OSError as error:
        raise Failure(f"{path.parent}: can't be made ({error.strerror})") from error
    except ScrobblerdError as error:
        raise Failure(str(error)) from error


def _path() -> Path:
    return config_path(os.environ).with_name("lastfm.toml")
