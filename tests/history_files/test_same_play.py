"""When two plays of different files are one."""

import pytest

from scrobblerd.history_files.same_play import apart


@pytest.mark.parametrize(
    ("length", "kind", "other", "seconds"),
    [
        (200.0, "spotify", "spotify", 1.0),  # a file tells its own plays apart
        (200.0, "spotify", "koito", 100.0),  # nobody hears enough of it twice in that time
        (900.0, "spotify", "koito", 240.0),
        (None, "spotify", "koito", 60.0),
        (200.0, "spotify", None, 200.0),  # it was heard here
        (None, "spotify", None, 60.0),
        # a file that knows minutes only is off by one of them
        (40.0, "csv", "csv-minutes", 60.0),
        (40.0, "spotify-account", "spotify", 60.0),
        (40.0, "csv-minutes", None, 60.0),
        (200.0, "csv", "csv-minutes", 100.0),
        (200.0, "csv-minutes", "csv-minutes", 1.0),
    ],
)
def test_plays_of_a_track_are_two_from_there_on(
    length: float | None, kind: str, other: str | None, seconds: float
) -> None:
    assert apart(length, kind, other) == seconds
