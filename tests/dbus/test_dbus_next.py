"""dbus-next 0.2.3 imports what it need not: on Python 3.15 a name that typing lacks, and GLib."""

import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("program", PROGRAMS)
def test_glib_is_not_imported_if_it_is_there(program: str, tmp_path: Path) -> None:
    glib = tmp_path / "gi" / "repository"
    glib.mkdir(parents=True)
    (glib / "__init__.py").write_text("raise SystemExit('GLib is imported')")
    done = run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {PROGRAMS[program]}")
    assert (done.returncode, done.stderr) == (0, "")
