"""What members of all subjects have: who answers, and what is shown.

CamelCase is D-Bus's own. A method of the interface is thin: `DbusObject` finds it by name, checks
what it is called with and sends what it returns; an operation of the same subject does the work.

The docstring of a class heads its part of docs/dbus.md, those of members are the text there
(`python -m tools.docs`). After the first paragraph, lines of the form "name, name: meaning"
describe arguments, or entries of a dictionary; a last line names the errors. Words of the wire
stand in backticks.
"""

from dataclasses import dataclass

from dbus_next.service import ServiceInterface

from ...dbus.names import SCROBBLER
from ..operations.daemon import DaemonOperations
from ..operations.library import LibraryOperations
from ..operations.login import LoginOperations
from ..operations.players import PlayersOperations
from ..operations.plays import PlaysOperations
from ..operations.queue import QueueOperations
from ..operations.settings import SettingsOperations
from ..operations.submit import SubmitOperations
from ..properties import Properties


@dataclass(frozen=True, slots=True)
class Operations:
    """What can be asked of the daemon, by subject."""

    login: LoginOperations
    settings: SettingsOperations
    submit: SubmitOperations
    plays: PlaysOperations
    queue: QueueOperations
    players: PlayersOperations
    library: LibraryOperations
    daemon: DaemonOperations


class Members(ServiceInterface):
    """Members of one subject or of several."""

    def __init__(self, operations: Operations, properties: Properties) -> None:
        super().__init__(SCROBBLER)
        self.operations = operations
        self.properties = properties
