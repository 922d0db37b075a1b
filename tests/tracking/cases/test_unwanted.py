"""Cases 72–82: what should not be scrobbled, and odd text."""

from dataclasses import replace
from hashlib import md5
from urllib.parse import parse_qs

import httpx
import pytest

from scrobblerd.core import wording
from scrobblerd.core.filters import Filters
from scrobblerd.core.model import ApiAccess, PlayReason, Reason, Scrobble, Track
from scrobblerd.core.rules import Rules, as_scrobble
from scrobblerd.mpris.metadata import parse
from scrobblerd.services.audioscrobbler.signing import (
    now_playing_params,
    scrobble_params,
    signed_form,
)
from tests.support.timeline import OTHER, PLAYING, SONG, STOPPED, Timeline
from tests.tracking.cases.marks import case

RADIO = Track(artist="Harbour FM", url="https://radio.example/live", trackid="/station")


def form_of(scrobble: Scrobble) -> dict[str, str]:
    """The signed form of one scrobble."""
    return signed_form(
        "track.scrobble", scrobble_params([scrobble]), ApiAccess("key", "secret"), "session"
    )


def received(form: dict[str, str]) -> dict[str, str]:
    """The form as a server reads it."""
    request = httpx.Request("POST", "https://service.example/2.0/", data=form)
    fields = parse_qs(request.content.decode("ascii"), strict_parsing=True)
    return {name: values[0] for name, values in fields.items()}


# -- advertisements, plays elsewhere, videos ------------------------------------------------------


@case(72)
@pytest.mark.parametrize("trackid", ["spotify:ad:0123", "/com/spotify/ad/0123"])
def test_advertisements_are_neither_announced_nor_scrobbled(trackid: str) -> None:
    track = Track("Anuncio", "Spotify", trackid=trackid, length=30.0)
    line = Timeline().says(PLAYING, track).at(30).says(track=SONG).at(60)
    assert [play.track.title for _, play in line.announced] == ["Slow Harbour"]
    assert line.history == [("Anuncio", 30.0, "unwanted")]


@case(73)
def test_a_player_that_shows_what_plays_elsewhere_can_be_left_out() -> None:
    line = Timeline(Rules(deny=("spotify",)), player="spotify").says(PLAYING, SONG).at(199)
    assert (line.announced, line.due) == ([], [])


@case(73)
def test_a_player_that_shows_what_plays_elsewhere_can_be_announced_only() -> None:
    rules = Rules(announce_only=("Spotify*",))
    line = Timeline(rules, player="spotify.instance42").starts().says(PLAYING, SONG).at(150)
    assert line.announcements == [(1.0, "Slow Harbour")]
    line.says(STOPPED).at(160)
    assert (line.due, line.history) == ([], [("Slow Harbour", 150.0, "unwanted")])
    assert "announce_only" in wording.of_play(line.ended[0])


@case(74)
def test_videos_are_told_by_their_site_and_long_shows_by_their_length() -> None:
    filters = Filters(ignore_hosts=("www.youtube.com",), maximum_length=3600.0)
    video = replace(SONG, url="https://www.youtube.com/watch?v=1")
    show = replace(SONG, title="Harbour Talk", length=10_800.0)
    line = Timeline(Rules(filters=filters)).says(PLAYING, video).at(180).says(track=show)
    line.at(600).says(track=OTHER).at(700)
    assert [title for title, _ in line.scrobbled] == ["Fern"]


@case(75)
def test_video_files_are_told_by_their_ending() -> None:
    line = Timeline().says(PLAYING, replace(SONG, url="file:///films/x.mkv")).at(199)
    assert (line.announced, line.due) == ([], [])


# -- radio ----------------------------------------------------------------------------------------


def on_air(*titles: tuple[float, str]) -> Timeline:
    """A station that was met in the midst of a title, and then changes it at these seconds."""
    line = Timeline(position=lambda t: 900 + t)
    line.becomes(PLAYING, replace(RADIO, title="Met Half-way")).is_read()
    for t, title in titles:
        line.at(t).says(track=replace(RADIO, title=title))
    return line


