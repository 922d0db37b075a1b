"""Small TOML files of the daemon's own: read forgivingly, written whole or not at all, 0600."""

import os
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from .errors import FixTheFile, StoreFailed


def read(path: Path) -> dict[str, Any]:
    """What the file holds, nothing where there is no such file. Raises FixTheFile."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FixTheFile(f"{path}: {error}; mend or remove it") from error
    except OSError as error:
        raise FixTheFile(
            f"{path}: can't be read ({error.strerror}); mend its permissions"
        ) from error


def write(path: Path, values: dict[str, Any]) -> None:
    """Replace the file's content; a crash leaves the old or the new. Raises StoreFailed.

    The file is made with mode 0600 beside the old one and renamed over it.
    """
    beside = path.with_name(path.name + ".new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            tomli_w.dump(values, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreFailed(f"{path}: can't be written ({error.strerror})") from error
