"""What real players play, from their sound to the scrobble: each of them in each scenario.

The songs are short and the limits low, so that a need is met after 3 s and a test lasts some 10 s.
"""

import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.lastfm import StandIn
from lab.music import make
from tests.conftest import require
from tests.support.daemon_bench import Bench, running
from tests.support.real_players import PLAYERS, Kind, Player
from tests.support.waiting import until

SECONDS = 6.0
LOOP = 8.0
"""Seconds of the track that is looped: mpDris2's Position stands still for up to two of them, and a
replay is told by a Position within 3 s of the beginning."""
NEED = 3.0
GRACE = 10.0
"""Seconds for which a play waits for its player. VLC may have told its beginning under its second
name alone, `vlc.instancePID`, and that never comes back."""

RULES = {"minimum_seconds": 2.0, "minimum_track_seconds": 1.0}
HARBOUR = ("The Paper Lanterns", "Slow Harbour", "Tidewater")
FERN = ("Mira Holt", "Fern", "Undergrowth")
LIGHT = ("Ådne Ø", "Nørre lys – 夜", "Våren")


@dataclass(frozen=True, slots=True)
class Room:
    """A daemon that listens, a player that may be started, and a folder that all may enter."""

    bench: Bench
    kind: Kind
    folder: Path

    def play(
        self, *songs: tuple[str, str, str], seconds: float = SECONDS, loop: bool = False
    ) -> AbstractContextManager[Player]:
        """The player plays `songs`: artist, title and album of each; each lasts for `seconds`."""
        files = [
            make(self.folder / f"{title}.wav", seconds, title, artist, album)
            for artist, title, album in songs
        ]
        return self.kind.play(self.bench.bus, self.folder / "home", files, loop)

    def hears(self, scrobbles: int, within: float) -> bool:
        """Whether Last.fm has so many scrobbles `within` seconds."""
        return self.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) >= scrobbles, within)

    def announces(self, songs: int, within: float = 30.0) -> bool:
        """Whether so many songs were said to be playing now, `within` seconds."""
        return self.bench.lastfm.wait_for(lambda seen: len(seen.now_playing) >= songs, within)

    def scrobbled(self) -> list[tuple[str, str, str]]:
        """Artist, title and album of all scrobbles, in the order of their arrival."""
        return [(s.artist, s.track, s.album) for s in self.bench.lastfm.scrobbles]

    def history(self, plays: int) -> list[tuple[str, str]]:
        """Title and verdict of all plays that got one, oldest first, once there are so many."""
        until(lambda: len(self._history()) >= plays, GRACE + 5)
        assert self.bench.daemon.stop() == 0
        return self._history()

    def _history(self) -> list[tuple[str, str]]:
        return self.bench.daemon.rows("SELECT title, verdict FROM plays ORDER BY start")


def passes(lastfm: StandIn, song: tuple[str, str, str]) -> list[int]:
    """When each scrobbled play of a song began."""
    return [
        int(one.timestamp) for one in lastfm.scrobbles if (one.artist, one.track, one.album) == song
    ]


@contextmanager
def opened(home: Path, *names: str, **rules: float) -> Generator[list[Room]]:
    """A daemon with these rules, and a room for each of these players."""
    kinds = [PLAYERS[name] for name in names]
    missing = [need for kind in kinds for need in kind.missing()]
    require(not missing, f"not installed: {', '.join(missing)}")
    with (
        tempfile.TemporaryDirectory(prefix="rooms-") as folder,
        PrivateBus(guests=True) as bus,
        running(home, bus=bus, tables={"scrobble": rules or RULES}) as bench,
    ):
        Path(folder).chmod(0o755)
        rooms = [Room(bench, kind, Path(folder) / kind.name) for kind in kinds]
        for room in rooms:
            room.folder.mkdir(mode=0o755)
        yield rooms


@pytest.fixture(params=PLAYERS)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path, request.param) as [only]:
        yield only


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[list[Room]]:
    """One for each player, on the same bus."""
    with opened(tmp_path, *PLAYERS) as all_of_them:
        yield all_of_them


