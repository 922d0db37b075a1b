"""record: what the players say, in a trace for a bug report."""

import contextlib
from argparse import Namespace
from pathlib import Path
from typing import TextIO

from dbus_next.constants import BusType

from ..buses import connect
from ..errors import BusLost
from ..recorder import Recorder, begun
from .failures import Exit, Failure
from .screen import Screen


async def record(options: Namespace, screen: Screen) -> None:
    """Record until cancelled, or until the bus has gone."""
    path = Path(options.file)  # the shell has expanded it
    try:
        bus = await connect(BusType.SESSION)
    except BusLost as error:
        raise Failure(str(error), Exit.NOT_RUNNING) from error
    with contextlib.closing(bus), _opened(path) as file:
        screen.note(f"Recording the players into {path}; Ctrl-C ends it.")
        await Recorder(bus, file).run()


def _opened(path: Path) -> TextIO:
    try:
        return begun(path)
    except OSError as error:
        raise Failure(f"{path}: can't be written: {error.strerror}") from error
