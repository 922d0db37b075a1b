"""The wall clock is wrong, and set right later: starts are mended until Last.fm has seen them."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from lab.lastfm import Behaviour
from scrobblerd.core.model import Scrobble
from scrobblerd.storage.repair.tidying import CLOCK_SLACK_SECONDS
from tests.faults.long_run import Diary, LongPump, plays_of
from tests.support.worker_bench import DAY, HOUR, NOW

UNSET = 40.0
"""UNIX seconds: what a clock without a battery shows half a minute after the start."""


@pytest.fixture
async def unset(lastfm: Diary, tmp_path: Path) -> AsyncIterator[LongPump]:
    """A pump that was started before the clock was set."""
    async with LongPump(lastfm, tmp_path, wall=UNSET, ahead=UNSET - 30.0) as made:
        yield made


def true_starts(pump: LongPump) -> dict[str, float]:
    """By title: when it began, by the clock as it is now."""
    return {play.track.title: play.start.boot + pump.ahead for play in pump.plays}


def all_are_right(pump: LongPump) -> bool:
    """Whether each play is at the stand-in, under its true start."""
    assert pump.stored(), "nothing has arrived"
    return dict(pump.stored()) == pytest.approx(true_starts(pump), abs=1.0)


def in_the_future(lastfm: Diary) -> list[str]:
    """The titles that were sent with a start that lay ahead of our clock."""
    sent = [
        (at, dict(form))
        for at, request in zip(lastfm.times, lastfm.requests, strict=True)
        for form in plays_of(request)
    ]
    return [form["track"] for at, form in sent if float(form["timestamp"]) > at]


# -- 1970 -----------------------------------------------------------------------------------------


async def test_before_the_clock_is_set_nothing_is_sent_and_afterwards_all_with_true_starts(
    unset: LongPump, lastfm: Diary
) -> None:
    for number in range(10):
        await unset.hear(f"Harbour {number}")
        await unset.turns(unset.wall + 200.0)
    assert lastfm.requests == []
    unset.set_clock(NOW - unset.wall)
    await unset.turns(unset.wall + 60.0)
    assert all_are_right(unset)
    starts = await unset.database.select("SELECT title, start FROM plays")
    assert dict(starts) == pytest.approx(true_starts(unset), abs=1.0), "the history's too"


async def test_a_restart_before_the_clock_is_set_changes_nothing(unset: LongPump) -> None:
    await unset.hear("Harbour 0")
    await unset.restart()
    await unset.hear("Harbour 1")
    await unset.turns(unset.wall + 200.0)
    unset.set_clock(NOW - unset.wall)
    await unset.restart(politely=False)
    await unset.turns(unset.wall + 60.0)
    assert all_are_right(unset)


async def test_a_start_nobody_can_set_right_any_more_is_not_sent(
    unset: LongPump, lastfm: Diary
) -> None:
    await unset.hear("Harbour")
    await unset.queue.enqueue(Scrobble("Mira Holt", "Fern", int(UNSET)), "quiet_otter", UNSET)
    unset.boot_id = "boot-2"  # the clock was never set in that one
    await unset.restart()
    unset.set_clock(NOW - unset.wall)
    await unset.turns(unset.wall + DAY)
    assert lastfm.requests == []
    outcomes = await unset.outcomes()
    assert {state for state, _, _ in outcomes.values()} == {"expired"}
    assert ["clock" in why for _, _, why in outcomes.values()] == [True, True]


@pytest.mark.parametrize("off", [UNSET - NOW, -10 * HOUR, 10 * HOUR], ids=["1970", "slow", "fast"])
async def test_a_play_that_was_on_while_the_clock_was_set_is_sent_with_its_true_start(
    lastfm: Diary, tmp_path: Path, off: float
) -> None:
    async with LongPump(lastfm, tmp_path, wall=NOW + off, ahead=NOW + off - 30.0) as pump:
        start = pump.clock()
        await pump.turns(pump.wall + 60.0)
        pump.set_clock(-off)
        await pump.turns(pump.wall + 60.0)
        await pump.hear("Harbour", start)
        await pump.turns(pump.wall + 2 * HOUR)
        assert all_are_right(pump)


@pytest.mark.parametrize("failed", [False, True], ids=["at rest", "after a failure"])
async def test_what_waits_from_earlier_is_looked_at_again_soon_after_the_clock_is_set(
    pump: LongPump, lastfm: Diary, failed: bool
) -> None:
    lastfm.stop()
    await pump.hear("Harbour")
    if failed:
        await pump.turn()
    pump.boot_id, pump.wall, pump.ahead = "boot-2", UNSET, UNSET - 30.0
    await pump.restart()
    lastfm.start()
    wait = await pump.turn()  # nobody tells a sleeper that the clock was set
    assert wait is not None
    assert wait <= HOUR


async def test_a_clock_that_is_set_just_before_a_shutdown_sets_all_starts_right(
    pump: LongPump, lastfm: Diary
) -> None:
    pump.set_clock(-20 * DAY)
    lastfm.outage = Behaviour.ignores({0: (3, "")})
    await pump.hear("Harbour")
    await pump.turn()
    lastfm.outage = None
    lastfm.stop()
    await pump.hear("Fern")
    await pump.turn()
    pump.set_clock(20 * DAY)
    starts = true_starts(pump)
    await pump.worker.stop()
    pump.boot_id, pump.ahead = "boot-2", pump.wall - 10.0
    await pump.restart(politely=False)
    lastfm.start()
    await pump.turns(pump.wall + HOUR)
    assert dict(pump.stored()) == pytest.approx(starts, abs=1.0)


# -- jumps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [5 * HOUR, -5 * HOUR], ids=["forward", "back"])
async def test_a_jump_and_its_correction_leave_the_starts_right_that_were_never_shown(
    pump: LongPump, lastfm: Diary, jump: float
) -> None:
    lastfm.stop()
    for number, change in enumerate((0.0, jump, 0.0, -jump, 0.0)):
        pump.set_clock(change)
        await pump.hear(f"Harbour {number}")
        await pump.turns(pump.wall + 20 * 60.0)
    lastfm.start()
    await pump.turns(pump.wall + HOUR)
    assert all_are_right(pump)
    assert in_the_future(lastfm) == []


@pytest.mark.parametrize("jump", [5 * HOUR, -5 * HOUR], ids=["forward", "back"])
async def test_what_may_have_been_stored_keeps_its_stamp_whatever_the_clock_does(
    pump: LongPump, lastfm: Diary, jump: float
) -> None:
    lastfm.outage = Behaviour.closed_after_storing()
    for number, change in enumerate((0.0, jump, 0.0, -jump, 0.0)):
        pump.set_clock(change)
        await pump.hear(f"Harbour {number}")
        pump.submitter.retry_now()
        await pump.turns(pump.wall + 20 * 60.0)
    lastfm.outage = None
    await pump.turns(pump.wall + 8 * HOUR)
    assert [title for title, forms in lastfm.forms().items() if len(set(forms)) != 1] == []
    assert sorted(pump.stored()) == sorted(pump.heard())
    assert in_the_future(lastfm) == []
    assert (await pump.counts()).queued == 0


async def test_a_clock_set_back_does_not_lengthen_a_backoff(pump: LongPump, lastfm: Diary) -> None:
    lastfm.misbehave(Behaviour.error(16))
    await pump.hear("Harbour")
    await pump.turn()
    pump.set_clock(-5 * HOUR)
    await pump.turns(pump.wall + HOUR)
    assert len(lastfm.requests) == 1, "its start lies ahead"
    await pump.hear("Fern")
    await pump.turns(pump.wall + 60.0)
    assert [title for title, _ in pump.stored()] == ["Fern"]


async def test_a_jump_beyond_what_lastfm_takes_expires_nothing_for_good(
    pump: LongPump, lastfm: Diary
) -> None:
    lastfm.outage = Behaviour.error(16)
    await pump.hear("Harbour")
    await pump.turns(pump.wall + HOUR)
    pump.set_clock(20 * DAY)
    await pump.turns(pump.wall + 10.0)
    pump.set_clock(-20 * DAY)
    lastfm.outage = None
    await pump.turns(pump.wall + DAY)
    assert pump.stored() == pump.heard()


@pytest.mark.parametrize(
    ("code", "off"),
    [
        *((3, -20 * DAY), (1, -20 * DAY), (9, -20 * DAY)),  # Last.fm often says 1 instead of 3
        *((4, 5 * HOUR), (4, 800 * DAY), (1, 5 * HOUR)),
        *((5, -20 * DAY), (5, 5 * HOUR)),
    ],
)
@pytest.mark.parametrize("hours", [0, 3], ids=["once", "again and again"])
async def test_a_start_that_was_refused_is_set_right(
    lastfm: Diary, tmp_path: Path, code: int, off: float, hours: int
) -> None:
    async with LongPump(lastfm, tmp_path, wall=NOW + off, ahead=NOW + off - 30.0) as pump:
        lastfm.outage = Behaviour.ignores({0: (code, "")})
        await pump.hear("Harbour")
        await pump.turns(pump.wall + 60.0 + hours * HOUR)
        assert len(lastfm.sendings()) > (hours > 0 and code == 4)
        lastfm.outage = None
        pump.set_clock(-off)
        await pump.hear("Fern")
        await pump.turns(pump.wall + 8 * HOUR)
        assert all_are_right(pump)
        assert len(pump.stored()) == 2


@pytest.mark.parametrize("code", [3, 4])
async def test_a_start_that_was_refused_after_it_may_have_been_stored_is_set_right_if_it_was_not(
    lastfm: Diary, tmp_path: Path, code: int
) -> None:
    off = 10 * DAY if code == 4 else -10 * DAY
    async with LongPump(lastfm, tmp_path, wall=NOW + off, ahead=NOW + off - 30.0) as pump:
        lastfm.misbehave(Behaviour.closed_before_storing(), Behaviour.ignores({0: (code, "")}))
        await pump.hear("Harbour")
        await pump.turns(pump.wall + HOUR)
        pump.set_clock(-off)
        await pump.hear("Fern")
        await pump.turns(pump.wall + 2 * HOUR)
        starts = {dict(form)["timestamp"] for form in lastfm.forms()["Harbour"]}
        assert len(starts) == (2 if code == 4 else 1), "what is in the future now was so then"


async def test_what_waits_for_its_account_is_set_right_too(pump: LongPump) -> None:
    pump.set_clock(-20 * DAY)
    await pump.hear("Harbour")
    await pump.queue.logged_in("loud_heron")
    pump.set_clock(20 * DAY)
    await pump.turns(pump.wall + HOUR)
    state, start, _ = (await pump.outcomes())["Harbour"]
    assert (state, start) == ("held", pytest.approx(true_starts(pump)["Harbour"], abs=1.0))


@pytest.mark.parametrize(("restarted", "hours"), [(False, 1), (True, 6)])
@pytest.mark.parametrize("ahead", [20 * HOUR, 3 * HOUR])
async def test_a_row_that_was_parked_by_a_clock_that_was_ahead_is_tried_in_time(
    pump: LongPump, lastfm: Diary, ahead: float, restarted: bool, hours: float
) -> None:
    pump.set_clock(ahead)
    lastfm.misbehave(Behaviour.ignores({0: (4, "")}))
    await pump.queue.enqueue(Scrobble("Mira Holt", "Harbour", int(NOW) - 60), "quiet_otter", NOW)
    await pump.turns(pump.wall + 60.0)
    pump.set_clock(-ahead)
    if restarted:
        await pump.restart()
    await pump.turns(pump.wall + hours * HOUR)
    assert [title for title, _ in pump.stored()] == ["Harbour"]


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_the_clock_does_starts_are_right_when_they_are_first_shown(
    pump: LongPump, lastfm: Diary, seed: int
) -> None:
    chance = Random(seed)
    ahead: list[float] = []

    def note(_method: str, _plays: int) -> None:
        ahead.append(pump.ahead)

    lastfm.mood = note
    for number in range(40):
        if chance.random() < 0.3:
            pump.set_clock(chance.choice([-1, 1]) * chance.choice([20.0, 300.0, HOUR, 7 * HOUR]))
        if chance.random() < 0.3:
            lastfm.stop()
        elif chance.random() < 0.5:
            lastfm.stop()
            lastfm.start()
        await pump.hear(f"Harbour {number}")
        await pump.turns(pump.wall + chance.uniform(60.0, HOUR))
    lastfm.stop()
    lastfm.start()
    pump.set_clock(NOW - 1000.0 - pump.ahead)
    await pump.turns(pump.wall + 2 * DAY)
    assert in_the_future(lastfm) == []
    assert (await pump.counts()).queued == 0
    begun = {play.track.title: play.start.boot for play in pump.plays}
    for offset, request in zip(ahead, lastfm.requests, strict=True):
        for form in map(dict, plays_of(request)):
            off = float(form["timestamp"]) - offset - begun.pop(form["track"])
            assert abs(off) <= CLOCK_SLACK_SECONDS + 1.0
    assert begun == {}
