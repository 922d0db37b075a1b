"""What is written for the user: whole or not at all, or to the output."""

import os
import tempfile
from pathlib import Path

from ..errors import Failure
from .screen import Screen


def write(screen: Screen, name: str, content: str, what: str) -> None:
    """Put `content` into the file `name` and say what that was; "-" = the output.

    A file that was there is replaced when the new one is whole; a new one has the usual mode.
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
    """Write a file so that a crash leaves the old or the new."""
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
