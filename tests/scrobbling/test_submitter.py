"""submitter.py with a real database and a real HTTP server; only the clock is ours."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import Limits, QueueCounts
from scrobblerd.scrobbling.expiry import TIDY_INTERVAL_SECONDS
from scrobblerd.scrobbling.submitter import BACKFILL_PAUSE_SECONDS
from tests.support.worker_bench import DAY, NOW, SubmitterBench

VERDICTS_FAIL = """
CREATE TEMP TRIGGER verdicts_fail BEFORE UPDATE OF state ON main.scrobble_queue
BEGIN SELECT RAISE(ABORT, 'the disk refuses'); END"""
"""From now on no verdict can be written; that a row is tried can."""


async def test_a_backlog_goes_out_in_order_fifty_at_a_time(pump: SubmitterBench) -> None:
    names = [f"Track {number:03}" for number in range(120)]
    await pump.put(*names)
    assert await pump.drain() == "done"
    assert pump.arrived() == names
    assert pump.sent() == 3
    assert await pump.counts() == QueueCounts()


async def test_nothing_to_send_makes_no_request(pump: SubmitterBench) -> None:
    assert await pump.drain() == "nothing"
    assert await pump.turn() is None, "nobody wakes it but what comes in"
    assert pump.lastfm.requests == []


async def test_the_last_rows_are_not_looked_for_again(pump: SubmitterBench) -> None:
    await pump.put("One", "Two")
    assert await pump.turn() is None
    assert pump.arrived() == ["One", "Two"]


async def test_a_row_that_may_not_go_yet_is_looked_for_when_others_went(
    pump: SubmitterBench,
) -> None:
    await pump.queue.enqueue(Scrobble("Mira Holt", "Later", int(NOW) + 60), "quiet_otter", NOW)
    await pump.put("One")
    assert await pump.turn() == 0.0
    assert await pump.turn() == 60
    pump.wall += 60
    assert await pump.turn() is None
    assert pump.arrived() == ["One", "Later"]


async def test_held_rows_are_looked_at_within_an_hour_when_others_went(
    pump: SubmitterBench,
) -> None:
    await pump.queue.enqueue(Scrobble("Mira Holt", "Old", int(NOW) - 60), "velvet_heron", NOW)
    await pump.queue.logged_in("quiet_otter")
    await pump.put("One")
    assert await pump.turn() == 0.0
    assert await pump.turn() == TIDY_INTERVAL_SECONDS


async def test_a_row_that_comes_while_the_last_ones_are_sent_goes_at_once(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.misbehave(Behaviour.slow_after_storing(0.2))
    await pump.put("One")
    pump.run()
    await asyncio.to_thread(pump.lastfm.wait_for, lambda seen: len(seen.scrobbles) == 1)
    await pump.put("Two")
    pump.submitter.wake()
    assert await pump.drain() == "done"
    assert (pump.arrived(), pump.sent()) == (["One", "Two"], 2)


async def test_ignored_items_are_parked_and_the_others_sent(pump: SubmitterBench) -> None:
    pump.lastfm.misbehave(Behaviour.ignores({1: (1, "Artist was ignored")}))
    await pump.put("One", "Two", "Three")
    assert await pump.drain() == "done"
    assert pump.arrived() == ["One", "Three"]
    assert pump.told == [("sent", "One"), ("ignored", "Two"), ("sent", "Three")]
    assert (await pump.counts()).rejected == 1


@pytest.mark.parametrize(
    "fault",
    [
        Behaviour.error(8),
        Behaviour.error(11),
        Behaviour.error(16),
        Behaviour.html(502),
        Behaviour.html(200),
        Behaviour.empty(200),
        Behaviour.wrong_keys(),
        Behaviour.closed_before_storing(),
        Behaviour.closed_after_storing(),
        Behaviour.reset_mid_body(),
        Behaviour.truncated(),
        Behaviour.items_missing(),
    ],
    ids=lambda fault: fault.name,
)
async def test_a_fault_keeps_the_rows_and_the_same_goes_again(
    pump: SubmitterBench, fault: Behaviour
) -> None:
    pump.lastfm.misbehave(fault)
    await pump.put("One", "Two")
    assert await pump.drain() == "offline"
    assert (await pump.counts()).queued == 2
    assert await pump.drain() == "done"
    assert pump.arrived() == ["One", "Two"]
    first, second = (dict(request.params) for request in pump.lastfm.requests)
    assert first == second


async def test_a_server_that_is_down_is_tried_again_after_the_backoff(pump: SubmitterBench) -> None:
    pump.lastfm.stop()
    await pump.put("One")
    assert await pump.drain() == "offline"
    wait = pump.submitter.backoff.next_attempt - NOW
    assert 15 <= wait <= 30
    pump.lastfm.start()
    pump.submitter.wake()  # something else was queued: that ends no backoff
    assert pump.sent() == 0
    pump.wall += wait
    pump.submitter.wake()
    assert await asyncio.to_thread(pump.lastfm.wait_for, lambda seen: len(seen.scrobbles) == 1)


async def test_the_backoff_survives_a_restart(lastfm: StandIn, tmp_path: Path) -> None:
    lastfm.misbehave(Behaviour.error(8))
    async with SubmitterBench(lastfm, tmp_path) as pump:
        await pump.put("One")
        assert await pump.drain() == "offline"
        before = replace(pump.submitter.backoff)
    async with SubmitterBench(lastfm, tmp_path) as pump:
        assert pump.submitter.backoff == before
    assert len(lastfm.requests) == 1


@pytest.mark.parametrize("code", [4, 9, 14, 17])
async def test_a_dead_login_stops_the_writing_and_keeps_everything(
    pump: SubmitterBench, code: int
) -> None:
    pump.lastfm.outage = Behaviour.error(code)
    await pump.put("One", "Two")
    assert await pump.drain() == "not_authenticated"
    assert pump.auth == ["expired"]
    assert (await pump.counts()).queued == 2
    assert pump.sent() == 1


@pytest.mark.parametrize("code", [2, 3, 5, 10, 26])
async def test_a_fault_of_a_program_that_has_worked_is_asked_again_in_minutes(
    pump: SubmitterBench, code: int
) -> None:
    await pump.put("One")
    assert await pump.drain() == "done"
    pump.lastfm.misbehave(Behaviour.error(code))
    await pump.put("One", "Two")
    assert await pump.drain() == "held"
    assert pump.alerts == []
    await pump.turns(NOW + 600)
    assert pump.arrived()[-1] == "Two"
    assert not pump.submitter.backoff.hold


@pytest.mark.parametrize("code", [2, 3, 5, 10, 13, 26, 27])
async def test_a_fault_of_the_program_holds_everything(pump: SubmitterBench, code: int) -> None:
    pump.lastfm.outage = Behaviour.error(code)
    await pump.put("One", "Two")
    assert await pump.drain() == "held"
    assert (await pump.counts()).queued == 2
    assert [f"error {code}" in alert for alert in pump.alerts] == [True]
    assert f"error {code}" in pump.submitter.backoff.hold
    assert pump.submitter.backoff.next_attempt == NOW + DAY


async def test_the_accounts_cap_holds_and_a_probe_ends_the_hold(pump: SubmitterBench) -> None:
    pump.lastfm.misbehave(Behaviour.too_many_scrobbles())
    await pump.put("One", "Two", "Three")
    assert await pump.drain() == "held"
    assert pump.submitter.backoff.next_attempt == NOW + 3600
    assert ("held", "One") in pump.told
    assert await pump.drain() == "done"
    sizes = [sum(name.startswith("track[") for name in r.params) for r in pump.lastfm.requests]
    assert sizes == [3, 1, 2], "a hold is probed with the oldest alone"


async def test_an_item_over_the_daily_limit_stays_and_the_others_are_settled(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.misbehave(Behaviour.ignores({1: (5, "Daily scrobble limit exceeded")}))
    await pump.put("One", "Two")
    assert await pump.drain() == "held"
    assert pump.arrived() == ["One"]
    assert (await pump.counts()).queued == 1


async def test_a_refused_batch_is_halved_until_the_culprit_is_alone(pump: SubmitterBench) -> None:
    for _ in (8, 4, 2, 1):  # the culprit is the first
        pump.lastfm.misbehave(Behaviour.error(6))
    await pump.put(*"ABCDEFGH")
    assert await pump.drain() == "done"
    assert pump.arrived() == list("BCDEFGH")
    assert pump.told[0] == ("rejected", "A")


async def test_the_days_scrobbles_are_not_exceeded(lastfm: StandIn, tmp_path: Path) -> None:
    async with SubmitterBench(lastfm, tmp_path, Limits(0, 0, scrobbles_per_day=3)) as pump:
        await pump.put(*"ABCDE")
        assert await pump.drain() == "held"
        assert pump.arrived() == list("ABC")
        pump.wall += DAY
        assert await pump.drain() == "done"
    assert [scrobble.track for scrobble in lastfm.scrobbles] == list("ABCDE")


async def test_the_days_requests_are_not_exceeded(lastfm: StandIn, tmp_path: Path) -> None:
    async with SubmitterBench(lastfm, tmp_path, Limits(0, 1, 0)) as pump:
        await pump.put("One")
        assert await pump.drain() == "done"
        await pump.put("One", "Two")
        assert await pump.drain() == "held"
    assert len(lastfm.requests) == 1


async def test_whoever_waits_for_a_row_hears_its_fate(pump: SubmitterBench) -> None:
    verdict = await pump.queue.enqueue(Scrobble("Mira Holt", "Fern", int(NOW)), "quiet_otter", NOW)
    pump.run()
    fate = await pump.submitter.outcome(verdict.row, 10)
    assert fate is not None
    assert fate.state == "sent"


async def test_whoever_waits_for_a_row_is_told_at_once_that_there_is_no_network(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.stop()
    verdict = await pump.queue.enqueue(Scrobble("Mira Holt", "Fern", int(NOW)), "quiet_otter", NOW)
    pump.run()
    async with asyncio.timeout(10):
        assert await pump.submitter.outcome(verdict.row, 60) is None


async def test_an_error_nobody_defined_rejects_nothing_where_it_is_no_rows_fault(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.outage = Behaviour.error(19)
    await pump.put(*"ABCDE")
    for _ in range(12):
        await pump.drain()
    counts = await pump.counts()
    assert (counts.queued, counts.rejected) == (5, 0)
    assert pump.submitter.backoff.wait(NOW) > 0
    pump.lastfm.outage = None
    assert await pump.drain() == "done"
    assert pump.arrived() == list("ABCDE")


@pytest.mark.parametrize("culprit", ["A", "D", "G"])
@pytest.mark.parametrize(
    ("fault", "fate"),
    [
        (Behaviour.error(6), (0, 1)),  # the answer names the row
        (Behaviour.error(13), (1, 0)),
        (Behaviour.error(19), (1, 0)),
        (Behaviour.html(500), (1, 0)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_the_one_row_at_fault_is_put_aside_alone(
    pump: SubmitterBench, culprit: str, fault: Behaviour, fate: tuple[int, int]
) -> None:
    pump.lastfm.poison = {culprit: fault}
    await pump.put(*"ABCDEFG")
    await pump.turns(NOW + DAY)
    assert sorted(pump.arrived()) == sorted(set("ABCDEFG") - {culprit})
    counts = await pump.counts()
    assert (counts.queued, counts.rejected) == fate


async def test_a_server_in_trouble_puts_nothing_aside(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.html(500)
    await pump.put(*"ABCDEFG")
    await pump.turns(NOW + DAY)
    counts = await pump.counts()
    assert (counts.queued, counts.rejected) == (7, 0)
    pump.lastfm.outage = None
    await pump.turns(NOW + 2 * DAY)
    assert pump.arrived() == list("ABCDEFG")


async def test_a_front_end_that_refuses_us_is_left_alone_and_the_user_told(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.outage = Behaviour.html(403)
    await pump.put("One")
    waits: list[float] = []
    for _ in range(4):
        begun = pump.wall
        await pump.submitter.turn()
        waits.append(await pump.submitter.turn() or 0.0)
        pump.wall = begun + waits[-1]
    assert waits == [900.0, 3600.0, 3600.0, 3600.0]
    assert ["front end" in alert for alert in pump.alerts] == [True]


async def test_what_is_played_now_goes_before_a_backlog(pump: SubmitterBench) -> None:
    await pump.put(*(f"Track {number:03}" for number in range(120)))
    row = await pump.queue.enqueue(Scrobble("Mira Holt", "Live", int(NOW) - 200), "", NOW)
    assert row.row.id == 121
    await pump.submitter.turn()
    assert pump.arrived() == [f"Track {number:03}" for number in range(49)] + ["Live"]


async def test_requests_of_a_backfill_are_apart_and_a_new_play_does_not_wait(
    pump: SubmitterBench,
) -> None:
    await pump.put(*(f"Track {number:03}" for number in range(120)))
    await pump.database.select("UPDATE scrobble_queue SET origin = 'backfill'")
    assert await pump.turn() == BACKFILL_PAUSE_SECONDS
    await pump.queue.enqueue(Scrobble("Mira Holt", "Live", int(NOW) - 200), "", NOW)
    assert await pump.turn() == 0.0
    assert pump.arrived()[-1] == "Live"
    assert await pump.turn() is None
    assert len(pump.arrived()) == 121


async def test_a_verdict_that_the_disk_refused_is_written_down_before_anything_else(
    pump: SubmitterBench,
) -> None:
    await pump.submitter.turn()
    await pump.put("One", "Two")
    await pump.database.select(VERDICTS_FAIL)
    with pytest.raises(StoreFailed):
        await pump.submitter.turn()
    await pump.database.select("PRAGMA query_only = 1")
    with pytest.raises(StoreFailed):
        await pump.submitter.turn()
    assert pump.sent() == 1
    await pump.database.select("PRAGMA query_only = 0")
    await pump.database.select("DROP TRIGGER verdicts_fail")
    await pump.submitter.turn()
    assert (pump.sent(), pump.arrived()) == (1, ["One", "Two"])
    assert pump.told == [("sent", "One"), ("sent", "Two")]
    assert await pump.counts() == QueueCounts()


async def test_nothing_is_sent_of_which_the_disk_can_not_note_that_it_is_sent(
    pump: SubmitterBench,
) -> None:
    await pump.submitter.turn()
    await pump.put("One", "Two")
    await pump.database.select("PRAGMA query_only = 1")
    with pytest.raises(StoreFailed):
        await pump.submitter.turn()
    assert pump.sent() == 0
    await pump.database.select("PRAGMA query_only = 0")
    await pump.submitter.turn()
    assert pump.arrived() == ["One", "Two"]


async def test_two_who_wait_for_the_same_row_hear_both(pump: SubmitterBench) -> None:
    verdict = await pump.queue.enqueue(Scrobble("Mira Holt", "Fern", int(NOW)), "quiet_otter", NOW)
    pump.run()
    fates = await asyncio.gather(*(pump.submitter.outcome(verdict.row, 10) for _ in range(2)))
    assert [fate.state if fate else None for fate in fates] == ["sent", "sent"]


# -- what the user is told ------------------------------------------------------------------------


async def test_a_cap_that_stays_for_days_is_told_once_a_day(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.too_many_scrobbles()
    await pump.put("One", "Two")
    await pump.turns(NOW + 0.9 * DAY)
    assert ["Too many scrobbles" in alert for alert in pump.alerts] == [True]
    assert pump.sent() > 3
    await pump.turns(NOW + 3.5 * DAY)
    assert len(pump.alerts) == 3  # the probes after 46 h and 70 h too


async def test_a_cap_within_a_batch_is_told_too(pump: SubmitterBench) -> None:
    pump.lastfm.misbehave(Behaviour.ignores({1: (5, "Daily scrobble limit exceeded")}))
    await pump.put("One", "Two")
    await pump.turns(NOW + DAY / 2)
    assert pump.told == [("sent", "One"), ("held", "Two"), ("sent", "Two")]
    assert ["daily limit" in alert for alert in pump.alerts] == [True]


async def test_our_own_limit_is_told_once_a_day(lastfm: StandIn, tmp_path: Path) -> None:
    async with SubmitterBench(lastfm, tmp_path, Limits(0, 0, scrobbles_per_day=2)) as pump:
        await pump.put(*"ABCDE")
        await pump.turns(NOW + 3 * DAY)
        assert pump.arrived() == list("ABCDE")
        assert ["limit of 2 scrobbles" in alert for alert in pump.alerts] == [True, True]


async def test_a_service_in_trouble_is_not_taken_for_a_limit(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.error(19)
    await pump.put(*"ABC")
    await pump.turns(NOW + 3 * DAY)
    assert pump.alerts == []
