"""A wrong argument is named."""

import pytest

from scrobblerd.control.operations.validation import one_of, required
from scrobblerd.core.errors import InvalidArgument


def test_a_text_comes_back_as_it_may_be_sent():
    assert required("artist", " Mira\nHolt ") == "Mira Holt"


@pytest.mark.parametrize("text", ["", " \t\u3000", "\x01\x1b"])
def test_a_text_of_which_nothing_is_left_is_refused(text: str):
    with pytest.raises(InvalidArgument, match=r"^artist: must not be empty$"):
        required("artist", text)


def test_a_word_of_a_set_is_taken_and_no_other():
    assert one_of("format", "csv", ("json", "csv")) == "csv"
    with pytest.raises(InvalidArgument, match=r"^format: must be one of json, csv$"):
        one_of("format", "xml", ("json", "csv"))
