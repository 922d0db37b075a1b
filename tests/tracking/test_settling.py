"""settling.py: when tags have come to rest, and since when the next play counts."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Track
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.settling import Settling, Tags, settled_at
from tests.support.players import SONG, mark

FERN = Track(title="Fern", artist="Mira Holt", length=180.0)
EBB = Track(title="Ebb", artist="Mira Holt", length=190.0)
RULES = Rules()


def tags() -> Tags:
    """SONG was accepted, and is on."""
    return Tags(newest=SONG, accepted=SONG)


def settling(held: Tags) -> Settling:
    """What settles."""
    assert held.settling is not None
    return held.settling


def test_equal_tags_said_again_do_not_settle():
    held = tags()
    assert not held.take(replace(SONG, trackid="/2", length=None), mark(5), seen=True)
    assert held.settling is None
    assert held.newest == replace(SONG, trackid="/2", length=None)


def test_other_tags_settle_from_their_first_change_on():
    held = tags()
    assert held.take(Track(title="Fern"), mark(5), seen=True)
    assert held.take(FERN, mark(5.4), seen=True)
    assert held.settling == Settling(mark(5), True, mark(5), mark(5.4).at.mono)


def test_a_whole_track_that_was_skipped_lends_no_time_to_the_next_one():
    held = tags()
    held.take(FERN, mark(5), seen=False)
    held.take(EBB, mark(5.8), seen=True)
    assert (settling(held).changed_at, settling(held).seen) == (mark(5.8), True)
    assert (settling(held).ended_at, settling(held).skipped_track) == (mark(5), None)


def test_the_old_title_with_another_artist_is_a_piece_and_no_skipped_track():
    held = tags()
    held.take(replace(SONG, artist="Mira Holt"), mark(5), seen=True)
    held.take(FERN, mark(5.5), seen=True)
    assert settling(held).changed_at == mark(5)


def test_a_skipped_track_waits_for_the_whole_tags_of_the_next_one():
    held = tags()
    held.take(FERN, mark(5), seen=True)
    held.take(Track(title="Ebb"), mark(5.5), seen=True)
    assert settling(held).changed_at == mark(5)
    held.take(EBB, mark(5.6), seen=True)
    assert settling(held).changed_at == mark(5.5)


def test_a_player_that_begins_to_play_later_begins_the_play_later():
    held = tags()
    held.take(FERN, mark(5), seen=True)
    settling(held).restart(mark(60), seen=False)
    assert settling(held) == Settling(mark(60), False, mark(5), mark(60).at.mono)


# -- when -----------------------------------------------------------------------------------------


def wait(track: Track | None, changed: float, quiet_since: float, stopped: bool) -> float | None:
    """Seconds after the start at which `track` is accepted."""
    held = Tags(newest=track)
    held.settling = Settling(mark(changed), True, mark(changed), mark(quiet_since).at.mono)
    at = settled_at(RULES, held, stopped)
    return None if at is None else at - mark(0).at.mono


@pytest.mark.parametrize(
    ("track", "stopped", "seconds"),
    [
        (FERN, False, 6.5),
        (FERN, True, 6.5),
        (Track(artist="Mira Holt"), False, 6.5),
        (Track(artist="Mira Holt"), True, None),  # on the way to the next track
        (None, False, None),
    ],
)
def test_tags_are_accepted_when_they_were_quiet_for_a_second(
    track: Track | None, stopped: bool, seconds: float | None
):
    assert wait(track, 5.0, 5.5, stopped) == seconds


def test_whole_tags_that_never_rest_are_accepted_after_three_seconds():
    assert wait(FERN, 5.0, 7.9, stopped=False) == 8.0
    assert wait(Track(title="Fern"), 5.0, 7.9, stopped=False) == pytest.approx(8.9)


def test_nothing_is_accepted_if_nothing_settles():
    assert settled_at(RULES, tags(), stopped=False) is None
