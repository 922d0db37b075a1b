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


MAX_SHOWN_CHOICES = 9
"""Of more words than these a usage line shows only the name."""


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

    @property
    def shown(self) -> tuple[str, ...]:
        """The words of which it must be one; its name if anything goes, or too many words do."""
        return self.choices if 0 < len(self.choices) <= MAX_SHOWN_CHOICES else (self.name,)


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
        for action in self.actions:
            yield from action.walk()


def tree(parser: argparse.ArgumentParser, path: str = "", what: str = "") -> Command:
    """What the parser of a command takes."""
    options: list[Option] = []
    values: list[Value] = []
    actions: list[Command] = []
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            actions += _actions(action, path)
        elif action.help == argparse.SUPPRESS:
            continue  # a former name
        elif action.option_strings:
            options.append(_option(action))
        else:
            values.append(_value(action))
    return Command(path, what, tuple(options), tuple(values), tuple(actions))


def _actions(group: Any, path: str) -> Iterator[Command]:
    for action in group._choices_actions:  # those with a help text: others are hidden
        yield tree(group.choices[action.dest], f"{path} {action.dest}".strip(), action.help)


def _option(action: argparse.Action) -> Option:
    names = tuple(action.option_strings)
    if isinstance(action, ENDING):
        return Option(names, _what(action), ends=True)
    return Option(names, _what(action), None if action.nargs == 0 else _value(action))


def _value(action: argparse.Action) -> Value:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    repeated = isinstance(action, argparse._AppendAction)  # pyright: ignore[reportPrivateUsage]
    return Value(
        name=name,
        what=_what(action),
        choices=tuple(map(str, action.choices or ())),
        optional=action.nargs in ("?", "*"),
        many=action.nargs in ("*", "+") or repeated,
    )


def _what(action: argparse.Action) -> str:
    return (action.help or "") % {"default": action.default}
