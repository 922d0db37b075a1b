"""An error is one line for people."""

from scrobblerd.core.errors import MAX_MESSAGE_CHARACTERS, StoreFailed


def test_an_error_is_one_clean_line_of_bounded_length():
    assert str(StoreFailed("disk\n\x1b[31m full")) == "disk [31m full"
    assert len(str(StoreFailed("x" * 9999))) == MAX_MESSAGE_CHARACTERS
