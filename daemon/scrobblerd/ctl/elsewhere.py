"""Finds the daemon on another session bus, as under `dbus-run-session` within a desktop.

It holds the state folder, whose lock says which process it is, and on which bus.
"""

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import FixTheFile
from ..core.text import printable
from ..dbus.address import VARIABLES
from ..dbus.connection import BusType
from .errors import Exit, Failure

if TYPE_CHECKING:
    from ..core.model import Holder


class Elsewhere(Failure):
    """A daemon runs, but not on this bus."""

    def __init__(self, holder: "Holder", here: str) -> None:
        variable = VARIABLES[BusType.SESSION]
        address = shlex.quote(printable(holder.address))
        self.remedy = f"to ask it there: {variable}={address} scrobblerctl …"
        if here:
            self.remedy += f"; to have it on this bus, end it first: kill {holder.pid}"
        where = "not on this session bus" if here else "there is no session bus here"
        message = f"scrobblerd runs, but {where}: it is {printable(str(holder))}"
        super().__init__(message, Exit.NOT_RUNNING, remedy=self.remedy)


def elsewhere(here: str) -> Elsewhere | None:
    """Returns the failure if a daemon is on another bus than that of the address `here`, "" = we
    are on none. Returns None if there is none, or it is on its way to this bus."""
    holder = _holder()
    if holder is None or not holder.address or holder.address == here:
        return None
    return Elsewhere(holder, here)


def _holder() -> "Holder | None":
    """Returns who holds the state folder; None if nobody does."""
    from ..config.source import state_folder  # noqa: PLC0415 # seldom needed
    from ..core.model import Holder  # noqa: PLC0415 # seldom needed

    try:
        lock = state_folder(os.environ) / "lock"
        holder = Holder.load(lock.read_text(errors="surrogateescape"))
        command = Path(f"/proc/{holder.pid if holder else 0}/cmdline").read_bytes()
    except (OSError, FixTheFile):
        return None
    return holder if b"scrobblerd" in command else None  # else its number is another's by now
