"""What GetStats answers becomes figures by name, with no day left out."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scrobblerd.ctl.display import statistics
from tests.support.stats_samples import TODAY, answered, by_name


@pytest.fixture
def berlin(live_in: Callable[[str], None]) -> None:
    """Local time with summer time."""
    live_in("Europe/Berlin")


def at_noon(day: date) -> int:
    """UNIX seconds."""
    return int(datetime(day.year, day.month, day.day, 12).timestamp())


def test_lists_have_names_and_seconds_no_noise():
    whole = by_name()
    assert list(whole) == [
        *("since", "until", "plays", "counted", "heard", "before"),
        *("verdicts", "days", "artists", "tracks", "players", "albums", "hours"),
    ]
    assert whole["heard"] == 390.5
    assert whole["tracks"] == [
        {"title": "Fern", "artist": "Mira Holt", "counted": 2, "heard": 180.5}
    ]
    assert whole["verdicts"][1] == {"verdict": "not_heard", "plays": 1}


def test_days_without_plays_are_among_the_days():
    days = [["2026-09-17", 1, 60.0], ["2026-09-19", 2, 90.0]]
    found = by_name(answered(days))["days"]
    assert [one["day"][-2:] for one in found] == ["17", "18", "19", "20", "21"]
    assert [one["counted"] for one in found] == [1, 0, 2, 0, 0]


@pytest.mark.parametrize("since", [0, 1, 1_790_000_000])
@pytest.mark.parametrize(
    "stamped", [["1970-01-01"], ["9998-12-31"], ["1970-01-01", "2026-09-20", "9998-12-31"], []]
)
def test_a_play_that_a_wrong_clock_has_stamped_adds_no_centuries(stamped: list[str], since: int):
    found = by_name(answered([[day, 1, 60.0] for day in stamped]), since)["days"]
    assert len(found) < 21_000  # from 1970 to TODAY
    assert [day["day"] for day in found if day["counted"]] == stamped
    assert [day["day"] for day in found] == sorted(day["day"] for day in found)
    for most in (32, 72, 124):
        _, columns = statistics.periods(found, most)
        assert len(columns) <= most
        assert sum(column.counted for column in columns) == len(stamped)


def test_days_begin_where_the_figures_do(berlin: None):
    since = at_noon(date(2026, 3, 28))
    found = statistics.document(answered([]), since, date(2026, 3, 30))["days"]
    assert [one["day"] for one in found] == ["2026-03-28", "2026-03-29", "2026-03-30"]


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_of_23_or_25_hours_is_a_day(berlin: None, change: date):
    midnight = int(datetime(change.year, change.month, change.day).timestamp())
    found = statistics.document(answered([]), midnight, change + timedelta(1))["days"]
    assert len(found) == 2


def test_a_day_of_another_time_zone_is_kept():
    found = by_name(answered([["2026-09-22", 1, 60.0]]), at_noon(TODAY))["days"]
    assert [one["day"] for one in found] == ["2026-09-21", "2026-09-22"]


@pytest.mark.parametrize("daemon", ["Etc/GMT+12", "UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("here", ["Etc/GMT+12", "America/Santiago", "UTC", "Pacific/Kiritimati"])
def test_every_moment_is_in_a_day_of_this_time_zone(
    live_in: Callable[[str], None], daemon: str, here: str
):
    moments = [at_noon(TODAY) + hours * 3600 - 1 for hours in range(50)]
    live_in(here)
    for at in moments:
        theirs = f"{datetime.fromtimestamp(at, ZoneInfo(daemon)):%Y-%m-%d}"
        [day] = [day for day in statistics.local_days([theirs], 0) if day.begin <= at < day.end]
        assert day.name == f"{datetime.fromtimestamp(at, ZoneInfo(here)):%Y-%m-%d}"
        assert not any(day.begin <= at < day.end for day in statistics.local_days([theirs], at + 1))


def test_days_that_no_calendar_has_are_left_out():
    assert statistics.local_days(["", "soon", "0001-01-01", "9999-12-31"], 0) == []


def test_nothing_was_ever_played():
    whole = by_name(answered([], plays=0))
    assert whole["days"] == []
    assert statistics.beginning(whole) == ""
    assert statistics.busiest(whole["days"]) is None


@pytest.mark.parametrize(
    ("days", "most", "unit", "count", "first"),
    [
        (31, 72, "day", 31, "2026-08-22"),
        (100, 72, "week", 16, "2026-06-08"),
        (1000, 72, "month", 34, "2023-12"),
        (3650, 72, "quarter", 41, "2016-Q3"),
        (3650, 124, "month", 121, "2016-09"),
        (20000, 72, "year", 56, "1971"),
        (20000, 32, "decade", 6, "1970s"),
        (40000, 3, "decade", 12, "1910s"),
    ],
)
def test_days_are_grouped_where_they_are_too_many(
    days: int, most: int, unit: str, count: int, first: str
):
    every = [
        {"day": (TODAY - timedelta(number)).isoformat(), "counted": 1, "heard": 60.0}
        for number in reversed(range(days))
    ]
    called, found = statistics.periods(every, most)
    assert (called, len(found), found[0].name) == (unit, count, first)
    assert sum(one.counted for one in found) == days
    assert sum(one.heard for one in found) == days * 60.0


def test_figures_end_where_asked(berlin: None):
    since, until = at_noon(date(2026, 3, 27)), at_noon(date(2026, 3, 30))
    whole = statistics.document(answered([]), since, date(2026, 5, 1), until=until)
    assert [one["day"][-2:] for one in whole["days"]] == ["27", "28", "29", "30"]
    assert statistics.time_span(whole) == "from 2026-03-27 12:00 to 2026-03-30 12:00"
    [day] = statistics.local_days(["2026-03-30"], since, until)[-1:]
    assert (day.name, day.end) == ("2026-03-30", until)


def test_whole_days_are_told_by_their_dates(berlin: None):
    first = int(datetime(2026, 3, 1).timestamp())
    for days, words in ((1, "on 2026-03-01"), (31, "from 2026-03-01 to 2026-03-31")):
        until = int((datetime(2026, 3, 1) + timedelta(days)).timestamp())
        whole = statistics.document(answered([]), first, date(2026, 5, 1), until=until)
        assert statistics.time_span(whole) == words
        assert len(whole["days"]) == days


@pytest.mark.parametrize(
    ("counted", "then", "words"),
    [
        (3, 2, "50 % more than in the time before (2)"),
        (3, 4, "25 % less than in the time before (4)"),
        (3, 3, "As many as in the time before (3)"),
        (3, 0, "No play counted in the time before"),
    ],
)
def test_a_time_is_compared_with_the_one_before(counted: int, then: int, words: str):
    before = {"plays": 9, "counted": then, "heard": 60.0}
    whole = statistics.document(answered() | {"counted": counted}, 0, TODAY, before=before)
    assert statistics.compared(whole) == words
    assert statistics.compared(statistics.document(answered(), 0, TODAY)) == ""


def test_a_day_has_24_hours_or_none():
    hours = by_name(answered() | {"hours": [[7, 2, 90.0]]})["hours"]
    assert [hour["hour"] for hour in hours] == list(range(24))
    assert hours[7] == {"hour": 7, "counted": 2, "heard": 90.0}
    assert hours[8] == {"hour": 8, "counted": 0, "heard": 0.0}
    assert by_name()["hours"] == []
