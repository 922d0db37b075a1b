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
    "timestamp": 1_790_000_000,
    "duration": 0,
}


def write(path: Path, content: str = "new\r\n") -> str:
    """What is reported of a file that is written."""
    out = io.StringIO()
    files.write(Screen(out), str(path), content, "it")
    return out.getvalue()


def test_a_new_file_has_the_usual_mode_and_an_old_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "夜 file"
    umask = os.umask(0o027)
    try:
        assert write(path) == f"Wrote it to {path}\n"
    finally:
        os.umask(umask)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new\r\n", 0o640)
    write(path, "newer")
    assert path.read_text() == "newer"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write(link)
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new\r\n")


@pytest.mark.parametrize("name", ["no/folder", "", "/dev/full"])
def test_what_can_not_be_written_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure, match="can't be written: "):
        write(tmp_path / name)
    assert list(tmp_path.rglob("*")) == []


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
            "additional_info": {"media_player": "scrobblerd", "submission_client": "scrobblerd"},
        },
    }
