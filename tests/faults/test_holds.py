"""Last.fm asks for peace: the account's cap of scrobbles, and Retry-After."""

import itertools
import time
from email.utils import formatdate

import pytest

from lab.lastfm import Behaviour
from scrobblerd.services.http import MAX_RETRY_AFTER_SECONDS
from tests.faults.long_run import Diary, LongPump, plays_of
from tests.support.worker_bench import DAY, HOUR, NOW

PROBES = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, DAY, DAY, DAY]
"""Seconds between the requests under the cap, by protocol.md §7.4."""


def sizes(lastfm: Diary) -> list[int]:
    """How many plays each request held."""
    return [len(plays_of(request)) for request in lastfm.sendings()]


# -- the account's cap ----------------------------------------------------------------------------


async def days_under_the_cap(pump: LongPump, days: float) -> None:
    """Three plays, then one every two hours; the pump is restarted between any two of them."""
    for number in range(3):
        await pump.hear(f"Harbour {number}")
        await pump.turns(pump.wall + 1.0)
    end = pump.wall + days * DAY
    while pump.wall < end:
        await pump.turns(pump.wall + HOUR)
        await pump.hear(f"Later {len(pump.plays)}")
        await pump.turns(pump.wall + HOUR)
        await pump.restart()


async def test_under_the_accounts_cap_the_oldest_alone_is_tried_ever_more_rarely(
    pump: LongPump, lastfm: Diary
) -> None:
    lastfm.outage = Behaviour.too_many_scrobbles()
    await days_under_the_cap(pump, 5.5)
    waits = [later - earlier for earlier, later in itertools.pairwise(lastfm.times)]
    assert waits == pytest.approx(PROBES, abs=5.0)
    assert sizes(lastfm) == [1] * len(lastfm.times)
    assert set(lastfm.forms()) == {"Harbour 0"}, "it is the oldest"
    assert pump.submitter.backoff.hold
    assert (await pump.counts()).queued == len(pump.plays)
    lastfm.outage = None
    await pump.turns(pump.wall + DAY)
    assert sizes(lastfm)[-3:] == [1, 50, len(pump.plays) - 51], "one that is taken ends it"
    assert pump.stored() == pump.heard()
    assert pump.submitter.backoff.hold == ""


async def test_a_cap_that_shows_within_a_batch_holds_what_was_not_taken(
    pump: LongPump, lastfm: Diary
) -> None:
    lastfm.daily_cap = 30
    for number in range(100):
        await pump.hear(f"Harbour {number}", pump.clock().moved(-2 * HOUR - 60 * (100 - number)))
    await pump.turns(NOW + 7 * DAY)
    assert pump.stored() == pump.heard()
    assert sizes(lastfm)[:2] == [50, 1]
    assert len(lastfm.forms()["Harbour 29"]) == 1
    assert (await pump.counts()).queued == 0


async def test_a_probe_that_is_not_answered_at_all_leaves_the_hold_as_it_is(
    pump: LongPump, lastfm: Diary
) -> None:
    lastfm.misbehave(Behaviour.too_many_scrobbles(), Behaviour.html(503), Behaviour.error(8))
    await pump.hear("Harbour")
    await pump.turns(pump.wall + HOUR + 1.0)
    assert len(lastfm.requests) == 2
    assert "scrobbles" in pump.submitter.backoff.hold
    await pump.restart()
    await pump.turns(pump.wall + HOUR)
    assert pump.stored() == pump.heard()
    assert pump.submitter.backoff.hold == ""


# -- Retry-After ----------------------------------------------------------------------------------


def in_seconds(seconds: float) -> str:
    """An HTTP date; the client reads the real clock."""
    return formatdate(time.time() + seconds, usegmt=True)


async def wait_after(pump: LongPump, lastfm: Diary, behaviour: Behaviour, value: str) -> float:
    """Seconds for which the pump waits after this answer."""
    lastfm.misbehave(behaviour.also(Behaviour.retry_after(value)))
    await pump.hear("Harbour")
    await pump.submitter.turn()
    assert len(lastfm.requests) == 1
    return pump.submitter.backoff.next_attempt - pump.wall


@pytest.mark.parametrize(
    "fault",
    [Behaviour.error(16), Behaviour.html(503), Behaviour.html(429), Behaviour.too_many_requests()],
    ids=lambda fault: fault.name,
)
@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
async def test_a_time_that_the_server_names_is_obeyed(
    pump: LongPump, lastfm: Diary, fault: Behaviour, as_date: bool
) -> None:
    value = in_seconds(7200.0) if as_date else "7200"
    assert await wait_after(pump, lastfm, fault, value) == pytest.approx(7200.0, abs=5.0)
    await pump.turns(pump.wall + 7190.0)
    assert len(lastfm.requests) == 1
    await pump.restart()
    await pump.turns(pump.wall + 20.0)
    assert pump.stored() == pump.heard()


async def test_a_hold_or_a_block_is_lengthened_by_it_and_never_shortened(
    pump: LongPump, lastfm: Diary
) -> None:
    cap = Behaviour.too_many_scrobbles()
    assert await wait_after(pump, lastfm, cap, "7200") == 7200.0
    pump.submitter.retry_now()
    lastfm.misbehave(cap.also(Behaviour.retry_after("60")))
    await pump.submitter.turn()
    assert pump.submitter.backoff.next_attempt - pump.wall == 3 * HOUR


@pytest.mark.parametrize(
    "value",
    [
        "9" * 12,
        "9" * 400,
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 2400 00:00:00 GMT",
    ],
    ids=["many seconds", "more than a float holds", "the last day", "centuries"],
)
async def test_an_endless_wait_is_bounded(pump: LongPump, lastfm: Diary, value: str) -> None:
    assert await wait_after(pump, lastfm, Behaviour.error(16), value) == MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    "value",
    [
        *("0", "-60", "soon", "1e9", "inf", "nan", "7200.5", "٣٦٠٠", "0x10"),
        *("Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
        *("Mon, 99 Foo 2026 99:99:99 GMT", "Sun, 06 Nov 99999999999 08:49:37 GMT", ","),
        "Sun, 06 Nov 2094 08:49:37 +9999",
    ],
)
async def test_what_names_no_time_to_come_leaves_the_usual_backoff(
    pump: LongPump, lastfm: Diary, value: str
) -> None:
    as_sent = value.encode().decode("latin-1")
    assert 15.0 <= await wait_after(pump, lastfm, Behaviour.error(16), as_sent) <= 30.0
    await pump.turns(pump.wall + 60.0)
    assert pump.stored() == pump.heard()
