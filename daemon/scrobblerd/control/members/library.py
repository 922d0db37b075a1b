"""Members of our interface about the library and loved tracks."""

import asyncio
import math
from dataclasses import dataclass

from ...core import LASTFM
from ...core.errors import InvalidArgument
from ...core.events import Current
from ...core.publisher import Alert, AlertKind, ImportResult, ScanResult, SendAlert
from ...core.submission import LoveRequest
from ...core.text import track_named
from ...core.values import Int64, UInt32, check_page, check_text, check_word
from ...library.exports import FORMATS
from ...library.scanner import Scanner
from ...runtime.clock import now
from ...scrobbling.love_submitter import LoveOutcome, LoveStatus
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...storage.library import LibraryStore
from ...tracking.tracker import Tracker
from ..signatures import method, signal

LOVE_TIMEOUT_SECONDS = 10.0
"""How long a caller waits for the server."""

PAGE_TRACKS = 1000
"""Tracks of an export that are a page."""

MAX_EXPORT_PAGES = 5
"""Pages that fit into one answer: a larger one would hold up everybody else."""


@dataclass(frozen=True, slots=True)
class UnmatchedLove:
    """A loved track that the library does not have."""

    artist: str
    title: str
    mbid: str
    loved_at: Int64


class LibraryMembers:
    """Library and loved tracks."""

    def __init__(
        self,
        library: LibraryStore,
        scanner: Scanner,
        workers: Workers,
        tracker: Tracker,
        alert: SendAlert,
    ) -> None:
        self._library = library
        self._scanner = scanner
        self._workers = workers
        self._tracker = tracker
        self._alert = alert
        self._choosing = asyncio.Lock()

    @method("result")
    async def ScanLibrary(self) -> ScanResult:
        """Read the tags of what is new or changed in the music folders (`[library] folders`), and
        forget what is gone. It runs in a process of its own, and needs the Python package
        mutagen; if that is missing, the error says how to add it. A second call joins the first.

        files: music files that there are
        added, changed, unchanged, removed: what became of them
        untagged: files without an artist or a title
        unreadable: files that could not be read
        unreadable_files: the first hundred of those, and why

        Errors: InvalidArgument, Service.
        """
        return await self._scanner.scan()

    @method("removed")
    async def ForgetFolder(self, url: str) -> UInt32:
        """Forget the music files of a folder. `ScanLibrary` does it for files that are gone, but
        not if their folder is empty: it may be a drive that is not mounted.

        url: the folder's, as in `unreadable_files`: `file:///media/music`

        removed: files that were forgotten

        Errors: InvalidArgument, Service.
        """
        if not url.startswith("file:///"):
            raise InvalidArgument("url: must begin with file:///")
        return await self._library.forget(url)

    @method("result")
    async def ImportLovedTracks(self) -> ImportResult:
        """Mark the tracks of the library (what you heard, and what lies in your music folders) that
        you love at Last.fm. With thousands of loved tracks it takes longer than callers usually
        wait; it goes on without them, a second call joins it, and one that was broken off goes on
        where it was.

        total: tracks that you love
        imported: how many of them were marked now
        already_loved: how many had the mark
        not_in_library: how many the library does not have, see `GetUnmatchedLoved`

        Errors: NotConfigured, NotAuthenticated, Network, Service.
        """
        return await _imported(self._workers[LASTFM])

    @method("result")
    async def ImportAccountLoved(self, account: str) -> ImportResult:
        """Read which tracks you love at an account, such as at ListenBrainz. The library knows of
        each track who loves it: `ExportLoved` tells it. It goes on as `ImportLovedTracks` does,
        which is the same for Last.fm; the signals are of that one alone.

        account: its name
        total: tracks that you love
        imported: how many of them the library knows now to be loved there
        already_loved: how many it knew before
        not_in_library: how many the library does not have, or the service tells no name of

        Errors: InvalidArgument, NotConfigured, NotAuthenticated, Network, Service.
        """
        return await _imported(self._workers[account])

    @method("tracks", is_long=True)
    async def GetUnmatchedLoved(self, limit: UInt32) -> list[UnmatchedLove]:
        """Loved tracks that the library does not have, the newest love first.

        limit: how many, 200 at most

        artist, title: its names
        mbid: its MusicBrainz id; "" = unknown
        loved_at: when you loved it, UNIX seconds; 0 = unknown

        Errors: InvalidArgument.
        """
        check_page(limit)
        store = self._workers[LASTFM].loved_import.store
        return [UnmatchedLove(**track) for track in await store.unmatched(limit)]

    @method("status", "message")
    async def Love(self, artist: str, track: str) -> tuple[str, str]:
        """Love a track, at each account that can and has `love = true`. Without a network or a
        login the request waits; the last one about a track wins. ListenBrainz loves a listen: a
        track that plays for the first time is loved there after its scrobble.

        artist, track: its names

        status: `success`, `queued` or `rejected`, at Last.fm, or at the first account without it
        message: why, in words; "" at `success`. If it is not the same at another account, both are
            named

        Errors: InvalidArgument, NotConfigured.
        """
        return await self._asked(artist, track, loved=True)

    @method("status", "message")
    async def Unlove(self, artist: str, track: str) -> tuple[str, str]:
        """Take a love back. It waits and answers as `Love` does.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`, as of `Love`

        Errors: InvalidArgument, NotConfigured.
        """
        return await self._asked(artist, track, loved=False)

    @method("status", "message")
    async def LoveCurrent(self) -> tuple[str, str]:
        """Love what is playing, or was paused: good for a key binding.

        status: `success`, `queued` or `rejected`
        message: what was loved, or why it waits or was rejected

        Errors: InvalidArgument, NotConfigured.
        """
        return await self._love_current(loved=True)

    @method("status", "message")
    async def UnloveCurrent(self) -> tuple[str, str]:
        """Take back the love of what is playing, or was paused.

        status: `success`, `queued` or `rejected`
        message: what that was, or why it waits or was rejected

        Errors: InvalidArgument, NotConfigured.
        """
        return await self._love_current(loved=False)

    @method("loved", "artist", "track", "status", "message")
    async def ToggleLove(self) -> tuple[bool, str, str, str, str]:
        """Love what is playing, or was paused; if it is loved already, take that back: for one key
        binding.

        loved: whether it is loved now
        artist, track: its names
        status, message: as of `Love`

        Errors: InvalidArgument, NotConfigured.
        """
        current = self._loveable()
        artist, title = current.artist, current.title
        loved, status, message = await self._love(artist, title, loved=None, mbid=current.mbid)
        return loved, artist, title, status, message

    @method("text", is_long=True)
    async def ExportLoved(self, format: str) -> str:  # noqa: A002 # the caller sees this name
        """All tracks of the library that are loved at any account, as the text of a file. With
        several accounts `accounts` in `json` says at which. It holds 5,000 tracks at most; for more
        there is `ExportLovedPage`.

        format: `m3u8` (a playlist of those with a local file), `json` or `csv`
        text: what to put into the file

        Errors: InvalidArgument.
        """
        pages = await self._pages(format)
        if pages > MAX_EXPORT_PAGES:
            raise InvalidArgument(
                f"format: more than {PAGE_TRACKS * MAX_EXPORT_PAGES} tracks are loved;"
                f" ExportLovedPage gives them in {pages} pages"
            )
        return FORMATS[format](await self._library.loved(PAGE_TRACKS * MAX_EXPORT_PAGES, 0))

    @method("text", "pages", is_long=True)
    async def ExportLovedPage(self, format: str, page: UInt32) -> tuple[str, UInt32]:  # noqa: A002 # the caller sees this name
        """A page of the loved tracks, a thousand of them, for those who love more than 5,000.

        format: as in `ExportLoved`
        page: its number, from 1

        text: what to put into a file
        pages: how many pages there are

        Errors: InvalidArgument.
        """
        pages = await self._pages(format)
        if not 1 <= page <= pages:
            raise InvalidArgument(f"page: must be between 1 and {pages}")
        tracks = await self._library.loved(PAGE_TRACKS, (page - 1) * PAGE_TRACKS)
        return FORMATS[format](tracks), pages

    async def _asked(self, artist: str, title: str, *, loved: bool) -> tuple[str, str]:
        """Loves a track, or not any more. Returns status (success, queued, rejected), message."""
        _, status, message = await self._love(artist, title, loved=loved)
        return status, message

    async def _love_current(self, *, loved: bool) -> tuple[str, str]:
        """Does the same to what is playing, or was paused."""
        current = self._loveable()
        _, status, message = await self._love(
            current.artist, current.title, loved=loved, mbid=current.mbid
        )
        named = f"{current.title} by {current.artist}"
        if status == LoveStatus.SUCCESS and message:
            return status, f"{named}: {message}"
        return status, message or named

    def _loveable(self) -> Current:
        """Returns what is playing, or was paused. Raises InvalidArgument if it has no names."""
        current = sorted(self._tracker.current(), key=lambda player: (-player.rate, -player.start))
        for player in current:
            if player.artist and player.title:
                return player
        if self._tracker.rules.private:
            raise InvalidArgument("private mode is on: what plays is not known")
        raise InvalidArgument("nothing with a title and an artist is playing")

    async def _love(
        self, artist: str, title: str, *, loved: bool | None, mbid: str = ""
    ) -> tuple[bool, str, str]:
        """Loves a track, or not any more; `loved`: None = the other way round. Returns whether it
        is loved now, status and message."""
        artist, title = check_text("artist", artist), check_text("track", title)
        mbid = mbid or await self._library.mbid_of(artist, title)
        async with self._choosing:  # a key that is pressed twice is two requests, one after another
            if loved is None:
                loved = not (await self._library.are_loved([(artist, title)]))[artist, title]
            request = LoveRequest(artist, title, loved, int(now().wall), mbid)
            lovers = await self._workers.love(request)
        self._tell(request, "Loved: " if loved else "Not loved any more: ")
        outcomes = await self._workers.outcomes(lovers, request, LOVE_TIMEOUT_SECONDS)
        label = self._workers[LASTFM].context.service.label
        status, message = _answer(outcomes, label, loved=loved)
        if status == LoveStatus.REJECTED:
            self._tell(request, "Not loved: " if loved else "Still loved: ", f" ({message})")
            loved = not loved
        return loved, status, message

    def _tell(self, request: LoveRequest, begin: str, end: str = "") -> None:
        named = track_named(request.title, request.artist)
        self._alert(Alert(AlertKind.LOVED, f"{begin}{named}{end}"))

    async def _pages(self, kind: str) -> int:
        check_word("format", kind, FORMATS)
        return max(1, math.ceil(await self._library.how_many_loved() / PAGE_TRACKS))

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def ImportProgress(done: UInt32, total: UInt32) -> None:
        """How far `ImportLovedTracks` is, after each page.

        done, total: tracks looked at, and tracks loved
        """

    @staticmethod
    @signal
    def ImportFinished(result: ImportResult) -> None:
        """`ImportLovedTracks` is done.

        result: what it answers
        """

    @staticmethod
    @signal
    def ScanProgress(done: UInt32, total: UInt32) -> None:
        """How far `ScanLibrary` is.

        done, total: files looked at, and files that there are
        """

    @staticmethod
    @signal
    def ScanFinished(result: ScanResult) -> None:
        """`ScanLibrary` is done.

        result: what it answers
        """


