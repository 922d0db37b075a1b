"""What users reported of players and scrobblers, made into traces: what counts of each."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict, cast

import pytest

from scrobblerd.config.loader import load
from scrobblerd.core.model import Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.traces.replay import Replay, read
from tests.support.paths import TESTS

REPORTS = TESTS / "traces" / "reports"


class Report(TypedDict):
    """What happens in a trace, and what counts of it: artist, title, how many times."""

    about: str
    config: str
    scrobbles: list[tuple[str, str, int]]


EXPECTED = cast("dict[str, Report]", json.loads((REPORTS / "expected.json").read_text("utf-8")))


Line = dict[str, Any]


def counted(name: str, folder: Path, lines: Iterable[Line]) -> dict[tuple[str, str], int]:
    """How many times each song counts."""
    config = folder / "config.toml"
    config.write_text(EXPECTED[name]["config"], encoding="utf-8")
    plays = Replay(lines, load(config, {}).rules).run()
    tracks = [play.track for play in plays if play.verdict is Verdict.COUNTED]
    return Counter((track.artist, track.title) for track in tracks)


def test_every_report_has_its_expectation() -> None:
    assert {file.stem for file in REPORTS.glob("*.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_reported_trace_counts_what_was_heard(name: str, tmp_path: Path) -> None:
    assert counted(name, tmp_path, read(REPORTS / f"{name}.jsonl")) == wanted(name)


def wanted(name: str) -> dict[tuple[str, str], int]:
    """How many times each song was heard."""
    return {(artist, title): times for artist, title, times in EXPECTED[name]["scrobbles"]}


def test_samples_are_of_the_player_that_comes_back_as_another_owner(tmp_path: Path) -> None:
    name = "pause-leaves-the-bus"
    lines = list(read(REPORTS / f"{name}.jsonl"))
    left = next(number for number, line in enumerate(lines) if _leaves(line))
    again = [json.loads(json.dumps(line).replace(":1.5", ":1.9")) for line in lines[left + 1 :]]
    for answer in (line for line in again if line["type"] == "method_return"):
        del answer["body"][0]["Position"]
    assert counted(name, tmp_path, [*lines[: left + 1], *again]) == wanted(name)


def test_a_sample_without_metadata_has_that_of_the_one_before() -> None:
    lines = list(read(REPORTS / "pause-leaves-the-bus.jsonl"))
    back = max(n for n, line in enumerate(lines) if line.get("member") == "NameOwnerChanged")
    sample = next(line for line in lines[back:] if line["type"] == "sample")
    assert "Metadata" not in sample
    lines.insert(back + 1, sample | {"t": lines[back]["t"]})
    assert [play.heard for play in Replay(lines, Rules()).run()] == [pytest.approx(900, abs=3)]


def _leaves(line: Line) -> bool:
    return line.get("member") == "NameOwnerChanged" and not line["body"][2]


def test_a_loop_is_known_by_its_signals_if_nothing_was_sampled(tmp_path: Path) -> None:
    name = "guard-loop-one"
    lines = [line for line in read(REPORTS / f"{name}.jsonl") if line["type"] != "sample"]
    assert counted(name, tmp_path, lines) == wanted(name)


def test_a_change_that_a_status_alone_tells_is_in_the_next_sample() -> None:
    name = "guard-tags-edited"
    lines = list(read(REPORTS / f"{name}.jsonl"))
    told = next(line for line in lines if line["t"] > 1 and "Metadata" in str(line.get("body")))
    other = told["body"][1].pop("Metadata")
    other["data"] |= {
        "xesam:title": {"type": "s", "data": "Another"},
        "xesam:url": {"type": "s", "data": "file:///music/b.flac"},
    }
    told["body"][1] = {"PlaybackStatus": {"type": "s", "data": "Playing"}}
    for line in lines:
        if "Metadata" in line and line["t"] > told["t"]:
            line["Metadata"] = other
    plays = Replay(lines, Rules()).run()
    assert [(play.track.title, round(play.start.mono)) for play in plays] == [
        ("Fern", 1),
        ("Another", 61),
    ]


# -- samples taken at other moments ---------------------------------------------------------------


def sampled(lines: list[Line], every: float, first: float) -> list[Line]:
    """The trace as if Position had been polled at other moments."""
    samples = [line for line in lines if line["type"] == "sample"]
    others = [line for line in lines if line["type"] != "sample"]
    times = [line["t"] for line in samples]
    last_told: dict[str, Any] = {}
    for line in samples:
        last_told |= {"Metadata": line["Metadata"]} if "Metadata" in line else {}
        line.setdefault("Metadata", last_told.get("Metadata"))
    count = int((times[-1] - first) / every) if times else 0
    moments = [first + every * number for number in range(count)]
    edges = [line["t"] for line in others]
    between = [sample_at(samples, times, edges, t) for t in moments]
    return sorted([*others, *between], key=lambda line: line["t"])


def sample_at(samples: list[Line], times: list[float], edges: list[float], t: float) -> Line:
    """What would have been polled at second `t`. After a signal it is as in the next sample.
    Position lies between those before and after if it ran; if it jumped, it ran to the latter."""
    after = min(len(samples) - 1, bisect_right(times, t))
    before = max(0, after - 1)
    told = [edge for edge in edges if times[before] < edge <= times[after]]
    one, other = samples[before], samples[after]
    passed, part = times[after] - times[before], t - times[before]
    begin, end = one["Position"]["data"], other["Position"]["data"]
    position = begin + (end - begin) * part / passed if passed else end
    if not 0 <= end - begin <= passed * 2.2e6:
        start = end - (times[after] - t) * 1e6
        has_jumped = t >= told[0] if told else start >= 0
        ran = one["PlaybackStatus"]["data"] == "Playing"
        position = max(0.0, start) if has_jumped else begin + ran * part * 1e6
    polled = other if told and t >= told[0] else one
    values = {key: value for key, value in polled.items() if value is not None}
    return values | {"t": t, "Position": one["Position"] | {"data": int(position)}}


@pytest.mark.parametrize("every", [0.25, 0.5, 0.77, 1.0])
@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.startswith("double-")])
def test_samples_taken_at_other_moments_give_the_same_verdicts(
    name: str, every: float, tmp_path: Path
) -> None:
    lines = list(read(REPORTS / f"{name}.jsonl"))
    assert counted(name, tmp_path, sampled(lines, every, first=0.3)) == wanted(name)
