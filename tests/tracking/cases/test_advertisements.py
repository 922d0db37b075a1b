"""Case 114: advertisements under the tags of a song."""

import pytest

from scrobblerd.core.rules import Rules
from tests.support.timeline import OTHER, PAUSED, PLAYING, STOPPED, Timeline, long
from tests.tracking.cases.marks import case


class Page(Timeline):
    """A page that plays pieces, each from some second on, one after the other."""

    def piece(
        self, length: float, seconds: float, start: float = 0.0, seeks: bool = True
    ) -> "Page":
        """Something of this length plays for some seconds."""
        begin = self.t
        self.position = lambda t: start + t - begin
        self.says(PLAYING, long(length))
        if seeks:
            self.seeks()
        self.at(begin + seconds)
        return self


def page() -> Page:
    """A page that says its Position from the beginning."""
    return Page(position=lambda t: 0.0).becomes(STOPPED, OTHER).is_read()


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("advertisement", [6.0, 20.0, 29.0, 45.0, 120.0])
def test_an_advertisement_before_the_song_is_not_the_song(
    advertisement: float, seeks: bool
) -> None:
    line = page().piece(advertisement, advertisement, seeks=seeks)
    line.piece(200.0, 200.0, seeks=seeks).says(track=OTHER).at(line.t + 5)
    assert len(line.due) == 1
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(114)
@pytest.mark.parametrize("advertisement", [6.0, 20.0, 29.0])
def test_its_time_is_not_the_songs(advertisement: float) -> None:
    line = page().piece(advertisement, advertisement).piece(200.0, 90.0)
    line.says(PAUSED).at(line.t + 30)
    assert line.due == []
    line.says(PLAYING).at(line.t + 15)
    assert [start for _, start in line.scrobbled] == [advertisement]


@case(114)
def test_there_may_be_several_before_the_song() -> None:
    line = page().piece(30.0, 30.0).piece(15.0, 15.0).piece(200.0, 200.0)
    line.says(track=OTHER).at(line.t + 5)
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    line = page().piece(15.0, 15.0).piece(25.0, 25.0).piece(200.0, 90.0).says(STOPPED)
    assert line.at(line.t + 5).history == [("Slow Harbour", 90.0, "not_heard")]


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize(
    ("length", "left", "advertisement"),
    [(600.0, 200.0, 35.0), (900.0, 40.0, 90.0), (240.0, 60.0, 15.0)],
)
def test_an_advertisement_in_the_middle_is_not_the_song(
    length: float, left: float, advertisement: float, seeks: bool
) -> None:
    line = page().piece(length, left, seeks=seeks).piece(advertisement, advertisement, seeks=seeks)
    line.piece(length, length - left, start=left, seeks=seeks).says(STOPPED).at(line.t + 5)
    need = min(length / 2, 240.0)
    assert line.due_at == [pytest.approx(need + advertisement, abs=0.1)]
    assert line.history == [("Slow Harbour", length, "counted")]


@case(114)
def test_two_in_the_middle_are_one_break() -> None:
    line = page().piece(600.0, 100.0).piece(30.0, 30.0).piece(20.0, 20.0)
    line.piece(600.0, 100.0, start=100.0).says(STOPPED).at(line.t + 5)
    assert line.history == [("Slow Harbour", 200.0, "not_heard")]


@case(114)
def test_a_song_that_is_left_during_an_advertisement_was_heard_until_then() -> None:
    line = page().piece(600.0, 200.0).piece(35.0, 20.0).says(track=OTHER).at(225)
    assert line.history == [("Slow Harbour", 200.0, "not_heard")]


@case(114)
def test_one_after_the_song_is_no_second_song() -> None:
    line = page().piece(200.0, 200.0).piece(30.0, 30.0).says(track=OTHER).at(235)
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(114)
@pytest.mark.parametrize("corrected", [250.0, 120.0])
def test_a_length_that_is_corrected_is_no_advertisement(corrected: float) -> None:
    line = page().piece(200.0, 50.0).says(track=long(corrected)).at(corrected)
    line.says(track=OTHER).at(corrected + 5)
    assert line.history == [("Slow Harbour", corrected, "counted")]
    assert line.due_at == [corrected / 2]


@case(114)
def test_another_version_of_the_song_counts_on_its_own() -> None:
    line = page().piece(300.0, 300.0).piece(240.0, 240.0).says(track=OTHER).at(545)
    assert [seconds for _, seconds, _ in line.history] == [300.0, 240.0]
    assert len(line.due) == 2


@case(114)
def test_without_a_position_a_length_is_taken_as_it_is_said() -> None:
    line = Timeline(Rules()).says(PLAYING, long(45.0)).at(20).says(track=long(200.0)).at(120)
    assert line.due_at == [100.0]
