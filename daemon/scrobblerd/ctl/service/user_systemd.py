"""The user's systemd, as its own command tells of it. Methods take no time but systemd's."""

import shutil
import subprocess
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

from .service_files import UNIT

FOR_EVERYBODY = (
    *("/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user"),
    *("/usr/local/share/systemd/user", "/usr/lib/systemd/user", "/usr/share/systemd/user"),
)
"""Where systemd looks for units of all users, besides those of each."""

PROPERTIES = (
    *("ActiveState", "ConditionResult", "ExecMainStatus", "FragmentPath", "LoadState"),
    *("MainPID", "StatusText", "UnitFileState"),
)


class Presence(Enum):
    """Whether there is a systemd for users."""

    ABSENT = auto()
    """The machine has none."""
    SILENT = auto()
    """None answers here: not so under su, in cron or in a build."""
    READY = auto()


def presence() -> Presence:
    """Finds out whether there is a systemd for users."""
    if shutil.which("systemctl") is None:
        return Presence.ABSENT
    answers = systemctl("show-environment").returncode == 0
    return Presence.READY if answers else Presence.SILENT


def systemctl(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs `systemctl --user`."""
    return subprocess.run(
        ["systemctl", "--user", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def properties() -> Mapping[str, str]:
    """Returns PROPERTIES of our unit, each "" if it is not known."""
    shown = systemctl("show", *(f"--property={name}" for name in PROPERTIES), UNIT).stdout
    known = {name: value for name, _, value in (each.partition("=") for each in shown.splitlines())}
    return {name: known.get(name, "") for name in PROPERTIES}


def units_for_everybody() -> list[Path]:
    """Returns the units of ours that packages have put there."""
    return [path for folder in FOR_EVERYBODY if (path := Path(folder, UNIT)).exists()]


def last_words() -> str:
    """Returns the last line of the daemon's log, or where that is."""
    command = "journalctl --user --quiet --identifier=scrobblerd --lines=1 --output=cat"
    try:
        said = subprocess.run(
            command.split(), capture_output=True, text=True, errors="replace", check=False
        )
    except OSError:
        return "see the log of your session"
    return said.stdout.strip() or "see journalctl --user -u scrobblerd"
