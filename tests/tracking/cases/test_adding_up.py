"""Case 115: lengths and positions that add up over several songs."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Track
from tests.support.timeline import PLAYING, STOPPED, Timeline, long
from tests.tracking.cases.marks import case


def song(number: int, length: float | None, url: str = "") -> Track:
    """One of several songs of a page."""
    return replace(long(length), title=f"Song {number}", url=url)


def gapless(*lengths: float, heard: float | None = None, seeks: bool = False) -> Timeline:
    """Songs one after the other, whose lengths and Position go on from those before. Of the last
    one `heard` seconds are heard."""
    line, whole = Timeline(position=lambda t: t), 0.0
    for number, length in enumerate(lengths, 1):
        begin, whole = whole, whole + length
        line.says(PLAYING, song(number, whole))
        if seeks:
            line.at(begin + 0.05).seeks()
        line.at(whole if heard is None or number < len(lengths) else begin + heard)
    return line.says(STOPPED).at(line.t + 5)


@case(115)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize(
    "lengths", [(200.0, 200.0, 200.0, 200.0), (180.0, 300.0, 150.0), (61.0, 500.0, 100.0, 240.0)]
)
def test_songs_whose_lengths_add_up_count_each(lengths: tuple[float, ...], seeks: bool) -> None:
    line = gapless(*lengths, seeks=seeks)
    assert len(line.due) == len(lengths)
    assert [seconds for _, seconds, _ in line.history] == pytest.approx(lengths, abs=0.2)
    assert [play.track.length for play in line.ended] == pytest.approx(lengths, abs=0.2)


@case(115)
@pytest.mark.parametrize(("heard", "counts"), [(99.0, 2), (101.0, 3)])
def test_they_count_when_half_of_the_song_is_heard(heard: float, counts: int) -> None:
    assert len(gapless(200.0, 200.0, 200.0, heard=heard).due) == counts


@case(115)
@pytest.mark.parametrize("skipped", [10.0, 60.0, 90.0])
def test_a_song_that_is_skipped_belongs_to_the_sum_as_far_as_it_was_heard(skipped: float) -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, song(1, 200.0)).at(200)
    line.says(track=song(2, 400.0)).at(200 + skipped).says(track=song(3, 400.0 + skipped))
    line.at(400 + skipped).says(STOPPED).at(405 + skipped)
    assert [seconds for _, seconds, _ in line.history] == pytest.approx([200, skipped, 200])
    assert line.due_at == pytest.approx([100, 300 + skipped])


@case(115)
def test_a_position_that_begins_at_the_last_length_leaves_the_length_as_it_is() -> None:
    line = Timeline(position=lambda t: t if t < 120 else t + 75).says(PLAYING, song(1, 200.0))
    line.at(120).seeks().at(125).says(track=song(2, 210.0)).at(335).says(STOPPED).at(340)
    assert [seconds for _, seconds, _ in line.history] == [125.0, 210.0]
    assert line.due_at == [100.0, 230.0]
    assert [play.track.length for play in line.ended] == [200.0, 210.0]


@case(115)
@pytest.mark.parametrize("url", ["", "file:///music/a.flac"])
def test_a_longer_song_after_a_shorter_one_is_no_sum(url: str) -> None:
    line = Timeline(position=lambda t: t if t < 100 else t - 100)
    line.says(PLAYING, song(1, 100.0, url)).at(100).says(track=song(2, 300.0, url and url + "2"))
    line.at(400).says(STOPPED).at(405)
    assert line.due_at == [50.0, 250.0]
    assert len(line.reads) <= 4


@case(115)
def test_files_have_lengths_of_their_own() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, song(1, 100.0, "file:///1")).at(100)
    line.says(track=song(2, 300.0, "file:///2")).at(400).says(STOPPED).at(405)
    assert line.due_at == [50.0, 250.0]
