"""Cases 63–71: players that come, go, hang or lie."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Verdict
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, WALL, Timeline
from tests.tracking.cases.marks import case
from tests.tracking.cases.wire import Peer, Wire

SONG_TAGS: dict[str, object] = {
    "mpris:length": 200_000_000,
    "xesam:title": "Slow Harbour",
    "xesam:artist": ["The Paper Lanterns"],
}


def playing(owner: str) -> Peer:
    """A player in the midst of SONG."""
    return Peer(owner, {"PlaybackStatus": "Playing", "Metadata": SONG_TAGS})


# -- gone, and back -------------------------------------------------------------------------------


@case(63)
def test_a_player_that_vanishes_ends_its_play() -> None:
    line = Timeline().says(PLAYING, SONG).at(60).vanishes().at(71)
    assert (line.due, line.history) == ([], [("Slow Harbour", 60.0, "not_heard")])
    assert line.tracker.next_wake() is None
    assert line.tracker.current() == []


@case(63)
def test_a_player_that_vanishes_after_the_threshold_has_counted() -> None:
    line = Timeline().says(PLAYING, SONG).at(120).vanishes().at(131)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 120.0, "counted")]


@case(64)
def test_a_player_that_is_back_in_two_seconds_goes_on() -> None:
    line = Timeline().starts().says(PLAYING, SONG).at(60).vanishes().at(62)
    line.starts(owner=":1.9").is_read().at(150)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [102.0])
    assert line.history == []


@case(64)
def test_a_name_that_blinks_costs_no_play() -> None:
    # mpDris2 gives its name up and takes it again within a millisecond
    peer = playing(":1.5")
    line = Wire().owns(peer, "mpd").at(60).owns(None, "mpd").at(60.001).owns(peer, "mpd").at(150)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.due_at == pytest.approx([100.0], abs=0.1)
    assert line.history == []


@case(64)
def test_a_player_that_is_back_with_another_track_plays_that() -> None:
    line = Timeline().says(PLAYING, SONG).at(60).vanishes().at(62).starts().becomes(track=OTHER)
    line.is_read().at(160)
    assert line.history == [("Slow Harbour", 60.0, "not_heard")]
    assert line.scrobbled == [("Fern", 62.0)]


@case(64)
def test_a_player_that_is_back_too_late_begins_anew() -> None:
    line = Timeline().says(PLAYING, SONG).at(60).vanishes().at(75).starts().is_read().at(180)
    assert line.history == [("Slow Harbour", 60.0, "not_heard")]
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 75.0)], [175.0])


# -- the daemon comes and goes --------------------------------------------------------------------


@case(65)
def test_a_song_met_half_way_counts_from_now() -> None:
    line = Timeline(position=lambda t: 150 + t).starts().becomes(PLAYING, SONG).is_read()
    line.at(50).says(track=OTHER).at(60)
    assert line.announcements[0] == (1.0, "Slow Harbour")
    assert (line.due, line.history) == ([], [("Slow Harbour", 50.0, "not_heard")])
    assert line.ended[0].start.wall == WALL


@case(65)
def test_a_song_met_early_is_stamped_when_it_was_met() -> None:
    line = Timeline(position=lambda t: 30 + t).at(500).becomes(PLAYING, SONG).is_read().at(601)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 500.0)], [600.0])


@case(65)
def test_a_song_met_half_way_has_a_natural_end_too() -> None:
    line = Timeline(position=lambda t: 101 + t).starts().becomes(PLAYING, SONG).is_read()
    line.at(98.5).says(track=OTHER).at(110)
    assert line.history == [("Slow Harbour", 98.5, "counted")]


@case(66)
@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_after_the_scrobble_scrobbles_no_second_time(killed: bool) -> None:
    line = Timeline(position=lambda t: t).starts().says(PLAYING, SONG).at(120)
    line.restarts(after=3, killed=killed).starts().is_read().at(200).says(track=OTHER).at(210)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    (play,) = line.ended
    assert (play.key, play.verdict) == (line.due[0][1].key, Verdict.COUNTED)


@case(66)
@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_before_the_scrobble_goes_on(killed: bool) -> None:
    line = Timeline(position=lambda t: t).starts().says(PLAYING, SONG).at(50)
    line.restarts(after=3, killed=killed).starts().is_read().at(199)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.due_at == pytest.approx([100.0], abs=0.1)


@case(66)
def test_a_restart_counts_no_more_than_the_position_vouches_for() -> None:
    line = Timeline(position=lambda t: t if t < 50 else t - 3).starts().says(PLAYING, SONG)
    line.at(50).restarts(after=4).starts().is_read().at(199)
    assert line.due_at == pytest.approx([103.0], abs=0.1)


@case(66)
@pytest.mark.parametrize(("killed", "due"), [(False, 105.0), (True, 154.0)])
def test_a_restart_without_a_position_counts_nothing_meanwhile(killed: bool, due: float) -> None:
    # the last journal before a kill is of the beginning of the play, at 1 s
    line = Timeline().starts().says(PLAYING, SONG).at(50).restarts(after=5, killed=killed)
    assert line.starts().is_read().at(199).due_at == [due]


@case(66)
def test_a_restart_of_the_player_meanwhile_counts_nothing_meanwhile() -> None:
    line = Timeline(position=lambda t: t).starts().says(PLAYING, SONG).at(50).restarts(after=5)
    assert line.starts(owner=":1.9").is_read().at(199).due_at == [105.0]


@case(66)
def test_a_player_that_was_paused_meanwhile_is_not_heard() -> None:
    line = Timeline(position=lambda t: min(t, 50.0) if t < 70 else t - 20)
    line.starts().says(PLAYING, SONG).at(50)
    line.restarts(after=5).becomes(PAUSED).starts().is_read().at(70).says(PLAYING).at(199)
    assert line.due_at == [120.0]


@case(66)
def test_a_restart_of_the_machine_ends_the_play() -> None:
    line = Timeline().starts().says(PLAYING, SONG).at(120).restarts(after=5, boot="boot-2")
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 120.0, "counted")]


# -- players that do not answer -------------------------------------------------------------------


@case(67)
def test_a_player_that_hangs_holds_up_nobody() -> None:
    stuck, fine = replace(playing(":1.5"), hangs=True), playing(":1.6")
    line = Wire(names={"spotifyd": stuck, "mpv": fine}, peers={":1.5": stuck, ":1.6": fine})
    line.listens().at(110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])
    assert [play.player for _, play in line.due] == ["mpv"]


@case(67)
def test_a_player_that_hangs_at_the_threshold_counts_without_its_answer() -> None:
    peer = playing(":1.5")
    line = Wire().owns(peer, "mpv").at(50)
    peer.hangs = True
    line.at(199)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [102.0])


@case(67)
def test_a_player_that_only_signals_counts() -> None:
    peer = replace(playing(":1.5"), hangs=True)
    line = Wire().owns(peer, "spotifyd").at(20).changes(peer, dict(peer.properties)).at(180)
    assert line.scrobbled == [("Slow Harbour", 20.0)]


@case(68)
def test_nothing_is_introspected() -> None:
    odd = Peer(":1.6", refuses=frozenset({"GetAll"}))
    peers = {"mpv": playing(":1.5"), "odd": odd}
    line = Wire(names=peers, peers={peer.owner: peer for peer in peers.values()}).listens().at(250)
    used = {call.member for call in line.calls}
    assert used <= {"ListNames", "GetNameOwner", "GetConnectionUnixProcessID", "GetAll", "Get"}
    assert line.scrobbled == [("Slow Harbour", 0.0)]


@case(69)
@pytest.mark.parametrize("broken", ["Position", "Rate", "LoopStatus"])
def test_a_player_that_refuses_getall_is_read_one_by_one(broken: str) -> None:
    peer = replace(playing(":1.5"), refuses=frozenset({"GetAll", broken}))
    line = Wire().owns(peer, "odd").at(120)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour"]
    assert line.scrobbled[0][1] < 6


@case(104)
@pytest.mark.parametrize("broken", ["GetAll", "Position", "Volume"])
def test_a_player_that_refuses_getall_from_the_first_is_read_at_once(broken: str) -> None:
    peer = replace(playing(":1.5"), refuses=frozenset({"GetAll", broken}))
    line = Wire().owns(peer, "odd").at(120)
    assert line.scrobbled == [("Slow Harbour", 0.0)]


@case(104)
def test_a_player_whose_object_comes_after_its_name_is_read_when_it_is_there() -> None:
    peer = playing(":1.5")
    peer.refuses = frozenset({"GetAll", "Get"})  # Celluloid 0.20: UnknownMethod
    line = Wire().owns(peer, "celluloid").at(0.2)
    peer.refuses = frozenset()
    assert line.at(120).scrobbled == [("Slow Harbour", 0.3)]


@case(69)
def test_getall_that_fails_later_is_read_one_by_one() -> None:
    peer = playing(":1.5")
    line = Wire().owns(peer, "odd").at(50)
    peer.refuses = frozenset({"GetAll"})
    line.at(110)
    assert [call.body[1] for call in line.calls if call.member == "Get"] == [
        "PlaybackStatus",
        "Metadata",
        "Rate",
        "LoopStatus",
        "Position",
        "Volume",
    ]
    assert line.due_at == [100.0]


# -- players that lie -----------------------------------------------------------------------------


@case(70)
def test_a_player_that_begins_stopped_with_metadata_is_not_playing() -> None:
    line = Timeline().starts().becomes(STOPPED, SONG).is_read().at(500)
    assert (line.announced, line.due, line.tracker.current()) == ([], [], [])
    assert line.says(PLAYING).at(601).scrobbled == [("Slow Harbour", 500.0)]


@case(71)
@pytest.mark.parametrize("loop", [None, "None", "Playlist"])
@pytest.mark.parametrize("frozen", [200.0, 0.0, None])
def test_a_player_stuck_in_playing_is_heard_one_length(
    loop: str | None, frozen: float | None
) -> None:
    def position(t: float) -> float | None:
        return t if frozen and t < frozen else frozen

    line = Timeline(position=position, loop=loop).says(PLAYING, SONG, loop=loop).at(5000)
    line.says(STOPPED).at(5010)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    assert line.wakes <= 6


@case(71)
def test_a_player_stuck_at_the_end_is_no_loop_whatever_loop_status_says() -> None:
    line = Timeline(position=lambda t: min(t, 200.0), loop="Track").says(
        PLAYING, SONG, loop="Track"
    )
    line.at(3000).says(PAUSED).at(3010)
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])
