"""ScanLibrary: music folders, brought into the library of a daemon by a process of its own."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
from tests.support.daemon_bench import Bench, running
from tests.support.music_files import make, plain, tag

AT_MOST = 5.0
"""Seconds for a stop, which takes a tenth of one."""

SCAN_SECONDS = 120.0
"""For a scan of thousands of files: it takes seconds, but lets all else on the machine go first."""

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("files", "added", "changed", "unchanged", "removed"), 0),
    **dict.fromkeys(("untagged", "unreadable"), 0),
    "unreadable_files": [],
}


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """The music folder of the bench."""
    folder = tmp_path / "Müsic"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def bench(music: Path, tmp_path: Path) -> Iterator[Bench]:
    """A daemon that knows a music folder, from the user's home."""
    with running(tmp_path, tables={"library": {"folders": ["~/Müsic"]}}) as running_bench:
        yield running_bench


def many(music: Path, count: int) -> None:
    """So many files, each in a folder of a hundred; the same track all of them."""
    first = plain(music / "0.mp3")
    for number in range(1, count):
        folder = music / f"{number // 100}"
        folder.mkdir(exist_ok=True)
        os.link(first, folder / f"{number}.mp3")


def scanning(daemon: Daemon) -> list[int]:
    """The scanning processes of a daemon."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == daemon.pid and b"scrobblerd.library.scan_process" in line:
            found.append(int(process.name))
    return found


async def until(holds: Callable[[], Any], within: float = 10.0) -> Any:
    """What `holds` gives as soon as that is something."""
    async with asyncio.timeout(within):
        while not (found := holds()):  # noqa: ASYNC110 # of another process
            await asyncio.sleep(0.005)
    return found


def alive(pid: int) -> bool:
    """Whether there is still such a process that runs."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def library(daemon: Daemon) -> list[tuple[Any, ...]]:
    """Artist, title, album and length of each track, and how many files it has."""
    query = """SELECT artist, title, album, duration IS NOT NULL, (SELECT count(*) FROM music_files
        WHERE track = library.id) FROM library ORDER BY artist, title"""
    return daemon.rows(query)


# -- figures --------------------------------------------------------------------------------------


