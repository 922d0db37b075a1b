"""Makes running text of manual pages (man(7))."""

import re
import textwrap

WIDTH = 78
"""Characters of a line of the source at most."""


def text(words: str) -> str:
    """Returns running text. What stands in backticks is bold: a word of a file or of the wire."""
    pieces = re.split(r"`([^`]*)`", words)
    marked = [
        f"\\fB{_escaped(piece)}\\fR" if number % 2 else _escaped(piece)
        for number, piece in enumerate(pieces)
    ]
    lines = textwrap.wrap("".join(marked), WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def _escaped(words: str) -> str:
    """Returns plain text. Hyphens, ^, ~ and quotes in it can be copied from the page."""
    plain = words.replace("\\", "\\e")
    for character, name in (("-", "\\-"), ("^", "\\(ha"), ("~", "\\(ti"), ("'", "\\(aq")):
        plain = plain.replace(character, name)
    return plain
