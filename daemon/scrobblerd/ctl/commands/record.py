"""record: what the players say, in a trace for a bug report."""

from argparse import Namespace
from pathlib import Path

from ...core.errors import BusLost, InvalidArgument
from ...traces import recorder
from ..display.screen import Screen
from ..errors import Exit, Failure


async def record(options: Namespace, screen: Screen) -> None:
    """Record until cancelled, or until the bus has gone."""
    path = Path(options.file)  # the shell has expanded it
    says = f"Recording the players into {path}; Ctrl-C ends it."
    try:
        await recorder.record(path, lambda: screen.note(says))
    except BusLost as error:
        raise Failure(str(error), Exit.NOT_RUNNING) from error
    except InvalidArgument as error:
        raise Failure(str(error)) from error
