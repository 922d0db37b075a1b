"""The demo: it runs through on its own, leaves nothing behind, and looks right on any terminal."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.demo_screen import ERASE, INDENT, Screen
from tests.support.paths import ROOT

TERMINAL = {"TERM": "xterm"}


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo, started where there is neither a home nor a session bus."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "lab.demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        started.kill()


def test_it_runs_through_and_leaves_nothing_behind(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    said, errors = demo.communicate(timeout=60)
    assert (demo.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []
    rest = said
    for milestone in (
        "scrobblerctl login --no-browser",
        "Waiting until access is allowed",
        "Logged in as quiet_otter",
        "scrobblerctl login brainz --token-file token.txt",
        "Logged in as quiet_otter at ListenBrainz",
        "now playing: Paper Lanterns, Slow Harbour, Tidewater, 215 s",
        "3.0 of 6 s heard (paused)",
        "it counts (heard 0:06 of 3:35, needed 0:06) and is queued",
        "scrobble: Paper Lanterns, Slow Harbour, Tidewater, 215 s",
        "answers ok",
        "listen: Slow Harbour by Paper Lanterns (3:35)",
        "scrobblerctl explain 2",
        "not counted:",
        "heard 0:02 of 0:06 needed",
        "listen: 夜の港 by Þrúður Sól (4:01)",
        "scrobblerctl queue retry",
        "1 waiting; tried again by itself",
        "is killed",
        "scrobblerctl explain 3",
        "Waiting to be sent",
        "scrobblerctl queue retry",
        "1 play sent",
        "two scrobbles, each once",
        "make install",
    ):
        assert milestone in rest, said
        rest = rest.partition(milestone)[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_it_at_once_and_leaves_nothing_behind(
    demo: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    assert demo.stdout
    while "A track is heard" not in demo.stdout.readline():
        continue
    demo.send_signal(number)
    _said, errors = demo.communicate(timeout=5)
    assert (demo.returncode, errors) == (130, "")
    assert list(tmp_path.iterdir()) == []


def test_without_a_dbus_daemon_it_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lab.demo"],
        cwd=ROOT,
        env={"PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "the demo failed: dbus-daemon is not installed" in done.stderr


# -- the screen -----------------------------------------------------------------------------------


def test_in_a_file_each_look_at_the_bar_is_a_line_but_none_comes_twice() -> None:
    out = io.StringIO()
    screen = Screen(out, TERMINAL)
    for heard in (1.0, 1.0, 2.5):
        screen.bar(heard, 6.0, "")
    screen.clear()
    lines = [line.partition("scrobblerd")[2].strip() for line in out.getvalue().splitlines()]
    assert lines == ["1.0 of 6 s heard", "2.5 of 6 s heard"]
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_the_bar_stays_below_what_is_said() -> None:
    out = Terminal()
    screen = Screen(out, TERMINAL)
    screen.bar(3.0, 6.0, "")
    drawn = out.getvalue()
    screen.say("player", "pauses")
    assert drawn.startswith(ERASE)
    assert drawn.count("█") == drawn.count("·") == 15
    assert out.getvalue().endswith("pauses\n" + drawn)


def test_colours_are_left_out_where_nobody_wants_them() -> None:
    out = Terminal()
    screen = Screen(out, TERMINAL | {"NO_COLOR": "1"})
    screen.bar(3.0, 6.0, "(paused)")
    screen.heading("A part")
    assert "\x1b" not in out.getvalue().replace(ERASE, "")


def test_a_terminal_that_cannot_move_the_cursor_gets_lines() -> None:
    out = Terminal()
    Screen(out, {"TERM": "dumb"}).bar(3.0, 6.0, "")
    assert out.getvalue().endswith("3.0 of 6 s heard\n")
    assert "\x1b" not in out.getvalue()


def test_what_the_terminal_cannot_show_does_not_stop_it() -> None:
    class Old(Terminal):
        encoding = "ascii"

    out = Old()
    screen = Screen(out, TERMINAL)
    screen.say("player", "plays 夜")
    screen.bar(3.0, 6.0, "")
    assert "plays ?" in out.getvalue()
    assert "###" in out.getvalue()


def test_long_lines_are_wrapped_below_their_beginning_and_units_stay_with_their_numbers() -> None:
    out = io.StringIO()
    Screen(out, {}).say("Last.fm", "so many words " * 4 + "215 s " * 12)
    first, *rest = out.getvalue().splitlines()
    assert rest
    assert max(map(len, [first, *rest])) <= 79
    assert all(line.startswith(" " * INDENT + "215 s") for line in rest)
