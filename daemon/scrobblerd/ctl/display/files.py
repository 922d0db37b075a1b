"""Writes files for the user, completely or not at all."""

import os
import tempfile
from pathlib import Path

from ..errors import Failure
from .screen import Screen


def write(screen: Screen, name: str, content: str, what: str) -> None:
    """Writes `content` to the file `name`, "-" = the output, and reports it as `what`.

    Replaces a file that is there when the new one is complete. A new one has the usual mode.
    """
    if name == "-":
        screen.data(content)
        return
    path = Path(name)  # the shell has expanded it
    try:
        replace(path, content)
    except OSError as error:
        raise Failure(f"{path}: can't be written: {error.strerror}") from error
    screen.line(f"Wrote {what} to {path}")


def replace(path: Path, content: str) -> None:
    """Writes a file so that a crash leaves either the old or the new one."""
    target = path.resolve()  # through a link, not over it
    if target.exists() and not target.is_file():  # a terminal, a pipe
        target.write_text(content, encoding="utf-8", newline="")
        return
    umask = os.umask(0)
    os.umask(umask)
    descriptor, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o666 & ~umask)
            file.write(content)
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
