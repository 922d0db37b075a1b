"""Plays that are added, edited and deleted over D-Bus."""

import asyncio
import time
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.accounts_bench import Home
from tests.support.daemon_bench import Bench
from tests.support.rows import put


def given(**values: Any) -> dict[str, Variant]:
    """Entries of a dictionary."""
    types = {int: "x", str: "s", bool: "b"}
    return {name: Variant(types[type(value)], value) for name, value in values.items()}


def a_play(**more: Any) -> dict[str, Variant]:
    """A play that AddPlay takes."""
    start = int(time.time()) - 300
    return given(**{"artist": "Mira Holt", "title": "Fern", "start": start, **more})


async def test_a_play_that_is_added_is_told_with_its_accounts(home: Home) -> None:
    await home.log_in()
    [added] = await home.scrobbler.call("AddPlay", "a{sv}as", a_play(), [])
    assert (added["play_id"], added["is_new"]) == (1, True)
    states = dict(added["accounts"])
    assert list(states) == ["lastfm", "second", "brainz"]
    assert set(states.values()) <= {"pending", "sent"}
    await home.sent_at("lastfm", "second", "brainz")
    [play] = await home.scrobbler.call("GetPlay", "x", 1)
    assert (play["verdict"], play["code"], play["reason"]) == (
        "counted",
        "by_hand",
        "scrobbled by hand",
    )


@pytest.mark.parametrize(
    ("play", "why"),
    [
        ({"artist": ""}, "artist: must not be empty"),
        ({"start": 5}, "start: must be UNIX seconds"),
        ({"start": int(time.time()) + 7200}, "start: lies in the future"),
        ({"start": "now"}, "start: must be a whole number of seconds"),
        ({"length": -1}, "length: must be a whole number of seconds"),
        ({"length": True}, "length: must be a whole number of seconds"),
        ({"player": "mpv"}, "player: not known; there are artist, title, album, album_artist"),
    ],
)
async def test_a_play_that_cannot_be_is_refused(
    scrobbler: Scrobbler, play: dict[str, Any], why: str
) -> None:
    name, words = await scrobbler.refused("AddPlay", "a{sv}as", a_play(**play), [])
    assert name == "InvalidArgument"
    assert words.startswith(why)


async def test_an_edit_that_is_refused_changes_nothing(bench: Bench, scrobbler: Scrobbler) -> None:
    put(bench.daemon.database, "plays", {"id": 1})
    for tags in ({}, given(track="Moss"), given(title=" "), given(title="Fern"), given(artist=5)):
        assert (await scrobbler.refused("EditPlay", "xa{sv}", 1, tags))[0] == "InvalidArgument"
    [play] = await scrobbler.call("GetPlay", "x", 1)
    assert (play["artist"], play["title"]) == ("Mira Holt", "Fern")


async def test_an_edit_is_told_as_the_play_is_now(bench: Bench, scrobbler: Scrobbler) -> None:
    put(bench.daemon.database, "plays", {"id": 1, "album": "Moss"})
    sent = {"play_id": 1, "state": "sent", "sent_at": 1_790_000_300}
    put(bench.daemon.database, "scrobble_queue", sent)
    [edited] = await scrobbler.call("EditPlay", "xa{sv}", 1, given(title="Ferns", album=""))
    assert edited == {
        "artist": "Mira Holt",
        "title": "Ferns",
        "album": "",
        "album_artist": "",
        "start": 1_790_000_000,
        "accounts": [["lastfm", "not_possible", edited["accounts"][0][2]]],
    }
    page = "https://www.last.fm/user/quiet_otter/library?from=2026-09-2"
    assert edited["accounts"][0][2].startswith(page)


async def test_a_play_under_way_is_left_alone(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.misbehave(Behaviour.slow(30), method="track.scrobble")
    await scrobbler.call("AddPlay", "a{sv}as", a_play(), [])
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
    busy = ("Busy", "row 1 is being sent just now; try again in a moment")
    assert await scrobbler.refused("EditPlay", "xa{sv}", 1, given(title="Ferns")) == busy
    assert await scrobbler.refused("DeletePlay", "x", 1) == busy
    lastfm.release()
    await scrobbler.said("ScrobbleStatus", "sent")
    assert [each.track for each in lastfm.scrobbles] == ["Fern"]


async def test_a_play_is_deleted_once(bench: Bench, scrobbler: Scrobbler) -> None:
    put(bench.daemon.database, "plays", {"id": 7})
    [deleted] = await scrobbler.call("DeletePlay", "x", 7)
    assert (deleted["title"], deleted["accounts"]) == ("Fern", [])
    for member in ("DeletePlay", "GetPlay"):
        name, words = await scrobbler.refused(member, "x", 7)
        assert (name, words) == ("InvalidArgument", "there is no play 7")


async def test_rows_of_an_account_that_has_left_the_file_stay_as_they_are(home: Home) -> None:
    put(home.bench.daemon.database, "plays", {"id": 1})
    rows = [{"id": n, "account_id": n, "play_id": 1, "state": "sent"} for n in (1, 3)]
    put(home.bench.daemon.database, "scrobble_queue", *rows)
    home.bench.configure(accounts={})
    await home.scrobbler.call("Reload")
    [edited] = await home.scrobbler.call("EditPlay", "xa{sv}", 1, given(title="Ferns"))
    states = {name: state for name, state, _ in edited["accounts"]}
    assert states == {"lastfm": "not_possible", "brainz": "gone"}
