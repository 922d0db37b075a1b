"""HTTP answers as a stand-in writes them: JSON, and the pages of a front end.

Pure: makes bytes; opens no socket and keeps no state.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. Content-Length is added when it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def json_reply(tree: Any, status: int = 200, content_type: str = JSON_TYPE) -> Reply:
    """Returns the tree as JSON."""
    body = json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, {"Content-Type": content_type})


def html_reply(status: int, text: str | None = None) -> Reply:
    """Returns a page as a front end writes it, or a page with `text`."""
    title = f"{status} {HTTPStatus(status).phrase}"
    shown = f"<p>{text}</p>" if text else f"<h1>{title}</h1><hr><center>openresty</center>"
    page = f"<html><head><title>{title}</title></head><body>{shown}</body></html>\n"
    return Reply(status, page.encode(), {"Content-Type": HTML_TYPE})
