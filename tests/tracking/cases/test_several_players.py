"""Cases 51–62: rates, doubles, and several players at once."""

import pytest

from scrobblerd.core import wording
from scrobblerd.core.rules import Rules, wants_player
from scrobblerd.dbus.names import PROPERTIES
from scrobblerd.mpris.watcher import PLAYER
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, Timeline
from tests.tracking.cases.marks import case
from tests.tracking.cases.wire import Peer, Wire

SONG_TAGS: dict[str, object] = {
    "mpris:length": 200_000_000,
    "xesam:title": "Slow Harbour",
    "xesam:artist": ["The Paper Lanterns"],
}
FERN_TAGS: dict[str, object] = {
    "mpris:length": 180_000_000,
    "xesam:title": "Fern",
    "xesam:artist": ["Mira Holt"],
}
PHONE = "kdeconnect.mpris_8f3a5c"


def playing(owner: str, tags: dict[str, object], process: int = 0, identity: str = "") -> Peer:
    """A player in the midst of a track."""
    properties: dict[str, object] = {"PlaybackStatus": "Playing", "Metadata": tags}
    return Peer(owner, properties, {"Identity": identity}, process)


# -- rates ----------------------------------------------------------------------------------------


@case(51)
@pytest.mark.parametrize(("rate", "due"), [(2.0, 50.0), (1.5, 66.7), (0.5, 200.0)])
def test_track_time_counts_at_any_rate(rate: float, due: float) -> None:
    line = Timeline().says(PLAYING, SONG, rate=rate).at(230)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [due])


@case(51)
def test_a_rate_that_changes_counts_piece_by_piece() -> None:
    line = Timeline().says(PLAYING, SONG).at(20).says(rate=2.0).at(40).says(rate=1.0).at(90)
    assert line.due_at == [80.0]


@case(51)
def test_rate_zero_is_a_pause() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(rate=0.0).at(500).says(rate=1.0).at(560)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [550.0])


@case(51)
@pytest.mark.parametrize("order", ["status first", "rate first"])
def test_rate_zero_beside_paused_is_one_pause(order: str) -> None:
    # Firefox says Paused and then Rate 0, Chromium the other way round
    line = Timeline().says(PLAYING, SONG).at(50)
    steps = [(PAUSED, 0.0), (PLAYING, 1.0)]
    for t, (status, rate) in zip((50, 300), steps, strict=True):
        line.at(t)
        if order == "status first":
            line.says(status).at(t + 0.01).says(rate=rate)
        else:
            line.says(rate=rate).at(t + 0.01).says(status)
    line.at(360)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.due_at == pytest.approx([350.0], abs=0.1)


# -- playerctld -----------------------------------------------------------------------------------


@case(52)
def test_playerctld_is_ignored() -> None:
    real, mirror = playing(":1.5", SONG_TAGS), playing(":1.9", SONG_TAGS)
    line = Wire(names={"mpv": real, "playerctld": mirror}, peers={":1.5": real, ":1.9": mirror})
    line.listens().at(0.1).changes(mirror, {"PlaybackStatus": "Playing", "Metadata": SONG_TAGS})
    line.owns(None, "playerctld").owns(mirror, "playerctld").at(110)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert {event.player for event in line.events} == {"mpv"}
    assert ":1.9" not in {call.destination for call in line.calls}


@case(53)
def test_playerctld_switching_players_is_nothing() -> None:
    song, fern = playing(":1.5", SONG_TAGS), playing(":1.6", FERN_TAGS)
    mirror = playing(":1.9", SONG_TAGS)
    names = {"mpv": song, "cmus": fern, "playerctld": mirror}
    line = Wire(names=names, peers={peer.owner: peer for peer in names.values()}).listens().at(50)
    line.changes(mirror, {"PlaybackStatus": "Paused", "Metadata": FERN_TAGS})
    line.sends(":1.9", PLAYER, "Seeked", 0).at(210)
    assert sorted(line.scrobbled) == [("Fern", 0.0), ("Slow Harbour", 0.0)]
    assert line.due_at == [90.0, 100.0]


# -- one player, two names ------------------------------------------------------------------------


INTEGRATED = [
    {"xesam:title": "Slow Harbour", "mpris:length": 201_000_000, "xesam:album": "Tidewater"},
    {"xesam:title": "Slow Harbour - Tidewater", "mpris:length": 199_200_000},
    {"xesam:title": "SLOW HARBOUR ", "mpris:length": 200_000_000},
]
"""What a desktop integration makes of the SONG_TAGS that the browser says."""


@case(54)
@pytest.mark.parametrize("tags", INTEGRATED)
@pytest.mark.parametrize("later", [0.05, 3.0])
def test_a_browser_and_its_integration_are_one_play(tags: dict[str, object], later: float) -> None:
    tab = playing(":1.5", SONG_TAGS, 71)
    integration = playing(":1.6", SONG_TAGS | tags, 72)
    line = Wire().owns(tab, "firefox.instance_1_5").at(later)
    line.owns(integration, "plasma-browser-integration").at(205)
    for peer in (tab, integration):
        line.changes(peer, {"PlaybackStatus": "Stopped"})
    line.at(230)
    assert len(line.due) == 1
    assert len(line.announcements) == 1
    assert line.due[0][1].track.album == tags.get("xesam:album", "")
    assert sorted(verdict for _, _, verdict in line.history) == ["counted", "duplicate"]
    reasons = {str(play.verdict): wording.of_play(play) for play in line.ended}
    assert "reported the same play, and that one counted" in reasons["duplicate"]


