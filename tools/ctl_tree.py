"""Pure: the command line as plain data, read off the parser: for completion and the manual."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# argparse tells nobody what it was told, so this file reads its insides; no other one does.

ENDING = (
    argparse._HelpAction,  # pyright: ignore[reportPrivateUsage]
    argparse._VersionAction,  # pyright: ignore[reportPrivateUsage]
)
"""Options after which nothing else counts."""


@dataclass(frozen=True, slots=True)
class Value:
    """What an option or an argument takes.

    `name` is its metavar, such as "FILE"; `choices` is empty where anything goes; `optional`: it
    may be left out; `many`: it may be repeated.
    """

    name: str
    what: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """An option by all its names; `value` is None for a switch; `ends`: nothing else is looked at
    where it is given."""

    names: tuple[str, ...]
    what: str
    value: Value | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command; `path` is its words after "scrobblerctl", "" for the whole."""

    path: str
    what: str
    options: tuple[Option, ...]
    values: tuple[Value, ...]
    actions: tuple["Command", ...]

    @property
    def name(self) -> str:
        """Its last word."""
        return self.path.rpartition(" ")[2]

    def walk(self) -> Iterator["Command"]:
        """This one and all below it."""
        yield self
        for one in self.actions:
            yield from one.walk()


def tree(parser: argparse.ArgumentParser, path: str = "", what: str = "") -> Command:
    """What the parser of a command takes."""
    options: list[Option] = []
    values: list[Value] = []
    actions: list[Command] = []
    for one in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if isinstance(one, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            actions += _actions(one, path)
        elif one.option_strings:
            options.append(_option(one))
        else:
            values.append(_value(one))
    return Command(path, what, tuple(options), tuple(values), tuple(actions))


def _actions(group: Any, path: str) -> Iterator[Command]:
    for one in group._choices_actions:  # those with a help text: others are hidden
        yield tree(group.choices[one.dest], f"{path} {one.dest}".strip(), one.help)


def _option(one: argparse.Action) -> Option:
    names = tuple(one.option_strings)
    if isinstance(one, ENDING):
        return Option(names, _what(one), ends=True)
    return Option(names, _what(one), None if one.nargs == 0 else _value(one))


def _value(one: argparse.Action) -> Value:
    name = one.metavar if isinstance(one.metavar, str) else one.dest.upper()
    repeated = isinstance(one, argparse._AppendAction)  # pyright: ignore[reportPrivateUsage]
    return Value(
        name=name,
        what=_what(one),
        choices=tuple(map(str, one.choices or ())),
        optional=one.nargs in ("?", "*"),
        many=one.nargs in ("*", "+") or repeated,
    )


def _what(one: argparse.Action) -> str:
    return (one.help or "") % {"default": one.default}
