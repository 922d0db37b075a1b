"""private_mode.py: what the tracker may know. The cases 117 to 119 have what players do."""

import pytest

from scrobblerd.core.events import (
    Changed,
    Event,
    Identified,
    ReadFailed,
    Seeked,
    Snapshot,
    Vanished,
)
from scrobblerd.core.model import Track
from scrobblerd.mpris.private_mode import MAX_TRACKS_REMEMBERED, PrivateMode
from tests.support.timeline import OTHER, PLAYING, SONG, moment

AT = moment(0)


@pytest.mark.parametrize(
    "event",
    [
        Changed("mpv", AT, PLAYING, SONG, rate=2.0, loop="Track", volume=0.5),
        Snapshot("mpv", AT, PLAYING, SONG, position=3.0),
        Identified("mpv", AT, ":1.5"),
        Seeked("mpv", AT),
        ReadFailed("mpv", AT),
        Vanished("mpv", AT),
    ],
    ids=lambda event: type(event).__name__,
)
def test_without_private_mode_an_event_stays_as_it_is(event: Event) -> None:
    assert PrivateMode(is_on=False).filtered(event) is event


def test_in_private_mode_an_event_loses_its_tags_only() -> None:
    private = PrivateMode(is_on=True)
    said = Changed("mpv", AT, PLAYING, SONG, rate=2.0, loop="Track", volume=0.5)
    assert private.filtered(said) == Changed(
        "mpv", AT, PLAYING, Track(), rate=2.0, loop="Track", volume=0.5
    )
    read = Snapshot("mpv", AT, PLAYING, SONG, position=3.0)
    assert private.filtered(read) == Snapshot("mpv", AT, PLAYING, Track(), position=3.0)


def test_the_next_track_is_no_secret_any_more() -> None:
    private = PrivateMode(is_on=True)
    private.filtered(Changed("mpv", AT, PLAYING, SONG))
    private.end()
    next_track, again = Changed("mpv", AT, track=OTHER), Changed("mpv", AT, track=SONG)
    assert private.filtered(next_track) is next_track
    assert private.filtered(again) is again


def test_a_player_that_says_something_is_not_forgotten_however_many_came_and_went() -> None:
    private = PrivateMode(is_on=False)
    private.filtered(Changed("mpv", AT, PLAYING, OTHER))
    for number in range(MAX_TRACKS_REMEMBERED - 1):
        private.filtered(Changed(f"firefox{number}", AT, PLAYING, OTHER))
    private.begin()
    private.filtered(Changed("mpv", AT, PLAYING, SONG))
    private.filtered(Changed("firefox", AT, PLAYING, OTHER))
    private.end()
    hidden = Changed("mpv", AT, PLAYING, SONG)
    assert private.filtered(hidden) == Changed("mpv", AT, PLAYING, Track())


def test_players_that_make_up_names_do_not_fill_the_memory() -> None:
    private = PrivateMode(is_on=True)
    for number in range(2 * MAX_TRACKS_REMEMBERED):
        private.filtered(Changed(f"mpv{number}", AT, PLAYING, SONG))
    private.end()
    last = f"mpv{2 * MAX_TRACKS_REMEMBERED - 1}"
    first = Changed("mpv0", AT, PLAYING, SONG)
    assert private.filtered(first) is first
    assert private.filtered(Changed(last, AT, PLAYING, SONG)) == Changed(last, AT, PLAYING, Track())