async def _imported(worker: Worker) -> ImportResult:
    """Imports what is loved at an account. Raises InvalidArgument if its service can't tell."""
    account, service = worker.context.account, worker.context.service
    account.check_configured()
    session = account.login()
    if not service.can.is_known:
        await service.check(session)
    if service.can.is_known and not service.can.love:
        raise InvalidArgument(f"account: {service.label} has no list of loved tracks")
    return await worker.loved_import.import_loved(session)


def _answer(outcomes: dict[str, LoveOutcome], lastfm: str, *, loved: bool) -> tuple[str, str]:
    """Returns status and message: those of the first account. Others are named if they differ.
    `lastfm`: what people call the account of Last.fm."""
    first, *others = ((lastfm if name == LASTFM else name, it) for name, it in outcomes.items())
    _, outcome = first
    differing = [other for other in others if other[1] != outcome]
    named = [_at(*other, loved=loved) for other in differing]
    is_queued = outcome.status is LoveStatus.AFTER_SCROBBLE
    status = LoveStatus.QUEUED if is_queued else outcome.status
    if differing and outcome.status is LoveStatus.SUCCESS:
        return status, "; ".join([_at(*first, loved=loved), *named])
    words = outcome.words or ("with the next scrobble" if is_queued else "")
    return status, "; ".join([words, *named])


def _at(account: str, outcome: LoveOutcome, *, loved: bool) -> str:
    """Says what became of a request at an account."""
    match outcome.status:
        case LoveStatus.SUCCESS:
            return f"{'loved' if loved else 'not loved any more'} at {account}"
        case LoveStatus.AFTER_SCROBBLE:
            return f"at {account} with the next scrobble"
        case LoveStatus.QUEUED:
            return f"at {account} later: {outcome.words}"
        case LoveStatus.REJECTED:
            return f"not at {account}: {outcome.words}"
