"""Sends history to an account that lacks it, such as a new one: in pieces, behind what is played.

Of each piece it reads first what the service has, and makes rows of the rest. The next piece comes
when the one before has gone out, and the day has room for it. It goes on by itself after a restart,
and waits while its user is not logged in.
"""

import asyncio
import logging
import math
from collections.abc import Sequence
from dataclasses import replace

from ..core.account_rules import AccountRules, scrobble_for
from ..core.errors import Busy, InvalidArgument, LogIn, TryLater, Unreachable
from ..core.model import Session
from ..core.publisher import BackfillResult
from ..scrobbling.backoff import (
    FIRST_WAIT_SECONDS,
    MAX_REACHED_WAIT_SECONDS,
    MAX_UNREACHED_WAIT_SECONDS,
)
from ..scrobbling.pump import Pump
from ..scrobbling.submitter import BACKFILL_PAUSE_SECONDS
from ..scrobbling.worker import Worker
from ..storage.reconciliation.backfills import (
    MAX_TAKEN,
    Backfill,
    BackfillCounts,
    BackfillPlan,
    BackfillStore,
    Judged,
    LackingPlay,
)
from ..storage.reconciliation.sent_plays import SentPlay, SentPlays
from .comparison import NEAR_SECONDS, compare
from .reading import listens_between

log = logging.getLogger(__name__)

PIECE_PLAYS = 1000
"""Plays that are looked at together: what the service has of them fits into some pages."""

DAY_SECONDS = 86400.0

MAX_WAIT_SECONDS = 3600.0
"""Seconds after which to look again at the latest: the wall clock may be set."""


