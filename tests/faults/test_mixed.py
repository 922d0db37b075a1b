"""Half a day of all that can go wrong, mixed by a seeded script: no play is lost, none sent twice.

Each request meets whatever the script draws; the disk fails for a while, the login dies, and the
pump is restarted from its files, also in the middle of a request. Then all is well, and what has
become of each play is compared with what the stand-in holds.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from lab.lastfm import Behaviour
from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.submission import Limits, QueueCounts
from scrobblerd.services.http import Timeouts
from tests.faults.long_run import LOST, Diary, LongPump, plays_of
from tests.support.worker_bench import DAY

SEEDS = range(5)

PASSING = [
    *(Behaviour.error(8, status=status) for status in (200, 400, 500)),
    *(Behaviour.error(code) for code in (11, 16)),
    *(Behaviour.error(16, shape=shape) for shape in ("string", "gnu", "xml")),
    *(Behaviour.html(status) for status in (200, 429, 500, 502, 503, 511)),
    Behaviour.raw(b"", 302, {"Location": "http://login.example.invalid/"}),
    Behaviour.raw(b"[]"),
    Behaviour.raw(b"\x1f\x8b no gzip", headers={"Content-Encoding": "gzip"}),
    Behaviour.too_many_requests(),
    Behaviour.error(16).also(Behaviour.retry_after("900")),
    Behaviour.empty(200),
    Behaviour.wrong_keys(),
    Behaviour.closed_before_storing(),
    Behaviour.slow(0.5),  # longer than the client's patience, and stored after all
]
"""Nothing is stored, or nobody knows; the same again later will do."""

UNTOLD = [
    *LOST,
    Behaviour.slow_after_storing(0.5),
    Behaviour.truncated().also(Behaviour.gzipped()),
]

HARMLESS = [
    Behaviour.gzipped(),
    Behaviour.bom(),
    Behaviour.gzipped().also(Behaviour.hangs_up_afterwards()),
    Behaviour.hangs_up_afterwards(),
    Behaviour.slow(0.02),
    Behaviour.slow_after_storing(0.02),
    Behaviour.counts_as_strings(),
    Behaviour.codes_as_ints(),
    Behaviour.corrects(0, artist="Thrudur", track="Something Else"),
]
LASTING = [
    Behaviour.too_many_scrobbles(),
    Behaviour.html(403),
    Behaviour.html(406),
    Behaviour.error(9),
    Behaviour.error(4),
    Behaviour.error(19),
]
"""Hours of peace, a new login, or an error that nobody defined."""

IGNORED = [(1, "Artist was ignored"), (1, ""), (3, ""), (4, "Timestamp was too new"), (5, "")]
POISONS = [Behaviour.error(6), Behaviour.html(500), Behaviour.error(13), Behaviour.error(7)]


@dataclass
class Ordeal(LongPump):
    """A pump that is killed while it works, where `kill` was called."""

    chance: Random = field(default_factory=Random)
    well: bool = False
    ends: dict[str, tuple[str, int, str]] = field(default_factory=dict[str, tuple[str, int, str]])
    left: QueueCounts = field(default_factory=QueueCounts)
    _turning: asyncio.Task[float | None] | None = None
    _killed: bool = False

    async def turn(self) -> float | None:
        """One turn, or what can be had of it before the kill."""
        self._turning = asyncio.create_task(super().turn())
        try:
            return await self._turning
        except asyncio.CancelledError:
            if not self._killed:
                raise
        self._killed = False
        await self.restart(politely=False)
        return 0.0

    def kill(self) -> None:
        """End the turn wherever it is."""
        self._killed = self._turning is not None and self._turning.cancel()

    # -- what each request meets ------------------------------------------------------------

    def mood(self, loop: asyncio.AbstractEventLoop) -> Callable[[str, int], Behaviour | None]:
        """What the script has for a request; asked by the stand-in's thread."""

        def drawn(method: str, plays: int) -> Behaviour | None:
            if self.well or method.startswith("auth."):
                return None
            if method != "track.scrobble":
                return self.chance.choice([None, Behaviour.html(500), Behaviour.error(8)])
            if self.chance.random() < 0.05:
                loop.call_soon_threadsafe(self.kill)
                return self.chance.choice(
                    [Behaviour.closed_before_storing(), Behaviour.closed_after_storing()]
                )
            return self._drawn(plays)

        return drawn

    def _drawn(self, plays: int) -> Behaviour | None:
        kinds = [*(PASSING, UNTOLD, HARMLESS, LASTING), [self._ignoring(plays)], [None]]
        [kind] = self.chance.choices(kinds, [25, 15, 20, 4, 6, 10])
        return self.chance.choice(kind)

    def _ignoring(self, plays: int) -> Behaviour:
        which = self.chance.sample(range(plays), min(plays, self.chance.randint(1, 3)))
        return Behaviour.ignores({index: self.chance.choice(IGNORED) for index in which})

    # -- what else happens ------------------------------------------------------------------

    async def half_a_day(self) -> None:
        """A play every few minutes, and something else now and then."""
        end = self.wall + DAY / 2
        while self.wall < end:
            for _ in range(self.chance.choice([1, 1, 1, 1, 2])):  # two players at the same time
                await self.hear(f"Harbour {len(self.plays)}")
            await self._something()
            await self.turns(self.wall + self.chance.uniform(60.0, 480.0))

    async def _something(self) -> None:
        drawn = self.chance.random()
        if drawn < 0.05:
            await self.disk_fails(True)
        elif drawn < 0.25:
            await self.disk_fails(False)
        elif drawn < 0.35:
            await self.restart(politely=self.chance.random() < 0.5)
        elif drawn < 0.5:
            self.submitter.retry_now()
        if self.account.session is None and self.chance.random() < 0.5:
            await self.log_in()

    async def log_in(self) -> None:
        """The user logs in again."""
        _, token = await self.account.auth_url()
        self.lastfm.approve(token)
        with suppress(StoreFailed):
            await self.account.complete(token)

    async def days_of_peace(self) -> None:
        """All is well again."""
        self.well = True
        await self.disk_fails(False)
        await self.turn()
        if self.account.session is None:
            await self.log_in()
        await self.turns(self.wall + 3 * DAY)


