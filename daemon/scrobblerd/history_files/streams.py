"""Reads text from a file bit by bit: lines, and values of JSON. A file of any size takes the memory
of one line or value. All raise UnreadableFile.

A copy that was broken off may end anywhere, also within a character: that costs its last entry.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from .entries import CutOff, UnreadableFile

MAX_LINE_BYTES = 2**20
"""A longer line is no play."""

_CHUNK_BYTES = 2**16
_ARRAY = re.compile(r'"(?:listens|scrobbles|list|track)"\s*:\s*\[')
"""Where the plays begin in an export that says other things first."""
_MAX_NAME = 100
"""Characters of such a beginning that a piece of the file may have cut."""

_BLANK = " \t\r\n\ufeff"
_BETWEEN = re.compile(r"[\s,]*")
_CUT_WORD = re.compile(r"[\w.+\\-]{0,8}\s*")
"""What may be left of a number, an escape or a word such as true."""

CUT_LINE = "\ufffd"
"""Stands for a line that ends within a character. It is no entry of any format."""


def lines(stream: BinaryIO) -> Iterator[str]:
    """Yields the lines, with their ends; CUT_LINE for a last one that ends within a character."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise UnreadableFile(f"line {number} is longer than {MAX_LINE_BYTES // 2**20} MB")
        if b"\0" in raw:
            raise UnreadableFile(f"line {number} has a NUL: it is no text")
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            if not _is_cut(error):
                raise UnreadableFile(
                    f"line {number} is not UTF-8: convert the file before, such as by iconv -f"
                    " WINDOWS-1252 -t UTF-8"
                ) from None
            text = CUT_LINE
        yield text


def _is_cut(error: UnicodeDecodeError | json.JSONDecodeError) -> bool:
    """Returns whether what was decoded is sound, but ends too early."""
    if isinstance(error, UnicodeDecodeError):
        return error.reason == "unexpected end of data"
    is_text = error.msg.startswith("Unterminated string")
    return is_text or bool(_CUT_WORD.fullmatch(error.doc, error.pos))


class JsonValues:
    """The values of a list of JSON, or of the list of plays in an object. Iterating raises CutOff
    after the last whole one if the file ends before the list does."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._text, self._at, self._ended, self._number = "", 0, False, 0

    def __iter__(self) -> Iterator[Any]:
        is_list = self._go_to_list()
        is_more = True
        while is_more:
            while (value := self._next()) is not _END:
                self._number += 1
                yield value
            is_more = self._is_list_next() if is_list else self._is_list_later()

    def _more(self) -> bool:
        """Reads on. Returns whether there was anything."""
        if self._ended:
            return False
        chunk = self._stream.read(_CHUNK_BYTES)
        self._ended = not chunk
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            if not (self._ended and _is_cut(error)):
                raise UnreadableFile(f"it is not UTF-8 after entry {self._number}") from None
            text = ""
        self._text, self._at = self._text[self._at :] + text, 0
        return not self._ended

    def _go_to_list(self) -> bool:
        """Goes to the first value. Returns whether the file is a list itself."""
        while self._more() and len(self._text) < MAX_LINE_BYTES:
            if self._text.lstrip().startswith("["):
                self._at = self._text.index("[") + 1
                return True
            if place := _ARRAY.search(self._text):
                self._at = place.end()
                return False
        raise UnreadableFile("it has no list of plays")

    def _is_list_next(self) -> bool:
        """Goes to the list behind this one, as of files that were put together. Returns whether
        there is one."""
        while not (rest := self._text[self._at :].lstrip(_BLANK)):
            self._at = len(self._text)
            if not self._more():
                return False
        if not rest.startswith("["):
            raise UnreadableFile(f"there is no list after entry {self._number}, but something else")
        self._at = len(self._text) - len(rest) + 1
        return True

    def _is_list_later(self) -> bool:
        """Goes to the next list of plays in the object, or in one behind it. Returns whether there
        is one."""
        while not (place := _ARRAY.search(self._text, self._at)):
            self._at = max(self._at, len(self._text) - _MAX_NAME)
            if not self._more():
                return False
        self._at = place.end()
        return True

    def _next(self) -> Any:
        while True:
            between = _BETWEEN.match(self._text, self._at)
            self._at = between.end() if between else self._at
            if self._text[self._at : self._at + 1] == "]":
                self._at += 1
                return _END
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise UnreadableFile(f"entry {self._number + 1} is no play") from None
            except json.JSONDecodeError as error:
                self._go_on(error)
                continue
            if end == len(self._text) and self._more():  # a number may go on
                continue
            self._at = end
            return value

    def _go_on(self, error: json.JSONDecodeError) -> None:
        """Reads on, for the next value is not whole. Raises UnreadableFile if it never will be."""
        if len(self._text) - self._at > MAX_LINE_BYTES:
            raise UnreadableFile(f"entry {self._number + 1} is no JSON, or longer than 1 MB")
        if self._more():
            return
        if not _is_cut(error):
            raise UnreadableFile(f"entry {self._number + 1} is no JSON")
        words = "is cut off" if self._at < len(self._text) else "is missing: the file is cut off"
        raise CutOff(f"entry {self._number + 1} {words}")


_END = object()
_DECODER = json.JSONDecoder()
