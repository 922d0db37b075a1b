"""The server fails now and then, and one row always: no good row is lost, and none waits for it.

The real submitter and a real server in virtual time. A play is heard every four minutes (over
days, every twenty), from the beginning of the outage to two hours after its end.
"""

import random

import pytest

from lab.lastfm import Behaviour
from tests.faults.long_run import Diary, LongPump
from tests.support.worker_bench import HOUR, NOW

PLAY_SECONDS = 240.0

POISON = "Poison"

MAX_DELAY_SECONDS = HOUR
"""The longest that a good play may wait while the server is well."""


class Outage:
    """Fails `share` of all writes for so many hours; everything else is answered well."""

    def __init__(self, share: float, hours: float, faults: list[Behaviour], seed: int) -> None:
        self.ends = NOW + hours * HOUR
        self.pause = PLAY_SECONDS if hours < 24 else 5 * PLAY_SECONDS  # from play to play
        self._share = share
        self._faults = faults
        self._chance = random.Random(seed)
        self.wall = NOW

    def mood(self, method: str, _: int) -> Behaviour | None:
        """What becomes of a request."""
        is_out = self.wall < self.ends and self._chance.random() < self._share
        return self._chance.choice(self._faults) if is_out and method == "track.scrobble" else None


async def arrivals(pump: LongPump, lastfm: Diary, outage: Outage) -> dict[str, float]:
    """When each play was stored, in UNIX seconds."""
    arrived: dict[str, float] = {}
    seen, number = 0, 0
    lastfm.mood = outage.mood
    while pump.wall < outage.ends + 2 * HOUR:
        await pump.hear(POISON if number == 3 else f"Harbour {number}")
        number, until = number + 1, pump.wall + outage.pause
        while pump.wall < until:
            outage.wall = pump.wall
            wait = await pump.turn()
            stored = pump.stored()
            arrived |= {title: pump.wall for title, _ in stored[seen:]}
            seen = len(stored)
            pump.wall = until if wait is None else min(until, pump.wall + wait)
    return arrived


SERVER_FAULTS = [
    *(Behaviour.html(500), Behaviour.html(502), Behaviour.html(503)),
    *(Behaviour.error(8), Behaviour.error(8, status=200), Behaviour.error(11), Behaviour.error(16)),
]

NONE, PAGE, FAILED, UNDEFINED = (
    *(None, Behaviour.html(500)),
    *(Behaviour.error(8), Behaviour.error(19)),
)

PLANE = [
    *((0.0, 1, fault) for fault in (PAGE, FAILED, UNDEFINED)),
    *((0.3, 1, PAGE), (0.5, 6, UNDEFINED), (0.7, 3, FAILED), (0.8, 6, NONE)),
    *((0.9, 6, fault) for fault in (NONE, PAGE, FAILED, UNDEFINED)),
    *((0.95, 12, NONE), (0.95, 12, PAGE), (0.99, 6, UNDEFINED), (1.0, 6, PAGE), (0.9, 72, PAGE)),
]
"""The share of writes that fail, for how many hours, and what always comes of one row."""


@pytest.mark.parametrize(
    ("seed", "share", "hours", "poison"),
    [(seed, *place) for seed, place in enumerate(PLANE)],
    ids=lambda value: getattr(value, "name", None),
)
async def test_no_good_play_is_rejected_and_none_waits_for_the_poison(
    pump: LongPump,
    lastfm: Diary,
    seed: int,
    share: float,
    hours: float,
    poison: Behaviour | None,
) -> None:
    random.seed(seed)
    lastfm.poison |= {POISON: poison} if poison else {}
    outage = Outage(share, hours, SERVER_FAULTS, seed)
    arrived = await arrivals(pump, lastfm, outage)
    outcomes = await pump.outcomes()
    rejected = {title for title, (state, *_) in outcomes.items() if state == "rejected"}
    assert rejected <= ({POISON} if poison is UNDEFINED and hours > 24 else set())
    good = [(title, start) for title, start in pump.heard() if title != POISON or not poison]
    waits = {
        title: arrived.get(title, pump.wall) - max(outage.ends if share else 0.0, start)
        for title, start in good
    }
    assert {title: wait for title, wait in waits.items() if wait > MAX_DELAY_SECONDS} == {}
    assert len(lastfm.requests) < 40 * (hours + 2)  # 15 plays an hour
