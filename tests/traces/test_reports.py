"""What users reported of players and scrobblers, made into traces: what counts of each."""

import json
from collections import Counter
from pathlib import Path
from typing import TypedDict, cast

import pytest

from scrobblerd.config.loader import load
from scrobblerd.core.model import Verdict
from scrobblerd.traces.replay import Replay, read
from tests.support.paths import TESTS

REPORTS = TESTS / "traces" / "reports"


class Report(TypedDict):
    """What happens in a trace, and what counts of it: artist, title, how many times."""

    about: str
    config: str
    scrobbles: list[tuple[str, str, int]]


EXPECTED = cast("dict[str, Report]", json.loads((REPORTS / "expected.json").read_text("utf-8")))


def counted(name: str, folder: Path) -> dict[tuple[str, str], int]:
    """How many times each song counts."""
    config = folder / "config.toml"
    config.write_text(EXPECTED[name]["config"], encoding="utf-8")
    plays = Replay(read(REPORTS / f"{name}.jsonl"), load(config, {}).rules).run()
    tracks = [play.track for play in plays if play.verdict is Verdict.COUNTED]
    return Counter((track.artist, track.title) for track in tracks)


def test_every_report_has_its_expectation() -> None:
    assert {file.stem for file in REPORTS.glob("*.jsonl")} == set(EXPECTED)


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_reported_trace_counts_what_was_heard(name: str, tmp_path: Path) -> None:
    expected = {(artist, title): times for artist, title, times in EXPECTED[name]["scrobbles"]}
    assert counted(name, tmp_path) == expected
