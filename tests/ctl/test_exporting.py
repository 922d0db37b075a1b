"""scrobblerctl export: the history as a file of another program's format."""

import csv
import io
import json
from pathlib import Path

import pytest

from scrobblerd.ctl.arguments.transfer import HISTORY_FORMATS
from scrobblerd.history_files.writing import WRITERS
from tests.support.daemon_bench import Bench
from tests.support.rows import put
from tests.support.scrobblerctl import NASTY, QUICK, refused, said

DAEMON = {"tables": QUICK}
START = 1_790_000_000


def some_plays(bench: Bench, number: int = 3) -> None:
    """Plays, the last of which did not count."""
    plays = [
        {"title": f"T{n}", "start": START + 300 * n, "album": "Tidewater"} for n in range(number)
    ]
    plays.append({"title": "Moss", "start": START, "verdict": "not_heard"})
    put(bench.daemon.database, "plays", *plays)


def test_each_format_that_is_named_can_be_written() -> None:
    assert {*HISTORY_FORMATS} == {*WRITERS}


def test_all_that_counted_is_written_in_each_format(bench: Bench, tmp_path: Path) -> None:
    some_plays(bench)
    log, table = tmp_path / ".scrobbler.log", tmp_path / "plays.csv"
    assert said(bench, "export", "-o", str(log)) == f"Wrote 3 plays to {log}\n"
    lines = log.read_text(encoding="utf-8").splitlines()
    assert (lines[0], len(lines)) == ("#AUDIOSCROBBLER/1.1", 6)
    assert lines[3] == f"Mira Holt\tTidewater\tT0\t\t215\tL\t{START}\t"
    said(bench, "export", "--output", str(table))
    with table.open(encoding="utf-8", newline="") as file:
        assert [row["track"] for row in csv.DictReader(file)] == ["T0", "T1", "T2"]
    ours = [json.loads(line) for line in said(bench, "export").splitlines()]
    assert [play["timestamp"] - START for play in ours] == [0, 300, 600]
    listens = said(bench, "export", "--format", "listenbrainz").splitlines()
    assert json.loads(listens[2])["track_metadata"]["track_name"] == "T2"


def test_its_file_is_named_as_that_of_other_exports_too(bench: Bench, tmp_path: Path) -> None:
    some_plays(bench)
    for number, arguments in enumerate((("--since", "2026"), ("--force",), ())):
        table = tmp_path / f"{number}.csv"
        assert said(bench, "export", *arguments, str(table)) == f"Wrote 3 plays to {table}\n"
        assert table.read_text(encoding="utf-8").startswith("uts,")
        words = refused(bench, 1, "export", str(table), "--since", "2026")
        assert words.endswith("is there already; --force replaces it\n")
    words = refused(bench, 2, "export", "x.csv", "-o", "y.csv")
    assert "not allowed with argument" in words


def test_only_some_of_it_is_written(bench: Bench) -> None:
    some_plays(bench)
    options = ("--since", "2026-09-21 14:18", "--until", "2026-09-21 14:20")
    [line] = said(bench, "export", *options, env={"TZ": "UTC"}).splitlines()
    assert json.loads(line)["track"] == "T1"
    words = refused(bench, 2, "export", "--since", "today", "--until", "yesterday")
    assert "--until must be later than --since" in words


def test_more_than_a_page_is_written(bench: Bench) -> None:
    some_plays(bench, 1203)
    tracks = [json.loads(line)["track"] for line in said(bench, "export").splitlines()]
    assert tracks == [f"T{n}" for n in range(1203)]


def test_an_empty_history_is_an_empty_file(bench: Bench, tmp_path: Path) -> None:
    assert said(bench, "export") == ""
    [heading] = csv.reader(io.StringIO(said(bench, "export", "--format", "csv")))
    assert heading[0] == "uts"
    target = tmp_path / "none.jsonl"
    assert said(bench, "export", "-o", str(target)) == f"Wrote 0 plays to {target}\n"
    assert target.read_bytes() == b""


def test_a_file_that_is_there_stays(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "mine.jsonl"
    target.write_text("mine")
    assert "--force replaces it" in refused(bench, 1, "export", "-o", str(target))
    assert target.read_text() == "mine"
    assert said(bench, "export", "-o", str(target), "--force").startswith("Wrote 0 plays")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("plays.txt", (), "no format here ends in .txt"),
        ("plays.csv", ("--format", "scrobbler-log"), "end it in .log"),
    ],
)
def test_a_name_says_the_format(
    bench: Bench, tmp_path: Path, name: str, options: tuple[str, ...], words: str
) -> None:
    assert words in refused(bench, 2, "export", "-o", str(tmp_path / name), *options)


@pytest.mark.parametrize("kind", ["jsonl", "listenbrainz"])
def test_what_a_terminal_obeys_is_not_written(bench: Bench, kind: str) -> None:
    put(bench.daemon.database, "plays", {"title": NASTY, "artist": "\u2028Mira"})
    [line] = said(bench, "export", "--format", kind).splitlines()
    assert json.loads(line)
