"""Members of our interface with which the user adds, corrects and deletes plays of the history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ...config.runtime_settings import RuntimeSettings
from ...core.errors import Busy, InvalidArgument
from ...core.events import Current
from ...core.matching import key
from ...core.model import Details, PlayReason, Scrobble, Verdict
from ...core.submission import Correction, ScrobbleStatus
from ...core.text import track_named
from ...core.values import Int64
from ...history_files.same_play import apart
from ...runtime.clock import follow_time_zone, now
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...storage.editing.play_editing import AtAccount, Corrected, PlayEditor, Reaches
from ...storage.editing.row_editing import Reach
from ...storage.editing.tags import TAGS_OF_PLAY, checked_tags
from ...storage.history import History
from ...storage.repair.tidying import SANE_STAMP
from ...storage.transfer.imported_plays import Taker, take_in
from ..signatures import method

FUTURE_SLACK_SECONDS = 60
"""How far a caller's clock may be ahead of ours."""

ADDED_TYPES: Mapping[str, str] = {**dict.fromkeys(TAGS_OF_PLAY, "s"), "start": "x", "length": "u"}
"""What AddPlay takes of a play."""

EDITED_TYPES: Mapping[str, str] = dict.fromkeys(TAGS_OF_PLAY, "s")
"""What EditPlay takes."""

BY_HAND = (Correction.MAYBE_SENT, Correction.NOT_POSSIBLE, Correction.TOO_OLD)
"""What only the user can change, on the pages of the service."""


@dataclass(frozen=True, slots=True)
class CorrectedPlay:
    """A play that was edited or deleted, and what becomes of it at each account."""

    artist: str
    title: str
    album: str
    album_artist: str
    start: Int64
    accounts: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class AddedPlay:
    """A play that was added by hand, and what becomes of it at each account."""

    play_id: Int64
    is_new: bool
    accounts: list[tuple[str, str]]


