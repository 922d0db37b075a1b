"""record: writes what the players say to a trace, for a bug report."""

from argparse import Namespace
from pathlib import Path

from ...core.errors import BusLost, InvalidArgument
from ...traces import recorder
from ..display.screen import Screen
from ..errors import Exit, Failure


async def record(options: Namespace, screen: Screen) -> None:
    """Records until cancelled, or until the bus has gone."""
    path = Path(options.file)  # the shell has expanded it
    notice = f"Recording the players into {path}; Ctrl-C ends it."
    try:
        await recorder.record(path, lambda: screen.note(notice))
    except BusLost as error:
        raise Failure(str(error), Exit.NOT_RUNNING) from error
    except InvalidArgument as error:
        raise Failure(str(error)) from error
