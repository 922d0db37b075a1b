"""completion: a script that completes our command line, for bash, zsh or fish.

Each is made of the parser, so that none of them falls behind it; what is asked of the bus while
somebody types stands in `offers`. (shtab would make those of bash and zsh, not that of fish, and
nothing that asks.)
"""

from argparse import Namespace
from collections.abc import Callable, Mapping

from ..arguments import parser
from ..completion import bash, fish, zsh
from ..completion.tree import Command, tree
from ..display.screen import Screen

SCRIPTS: Mapping[str, Callable[[Command], str]] = {
    "bash": bash.script,
    "zsh": zsh.script,
    "fish": fish.script,
}
"""What makes the script of each shell."""


async def completion(options: Namespace, screen: Screen) -> None:
    """Print the script."""
    screen.raw(script(options.shell).removesuffix("\n"))


def script(shell: str) -> str:
    """The script for a shell."""
    return SCRIPTS[shell](tree(parser()))