class CorrectionsMembers:
    """Corrections of the history."""

    def __init__(
        self,
        history: History,
        workers: Workers,
        settings: RuntimeSettings,
        current: Callable[[], Sequence[Current]],
    ) -> None:
        """`current` returns what every player is at."""
        self._history = history
        self._editor = PlayEditor(history.database)
        self._workers = workers
        self._settings = settings
        self._current = current

    @method("added", entries=ADDED_TYPES)
    async def AddPlay(self, play: dict[str, object], accounts: list[str]) -> AddedPlay:
        """Add a play by hand: to the history, as counted, and to the queue of each account. One
        that is there already is not doubled, but queued where it was not before.

        accounts: names of those to which it is sent; none = to those to which plays go now, and to
            nobody if scrobbling is off or paused

        artist, title: its names
        album, album_artist: may be left out
        start: when it began, UNIX seconds; any integer type
        length: of the track in seconds, any integer type; 0 = unknown

        play_id: its `id` in `GetHistory`
        is_new: whether it was not there before
        accounts: what becomes of it at each account: its name, and its state as in `GetOutcomes`,
            or `too_old` = the account does not take it any more

        Errors: InvalidArgument; Busy if it is what is playing, which counts by itself.
        """
        scrobble = _added(play, now().wall)
        self._check_ended(scrobble)
        named = [self._workers[name] for name in dict.fromkeys(accounts)]
        workers = named or (self._workers.takers() if self._settings.rules.enabled else [])
        return await self._take_in(scrobble, workers)

    async def _take_in(self, scrobble: Scrobble, workers: Sequence[Worker]) -> AddedPlay:
        wall = now().wall
        taken = await take_in(
            self._history.database,
            [(0, scrobble, PlayReason.BY_HAND)],
            takers=[Taker(each.recipient, each.queue.oldest(wall)) for each in workers],
            now=wall,
            is_trial=False,
        )
        [play_id] = taken.play_ids
        states = await self._history.states_of([play_id])
        too_old = {account_id for _, account_id in taken.too_old}
        for worker in workers:
            await worker.context.tell(ScrobbleStatus.QUEUED, scrobble, "added by hand")
            worker.wake()
        return AddedPlay(
            play_id=play_id,
            is_new=taken.added == 1,
            accounts=[(name, state) for name, state, _ in states[play_id]]
            + [
                (each.context.account.name, str(Correction.TOO_OLD))
                for each in workers
                if each.queue.account_id in too_old
            ],
        )

    @method("play", entries=EDITED_TYPES)
    async def EditPlay(self, play_id: Int64, tags: dict[str, object]) -> CorrectedPlay:
        """Correct the tags of a play, in the history, in the library, and wherever it was not sent
        yet. A service that has it, and lets programs delete a play, deletes it first, and then gets
        it anew. Ids of MusicBrainz that stood for what has changed are left out.

        play_id: its `id` in `GetHistory`

        It takes any of the four tags, all texts, and answers all of them:

        artist, title, album, album_artist: what it becomes
        start: when it began, UNIX seconds
        accounts: what becomes of it at each account: its name; `edited` (it goes out with the new
            tags), `sent_again` (it goes out with them after it was refused), `replacing` (it is
            deleted there, and then sent anew), `unchanged` (the service takes both for the same),
            `not_possible` (only the user can change it there), `maybe_sent` (a try may have
            arrived, and only the user can change that), `too_old` (only the user can change it: it
            would not be taken anew) or `gone` (not in config.toml); and the page on which the user
            can change it, "" = none

        Errors: InvalidArgument, Busy.
        """
        checked = checked_tags(tags, TAGS_OF_PLAY)
        await self._check_resting(play_id)
        wall = now().wall
        corrected = await self._editor.edit(play_id, checked, self._reaches(wall), wall)
        await self._tell(corrected, ScrobbleStatus.QUEUED, "edited")
        return self._answer(corrected)

    @method("play")
    async def DeletePlay(self, play_id: Int64) -> CorrectedPlay:
        """Delete a play: from the history, from the library, and from what waits to be sent. A
        service that has it, and lets programs delete a play, deletes it, too. It does not come back
        by an import. Its `id` never stands for another play.

        play_id: its `id` in `GetHistory`

        artist, title, album, album_artist: what its tags were
        start: when it began, UNIX seconds
        accounts: what becomes of it at each account: its name; `dropped` (it was not sent yet),
            `deleting` (it is deleted there), `not_possible` (only the user can delete it there),
            `maybe_sent` (a try may have arrived, and only the user can delete that) or `gone` (not
            in config.toml); and the page on which the user can delete it, "" = none

        Errors: InvalidArgument, Busy.
        """
        await self._check_resting(play_id)
        wall = now().wall
        corrected = await self._editor.delete(play_id, self._reaches(wall), wall)
        await self._tell(corrected, ScrobbleStatus.DROPPED, "deleted")
        return self._answer(corrected)

    # -- not on the bus --------------------------------------------------------------------

    async def _check_resting(self, play_id: int) -> None:
        """Raises Busy if a play goes on, or is under way to a service. What a worker has read of
        the queue by now is not sent any more."""
        play, row_ids = await self._editor.play(play_id)
        began = play.player, play.scrobble.timestamp
        if any((each.player, each.start) == began for each in self._current()):
            raise Busy(f"play {play_id} is playing; try again when it has ended")
        for row_id in row_ids:
            check_resting(self._workers, row_id)
        for worker in self._workers:
            worker.queue.edited()

    def _check_ended(self, scrobble: Scrobble) -> None:
        """Raises Busy if a play is one that goes on, and may count by itself: it would be there
        twice."""
        names = key(scrobble.artist), key(scrobble.track)
        for each in self._current():
            is_same = (key(each.artist), key(each.title)) == names
            earliest = each.start - apart(each.length or None, "", None)
            if each.verdict == Verdict.LISTENING and is_same and scrobble.timestamp > earliest:
                track = track_named(scrobble.track, scrobble.artist)
                raise Busy(f"{track} has not ended, and counts by itself when enough was heard")

    def _reaches(self, wall: float) -> Reaches:
        return {worker.queue.account_id: reach_of(worker, wall) for worker in self._workers}

    async def _tell(self, corrected: Corrected, status: ScrobbleStatus, words: str) -> None:
        """Publishes that rows have changed, and lets the workers look."""
        for at in corrected.accounts:
            if at.account in self._workers.names and at.correction not in BY_HAND:
                worker = self._workers[at.account]
                await worker.context.tell(status, corrected.play.scrobble, words)
                worker.wake()

    def _answer(self, corrected: Corrected) -> CorrectedPlay:
        scrobble = corrected.play.scrobble
        return CorrectedPlay(
            artist=scrobble.artist,
            title=scrobble.track,
            album=scrobble.album,
            album_artist=scrobble.album_artist,
            start=scrobble.timestamp,
            accounts=[
                (at.account, str(at.correction), self._page(at, scrobble.timestamp))
                for at in corrected.accounts
            ],
        )

    def _page(self, at: AtAccount, start: int) -> str:
        """Returns the page on which the user changes a play by himself; "" if that is not needed,
        or there is none."""
        if at.correction not in BY_HAND or not at.username:
            return ""
        follow_time_zone()
        pages = self._workers[at.account].context.service.pages
        return pages.day_of(at.username, date.fromtimestamp(start))


def _added(play: Mapping[str, object], wall: float) -> Scrobble:
    """Returns a play of a caller. Raises InvalidArgument."""
    tags = {name: value for name, value in play.items() if name in TAGS_OF_PLAY}
    for name in play.keys() - ADDED_TYPES.keys():
        raise InvalidArgument(f"{name:.40}: not known; there are {', '.join(ADDED_TYPES)}")
    checked = checked_tags({"artist": "", "title": ""} | tags, TAGS_OF_PLAY)
    start, length = _whole("start", play.get("start", 0)), _whole("length", play.get("length", 0))
    if start < SANE_STAMP:
        raise InvalidArgument("start: must be UNIX seconds, not before 2001-09-09")
    if start > wall + FUTURE_SLACK_SECONDS:
        raise InvalidArgument("start: lies in the future; it is when the play began")
    details = Details(heard=length)
    blank = Scrobble("", "", start, duration=length or None, details=details)
    return replace(blank, **checked)


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise InvalidArgument(f"{name}: must be a whole number of seconds")
    return value


def reach_of(worker: Worker, wall: float) -> Reach:
    """Returns what can be corrected at an account. `wall` is UNIX seconds."""
    can_delete = worker.context.service.can.delete
    return Reach(worker.recipient, worker.queue.oldest(wall), can_delete)


def check_resting(workers: Workers, row_id: int) -> None:
    """Raises Busy if a row is under way to its service."""
    if any(row_id in worker.submitter.sending for worker in workers):
        raise Busy(f"row {row_id} is being sent just now; try again in a moment")
