"""A wrong argument of a caller is named."""

import pytest

from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.values import MAX_ROWS, check_page, check_text, check_word


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
