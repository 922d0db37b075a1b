"""What always holds of heard time if Position tells the truth: listeners who pause, whose player
buffers, loops, and says its Position at any scale. Each heard second is known."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scrobblerd.core import PREFIX
from scrobblerd.core.model import Play, Status, Track, Verdict
from scrobblerd.core.rules import END_TOLERANCE_SECONDS, Rules, needed
from scrobblerd.mpris.watcher import PLAYER
from scrobblerd.traces.replay import Replay
from tests.support.timeline import OTHER, PAUSED, PLAYING, STOPPED, Timeline, long

ALWAYS_THE_SAME = settings(deadline=None, derandomize=True, max_examples=40, database=None)
TINY = 0.01
RULES = Rules()

Step = tuple[str, float]
"""What happens, and for how many seconds: plays, pauses, stalls (says Playing, and nothing is to be
heard)."""

SECONDS = st.sampled_from([1.0, 4.0, 12.0, 35.0, 70.0, 130.0, 250.0])
LENGTHS = st.sampled_from([60.0, 120.0, 200.0, 310.0, 700.0])
QUIET = st.lists(st.tuples(st.sampled_from(["plays", "pauses"]), SECONDS), min_size=1, max_size=6)
STEPS = st.lists(
    st.tuples(st.sampled_from(["plays", "plays", "pauses", "stalls"]), SECONDS),
    min_size=1,
    max_size=7,
)


@dataclass
class Song:
    """A song of `length` seconds, and what happens while it is on; at its end it is over."""

    length: float
    steps: list[Step]
    edges: list[tuple[float, float, str]] = field(default_factory=list[tuple[float, float, str]])
    """From which second on, at which place, what."""

    def __post_init__(self) -> None:
        t = place = 0.0
        for what, seconds in self.steps:
            if place >= self.length:
                break
            self.edges.append((t, place, what))
            lasts = min(seconds, self.length - place) if what == "plays" else seconds
            place += lasts if what == "plays" else 0.0
            t += lasts
        self.over, self.heard = t, place

    def told(self) -> list[tuple[float, Status]]:
        """What the player says of it, and when: nothing when it begins to buffer, or goes on."""
        said = [(t, PAUSED if what == "pauses" else PLAYING) for t, _, what in self.edges]
        return [each for before, each in pairwise([(0.0, STOPPED), *said]) if before[1] != each[1]]

    def place(self, t: float) -> float:
        """Where in the song it is at second `t`."""
        since, place, what = next(edge for edge in reversed(self.edges) if edge[0] <= max(0.0, t))
        return min(self.heard, place + (t - since if what == "plays" else 0.0))


def lived(song: Song, scale: float = 1.0, delay: float = 0.0) -> Timeline:
    """What the tracker made of the song."""
    line = Timeline(position=lambda t: song.place(t) * scale, delay=delay)
    line.becomes(STOPPED, OTHER)
    for t, status in song.told():
        line.at(t).says(status, long(song.length))
    line.at(song.over).says(STOPPED)
    return line.at(song.over + 30)


def buffers_for_good(steps: list[Step], seconds: float) -> list[Step]:
    """The steps, and a stall after which nothing comes."""
    return [*steps, ("stalls", seconds)]


@given(LENGTHS, QUIET, SECONDS)
@ALWAYS_THE_SAME
def test_what_was_not_heard_does_not_count(length: float, steps: list[Step], stall: float) -> None:
    song = Song(length, buffers_for_good(steps, stall))
    assume(song.heard > END_TOLERANCE_SECONDS)  # else Position may as well be constant
    line = lived(song)
    for _, play in line.due:
        assert song.heard >= play.needed - END_TOLERANCE_SECONDS - TINY


@given(LENGTHS, QUIET, st.sampled_from([300.0, 2000.0, 9000.0]))
@ALWAYS_THE_SAME
def test_no_more_is_heard_than_position_vouches_for(
    length: float, steps: list[Step], stall: float
) -> None:
    song = Song(length, buffers_for_good(steps, stall))
    assume(song.heard > END_TOLERANCE_SECONDS)
    need = needed(RULES, length)
    for play in lived(song).ended:
        # since the last reading as much may have been counted as lies between two of them
        assert play.heard <= song.heard + max(need, length - need) + END_TOLERANCE_SECONDS + 3.0


@given(LENGTHS, QUIET)
@ALWAYS_THE_SAME
def test_what_was_heard_enough_counts_once(length: float, steps: list[Step]) -> None:
    song = Song(length, steps)
    need = needed(RULES, length)
    assume(abs(song.heard - need) > END_TOLERANCE_SECONDS)
    line = lived(song)
    assert len(line.due) == (song.heard > need)
    assert sum(seconds for _, seconds, _ in line.history) <= song.heard + TINY


@given(LENGTHS, STEPS, st.sampled_from([0.0, 1e-3, 1e-6]))
@ALWAYS_THE_SAME
def test_a_position_that_tells_nothing_takes_nothing_away(
    length: float, steps: list[Step], scale: float
) -> None:
    song = Song(length, steps)
    played = sum(seconds for what, seconds in steps if what != "pauses")
    line = lived(song, scale)
    assert len(line.due) <= 1 or played > length  # the tags, told again after a whole length
    assert (
        len(line.due) >= 1
        or min(played, length) < needed(RULES, length) + TINY
        or (song.over < sum(seconds for _, seconds in steps))
    )


@given(LENGTHS, STEPS)
@ALWAYS_THE_SAME
def test_a_song_counts_once_whatever_its_player_does(length: float, steps: list[Step]) -> None:
    assert len(lived(Song(length, [("plays", 12.0), *steps])).due) <= 1


@given(LENGTHS, QUIET)
@ALWAYS_THE_SAME
def test_a_reading_that_is_answered_late_gives_the_same(length: float, steps: list[Step]) -> None:
    song = Song(length, steps)
    assume(abs(song.heard - needed(RULES, length)) > END_TOLERANCE_SECONDS)
    verdicts = [[verdict for *_, verdict in lived(song, delay=delay).history] for delay in (0, 0.3)]
    assert verdicts[0] == verdicts[1]


# -- a song that its listener moves about in, and that loops ---------------------------------------

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["plays", "plays", "pauses", "seeks", "moves", "stops", "says"]),
        SECONDS,
        st.sampled_from([0.0, 0.02, 0.3, 0.6, 0.97]),
    ),
    min_size=1,
    max_size=9,
)
"""What happens, for how many seconds, and the part of the song to which it is moved: `seeks` with a
signal, `moves` without one, `stops` goes on at the same place, `says` an equal Playing."""


@dataclass
class Loop:
    """A player that repeats one song without a word, and whose Position is true."""

    length: float
    edges: list[tuple[float, float, bool]] = field(default_factory=list[tuple[float, float, bool]])
    """From which second on, at which place, whether it runs."""

    def place(self, t: float) -> float:
        """Where in the song it is at second `t`."""
        since, place, runs = next(edge for edge in reversed(self.edges) if edge[0] <= t)
        return (place + (t - since) * runs) % self.length

    def lived(self, steps: list[tuple[str, float, float]]) -> tuple[Timeline, float]:
        """What the tracker made of the steps, and how much was heard."""
        t, heard, line = 0.0, 0.0, Timeline(position=self.place)
        self.edges.append((0.0, 0.0, False))
        line.becomes(STOPPED, OTHER).is_read().says(PLAYING, long(self.length))
        for what, seconds, part in [("plays", 12.0, 0.0), *steps]:
            runs = what not in ("pauses", "stops")
            moved = what in ("seeks", "moves")
            self.edges.append((t, part * self.length if moved else self.place(t), runs))
            if what == "seeks":
                line.seeks()
            elif what != "moves":
                status = {"pauses": PAUSED, "stops": STOPPED}.get(what, PLAYING)
                line.says(status, long(self.length))
            t, heard = t + seconds, heard + seconds * runs
            line.at(t)
            if not runs:
                self.edges.append((t, self.place(t), True))
                line.says(PLAYING, long(self.length))
        return line.says(STOPPED).at(t + 30), heard


@given(LENGTHS, MOVES)
@ALWAYS_THE_SAME
def test_no_scrobble_without_newly_heard_time_of_the_need(
    length: float, steps: list[tuple[str, float, float]]
) -> None:
    line, heard = Loop(length).lived(steps)
    assert len(line.due) * (needed(RULES, length) - END_TOLERANCE_SECONDS) <= heard + TINY
    assert sum(seconds for _, seconds, _ in line.history) <= heard + TINY


# -- traces ---------------------------------------------------------------------------------------


def trace(song: Song, every: float, first: float, scale: float = 1.0) -> list[dict[str, Any]]:
    """The song as a trace whose Position, at this scale, is polled at these moments."""
    sender = ":1.5"
    owned = [PREFIX + "mpv", "", sender]
    lines: list[dict[str, Any]] = [
        {"t": 0.0, "type": "header", "format": 1},
        _signal(0.0, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged", owned),
        {
            "t": 0.0,
            "type": "method_return",
            "sender": sender,
            "in_reply_to": f"GetAll({PLAYER})",
            "body": [{"PlaybackStatus": "Stopped", "Metadata": {}, "Position": 0}],
        },
    ]
    tags = _tags(long(song.length))
    for t, status in [*song.told(), (song.over, STOPPED)]:
        changes = {"PlaybackStatus": str(status), "Metadata": tags}
        body: list[Any] = [PLAYER, changes, []]
        properties = "org.freedesktop.DBus.Properties"
        lines.append(_signal(1 + t, sender, properties, "PropertiesChanged", body))
    count = int((song.over + 5 - first) / every)
    lines += [_sample(song, 1 + first + every * number, scale) for number in range(count)]
    return sorted(lines, key=lambda line: line["t"])


def _signal(t: float, sender: str, interface: str, member: str, body: list[Any]) -> dict[str, Any]:
    kind = {"t": t, "type": "signal", "sender": sender}
    return kind | {"interface": interface, "member": member, "body": body}


def _tags(track: Track) -> dict[str, Any]:
    length = int((track.length or 0.0) * 1e6)
    return {"xesam:title": track.title, "xesam:artist": [track.artist], "mpris:length": length}


def _sample(song: Song, t: float, scale: float) -> dict[str, Any]:
    status = next((status for since, status in reversed(song.told()) if since <= t - 1), STOPPED)
    status = STOPPED if t - 1 >= song.over else status
    position = int(song.place(t - 1) * scale * 1e6)
    values = {"Position": {"data": position}, "PlaybackStatus": {"data": str(status)}}
    return {"t": t, "type": "sample"} | {
        name: value | {"type": "x"} for name, value in values.items()
    }


MOMENTS = st.tuples(st.sampled_from([0.25, 0.4, 0.5, 0.9, 1.0]), st.sampled_from([0.0, 0.1, 0.2]))


def verdicts(plays: list[Play]) -> list[Verdict]:
    """What became of plays."""
    return [play.verdict for play in plays]


@given(LENGTHS, QUIET, st.sampled_from([1.0, 0.1, 1e-3, None]), MOMENTS, MOMENTS)
@ALWAYS_THE_SAME
def test_samples_taken_at_other_moments_give_the_verdicts_of_the_daemon(
    length: float,
    steps: list[Step],
    scale: float | None,
    one: tuple[float, float],
    other: tuple[float, float],
) -> None:
    stalls, scale = scale is None, scale or 1.0
    song = Song(length, buffers_for_good(steps, 400.0) if stalls else steps)
    assume(abs(song.heard - needed(RULES, length)) > 2 * END_TOLERANCE_SECONDS)
    assume(song.heard > 2 * END_TOLERANCE_SECONDS)
    plays = [Replay(trace(song, *moments, scale), replace(RULES)).run() for moments in (one, other)]
    assert verdicts(plays[0]) == verdicts(plays[1])
    counted = song.heard > needed(RULES, length)
    assert (Verdict.COUNTED in verdicts(plays[0])) is counted
    daemon = [verdict for *_, verdict in lived(song, scale).history]
    assert daemon == [str(verdict) for verdict in verdicts(plays[0])]
