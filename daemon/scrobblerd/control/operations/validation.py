"""Checks of what a caller passes. Each raises InvalidArgument, which names the argument."""

from collections.abc import Iterable

from ...core.errors import InvalidArgument
from ...core.text import for_wire


def required(argument: str, text: str) -> str:
    """Returns a text as it may be sent. Raises InvalidArgument if nothing is left of it."""
    if clean := for_wire(text):
        return clean
    raise InvalidArgument(f"{argument}: must not be empty")


def one_of(argument: str, word: str, words: Iterable[str]) -> str:
    """Returns `word`. Raises InvalidArgument if it is none of `words`."""
    if word in words:
        return word
    raise InvalidArgument(f"{argument}: must be one of {', '.join(words)}")
