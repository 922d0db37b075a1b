"""What was listened to: plays, an answer of GetStats, and what a page of it is made of."""

from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from typing import Any

from scrobblerd.ctl.display import statistics
from tests.support.daemon_bench import Bench
from tests.support.rows import put

TODAY = date(2026, 9, 21)
VOID = {"meta", "rect", "br", "link"}
"""Elements that are never closed, or close themselves."""


Play = tuple[str, str, str, int, float, str]
"""Title, artist, player, start, heard, verdict."""


def put_plays(bench: Bench, plays: Sequence[Play]) -> None:
    """Plays into the daemon's database."""
    names = ("title", "artist", "player", "start", "heard", "verdict")
    rows: list[dict[str, Any]] = [dict(zip(names, play, strict=True)) for play in plays]
    put(bench.daemon.database, "plays", *rows)


def answered(days: list[Any] | None = None, name: str = "Mira Holt", plays: int = 4) -> Any:
    """What GetStats may answer."""
    return {
        "plays": plays,
        "counted": 3,
        "heard": 390.50000001,
        "verdicts": [["counted", 3], ["not_heard", 1]],
        "days": [["2026-09-20", 3, 390.5]] if days is None else days,
        "artists": [[name, 2, 190.5], ["The Paper Lanterns", 1, 200.0]],
        "tracks": [["Fern", name, 2, 180.5]],
        "players": [["mpv", 3, 390.5]],
        "albums": [],
        "hours": [],
    }


def by_name(answer: Any = None, since: int = 0) -> dict[str, Any]:
    """The document that is made of it."""
    return statistics.document(answer or answered(), since, TODAY)


class Outline(HTMLParser):
    """What a page is made of; raises AssertionError where an element is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]