@case(30, 76)
@pytest.mark.parametrize(
    ("split", "sent"),
    [("never", []), ("streams", ["Mira Holt"]), ("always", ["Mira Holt"])],
)
def test_a_station_that_names_the_artist_in_the_title(split: str, sent: list[str]) -> None:
    line = Timeline(Rules(filters=Filters(split_titles=split)))
    station = replace(RADIO, artist="", title="Mira Holt - Fern")
    line.says(PLAYING, station).at(250)
    assert [play.track.artist for _, play in line.due] == sent


@case(106)
@pytest.mark.parametrize(
    ("split", "sent"),
    [
        ("never", [("Harbour FM", "Mira Holt - Fern"), ("Harbour FM", "News at ten")]),
        ("streams", [("Harbour FM", "Mira Holt - Fern"), ("Harbour FM", "News at ten")]),
        ("always", [("Mira Holt", "Fern"), ("Harbour FM", "News at ten")]),
    ],
)
def test_a_station_that_calls_itself_the_artist_is_split_on_wish(
    split: str, sent: list[tuple[str, str]]
) -> None:
    line = Timeline(Rules(filters=Filters(split_titles=split)))
    line.says(PLAYING, replace(RADIO, title="Mira Holt - Fern")).at(200)
    line.says(track=replace(RADIO, title="News at ten")).at(400)
    line.says(track=replace(RADIO, title="Oda Fenn - Salt")).at(405)
    assert [(play.track.artist, play.track.title) for _, play in line.due] == sent


TOPIC = Track("Fern", "Mira Holt - Topic", length=200.0)


@case(102)
@pytest.mark.parametrize(
    ("player", "strip", "artist"),
    [
        ("firefox.instance_1_44", True, "Mira Holt"),
        ("chromium.instance4711", True, "Mira Holt"),
        ("plasma-browser-integration", True, "Mira Holt"),
        ("firefox.instance_1_44", False, "Mira Holt - Topic"),
        ("mpv", True, "Mira Holt - Topic"),
    ],
)
def test_the_channel_of_an_artist_is_the_artist_in_a_browser(
    player: str, strip: bool, artist: str
) -> None:
    line = Timeline(Rules(filters=Filters(strip_topic=strip)), player=player)
    line.says(PLAYING, TOPIC).at(110)
    assert [play.track.artist for _, play in line.due] == [artist]
    assert [play.track.artist for _, play in line.announced] == [artist]


@case(76)
def test_a_title_on_air_is_judged_at_its_end() -> None:
    line = on_air((30.0, "Whole"), (130.0, "Brief"), (180.0, "Next")).at(200)
    assert (line.scrobbled, line.due_at) == ([("Whole", 30.0)], [131.0])
    verdicts = {play.track.title: str(play.verdict) for play in line.ended}
    assert verdicts == {"Met Half-way": "not_heard", "Whole": "counted", "Brief": "not_heard"}


@case(76)
@pytest.mark.parametrize(("on", "counts"), [(59.0, False), (61.0, True)])
def test_a_title_on_air_counts_never_under_a_minute(on: float, counts: bool) -> None:
    line = on_air((10.0, "Whole"), (10.0 + on, "Next")).at(100)
    assert line.scrobbled == ([("Whole", 10.0)] if counts else [])


@case(76)
def test_a_title_that_stays_on_air_counts_after_four_minutes() -> None:
    line = on_air((30.0, "Endless")).at(2000)
    assert (line.scrobbled, line.due_at) == ([("Endless", 30.0)], [270.0])


@case(76)
def test_a_title_on_air_that_was_paused_half_the_time_does_not_count() -> None:
    line = on_air((30.0, "Whole")).at(60).says(rate=0.0).at(100).says(rate=1.0).at(129)
    line.says(track=replace(RADIO, title="Next")).at(140)
    assert line.scrobbled == []


@case(76)
def test_a_title_that_was_met_half_way_is_not_judged_by_its_time_on_air() -> None:
    line = on_air((100.0, "Next")).at(130)
    assert line.scrobbled == []
    assert line.history == [("Met Half-way", 100.0, "not_heard")]


# -- titles that are none -------------------------------------------------------------------------


