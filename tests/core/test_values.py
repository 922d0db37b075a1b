"""What a server says is taken as it is meant, and a wrong argument of a caller is named."""

from typing import Any

import pytest

from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.values import (
    MAX_ROWS,
    as_dict,
    as_int,
    as_list,
    check_page,
    check_span,
    check_text,
    check_word,
)


def test_a_text_comes_back_as_it_may_be_sent():
    assert check_text("artist", " Mira\nHolt ") == "Mira Holt"


@pytest.mark.parametrize("text", ["", " \t\u3000", "\x01\x1b"])
def test_a_text_of_which_nothing_is_left_is_refused(text: str):
    with pytest.raises(InvalidArgument, match=r"^artist: must not be empty$"):
        check_text("artist", text)


def test_a_word_of_a_set_is_taken_and_no_other():
    check_word("format", "csv", ("json", "csv"))
    with pytest.raises(InvalidArgument, match=r"^format: must be one of json, csv$"):
        check_word("format", "xml", ("json", "csv"))


@pytest.mark.parametrize(
    ("limit", "before_id", "field"),
    [(0, 0, "limit"), (MAX_ROWS + 1, 0, "limit"), (1, -1, "before_id")],
)
def test_a_list_has_a_row_at_least_and_200_at_most(limit: int, before_id: int, field: str):
    check_page(MAX_ROWS, 2**62)
    with pytest.raises(InvalidArgument, match=f"^{field}: "):
        check_page(limit, before_id)


# -- what a server says ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (7, 7),
        ("7", 7),
        (" 7 ", 7),
        ("-7", -7),
        ("", 3),
        ("seven", 3),
        ("7.5", 3),
        (None, 3),
        ([7], 3),
        ({"#text": "7"}, 3),
        ("9" * 5000, 3),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_number_may_come_as_a_string(value: object, found: int):
    assert as_int(value, default=3) == found


def test_number_that_is_none_is_0_unless_told_otherwise():
    assert as_int("none") == 0


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}]),
        ({"a": 1}, [{"a": 1}]),
        ([], []),
        ("", []),
        (None, []),
        (7, []),
    ],
)
def test_one_or_many_or_none_are_a_list(value: Any, found: list[Any]):
    assert as_list(value) == found


@pytest.mark.parametrize(
    ("value", "found"), [({"a": 1}, {"a": 1}), ([], {}), ("", {}), (None, {}), (7, {})]
)
def test_what_is_no_object_is_an_empty_one(value: Any, found: dict[str, Any]):
    assert as_dict(value) == found


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (-1, 0, "since: must be UNIX seconds, or 0"),
        (2**53, 0, "since: must be UNIX seconds, or 0"),
        (0, -1, "until: must be UNIX seconds, or 0"),
        (0, 2**53, "until: must be UNIX seconds, or 0"),
        (5, 5, "until: must be later than since"),
        (5, 4, "until: must be later than since"),
    ],
)
def test_a_time_that_is_none_is_refused(since: int, until: int, words: str):
    with pytest.raises(InvalidArgument, match=f"^{words}$"):
        check_span(since, until)


@pytest.mark.parametrize(("since", "until"), [(0, 0), (5, 0), (5, 6), (0, 2**53 - 1)])
def test_a_time_has_a_beginning_and_an_end_or_neither(since: int, until: int):
    check_span(since, until)
