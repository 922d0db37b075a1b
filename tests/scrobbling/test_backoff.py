"""When to try again after a failure."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.scrobbling.backoff import Backoff, Contact
from scrobblerd.services.base import Fault, Remedy, Reply
from tests.support.worker_bench import DAY, HOUR, NOW

ALMOST_1 = 1 - 2**-53

REACHED = Reply(Remedy.RETRY, 8, 500, "out of order")
UNREACHED = Reply(Remedy.RETRY, message="no route", reached=False)
HELD = Reply(Remedy.HOLD, 29, 429, "too many scrobbles", Fault.DAILY_LIMIT)
STOPPED = Reply(Remedy.STOP, 10, 403, "invalid key", Fault.KEY)


def waits(reply: Reply, times: int, chance: float) -> list[float]:
    """What is waited after each of so many failures in a row."""
    backoff = Backoff()
    found: list[float] = []
    for _ in range(times):
        backoff.failed(reply, NOW, chance)
        found.append(round(backoff.wait(NOW), 6))
    return found


def test_at_first_nothing_waits():
    assert Backoff().wait(NOW) == 0.0


@pytest.mark.parametrize(
    ("reply", "full"),
    [
        (UNREACHED, [30, 60, 120, 240, 300, 300, 300]),
        (REACHED, [30, 60, 120, 240, 480, 960, 1800, 1800]),
    ],
    ids=["unreached", "reached"],
)
def test_wait_doubles_up_to_a_cap(reply: Reply, full: list[float]):
    assert waits(reply, len(full), ALMOST_1) == full
    assert waits(reply, len(full), 0.0) == [seconds / 2 for seconds in full]


def test_wait_stays_capped_after_a_year_of_failures():
    assert waits(REACHED, 20_000, ALMOST_1)[-1] == 1800.0


@settings(deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 12), st.booleans())
def test_jitter_lies_between_half_and_full(chance: float, failures: int, reached: bool):
    reply = REACHED if reached else UNREACHED
    full = min(1800.0 if reached else 300.0, 30.0 * 2 ** (failures - 1))
    wait = waits(reply, failures, chance)[-1]
    assert full / 2 <= wait <= full


def test_chance_moves_the_wait_evenly():
    assert [waits(REACHED, 1, chance)[0] for chance in (0.25, 0.5, 0.75)] == [18.75, 22.5, 26.25]


def test_failure_is_remembered_in_words():
    backoff = Backoff()
    backoff.failed(REACHED, NOW, 0.5)
    assert (backoff.failures, backoff.last_error, backoff.hold) == (1, "out of order", "")


@pytest.mark.parametrize(("asked_for", "waited"), [(0.0, 30.0), (10.0, 30.0), (900.0, 900.0)])
def test_longer_wait_that_the_server_asks_for_wins(asked_for: float, waited: float):
    reply = Reply(Remedy.RETRY, 8, 503, "busy", wait=asked_for)
    assert waits(reply, 1, ALMOST_1) == [waited]


# Holds


def test_hold_is_probed_after_1_3_6_and_12_hours_then_daily():
    assert waits(HELD, 7, 0.5) == [hours * HOUR for hours in (1, 3, 6, 12, 24, 24, 24)]


def test_fault_of_the_programs_own_is_probed_daily():
    assert waits(STOPPED, 3, 0.5) == [24 * HOUR] * 3


def test_fault_of_a_program_that_has_worked_is_probed_in_minutes_and_told_the_second_time():
    backoff = Backoff()
    backoff.succeeded()
    found = [(backoff.failed(STOPPED, NOW, 0.5), backoff.wait(NOW)) for _ in range(8)]
    assert [wait / 60 for _, wait in found] == [5, 15, 60, 180, 360, 720, 1440, 1440]
    assert [told for told, _ in found] == [False, True, *[False] * 6]
    backoff.failed(replace(STOPPED, code=26), NOW, 0.5)
    assert backoff.wait(NOW) == 300.0


@pytest.mark.parametrize(("asked_for", "waited"), [(60.0, HOUR), (2 * HOUR, 2 * HOUR)])
def test_hold_is_not_probed_before_the_server_wants_it(asked_for: float, waited: float):
    assert waits(Reply(Remedy.HOLD, 29, 429, "cap", wait=asked_for), 1, 0.5) == [waited]


@pytest.mark.parametrize("reply", [HELD, STOPPED])
def test_hold_says_why(reply: Reply):
    backoff = Backoff()
    backoff.failed(reply, NOW, 0.5)
    assert (backoff.hold, backoff.last_error) == (reply.message, reply.message)
    assert backoff.failures == 0


def test_probe_that_fails_to_arrive_leaves_the_hold_where_it_was():
    backoff = Backoff()
    backoff.failed(HELD, NOW, 0.5)
    backoff.failed(UNREACHED, NOW, ALMOST_1)
    assert (backoff.hold, backoff.wait(NOW)) == (HELD.message, 30.0)
    backoff.failed(HELD, NOW, 0.5)
    assert backoff.wait(NOW) == 3 * HOUR


def test_retry_now_ends_the_wait_but_not_the_hold():
    backoff = Backoff()
    backoff.failed(HELD, NOW, 0.5)
    backoff.retry_now()
    assert (backoff.wait(NOW), backoff.hold) == (0.0, HELD.message)
    backoff.failed(HELD, NOW, 0.5)
    assert backoff.wait(NOW) == 3 * HOUR


def test_success_forgets_everything():
    backoff = Backoff()
    for reply in (REACHED, HELD, HELD):
        backoff.failed(reply, NOW, 0.5)
    backoff.succeeded()
    assert backoff == Backoff()


# The clock


@pytest.mark.parametrize(
    ("later", "left"),
    [(0, HOUR), (600, 3000.0), (3600, 0.0), (99_999, 0.0), (-10 * 86_400, HOUR)],
)
def test_wait_runs_out_and_a_clock_set_back_begins_it_anew_at_most(later: float, left: float):
    backoff = Backoff()
    backoff.failed(HELD, NOW, 0.5)
    assert backoff.wait(NOW + later) == left


# Kept values


@pytest.mark.parametrize("probes", [-10, -1])
def test_probes_below_none_are_none(probes: int):
    backoff = Backoff(probes=probes)
    backoff.failed(Reply(Remedy.HOLD), 0.0, 0.5)
    assert backoff.wait(0.0) == 3600.0


@pytest.mark.parametrize("delay", [-1.0, 1e300])
def test_no_kept_value_makes_it_wait_for_longer_than_a_day(delay: float):
    assert 0.0 <= Backoff(failures=-3, blocks=-3, next_attempt=1e300, delay=delay).wait(NOW) <= DAY


# The same hold again


@pytest.mark.parametrize(
    ("again", "is_news"),
    [
        (replace(STOPPED, message="the same, in other words"), False),
        (replace(STOPPED, code=26), True),
        (replace(STOPPED, code=13, fault=Fault.SIGNATURE), True),
    ],
)
def test_hold_is_told_again_only_if_its_cause_is_another(again: Reply, is_news: bool):
    backoff = Backoff()
    assert backoff.failed(STOPPED, NOW, 0.5)
    assert backoff.failed(again, NOW, 0.5) is is_news
    assert backoff.hold == again.message


@pytest.mark.parametrize(("reply", "refused"), [(STOPPED, True), (HELD, False), (REACHED, False)])
def test_key_is_refused_under_a_hold_because_of_it(reply: Reply, refused: bool):
    backoff = Backoff()
    backoff.failed(reply, NOW, 0.5)
    assert backoff.key_refused is refused
    backoff.succeeded()
    assert not backoff.key_refused


# A server that is away while others can be reached

ANSWER = Reply(Remedy.RETRY, 0, 502, "an answer")
SILENCE = Reply(Remedy.RETRY, message="no route", fault=Fault.UNREACHED, reached=False)
HUNG = replace(SILENCE, reached=True)


def contact(*steps: tuple[Reply, float]) -> Contact:
    """What is known of a server of which this came back, and when."""
    made = Contact()
    for reply, at in steps:
        made.tried(reply, at)
    return made


@pytest.mark.parametrize("nothing", [SILENCE, HUNG])
@pytest.mark.parametrize(
    ("others", "is_away"),
    [
        ([], False),
        ([contact()], False),
        ([contact((ANSWER, NOW - 1))], False),
        ([contact((ANSWER, NOW))], True),
        ([contact((ANSWER, NOW + 1))], True),
        ([contact((ANSWER, NOW + 1), (SILENCE, NOW + 2))], False),
        ([contact((SILENCE, NOW + 2)), contact((ANSWER, NOW + 1))], True),
    ],
)
def test_a_server_is_away_if_another_one_answers(
    nothing: Reply, others: list[Contact], is_away: bool
):
    lost = contact((ANSWER, NOW - DAY), (nothing, NOW), (nothing, NOW + HOUR))
    assert lost.lost_at == NOW
    assert lost.is_away([lost, *others]) is is_away
    lost.tried(ANSWER, NOW + DAY)
    assert not lost.is_away([lost, *others])


@pytest.mark.parametrize(
    "reply",
    [
        Reply(Remedy.DONE),  # such as of a file
        Reply(Remedy.RETRY, fault=Fault.RATE, reached=False, wait=60.0),  # nothing was asked
    ],
)
def test_what_no_server_has_to_do_with_says_nothing_of_one(reply: Reply):
    assert contact((reply, NOW)) == Contact()


def test_a_clock_that_was_set_back_begins_the_absence_anew():
    lost = contact((SILENCE, NOW + DAY), (SILENCE, NOW))
    assert lost.lost_at == NOW


def test_wait_for_a_server_that_is_away_doubles_up_to_an_hour():
    backoff, found = Backoff(), list[float]()
    for _ in range(10):
        backoff.failed(UNREACHED, NOW, 0.0, is_away=True)
        found.append(backoff.wait(NOW))
    assert found == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    backoff.failed(UNREACHED, NOW, ALMOST_1)
    assert backoff.wait(NOW) == pytest.approx(300)
