"""A Last.fm that repeats in its answer all that it was asked, and what must not be seen of it."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from lab.behaviour import Ending
from lab.lastfm import Request, StandIn
from lab.lastfm_answers import XML_TYPE
from lab.reply import HTML_TYPE, JSON_TYPE, Reply

PIECE = 12
"""Characters of a secret that would be too many."""

Shape = Callable[[str, str], Reply]
"""From the form that was sent, as the wire has it and as JSON, to an answer."""


def pieces(secrets: Iterable[str]) -> set[str]:
    """What of these must not be seen anywhere."""
    return {one[at : at + PIECE] for one in secrets for at in range(len(one) - PIECE + 1)}


def leaks(secrets: Iterable[str], *places: str) -> list[str]:
    """The pieces of secrets in these texts, with what stands before them."""
    text = "\n".join(places)
    found = sorted(text.find(piece) for piece in pieces(secrets) if piece in text)
    return [text[max(0, at - 120) : at + 40] for at in found]


def _json(body: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": JSON_TYPE})


def _error(code: int, words: str, status: int = 400) -> Reply:
    return _json({"error": code, "message": words}, status)


def _item(words: str, code: str) -> Reply:
    items = {"ignoredMessage": {"code": code, "#text": words}}
    return _json({"scrobbles": {"@attr": {"accepted": 0, "ignored": 1}, "scrobble": items}})


SHAPES: dict[str, Shape] = {
    "in words": lambda form, tree: _error(8, f"I do not know what {form} is", 500),
    "of a parameter": lambda form, tree: _error(6, f"Invalid parameters: {tree}"),
    "of a session": lambda form, tree: _error(29, f"Too many scrobbles for {tree}"),
    "cut off by us": lambda form, tree: _error(11, f"{'x' * 130} {form} {tree}", 503),
    "cut off by it": lambda form, tree: _error(8, tree[:-20]),
    "cut off in the form": lambda form, tree: _error(8, form[: form.index("sk=") + 25]),
    "of a code unknown": lambda form, tree: _error(99, tree),
    "of a code that is none": lambda form, tree: _json({"error": form, "message": tree}),
    "as GNU FM": lambda form, tree: _json({"error": {"code": "8", "#text": tree}}),
    "in XML": lambda form, tree: Reply(
        500,
        f'<lfm status="failed"><error code="8">{escape(tree)}</error></lfm>'.encode(),
        {"Content-Type": XML_TYPE},
    ),
    "in a page": lambda form, tree: Reply(
        502, f"<html><title>{escape(form)}</title></html>".encode(), {"Content-Type": HTML_TYPE}
    ),
    "in a header": lambda form, tree: Reply(503, b"", {"Retry-After": form, "Server": form}),
    "as it is": lambda form, tree: Reply(200, tree.encode(), {"Content-Type": JSON_TYPE}),
    "of an item": lambda form, tree: _item(tree, "1"),
    "of an item too early": lambda form, tree: _item(f"{'x' * 120}{form}", "4"),
}
"""How it says it."""


class Echo(StandIn):
    """Answers as it should until it is given a shape."""

    shape: Shape | None = None

    def answer(self, request: Request) -> tuple[Reply, Ending | None]:
        """Repeats what was asked."""
        if self.shape is None or "sk" not in request.params:
            return super().answer(request)
        self.requests.append(request)
        self.changed.notify_all()
        return self.shape(urlencode(request.params), json.dumps(dict(request.params))), None
