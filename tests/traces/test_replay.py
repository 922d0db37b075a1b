"""Recorded players through watcher, parser and tracker: every trace is a regression test.

`traces/expected.json` says what a listener heard in each trace. It was written down from the
driver's notes, the sampled positions and the players' signals, not from what the tracker makes of
them. `start` is seconds since the trace began, `heard` seconds of track time. Where the trace
itself leaves room, a play has a `tolerance` for `heard` or several verdicts, and a `why`.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

import pytest

from scrobblerd.__main__ import main
from scrobblerd.core.model import Play, Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.traces.replay import Replay, as_json, read
from tests.support.paths import RECORDINGS

TRACES = RECORDINGS

START = 0.5
"""Seconds by which a play's start may differ: a signal comes up to 0.35 s before the sound."""

HEARD = 0.4
"""Seconds by which the heard time may differ, where a play says nothing else."""

SHORT = ("--minimum-seconds", "1", "--minimum-track-seconds", "1")
"""The tracks of the traces last 8 to 45 s."""


class Expected(TypedDict):
    """A play that a listener heard."""

    player: str
    artist: str
    title: str
    album: str
    start: float
    heard: float
    verdict: str | list[str]
    tolerance: NotRequired[float]
    why: NotRequired[str]


EXPECTED = cast(
    "dict[str, list[Expected]]", json.loads((TRACES / "expected.json").read_text("utf-8"))
)


def trace(name: str) -> Path:
    return TRACES / f"{name}.jsonl"


def plays_of(name: str, threshold: int = 50) -> list[Play]:
    rules = Rules(scrobble_threshold=threshold, minimum_seconds=1.0, minimum_track_seconds=1.0)
    return Replay(read(trace(name)), rules).run()


def assert_heard(plays: list[Play], expected: list[Expected]) -> None:
    """The same plays, in the same order, of the same tracks, as long as each was on."""
    tracks = [
        (play.player, play.track.artist, play.track.title, play.track.album) for play in plays
    ]
    wanted = [(play["player"], play["artist"], play["title"], play["album"]) for play in expected]
    assert tracks == wanted
    starts = [play.start.mono for play in plays]
    assert starts == pytest.approx([play["start"] for play in expected], abs=START)
    for play, want in zip(plays, expected, strict=True):
        assert play.heard == pytest.approx(want["heard"], abs=tolerance(want)), want["title"]


def tolerance(want: Expected) -> float:
    return want.get("tolerance", HEARD)


def verdicts(want: Expected) -> list[str]:
    verdict = want["verdict"]
    return [verdict] if isinstance(verdict, str) else verdict


def test_every_trace_has_its_expectation() -> None:
    found = [str(file.relative_to(TRACES).with_suffix("")) for file in TRACES.glob("*/*.jsonl")]
    assert sorted(found) == sorted(EXPECTED)


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_trace_gives_the_plays_that_were_heard(name: str) -> None:
    plays, expected = plays_of(name), EXPECTED[name]
    assert_heard(plays, expected)
    for play, want in zip(plays, expected, strict=True):
        assert play.verdict in verdicts(want), play.reason


@pytest.mark.parametrize("name", list(EXPECTED))
def test_no_verdict_hangs_on_the_tolerance(name: str) -> None:
    for play, want in zip(plays_of(name), EXPECTED[name], strict=True):
        if verdicts(want) in (["counted"], ["not_heard"]):
            assert abs(want["heard"] - play.needed) > tolerance(want), want["title"]
        else:
            assert verdicts(want) == ["no_tags"] or "why" in want


@pytest.mark.parametrize("name", list(EXPECTED))
def test_at_threshold_100_the_plays_are_the_same(name: str) -> None:
    assert_heard(plays_of(name, 100), EXPECTED[name])


# After 12 of 45 s a jump back to the beginning is a replay where 25 % are enough.
SOUGHT_BACK = {f"{player}/c-seek" for player in ("audacious", "mpv", "strawberry", "vlc")}


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - SOUGHT_BACK))
def test_at_threshold_25_the_plays_are_the_same(name: str) -> None:
    assert_heard(plays_of(name, 25), EXPECTED[name])


WHOLE = [name for name in EXPECTED if name.endswith(("/m-same-twice", "/l-list-end"))]


@pytest.mark.parametrize("name", WHOLE)
def test_a_track_played_to_its_end_counts_at_threshold_100(name: str) -> None:
    whole = [want["heard"] > 7.0 for want in EXPECTED[name]]  # of 8 s
    assert [play.verdict is Verdict.COUNTED for play in plays_of(name, 100)] == whole


# -- the command ----------------------------------------------------------------------------------


def scrobblerd(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrobblerd", "replay", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["replay", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_is_a_list_of_plays_with_these_keys() -> None:
    done = scrobblerd(str(trace("mpv/p-two")), *SHORT, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    plays = json.loads(done.stdout)
    assert plays == [as_json(play) for play in plays_of("mpv/p-two")]
    assert [{key: type(value) for key, value in play.items()} for play in plays] == [
        {
            "player": str,
            "artist": str,
            "title": str,
            "album": str,
            "start": float,
            "heard": float,
            "needed": float,
            "verdict": str,
            "reason": str,
            "code": str,
            "detail": str,
            "rule": str,
        }
    ] * 2


def test_json_keeps_every_script_readable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(trace("cmus/j-unicode")), "--json"]) == 0
    assert "椎名林檎" in capsys.readouterr().out


