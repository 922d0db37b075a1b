"""What a terminal can be sent: text without what it obeys, and with the marks that it needs."""

import os
import re
from typing import IO

from ...core.text import FSI, PDI, pieces

_WITHOUT_DIRECTIONS = ("dumb", "linux")
"""Values of TERM of terminals that show every sign from left to right. The console of Linux would
show the marks."""


def shows_isolates(stream: IO[str]) -> bool:
    """Returns whether names that run from right to left are to be marked: see `isolated`. A program
    that reads a pipe would take the marks for parts of a name."""
    is_unicode = (getattr(stream, "encoding", "") or "").lower().startswith("utf")
    known = os.environ.get("TERM", "dumb") not in _WITHOUT_DIRECTIONS
    return known and is_unicode and stream.isatty()


def harmless(content: str, *, isolates: bool = False) -> str:
    """Returns a text of many lines without what a terminal obeys, but for line breaks and tabs.
    `isolates`: names that run from right to left are marked."""
    return re.sub(r"[^\n\t]+", lambda line: _shown(line[0], isolates), content)


def _shown(line: str, isolates: bool) -> str:
    return "".join(
        f"{FSI}{part}{PDI}" if isolates and is_isolated else part
        for part, is_isolated in pieces(line)
    )
