"""org.scrobblerd.Scrobbler1: its methods, signals and properties, as introspection shows them.

A subject is a module of `members`. CamelCase there is D-Bus's own: a method is found by its name.

The docstring of a subject heads its part of docs/dbus.md, those of members are the text there
(`python -m tools.docs`). After the first paragraph, lines of the form "name, name: meaning"
describe arguments, or entries of a dictionary; a last line names the errors. Words of the wire
stand in backticks.
"""

from collections.abc import Mapping
from typing import Any, cast

from dbus_next import introspection
from dbus_next.constants import ArgDirection, PropertyAccess
from dbus_next.service import ServiceInterface

from ..dbus.names import SCROBBLER
from .members.accounts import AccountsMembers
from .members.backfill import BackfillMembers
from .members.corrections import CorrectionsMembers
from .members.daemon import DaemonMembers
from .members.library import LibraryMembers
from .members.login import LoginMembers
from .members.players import PlayersMembers
from .members.plays import PlaysMembers
from .members.queue import QueueMembers
from .members.reconciliation import ReconciliationMembers
from .members.settings import SettingsMembers
from .members.submit import SubmitMembers
from .properties import PROPERTY_MEMBERS
from .signatures import Member, Method, Property, Signal, members_of

SUBJECTS: tuple[type[Any], ...] = (
    LoginMembers,
    AccountsMembers,
    SettingsMembers,
    SubmitMembers,
    PlaysMembers,
    CorrectionsMembers,
    QueueMembers,
    ReconciliationMembers,
    PlayersMembers,
    LibraryMembers,
    BackfillMembers,
    DaemonMembers,
)

MEMBERS: Mapping[str, Member] = {
    name: member
    for members in (*map(members_of, SUBJECTS), PROPERTY_MEMBERS)
    for name, member in members.items()
}


class Scrobbler1(ServiceInterface):
    """What dbus-next answers Introspect with; `DbusObject` does the rest."""

    def __init__(self) -> None:
        super().__init__(SCROBBLER)

    def introspect(self) -> introspection.Interface:
        """Returns all members, by name."""
        members = sorted(MEMBERS.items())
        return introspection.Interface(
            SCROBBLER,
            methods=[
                introspection.Method(
                    name,
                    _arguments(member.takes, ArgDirection.IN),
                    _arguments(member.gives, ArgDirection.OUT),
                )
                for name, member in members
                if isinstance(member, Method)
            ],
            signals=[
                introspection.Signal(name, _arguments(member.gives, ArgDirection.OUT))
                for name, member in members
                if isinstance(member, Signal)
            ],
            properties=[
                introspection.Property(
                    name,
                    member.gives[name],
                    PropertyAccess.READWRITE if member.takes else PropertyAccess.READ,
                )
                for name, member in members
                if isinstance(member, Property)
            ],
        )


def _arguments(types: Mapping[str, str], direction: ArgDirection) -> list[introspection.Arg]:
    untyped = cast("Any", introspection.Arg)
    return [untyped(signature, direction, name) for name, signature in types.items()]
