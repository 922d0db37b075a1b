"""A line for rich in which names that run from right to left scramble nothing.

A terminal that shows Arabic or Hebrew as it is written puts the signs between two such names, and
figures beside one, into their order, too: columns change places. A name between FSI and PDI stays
by itself. Only a terminal gets these marks, and only around such names: a program that reads a pipe
would have signs in a name that nobody sees, and a terminal that does not know them shows boxes.
"""

from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions
from rich.segment import ControlType, Segment
from rich.style import Style
from rich.text import Text

from ...core.text import FSI, PDI
from .terminal import shows_isolates

_ISOLATE = "isolate"
_NOTHING = [(ControlType.HOME,)]
"""Makes rich count no cells for a mark, and leave it out of what is no terminal. It obeys nothing:
the text of a segment is what is written."""


class IsolatedText(Text):
    """A line of which `isolate` has named parts. The marks are set after it was folded, so that
    each part of a name is closed at the end of its line."""

    def isolate(self, start: int, end: int) -> None:
        """Lets what is between `start` and `end` be by itself."""
        self.stylize(Style.from_meta({_ISOLATE: start}), start, end)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        segments = super().__rich_console__(console, options)
        return _marked(segments) if shows_isolates(console.file) else segments


def _marked(segments: Iterable[Segment]) -> Iterator[Segment]:
    before: object = None
    for segment in segments:
        part = segment.style.meta.get(_ISOLATE) if segment.style else None
        if part != before:
            if before is not None:
                yield Segment(PDI, None, _NOTHING)
            if part is not None:
                yield Segment(FSI, None, _NOTHING)
        before = part
        yield segment
    if before is not None:
        yield Segment(PDI, None, _NOTHING)
