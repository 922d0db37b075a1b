"""The daemon's own TOML files: read forgivingly, written whole or not at all, for the user only."""

import os
import resource
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.config.toml_file import read, write
from scrobblerd.core.errors import FixTheFile, StoreFailed

OLD = {"username": "quiet_otter", "token_at": 1.5}
NEW = {"username": '夜 "\\\n', "session_key": "Zq7_kP2-", "enabled": True, "count": 7}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is to be."""
    return tmp_path / "session.toml"


@contextmanager
def full_disk() -> Generator[None]:
    """No file can grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def unprivileged() -> Generator[None]:
    """Not root, who may read every file."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


# Reading


def test_missing_file_holds_nothing(path: Path):
    assert read(path) == {}


@pytest.mark.parametrize("values", [{}, OLD, NEW])
def test_what_was_written_is_read(path: Path, values: dict[str, Any]):
    write(path, values)
    assert read(path) == values


BROKEN = [
    *(b"a = ", b"[a", b"a = 1\na = 2", b"a = '\xff'"),
    *(b"a = " + b"1" * 5000, b"a = " + b"[" * 5000),
]


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_broken_file_must_be_mended(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(FixTheFile) as raised:
        read(path)
    words = str(raised.value)
    assert words.startswith(f"{path}: ")
    assert words.endswith("; mend or remove it")


def test_secret_in_a_broken_file_is_not_told(path: Path):
    path.write_text('session_key = "Zq7_kP2-\n')
    with pytest.raises(FixTheFile) as raised:
        read(path)
    assert "Zq7_kP2-" not in str(raised.value)


def test_path_that_can_not_be_opened_must_be_mended(path: Path):
    path.symlink_to(path)
    with pytest.raises(FixTheFile, match=r"session\.toml: can't be read \(.+\); mend"):
        read(path)


def test_folder_in_its_place_must_be_mended(path: Path):
    path.mkdir()
    with pytest.raises(FixTheFile, match=r"session\.toml: must be a file"):
        read(path)


def test_what_would_hang_or_has_no_end_must_be_mended(path: Path):
    os.mkfifo(path)
    with pytest.raises(FixTheFile, match=r"session\.toml: must be a file"):
        read(path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(FixTheFile, match=r"session\.toml: must be a file"):
        read(path)
    path.unlink()
    path.write_text("# \n" * 100_000)
    with pytest.raises(FixTheFile, match="is larger than 256 KB"):
        read(path)


def test_file_without_permission_must_be_mended(path: Path):
    write(path, OLD)
    path.chmod(0)
    with unprivileged(), pytest.raises(FixTheFile, match=r"can't be read \(Permission denied\)"):
        read(path)


@pytest.mark.parametrize("content", [b"a = 1\r\nb = 'x'\r\n", b"\xef\xbb\xbfa = 1\nb = 'x'"])
def test_what_editors_of_other_systems_write_is_read(path: Path, content: bytes):
    path.write_bytes(content)
    assert read(path) == {"a": 1, "b": "x"}


# Writing


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_file_is_for_its_owner_only(path: Path, umask: int):
    before = os.umask(umask)
    try:
        write(path, OLD)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_that_others_could_read_becomes_its_owners_only(path: Path):
    path.write_text("")
    path.chmod(0o644)
    write(path, OLD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_else_stays_in_the_folder(path: Path):
    write(path, OLD)
    write(path, NEW)
    assert list(path.parent.iterdir()) == [path]
    assert read(path) == NEW


def test_reader_who_has_the_old_file_open_keeps_it_whole(path: Path):
    write(path, OLD)
    with path.open(encoding="utf-8") as reader:
        write(path, NEW)
        assert "quiet_otter" in reader.read()


@pytest.mark.parametrize("left_over", ["half a file", ""])
def test_what_a_crash_left_over_is_replaced(path: Path, left_over: str):
    beside = path.with_name("session.toml.new")
    beside.write_text(left_over)
    beside.chmod(0o666)
    write(path, NEW)
    assert read(path) == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not beside.exists()


def test_old_content_survives_a_write_that_fails(path: Path):
    write(path, OLD)
    with full_disk(), pytest.raises(StoreFailed, match=r"session\.toml: can't be written \("):
        write(path, NEW)
    assert read(path) == OLD
    write(path, NEW)
    assert read(path) == NEW


def test_old_content_survives_values_that_are_no_toml(path: Path):
    write(path, OLD)
    with pytest.raises(TypeError):
        write(path, {"username": object()})
    assert read(path) == OLD


def test_folder_that_is_not_there_is_told(path: Path):
    with pytest.raises(StoreFailed, match=r"can't be written \(No such file or directory\)"):
        write(path.parent / "nowhere" / "session.toml", OLD)


def test_what_stands_in_the_way_is_told(path: Path):
    path.mkdir()
    with pytest.raises(StoreFailed, match="can't be written"):
        write(path, OLD)
    assert path.is_dir()
