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


# -- sought before it is known whether they add up ------------------------------------------------


def sought(
    *lengths: float, after: float = 4.0, to: float = 60.0, heard: float, says: bool = True
) -> Timeline:
    """Songs whose lengths and Position add up. The last one is moved to `to` soon after its begin,
    and `heard` seconds of it are heard in all."""
    begin, whole = sum(lengths[:-1]), sum(lengths)
    jump = begin + after
    line = Timeline(position=lambda t: t if t < jump else t - after + to)
    for number in range(1, len(lengths) + 1):
        line.at(sum(lengths[: number - 1])).says(PLAYING, song(number, sum(lengths[:number])))
    line.at(jump)
    if says:
        line.seeks()
    line.at(begin + heard).says(STOPPED)
    assert begin + heard - after + to <= whole
    return line.at(line.t + 5)


@case(115)
@pytest.mark.parametrize("says", [True, False])
@pytest.mark.parametrize("after", [1.0, 4.0, 40.0])
@pytest.mark.parametrize(
    "lengths", [(200.0, 200.0, 200.0), (180.0, 300.0, 150.0), (61.0, 500.0, 100.0, 240.0)]
)
def test_one_that_is_sought_adds_up_if_the_one_before_did(
    lengths: tuple[float, ...], after: float, says: bool
) -> None:
    line = sought(*lengths, after=after, heard=lengths[-1] / 2 + 12, says=says)
    assert len(line.due) == len(lengths)
    assert [play.track.length for play in line.ended] == pytest.approx(lengths, abs=0.2)
    line = sought(*lengths, after=after, heard=lengths[-1] / 2 - 5, says=says)
    assert len(line.due) == len(lengths) - 1


@case(115)
def test_one_that_is_sought_after_one_that_was_skipped_adds_up_too() -> None:
    line = Timeline(position=lambda t: t if t < 410 else t + 50).says(PLAYING, song(1, 200.0))
    line.at(200).says(track=song(2, 400.0)).at(400).says(track=song(3, 700.0))
    line.at(404).says(track=song(4, 604.0)).at(410).seeks().at(520).says(STOPPED).at(525)
    assert line.due_at == pytest.approx([100, 300, 504], abs=0.2)


@case(115)
@pytest.mark.parametrize("to", [60.0, 250.0])
def test_a_song_with_a_position_of_its_own_after_them_is_taken_as_it_says(to: float) -> None:
    line = Timeline(position=lambda t: t if t < 400 else t - 400 if t < 405 else t - 405 + to)
    line.says(PLAYING, song(1, 200.0)).at(200).says(track=song(2, 400.0)).at(400)
    line.says(track=song(3, 700.0)).at(405).seeks().at(700).says(STOPPED).at(705)
    assert line.due_at == pytest.approx([100, 300, 640], abs=0.2)