def test_text_is_a_line_a_play() -> None:
    done = scrobblerd(str(trace("vlc/l-list-end")), *SHORT)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.split()[1:5] == ["s", "vlc", "counted", "Short"]
    assert first.endswith("Short Eight – Loop Artist: heard 0:08 of 0:08, needed 0:04")
    assert second.endswith(
        "Short Eight – Loop Artist: heard 0:02 of 0:04 needed; the track is 0:08 long"
    )
    assert "not_heard" in second


def test_text_says_what_a_play_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(trace("vlc/i-untagged"))]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("(no title) – (no artist): the player gave no title")
    assert second.endswith(
        "Delta Forty-Five – Lab Artist: heard 0:04 of 0:30 needed; the track is 0:45 long"
    )


def test_a_trace_without_plays_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "nobody.jsonl"
    file.write_text(HEADER, "utf-8")
    assert main(["replay", str(file)]) == 0
    assert capsys.readouterr().out == "no plays\n"
    assert printed(capsys, str(file)) == []


VERDICTS: dict[tuple[str, ...], list[str]] = {
    (): ["too_short", "too_short"],
    ("--minimum-track-seconds", "11"): ["too_short", "not_heard"],
    ("--minimum-track-seconds", "1"): ["not_heard", "not_heard"],
    SHORT: ["counted", "counted"],
    (*SHORT, "--threshold", "50"): ["counted", "counted"],
    (*SHORT, "--threshold", "80"): ["counted", "not_heard"],
    (*SHORT, "--minimum-seconds", "8"): ["counted", "not_heard"],
}


@pytest.mark.parametrize("options", VERDICTS, ids=" ".join)
def test_options_change_the_verdicts(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """10.0 of 10 s, then 6.9 of 12 s."""
    plays = printed(capsys, str(trace("chromium/a-natural")), *options)
    assert [play["verdict"] for play in plays] == VERDICTS[options]


def test_a_configuration_that_is_named_gives_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[scrobble]\nminimum_track_seconds = 11\n")
    replay = ["--config", str(config), "replay", str(trace("chromium/a-natural")), "--json"]
    assert main(replay) == 0
    plays = json.loads(capsys.readouterr().out)
    assert [play["verdict"] for play in plays] == ["too_short", "not_heard"]


@pytest.mark.parametrize(("threshold", "needed"), [("-5", 11.25), ("80", 36.0), ("500", 45.0)])
def test_a_threshold_is_moved_into_its_range(
    threshold: str, needed: float, capsys: pytest.CaptureFixture[str]
) -> None:
    (play,) = printed(capsys, str(trace("mpv/g-quit")), *SHORT, "--threshold", threshold)
    assert play["needed"] == needed


# -- broken files ---------------------------------------------------------------------------------

HEADER = '{"t": 0.0, "type": "header", "format": 1}\n'
SIGNAL = (
    '"t": 1.0, "type": "signal", "interface": "org.freedesktop.DBus.Properties",'
    ' "member": "PropertiesChanged"'
)
BROKEN = {
    "a file with nothing in it": "",
    "an empty line": "\n",
    "words": HEADER + "hello\n",
    "a list": HEADER + "[]\n",
    "a line cut short": HEADER + '{"t": 1.0, "type": "no',
    "no header": '{"t": 0.0, "type": "note", "text": "start"}\n',
    "another format": HEADER.replace("1}", "2}"),
    "no time": HEADER + '{"type": "note"}\n',
    "a time in words": HEADER + '{"t": "noon", "type": "note"}\n',
    "a time that is no number": HEADER + '{"t": NaN, "type": "note"}\n',
    "no type": HEADER + '{"t": 1.0}\n',
    "a wall clock in words": HEADER.replace("1}", '1, "wall": "noon"}'),
    "a signal without a body": HEADER + f'{{{SIGNAL}, "sender": ":1.4"}}\n',
    "a signal without a sender": HEADER + f'{{{SIGNAL}, "body": ["", {{}}, []]}}\n',
    "a signal whose body is short": HEADER + f'{{{SIGNAL}, "sender": ":1.4", "body": []}}\n',
    "an empty answer": HEADER
    + '{"t": 1.0, "type": "method_return", "sender": ":1.4", "body": [],'
    + ' "in_reply_to": "GetAll(org.mpris.MediaPlayer2.Player)"}\n',
    "brackets without end": HEADER + "[" * 100_000 + "\n",
}


def assert_one_clear_line(status: int, said: str, file: Path) -> None:
    assert status != 0
    assert said.startswith(f"scrobblerd: {file}: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_file_gives_one_clear_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(BROKEN[name], "utf-8")
    status = main(["replay", str(file)])
    output = capsys.readouterr()
    assert output.out == ""
    assert_one_clear_line(status, output.err, file)


def test_the_clear_line_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text(HEADER + '{"t": 1.0, "type": "note"}\nhello\n', "utf-8")
    main(["replay", str(file)])
    assert "line 3" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x01"], ids=["missing", "binary"])
def test_a_file_that_cannot_be_read_gives_one_clear_line(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "broken.jsonl"
    if content is not None:
        file.write_bytes(content)
    done = scrobblerd(str(file))
    assert done.stdout == ""
    assert_one_clear_line(done.returncode, done.stderr, file)
