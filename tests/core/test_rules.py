"""rules.py: when a play counts, what is sent of it, and which players are wanted."""

from dataclasses import astuple, replace

import pytest

from scrobblerd.core.filters import Filters
from scrobblerd.core.model import (
    Details,
    Moment,
    Play,
    PlayReason,
    Reason,
    Scrobble,
    Track,
    Verdict,
)
from scrobblerd.core.rules import (
    END_TOLERANCE_SECONDS,
    PHONES,
    PlayerRules,
    Rules,
    announce_only_rule,
    as_scrobble,
    clamp_threshold,
    has_tags,
    is_browser,
    is_too_short,
    needed,
    needed_on_air,
    player_rule,
    rules_of,
    wants_player,
    whole_seconds,
)

SONG = Track(
    title="Slow Harbour",
    artist="The Paper Lanterns",
    album="Tidewater",
    album_artist="Various Keepers",
    length=241.9,
    url="file:///music/a.flac",
    trackid="/track/1",
    number=3,
    mbid="11111111-2222-4333-8444-555555555555",
)
MINUTE, HOUR = 60.0, 3600.0


# Numbers


def test_defaults_are_the_documented_ones():
    *others, filters = astuple(Rules())
    kept = [50, 30.0, 240.0, 30.0, 60.0, 1.0, True, (), PHONES, (), True, (), ()]
    assert others == [True, False, False, *kept]
    assert filters == astuple(Filters())


def test_players_may_be_three_seconds_off_at_the_end():
    assert END_TOLERANCE_SECONDS == 3.0


@pytest.mark.parametrize(
    ("given", "kept"),
    [(-5, 25), (0, 25), (24, 25), (25, 25), (26, 26), (50, 50), (99, 99), (100, 100), (101, 100)],
)
def test_threshold_is_moved_into_its_range(given: int, kept: int):
    assert clamp_threshold(given) == kept


# The need


@pytest.mark.parametrize(
    ("length", "seconds"),
    [
        (30.0, 30.0),
        (31.0, 30.0),
        (60.0, 30.0),
        (62.0, 31.0),
        (215.0, 107.5),
        (478.0, 239.0),
        (480.0, 240.0),
        (20 * MINUTE, 240.0),
        (5 * HOUR, 240.0),
        (None, 240.0),
    ],
)
def test_half_the_track_is_needed_but_no_less_than_30_and_no_more_than_240_s(
    length: float | None, seconds: float
):
    assert needed(Rules(), length) == seconds


@pytest.mark.parametrize(
    ("threshold", "length", "seconds"),
    [
        (25, 200.0, 50.0),
        (25, 100.0, 30.0),
        (75, 200.0, 150.0),
        (100, 200.0, 200.0),
        (100, 241.0, 240.0),
        (100, 5 * HOUR, 240.0),  # the cap holds whatever the threshold
        (25, None, 240.0),
    ],
)
def test_threshold_is_a_share_of_the_track(threshold: int, length: float | None, seconds: float):
    assert needed(Rules(scrobble_threshold=threshold), length) == seconds


@pytest.mark.parametrize(
    ("rules", "length", "seconds"),
    [
        (Rules(minimum_seconds=10.0), 31.0, 15.5),
        (Rules(minimum_seconds=0.0), 31.0, 15.5),
        (Rules(minimum_seconds=60.0), 31.0, 60.0),
        (Rules(maximum_seconds=120.0), 5 * HOUR, 120.0),
        (Rules(maximum_seconds=120.0), None, 120.0),
        (Rules(minimum_seconds=60.0, maximum_seconds=40.0), 5 * HOUR, 60.0),
    ],
)
def test_need_follows_the_users_minimum_and_maximum(rules: Rules, length: float, seconds: float):
    assert needed(rules, length) == seconds


@pytest.mark.parametrize(
    ("on_air", "seconds"),
    [(20.0, 60.0), (119.0, 60.0), (121.0, 60.5), (300.0, 150.0), (HOUR, 240.0)],
)
def test_stream_title_needs_half_its_time_on_air_but_a_minute(on_air: float, seconds: float):
    assert needed_on_air(Rules(), on_air) == seconds