@case(55)
@pytest.mark.parametrize("browser", ["firefox.instance_1_4", "chromium.instance1234"])
def test_a_browser_counts_on_its_own(browser: str) -> None:
    assert wants_player(Rules(), [browser, "Mozilla Firefox", "firefox"])
    assert Timeline(player=browser).says(PLAYING, SONG).at(110).scrobbled == [("Slow Harbour", 0.0)]


@case(56)
def test_an_application_and_its_engine_are_one_player() -> None:
    shown, engine = playing(":1.5", SONG_TAGS, 4711), playing(":1.6", SONG_TAGS, 4711)
    line = Wire().owns(shown, "tidal-hifi").at(0.05).owns(engine, "chromium.instance4711").at(110)
    for peer in (shown, engine):
        line.changes(peer, {"PlaybackStatus": "Stopped"})
    line.at(130)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 110.0, "counted")]
    assert len(line.announcements) == 1


@case(57)
@pytest.mark.parametrize("rule", ["YouTube Music", "youtube music*", "*music*"])
def test_a_rule_may_name_the_application_behind_the_engine(rule: str) -> None:
    peer = playing(":1.5", SONG_TAGS, identity="YouTube Music")
    denied = Wire(rules=Rules(deny=(rule,))).owns(peer, "chromium.instance1234").at(210)
    assert (denied.scrobbled, denied.announcements) == ([], [])
    allowed = Wire(rules=Rules(allow=(rule,))).owns(peer, "chromium.instance1234").at(210)
    assert allowed.scrobbled == [("Slow Harbour", 0.0)]


@case(57)
def test_a_rule_may_name_the_desktop_entry() -> None:
    peer = playing(":1.5", SONG_TAGS)
    peer.root["DesktopEntry"] = "com.github.ytmdesktop"
    rules = Rules(deny=("com.github.ytmdesktop",))
    line = Wire(rules=rules).owns(peer, "chromium.instance1234").at(210)
    assert (line.scrobbled, line.announcements) == ([], [])


@case(58)
def test_a_phone_is_left_out_unless_it_is_asked_for() -> None:
    def heard(rules: Rules) -> list[tuple[str, float]]:
        return Timeline(rules, player=PHONE).says(PLAYING, SONG).at(110).scrobbled

    assert heard(Rules()) == []
    assert heard(Rules(allow=("kdeconnect.*",))) == [("Slow Harbour", 0.0)]
    assert heard(Rules(deny=())) == [("Slow Harbour", 0.0)]


@case(101)
@pytest.mark.parametrize(
    "player", ["GSConnect.PocketPhoneSpotify", "GSConnect.TabletVLC", "Valent_3f2a", "Valent"]
)
def test_a_phone_is_left_out_whatever_shows_it(player: str) -> None:
    def heard(rules: Rules) -> list[tuple[str, float]]:
        return Timeline(rules, player=player).says(PLAYING, SONG).at(110).scrobbled

    assert heard(Rules()) == []
    assert heard(Rules(allow=(player,))) == [("Slow Harbour", 0.0)]


def duo(artist: list[str], length: float = 200.0) -> dict[str, object]:
    """The tags of a song of two artists, as one of two players tells them."""
    return SONG_TAGS | {"xesam:artist": artist, "mpris:length": length * 1e6}


@case(103)
@pytest.mark.parametrize("first", ["engine", "application"])
@pytest.mark.parametrize(
    ("shown", "engine", "sent"),
    [
        (["Mira Holt", "Oda Fenn"], ["Mira Holt, Oda Fenn"], "Mira Holt"),
        (["Mira Holt", "Oda Fenn"], ["Mira Holt"], "Mira Holt"),
        (["Mira Holt"], ["Mira Holt", "Oda Fenn"], "Mira Holt"),
    ],
)
def test_artists_told_differently_are_one_play(
    shown: list[str], engine: list[str], sent: str, first: str
) -> None:
    application, browser = playing(":1.5", duo(shown)), playing(":1.6", duo(engine, 200.5))
    names = [(browser, "chromium.instance4711"), (application, "tidal-hifi")]
    line = Wire()
    for peer, name in names if first == "engine" else reversed(names):
        line.owns(peer, name).at(line.t + 0.2)
    line.at(210)
    assert [(play.track.title, play.track.artist) for _, play in line.due] == [
        ("Slow Harbour", sent)
    ]


@case(103)
def test_songs_of_one_title_and_other_artists_are_two_plays() -> None:
    one, other = playing(":1.5", duo(["Mira Holt"])), playing(":1.6", duo(["Oda Fenn"]))
    line = Wire().owns(one, "mpv").owns(other, "vlc").at(210)
    assert len(line.due) == 2


