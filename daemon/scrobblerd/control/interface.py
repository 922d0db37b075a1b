"""org.scrobblerd.Scrobbler1: its methods, signals and properties, as introspection shows them."""

from dbus_next.introspection import Arg

from .members.base import Operations
from .members.daemon import DaemonMembers
from .members.library import LibraryMembers
from .members.login import LoginMembers
from .members.players import PlayersMembers
from .members.plays import PlaysMembers
from .members.queue import QueueMembers
from .members.settings import SettingsMembers
from .members.submit import SubmitMembers
from .properties import Properties
from .signatures import shape_of


class Scrobbler1(
    LoginMembers,
    SettingsMembers,
    SubmitMembers,
    PlaysMembers,
    QueueMembers,
    PlayersMembers,
    LibraryMembers,
    DaemonMembers,
):
    """The members of all subjects."""

    def __init__(self, operations: Operations, properties: Properties) -> None:
        super().__init__(operations, properties)
        interface = self.introspect()
        for method in interface.methods:
            _name(method.name, method.out_args)
        for signal in interface.signals:
            _name(signal.name, signal.args)


def _name(member: str, arguments: list[Arg]) -> None:
    """Names what comes out; dbus-next knows names only for what goes in."""
    names = shape_of(getattr(Scrobbler1, member)).out_names
    for argument, name in zip(arguments, names, strict=True):
        argument.name = name
