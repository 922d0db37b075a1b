"""Case 114: advertisements under the tags of a song."""

from dataclasses import replace

import pytest

from scrobblerd.core.rules import Rules
from tests.support.timeline import OTHER, PAUSED, PLAYING, STOPPED, Timeline, long
from tests.tracking.cases.marks import case


class Page(Timeline):
    """A page that plays pieces, each from some second on, one after the other."""

    trackid = ""

    def named(self, trackid: str) -> "Page":
        """The pieces have this id from now on."""
        self.trackid = trackid
        return self

    def piece(
        self,
        length: float,
        seconds: float,
        *,
        start: float = 0.0,
        seeks: bool = True,
        late: float = 0.0,
    ) -> "Page":
        """Something plays for some seconds. Its length is said `late` seconds after it began."""
        begin = self.t
        self.position = lambda t: start + t - begin
        if seeks:
            self.seeks()
        song = replace(long(length), trackid=self.trackid)
        self.at(begin + late).says(PLAYING, song).at(begin + seconds)
        return self


def page(player: str = "mpv") -> Page:
    """A page that says its Position from the beginning."""
    return Page(position=lambda t: 0.0, player=player).becomes(STOPPED, OTHER).is_read()


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
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("advertisement", [30.0, 60.0, 95.0, 179.0])
def test_one_after_the_song_is_no_second_song(advertisement: float, seeks: bool) -> None:
    line = page().piece(200.0, 200.0, seeks=seeks).piece(advertisement, advertisement, seeks=seeks)
    line.says(track=OTHER).at(line.t + 5)
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    assert len(line.due) == 1


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("left", [0.5, 1.5, 2.9, 10.0])
@pytest.mark.parametrize("advertisement", [20.0, 60.0, 120.0])
def test_one_near_the_end_is_no_second_song(advertisement: float, left: float, seeks: bool) -> None:
    line = page().piece(240.0, 240.0 - left, seeks=seeks)
    line.piece(advertisement, advertisement, seeks=seeks)
    line.piece(240.0, left, start=240.0 - left, seeks=seeks).says(track=OTHER).at(line.t + 5)
    assert line.history == [("Slow Harbour", pytest.approx(240.0, abs=3), "counted")]
    assert len(line.due) == 1


@case(114)
@pytest.mark.parametrize("advertisement", [20.0, 60.0, 120.0])
def test_a_song_that_begins_again_after_one_is_a_second_play(advertisement: float) -> None:
    line = page().piece(200.0, 200.0).piece(advertisement, advertisement).piece(200.0, 200.0)
    line.says(track=OTHER).at(line.t + 5)
    assert len(line.due) == 2


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("length", [60.0, 120.0, 170.0])
def test_a_shorter_song_of_the_name_that_follows_with_an_id_of_its_own_is_a_second_play(
    length: float, seeks: bool
) -> None:
    line = page().named(trackid="/1").piece(200.0, 200.0, seeks=seeks)
    line.named(trackid="/2").piece(length, length, seeks=seeks).says(track=OTHER).at(line.t + 5)
    assert len(line.due) == 2


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("longer", [-8.0, 4.0, 9.0])
@pytest.mark.parametrize("advertisement", [35.0, 60.0, 90.0, 150.0])
def test_one_that_is_nearly_as_long_as_the_song_is_no_song(
    advertisement: float, longer: float, seeks: bool
) -> None:
    line = page().piece(advertisement, advertisement, seeks=seeks)
    line.piece(advertisement + longer, advertisement + longer, seeks=seeks)
    line.says(track=OTHER).at(line.t + 5)
    assert len(line.due) == 1


BROWSERS = ["chromium.instance77", "firefox.instance_1_9", "plasma-browser-integration"]


