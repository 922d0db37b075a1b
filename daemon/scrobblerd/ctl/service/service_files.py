"""The files of the service: the systemd unit, the D-Bus service file, and what gives notifications
a name and an icon.

Writes them for one user and one installation, and keeps a list of them, by which exactly those are
taken away. What the user has changed is neither overwritten nor removed unless they force it.
"""

import hashlib
import json
import os
import re
import sysconfig
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from ...installation import Installation
from ..errors import Failure
from .escaping import bus_word, unit_word

UNIT = "scrobblerd.service"
ACTIVATION = "org.scrobblerd.Scrobbler1.service"
WANTS = "default.target.wants"
"""The folder in which systemd keeps what is enabled for every login."""

SHOWN = ("applications/scrobblerd.desktop", "icons/hicolor/scalable/apps/scrobblerd.svg")
"""Below share/: what desktops show beside a notification."""

MAX_SYSTEM_UID = 999
"""The highest user that systemd takes for one of the system (`@system`)."""

HEAD = """\
# Written by `scrobblerctl service install`, which writes it again after an update.
# For changes of yours: systemctl --user edit scrobblerd
"""


class Change(StrEnum):
    """What became of a file; the value is said before its path."""

    WROTE = "Wrote"
    SAME = "Unchanged:"
    KEPT = "Kept:"
    REMOVED = "Removed"


Changes = Iterator[tuple[Change, Path]]


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of a user: where units and data are, as XDG has it. `runtime`: until the logout."""

    units: Path
    data: Path
    runtime: Path | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Places":
        """Returns those of an environment. XDG ignores relative paths."""

        def folder(variable: str) -> Path | None:
            path = Path(environment.get(variable, ""))
            return path if path.is_absolute() else None

        home = Path.home()
        return cls(
            (folder("XDG_CONFIG_HOME") or home / ".config") / "systemd" / "user",
            folder("XDG_DATA_HOME") or home / ".local" / "share",
            folder("XDG_RUNTIME_DIR"),
        )

    @property
    def unit(self) -> Path:
        """The unit."""
        return self.units / UNIT

    @property
    def activation(self) -> Path:
        """The D-Bus service file."""
        return self.data / "dbus-1" / "services" / ACTIVATION

    @property
    def record(self) -> Path:
        """The list of what was written."""
        return self.data / "scrobblerd" / "service.json"


def wanted(places: Places, installation: Installation, *, unit: bool) -> dict[Path, str]:
    """Returns the text of each file. `unit`: whether there is a systemd to read the unit."""
    command = installation.command("scrobblerd")
    texts = {places.unit: unit_text(command, os.getuid())} if unit else {}
    texts[places.activation] = activation_text(command)
    share = Path(sysconfig.get_path("data")) / "share"
    for name in SHOWN:
        if (share / name).is_file() and share != places.data:
            texts[places.data / name] = (share / name).read_text(encoding="utf-8")
    return texts


def unit_text(command: Path, uid: int) -> str:
    """Returns the unit that starts a command. A user of the system, who asks for it, gets one
    without the condition that is there for those who do not."""
    text = _shipped(UNIT)
    if uid <= MAX_SYSTEM_UID:
        text = re.sub(r"(?:#.*\n)*(?:ConditionUser=.*\n)+", "", text)
    start = f"ExecStart={unit_word(str(command))}"
    lines = [start if line.startswith("ExecStart=") else line for line in text.splitlines()]
    return HEAD + "\n".join(lines) + "\n"


def activation_text(command: Path) -> str:
    """Returns the D-Bus service file that starts a command."""
    start = f"Exec={bus_word(str(command))}"
    lines = _shipped(ACTIVATION).splitlines()
    return "\n".join(start if line.startswith("Exec=") else line for line in lines) + "\n"


def _shipped(name: str) -> str:
    return files("scrobblerd.ctl").joinpath("service", name).read_text(encoding="utf-8")


# -- whose a file is ------------------------------------------------------------------------------


class Files:
    """What stands at the places, and what of it was written from here. Methods raise Failure."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._hashes: dict[str, str] = {}
        self._folders: list[str] = []  # that were not there before, the outermost first
        with suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(places.record.read_text(encoding="utf-8"))
            self._hashes = dict(record["files"])
            self._folders = list(record["folders"])

    def foreign(self, texts: Mapping[Path, str]) -> list[Path]:
        """Returns the files that are in the way: they are not from here, and start another
        scrobblerd."""
        return [path for path, text in texts.items() if self._is_foreign(path, text)]

    def is_edited(self, path: Path, text: str) -> bool:
        """Returns whether a file, which should have this text, was changed by the user."""
        there = file_text(path)
        return there not in (None, text) and self._hashes.get(str(path)) != _hash(there)

    def _is_foreign(self, path: Path, text: str) -> bool:
        there = file_text(path) or ""
        starts = [line for line in text.splitlines() if line.startswith("Exec")][:1]
        misses = any(line not in there.splitlines() for line in starts)
        return self.is_edited(path, text) and misses

    def write(self, texts: Mapping[Path, str], *, force: bool) -> Changes:
        """Writes what is not there yet, and yields what became of each file."""
        for path, text in texts.items():
            if file_text(path) == text and not path.is_symlink():
                yield Change.SAME, path
            elif self.is_edited(path, text) and not force:
                yield Change.KEPT, path
            else:
                self._write(path, text)
                yield Change.WROTE, path

    def make_folder(self, folder: Path) -> None:
        """Makes a folder, and those above it."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        with _failing_plainly(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._folders += [str(each) for each in reversed(missing)]
        self._save()

    def _write(self, path: Path, text: str) -> None:
        self.make_folder(self._places.record.parent)
        self.make_folder(path.parent)
        _replace(path, text)
        self._hashes[str(path)] = _hash(text)
        self._save()

    def remove(self, *, force: bool) -> Changes:
        """Removes what was written, and the folders that were made for it and are empty."""
        for name, written in list(self._hashes.items()):
            path = Path(name)
            there = file_text(path)
            if there is not None and _hash(there) != written and not force:
                yield Change.KEPT, path
                continue
            with _failing_plainly(path):
                path.unlink(missing_ok=True)
            del self._hashes[name]
            if there is not None:
                yield Change.REMOVED, path
        self._save()
        if not self._hashes:
            self._places.record.unlink(missing_ok=True)
        for folder in reversed(self._folders):
            with suppress(OSError):  # others have put something into it
                Path(folder).rmdir()

    @property
    def written(self) -> list[Path]:
        """What was written, and is to be removed."""
        return [Path(name) for name in self._hashes]

    def _save(self) -> None:
        record = {"files": self._hashes, "folders": self._folders}
        if self._places.record.parent.exists():
            _replace(self._places.record, json.dumps(record, indent=2) + "\n")


def file_text(path: Path) -> str | None:
    """Returns what is in a file; None if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return "" if path.is_symlink() else None
    except OSError as error:
        raise Failure(f"{path} can't be read: {error.strerror}") from error


def _replace(path: Path, text: str) -> None:
    """Writes a file whole, or leaves it as it is. A link becomes a file."""
    new = path.with_name(f".{path.name}.new")
    with _failing_plainly(path):
        try:
            new.write_text(text, encoding="utf-8", errors="surrogateescape")
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def _hash(text: str | None) -> str:
    return hashlib.sha256((text or "").encode(errors="surrogateescape")).hexdigest()


@contextmanager
def _failing_plainly(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}") from error