async def suffered(lastfm: Diary, folder: Path, seed: int) -> Ordeal:
    """A pump that has been through it all, closed."""
    chance = Random(seed)
    random.seed(seed)  # the pump's own jitter
    for number in chance.sample(range(99), 2):
        lastfm.poison[f"Harbour {number}"] = chance.choice(POISONS)
    hasty = Timeouts(read=0.2)  # answers that never come are not waited for long
    async with Ordeal(lastfm, folder, Limits(), timeouts=hasty, chance=chance) as pump:
        lastfm.mood = pump.mood(asyncio.get_running_loop())
        await pump.half_a_day()
        await pump.days_of_peace()
        pump.ends = await pump.outcomes()
        pump.left = await pump.counts()
    return pump


def refused_alone(lastfm: Diary, title: str) -> bool:
    """Whether the last request that held the play held nothing else, and met an error."""
    sendings = [(request, plays_of(request)) for request in lastfm.sendings()]
    sizes = [
        (len(plays), request.answered)
        for request, plays in sendings
        if any(("track", title) in play for play in plays)
    ]
    size, answered = sizes[-1]
    return size == 1 and not answered.startswith("ok")


@pytest.mark.parametrize("seed", SEEDS)
async def test_after_half_a_day_of_faults_every_play_is_sent_once_or_refused_for_a_reason(
    lastfm: Diary, tmp_path: Path, seed: int
) -> None:
    pump = await suffered(lastfm, tmp_path, seed)
    heard, stored = dict(pump.heard()), dict(pump.stored())
    assert {title: stamp for title, (_, stamp, _) in pump.ends.items()} == heard
    waiting = {title for title, (state, _, _) in pump.ends.items() if state == "pending"}
    assert waiting <= lastfm.poison.keys(), "what always fails may be parked"
    assert (pump.left.held, pump.unwritten) == (0, [])
    sent = {title for title, (state, _, _) in pump.ends.items() if state == "sent"}
    refused = {title: why for title, (_, _, why) in pump.ends.items() if title not in sent}
    assert sent <= stored.keys(), "what is called sent is there"
    assert stored.items() <= heard.items(), "under the start that it was queued with"
    assert len(pump.stored()) == len(stored), "and there once"
    assert [forms for forms in lastfm.forms().values() if len(set(forms)) > 1] == []
    assert Counter(told for told in pump.told if told[0] == "sent").most_common(1)[0][1] == 1
    assert lastfm.poison.keys() <= refused.keys()
    assert lastfm.poison.keys() & stored.keys() == set()
    unsaid = {title for title, why in refused.items() if not why.startswith("ignored by Last.fm")}
    assert [title for title in unsaid if not refused_alone(lastfm, title)] == []
