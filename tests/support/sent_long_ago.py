"""Plays that a daemon sent an hour ago: so their services must show them."""

import time
from typing import Any

from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.scrobbler import Scrobbler
from tests.support.waiting import until

HOUR, DAY = 3600, 86400


def plays_of_yesterday(*titles: str) -> list[dict[str, Variant]]:
    """Plays of Mira Holt as ImportPlays takes them, five minutes apart."""
    first = int(time.time()) - DAY
    return [
        {
            "artist": Variant("s", "Mira Holt"),
            "track": Variant("s", title),
            "album": Variant("s", "Tidewater"),
            "timestamp": Variant("x", first + 300 * number),
            "duration": Variant("u", 187),
        }
        for number, title in enumerate(titles)
    ]


async def sent_long_ago(scrobbler: Scrobbler, daemon: Daemon, *titles: str, to: list[str]) -> None:
    """Plays of yesterday are in the history, and were sent to accounts."""
    [answer] = await scrobbler.call(
        "ImportPlays", "aa{sv}asb", plays_of_yesterday(*titles), to, False
    )
    wait_until_sent(daemon, answer["queued"])


def wait_until_sent(daemon: Daemon, number: int) -> None:
    """Waits until so many rows were sent, and lets that be an hour ago."""

    def sent() -> int:
        [(rows,)] = daemon.rows("SELECT count(*) FROM scrobble_queue WHERE state = 'sent'")
        return rows

    until(lambda: sent() == number)
    daemon.change("UPDATE scrobble_queue SET sent_at = sent_at - ?", HOUR)


def figures(result: dict[str, Any]) -> dict[str, int]:
    """The figures of a verify that are not 0."""
    names = ("sent", "shown", "changed", "missing", "doubled", "sent_again", "taken", "deleted")
    return {name: value for name in names if (value := result[name])}
