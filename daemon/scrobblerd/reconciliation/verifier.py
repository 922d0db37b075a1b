"""Verifies that the service of an account shows what it was sent, and sends again what is missing.

A stretch of time is looked at in slices, so that years cost no more memory than a month. A verify
outlives its caller, and a second call for the same joins the one under way. What was sent lately
need not be shown yet: so nothing goes out again before it had time to show.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..core.errors import Busy, InvalidArgument, TryLater
from ..core.model import Scrobble, Session
from ..core.publisher import VerifyResult
from ..core.submission import Cause, FindingKind, ScrobbleStatus
from ..runtime.memory import give_back
from ..scrobbling.worker import Worker
from ..scrobbling.workers import Workers
from ..services.base import Listen, Service
from ..storage.editing.deletions import GONE_AFTER_SECONDS, DeletionQueue
from ..storage.reconciliation.findings import Finding, Findings
from ..storage.reconciliation.sent_plays import SentPlay, SentPlays
from .comparison import NEAR_SECONDS, Comparison, Doubled, compare
from .reading import failure, listens_between

log = logging.getLogger(__name__)

SHOWN_AFTER_SECONDS = 600.0
"""Seconds after which a service shows what it took: some index it, and keep pages for a while."""

MAX_SLICE_PLAYS = 1_000
"""Plays that are compared at once: some MB, and 50 ms of a thread."""

MAX_SLICE_SECONDS = 31 * 86400
"""Seconds that are compared at once."""

MARGIN_SECONDS = 3 * NEAR_SECONDS
"""Seconds around a slice in which plays and listens are looked at, too: those of its ends may
belong to them."""

DRAIN_SECONDS = 20.0
"""Seconds for which a caller waits for what is sent again."""


class Wanted(NamedTuple):
    """What is verified: from `since` (0 = ever) to `until` (0 = now), in UNIX seconds. `repair`:
    missing plays are sent again. `delete`: second listens are deleted."""

    since: int = 0
    until: int = 0
    repair: bool = False
    delete: bool = False


@dataclass(slots=True)
class _Run:
    """A verify under way: for whom, what it came to so far, how many plays it looks at, and the
    rows that were queued again."""

    session: Session
    plays: SentPlays
    wanted: Wanted
    result: VerifyResult
    total: int
    foreign: Counter[str] = field(default_factory=Counter[str])
    again: list[int] = field(default_factory=list[int])


class Verifiers:
    """The verifiers of all accounts."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._verifiers: dict[str, Verifier] = {}

    def __getitem__(self, name: str) -> "Verifier":
        """Returns the verifier of an account. Raises InvalidArgument."""
        worker = self._workers[name]
        verifier = self._verifiers.get(name)
        if verifier and verifier.worker is not worker:  # it has left config.toml, and come back
            verifier.cancel()
            verifier = None
        if verifier is None:
            verifier = self._verifiers[name] = Verifier(worker)
        return verifier

    async def stop(self) -> None:
        """Leaves off."""
        await asyncio.gather(*(verifier.stop() for verifier in self._verifiers.values()))