async def test_what_lies_in_the_folders_is_in_the_library(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    plain(music / "a.mp3")
    plain(music / "A gain.mp3", title="FERN")
    make(music / "b.flac")
    plain(music / "untagged.mp3", title="", artist="")
    (music / "broken.mp3").write_bytes(b"no")
    (music / "nowhere.ogg").symlink_to("/nonexistent.ogg")
    [figures] = await scrobbler.call("ScanLibrary")
    [broken, nowhere] = sorted(figures.pop("unreadable_files"))
    expected = {"files": 5, "added": 5, "untagged": 1, "unreadable": 2}
    assert figures | {"unreadable_files": []} == NOTHING | expected
    assert "M%C3%BCsic/broken.mp3: " in broken
    assert "nowhere.ogg: No such file" in nowhere
    assert (await scrobbler.call("ScanLibrary"))[0]["untagged"] == 1  # also where nothing changed
    assert [(row[1].lower(), *row[2:]) for row in library(daemon)] == [
        ("fern", "", 1, 2),
        ("夜の港", "Tidewater", 1, 1),
    ]


async def test_a_second_scan_says_what_has_changed(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    for name in ("same", "other", "gone"):
        plain(music / f"{name}.mp3", title=name)
    await scrobbler.call("ScanLibrary")
    tag(music / "other.mp3", {"title": "another"})
    (music / "gone.mp3").unlink()
    plain(music / "new.mp3", title="new")
    [figures] = await scrobbler.call("ScanLibrary")
    expected = {"files": 3, "added": 1, "changed": 1, "unchanged": 1, "removed": 1}
    assert figures == NOTHING | expected
    assert [row[1] for row in library(daemon)] == ["another", "new", "same"]
    assert (await scrobbler.call("ScanLibrary"))[0] == NOTHING | {"files": 3, "unchanged": 3}


async def test_tags_that_were_put_right_are_put_right_in_the_library(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    file = make(music / "x.mp3", {"title": "fern", "artist": "mira holt", "album": "Tidewatr"})
    await scrobbler.call("ScanLibrary")
    tag(file, {"title": "Fern", "artist": "Mira Holt", "album": "Tidewater"})
    await scrobbler.call("ScanLibrary")
    assert library(daemon) == [("Mira Holt", "Fern", "Tidewater", 1, 1)]


async def test_files_that_are_still_unreadable_are_still_told(
    scrobbler: Scrobbler, music: Path
) -> None:
    (music / "broken.mp3").write_bytes(b"no")
    [first] = await scrobbler.call("ScanLibrary")
    [second] = await scrobbler.call("ScanLibrary")
    assert (first["unreadable"], second["unreadable"]) == (1, 1)


async def test_an_empty_folder_is_no_error(scrobbler: Scrobbler) -> None:
    assert await scrobbler.call("ScanLibrary") == [NOTHING]


async def test_of_many_unreadable_files_a_hundred_are_named(
    scrobbler: Scrobbler, music: Path
) -> None:
    for number in range(230):
        (music / f"{number}.mp3").symlink_to("/nonexistent")
    [figures] = await scrobbler.call("ScanLibrary")
    assert (figures["unreadable"], len(figures["unreadable_files"])) == (230, 100)


async def test_names_that_are_not_utf_8_cross_the_bus(scrobbler: Scrobbler, music: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(music) + b"/\xff\xe9\n.mp3"))
    odd.write_bytes(b"\xff\x00no")
    [figures] = await scrobbler.call("ScanLibrary")
    [told] = figures["unreadable_files"]
    assert "/%FF%E9%0A.mp3: " in told


# -- while it runs --------------------------------------------------------------------------------


async def test_progress_is_told_and_the_end(scrobbler: Scrobbler, music: Path) -> None:
    many(music, 250)
    [figures] = await scrobbler.call("ScanLibrary", within=SCAN_SECONDS)
    assert await scrobbler.said("ScanFinished", within=SCAN_SECONDS) == [figures]
    assert await scrobbler.said("ScanProgress", within=SCAN_SECONDS) == [0, 250]
    assert await scrobbler.said("ScanProgress", 100, within=SCAN_SECONDS) == [100, 250]
    assert await scrobbler.said("ScanProgress", 250, within=SCAN_SECONDS) == [250, 250]


async def test_a_second_call_joins_the_scan_under_way(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    many(music, 1000)  # so that it can be held before it is done
    first = asyncio.create_task(scrobbler.call("ScanLibrary", within=SCAN_SECONDS))
    [process] = await until(lambda: scanning(daemon))
    os.kill(process, signal.SIGSTOP)
    second = asyncio.create_task(scrobbler.call("ScanLibrary", within=SCAN_SECONDS))
    await scrobbler.call("GetSettings")  # by now it has arrived
    assert scanning(daemon) == [process]
    os.kill(process, signal.SIGCONT)
    assert await first == await second
    assert await scrobbler.said("ScanFinished", within=SCAN_SECONDS) == await first
    with pytest.raises(TimeoutError):
        await scrobbler.said("ScanFinished", within=0.2)


async def test_a_daemon_stopped_in_mid_scan_leaves_nothing_behind_and_goes_on_later(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    many(music, 3000)
    call = asyncio.create_task(scrobbler.call("ScanLibrary", within=SCAN_SECONDS))
    await scrobbler.said("ScanProgress", 300, within=SCAN_SECONDS)
    [process] = scanning(daemon)
    os.kill(process, signal.SIGSTOP)  # it could not end by itself
    begun = time.monotonic()
    assert await asyncio.to_thread(daemon.stop) == 0
    assert time.monotonic() - begun < AT_MOST
    assert not alive(process)
    await asyncio.gather(call, return_exceptions=True)
    daemon.start()
    [figures] = await scrobbler.call("ScanLibrary", within=SCAN_SECONDS)
    assert figures["files"] == 3000
    assert 300 <= figures["unchanged"] < 3000
    assert figures["unchanged"] + figures["added"] == 3000


async def test_a_scan_ends_with_a_daemon_that_was_killed(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    many(music, 1500)
    call = asyncio.create_task(scrobbler.call("ScanLibrary", within=SCAN_SECONDS))
    await scrobbler.said("ScanProgress", 100, within=SCAN_SECONDS)
    [process] = scanning(daemon)
    daemon.kill()
    await until(lambda: not alive(process))
    await asyncio.gather(call, return_exceptions=True)
    daemon.start()
    assert (await scrobbler.call("ScanLibrary", within=SCAN_SECONDS))[0]["files"] == 1500


async def test_a_scanning_process_that_is_killed_is_one_error_and_the_next_scan_works(
    scrobbler: Scrobbler, daemon: Daemon, music: Path
) -> None:
    many(music, 1000)
    call = asyncio.create_task(scrobbler.refused("ScanLibrary"))
    os.kill((await until(lambda: scanning(daemon)))[0], signal.SIGKILL)
    name, words = await call
    assert (name, words.partition(" (")[0]) == ("Service", "the music folders can't be read")
    assert (await scrobbler.call("ScanLibrary", within=SCAN_SECONDS))[0]["files"] == 1000


async def test_callers_are_answered_at_once_while_thousands_of_files_are_read(
    scrobbler: Scrobbler, music: Path
) -> None:
    many(music, 2000)
    scan = asyncio.create_task(scrobbler.call("ScanLibrary", within=SCAN_SECONDS))
    took: list[float] = []
    while not scan.done():
        begun = time.monotonic()
        await scrobbler.call("GetSettings")
        took.append(time.monotonic() - begun)
    assert (await scan)[0]["files"] == 2000
    assert len(took) > 20
    assert sorted(took)[len(took) // 2] < 0.1
    assert max(took) < 5.0


async def test_a_scan_that_went_well_leaves_no_warning_in_the_log(
    scrobbler: Scrobbler, daemon: Daemon
) -> None:
    for _ in range(15):
        await scrobbler.call("ScanLibrary")
    warnings = [line for line in daemon.log.splitlines() if line.startswith("WARNING asyncio")]
    held_up = "WARNING asyncio: Executing "  # for 0.1 s: so says the development mode, of any load
    assert [line for line in warnings if not line.startswith(held_up)] == []


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
