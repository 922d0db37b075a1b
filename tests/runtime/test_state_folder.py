"""The state folder: the user's alone, and held by one process."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from scrobblerd.core.errors import AlreadyRunning, FixTheFile, StoreFailed
from scrobblerd.runtime.state_folder import state_folder
from tests.conftest import require


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(folder: Path) -> str:
    """Why it is refused, in one line that names it."""
    with pytest.raises(FixTheFile) as raised, state_folder(folder):
        pass
    words = str(raised.value)
    assert words.startswith(f"{folder} ")
    assert "\n" not in words
    return words


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_it_is_made_for_the_user_alone_and_so_is_what_is_missing_above(
    tmp_path: Path, umask: int
) -> None:
    folder = tmp_path / "state" / "deep" / "scrobblerd"
    before = os.umask(umask)
    try:
        with state_folder(folder):
            found = [mode(path) for path in (folder, *folder.parents[:2], folder / "lock")]
    finally:
        os.umask(before)
    assert found == [0o700, 0o700, 0o700, 0o600]


@pytest.mark.parametrize("wrong", [0o755, 0o777, 0o1777, 0o000, 0o500, 0o711])
def test_other_rights_are_mended_and_told(
    tmp_path: Path, wrong: int, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "scrobblerd"
    folder.mkdir()
    folder.chmod(wrong)
    with state_folder(folder):
        assert mode(folder) == 0o700
    [told] = caplog.messages
    assert told.startswith(f"{folder} had the mode {wrong:o}: ")


def test_what_is_above_it_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with state_folder(tmp_path / "scrobblerd"):
        assert mode(tmp_path) == 0o755


@pytest.mark.parametrize("target", ["folder", "nothing", "file"])
def test_a_link_is_refused_and_what_it_shows_stays_as_it_is(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir(mode=0o755)
    (tmp_path / "file").touch(mode=0o644)
    folder = tmp_path / "scrobblerd"
    folder.symlink_to(tmp_path / target)
    assert "not a link" in refusal(folder)
    assert mode(tmp_path / "folder") == 0o755
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_link_above_it_is_fine(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "elsewhere")
    with state_folder(tmp_path / "state" / "scrobblerd"):
        assert mode(tmp_path / "elsewhere" / "scrobblerd") == 0o700


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scrobblerd").touch()
    assert "or a file" in refusal(tmp_path / "scrobblerd")


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "scrobblerd"
    folder.mkdir(mode=0o700)
    (folder / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreFailed, match="can't be used"), state_folder(folder):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    require(os.geteuid() == 0, "giving a folder away needs root")
    folder = tmp_path / "scrobblerd"
    folder.mkdir(mode=0o755)
    os.chown(folder, 65_534, 65_534)
    assert "belongs to another user" in refusal(folder)
    assert mode(folder) == 0o755


def test_the_lock_says_who_holds_it_and_on_which_bus(tmp_path: Path) -> None:
    folder = tmp_path / "scrobblerd"
    with state_folder(folder) as lock:
        assert (folder / "lock").read_text() == f"{os.getpid()} \n"
        for address in ("unix:path=/a", "unix:path=/b;long", "unix:path=/c"):
            lock.tell(address)
            with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}, .*{address}\)"):
                state_folder(folder).__enter__()
    assert (folder / "lock").read_text() == ""


@pytest.mark.parametrize("content", [b"", b"x", b"\xff", b"12x unix:path=/a", b"-5 unix:path=/a"])
def test_a_lock_that_says_nothing_is_a_lock(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "scrobblerd"
    with state_folder(folder):
        (folder / "lock").write_bytes(content)
        with pytest.raises(AlreadyRunning, match=r"uses .* already$"):
            state_folder(folder).__enter__()


def test_one_process_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "scrobblerd"
    code = (
        "import sys, pathlib; from scrobblerd.runtime.state_folder import state_folder\n"
        "with state_folder(pathlib.Path(sys.argv[1])): pass"
    )
    with state_folder(folder), pytest.raises(AlreadyRunning), state_folder(folder):
        pass
    with state_folder(folder):
        other = subprocess.run(
            [sys.executable, "-c", code, folder], stderr=subprocess.PIPE, text=True, check=False
        )
    assert "AlreadyRunning" in other.stderr
    assert subprocess.run([sys.executable, "-c", code, folder], check=True)
