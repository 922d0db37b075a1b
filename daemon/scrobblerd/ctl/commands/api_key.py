"""The API key of the user's own: asked for once, kept in lastfm.toml, judged by Last.fm.

A key that is not taken leaves the file as it was.
"""

import os
import re
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...config import toml_file
from ...config.paths import api_key_path, config_path
from ...core.errors import ScrobblerdError
from .. import browser
from ..client import ERROR, ONLINE, Client
from ..display.screen import Screen, asked, somebody_answers
from ..errors import Exit, Failure

PAGE = "https://www.last.fm/api/account/create"
_KEY = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_SHAPE = "is 32 letters and digits: 0 to 9, a to f"


@dataclass(frozen=True, slots=True)
class Before:
    """The file as it was, byte by byte; None = there was none."""

    path: Path
    content: bytes | None
    mode: int = 0

    @classmethod
    def of(cls, path: Path) -> "Before":
        """What `path` holds now. Raises Failure where it is no TOML, or can't be read."""
        try:
            toml_file.read(path)
            return cls(path, path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        except FileNotFoundError:
            return cls(path, None)
        except ScrobblerdError as error:
            raise Failure(str(error)) from error

    def put_back(self) -> None:
        """Let the file be that again. Raises Failure."""
        if self.content is None:
            self.path.unlink(missing_ok=True)
        else:
            with _writing(self.path):
                toml_file.replace(self.path, self.content, self.mode)


async def renew(client: Client, screen: Screen, may_browse: bool) -> Before:
    """Ask for key and secret, keep them, and let the daemon read them: the file as it was before,
    for `take_back`. Raises Failure."""
    path = _path()
    before = Before.of(path)
    if place := (await client.call("GetSettings")).get("key_from"):
        raise Failure(
            f"the API key is in the {place} of scrobblerd, before any file: put another"
            " there, and restart scrobblerd"
        )
    key, secret = await _asked(screen, may_browse)
    try:
        with _writing(path):
            toml_file.write(path, {"api_key": key, "api_secret": secret})
        await client.call("Reload")
        await _judged(client, path)
    except BaseException:
        await take_back(client, before)
        raise
    screen.raw(f"The API key is kept in {path}")
    return before


async def take_back(client: Client, before: Before | None) -> None:
    """End the login that was begun, and put the file back; also where the daemon has gone."""
    if before:
        before.put_back()
    for member in ("CancelAuth", "Reload"):
        with suppress(Failure):
            await client.call(member)


async def _judged(client: Client, path: Path) -> None:
    """Raises Failure where the key is not taken; where Last.fm can't be asked, it is kept."""
    if not (await client.call("GetSettings"))["configured"]:
        raise Failure(f"scrobblerd does not read {path}; does it run with other folders?")
    try:
        await client.call("GetAuthUrl", within=ONLINE)
        await client.call("CancelAuth")
    except Failure as failure:
        if failure.error == f"{ERROR}NotConfigured":
            raise


# -- asking ---------------------------------------------------------------------------------------


async def _asked(screen: Screen, may_browse: bool) -> tuple[str, str]:
    """Key and secret, from a terminal, or as two lines of the input."""
    if not somebody_answers():
        key, secret = (_line().strip() for _ in range(2))
        if not _KEY.fullmatch(key) or not _KEY.fullmatch(secret):
            raise Failure(
                "an API key is needed: run this in a terminal, or give it key and secret as two"
                f" lines of input; each {_SHAPE}",
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
    return await _typed(screen, "API key"), await _typed(screen, "Shared secret", hidden=True)


def _line() -> str:
    """A line of the input; what is no text is no key."""
    return sys.stdin.buffer.readline().decode(errors="replace") if sys.stdin is not None else ""


async def _typed(screen: Screen, what: str, hidden: bool = False) -> str:
    while True:
        try:
            words = await asked(screen, f"{what}: ", hidden)
        except EOFError:
            raise Failure("no API key was given; nothing was changed", Exit.NOT_LOGGED_IN) from None
        if _KEY.fullmatch(words):
            return words
        screen.note(f"That can't be it: a Last.fm {what.replace('Shared', 'shared')} {_SHAPE}.")


# -- the file -------------------------------------------------------------------------------------


@contextmanager
def _writing(path: Path) -> Generator[None]:
    """What goes wrong with the file is a Failure."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise Failure(f"{path.parent}: can't be made ({error.strerror})") from error
    except ScrobblerdError as error:
        raise Failure(str(error)) from error


def _path() -> Path:
    """The file itself, not a link to it, which is to stay one."""
    try:
        return api_key_path(config_path(os.environ)).resolve()
    except ScrobblerdError as error:
        raise Failure(str(error)) from error