class Verifier:
    """Verifies one account, and publishes how far it is."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.findings = Findings(worker.queue.database, worker.queue.account_id)
        self._deletions = DeletionQueue(worker.queue.database, worker.queue.account_id)
        self._wanted = Wanted()
        self._task: asyncio.Task[VerifyResult] | None = None

    async def verify(self, wanted: Wanted) -> VerifyResult:
        """Compares what was sent with what is shown, and keeps what it finds. Raises Busy while
        another verify is under way, InvalidArgument, LogIn, TryLater, StoreFailed."""
        if self._task is None or self._task.done():
            self._wanted = wanted
            self._task = asyncio.create_task(self._run(wanted))
        elif wanted != self._wanted:
            name = self.worker.context.account.name
            raise Busy(f"another verify of {name} is under way; try again when it is done")
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError as error:
            caller = asyncio.current_task()
            if self._task.cancelled() and not (caller and caller.cancelling()):
                raise TryLater("the verify was broken off; try again later") from error
            raise

    def cancel(self) -> None:
        """Leaves off soon; what was found so far is kept."""
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """Leaves off."""
        self.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, wanted: Wanted) -> VerifyResult:
        context = self.worker.context
        session = context.account.login()
        await self._check_service(session)
        run = await self._begin(session, wanted)
        result = run.result
        begin = result.since
        try:
            if not run.total:
                await self._take(run, (begin, result.until), [], [])
                begin = result.until + 1
            while begin <= result.until:
                end = await self._end_of_slice(run, begin)
                await self._verify_slice(run, begin, end)
                begin = end + 1
        finally:
            give_back()
        if run.again:
            await self.worker.submitter.drain(DRAIN_SECONDS)
            result.taken = await self.findings.taken(run.again)
        result.foreign_by = run.foreign.most_common()
        words = "verified %s: sent %d, missing %d, doubled %d, changed %d"
        figures = result.sent, result.missing, result.doubled, result.changed
        log.info(words, context.account.name, *figures)
        context.publisher.verify_finished(context.account.name, result)
        return result

    async def _check_service(self, session: Session) -> None:
        """Raises InvalidArgument if the service does not show what it has."""
        service: Service = self.worker.context.service
        if not service.can.is_known:
            await service.check(session)
        if not service.can.read:
            raise InvalidArgument(f"account: {service.label} does not show what it has")

    async def _begin(self, session: Session, wanted: Wanted) -> _Run:
        queue, wall = self.worker.queue, self.worker.context.wall
        plays = SentPlays(queue.database, queue.account_id, session.username)
        until = int(min(wanted.until or wall, wall - SHOWN_AFTER_SECONDS))
        total, first = await plays.span(wanted.since, until)
        if deleted := await self._deleted(session, wanted.since, until):
            total, first = max(1, total), min(first, deleted[0].scrobble.timestamp)
        result = VerifyResult(since=wanted.since or first, until=until)
        return _Run(session, plays, wanted, result, total)

    async def _deleted(self, session: Session, since: int, until: int) -> list[SentPlay]:
        """Returns what is deleted of what was sent from `since` to `until`, UNIX seconds, though
        the service may show it still."""
        now = self.worker.context.wall
        deletions = await self._deletions.between(session.username, since, until, now=now)
        return [SentPlay(deletion.scrobble, is_awaited=False) for deletion in deletions]

    async def _end_of_slice(self, run: _Run, begin: int) -> int:
        until = min(run.result.until, begin + MAX_SLICE_SECONDS)
        last = await run.plays.nth_second(begin, until, MAX_SLICE_PLAYS)
        return until if last is None else last

    async def _verify_slice(self, run: _Run, begin: int, end: int) -> None:
        """Verifies the plays and listens from `begin` to `end`, in UNIX seconds."""
        comparison = await self._compared(run, begin, end)
        result = run.result
        shown = [pair for pair in comparison.shown if _is_in(pair[0], begin, end)]
        changed = [pair for pair in comparison.changed if _is_in(pair[0], begin, end)]
        missing = [play for play in comparison.missing if _is_in(play, begin, end)]
        doubled = [each for each in comparison.doubled if begin <= each.second.listened_at <= end]
        result.shown += (are_shown := sum(play.is_awaited for play, _ in shown))
        result.changed += (are_changed := sum(play.is_awaited for play, _ in changed))
        result.sent += are_shown + are_changed + len(missing)
        result.missing += len(missing)
        result.doubled += len(doubled)
        result.being_deleted += sum(begin <= each.listened_at <= end for each in comparison.deleted)
        run.foreign.update(
            each.client for each in comparison.foreign if begin <= each.listened_at <= end
        )
        if run.wanted.delete:
            doubled = await self._delete(run, doubled)
        found = [_changed(*pair) for pair in changed]
        found += (self._doubled(each) for each in doubled)
        await self._take(run, (begin, end), found, missing)
        self._tell_progress(run, result.sent)

    async def _compared(self, run: _Run, begin: int, end: int) -> Comparison:
        context = self.worker.context
        since, until = begin - MARGIN_SECONDS, end + MARGIN_SECONDS
        before, sent_until = run.result.sent, int(context.wall - SHOWN_AFTER_SECONDS)
        listens = await listens_between(
            context,
            run.session,
            since,
            until,
            told=lambda listens: self._tell_progress(run, before + listens),
        )
        plays = await run.plays.between(
            since, until, shown=sent_until, rules=self.worker.config().rules
        )
        deleted = await self._deleted(run.session, since, until)
        one_a_second = context.service.can.one_a_second
        return await asyncio.to_thread(
            compare, plays, listens, deleted=deleted, one_a_second=one_a_second
        )

    def _tell_progress(self, run: _Run, done: int) -> None:
        context = self.worker.context
        context.publisher.verify_progress(context.account.name, min(done, run.total), run.total)

    def _doubled(self, doubled: Doubled) -> Finding:
        cause, can = doubled.cause, self.worker.context.service.can
        has_length = doubled.play.scrobble.duration and self.worker.config().rules.send_duration
        if cause is Cause.COPIED and can.length_tells_apart and has_length:
            cause = Cause.NO_LENGTH
        return _finding(FindingKind.DOUBLED, doubled.play, doubled.second, cause)

    async def _take(
        self,
        run: _Run,
        stretch: tuple[int, int],
        found: Sequence[Finding],
        missing: Sequence[SentPlay],
    ) -> None:
        """Keeps what was found, and queues what is missing, if that is wanted and possible."""
        context, oldest = self.worker.context, self.worker.queue.oldest(self.worker.context.wall)
        repairs = run.wanted.repair and context.service.can.resend_is_recognised
        causes = [_cause_of_missing(play, oldest, repairs=repairs) for play in missing]
        found = [*found, *map(_missing, missing, causes)]
        run.result.too_old += causes.count(Cause.TOO_OLD)
        again = [
            play for play, cause in zip(missing, causes, strict=True) if cause is Cause.SENT_AGAIN
        ]
        if again and context.account.username != run.session.username:
            raise TryLater("the login has changed meanwhile; try again later")
        rows = await self.findings.take(
            *stretch, found, again, username=run.session.username, now=context.wall
        )
        run.result.sent_again += len(rows)
        run.again += (row.id for row in rows)
        words = f"{context.service.label} does not show it, so it is sent again"
        for row in rows:
            await context.tell(ScrobbleStatus.QUEUED, row.scrobble, words)
        if rows:
            self.worker.wake()

    async def _delete(self, run: _Run, doubled: Sequence[Doubled]) -> list[Doubled]:
        """Deletes second listens. Returns those that can't be told from the first. Raises
        InvalidArgument if the service lets nobody do that."""
        context, left = self.worker.context, list[Doubled]()
        if doubled and not context.service.can.delete:
            raise InvalidArgument(f"account: {context.service.label} lets no program delete a play")
        for each in doubled:
            if not _are_two(each.first, each.second):
                left.append(each)
                continue
            reply = await context.service.delete_listen(run.session, each.second)
            if reply.reached:
                context.budget.spend(context.wall)
            if not reply.ok:
                raise failure(reply)
            run.result.deleted += 1
            second, gone_at = each.second, context.wall + GONE_AFTER_SECONDS
            listen = Scrobble(second.artist, second.track, second.listened_at, second.album)
            await self._deletions.put_gone(listen, run.session.username, gone_at)
        return left


def _is_in(play: SentPlay, begin: int, end: int) -> bool:
    return begin <= play.scrobble.timestamp <= end


def _are_two(first: Listen, second: Listen) -> bool:
    """Whether deleting the second leaves the first."""
    return first.listened_at != second.listened_at or bool(second.id and first.id != second.id)


def _finding(kind: FindingKind, play: SentPlay, listen: Listen, cause: Cause) -> Finding:
    return Finding(
        kind=kind,
        listened_at=listen.listened_at,
        artist=listen.artist,
        track=listen.track,
        album=listen.album,
        play_id=play.play_id,
        cause=cause,
        sent_artist=play.scrobble.artist,
        sent_track=play.scrobble.track,
        listen_id=listen.id,
        client=listen.client,
    )


def _changed(play: SentPlay, listen: Listen) -> Finding:
    return _finding(FindingKind.CHANGED, play, listen, Cause.UNKNOWN)


def _cause_of_missing(play: SentPlay, oldest: int, *, repairs: bool) -> Cause:
    """Returns why a play stays missing. `oldest`: the first second that the service takes still."""
    if play.scrobble.timestamp < oldest:
        return Cause.TOO_OLD
    return Cause.SENT_AGAIN if repairs else Cause.UNKNOWN


def _missing(play: SentPlay, cause: Cause) -> Finding:
    sent = play.scrobble
    listen = Listen(sent.timestamp, sent.artist, sent.track, sent.album)
    return _finding(FindingKind.MISSING, play, listen, cause)
