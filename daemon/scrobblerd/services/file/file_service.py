"""Writes plays into a file of the user's: a service without a server, a network or a login."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ...core.errors import LogIn
from ...core.model import ApiAccess, Scrobble, Session
from ...core.submission import Limits, LoveRequest, QueueRow, RowOutcome, RowState
from ...history_files.entries import UnreadableFile
from ...history_files.formats import FORMATS, Format
from ..base import (
    Capabilities,
    Fault,
    Listen,
    ListensPage,
    LoginFlow,
    LoginKind,
    LovedPage,
    Pages,
    Remedy,
    Reply,
    not_deleted,
)
from .appending import NotAddedError, add, look
from .reading import read_page

ANSWER_SECONDS = 10.0
"""Seconds for the disk to answer: a share in the network may hang for ever."""

_BUSY: set[Path] = set()
"""Files that a thread is at. One that hangs may outlive its account, which can be made anew."""

ONLY_PLAYS = Reply(Remedy.NOTHING, message="a file takes plays only", reached=False)


class NoLogin:
    """The `LoginFlow` of a file: there is none."""

    kind = LoginKind.NONE
    token_lifetime = 0.0

    def __init__(self, access: Callable[[], ApiAccess]) -> None:
        self._access = access

    @property
    def access(self) -> ApiAccess:
        """Where the file is."""
        return self._access()

    def check_configured(self) -> None:
        """Nothing is needed."""

    async def token(self) -> str:
        """Returns "": there is none."""
        return ""

    def approval_url(self, token: str) -> str:
        """Returns "": there is no page."""
        return ""

    async def session(self, token: str) -> Session:
        """Raises LogIn: nobody logs in at a file."""
        raise LogIn("a file needs no login")


class FileService:
    """The `Service` of a file. The address that `access` returns is its path."""

    kind = "file"
    label = "the file"
    can = Capabilities(
        batch=100,
        oldest=None,
        now_playing=False,
        love=False,
        read=True,
        limits=Limits(requests_per_day=0, scrobbles_per_day=0),
    )
    pages = Pages(home="", library="", api_account="")

    def __init__(self, access: Callable[[], ApiAccess]) -> None:
        self._access = access
        self.login: LoginFlow = NoLogin(access)

    @property
    def address(self) -> str:
        """The path."""
        return self._access().api_url

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Adds rows to the file. They are on disk if the reply is good."""
        reply = await self._at_the_file(lambda path, form: add(path, form, rows))
        if not reply.ok:
            return reply
        outcomes = tuple(RowOutcome(row, RowState.SENT) for row in rows)
        return Reply(Remedy.DONE, outcomes=outcomes)

    async def check(self, session: Session | None) -> Reply:
        """Looks whether the file can be written."""
        return await self._at_the_file(look)

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Does nothing."""
        return ONLY_PLAYS

    async def love(self, session: Session, request: LoveRequest) -> Reply:
        """Does nothing."""
        return ONLY_PLAYS

    async def loved_page(self, session: Session, page: int) -> LovedPage | Reply:
        """Does nothing."""
        return ONLY_PLAYS

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        """Returns a page of what is in the file, in its order."""
        pages: list[ListensPage] = []
        reply = await self._at_the_file(
            lambda path, _: pages.append(read_page(path, since, until, cursor))
        )
        return pages[0] if reply.ok else reply

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Does nothing: plays are only added."""
        return not_deleted(self.label)

    async def _at_the_file(self, work: Callable[[Path, Format], None]) -> Reply:
        """Does something in a thread, unless one is still at the file."""
        access = self._access()
        path = Path(access.api_url)
        words = f"{path}: the disk does not answer"
        hangs = Reply(Remedy.RETRY, message=words, fault=Fault.UNAVAILABLE)  # not the network
        if path in _BUSY:
            return hangs
        _BUSY.add(path)
        call = asyncio.get_running_loop().run_in_executor(
            None, partial(_done, path, partial(work, path, FORMATS[access.format]))
        )
        done, _ = await asyncio.wait({call}, timeout=ANSWER_SECONDS)
        return call.result() if done else hangs


def _done(path: Path, work: Callable[[], None]) -> Reply:
    """Returns how something went."""
    try:
        work()
    except NotAddedError as failure:
        return Reply(
            Remedy.STOP if failure.is_users else Remedy.RETRY,
            message=str(failure),
            fault=Fault.ADDRESS if failure.is_users else Fault.UNAVAILABLE,
            reached=failure.may_be_added,
        )
    except (UnreadableFile, OSError) as failure:
        words = f"{path}: {failure}"
        return Reply(Remedy.STOP, message=words, fault=Fault.ADDRESS, reached=False)
    finally:
        _BUSY.discard(path)
    return Reply(Remedy.DONE)
