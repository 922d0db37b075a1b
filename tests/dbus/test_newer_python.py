"""Starts on Python 3.15, whose typing lacks a name that dbus-next 0.2.3 imports."""

import subprocess
import sys

import pytest

PROGRAMS = {
    "scrobblerd": "from scrobblerd.__main__ import main; main(['--version'])",
    "scrobblerctl": "import scrobblerd.ctl.client",
    "the lab of tests and demo": "import lab.player, lab.scrobbler",
}
"""What imports dbus-next, as code."""


def run(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_starts_if_typing_lacks_the_name(program: str) -> None:
    gone = "import typing; vars(typing).pop('no_type_check_decorator', None)"
    done = run(f"{gone}; {PROGRAMS[program]}")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_is_there_stays_as_it_is() -> None:
    if hasattr(sys.modules["typing"], "no_type_check_decorator"):
        done = run(
            "import typing; there = typing.no_type_check_decorator; import scrobblerd;"
            "assert typing.no_type_check_decorator is there"
        )
        assert (done.returncode, done.stderr) == (0, "")
