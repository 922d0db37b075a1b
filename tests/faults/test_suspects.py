"""One bad row, or two, while other things go wrong too: the good ones are sent all the same."""

import itertools

import pytest

from lab.lastfm import Behaviour
from tests.faults.long_run import Diary, LongPump, Mood
from tests.support.worker_bench import DAY, HOUR

NO_REASON = [Behaviour.html(500), Behaviour.error(8), Behaviour.error(13), Behaviour.error(19)]
"""Answers that may be about a row, and may just as well be about the service."""


async def evening(pump: LongPump, plays: int = 6) -> None:
    """Plays heard before Last.fm could be reached."""
    for number in range(plays):
        await pump.hear(f"Harbour {number}", pump.clock().moved(-3 * HOUR + 240.0 * number))


async def parked(pump: LongPump) -> set[str]:
    """What was put aside: refused, or parked until it speaks for itself."""
    outcomes = await pump.outcomes()
    return {
        title
        for title, (state, _, why) in outcomes.items()
        if state == "rejected" or (state == "pending" and why)
    }


async def rejected(pump: LongPump) -> set[str]:
    """What will not be tried again."""
    return {
        title for title, (state, _, _) in (await pump.outcomes()).items() if state == "rejected"
    }


def others(pump: LongPump, bad: set[str]) -> list[tuple[str, int]]:
    """Titles and starts of the plays that are not bad."""
    return [(title, start) for title, start in pump.heard() if title not in bad]


each_fault = pytest.mark.parametrize("fault", NO_REASON, ids=lambda fault: fault.name)


CULPRITS = [(0, 5), (0, 1), (2, 3), (1, 2, 3)]


@pytest.mark.parametrize(
    ("fault", "culprits"),
    [(Behaviour.error(6), (0, 5)), *itertools.product(NO_REASON, CULPRITS)],
    ids=lambda value: value.name if isinstance(value, Behaviour) else str(value),
)
async def test_bad_rows_wherever_they_are_are_put_aside_and_the_others_sent(
    pump: LongPump, lastfm: Diary, fault: Behaviour, culprits: tuple[int, ...]
) -> None:
    bad = {f"Harbour {number}" for number in culprits}
    lastfm.poison |= dict.fromkeys(bad, fault)
    await evening(pump)
    await pump.turns(pump.wall + 3 * DAY)
    assert pump.stored() == others(pump, bad)
    assert await parked(pump) == bad


@each_fault
async def test_a_whole_album_of_bad_rows_does_not_stop_the_rest(
    pump: LongPump, lastfm: Diary, fault: Behaviour
) -> None:
    bad = {f"Harbour {number}" for number in range(8)}
    lastfm.poison |= dict.fromkeys(bad, fault)
    await evening(pump, plays=12)
    await pump.turns(pump.wall + 3 * DAY)
    assert pump.stored() == others(pump, bad)


@each_fault
async def test_a_bad_row_that_is_the_oldest_does_not_make_a_hold_last_for_ever(
    pump: LongPump, lastfm: Diary, fault: Behaviour
) -> None:
    bad = {"Harbour 0"}
    lastfm.misbehave(Behaviour.too_many_scrobbles())
    await evening(pump)
    await pump.turn()
    lastfm.poison |= dict.fromkeys(bad, fault)
    await pump.turns(pump.wall + 3 * DAY)
    assert pump.stored() == others(pump, bad)
    assert await parked(pump) == bad


def only_scrobbles(fault: Behaviour) -> Mood:
    """Other requests are answered well meanwhile."""

    def mood(method: str, _: int) -> Behaviour | None:
        return fault if method == "track.scrobble" else None

    return mood


@each_fault
@pytest.mark.parametrize("plays", [1, 2, 6])
async def test_when_only_scrobbles_fail_for_hours_no_play_is_lost(
    pump: LongPump, lastfm: Diary, fault: Behaviour, plays: int
) -> None:
    lastfm.mood = only_scrobbles(fault)
    for number in range(plays):
        await pump.hear(f"Harbour {number}")
        await pump.turns(pump.wall + 240.0)
    await pump.turns(pump.wall + 6 * HOUR)
    lastfm.mood = lastfm.outage = None
    await pump.turns(pump.wall + DAY)
    await pump.hear("The next day")
    await pump.turns(pump.wall + 2 * DAY)
    in_order = pump.stored() == pump.heard()
    assert in_order if plays > 1 else sorted(pump.stored()) == sorted(pump.heard())
    assert await parked(pump) == set()


