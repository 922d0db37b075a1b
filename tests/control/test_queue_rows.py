"""ListQueue, RetryItem, DropItem, EditItem and ClaimQueue: single rows of the queue, by hand."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.dbus import ReplyError
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, scrobble_ago, started
from tests.support.queue_samples import PLAYS

IGNORED = Behaviour.ignores({0: (1, "Artist was ignored")})


async def rows(scrobbler: Scrobbler, state: str = "", before: int = 0) -> list[dict[str, Any]]:
    """The newest rows in a state."""
    [found] = await scrobbler.call("ListQueue", "sux", state, 200, before)
    return found


async def rejected(scrobbler: Scrobbler, lastfm: StandIn) -> int:
    """A row that Last.fm has ignored: its id."""
    lastfm.misbehave(IGNORED)
    assert (await scrobbler.call(*scrobble_ago(600)[1]))[0] == "rejected"
    [row] = await rows(scrobbler, "rejected")
    return row["id"]


# -- ListQueue ------------------------------------------------------------------------------------


async def test_a_row_has_all_its_columns(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.misbehave(IGNORED)
    stamp, scrobbling = scrobble_ago(600)
    await scrobbler.call(*scrobbling)
    [row] = await rows(scrobbler)
    assert abs(row.pop("created_at") - stamp - 600) < 10
    assert row == {
        "id": 1,
        "play_id": 0,
        "state": "rejected",
        "account": "quiet_otter",
        "artist": "The Paper Lanterns",
        "track": "Slow Harbour",
        "album": "Tidewater",
        "album_artist": "",
        "timestamp": stamp,
        "duration": 215,
        "retry_count": 1,
        "next_attempt": row["next_attempt"],
        "sent_at": 0,
        "answer_code": 1,
        "last_error": "ignored by Last.fm: Artist was ignored",
        "code": "ignored",
        "detail": "Artist was ignored",
    }


async def test_rows_are_listed_newest_first_by_state_and_from_any_row_on(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await rejected(scrobbler, lastfm)
    for age in (500, 400):
        await scrobbler.call(*scrobble_ago(age)[1])
    assert [(row["id"], row["state"]) for row in await rows(scrobbler)] == [
        (3, "sent"),
        (2, "sent"),
        (1, "rejected"),
    ]
    assert [row["id"] for row in await rows(scrobbler, "sent")] == [3, 2]
    assert [row["id"] for row in await rows(scrobbler, before=3)] == [2, 1]
    assert await rows(scrobbler, "expired") == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("sent ", 1, 0), "state"),
        (("", 0, 0), "limit"),
        (("", 201, 0), "limit"),
        (("", 1, -1), "before_id"),
    ],
)
async def test_what_cannot_be_listed_is_refused(
    scrobbler: Scrobbler, arguments: tuple[str, int, int], field: str
) -> None:
    with pytest.raises(ReplyError, match=f"{field}: must be"):
        await scrobbler.call("ListQueue", "sux", *arguments)


# -- single rows ----------------------------------------------------------------------------------


async def test_a_rejected_row_is_sent_again_when_asked(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    item = await rejected(scrobbler, lastfm)
    await scrobbler.call("RetryItem", "x", item)
    await scrobbler.said("ScrobbleStatus", "sent")
    assert [row["state"] for row in await rows(scrobbler)] == ["sent"]
    assert len(lastfm.scrobbles) == 1


async def test_a_rejected_row_is_sent_with_other_tags(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    item = await rejected(scrobbler, lastfm)
    tags = {"artist": Variant("s", " Mira Holt\n"), "album": Variant("s", "")}
    await scrobbler.call("EditItem", "xa{sv}", item, tags)
    await scrobbler.said("ScrobbleStatus", "sent", "Mira Holt")
    [scrobble] = lastfm.scrobbles
    assert (scrobble.artist, scrobble.track) == ("Mira Holt", "Slow Harbour")


async def test_a_dropped_row_is_gone_and_its_play_says_so(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    item = await rejected(scrobbler, lastfm)
    with closing(sqlite3.connect(bench.daemon.database)) as database, database:
        database.execute(
            f"INSERT INTO {PLAYS} VALUES (7, 'k', 'mpv', 'The Paper Lanterns', 'Slow Harbour', '',"
            " '', 215, 1790000000, 'b', 1, 120, 107, 'counted', 'heard', '', '')"
        )
        database.execute("UPDATE scrobble_queue SET play_id = 7")
    await scrobbler.call("DropItem", "x", item)
    assert await rows(scrobbler) == []
    [words] = await scrobbler.call("Explain", "x", 7)
    assert words.endswith(
        "counted: heard 120 s of 215 s, needed 107 s; taken out of the queue by hand."
    )


@pytest.mark.parametrize("member", ["RetryItem", "DropItem"])
async def test_a_row_that_is_not_there_or_was_sent_is_refused(
    scrobbler: Scrobbler, member: str
) -> None:
    await scrobbler.call(*scrobble_ago(500)[1])
    for item, why in ((1, "row 1 was sent already"), (99, "there is no row 99")):
        with pytest.raises(ReplyError, match=f"^{why}"):
            await scrobbler.call(member, "x", item)


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "nothing to change"),
        ({"timestamp": Variant("x", 5)}, "timestamp: can't be edited"),
        ({"artist": Variant("u", 5)}, "artist: must be a text"),
        ({"track": Variant("s", " \n")}, "track: must not be empty"),
    ],
)
async def test_tags_that_cannot_be_are_refused_and_change_nothing(
    scrobbler: Scrobbler, lastfm: StandIn, tags: dict[str, Variant], why: str
) -> None:
    item = await rejected(scrobbler, lastfm)
    before = await rows(scrobbler)
    with pytest.raises(ReplyError, match=why):
        await scrobbler.call("EditItem", "xa{sv}", item, tags)
    assert await rows(scrobbler) == before


async def test_a_row_cannot_become_one_that_is_there_already(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    item = await rejected(scrobbler, lastfm)
    [row] = await rows(scrobbler)
    await scrobbler.call(
        *("Scrobble", "sssxuu", "Mira Holt", "Slow Harbour", "", row["timestamp"], 215, 200)
    )
    with pytest.raises(ReplyError, match="in the queue already"):
        await scrobbler.call("EditItem", "xa{sv}", item, {"artist": Variant("s", "Mira Holt")})
    assert [row["state"] for row in await rows(scrobbler)] == ["sent", "rejected"]


async def test_only_rejected_rows_are_edited(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.stop()
    await scrobbler.call(*scrobble_ago(500)[1])
    with pytest.raises(ReplyError, match="row 1 is pending; only rejected rows"):
        await scrobbler.call("EditItem", "xa{sv}", 1, {"artist": Variant("s", "Mira Holt")})


async def test_a_row_under_way_is_left_alone(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.misbehave(Behaviour.slow(30))
    calling = asyncio.create_task(scrobbler.call(*scrobble_ago(500)[1]))
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
    for member in ("RetryItem", "DropItem"):
        with pytest.raises(ReplyError, match="is being sent just now"):
            await scrobbler.call(member, "x", 1)
    lastfm.release()
    assert (await calling)[0] == "success"


# -- ClaimQueue -----------------------------------------------------------------------------------


async def test_rows_of_another_account_are_sent_to_this_one_when_claimed(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    for age in (600, 300):
        await scrobbler.call(*scrobble_ago(age)[1])
    lastfm.start()
    lastfm.outage = Behaviour.error(11)
    bench.daemon.stop()
    bench.daemon.login(lastfm, "late_heron")
    bench.daemon.start()
    assert [row["state"] for row in await rows(scrobbler)] == ["held", "held"]
    with pytest.raises(
        ReplyError, match="no rows wait for 'nobody'; there are rows of quiet_otter"
    ):
        await scrobbler.call("ClaimQueue", "s", "nobody")
    with pytest.raises(ReplyError, match="belongs to another account"):
        await scrobbler.call("RetryItem", "x", 1)
    lastfm.outage = None
    assert await scrobbler.call("ClaimQueue", "s", "quiet_otter") == [2]
    await scrobbler.said("QueueUpdated", 0)
    assert {scrobble.user for scrobble in lastfm.scrobbles} == {"late_heron"}
    assert len(lastfm.scrobbles) == 2


@started(login=False)
async def test_nobody_can_claim_without_a_login(scrobbler: Scrobbler) -> None:
    with pytest.raises(ReplyError, match="nobody is logged in"):
        await scrobbler.call("ClaimQueue", "s", "quiet_otter")