@case(59)
def test_two_names_of_one_owner_are_one_player() -> None:
    peer = Peer(":1.5", {"PlaybackStatus": "Stopped", "Metadata": {}})
    line = Wire().owns(peer, "firefox.instance_1_4", "librewolf.instance_1_4").at(1)
    line.changes(peer, {"PlaybackStatus": "Playing", "Metadata": SONG_TAGS}).at(201)
    line.changes(peer, {"Metadata": FERN_TAGS}).at(300)
    assert line.scrobbled == [("Slow Harbour", 1.0), ("Fern", 201.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    assert [title for _, title in line.announcements] == ["Slow Harbour", "Fern"]


@case(59)
def test_two_connections_of_one_process_are_one_player() -> None:
    # VLC says everything twice, and the shorter name is the one to keep
    peers = [playing(":1.5", SONG_TAGS, 42), playing(":1.6", SONG_TAGS, 42)]
    line = Wire().owns(peers[0], "vlc.instance42").owns(peers[1], "vlc").at(210)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert [play.player for _, play in line.due] == ["vlc"]
    assert [current.player for current in line.tracker.current()] == ["vlc"]


@case(59)
def test_a_name_that_goes_after_the_scrobble_leaves_no_second_one() -> None:
    first, second = playing(":1.5", SONG_TAGS, 42), playing(":1.6", SONG_TAGS, 42)
    line = Wire().owns(first, "app").at(50).owns(second, "app.instance2").at(120)
    line.owns(None, "app").at(195)
    assert line.scrobbled == [("Slow Harbour", 0.0)]


@case(59)
def test_a_name_that_goes_before_the_scrobble_takes_no_play_with_it() -> None:
    first, second = playing(":1.5", SONG_TAGS, 42), playing(":1.6", SONG_TAGS, 42)
    line = Wire(rules=Rules(scrobble_threshold=100)).owns(first, "app")
    line.owns(second, "app.instance2").at(150).owns(None, "app").at(199)
    line.changes(second, {"Metadata": FERN_TAGS}).at(210)
    assert line.scrobbled == [("Slow Harbour", 0.0)]


# -- really several -------------------------------------------------------------------------------


@case(60)
def test_two_players_are_measured_each_on_its_own() -> None:
    line = Timeline().says(PLAYING, SONG).at(20).says(PLAYING, OTHER, player="cmus")
    line.at(40).says(PAUSED).at(70).says(PLAYING).at(80).vanishes("cmus").at(205)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [130.0])
    assert line.history == [("Fern", 60.0, "not_heard")]


@case(60)
def test_two_windows_of_one_player_are_two_players() -> None:
    peers = [playing(":1.5", SONG_TAGS, 42), playing(":1.6", FERN_TAGS, 43)]
    line = Wire().owns(peers[0], "mpv").owns(peers[1], "mpv.instance43").at(150)
    assert sorted(line.scrobbled) == [("Fern", 0.0), ("Slow Harbour", 0.0)]


@case(61)
def test_the_same_song_in_two_players_one_after_the_other_is_two_plays() -> None:
    line = Timeline().says(PLAYING, SONG).at(200).says(PAUSED).vanishes().at(300)
    line.says(PLAYING, SONG, player="cmus").at(410)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 300.0)]


@case(61)
def test_the_same_song_in_two_players_at_once_is_one_play() -> None:
    line = Timeline().says(PLAYING, SONG).at(60).says(PLAYING, SONG, player="cmus").at(199)
    assert line.scrobbled == [("Slow Harbour", 0.0)]


@case(61)
def test_the_same_song_in_a_player_that_is_paused_silences_nobody() -> None:
    line = Timeline().says(PLAYING, SONG).at(60).says(PAUSED).at(300)
    line.says(PLAYING, SONG, player="cmus").at(410)
    assert line.scrobbled == [("Slow Harbour", 300.0)]


# -- hand-over ------------------------------------------------------------------------------------


@case(62)
def test_a_name_handed_over_to_another_track_ends_the_play() -> None:
    old, new = playing(":1.5", SONG_TAGS), playing(":1.8", FERN_TAGS)
    line = Wire().owns(old, "mpv").at(60).owns(new, "mpv").at(70)
    line.changes(old, {"PlaybackStatus": "Playing", "Metadata": SONG_TAGS}).at(160)
    assert line.history == [("Slow Harbour", 60.0, "not_heard")]
    assert (line.scrobbled, line.due_at) == ([("Fern", 60.0)], [150.0])


@case(62)
def test_a_name_handed_over_to_a_stopped_player_ends_the_play() -> None:
    old = playing(":1.5", SONG_TAGS)
    new = Peer(":1.8", {"PlaybackStatus": "Stopped", "Metadata": {}})
    line = Wire().owns(old, "mpv").at(60).owns(new, "mpv").at(90)
    assert line.history == [("Slow Harbour", 60.0, "not_heard")]
    line.sends(":1.5", PROPERTIES, "PropertiesChanged", PLAYER, {"PlaybackStatus": "Playing"}, [])
    assert (line.at(300).due, line.tracker.next_wake()) == ([], None)