def test_the_next_song_is_another_scrobble(room: Room) -> None:
    with room.play(HARBOUR, LIGHT):
        assert room.hears(2, within=40)
    assert room.scrobbled() == [HARBOUR, LIGHT]
    first, second = (int(scrobble.timestamp) for scrobble in room.bench.lastfm.scrobbles)
    assert second - first == pytest.approx(SECONDS, abs=2)
    assert room.history(2) == [(HARBOUR[1], "counted"), (LIGHT[1], "counted")]


def test_a_pause_does_not_count(room: Room) -> None:
    need = NEED + 1  # to be announced takes more than one second of it
    with room.play(HARBOUR, seconds=2 * need) as player:
        assert room.announces(1)
        player.press("Pause")
        paused = time.monotonic()
        assert not room.hears(1, within=need + 1), "scrobbled while it was paused"
        pause = time.monotonic() - paused
        player.press("Play")
        assert room.hears(1, within=30)
        due = time.time()
    assert room.scrobbled() == [HARBOUR]
    assert due - int(room.bench.lastfm.scrobbles[0].timestamp) >= need + pause - 0.5
    assert room.history(1) == [(HARBOUR[1], "counted")]


def test_each_pass_of_a_loop_is_a_scrobble_while_all_players_play(rooms: list[Room]) -> None:
    lastfm = rooms[0].bench.lastfm
    songs = [("Mira Holt", room.kind.name, "Undergrowth") for room in rooms]
    with ExitStack() as playing:
        for room, song in zip(rooms, songs, strict=True):
            playing.enter_context(room.play(song, seconds=LOOP, loop=True))
        assert lastfm.wait_for(lambda seen: all(len(passes(seen, one)) >= 3 for one in songs), 90)
    for song in songs:
        apart = [later - earlier for earlier, later in pairwise(passes(lastfm, song))]
        assert apart == [pytest.approx(LOOP, abs=2)] * len(apart), song
    history = rooms[0].history(len(songs) * 3)
    for _, title, _ in songs:
        assert [verdict for one, verdict in history if one == title][:3] == ["counted"] * 3


def test_a_song_that_was_quit_too_early_is_no_scrobble(room: Room) -> None:
    with room.play(HARBOUR, seconds=4 * SECONDS):  # Audacious takes two seconds to quit
        assert room.announces(1)
    with room.play(FERN):
        assert room.hears(1, within=30)
    assert room.scrobbled() == [FERN]
    assert room.history(2) == [(HARBOUR[1], "not_heard"), (FERN[1], "counted")]


# -- mpv, with the rules of every day -------------------------------------------------------------

LONG = 32.0
"""Seconds of the shortest track but one whose duration is sent."""


@pytest.fixture
def mpv(tmp_path: Path) -> Iterator[Room]:
    """mpv, for which a track of LONG is due after 8 s."""
    with opened(tmp_path, "mpv", scrobble_threshold=25, minimum_seconds=8.0) as [only]:
        yield only


def test_mpv_is_announced_and_scrobbled_once(mpv: Room) -> None:
    lastfm, before = mpv.bench.lastfm, int(time.time())
    with mpv.play(HARBOUR, seconds=LONG):
        assert mpv.announces(1, within=10)
        began = time.time()
        assert not lastfm.scrobbles
        assert mpv.hears(1, within=15)
        due = time.time()
    assert mpv.bench.daemon.stop() == 0
    [announced] = lastfm.now_playing
    assert (announced.artist, announced.track) == HARBOUR[:2]
    [scrobble] = lastfm.scrobbles
    assert (scrobble.artist, scrobble.track, scrobble.album) == HARBOUR
    assert str(scrobble.duration) == "32"
    assert before <= int(scrobble.timestamp) <= began
    assert due - int(scrobble.timestamp) >= 8, "scrobbled before the threshold"


def test_mpv_going_on_to_the_next_file_is_another_play(mpv: Room) -> None:
    with mpv.play(HARBOUR, FERN, seconds=LONG) as player:
        assert mpv.announces(1, within=10)
        player.press("Next")
        assert mpv.hears(1, within=15)
    assert mpv.bench.daemon.stop() == 0
    assert mpv.scrobbled() == [FERN]
    assert "Slow Harbour by The Paper Lanterns: not counted: heard" in mpv.bench.daemon.log
