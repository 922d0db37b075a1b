"""A journal of other types than it was written with is known at once."""

from typing import Any

import pytest

from scrobblerd.core.codec import sound
from scrobblerd.core.model import Moment, Track
from scrobblerd.tracking.player_state import Mark, Player

ODD: Any = b"odd"
AT = Moment(1.0, 2.0, 3)  # JSON tells no 3.0 from 3


def player(**other: Any) -> Player:
    """A player with a track that was skipped."""
    left = Track(title="Fern"), Mark(AT, 4.0)
    values: dict[str, Any] = {"name": "mpv", "as_of": AT, "left": left}
    return Player(**values | other)


def test_what_is_as_it_was_written_is_taken() -> None:
    assert sound(player(paused=7.0, muted=True)) == player(paused=7.0, muted=True)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": None}, "Player.name"),
        ({"rate": "1"}, "Player.rate"),
        ({"paused": []}, "Player.paused"),
        ({"as_of": Moment(1.0, 2.0, ODD)}, "Moment.wall"),
        ({"left": (Track(title=ODD), Mark(AT, 4.0))}, "Track.title"),
    ],
)
def test_what_is_of_another_type_is_named(other: dict[str, Any], field: str) -> None:
    with pytest.raises(TypeError, match=field):
        sound(player(**other))
