"""Makes and reads bodies of any server: JSON within bounds, and what came if it is no answer.
Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..core.text import for_people
from ..core.values import as_dict
from .http import HttpAnswer

MAX_VALUES = 200_000
"""Elements, attributes, lists and entries in an answer: a page of 1,000 loved tracks has a quarter
as many."""

MAX_PAGE_HEAD_BYTES = 4096
"""How far a web page is read for its title."""

MAX_SEEN_CHARACTERS = 60
"""What is shown of a body that is no answer."""

_MARKS = b"<={[,"
"""Each value of an answer begins with one of these, or follows one; each attribute has a "="."""


def as_json(value: Mapping[str, Any]) -> bytes:
    """Returns a value as JSON on the wire, always the same bytes of the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def text_within_bounds(body: bytes) -> str:
    """Returns a body as text; "" if it has more values than anybody asks for: they would take a
    hundred times the room of the body."""
    if sum(body.count(mark) for mark in _MARKS) > MAX_VALUES:
        return ""
    return body.decode("utf-8-sig", "replace").strip()


def json_object(body: bytes) -> dict[str, Any] | None:
    """Returns the JSON object of a body; None if it is none."""
    try:
        value: object = json.loads(text_within_bounds(body))
    except (ValueError, RecursionError):
        return None
    return as_dict(value) if isinstance(value, dict) else None


def is_web_page(answer: HttpAnswer) -> bool:
    """Whether the body is a web page."""
    return b"<html" in answer.body[:MAX_PAGE_HEAD_BYTES].lower()


def seen(answer: HttpAnswer) -> str:
    """Says what came instead of an answer: the title of a web page, or the first words."""
    head = answer.body[:MAX_PAGE_HEAD_BYTES].decode("utf-8", "replace")
    if is_web_page(answer):
        title = re.search(r"<title[^>]*>([^<]*)", head, re.IGNORECASE)
        return f'a web page "{for_people(title[1])}"' if title else "a web page"
    words = for_people(head[:MAX_SEEN_CHARACTERS])
    return f'"{words}"' if words else "nothing in it"


def redirect(answer: HttpAnswer, option: str) -> str:
    """Says where a redirect leads: to the same server, or to another one. `option` is what the
    address is called in config.toml."""
    if not answer.location:
        return "a redirect to nowhere"
    asked, target = urlsplit(answer.url), urlsplit(answer.location)
    server = target.netloc.rpartition("@")[2]
    shown = for_people(f"{target.scheme}://{server}{target.path}")
    if asked.hostname == target.hostname or asked.path == target.path:
        return f"{option} should be {shown}"
    return f"a redirect to {shown}; is this a network that wants a login?"
