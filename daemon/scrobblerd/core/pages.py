"""Pure: how a list is asked for, a page at a time."""

from .errors import InvalidArgument

LARGEST = 200
"""Rows at once: a D-Bus message is no place for more."""


def check_page(limit: int, before_id: int = 0) -> None:
    """Raises InvalidArgument where a list can't be so long, or go on from there."""
    if not 1 <= limit <= LARGEST:
        raise InvalidArgument(f"limit: must be between 1 and {LARGEST}")
    if before_id < 0:
        raise InvalidArgument("before_id: must be an id from such a list, or 0")
