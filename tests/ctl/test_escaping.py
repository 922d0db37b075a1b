"""Paths as systemd and the bus read them: a real systemd and a real bus start what is there."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrobblerd.ctl.errors import Failure
from scrobblerd.ctl.service.escaping import bus_word, unit_word
from tests.conftest import Needs
from tests.support.installation import NOBODY, require_user_manager
from tests.support.user_session import UserSession

FOLDERS = (
    "plain",
    "two words",
    "100%s",
    "it's",
    'say "so"',
    "back\\slash",
    "$HOME",
    "${HOME} and `id`",
    "semi; colon #1",
    "夜の港",
    "all of 'it' \"100%\" \\ $HOME",
)
each_folder = pytest.mark.parametrize("folder", FOLDERS)


@pytest.fixture(scope="module")
def session(needs: Needs) -> Iterator[UserSession]:
    """A user's systemd."""
    require_user_manager(needs)
    with UserSession(NOBODY) as started:
        yield started


@each_folder
def test_systemd_starts_the_program_at_the_path(session: UserSession, folder: str) -> None:
    program = session.home / folder / "program"
    mark = session.home / "mark"
    session.put(program, f'#!/bin/sh\nprintf %s "$0" >{mark}\n')
    session.run("chmod", "755", program)
    text = f"[Service]\nType=oneshot\nExecStart={unit_word(str(program))}\n"
    session.put(session.home / ".config/systemd/user/escaped.service", text)
    session.systemctl("daemon-reload")
    session.run("rm", "-f", mark)
    session.systemctl("start", "escaped.service")
    assert mark.read_text() == str(program)


@each_folder
def test_the_bus_starts_the_program_at_the_path(tmp_path: Path, folder: str) -> None:
    program, mark = tmp_path / folder / "program", tmp_path / "mark"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf %s "$0" >{shlex.quote(str(mark))}\n')
    program.chmod(0o755)
    services = tmp_path / "data" / "dbus-1" / "services"
    services.mkdir(parents=True)
    text = f"[D-BUS Service]\nName=org.example.Escaped\nExec={bus_word(str(program))}\n"
    (services / "org.example.Escaped.service").write_text(text)
    call = "dbus-send --session --type=method_call --dest=org.example.Escaped / org.example.X.Y"
    subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", f'{call}; while [ ! -s "$0" ]; do :; done', mark],
        env={"XDG_DATA_HOME": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"},
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=True,
    )
    assert mark.read_text() == str(program)


@pytest.mark.parametrize("word", [unit_word, bus_word])
def test_a_path_that_no_file_can_hold_is_refused(word: object) -> None:
    assert callable(word)
    for path in ("/two\nlines", "/a\ttab", "/half\udcff"):
        with pytest.raises(Failure, match="no path for a service"):
            word(path)
