"""The language of manual pages (man(7)), as far as it is made."""

import re
import textwrap

WIDTH = 78


def text(words: str) -> str:
    """Running text, in which what stands in backticks is a word of a file or of the wire."""
    pieces = re.split(r"`([^`]*)`", words)
    marked = [
        f"\\fB{_escaped(piece)}\\fR" if number % 2 else _escaped(piece)
        for number, piece in enumerate(pieces)
    ]
    lines = textwrap.wrap("".join(marked), WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def _escaped(words: str) -> str:
    """Plain text: a hyphen is one that can be copied, and so are ^ and ~."""
    plain = words.replace("\\", "\\e")
    for character, name in (("-", "\\-"), ("^", "\\(ha"), ("~", "\\(ti"), ("'", "\\(aq")):
        plain = plain.replace(character, name)
    return plain
