"""The daemon in one time zone, scrobblerctl in another: all commands have the local time of theirs.

Stamps cross the bus, and the command makes words and days of them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn
from tests.support.daemon_bench import Bench
from tests.support.rows import put
from tests.support.scrobblerctl import document, said

ZONES = ("Asia/Tokyo", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC")

SECONDS = 120.0


class Abroad(Daemon):
    """A daemon in a time zone of its own."""

    zone = "UTC"

    def env(self) -> dict[str, str]:
        """Of that zone."""
        return {**super().env(), "TZ": self.zone}


def moments() -> list[datetime]:
    """Around midnight and the changes of summer time, in each zone."""
    local = [
        *((2026, 3, 8), (2026, 11, 1)),  # New York: 23 and 25 hours
        *((2026, 1, 1), (2026, 6, 15), (2011, 12, 30), (2011, 12, 31)),  # Apia had no 30th
    ]
    around = [timedelta(minutes=minutes) for minutes in (-30, -1, 0, 1, 90, 150)]
    begins = {
        (datetime(*day, tzinfo=ZoneInfo(zone)) + shift).astimezone(ZoneInfo("UTC"))
        for zone in ZONES
        for day in local
        for shift in around
    }
    return sorted(begins)


STARTS = [int(begin.timestamp()) for begin in moments()]


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon in Greenwich that has heard a play at each moment, of the last of which Last.fm has
    been told."""
    home: Path = tmp_path_factory.mktemp("abroad")
    with PrivateBus() as bus, StandIn() as lastfm, Abroad(bus, lastfm, home) as daemon:
        bench = Bench(bus, lastfm, daemon)
        for number, start in enumerate(STARTS, 1):
            put_play(daemon, number, start)
        put_outcomes(daemon)
        yield bench


def put_play(daemon: Daemon, number: int, start: int) -> None:
    """A play that counted."""
    daemon.change(
        "INSERT INTO plays (id, key, player, artist, title, album, album_artist, length, start,"
        " boot_id, boot_seconds, heard, needed, verdict, reason)"
        " VALUES (?, ?, 'mpv', 'Mira Holt', 'Fern', '', '', 240, ?, 'b', 1, ?, 120, 'counted',"
        " 'heard')",
        *(number, f"k{number}", start, SECONDS),
    )


SENT, GONE, PARKED = 1, 2, 3
"""Plays whose row was sent, has left the queue since, and waits."""


def put_outcomes(daemon: Daemon) -> None:
    """What became of them."""
    row = (
        "INSERT INTO scrobble_queue (play_id, account_id, username, artist, track, album,"
        " album_artist, mbid, timestamp, created_at, retry_count, state, next_attempt, sent_at,"
        " reason, detail) VALUES (?, 1, 'quiet_otter', 'Mira Holt', 'Fern', '', '', '', ?, ?, 2, ?,"
        " ?, ?, ?, ?)"
    )
    sent = (STARTS[0], STARTS[0], "sent", 0, STARTS[0] + 600, "", "")
    daemon.change(row, SENT, *sent)
    parked = (STARTS[2], STARTS[2], "pending", 2**32 - 1, None, "set_aside", "error 8")
    daemon.change(row, PARKED, *parked)
    put(daemon.database, "outcomes", {"play_id": GONE, "at": STARTS[1] + 600})


def local(stamp: int, zone: str) -> str:
    """A moment as `explain` writes it."""
    return f"{datetime.fromtimestamp(stamp, ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("zone", ZONES)
def test_explain_and_history_have_the_commands_local_time(abroad: Bench, zone: str) -> None:
    env = {"TZ": zone}
    heard = "counted: heard 2:00 of 4:00, needed 2:00"
    begins = {number: local(STARTS[number - 1], zone) for number in (SENT, GONE, PARKED)}
    at = {number: local(STARTS[number - 1] + 600, zone) for number in (SENT, GONE)}
    said_of = {
        number: said(abroad, "explain", str(number), env=env).rstrip()
        for number in (SENT, GONE, PARKED)
    }
    named = {number: f"Fern by Mira Holt, mpv, {begin}" for number, begin in begins.items()}
    assert said_of == {
        SENT: f"{named[SENT]}: {heard}. Sent to quiet_otter {at[SENT]} after 2 tries.",
        GONE: f"{named[GONE]}: {heard}; sent {at[GONE]}.",
        PARKED: f"{named[PARKED]}: {heard}. Waiting to be sent to quiet_otter, set aside: error 8,"
        f" not before {local(2**32 - 1, zone)}. Run scrobblerctl login.",
    }
    plays = {play["id"]: play for play in document(abroad, "history", "-n", "0", env=env)}
    assert plays[GONE]["reason"] == f"heard 2:00 of 4:00, needed 2:00; sent {at[GONE]}"
    assert "outcomes" not in plays[GONE]
    line = said(abroad, "history", "-n", "0", env=env).splitlines()[-GONE]
    assert begins[GONE][:-3] in line


def test_doctor_names_the_time_zone_of_the_daemon(abroad: Bench) -> None:
    checks = document(abroad, "doctor", status=1, env={"TZ": "Asia/Tokyo"})
    [clock] = [check["message"] for check in checks if check["check"] == "clock"]
    assert clock.endswith(" UTC")


def days(figures: Any) -> dict[str, tuple[int, float]]:
    """Plays that counted and seconds, of the days with any."""
    return {day["day"]: (day["counted"], day["heard"]) for day in figures["days"] if day["counted"]}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("since", ["all", "2026-03-08 00:30"])
def test_stats_have_the_days_of_the_commands_time_zone(
    abroad: Bench, zone: str, since: str
) -> None:
    figures = document(abroad, "stats", "--since", since, env={"TZ": zone})
    begin = 0.0
    if since != "all":
        begin = datetime.fromisoformat(since).replace(tzinfo=ZoneInfo(zone)).timestamp()
    expected: dict[str, int] = {}
    for start in STARTS:
        if start >= begin:
            name = f"{datetime.fromtimestamp(start, ZoneInfo(zone)):%Y-%m-%d}"
            expected[name] = expected.get(name, 0) + 1
    assert days(figures) == {name: (count, count * SECONDS) for name, count in expected.items()}
    assert figures["counted"] == sum(expected.values())
    assert figures["days"][0]["day"] == min(expected)
