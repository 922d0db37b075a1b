"""Times as exports write them."""

from zoneinfo import ZoneInfo

import pytest

from scrobblerd.history_files.times import moment

START = 1_609_409_472
"""2020-12-31 10:11:12 UTC."""

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        str(START),
        f"{START}000",
        "2020-12-31T10:11:12Z",
        "2020-12-31 10:11:12 UTC",
        "2020-12-31 10:11:12 GMT",
        "2020-12-31T11:11:12+01:00",
        "2020-12-31T11:11:12.5+0100",
        "31 Dec 2020 10:11:12 UTC",
        "31 Dec 2020, 10:11:12 GMT",
        "Thu, 31 Dec 2020 10:11:12 +0000",
        "Thu, 31 Dec 2020 12:11:12 +0200",
        "31 December 2020 02:11:12 -08:00",
        "31 Dec 2020 11:11:12",
        "2020-12-31 11:11:12",
        "31 Dec 2020 11:11:12 AM",
    ],
)
def test_a_zone_in_a_time_comes_before_the_one_that_is_named(text: str) -> None:
    assert moment(text, BERLIN) == (START, True)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("31 Dec 2020, 10:11", 10),
        ("31 Dec 2020, 10:11am", 10),
        ("Thursday 31 Dec 2020, 10:11pm", 22),
        ("31 Dec 2020 10:11 P.M.", 22),
        ("31 Dec 2020, 12:11 am", 0),
        ("31 Dec 2020, 12:11 pm", 12),
        ("31 Dec 2020, 22:11", 22),
        ("2020-12-31T22:11", 22),
    ],
)
def test_halves_of_the_day_and_times_without_seconds(text: str, hour: int) -> None:
    assert moment(text) == (START - 12 + (hour - 10) * 3600, False)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "31 Foo 2020, 10:11", "32 Dec 2020, 10:11", "31 Dec 2020, 25:11"),
        *("31 Dec 2020, 10:11 PST", "31 Dec 2020, 10:11 and more", "31 Dec 2020", "0001-01-01"),
        *("²", "9" * 400, "2020-12-31T10:11:12+99:00", "31 Dec 99999, 10:11", "12:00"),
    ],
)
def test_what_is_no_time_that_is_known_is_none(text: str) -> None:
    assert moment(text, BERLIN)[0] <= 0
