"""Plays that are added to a real file: once each, whatever was broken off, and never to another."""

import errno
import itertools
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow
from scrobblerd.history_files.formats import FORMATS, Format
from scrobblerd.services.file import appending
from scrobblerd.services.file.appending import MAX_LINE_BYTES, NotAddedError, add, look
from tests.conftest import Needs
from tests.support.disks import SmallDisk, mounted

LOG = FORMATS["scrobbler-log"]

MBID = "aaaaaaaa-2222-4333-8444-555555555555"

forms = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)


def row(number: int, tries: int = 0) -> QueueRow:
    """A play, which was tried so often."""
    play = Scrobble("Mira Holt", f"Fern {number}", 1_790_000_000 + number, mbid=MBID)
    return QueueRow(number, "", play, tries)


def content(form: Format, *numbers: int) -> str:
    """What a file with these plays holds."""
    return form.header + "".join(f"{form.line(row(number).scrobble)}\n" for number in numbers)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / ".scrobbler.log"


# -- what is added --------------------------------------------------------------------------------


@forms
def test_a_new_file_begins_with_a_header_and_only_its_user_can_read_it(
    path: Path, form: Format
) -> None:
    add(path, form, [row(1), row(2)])
    assert path.read_text() == content(form, 1, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@forms
def test_plays_are_added_at_the_end(path: Path, form: Format) -> None:
    for number in (1, 3, 2):
        add(path, form, [row(number)])
    assert path.read_text() == content(form, 1, 3, 2)


def test_an_empty_file_and_a_link_are_taken_and_the_mode_is_the_users(
    path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.touch(0o644)
    path.symlink_to(target)
    add(path, LOG, [row(1)])
    assert path.is_symlink()
    assert target.read_text() == content(LOG, 1)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_file_that_was_moved_away_is_begun_anew(path: Path) -> None:
    add(path, LOG, [row(1)])
    path.rename(path.with_name("imported"))
    add(path, LOG, [row(2)])
    assert path.read_text() == content(LOG, 2)


def test_a_file_that_was_emptied_is_begun_anew(path: Path) -> None:
    add(path, LOG, [row(1)])
    path.write_text("")
    add(path, LOG, [row(2)])
    assert path.read_text() == content(LOG, 2)


def test_a_file_of_an_older_version_is_gone_on_with(path: Path) -> None:
    path.write_text("#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/scrobblerd 0.0.1\n")
    add(path, LOG, [row(1)])
    assert path.read_text().endswith(" 0.0.1\n" + content(LOG, 1).removeprefix(LOG.header))


# -- once -----------------------------------------------------------------------------------------


@forms
def test_what_was_tried_before_is_looked_for_in_all_of_the_file(path: Path, form: Format) -> None:
    many = range(2, 3000)
    add(path, form, [row(1), *map(row, many)])
    assert path.stat().st_size > MAX_LINE_BYTES
    add(path, form, [row(1, tries=1), row(3000), row(2, tries=4), row(3001, tries=1)])
    assert path.read_text() == content(form, 1, *many, 3000, 3001)


@forms
def test_what_was_added_just_now_is_not_added_again(path: Path, form: Format) -> None:
    for _ in range(2):
        add(path, form, [row(1), row(2)])
    assert path.read_text() == content(form, 1, 2)


def test_two_plays_that_differ_in_their_second_are_two(path: Path) -> None:
    other = replace(row(1), scrobble=replace(row(1).scrobble, timestamp=1_790_000_900))
    add(path, LOG, [row(1)])
    add(path, LOG, [replace(other, retry_count=1)])
    assert len(path.read_text().splitlines()) == 3 + 2


@forms
@pytest.mark.parametrize("tries", [0, 1])
def test_wherever_a_write_was_broken_off_each_play_is_there_once_in_the_end(
    path: Path, form: Format, tries: int
) -> None:
    whole = content(form, 1, 2, 3).encode()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        add(path, form, [row(9)])  # one that is live goes before
        add(path, form, [row(number, tries) for number in (1, 2, 3)])
        lines = path.read_text().removeprefix(form.header).splitlines()
        names = [next(n for n in (1, 2, 3, 9) if f"Fern {n}" in line) for line in lines]
        assert sorted(names) == [1, 2, 3, 9]
        assert path.read_text().startswith(form.header)


def test_what_a_power_cut_left_as_zeros_is_cut_off(path: Path) -> None:
    path.write_text(content(LOG, 1) + "\0" * 500)
    add(path, LOG, [row(2, tries=1)])
    assert path.read_text() == content(LOG, 1, 2)


@forms
def test_a_whole_line_that_lacks_its_end_is_kept(path: Path, form: Format) -> None:
    path.write_text(content(form, 1).removesuffix("\n"))  # as some editors write it
    add(path, form, [row(2)])
    assert path.read_text() == content(form, 1, 2)


def die_at(step: int) -> None:
    """From now on this process kills itself at its `step`th call to the system, or return from
    one."""
    steps = itertools.count()

    def count(_frame: object, event: str, called: object) -> None:
        is_system = getattr(called, "__module__", "") == "posix"
        if is_system and event in ("c_call", "c_return") and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)


def killed_at(step: int, work: Callable[[], None]) -> bool:
    """Does something in a process that is killed at a step. Returns whether it got so far."""
    child = os.fork()
    if not child:
        try:
            die_at(step)
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("name", ["scrobbler-log", "jsonl"])
@pytest.mark.parametrize("before", ["new", "broken off", "there"])
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    path: Path, name: str, before: str
) -> None:
    form = FORMATS[name]
    begun = {"new": "", "broken off": content(form, 1, 2)[:-9], "there": content(form, 1)}[before]
    is_killed, step = True, 0
    while is_killed:
        path.unlink(missing_ok=True)
        if begun:
            path.write_text(begun)
        is_killed = killed_at(step, lambda: add(path, form, [row(2), row(3)]))
        add(path, form, [row(2, tries=1), row(3, tries=1)])
        assert path.read_text() == content(form, *[1][: bool(begun)], 2, 3)
        step += 1
    assert step > 20


