"""Knows the keys of the dashboard: what each is called, and which bytes of a terminal mean it."""

import re
from collections.abc import Mapping

QUIT, LOVE, SKIP, PAUSE, RETRY, EXPLAIN, HELP = "qlspre?"
UP, DOWN, ESCAPE = "up", "down", "escape"

KEYS: Mapping[str, tuple[str, str]] = {
    QUIT: ("quit", "leave; so does Ctrl-C"),
    LOVE: ("love", "love the track; again: take that back"),
    SKIP: ("skip", "do not scrobble what is playing; again: scrobble it after all"),
    PAUSE: ("pause", "scrobble nothing; again: go on"),
    RETRY: ("retry", "send now what waits"),
    EXPLAIN: ("explain", "why the play was scrobbled, or was not"),
    HELP: ("help", "show this"),
}
"""Each key, its name at the bottom of the screen, and its meaning in the help."""

_NAMES = {
    **dict.fromkeys(("\x1b[A", "\x1bOA", "k"), UP),
    **dict.fromkeys(("\x1b[B", "\x1bOB", "j"), DOWN),
    "\x1b": ESCAPE,
}
"""What terminals send for the keys that have no letter, and the letters of vi for two of them."""

_PRESS = re.compile(r"\x1b[\[O][0-9;?]*.?|.", re.DOTALL)
"""One press: a sequence such as that of an arrow, or a letter. A letter after Escape is taken for
one of its own: over a slow line they come together."""


def presses(typed: bytes) -> list[str]:
    """Returns the names of the keys that were pressed. A key without a name stays as it is.

    >>> presses(b"s\\x1b[Aj\\x1b[15~?")
    ['s', 'up', 'down', '\\x1b[15~', '?']
    """
    matches = _PRESS.finditer(typed.decode(errors="replace"))
    return [_NAMES.get(press[0], press[0]) for press in matches]
