"""ScanLibrary where it can't be done, or could go wrong."""

import sys
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.scrobbler import Scrobbler
from scrobblerd.config.source import ConfigSource
from scrobblerd.core.errors import ServiceFailed
from scrobblerd.core.publisher import Publisher
from scrobblerd.library.scanner import Scanner
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from tests.support.config_samples import config
from tests.support.daemon_bench import running
from tests.support.music_files import plain


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A music folder."""
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


class Furnished(Daemon):
    """A daemon that may find Python modules in its home."""

    def env(self) -> dict[str, str]:
        """The environment."""
        return super().env() | {"PYTHONPATH": str(self.home)}


async def refused(daemon: Daemon, bus: PrivateBus) -> tuple[str, str]:
    """The error of a scan."""
    with daemon:
        async with await connect(bus.address) as connection:
            found = await (await Scrobbler.start(connection)).refused("ScanLibrary")
    assert "Traceback" not in daemon.log
    return found


async def refused_with(mutagen: str, home: Path, music: Path) -> tuple[str, str]:
    """The error of a scan that finds a mutagen of this source."""
    (home / "mutagen.py").write_text(mutagen)
    plain(music / "x.mp3")
    with PrivateBus() as bus:
        tables = {"library": {"folders": [str(music)]}}
        return await refused(Furnished(bus, None, home, tables), bus)


async def test_without_a_folder_it_says_where_to_name_one(tmp_path: Path) -> None:
    with PrivateBus() as bus:
        name, words = await refused(Daemon(bus, None, tmp_path), bus)
    assert name == "InvalidArgument"
    assert "[library] folders" in words


async def test_without_mutagen_it_says_what_to_install(tmp_path: Path, music: Path) -> None:
    missing = "raise ImportError(\"No module named 'mutagen'\")\n"
    name, words = await refused_with(missing, tmp_path, music)
    assert name == "Service"
    assert "the Python package mutagen is missing" in words
    assert "-m pip install mutagen" in words
    assert "\n" not in words
    assert str(tmp_path) not in words


async def test_a_process_that_ends_in_the_middle_of_a_line_is_told_in_words(
    tmp_path: Path, music: Path
) -> None:
    killed = 'import os\nos.write(1, b\'{"files": [{"url"\')\nos._exit(9)\n'
    name, words = await refused_with(killed, tmp_path, music)
    assert name == "Service"
    assert "it ended early" in words


async def test_where_no_process_can_be_started_it_says_so(
    tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    database = await Database.open(tmp_path / "scrobblerd.db")
    source = ConfigSource(config(tmp_path, library_folders=(str(music),)))
    scanner = Scanner(LibraryStore(database), source, Publisher())
    with pytest.raises(ServiceFailed, match="No such file"):
        await scanner.scan()
    await database.close()


async def test_a_file_in_the_folder_where_it_was_started_is_not_taken_for_a_module(
    tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mutagen.py").write_text("raise ImportError('some file of the user')\n")
    monkeypatch.chdir(tmp_path)
    plain(music / "x.mp3")
    with running(tmp_path, tables={"library": {"folders": [str(music)]}}) as bench:
        async with await connect(bench.bus.address) as connection:
            [figures] = await (await Scrobbler.start(connection)).call("ScanLibrary")
    assert figures["added"] == 1
