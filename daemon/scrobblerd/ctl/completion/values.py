"""Pure: what a shell can offer for a value, by the value's name: words, or lines of shell that ask.

Whoever presses Tab neither waits nor starts the daemon: a line asks the bus for a second at most,
says nothing where there is no bus, and works alike in sh, zsh and fish. It prints a word a line,
with a tab and its description where it has one.
"""

from collections.abc import Sequence

from ...core.model import PREFIX
from .tree import Value

NAME = "org.scrobblerd.Scrobbler1"

FILE = "FILE"
"""What shells know best themselves."""

WORDS = {
    "WHEN": ("today", "yesterday", "7d", "30d", "all"),
    "DURATION": ("15m", "30m", "1h", "2h"),
    "NAME": (
        *("enabled", "scrobble_threshold"),
        *("username", "authenticated", "configured", "paused_until"),
    ),
    "VALUE": ("on", "off"),
}
"""What is likely, where more would be taken."""

_BUSCTL = "busctl --user --auto-start=no --timeout=1 -j call"
_BUS = f"{_BUSCTL} org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus"
_DAEMON = f"{_BUSCTL} {NAME} /org/scrobblerd/Scrobbler1 {NAME}"
_ENTRIES = (  # one a line, then its number and "title by artist"
    r"""sed 's/},{"id"/}\n{"id"/g' | sed -n """
    r"""'s/.*"id":{"type":"x","data":\([0-9]*\)}.*"artist":{"type":"s","data":"\(.*\)"},"t[a-z]*":"""
    r"""{"type":"s","data":"\(.*\)"},"album":.*/\1\t\3 by \2/p'"""
)
_ACCOUNTS = r"""grep -o '"account":{"type":"s","data":"[^"]*' | sed 's/.*"//' | sort -u"""

LINES = {
    "PLAYER": rf"""{_BUS} ListNames 2>/dev/null | grep -o '{PREFIX}[^"]*' | cut -d . -f 4-""",
    "PLAY": f"{_DAEMON} GetHistory ux 30 0 2>/dev/null | {_ENTRIES}",
    "ROW": f"{_DAEMON} ListQueue sux rejected 30 0 2>/dev/null | {_ENTRIES}",
    "ACCOUNT": f"{_DAEMON} ListQueue sux held 200 0 2>/dev/null | {_ACCOUNTS}",
}
"""What only the bus knows."""


def words(value: Value) -> tuple[str, ...]:
    """What can be offered for a value without asking anybody."""
    return value.choices or WORDS.get(value.name, ())


def filled(template: str, **parts: Sequence[str]) -> str:
    """A script: the lines of each part in the place of its name between two @."""
    for name, lines in parts.items():
        template = template.replace(f"@{name}@", "\n".join(lines))
    return template