@case(114)
@pytest.mark.parametrize("player", BROWSERS)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("late", [0.0, 0.4])
@pytest.mark.parametrize("advertisement", [31.0, 45.0, 60.0])
def test_a_song_in_a_browser_does_not_begin_with_an_advertisement_of_up_to_a_minute(
    advertisement: float, late: float, seeks: bool, player: str
) -> None:
    line = page(player).piece(advertisement, advertisement, seeks=seeks)
    line.piece(200.0, 200.0, seeks=seeks, late=late).says(STOPPED).at(line.t + 5)
    assert line.scrobbled == [("Slow Harbour", pytest.approx(advertisement, abs=0.5))]
    assert line.history == [("Slow Harbour", pytest.approx(200.0, abs=3), "counted")]


@case(114)
@pytest.mark.parametrize("player", BROWSERS)
@pytest.mark.parametrize("heard", [3.0, 10.0, 95.0])
@pytest.mark.parametrize("advertisement", [31.0, 45.0, 60.0])
def test_a_song_that_is_left_after_one_does_not_count(
    advertisement: float, heard: float, player: str
) -> None:
    line = page(player).piece(advertisement, advertisement).piece(200.0, heard)
    line.says(STOPPED).at(line.t + 5)
    assert line.due == []


@case(114)
@pytest.mark.parametrize("player", [*BROWSERS, "mpv"])
@pytest.mark.parametrize(("length", "heard"), [(31.0, 31.0), (45.0, 31.0), (60.0, 60.0)])
def test_a_short_song_counts_all_the_same(length: float, heard: float, player: str) -> None:
    line = page(player).piece(length, heard).says(track=OTHER).at(length + 5)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    line = page(player).piece(length, heard).says(PAUSED).at(length + 3600).says(STOPPED)
    assert line.at(length + 3610).scrobbled == [("Slow Harbour", 0.0)]


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


# -- the length is told after its Position began --------------------------------------------------


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("late", [0.4, 1.0, 1.25, 1.5, 2.0, 2.5])
@pytest.mark.parametrize("advertisement", [15.0, 35.0, 90.0])
def test_one_in_the_middle_may_tell_its_length_late(
    advertisement: float, late: float, seeks: bool
) -> None:
    line = page().piece(240.0, 130.0, seeks=seeks)
    line.piece(advertisement, advertisement, seeks=seeks, late=late)
    line.piece(240.0, 110.0, start=130.0, seeks=seeks, late=late).says(STOPPED).at(line.t + 5)
    assert line.due_at == [120.0]
    assert line.history == [("Slow Harbour", pytest.approx(240.0, abs=3), "counted")]


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("late", [0.4, 1.0, 1.25, 1.5, 2.0, 2.5])
@pytest.mark.parametrize("advertisement", [20.0, 35.0, 120.0])
def test_the_song_after_one_may_tell_its_length_late(
    advertisement: float, late: float, seeks: bool
) -> None:
    line = page().piece(advertisement, advertisement, seeks=seeks)
    line.piece(200.0, 200.0, seeks=seeks, late=late).says(STOPPED).at(line.t + 5)
    assert len(line.due) == 1
    assert line.history == [("Slow Harbour", pytest.approx(200.0, abs=3), "counted")]


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("late", [1.25, 2.5])
def test_one_after_the_song_may_tell_its_length_late(late: float, seeks: bool) -> None:
    line = page().piece(200.0, 200.0, seeks=seeks).piece(35.0, 35.0, seeks=seeks, late=late)
    line.says(STOPPED).at(line.t + 5)
    assert line.history == [("Slow Harbour", pytest.approx(200.0, abs=3), "counted")]


@case(114)
@pytest.mark.parametrize("seeks", [True, False])
@pytest.mark.parametrize("late", [0.4, 1.25, 2.5])
def test_a_longer_version_that_tells_its_length_late_is_another_play(
    late: float, seeks: bool
) -> None:
    line = page().piece(300.0, 300.0, seeks=seeks).piece(240.0, 240.0, seeks=seeks, late=late)
    line.says(STOPPED).at(line.t + 5)
    assert len(line.due) == 2


@case(114)
def test_a_song_that_was_begun_again_is_not_taken_back_for_its_own_length() -> None:
    line = page().piece(200.0, 200.0).piece(200.0, 200.0, late=1.5)
    line.says(STOPPED).at(line.t + 5)
    assert len(line.due) == 2
