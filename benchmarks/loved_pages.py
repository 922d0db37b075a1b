"""A Last.fm that knows many loved tracks and nothing else, in a process of its own.

    with server(100_000, 1_000_000) as api_url:
        ...

Its pages are made before it listens, and its CPU time is not that of who asks. Half of the loved
tracks are in a library of `rows` rows as they are written there, a fifth without decorations, the
rest is not.
"""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer
from typing import Any, cast
from urllib.parse import parse_qs

from scrobblerd.services.lastfm import LASTFM

PAGE = LASTFM.loves.page_tracks

USER = "quiet_otter"


def entry(number: int, rows: int) -> dict[str, Any]:
    """The loved track `number`, as long as the real ones are."""
    step = number * 7919 % rows  # all over the library
    artist, title = f"The Paper Lanterns {step // 12}", f"Track {step}"
    kind = number % 10
    if kind in (5, 6):
        title += " - Remastered 2011"
    elif kind > 6:
        artist = f"Somebody Else {number}"
    url = f"https://www.last.fm/music/The+Paper+Lanterns+{step // 12}"
    sizes = ("small", "medium", "large", "extralarge")
    picture = "https://lastfm.freetls.fastly.net/i/u/300x300/2a96cbd8b46e442fc41c2b86b821562f.png"
    return {
        "artist": {"url": url, "name": artist, "mbid": "11111111-2222-4333-8444-555555555555"},
        "date": {"uts": str(1_780_000_000 - number), "#text": "28 May 2026, 20:26"},
        "mbid": "" if number % 2 else f"11111111-2222-4333-8444-{number:012}",
        "url": f"{url}/_/Track+{step}",
        "name": title,
        "image": [{"size": size, "#text": picture} for size in sizes],
        "streamable": {"fulltrack": "0", "#text": "0"},
    }


def page(number: int, loved: int, rows: int) -> bytes:
    """The body of a page."""
    places = range((number - 1) * PAGE, min(loved, number * PAGE))
    counts = {"totalPages": -(-loved // PAGE), "page": number, "perPage": PAGE, "total": loved}
    attributes = {"user": USER, **{name: str(count) for name, count in counts.items()}}
    tracks = [entry(place, rows) for place in places]
    return json.dumps({"lovedtracks": {"track": tracks, "@attr": attributes}}).encode()


class Pages(HTTPServer):
    """Serves pages that were made before."""

    def __init__(self, loved: int, rows: int) -> None:
        count = -(-loved // PAGE)
        self.pages = [page(number, loved, rows) for number in range(1, count + 1)]
        super().__init__(("127.0.0.1", 0), Handler)

    def server_bind(self) -> None:
        """Bind without a question to the resolver."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = cast("tuple[str, int]", self.server_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """One page."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        body = cast("Pages", self.server).pages[int(form["page"][0]) - 1]
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Silence."""


@contextmanager
def server(loved: int, rows: int) -> Generator[str]:
    """A Last.fm that knows loved tracks and nothing else: its API root."""
    command = [sys.executable, "-m", "benchmarks.loved_pages", str(loved), str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield f"http://127.0.0.1:{port}/2.0/"
        process.kill()


def main() -> None:
    """Serve until killed: python -m benchmarks.loved_pages LOVED ROWS"""
    pages = Pages(int(sys.argv[1]), int(sys.argv[2]))
    print(pages.server_port, flush=True)
    pages.serve_forever()


if __name__ == "__main__":
    main()
