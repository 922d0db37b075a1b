"""Parsers that report an error in one line, and commands whose modules are imported late."""

import argparse
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from ...core.text import printable

HIDDEN = "complete"
"""The command that the completion scripts run. No help shows it."""


class LateModule:
    """Stands for a module of `commands`, or of another folder beside it. Calling one of its
    functions imports it.

    Importing all of them, and the bus, would double the time that `--version` takes.
    """

    def __init__(self, name: str, folder: str = "commands") -> None:
        self._name = f"..{folder}.{name}"

    def __getattr__(self, function: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            module = import_module(self._name, __package__)
            return getattr(module, function)(*arguments)

        return call


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, which names the command that it is about."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False, add_help=False)
        self.add_argument("-h", "--help", action="help", help="show this help")
        self.commands: Mapping[str, Parser] = {}
        self.arrange: Callable[[list[str]], list[str]] = list
        """Puts the arguments into an order that argparse understands."""
        self._negative_number_matcher = re.compile(r"-\d")  # "-10m" is a time, and no option

    def add_subparsers(  # pyright: ignore[reportIncompatibleMethodOverride] # many overloads
        self, **options: Any
    ) -> Any:
        """Adds commands as argparse does, and remembers them for `find`."""
        group: Any = super().add_subparsers(**options)
        self.commands = group.choices
        return group

    def find(self, words: Sequence[str]) -> "Parser":
        """Returns the parser of the command that the words name. Ends as `error` does if there is
        none."""
        if not words:
            return self
        if words[0] not in self.commands:
            self.error(self._unknown_command(words[0], self.commands))
        return self.commands[words[0]].find(words[1:])

    def format_help(self) -> str:
        """Returns the help page, which ends with examples."""
        from .examples import told  # noqa: PLC0415 # only here

        return super().format_help() + told(self.prog.partition(" ")[2])

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] # many overloads
        self, args: Any = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parses as argparse does, but refuses what this command does not know. argparse would
        blame `scrobblerctl`, whose help says nothing about the command."""
        arranged = None if args is None else self.arrange(list(args))
        options, unknown = super().parse_known_args(arranged, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """Prints the line and exits."""
        if unknown := re.match(
            r"argument (?:COMMAND|ACTION): invalid choice: '(.*)' \(choose from (.*)\)", message
        ):
            message = self._unknown_command(unknown[1], re.findall(r"[\w-]+", unknown[2]))
        elif not message.startswith(_UNKNOWN):
            message += ";"
        page = self.prog if self.prog.endswith(" help") else f"{self.prog} --help"
        self.exit(2, f"{self.prog}: {printable(message)} {page} tells more\n")

    def _unknown_command(self, given: str, known: Iterable[str]) -> str:
        """Says that there is no such command, and which one may be meant: one below another that
        has the name, or one that is known here and written alike."""
        from difflib import get_close_matches  # noqa: PLC0415 # only here

        below = [
            f"{name} {given}" for name, each in self.commands.items() if given in each.commands
        ]
        shown = [name for name in known if name != HIDDEN]
        meant = " or ".join(below or get_close_matches(given, shown, 1, CLOSE))
        return f"{_UNKNOWN} {given!r:.40};" + (f" did you mean {meant}?" if meant else "")


_UNKNOWN = "there is no command"

CLOSE = 0.65
"""How much of a word must be that of a command to suggest it: a slip or two, or its beginning."""