def test_stream_minimum_is_the_users():
    assert needed_on_air(Rules(stream_minimum_seconds=90.0), 100.0) == 90.0


@pytest.mark.parametrize(
    ("length", "short"),
    [
        (29.0, True),
        (29.94, True),
        (29.96, False),
        (29.988, False),  # what is called "30 s"
        (30.0, False),
        (None, False),
    ],
)
def test_track_under_thirty_seconds_is_too_short(length: float | None, short: bool):
    assert is_too_short(Rules(), length) is short


@pytest.mark.parametrize(("length", "short"), [(44.9, True), (45.0, False)])
def test_shortest_track_is_the_users(length: float, short: bool):
    assert is_too_short(Rules(minimum_track_seconds=45.0), length) is short


# What is sent


@pytest.mark.parametrize(
    ("length", "sent"),
    [
        (None, None),
        (0.0, None),
        (29.988, 29),
        (31.9, 31),
        (241.999, 241),
        (5 * HOUR, 18_000),
    ],
)
def test_duration_is_whole_seconds_rounded_down(length: float | None, sent: int | None):
    assert whole_seconds(length) == sent


def played(track: Track) -> Play:
    """A play of `track` that began at 1790000000.9."""
    start = Moment(5.0, 5.0, 1_790_000_000.9)
    return Play(
        key="key",
        player="mpv",
        track=track,
        start=start,
        heard=120.0,
        needed=107.5,
        verdict=Verdict.COUNTED,
        reason=Reason(PlayReason.HEARD),
        player_name="mpv Media Player",
    )


def test_scrobble_carries_the_raw_tags_and_the_second_of_the_start():
    assert as_scrobble(played(SONG)) == Scrobble(
        artist="The Paper Lanterns",
        track="Slow Harbour",
        timestamp=1_790_000_000,
        album="Tidewater",
        album_artist="Various Keepers",
        track_number=3,
        mbid="11111111-2222-4333-8444-555555555555",
        duration=241,
        details=Details(url="file:///music/a.flac", player="mpv Media Player"),
    )


def test_scrobble_carries_what_other_services_take_besides():
    track = replace(SONG, artists=("A", "B"), album_mbid="c0", artist_mbids=("a0", "b0"))
    details = as_scrobble(played(track)).details
    assert (details.artists, details.album_mbid) == (("A", "B"), "c0")
    assert details.artist_mbids == ("a0", "b0")


def test_album_artist_is_sent_only_where_it_differs():
    same = replace(SONG, album_artist=SONG.artist)
    assert as_scrobble(played(same)).album_artist == ""


def test_unknown_fields_stay_out_of_the_scrobble():
    bare = Track(title="Fern", artist="Mira Holt")
    scrobble = as_scrobble(replace(played(bare), player_name=""))
    assert scrobble == Scrobble("Mira Holt", "Fern", 1_790_000_000)


@pytest.mark.parametrize(
    ("title", "artist", "enough"),
    [("Fern", "Mira Holt", True), ("", "Mira Holt", False), ("Fern", "", False), ("", "", False)],
)
def test_title_and_artist_are_enough_and_both_are_needed(title: str, artist: str, enough: bool):
    assert has_tags(Track(title=title, artist=artist)) is enough


# Which players are wanted

MPV = ("mpv", "mpv Media Player", "mpv")
FIREFOX = ("firefox.instance_1_42", "Mozilla Firefox", "firefox")
PHONE = ("kdeconnect.mpris_0123", "Phone", "org.kde.kdeconnect")