class Backfiller:
    """The backfill of one account."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._context = worker.context
        self._store = BackfillStore(worker.queue.database, worker.queue.account_id)
        self._is_active = True  # as far as is known before the first look
        self._failures = 0  # to read what the service has, one after another
        self._not_before = 0.0  # UNIX seconds
        self._pump = Pump(self.turn, lambda _: None)
        worker.submitter.idle = self._pump.wake

    def wake(self) -> None:
        """Something is new."""
        self._pump.wake()

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self._not_before = 0.0
        self._pump.wake()

    async def run(self) -> None:
        """Sends what is to be sent until it is cancelled."""
        await self._pump.run()

    # -- what a caller asks for -------------------------------------------------------------

    async def figures(self, plan: BackfillPlan) -> BackfillResult:
        """Returns what a backfill would come to; makes no row. Raises what `begin` raises, and
        TryLater if the service can't be read now."""
        session = await self._checked(plan)
        backfill = await self._store.planned(plan, self._oldest())
        while plays := await self._store.next_plays(backfill, PIECE_PLAYS):
            judged = await self._judged(session, plan, plays)
            last, counts = plays[-1], self._added(backfill.counts, judged)
            backfill = replace(backfill, last_start=last.start, last_id=last.id, counts=counts)
            self._tell_progress(backfill)
        return self._result(backfill, backfill.counts.queued)

    async def begin(self, plan: BackfillPlan) -> BackfillResult:
        """Begins a backfill. Returns how many plays it is about. Raises InvalidArgument, Busy,
        NotConfigured, LogIn and StoreFailed."""
        await self._checked(plan)
        backfill = await self._store.planned(plan, self._oldest())
        if not await self._store.begin(backfill):
            name = self._context.account.name
            raise Busy(f"a backfill of {name} is under way; cancel it first")
        self._is_active = True
        self._pump.wake()
        return self._result(backfill, backfill.total - backfill.counts.done)

    def plan(self, since: int, until: int, per_day: int, *, is_unchecked: bool) -> BackfillPlan:
        """Returns a plan for the user who is logged in. `until` 0 = until now; `per_day` 0 = as the
        service takes it. Raises LogIn."""
        session = self._context.account.login()
        now = int(self._context.wall) + 1
        per_day = per_day or self._context.service.can.backfill_per_day
        return BackfillPlan(
            session.username, since, min(until or now, now), per_day, is_unchecked=is_unchecked
        )

    def cancelled(self, backfill: Backfill, removed: int) -> None:
        """It was cancelled, and so many plays were taken back that were still to be sent."""
        counts = replace(backfill.counts, queued=backfill.counts.queued - removed)
        result = self._result(replace(backfill, counts=counts), 0)
        self._context.publisher.backfill_finished(self._context.account.name, result)

    async def _checked(self, plan: BackfillPlan) -> Session:
        """Returns the session of the account. Raises InvalidArgument if its service can't be read,
        and the plan does not allow for that."""
        account, service = self._context.account, self._context.service
        account.check_configured()
        session = account.login()
        if not service.can.is_known:
            await service.check(session)
        if not service.can.read and not plan.is_unchecked:
            raise InvalidArgument(
                f"unchecked: {service.label} does not show which plays it has, so those that it has"
                " from elsewhere would be there twice"
            )
        return session

    # -- piece by piece ---------------------------------------------------------------------

    async def turn(self) -> float | None:
        """Makes the next piece if it is time to. Returns the seconds until the next look, None =
        when something changes."""
        backfill = await self._store.current() if self._is_active else None
        self._is_active = backfill is not None
        session = self._session_of(backfill.plan) if backfill else None
        if backfill is None or session is None:
            return None
        wall = self._context.wall
        if wait := max(self._put_off_for(wall), self._worker.submitter.rest(wall, 1)):
            return min(wait, MAX_WAIT_SECONDS)
        waiting, due = await self._store.waiting(wall)
        if due:
            return None
        room = await self._room(backfill.plan, wall)
        plays = await self._store.next_plays(backfill, max(1, room))
        if plays and room > 0:
            return await self._go_on(session, backfill, plays)
        if plays or waiting:
            return min(MAX_WAIT_SECONDS, DAY_SECONDS - wall % DAY_SECONDS)
        return None if await self._finish(backfill) else 0.0

    async def _go_on(
        self, session: Session, backfill: Backfill, plays: Sequence[LackingPlay]
    ) -> float | None:
        try:
            judged = await self._judged(session, backfill.plan, plays)
        except (LogIn, TryLater) as error:
            return self._put_off(error)
        self._failures = 0
        if self._session_of(backfill.plan) is None:
            return None
        now, recipient = self._context.wall, self._worker.recipient
        for first in range(0, len(plays), MAX_TAKEN):
            part = replace(judged, plays=plays[first : first + MAX_TAKEN])
            after = await self._store.take(backfill, part, recipient, now)
            if after is None:  # it was cancelled meanwhile
                break
            backfill = after
        self._tell_progress(backfill)
        self._worker.submitter.wake()
        return 0.0

    async def _finish(self, backfill: Backfill) -> bool:
        """Ends it. Returns False if it is another one by now."""
        if not await self._store.end(backfill):
            return False
        self._is_active = False
        name, counts = self._context.account.name, backfill.counts
        words = "backfill of %s: sent %d, there %d, left out %d, too old %d"
        log.info(words, name, counts.queued, counts.there, counts.left_out, counts.too_old)
        result = self._result(backfill, counts.queued)
        self._context.publisher.backfill_finished(name, result)
        return True

    def _put_off(self, error: LogIn | TryLater) -> float:
        """Returns the seconds until the service is read again: as long as scrobbles wait, or as it
        wants."""
        is_unreached = isinstance(error, Unreachable)
        longest = MAX_UNREACHED_WAIT_SECONDS if is_unreached else MAX_REACHED_WAIT_SECONDS
        asked_for = error.wait if isinstance(error, TryLater) else 0.0
        delay = min(longest, FIRST_WAIT_SECONDS * 2.0 ** min(self._failures, 16))
        wait = min(MAX_WAIT_SECONDS, max(delay, asked_for))
        self._failures += 1
        self._not_before = self._context.wall + wait
        log.warning("the backfill of %s waits: %s", self._context.account.name, error)
        return wait

    def _put_off_for(self, wall: float) -> float:
        """Returns the seconds until the service may be read again. A longer wait than there is was
        told by a clock that was wrong."""
        wait = self._not_before - wall
        return wait if 0 < wait <= MAX_WAIT_SECONDS else 0.0

    async def _room(self, plan: BackfillPlan, wall: float) -> int:
        """Returns how many plays may be taken now."""
        if not plan.per_day:
            return PIECE_PLAYS
        used = await self._store.used(int(wall - wall % DAY_SECONDS))
        return min(PIECE_PLAYS, plan.per_day - used)

    # -- what the service has ---------------------------------------------------------------

    async def _judged(
        self, session: Session, plan: BackfillPlan, plays: Sequence[LackingPlay]
    ) -> Judged:
        """Looks at plays. Raises LogIn, TryLater."""
        oldest = self._oldest()
        wanted = [
            SentPlay(scrobble, each.id)
            for each in plays
            if each.start >= oldest and (scrobble := scrobble_for(self._rules, each.play))
        ]
        there = set[int]()
        if wanted and not plan.is_unchecked:
            there = await self._there(session, wanted)
        return Judged(plays, there, oldest)

    async def _there(self, session: Session, wanted: Sequence[SentPlay]) -> set[int]:
        """Returns which of these plays the service has, by their ids."""
        since = wanted[0].scrobble.timestamp - NEAR_SECONDS
        until = wanted[-1].scrobble.timestamp + NEAR_SECONDS
        listens = await listens_between(self._context, session, since, until)
        one_a_second = self._context.service.can.one_a_second
        database, account_id = self._store.database, self._store.account_id
        sent_plays = SentPlays(database, account_id, session.username)
        sent = await sent_plays.between(since, until, shown=until, rules=self._rules)
        comparison = await asyncio.to_thread(
            compare, [*wanted, *sent], listens, one_a_second=one_a_second
        )
        missing = {play.play_id for play in comparison.missing}
        return {play.play_id for play in wanted} - missing

    def _added(self, counts: BackfillCounts, judged: Judged) -> BackfillCounts:
        """Returns counts with plays that were looked at, and of which no row is made."""
        too_old = sum(each.start < judged.oldest for each in judged.plays)
        left_out = sum(
            each.start >= judged.oldest and scrobble_for(self._rules, each.play) is None
            for each in judged.plays
        )
        return BackfillCounts(
            queued=counts.queued + len(judged.plays) - len(judged.there) - too_old - left_out,
            there=counts.there + len(judged.there),
            left_out=counts.left_out + left_out,
            too_old=counts.too_old + too_old,
        )

    @property
    def _rules(self) -> AccountRules:
        return self._worker.config().rules

    def _session_of(self, plan: BackfillPlan) -> Session | None:
        """Returns the session of the plan's user; None if somebody else is logged in, or nobody."""
        session = self._context.session
        return session if session and session.username == plan.username else None

    def _oldest(self) -> int:
        return self._worker.queue.oldest(self._context.wall)

    def _tell_progress(self, backfill: Backfill) -> None:
        done, name = backfill.counts.done, self._context.account.name
        self._context.publisher.backfill_progress(name, done, max(done, backfill.total))

    def _result(self, backfill: Backfill, to_send: int) -> BackfillResult:
        """Returns the figures of a backfill that has to send so many plays at the most."""
        counts, per_day = backfill.counts, backfill.plan.per_day
        limits = [each for each in (per_day, self._context.budget.limits.scrobbles_per_day) if each]
        a_day = self._context.service.can.batch * DAY_SECONDS / BACKFILL_PAUSE_SECONDS
        return BackfillResult(
            plays=backfill.total,
            queued=counts.queued,
            there=counts.there,
            left_out=counts.left_out,
            too_old=counts.too_old,
            per_day=per_day,
            days=math.ceil(to_send / min([a_day, *limits])),
        )