@case(77)
@pytest.mark.parametrize("name", ["01 Fern.flac", "file:///music/01%20Fern.flac"])
def test_a_file_name_before_the_title_is_not_sent(name: str) -> None:
    line = Timeline().says(PLAYING, SONG).at(200).says(track=Track(title=name)).at(200.6)
    line.says(track=OTHER).at(300)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]
    assert [play.track for _, play in line.announced] == [SONG, OTHER]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(78)
@pytest.mark.parametrize("title", [None, "", "Unknown"])
def test_a_track_without_title_is_not_scrobbled_and_told_once(title: str | None) -> None:
    track = parse({"xesam:artist": ["Mira Holt"], "xesam:title": title, "mpris:length": 180e6})
    line = Timeline().says(PLAYING, track)
    for t in range(10, 170, 10):
        line.at(t).says(PLAYING, track)
    line.at(180).says(STOPPED).at(200)
    assert (line.due, line.announced) == ([], [])
    (play,) = line.ended
    assert (str(play.verdict), wording.of_play(play)) == ("no_tags", "the player gave no title")
    assert play.reason == Reason(PlayReason.NO_TITLE)


# -- odd text -------------------------------------------------------------------------------------


@case(79)
@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Slow\nHarbour", "Slow Harbour"),
        ("Slow\x00 Harbour\r\n", "Slow Harbour"),
        ("Slow \ud83d Harbour", "Slow Harbour"),
        ("Slow \ufffd Harbour", "Slow \ufffd Harbour"),
        ("\u202bשיר\u202c", "\u202bשיר\u202c"),
        ("x" * 2000, "x" * 1000),
        ("  ", ""),
    ],
)
def test_odd_text_is_sent_clean_and_signed_as_sent(said: str, sent: str) -> None:
    title = parse({"xesam:title": said}).title
    form = form_of(Scrobble("Mira Holt", title, 1_790_000_000))
    signed = "".join(
        name + form[name] for name in sorted(form) if name not in ("api_sig", "format")
    )
    assert title == sent
    assert received(form).get("track[0]", "") == sent
    assert form["api_sig"] == md5((signed + "secret").encode()).hexdigest()


@case(80, 81)
@pytest.mark.parametrize(
    "text",
    ["夜に駆ける", "🌊 Tide 🌊", "Sigur Rós", "A+B", "Q&A", "100%", "100%25", "a=b;c", "Ä/é?#"],
)
def test_any_text_is_signed_raw_and_encoded_once(text: str) -> None:
    form = form_of(Scrobble(text, text, 1_790_000_000, album=text))
    signed = (
        f"album[0]{text}api_keykeyartist[0]{text}methodtrack.scrobblesksession"
        f"timestamp[0]1790000000track[0]{text}secret"
    )
    assert form["api_sig"] == md5(signed.encode()).hexdigest()
    assert received(form) == form


@case(81)
def test_now_playing_is_encoded_once_too() -> None:
    scrobble = Scrobble("Mira & the +%20", "Fern = ?", 1_790_000_000)
    form = signed_form(
        "track.updateNowPlaying", now_playing_params(scrobble), ApiAccess("key", "secret"), "s"
    )
    assert received(form) == form


# -- skipping -------------------------------------------------------------------------------------


@case(82)
def test_twenty_skipped_tracks_are_one_announcement() -> None:
    line = Timeline()
    for number in range(20):
        track = replace(SONG, title=f"Track {number}", trackid=f"/{number}")
        line.at(number / 2).says(PLAYING, track).seeks()
    assert line.at(30).announcements == [(10.5, "Track 19")]
    assert (line.due, line.history) == ([], [])
    assert line.wakes <= 10
    assert line.at(150).scrobbled == [("Track 19", 9.5)]
    assert as_scrobble(line.due[0][1]).timestamp == 1_790_000_009


@case(82)
def test_skipped_tracks_lend_no_time_to_the_song_before() -> None:
    line = Timeline().says(PLAYING, SONG).at(95)
    for number in range(20):
        line.at(95 + number / 2).says(track=replace(OTHER, title=f"Track {number}"))
    line.at(130)
    assert line.history == [("Slow Harbour", 95.0, "not_heard")]
    assert line.tracker.current()[0].title == "Track 19"