@pytest.mark.parametrize(
    ("allow", "deny", "names", "wanted"),
    [
        ((), Rules().deny, MPV, True),
        ((), Rules().deny, PHONE, False),
        ((), Rules().deny, ("GSConnect.PocketPhoneSpotify", "Spotify", ""), False),
        ((), Rules().deny, ("Valent_2f1c", "Pocket Phone", ""), False),
        ((), Rules().deny, ("Valent", "Valent", "ca.andyholmes.Valent"), False),
        ((), Rules().deny, ("valentina", "Valentina", ""), True),
        ((), (), PHONE, True),
        ((), ("mpv",), MPV, False),
        ((), ("MPV*",), MPV, False),
        ((), ("mozilla*",), FIREFOX, False),
        ((), ("fire",), FIREFOX, True),
        ((), ("firefox.instance_?_*",), FIREFOX, False),
        ((), ("*",), MPV, False),
        ((), ("?*",), ("", "", ""), True),
        (("mpv",), (), MPV, True),
        (("mpv",), (), FIREFOX, False),
        (("vlc", "Mozilla Firefox"), (), FIREFOX, True),
        (("kdeconnect.*",), Rules().deny, PHONE, True),
        (("mpv",), ("mpv",), MPV, True),
        (("mpv",), (), ("", "", ""), False),
    ],
)
def test_player_is_wanted_by_any_of_its_names(
    allow: tuple[str, ...], deny: tuple[str, ...], names: tuple[str, ...], wanted: bool
):
    assert wants_player(Rules(allow=allow, deny=deny), names) is wanted


@pytest.mark.parametrize(
    ("names", "browser"),
    [
        (FIREFOX, True),
        (("chromium.instance4711", "chromium", "", ""), True),
        (("plasma-browser-integration", "plasma-browser-integration", "", ""), True),
        (("LibreWolf.instance_1_7", "LibreWolf", "", ""), True),
        (("chrome.instance77", "chrome", "Google Chrome", "google-chrome"), True),
        (MPV, False),
        (("spotify", "spotify", "Spotify", "spotify"), False),
    ],
)
def test_a_browser_is_told_by_any_of_its_names(names: tuple[str, ...], browser: bool):
    assert is_browser(names) is browser


# Tables [players.NAME]

COZY = PlayerRules("cozy", scrobble_threshold=90, maximum_seconds=HOUR)
FOXES = PlayerRules("firefox*", now_playing=False, announce_only=True)
SOME = Rules(announce_only=("cozy", "vlc"), players=(COZY, FOXES, PlayerRules("c*")))


@pytest.mark.parametrize(
    ("names", "needs"), [(("cozy",), 900.0), (("Cozy.instance7", "Cozy"), 900.0), (MPV, 240.0)]
)
def test_player_needs_what_its_table_says(names: tuple[str, ...], needs: float):
    assert needed(rules_of(SOME, names), 1000.0) == needs


def test_rules_of_others_are_those_of_all():
    assert rules_of(SOME, MPV) is SOME


def test_table_decides_nothing_that_it_does_not_name():
    rules = rules_of(SOME, ("cozy",))
    assert (
        replace(rules, scrobble_threshold=50, maximum_seconds=240.0, players=SOME.players) == SOME
    )
    assert rules_of(SOME, FIREFOX).now_playing is False


def test_first_table_that_fits_decides():
    assert rules_of(SOME, ("cozy",)).players == (COZY,)
    assert rules_of(SOME, ("cmus",)).players == (PlayerRules("c*"),)


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (("vlc",), "[players] announce_only"),
        (("cozy",), "[players] announce_only"),
        (FIREFOX, '[players."firefox*"] announce_only'),
        (MPV, ""),
    ],
)
def test_player_that_is_only_announced_is_told_with_the_rule(names: tuple[str, ...], rule: str):
    assert announce_only_rule(SOME, names) == rule
    assert announce_only_rule(rules_of(SOME, names), names) == rule


def test_table_takes_a_player_off_the_list():
    rules = Rules(announce_only=("vlc",), players=(PlayerRules("vlc", announce_only=False),))
    assert announce_only_rule(rules, ("vlc",)) == ""
    assert announce_only_rule(rules_of(rules, ("vlc",)), ("vlc",)) == ""


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (
            ("cozy",),
            "[players.cozy] scrobble_threshold = 90, maximum_seconds = 3600.0;"
            " [players] announce_only",
        ),
        (FIREFOX, '[players."firefox*"] now_playing = false, announce_only = true'),
        (("vlc",), "[players] announce_only"),
        (("cmus",), ""),
        (("kdeconnect.a",), "[players] deny has 'kdeconnect.*'"),
        (MPV, ""),
    ],
)
def test_rules_about_a_player_are_told_with_what_they_say(names: tuple[str, ...], rule: str):
    assert player_rule(SOME, names) == rule
