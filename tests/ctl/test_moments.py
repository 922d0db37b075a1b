"""Moments and periods as people write them on the command line."""

import time
from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta

import pytest

from scrobblerd.ctl.display import moments
from scrobblerd.ctl.errors import Failure

NOW = datetime(2026, 9, 21, 14, 30)

pytestmark = pytest.mark.usefixtures("utc")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("all", 0),
        ("2026-09-21", datetime(2026, 9, 21).timestamp()),
        ("2026-09-21 14:30", NOW.timestamp()),
        ("1000-01-01", 0),
        ("2025", datetime(2025, 1, 1).timestamp()),
        ("2025-11", datetime(2025, 11, 1).timestamp()),
        ("2026-W39", datetime(2026, 9, 21).timestamp()),
        ("20251103", datetime(2025, 11, 3).timestamp()),
    ],
)
def test_a_moment_is_read(text: str, moment: float) -> None:
    assert moments.since(text) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("all", 0),
        ("2026-09-21", datetime(2026, 9, 22).timestamp()),
        ("2026-09-21 14:30", NOW.timestamp()),
        ("2025", datetime(2026, 1, 1).timestamp()),
        ("2025-11", datetime(2025, 12, 1).timestamp()),
        ("2025-12", datetime(2026, 1, 1).timestamp()),
        ("2024-02", datetime(2024, 3, 1).timestamp()),
        ("2026-W39", datetime(2026, 9, 28).timestamp()),
        ("2026W39", datetime(2026, 9, 28).timestamp()),
        ("2026-W39-1", datetime(2026, 9, 22).timestamp()),
        ("1969-12-31", 1),  # 0 would be no end
        ("1000-01-01", 1),
    ],
)
def test_a_period_ends_where_the_next_begins(text: str, moment: float) -> None:
    assert moments.until(text) == moment


def test_a_moment_may_be_told_by_its_distance() -> None:
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    assert moments.since("today") in (midnight.timestamp(), midnight.timestamp() + 86400)
    assert 86399 <= moments.since("TODAY") - moments.since("yesterday") <= 86401
    assert -2 <= moments.since("2h") - (time.time() - 7200) <= 2
    assert -2 <= moments.until("2h") - (time.time() - 7200) <= 2


def test_a_time_of_day_is_a_moment() -> None:
    today = datetime.now().replace(hour=20, minute=15, second=0, microsecond=0)
    yesterday = today - timedelta(days=1)
    for read in (moments.since, moments.until, moments.moment):
        assert read("20:15") == today.timestamp()
        assert read("Today 20:15:00") == today.timestamp()
        assert read("yesterday 20:15") == yesterday.timestamp()
        for written in ("2026-09-21 14:30", "2026-09-21T14:30", "2026-09-21t14:30:00"):
            assert read(written) == NOW.timestamp()
        assert read("yesterday 9:05") == read("yesterday 09:05")
        assert read("2026-09-21 9:05:10") == read("2026-09-21T09:05:10")
    monday = datetime.fromtimestamp(moments.moment("monday 08:00"))
    assert (monday.weekday(), monday.hour) == (0, 8)
    assert abs(moments.moment("-10m") - (time.time() - 600)) < 5


@pytest.mark.parametrize(
    "text", ["yesterday", "2025", "2026-09-21", "all", "soon", "fern 20:15", "25:00", "20:15 h"]
)
def test_a_period_is_no_moment(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no moment; write 20:15"):
        moments.moment(text)


@pytest.mark.parametrize("number", range(7))
def test_a_weekday_is_the_last_there_was(number: int) -> None:
    span = moments.period(moments.WEEKDAYS[number])
    day = date.fromtimestamp(span.begin)
    assert (day.weekday(), span.end - span.begin) == (number, 86400)
    assert 0 <= (date.today() - day).days < 7


@pytest.mark.parametrize(("unit", "most"), [("week", 7), ("month", 31), ("year", 366)])
def test_this_and_last_follow_one_another(unit: str, most: int) -> None:
    last, this = moments.period(f"last-{unit}"), moments.period(f"THIS-{unit}")
    assert last.end == this.begin <= time.time() < this.end
    for span in (last, this):
        days = (date.fromtimestamp(span.end) - date.fromtimestamp(span.begin)).days
        assert most - 3 <= days <= most
        assert datetime.fromtimestamp(span.begin).time() == datetime.min.time()
    if unit == "week":
        assert date.fromtimestamp(this.begin).weekday() == 0


def test_a_day_of_25_hours_is_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    span = moments.period("2026-10-25")
    assert span.end - span.begin == 25 * 3600
    assert timedelta(seconds=span.end - span.begin) == timedelta(hours=25)


@pytest.mark.parametrize("text", ["", "soon", "2025-13", "2025-1", "25", "9999999", "last-day"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is no moment; write 30d"):
        moments.since(text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("2025-12", "2025-11-01"),
        ("2026-01", "2025-12-01"),
        ("2024", "2023-01-01"),
        ("2026-03-01", "2026-02-28"),
    ],
)
def test_the_time_before_is_as_long(text: str, begins: str) -> None:
    span = moments.period(text)
    assert moments.before(span) == (moments.since(begins), span.begin)
    assert moments.before(moments.Period(5000, 6000)) == (4000, 5000)


@pytest.mark.parametrize("span", [(1, 10), (10**9, 2 * 10**9), (86_400, 253_370_764_800)])
def test_no_time_before_begins_before_1970(span: tuple[int, int]) -> None:
    assert moments.before(moments.Period(*span)) == (0, span[0])


def test_an_end_without_a_beginning_has_so_many_days_before_it() -> None:
    assert moments.stretch(None, 10 * moments.DAY_SECONDS, days=7) == (3 * 86400, 10 * 86400)
    assert moments.stretch(None, 5 * moments.DAY_SECONDS, days=7) == (0, 5 * 86400)
    assert moments.stretch(None, 5) == (0, 5)
    assert moments.stretch(7, None, days=7) == (7, 0)
    begin, end = moments.stretch(None, None, days=30)
    assert (time.time() - begin, end) == (pytest.approx(30 * 86400, abs=60), 0)


def test_an_end_comes_after_its_beginning() -> None:
    with pytest.raises(Failure, match="--until must be later than --since"):
        moments.stretch(5, 5)