# -- never ----------------------------------------------------------------------------------------


FOREIGN = {
    "rockbox": "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n#CLIENT/Rockbox\nA\tB\tC\t1\t2\tL\t3\t",
    "text": "my diary\n",
    "one line": "my diary",
    "json": '{"a": 1}',
    "zeros": "\0" * 100,
    "line": "a" * MAX_LINE_BYTES * 2,
}


@forms
@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_another_file_is_left_as_it_is_and_the_user_is_told(
    path: Path, form: Format, text: str
) -> None:
    path.write_text(text)
    for work in (lambda: add(path, form, [row(1)]), lambda: look(path, form)):
        with pytest.raises(NotAddedError, match="is another file than it should be") as caught:
            work()
        assert (caught.value.is_users, caught.value.may_be_added) == (True, False)
    assert path.read_text() == text


def test_a_log_that_ends_in_something_endless_is_left_as_it_is(path: Path) -> None:
    text = content(LOG, 1) + "a" * (MAX_LINE_BYTES + 1)
    path.write_text(text)
    with pytest.raises(NotAddedError, match="a last line that is too long"):
        add(path, LOG, [row(2)])
    assert path.read_text() == text


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_device(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("make", [a_fifo, a_folder, a_device])
def test_what_is_no_ordinary_file_is_not_even_opened(
    path: Path, make: Callable[[Path], None]
) -> None:
    make(path)
    for work in (lambda: add(path, LOG, [row(1)]), lambda: look(path, LOG)):
        with pytest.raises(NotAddedError, match="is no ordinary file: name another") as caught:
            work()
        assert caught.value.is_users


def test_a_folder_that_is_missing_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "usb" / ".scrobbler.log"
    for work in (lambda: add(path, LOG, [row(1)]), lambda: look(path, LOG)):
        with pytest.raises(NotAddedError, match=r"there is no folder .*usb.: make it") as caught:
            work()
        assert (caught.value.is_users, caught.value.may_be_added) == (False, False)
    path.parent.mkdir()
    add(path, LOG, [row(1)])
    assert path.read_text() == content(LOG, 1)


def test_a_loop_of_links_is_for_the_user_to_mend(path: Path) -> None:
    path.symlink_to(path)
    with pytest.raises(NotAddedError, match="symbolic links") as caught:
        add(path, LOG, [row(1)])
    assert caught.value.is_users


# -- a disk that refuses --------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path, needs: Needs) -> Generator[SmallDisk]:
    """A small disk."""
    needs("mount", "umount")
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder, "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        yield SmallDisk(folder)


@contextmanager
def at_most(size: int) -> Generator[None]:
    """Within the block no file grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@forms
def test_what_fits_in_part_is_taken_back(path: Path, form: Format) -> None:
    add(path, form, [row(1)])
    before = path.read_text()
    for room in (0, 1, 60, 200):
        with (
            at_most(len(before) + room),
            pytest.raises(NotAddedError, match="can't be written") as caught,
        ):
            add(path, form, [row(2), row(3), row(4)])
        assert (caught.value.is_users, caught.value.may_be_added) == (False, False)
        assert path.read_text() == before
    add(path, form, [row(2), row(3), row(4)])
    assert path.read_text() == content(form, 1, 2, 3, 4)


def test_on_a_full_disk_nothing_is_added_and_all_when_there_is_room(disk: SmallDisk) -> None:
    path = disk.folder / ".scrobbler.log"
    add(path, LOG, [row(1)])
    disk.fill()
    rows = [row(number) for number in range(2, 102)]
    with pytest.raises(NotAddedError, match="No space left on device") as caught:
        add(path, LOG, rows)
    assert (caught.value.is_users, caught.value.may_be_added) == (False, False)
    assert path.read_text() == content(LOG, 1)
    disk.make_room()
    add(path, LOG, rows)
    assert path.read_text() == content(LOG, *range(1, 102))


def test_a_disk_that_may_only_be_read_is_told_with_what_allows_it(
    tmp_path: Path, needs: Needs
) -> None:
    needs("mount", "umount")
    with (
        mounted(tmp_path, "-t", "tmpfs", "-o", "ro", "tmpfs"),
        pytest.raises(NotAddedError, match="Read-only file system") as caught,
    ):
        add(tmp_path / "log", LOG, [row(1)])
    assert f"ReadWritePaths={tmp_path}" in str(caught.value)
    assert caught.value.is_users


def test_what_could_not_be_made_safe_is_taken_back_and_may_be_there_if_it_can_not(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: int) -> None:
        raise OSError(errno.EIO, "")

    add(path, LOG, [row(1)])
    monkeypatch.setattr(appending.os, "fsync", fails)
    with pytest.raises(NotAddedError, match="Input/output error") as caught:
        add(path, LOG, [row(2)])
    assert not caught.value.may_be_added
    assert path.read_text() == content(LOG, 1)
    monkeypatch.setattr(appending.os, "ftruncate", fails)
    with pytest.raises(NotAddedError) as caught:
        add(path, LOG, [row(2)])
    assert caught.value.may_be_added
    monkeypatch.undo()
    add(path, LOG, [row(2, tries=1)])
    assert path.read_text() == content(LOG, 1, 2)


def test_a_file_that_is_moved_away_in_the_moment_of_writing_may_have_it_or_not(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(path, LOG, [row(1)])
    write = os.write

    def moved_before(file: int, data: bytes) -> int:
        path.rename(path.with_name("imported"))
        return write(file, data)

    monkeypatch.setattr(appending.os, "write", moved_before)
    with pytest.raises(NotAddedError, match="was moved away just now") as caught:
        add(path, LOG, [row(2)])
    assert caught.value.may_be_added
    monkeypatch.undo()
    add(path, LOG, [row(2, tries=1)])
    assert path.read_text() == content(LOG, 2)


# -- looking --------------------------------------------------------------------------------------


@forms
def test_looking_changes_nothing(path: Path, form: Format) -> None:
    look(path, form)
    assert not path.exists()
    text = content(form, 1)[:-5]
    path.write_text(text)
    look(path, form)
    assert path.read_text() == text
