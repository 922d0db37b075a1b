"""Pure: the body of an answer, JSON or Last.fm's XML, as one kind of dictionary.

JSON here is a mechanical translation of XML, so one child may be an object or a list, numbers are
strings, and an empty element may be "", missing or null. These readers take all of it.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from ..core.values import as_dict, as_int

MAX_VALUES = 200_000
"""Elements, lists and entries in an answer: a page of 1,000 loved tracks has a quarter as many."""

_MARKS = b"<{[,"
"""Each value of an answer begins with one of these, or follows one."""


class BoundedBody:
    """A body that comes piece by piece, unpacked as far as `most` bytes and never further."""

    def __init__(self, encoding: str, most: int) -> None:
        packed = encoding.lower() in ("gzip", "x-gzip", "deflate")
        self.body = bytearray()
        self._most = most
        self._after = 0  # bytes that came after the end of what was packed
        self._unpacker = zlib.decompressobj(wbits=47) if packed else None  # 47: by its own head

    @property
    def full(self) -> bool:
        """Whether there is more than anybody reads."""
        return max(len(self.body), self._after) > self._most

    def add(self, piece: bytes) -> None:
        """The next piece. Raises ValueError where it can't be unpacked."""
        if self._unpacker is None:
            self.body += piece
            return
        if self._unpacker.eof:  # which would keep it all
            self._after += len(piece)
            return
        try:
            self.body += self._unpacker.decompress(piece, self._most + 1 - len(self.body))
        except zlib.error as error:
            raise ValueError(f"the answer can't be unpacked: {error}") from error


def parse(body: bytes) -> dict[str, Any] | None:
    """The body as a dictionary, from JSON or from Last.fm's XML; None where it is neither, or has
    more values than anybody asks for: they would take a hundred times the room of the body."""
    if sum(body.count(mark) for mark in _MARKS) > MAX_VALUES:
        return None
    text = body.decode("utf-8-sig", "replace").strip()
    try:
        if not text.startswith("<"):
            found: object = json.loads(text)
            return as_dict(found) if isinstance(found, dict) else None
        if "<lfm" not in text[:400] or "<!" in text:
            return None
        return _from_xml(ElementTree.fromstring(text))  # noqa: S314 # no entities: see the line above
    except (ValueError, RecursionError, ElementTree.ParseError):
        return None


def error_code(body: Mapping[str, Any]) -> int:
    """The error code in a body, 0 where there is none. GNU FM wraps it in an object."""
    error = body.get("error")
    return as_int(as_dict(error).get("code") if isinstance(error, dict) else error)


def text_of(value: Any) -> str:
    """The text of an element that may be a string, an object with "#text" or "name", or missing."""
    while isinstance(value, dict):  # no recursion: a server may nest deeper than Python does
        found = as_dict(value)
        value = found.get("#text") or found.get("name")
    return value if isinstance(value, str) else ""


def _from_xml(root: ElementTree.Element) -> dict[str, Any]:
    error = root.find("error")
    if error is not None or root.get("status") == "failed":
        code, text = (error.get("code"), error.text) if error is not None else (None, None)
        return {"error": code, "message": text or ""}
    return {child.tag: _element(child) for child in root}


def _element(element: ElementTree.Element) -> Any:
    """Last.fm's own mechanical translation of XML to JSON."""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_element(child))
    if found:
        children = {tag: values if len(values) > 1 else values[0] for tag, values in found.items()}
        return children | ({"@attr": dict(element.attrib)} if element.attrib else {})
    text = (element.text or "").strip()
    return {**element.attrib, "#text": text} if element.attrib else text
