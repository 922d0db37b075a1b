"""Tells which addresses lead to the same server. Pure."""

import re
from urllib.parse import urlsplit

_DEFAULT_PORTS = (None, 80, 443)

_API = re.compile(
    r"(/submit-listens|/validate-token|/1|/2\.0|/apis/(listenbrainz|mlj_1|audioscrobbler|web/v1)"
    r"|/apis|/api/listenbrainz)$"
)
"""What the addresses of APIs have at the end, and those that people know from a browser have not
(docs/protocol.md §12)."""


def server_of(url: str) -> str:
    """Returns host and path of the server whose API is at `url`, the same for all spellings; "" if
    there is no host."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if not host:
        return ""
    path = re.sub(r"/+", "/", parts.path).rstrip("/")
    while (shorter := _API.sub("", path)) != path:
        path = shorter
    return f"{host}{path}" if port in _DEFAULT_PORTS else f"{host}:{port}{path}"
