"""Asks the user for an API key, keeps it in lastfm.toml, and lets Last.fm check it.

If Last.fm refuses the key, the file is put back as it was.
"""

import os
import re
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...config import toml_file
from ...config.source import api_key_path, config_path
from ...core import FROM_PACKAGE
from ...core.errors import ScrobblerdError
from ..client import ONLINE_CALL_SECONDS, Client
from ..display.screen import Screen, ask, input_line, is_interactive
from ..errors import NOT_CONFIGURED, Exit, Failure

API_KEY_PAGE = "https://www.last.fm/api/account/create"
_KEY = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
OpenPage = Callable[[str], bool]
"""Opens a URL in the user's browser, and returns whether there is one."""
_SHAPE = "is 32 letters and digits: 0 to 9, a to f"


@dataclass(frozen=True, slots=True)
class PreviousFile:
    """The file as it was, byte by byte. `content` is None if there was no file."""

    path: Path
    content: bytes | None
    mode: int = 0

    @classmethod
    def of(cls, path: Path) -> "PreviousFile":
        """Reads `path`. Raises Failure if it is no TOML, or can't be read."""
        try:
            toml_file.read(path)
            return cls(path, path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        except FileNotFoundError:
            return cls(path, None)
        except ScrobblerdError as error:
            raise Failure(str(error)) from error

    def put_back(self) -> None:
        """Writes the file again as it was. Raises Failure."""
        if self.content is None:
            self.path.unlink(missing_ok=True)
        else:
            with failing_plainly(self.path):
                toml_file.replace(self.path, self.content, self.mode)


async def renew(client: Client, screen: Screen, open_page: OpenPage | None) -> PreviousFile:
    """Asks for key and secret, keeps them, and lets the daemon read them. Returns the file as it
    was before, for `take_back`. `open_page` opens Last.fm's page for it. Raises Failure."""
    path = _path()
    before = PreviousFile.of(path)
    source = (await client.call("GetSettings")).get("key_from")
    if source not in (None, FROM_PACKAGE):
        raise Failure(
            f"the API key is in the {source} of scrobblerd, before any file: put another"
            " there, and restart scrobblerd"
        )
    key, secret = await _ask_for_key(screen, open_page)
    try:
        with failing_plainly(path):
            toml_file.write(path, {"api_key": key.lower(), "api_secret": secret.lower()})
        await client.call("Reload")
        await _check(client, path)
    except BaseException:
        await take_back(client, before)
        raise
    screen.raw(f"The API key is kept in {path}")
    return before


async def take_back(client: Client, before: PreviousFile | None) -> None:
    """Cancels the login that was begun, and puts the file back, even if the daemon has gone."""
    if before:
        before.put_back()
    for member in ("CancelAuth", "Reload"):
        with suppress(Failure):
            await client.call(member)


async def _check(client: Client, path: Path) -> None:
    """Raises Failure if Last.fm refuses the key. If Last.fm can't be asked, the key is kept."""
    if not (await client.call("GetSettings"))["configured"]:
        raise Failure(f"scrobblerd does not read {path}; does it run with other folders?")
    try:
        await client.call("GetAuthUrl", within=ONLINE_CALL_SECONDS)
        await client.call("CancelAuth")
    except Failure as failure:
        if failure.error == NOT_CONFIGURED:
            raise


# -- asking ---------------------------------------------------------------------------------------


async def _ask_for_key(screen: Screen, open_page: OpenPage | None) -> tuple[str, str]:
    """Returns key and secret, from a terminal, or as two lines of the input."""
    if not is_interactive():
        key, secret = (input_line().strip() for _ in range(2))
        if not _KEY.fullmatch(key) or not _KEY.fullmatch(secret):
            raise Failure(
                "an API key is needed: run this in a terminal, or give it key and secret as two"
                f" lines of input; each {_SHAPE}",
                Exit.NOT_LOGGED_IN,
            )
        return key, secret
    screen.note(
        "scrobblerd needs an API key of your own, once. Get one at\n"
        f"    {API_KEY_PAGE}\n"
        "(any name will do, such as scrobblerd; leave the callback URL empty), and paste here what"
        " Last.fm shows."
    )
    if open_page:
        open_page(API_KEY_PAGE)
    return await _ask_until_valid(screen, "API key"), await _ask_until_valid(
        screen, "Shared secret", hidden=True
    )


async def _ask_until_valid(screen: Screen, what: str, hidden: bool = False) -> str:
    while True:
        try:
            answer = await ask(screen, f"{what}: ", hidden)
        except EOFError:
            raise Failure("no API key was given; nothing was changed", Exit.NOT_LOGGED_IN) from None
        if _KEY.fullmatch(answer):
            return answer
        screen.note(f"That can't be it: a Last.fm {what.replace('Shared', 'shared')} {_SHAPE}.")


# -- the file -------------------------------------------------------------------------------------


@contextmanager
def failing_plainly(path: Path) -> Generator[None]:
    """Makes the folder of the file at `path`, and turns errors of the file into a Failure."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise Failure(f"{path.parent}: can't be made ({error.strerror})") from error
    except ScrobblerdError as error:
        raise Failure(str(error)) from error


def _path() -> Path:
    """Returns the path of the file. A link is followed, so that it stays a link."""
    try:
        return api_key_path(config_path(os.environ)).resolve()
    except ScrobblerdError as error:
        raise Failure(str(error)) from error
