"""The terminal of the dashboard: taken over, and given back as it was, however that ends."""

import os
import re
import shlex
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.daemon_bench import Bench
from tests.support.page import Page
from tests.support.scrobblerctl import CTL, QUICK, Stage, environment
from tests.support.terminal import Terminal
from tests.support.waiting import TIMEOUT_SECONDS, until

KEYS = "q quit"
DAEMON = {"tables": QUICK}

TAKEN = ("\x1b[?1049h", "\x1b[?25l", "\x1b[?7l")
"""Another page, no cursor, no row that goes on in the next one."""
GIVEN_BACK = ("\x1b[?1049l", "\x1b[?25h", "\x1b[?7h")

ENDS: dict[str, tuple[Callable[[Page], object], int]] = {
    "q": (lambda page: page.type("q"), 0),
    "Ctrl-C": (lambda page: page.press("^C"), 0),
    "SIGTERM": (lambda page: page.process.send_signal(signal.SIGTERM), 143),
    "SIGHUP": (lambda page: page.process.send_signal(signal.SIGHUP), 143),
}


def is_given_back(terminal: Terminal) -> bool:
    """Whether a terminal is as it was."""
    ends = all(
        terminal.heard.rfind(off) > terminal.heard.rfind(on) > -1
        for on, off in zip(TAKEN, GIVEN_BACK, strict=True)
    )
    return ends and terminal.echoes


@pytest.mark.parametrize("end", ENDS)
def test_the_terminal_is_as_it_was_however_it_ends(bench: Bench, end: str) -> None:
    how, status = ENDS[end]
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        assert not page.echoes
        how(page)
        assert page.ended() == status
        assert is_given_back(page)


def test_it_is_so_too_if_the_bus_goes(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        bench.bus.stop()
        page.expect("scrobblerctl: the session bus has gone\n")
        assert page.ended() == 3
        assert is_given_back(page)


def test_a_window_that_closes_ends_it(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        page.hang_up()
        assert page.process.wait(TIMEOUT_SECONDS) in (0, 1, 143)


def test_what_was_typed_before_is_no_command(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.type("qqq")
        page.shows(KEYS)
        assert page.process.poll() is None


def test_keys_that_end_programs_uncleanly_do_nothing(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        page.press_key("\x1c", KEYS)  # Ctrl-\
        page.press_key("\x04", KEYS)  # Ctrl-D
        page.press_key("?", "Esc back")


def test_an_input_that_is_no_terminal_has_no_keys(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "input").write_text("q")
    command = f"exec {shlex.join(CTL)} watch < {tmp_path}/input"
    with Terminal(["sh", "-c", command], environment(bench)) as terminal:
        terminal.expect("Ctrl-C ends this")
        terminal.press("^C")
        assert terminal.ended() == 0
        assert is_given_back(terminal)


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(bench: Bench) -> None:
    """A real shell, which has job control: without one, Ctrl-Z stops nothing."""
    shell = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    with Terminal(shell, {**environment(bench), "PS1": "ready> "}) as terminal:
        terminal.expect("ready> ")
        terminal.press(f"{shlex.join(CTL)} watch")
        terminal.expect("explain")
        assert not terminal.echoes
        for _ in range(2):
            terminal.press("^Z")
            terminal.expect("Stopped")
            terminal.expect("ready> ")
            assert is_given_back(terminal)
            terminal.press("fg")
            terminal.expect(TAKEN[0])
            terminal.expect("explain")
            assert not terminal.echoes
        terminal.type("q")
        terminal.expect("ready> ")
        assert is_given_back(terminal)
        terminal.press("exit")
        terminal.ended()


def test_it_draws_anew_after_it_was_stopped_by_others(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        page.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, page.process.pid, os.WSTOPPED | os.WNOWAIT)
        page.process.send_signal(signal.SIGCONT)
        page.expect(TAKEN[0])
        page.expect(TAKEN[0])
        page.press_key("?", "Esc back")
        page.type("q")
        assert page.ended() == 0
        assert is_given_back(page)


def test_nothing_wakes_it_while_nothing_happens(bench: Bench, stage: Stage) -> None:
    stage.plays("Fern")
    with Page(bench, "watch") as page:
        page.shows("sent  Fern")
        stage.do(stage.player().pause())
        page.shows("paused")
        page.shows("Queue empty")
        until(lambda: sleeps(page.process.pid))  # what it was told last may still wake it


def sleeps(process: int) -> bool:
    """Whether nothing wakes a process for some seconds."""
    before = wake_ups(process)
    time.sleep(3)
    return wake_ups(process) == before


def wake_ups(process: int) -> int:
    """How often a process has waited for something so far."""
    status = Path(f"/proc/{process}/status").read_text()
    [number] = re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)
    return int(number)
