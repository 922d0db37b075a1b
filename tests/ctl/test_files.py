"""Files for the user: whole or not at all, and what stands in them."""

import csv
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.ctl.display import files
from scrobblerd.ctl.display.screen import Screen
from scrobblerd.ctl.errors import Failure

ROW: dict[str, Any] = {
    "id": 7,
    "artist": "Mira Holt",
    "track": "Fern, \u202e",
    "album": "",
    "album_artist": "",
    "player": "mpv",
    "timestamp": 1_790_000_000,
    "duration": 0,
}


def write(path: Path, content: str = "new\r\n", force: bool = False) -> str:
    """What is reported of a file that is written."""
    out = io.StringIO()
    files.Target(str(path), force).write(Screen(out), content, "it")
    return out.getvalue()


def test_a_new_file_has_the_usual_mode_and_an_old_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "夜 file"
    umask = os.umask(0o027)
    try:
        assert write(path) == f"Wrote it to {path}\n"
    finally:
        os.umask(umask)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new\r\n", 0o640)
    path.chmod(0o600)
    write(path, "newer", force=True)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("newer", 0o600)


def test_a_file_that_is_there_stays_unless_it_may_go(tmp_path: Path) -> None:
    path, link = tmp_path / "kept.csv", tmp_path / "link"
    path.write_text("old")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(Failure, match="is there already; --force replaces it"):
            files.Target(str(name), force=False)
    assert path.read_text() == "old"


def test_a_file_that_comes_meanwhile_stays_too(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    target = files.Target(str(path), force=False)
    path.write_text("old")
    with pytest.raises(Failure, match="is there already"):
        target.write(Screen(io.StringIO()), "new", "it")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]


def test_a_pipe_and_what_the_shell_has_opened_are_written_to(tmp_path: Path) -> None:
    pipe, opened = tmp_path / "pipe", tmp_path / "opened"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(pipe)
    assert os.read(reader, 100) == b"new\r\n"
    os.close(reader)
    with opened.open("w") as file:
        file.write("before\n")
        file.flush()
        write(Path(f"/dev/fd/{file.fileno()}"))
    assert opened.read_bytes() == b"before\nnew\r\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write(link, force=True)
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new\r\n")


def test_a_link_to_nothing_yet_is_filled(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write(link)
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new\r\n")


@pytest.mark.parametrize("name", ["no/folder", "", "/dev/full"])
def test_what_can_not_be_written_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure, match="can't be written: "):
        write(tmp_path / name)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("given", "name", "kind"),
    [
        (None, "x.csv", "csv"),
        (None, "X.JSON", "json"),
        (None, "a.csv/x.jsonl", "listens"),
        (None, "x.csv.ndjson", "listens"),
        (None, "plain", "json"),
        (None, ".csv", "json"),
        (None, "-", "json"),
        (None, "/dev/stdout", "json"),
        ("csv", "-", "csv"),
        ("csv", "x.csv", "csv"),
        ("csv", "plain", "csv"),
        ("csv", "x.txt", "csv"),
        ("listens", "x.2026", "listens"),
    ],
)
def test_a_format_is_known_by_the_ending(given: str | None, name: str, kind: str) -> None:
    assert files.format_by_ending(given, name, files.QUEUE_FORMATS) == kind


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        ("json", "x.csv", "x.csv is the name of a csv file, but its format is json; end it in"),
        ("csv", "x.html", "x.html is the name of a html file, but its format is csv"),
        ("html", "x.json", "end it in .html"),
        (None, "x.txt", "x.txt: no format here ends in .txt; end it in .json or .csv or .jsonl"),
        (None, "x.m3u8", "no format here ends in .m3u8"),
        (None, "x.csv.gz", "no format here ends in .gz"),
    ],
)
def test_an_ending_that_does_not_fit_is_said(given: str | None, name: str, words: str) -> None:
    with pytest.raises(Failure) as refused:
        files.format_by_ending(given, name, files.QUEUE_FORMATS)
    assert words in str(refused.value)
    assert refused.value.status == 2


def test_a_queue_of_nothing_is_a_file_all_the_same() -> None:
    texts = {name: write([]) for name, write in files.QUEUE_FORMATS.items()}
    assert texts == {"json": "[]\n", "csv": "id\r\n", "listens": ""}


def test_the_queue_is_written_in_each_format() -> None:
    assert json.loads(files.as_json([ROW, ROW])) == [ROW, ROW]
    assert "\u202e" not in files.as_json([ROW])
    [row] = csv.DictReader(io.StringIO(files.as_csv([ROW]), newline=""))
    assert row == {name: str(value) for name, value in ROW.items()}
    assert json.loads(files.as_listens([ROW])) == {
        "listened_at": 1_790_000_000,
        "track_metadata": {
            "artist_name": "Mira Holt",
            "track_name": ROW["track"],
            "additional_info": {"media_player": "mpv", "submission_client": "scrobblerd"},
        },
    }
