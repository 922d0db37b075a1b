"""The straight line from a player's word to a request: event → tracker → store → submitter.

What the tracker decided is on disk before anything else hears of it. If the disk refuses, it is
kept in memory, said aloud, and tried again; nothing is forgotten. The journal, from which a restart
goes on, may be a second old if players say much.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .core import wording
from .core.codec import StateError
from .core.errors import StoreFailed
from .core.events import Due, Effect, Ended, Event, Journal, NowPlaying, Read
from .core.model import Moment, Play
from .core.publisher import Publisher, Subscriber
from .core.rules import Rules
from .core.text import track_named
from .mpris.listener import Listener
from .mpris.private_mode import PrivateMode
from .runtime import clock
from .scrobbling.workers import Workers
from .storage.database import STORE_RETRY_SECONDS
from .storage.journal import kept_tracker
from .storage.plays import PlayStore
from .tracking.tracker import Tracker

log = logging.getLogger(__name__)

LAST_WRITE_SECONDS = 0.75
"""Seconds for the database to take what a stop writes. Others may be in the way: a program that has
locked it, a long reading, a disk that hangs."""

MAX_EVENTS_PER_COMMIT = 100
"""Events handled between two looks at the disk: a storm of signals is one commit, not a hundred."""

MAX_SHARE = 0.25
"""The share of the time in which events are handled. A turn takes a moment for each player, so with
hundreds of them events had better gather."""

SHORT_TURN_SECONDS = 0.002
"""CPU seconds of a turn after which no time is left to others: a timer costs as much. A turn of one
player takes a quarter of it."""

JOURNAL_SECONDS = 1.0
"""In the long run the whole journal is written no more often than this: players may say a thousand
things a second. Plays that are due or over are written at once, with the journal of their players.
"""

FEW_PLAYERS = 3
"""With so many players the whole journal is written with each play: to write that of one player
takes as long, and then the rest would be a transaction of its own."""

MAX_JOURNALS_AT_ONCE = 10
"""The journal may be written so often without a pause: a few players that change track together,
and tell it in several signals, are on disk at once."""


@dataclass(slots=True)
class _Unsaved:
    """What is not on disk yet: plays, and whether the journal is. `retry_at`: when to try again
    what the disk refused; `journal_at`: when the whole journal may be written (CLOCK_MONOTONIC
    seconds)."""

    due: list[Play] = field(default_factory=list[Play])
    ended: list[Play] = field(default_factory=list[Play])
    journal: bool = False
    retry_at: float | None = None
    journal_at: float = 0.0

    @property
    def plays(self) -> list[Play]:
        return [*self.due, *self.ended]

    def write_at(self) -> float | None:
        """Returns when to write, None = there is nothing to write."""
        if not (self.journal or self.due or self.ended):
            return None
        if self.retry_at is not None:
            return self.retry_at
        return 0.0 if self.due or self.ended else self.journal_at

    def journal_written(self, mono: float) -> None:
        """The whole journal is on disk."""
        self.journal = False
        earliest = mono - JOURNAL_SECONDS * MAX_JOURNALS_AT_ONCE
        self.journal_at = min(max(self.journal_at, earliest), mono) + JOURNAL_SECONDS


class Pipeline(Subscriber):
    """Takes the events of the players, one after the other, through tracker and storage."""

    def __init__(
        self,
        listener: Listener,
        tracker: Tracker,
        store: PlayStore,
        workers: Workers,
        publisher: Publisher,
    ) -> None:
        self.listener = listener
        self.tracker = tracker
        self._store = store
        self._workers = workers
        self._publisher = publisher
        self._events = listener.events
        self._unsaved = _Unsaved()
        self._private = PrivateMode(tracker.rules.private)
        self._switched: list[Effect] = []  # what private mode led to, for the next turn
        self._timer: asyncio.TimerHandle | None = None
        self._looked_up: set[tuple[str, str]] = set()  # tracks, whether they are loved

    def rules_changed(self, rules: Rules) -> None:
        if rules.private != self._private.is_on:
            self._switch_private(rules)
        self.tracker.rules = rules
        self.wake()

    def _switch_private(self, rules: Rules) -> None:
        """Private mode begins or ends. What the players said before belongs to the time before."""
        while not self._events.empty():
            self._switched += self._handle(self._events.get_nowait())
        if rules.private:
            self._private.begin()
            self._switched += self.tracker.forget(clock.now())
            self._workers.forget_announcements()
        else:
            self._private.end()

    def wake(self) -> None:
        """Looks at what is due: by other rules it may be due now."""
        self._events.put_nowait(None)

    def retry_now(self) -> None:
        """Try the disk again now, where it has refused."""
        if self._unsaved.retry_at is not None:
            self._unsaved.retry_at = clock.now().mono
            self.wake()

    async def restore(self) -> None:
        """Take up the plays that a restart interrupted, and what a disk refused before it."""
        now = clock.now()
        with contextlib.suppress(StoreFailed):  # the database has told the user; the file stays
            await self._store.take_up(self._workers.recipients(), now.wall, now.boot)
        state = await kept_tracker(self._store.database)
        if state is None:
            return
        try:
            effects = self.tracker.restore(state, clock.now())
        except StateError as error:
            log.warning("the journal of the last run can't be read (%s); beginning anew", error)
            return
        await self._perform(effects)

    async def run(self) -> None:
        """Handle events, and what falls due between them, for ever."""
        while True:
            event = await self._next()
            begun = time.thread_time()
            effects = self._handle_all(event)
            seconds = time.thread_time() - begun
            await self._perform(effects)
            is_short = seconds < SHORT_TURN_SECONDS
            await asyncio.sleep(0 if is_short else seconds * (1 / MAX_SHARE - 1))

    async def stop(self) -> None:
        """Write down exactly how far every play is. Waits for the database a moment at most."""
        self._unsaved.retry_at, self._unsaved.journal_at = None, 0.0  # the last chance
        effects = self._taken_switched()
        while not self._events.empty():
            effects += self._handle(self._events.get_nowait())
        effects += self.tracker.wake(clock.now())
        self._take([*effects, Journal()])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WRITE_SECONDS):
                await self._store.database.hurry()
                await self._record(clock.now())
        if self._unsaved.write_at() is not None:
            await self._spill()

    async def _spill(self) -> None:
        """Keeps in a file what the database refused to the very end."""
        try:
            path = await self._store.spill(
                self._unsaved.due,
                self._unsaved.ended,
                recipients=self._workers.recipients(),
                tracker=self.tracker.dump(),
            )
            what = f"kept in {path} until the next start"
        except StoreFailed as error:
            what = f"lost, for {error}"
        why = self._store.database.trouble or "the database does not answer"
        log.error("%s; what was not written is %s", why, what)
        for play in self._unsaved.plays:
            log.error("not written: %s", line(play))

    # -- turns ------------------------------------------------------------------------------

    async def _next(self) -> Event | None:
        """The next event, or None if time has passed that was waited for."""
        self._set_timer()
        return await self._events.get()

    def _handle_all(self, event: Event | None) -> list[Effect]:
        """The effects of an event, and of those behind it."""
        effects = [*self._taken_switched(), *self._handle(event)]
        for _ in range(MAX_EVENTS_PER_COMMIT):
            if self._events.empty():
                break
            effects += self._handle(self._events.get_nowait())
        return effects

    def _handle(self, event: Event | None) -> list[Effect]:
        if event is None:
            return self.tracker.wake(clock.now())
        return self.tracker.handle(self._private.filtered(event))

    def _taken_switched(self) -> list[Effect]:
        taken, self._switched = self._switched, []
        return taken

    def _set_timer(self) -> None:
        """Wakes the pipeline at the moment that it waits for."""
        looks = (self.tracker.next_wake(), self._unsaved.write_at())
        wakes = [wake for wake in looks if wake is not None]
        wake_at = max(0.0, min(wakes)) if wakes else None
        if self._timer is not None and self._timer.when() != wake_at:
            self._timer.cancel()
            self._timer = None
        if wake_at is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(wake_at, self._time_has_come)

    def _time_has_come(self) -> None:
        self._timer = None
        self.wake()

    async def _perform(self, effects: Sequence[Effect]) -> None:
        self._take(effects)
        now = clock.now()
        write_at = self._unsaved.write_at()
        if write_at is not None and write_at <= now.mono:
            await self._record(now)
        announced = [effect.play for effect in effects if isinstance(effect, NowPlaying)]
        if announced and not self._private.is_on:
            self._workers.announce(announced[-1])
        if self.tracker.shows_news():
            self._publisher.current_changed()

    def _take(self, effects: Sequence[Effect]) -> None:
        """Sorts out what is to be read, and what is to be written."""
        for effect in effects:
            match effect:
                case Read(player, why):
                    log.debug("%s is read: %s", player, why)
                    self.listener.read(player)
                case Due(play):
                    self._unsaved.due.append(play)
                case Ended(play):
                    self._unsaved.ended.append(play)
                case _:
                    self._unsaved.journal = True

    async def _record(self, now: Moment) -> None:
        unsaved = self._unsaved
        due, ended = unsaved.due, unsaved.ended
        is_whole = now.mono >= unsaved.journal_at or len(self.listener.players) <= FEW_PLAYERS
        only = None if is_whole else {play.player for play in unsaved.plays}
        tracks = self.tracker.tracks()
        try:
            loved = await self._store.record(
                due,
                ended,
                recipients=self._workers.recipients(),
                now=now.wall,
                boot=now.boot,
                tracker=self.tracker.dump(only),
                only=only,
                tracks=tracks - self._looked_up,
            )
        except StoreFailed:  # the database itself has told the user
            unsaved.retry_at = now.mono + STORE_RETRY_SECONDS
            self._publisher.status_changed()
            return
        self._looked_up = tracks
        if loved:
            self._publisher.loves_looked_up(loved)
        if unsaved.retry_at is not None:
            log.warning("the database works again; nothing was lost")
            self._publisher.status_changed()
        unsaved.due, unsaved.ended, unsaved.retry_at = [], [], None
        if is_whole:
            unsaved.journal_written(now.mono)
        for play in ended:
            log.info("%s", line(play))
        for play in due:
            await self._workers.queued(play)


def line(play: Play) -> str:
    """A play in one line that a person understands."""
    named = track_named(play.track.title, play.track.artist)
    return f"{play.player}: {named}: {wording.of_decision(play.verdict, wording.of_play(play))}"
