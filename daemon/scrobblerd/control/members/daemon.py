"""Members of our interface about the daemon as a whole: is all well?

Each check says what was found, and what to do if it is not well.
"""

import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...config.source import ConfigSource
from ...core.errors import MAX_MESSAGE_CHARACTERS, StoreFailed
from ...core.text import for_people
from ...installation import installation
from ...library.scanner import as_path
from ...runtime.child_process import is_installed
from ...runtime.clock import follow_time_zone
from ...scrobbling.worker import Worker
from ...storage.database import Database
from ...tracking.tracker import Tracker
from ..signatures import method

ROOM = 50 * 2**20
"""Bytes that should be free where the database is."""

WRITABLE = (
    "make room there, or mend its rights; do not restart scrobblerd before: plays are in memory"
)
"""What to do where the database can't be written."""

MAX_CLOCK_ERROR_SECONDS = 120.0
"""Services take no play that ends in their future. An answer may be under way for a minute."""

SANE_YEARS = range(2025, 2100)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` is "" if there is nothing to do."""

    check: str
    ok: bool
    message: str
    remedy: str = ""


class DaemonMembers:
    """Is all well?"""

    def __init__(
        self,
        source: ConfigSource,
        database: Database,
        worker: Worker,
        tracker: Tracker,
        clock_ahead: Callable[[], float],
    ) -> None:
        """`clock_ahead` returns the seconds by which the clock was ahead of that of the server that
        answered last; 0 = it was not, or none has answered."""
        self._source = source
        self._database = database
        self._service = worker.context.service
        self._account = worker.context.account
        self._submitter = worker.submitter
        self._tracker = tracker
        self._queue = worker.queue
        self._clock_ahead = clock_ahead

    @method("findings", joins=True)
    async def Diagnose(self) -> list[Finding]:
        """Is all well? What each check found.

        check: `keys`, `login`, `server`, `queue`, `players`, `database`, `disk`, `clock`, `unit` or
            `library`; without Last.fm there is no `login`, `server` and `queue`
        ok: whether it is well
        message: what was found
        remedy: what to do; "" = nothing
        """
        findings = [
            *await self._lastfm(),
            self._players(),
            await self._file(),
            self._disk(),
            self._clock(),
            _unit(),
            _tags(self._source.current.library_folders),
        ]
        return [
            replace(
                finding,
                message=for_people(finding.message, MAX_MESSAGE_CHARACTERS),
                remedy=for_people(finding.remedy, MAX_MESSAGE_CHARACTERS),
            )
            for finding in findings
        ]

    # -- checks -----------------------------------------------------------------------------

    @property
    def _folder(self) -> Path:
        return self._source.current.paths.state_folder

    async def _lastfm(self) -> list[Finding]:
        """Checks the account of [lastfm], unless the user has other accounts only."""
        has_others = len(self._source.current.accounts) > 1
        if has_others and not self._account.is_wanted:
            return [Finding("keys", True, "Last.fm is not used")]
        return [self._keys(), self._login(), await self._server(), await self._sending()]

    def _keys(self) -> Finding:
        if self._submitter.backoff.key_refused:
            words = self._submitter.backoff.hold
            remedy = "scrobblerctl login --new-key asks for another"
            if self._account.access.key_needs_restart:
                place = self._account.access.key_from
                remedy = f"put another into the daemon's {place}, and restart it"
            return Finding("keys", False, words, remedy)
        if self._account.configured:
            return Finding("keys", True, "there is an API key and its secret")
        remedy = "scrobblerctl login asks for it"
        fault = self._account.access.key_fault
        words = f"there is no API key: {fault}" if fault else "there is no API key"
        return Finding("keys", False, words, remedy)

    def _login(self) -> Finding:
        name = self._account.username
        if self._account.session is not None:
            return Finding("login", True, f"logged in as {name}")
        if waits := self._account.waits_for:
            return Finding("login", False, waits, "unlock the keyring; docs/secrets.md has more")
        message = f"the login of {name} has expired" if name else "nobody is logged in"
        if self._account.has_expired and self._account.dead_session is None:
            message = self._account.absence
        return Finding("login", False, message, "scrobblerctl login")

    async def _server(self) -> Finding:
        reply = await self._service.check(None)
        if reply.answered:  # a refusal is an answer
            return Finding("server", True, f"{self._service.label} answers")
        return Finding(
            "server",
            False,
            reply.message,
            "check the network, [network] proxy and [lastfm] api_url",
        )

    async def _sending(self) -> Finding:
        if self._account.session is None:
            return Finding("queue", True, "plays are kept until there is a login")
        backoff = self._submitter.backoff
        trouble = backoff.hold or (await self._waits() and backoff.last_error)
        if not trouble:
            return Finding("queue", True, "nothing stands in the way")
        remedy = "it goes on by itself, scrobblerctl status tells when"
        if not backoff.hold:
            remedy += "; scrobblerctl queue retry tries at once"
        return Finding("queue", False, trouble, remedy)

    async def _waits(self) -> bool:
        """Whether anything is to be sent."""
        try:
            return bool((await self._queue.counts()).queued)
        except StoreFailed:  # told of by another check
            return False

    def _players(self) -> Finding:
        if self._tracker.rules.private:
            words = "private mode is on, nothing is recorded; scrobblerctl resume ends it"
            return Finding("players", True, words)
        seen = self._tracker.seen()
        wanted = [one.player for one in seen if one.wanted]
        if wanted:
            return Finding("players", True, f"listening to {', '.join(wanted)}")
        if seen:
            words = f"{', '.join(one.player for one in seen)}: not listened to"
            return Finding("players", False, words, "look at [players] allow and deny")
        return Finding("players", True, "no player is on the bus")

    async def _file(self) -> Finding:
        try:
            found = await self._database.check()
        except StoreFailed as error:
            return Finding("database", False, str(error), WRITABLE)
        if trouble := self._database.trouble:
            return Finding("database", False, trouble, WRITABLE)
        if found != "ok":
            remedy = "keep a copy of the state folder, and restart scrobblerd"
            return Finding("database", False, found, remedy)
        aside = [path.name for path in sorted(self._folder.glob("*.broken-*"))]
        before = f"; a broken one from before is {aside[-1]} in {self._folder}" if aside else ""
        return Finding("database", True, f"the database is whole{before}")

    def _disk(self) -> Finding:
        try:
            mode, disk = self._folder.stat().st_mode, os.statvfs(self._folder)
        except OSError as error:
            return Finding("disk", False, f"{self._folder}: {error.strerror}", "make it readable")
        if stat.S_IMODE(mode) & 0o077:
            return Finding("disk", False, "others can read the state folder", "chmod 700 it")
        free = disk.f_bavail * disk.f_frsize
        message = f"{free // 2**20} MB are free in {self._folder}"
        return Finding("disk", free > ROOM, message, "" if free > ROOM else "make room")

    def _clock(self) -> Finding:
        follow_time_zone()
        remedy = "set the clock: timedatectl set-ntp true"
        if time.localtime().tm_year not in SANE_YEARS:
            return Finding("clock", False, time.strftime("it is said to be %Y"), remedy)
        ahead = self._clock_ahead()
        now = time.strftime("it is %Y-%m-%d %H:%M:%S %Z")
        if abs(ahead) <= MAX_CLOCK_ERROR_SECONDS:
            return Finding("clock", True, now)
        words = f"{abs(ahead):.0f} s {'later' if ahead > 0 else 'earlier'} than at the last server"
        return Finding("clock", False, f"{now}, {words} that answered", remedy)


def _unit() -> Finding:
    if os.environ.get("NOTIFY_SOCKET"):
        return Finding("unit", True, "runs under systemd")
    remedy = f"end it, then: {installation().to_serve()}"
    return Finding("unit", False, "does not run under systemd: it ends with this session", remedy)


def _is_folder(folder: str) -> bool:
    try:
        return Path(as_path(folder)).is_dir()
    except (ValueError, OSError):  # a NUL in it, too long
        return False


def _tags(folders: Sequence[str]) -> Finding:
    if not folders:
        return Finding("library", True, "no music folders are named")
    missing = [folder for folder in folders if not _is_folder(folder)]
    if missing:
        return Finding("library", False, f"no folders: {', '.join(missing)}", "look at [library]")
    if not is_installed("mutagen"):
        remedy = installation().how_to_add("mutagen")
        return Finding("library", False, "mutagen is missing", remedy)
    return Finding("library", True, f"{len(folders)} music folder(s)")