@pytest.mark.parametrize("disk_fails", [False, True], ids=["", "and the disk too"])
@pytest.mark.parametrize(
    ("fault", "most"),
    [
        (Behaviour.too_many_scrobbles(), 1),
        (Behaviour.error(16), 9),
        *((fault, 30) for fault in NO_REASON),  # one by one, and is all well otherwise?
    ],
    ids=lambda fault: fault.name if isinstance(fault, Behaviour) else "",
)
async def test_a_service_that_fails_is_asked_rarely_also_when_nothing_can_be_written(
    pump: LongPump, lastfm: Diary, fault: Behaviour, most: int, disk_fails: bool
) -> None:
    lastfm.mood = only_scrobbles(fault)
    await pump.turn()  # with what it has to write down in any case
    await evening(pump)
    await pump.disk_fails(disk_fails)
    await pump.turns(pump.wall + 0.9 * HOUR)
    assert len(lastfm.requests) <= most
    await pump.disk_fails(False)


async def test_a_login_is_not_used_before_a_try_can_be_written_down_and_a_dead_one_once(
    pump: LongPump, lastfm: Diary
) -> None:
    lastfm.outage = Behaviour.error(9)
    await pump.turn()
    await evening(pump)
    await pump.disk_fails(True)
    await pump.turns(pump.wall + 0.9 * HOUR)
    assert lastfm.requests == []
    await pump.disk_fails(False)
    await pump.turns(pump.wall + 0.9 * HOUR)
    assert pump.auth == ["expired"]
    assert [request.method for request in lastfm.requests] == ["track.scrobble", "user.getInfo"]


# -- what becomes of a bad row --------------------------------------------------------------------


async def days_with(pump: LongPump, lastfm: Diary, fault: Behaviour, days: float) -> None:
    """A play every two hours, beside one bad row."""
    lastfm.poison |= {"Harbour 2": fault}
    await evening(pump)
    for number in range(int(12 * days)):
        await pump.turns(pump.wall + 2 * HOUR)
        await pump.hear(f"Later {number}")
    await pump.turns(pump.wall + HOUR)


@pytest.mark.parametrize(
    "fault", [Behaviour.error(13), Behaviour.error(19)], ids=lambda fault: fault.name
)
async def test_a_row_that_fails_alone_for_days_while_others_go_out_is_rejected(
    pump: LongPump, lastfm: Diary, fault: Behaviour
) -> None:
    await days_with(pump, lastfm, fault, 0.5)
    assert await rejected(pump) == set()
    assert await parked(pump) == {"Harbour 2"}
    await days_with(pump, lastfm, fault, 3)
    assert await rejected(pump) == {"Harbour 2"}
    assert sorted(pump.stored()) == sorted(others(pump, {"Harbour 2"}))


@pytest.mark.parametrize(
    "fault", [Behaviour.html(500), Behaviour.html(503), Behaviour.error(8)], ids=lambda f: f.name
)
async def test_a_row_with_which_the_server_fails_is_parked_for_longer_and_longer_and_kept(
    pump: LongPump, lastfm: Diary, fault: Behaviour
) -> None:
    await days_with(pump, lastfm, fault, 3)
    assert await rejected(pump) == set()
    assert await parked(pump) == {"Harbour 2"}
    assert sorted(pump.stored()) == sorted(others(pump, {"Harbour 2"}))
    alone = [
        at
        for at, request in zip(lastfm.times, lastfm.requests, strict=True)
        if request.params.get("track[0]") == "Harbour 2" and "track[1]" not in request.params
    ]
    waits = [later - before for before, later in itertools.pairwise(alone)]
    assert max(waits[-4:]) >= 6 * HOUR
    lastfm.poison.clear()  # a later version of the server takes it
    await pump.turns(pump.wall + DAY)
    assert sorted(pump.stored()) == sorted(pump.heard())
