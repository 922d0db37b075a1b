"""The queue: its status and signals, and single rows by hand."""

import asyncio
import time
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.dbus import ReplyError, call, connect
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from tests.support.accounts_bench import Home
from tests.support.daemon_bench import Bench, scrobble_ago, started
from tests.support.rows import put

EMPTY = {"submitted": 0, "failed": 0, "remaining": 0}


async def queue_three(scrobbler: Scrobbler) -> list[int]:
    """Queue three plays while Last.fm cannot be reached; their stamps, oldest first."""
    plays = [scrobble_ago(age) for age in (900, 600, 300)]
    for _stamp, scrobbling in plays:
        assert (await scrobbler.call(*scrobbling))[0] == "queued"
    return [stamp for stamp, _scrobbling in plays]


async def retry(scrobbler: Scrobbler) -> dict[str, object]:
    [answer] = await scrobbler.call("RetryQueue")
    return answer


def age_all(daemon: Daemon, seconds: int) -> None:
    """Make every row of a stopped daemon's queue so much older."""
    daemon.change("UPDATE scrobble_queue SET timestamp = timestamp - ?", seconds)


# -- GetQueueStatus -------------------------------------------------------------------------------


async def test_an_empty_queue_has_these_names_and_types(bench: Bench) -> None:
    async with await connect(bench.bus.address) as connection:
        [status] = await call(connection, SCROBBLER, SCROBBLER_PATH, SCROBBLER, "GetQueueStatus")
    assert {name: (value.signature, value.value) for name, value in status.items()} == {
        **dict.fromkeys(("queued", "held", "rejected", "expired", "expiring", "loves"), ("u", 0)),
        **dict.fromkeys(("oldest", "next_attempt"), ("x", 0)),
        **dict.fromkeys(("hold_reason", "hold_code", "last_error", "database"), ("s", "")),
        **dict.fromkeys(("requests_today", "scrobbles_today"), ("u", 0)),
        "requests_limit": ("u", 333),
        "scrobbles_limit": ("u", 2800),
    }


async def test_what_waits_and_why_is_told(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.stop()
    begun = time.time()
    stamps = await queue_three(scrobbler)
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["queued"], status["oldest"]) == (3, stamps[0])
    assert "can't be reached" in status["last_error"]
    assert 15 <= status["next_attempt"] - begun <= 300
    assert status["hold_reason"] == ""


async def test_requests_and_scrobbles_of_the_day_are_counted_over_a_restart(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    for age in (600, 300):
        await scrobbler.call(*scrobble_ago(age)[1])
    bench.restart()
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["requests_today"], status["scrobbles_today"]) == (2, 2)


@started(login=False)
async def test_without_a_login_that_is_what_it_waits_for(scrobbler: Scrobbler) -> None:
    await scrobbler.call(*scrobble_ago(300)[1])
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["queued"], status["hold_reason"]) == (1, "nobody is logged in")
    assert status["hold_code"] == "login"


async def test_the_queue_survives_a_kill(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    stamps = await queue_three(scrobbler)
    daemon.kill()
    lastfm.start()
    daemon.start()
    assert (await scrobbler.call("GetQueueStatus"))[0]["queued"] == 3
    await scrobbler.call("RetryQueue")
    assert [seen.timestamp for seen in lastfm.scrobbles] == stamps


async def test_what_is_older_than_13_days_and_a_half_expires(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    await queue_three(scrobbler)
    daemon.stop()
    age_all(daemon, 1_166_400 - 500)
    lastfm.start()
    daemon.start()
    assert (await retry(scrobbler))["submitted"] == 1
    assert await scrobbler.said("ScrobbleStatus", "expired")
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["queued"], status["expired"]) == (0, 2)
    assert len(lastfm.scrobbles) == 1


async def test_what_never_reached_last_fm_is_no_part_of_the_days_limits(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    await queue_three(scrobbler)
    await retry(scrobbler)
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["requests_today"], status["scrobbles_today"]) == (0, 0)


async def test_logins_imports_and_diagnosis_are_no_part_of_the_days_limits(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    for member in ("GetAuthUrl", "ImportLovedTracks", "Diagnose"):
        await scrobbler.call(member)
    assert len(lastfm.requests) >= 3
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["requests_today"], status["scrobbles_today"]) == (0, 0)


# -- RetryQueue -----------------------------------------------------------------------------------


async def test_with_nothing_queued_there_is_nothing_to_do(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    assert await retry(scrobbler) == EMPTY | {"status": "nothing"}
    assert lastfm.requests == []


async def test_all_that_waits_goes_in_one_request_oldest_first(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    stamps = await queue_three(scrobbler)
    lastfm.start()
    assert await retry(scrobbler) == EMPTY | {"submitted": 3, "status": "done"}
    assert len(lastfm.requests) == 1
    assert [seen.timestamp for seen in lastfm.scrobbles] == stamps


async def test_what_is_refused_is_counted_as_failed_and_does_not_remain(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    await queue_three(scrobbler)
    lastfm.start()
    lastfm.misbehave(Behaviour.ignores({1: (1, "Artist was ignored")}))
    assert await retry(scrobbler) == EMPTY | {"submitted": 2, "failed": 1, "status": "done"}
    assert (await scrobbler.said("ScrobbleStatus", "ignored"))[1] == "The Paper Lanterns"


async def test_while_last_fm_cannot_be_reached_it_is_offline(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    await queue_three(scrobbler)
    assert await retry(scrobbler) == {**EMPTY, "failed": 3, "remaining": 3, "status": "offline"}


@started(login=False)
async def test_without_a_login_it_is_not_authenticated(scrobbler: Scrobbler) -> None:
    await scrobbler.call(*scrobble_ago(300)[1])
    assert await retry(scrobbler) == EMPTY | {"remaining": 1, "status": "not_authenticated"}


async def test_under_a_hold_one_probe_goes_out(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.outage = Behaviour.too_many_scrobbles()
    await queue_three(scrobbler)
    assert (await scrobbler.said("ScrobbleStatus", "held"))[-1]
    lastfm.requests.clear()
    assert await retry(scrobbler) == {**EMPTY, "failed": 1, "remaining": 3, "status": "held"}
    [probe] = lastfm.requests
    assert "timestamp[0]" in probe.params
    assert "timestamp[1]" not in probe.params
    [status] = await scrobbler.call("GetQueueStatus")
    assert "Too many scrobbles" in status["hold_reason"]
    assert status["hold_code"] == "service"
    lastfm.outage = None
    assert await retry(scrobbler) == EMPTY | {"submitted": 3, "status": "done"}
    assert (await scrobbler.call("GetQueueStatus"))[0]["hold_reason"] == ""


async def test_a_hold_survives_a_restart(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.too_many_scrobbles())
    await scrobbler.call(*scrobble_ago(300)[1])
    bench.restart()
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["queued"], bool(status["hold_reason"])) == (1, True)
    assert lastfm.scrobbles == []


@started(tables={"limits": {"scrobbles_per_day": 1}})
async def test_at_the_limit_of_the_day_the_rest_waits_for_tomorrow(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    assert (await scrobbler.call(*scrobble_ago(600)[1]))[0] == "success"
    assert (await scrobbler.call(*scrobble_ago(300)[1]))[0] == "queued"
    answer = await retry(scrobbler)
    assert (answer["remaining"], answer["status"]) == (1, "held")
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["scrobbles_today"], status["scrobbles_limit"]) == (1, 1)
    assert status["hold_reason"]
    assert time.time() < status["next_attempt"] <= time.time() + 86400
    assert len(lastfm.scrobbles) == 1


@started(tables={"limits": {"requests_per_day": 5}})
async def test_with_few_requests_left_it_says_what_scrobbles_wait_for(scrobbler: Scrobbler) -> None:
    for age in range(1000, 600, -100):
        assert (await scrobbler.call(*scrobble_ago(age)[1]))[0] == "success"
    status, words = await scrobbler.call(*scrobble_ago(300)[1])
    assert (status, "few of the day's requests" in words) == ("queued", True)
    [status] = await scrobbler.call("GetQueueStatus")
    assert "few of the day's requests" in status["hold_reason"]
    assert status["hold_code"] == "limit"
    assert time.time() < status["next_attempt"] <= time.time() + 86400


async def test_a_row_that_rests_alone_says_until_when(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.ignores({0: (4, "Timestamp was too new")}), method="track.scrobble")
    await scrobbler.call(*scrobble_ago(300)[1])
    [status] = await scrobbler.call("GetQueueStatus")
    assert status["queued"] == 1
    assert 60 < status["next_attempt"] - time.time() <= 86400


# -- signals --------------------------------------------------------------------------------------


async def test_the_queue_is_told_while_it_grows_and_shrinks(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    await scrobbler.call(*scrobble_ago(300)[1])
    assert await scrobbler.said("QueueUpdated") == [1]
    assert "1 waiting" in await scrobbler.get("Status")
    lastfm.start()
    await retry(scrobbler)
    assert await scrobbler.said("QueueUpdated") == [0]
    assert await scrobbler.get("Queued") == 0


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
    assert await rows(scrobbler, "sent") == await rows(scrobbler, before=1) == []
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
        "account_name": "lastfm",
        "origin": "",
        "player": "",
    }


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
    put(bench.daemon.database, "plays", {"id": 7})
    bench.daemon.change("UPDATE scrobble_queue SET play_id = 7")
    await scrobbler.call("DropItem", "x", item)
    assert await rows(scrobbler) == []
    [words] = await scrobbler.call("Explain", "x", 7)
    assert words.endswith(
        "counted: heard 2:00 of 3:35, needed 1:47; taken out of the queue by hand."
    )


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
    with pytest.raises(ReplyError, match="belongs to another user"):
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


# -- rows of other accounts -----------------------------------------------------------------------

SECOND, BRAINZ = 2, 3
"""The numbers of the accounts of `Home`."""


async def rows_of(home: Home, account: str, state: str = "") -> list[dict[str, Any]]:
    """The rows of an account."""
    [found] = await home.scrobbler.call("ListAccountQueue", "ssux", account, state, 200, 0)
    return found


def put_rows(home: Home, *accounts: int, **columns: Any) -> None:
    """A rejected row of a play at each of these accounts: row 1, 2, …, all of play 1."""
    put(home.bench.daemon.database, "plays", {"id": 1})
    start = columns.pop("timestamp", 1_790_000_000)
    row = {"play_id": 1, "reason": "refused", "detail": "no", **columns}
    for number, account_id in enumerate(accounts, start=1):
        own = {"id": number, "account_id": account_id, "timestamp": start + number}
        put(home.bench.daemon.database, "scrobble_queue", {**row, **own})


async def test_the_rows_of_one_account_are_listed(home: Home) -> None:
    put_rows(home, 1, SECOND, SECOND, BRAINZ, state="held")
    assert [row["id"] for row in await rows_of(home, "second")] == [3, 2]
    [older] = await home.scrobbler.call("ListAccountQueue", "ssux", "second", "held", 1, 3)
    assert [(row["id"], row["account_name"]) for row in older] == [(2, "second")]
    assert await rows_of(home, "second", "sent") == []
    every = await rows(home.scrobbler)
    assert [row["account_name"] for row in every] == ["brainz", "second", "second", "lastfm"]
    refused = await home.scrobbler.refused("ListAccountQueue", "ssux", "third", "", 1, 0)
    words = "there is no account 'third'; there are lastfm, second, brainz"
    assert refused == ("InvalidArgument", words)


async def test_a_row_of_another_account_is_sent_again_there_whatever_last_fm_takes(
    home: Home,
) -> None:
    await home.log_in()
    put_rows(home, 1, BRAINZ, timestamp=1_600_000_000)
    name, words = await home.scrobbler.refused("RetryItem", "x", 1)
    assert (name, "13.5 days" in words) == ("InvalidArgument", True)
    await home.scrobbler.call("RetryItem", "x", 2)
    await home.sent_at("brainz")
    assert home.brainz.titles() == ["Fern"]
    assert [row["state"] for row in await rows(home.scrobbler)] == ["sent", "rejected"]
    assert home.bench.lastfm.scrobbles == []


async def test_an_edit_changes_one_account_and_the_play_names_its_other_rows(home: Home) -> None:
    await home.log_in()
    put_rows(home, 1, BRAINZ)
    [words] = await home.scrobbler.call("Explain", "x", 1)
    assert words.endswith("Rejected: no. It is row 1. brainz: Rejected: no. It is row 2.")
    await home.scrobbler.call("EditItem", "xa{sv}", 2, {"track": Variant("s", "Fern (live)")})
    await home.sent_at("brainz")
    assert home.brainz.titles() == ["Fern (live)"]
    [outcomes] = await home.scrobbler.call("GetOutcomes", "x", 1)
    assert {each["account"]: (each["state"], each["row"]) for each in outcomes} == {
        "brainz": ("sent", 2),
        "lastfm": ("rejected", 1),
    }


async def test_a_row_of_another_account_is_dropped_and_told_of_there(home: Home) -> None:
    put_rows(home, 1, BRAINZ)
    await home.scrobbler.call("DropItem", "x", 2)
    told = await home.scrobbler.said("AccountStatus")
    assert told[:2] == ["brainz", "rejected"]
    assert [row["id"] for row in await rows(home.scrobbler)] == [1]
    assert home.scrobbler.signals.of("ScrobbleStatus") == []


async def test_rows_of_an_account_that_left_the_file_are_listed_and_dropped(home: Home) -> None:
    put_rows(home, BRAINZ, BRAINZ)
    home.bench.configure(accounts={})
    await home.scrobbler.call("Reload")
    assert [row["id"] for row in await rows_of(home, "brainz")] == [2, 1]
    words = "row 1 is for brainz, which is not in config.toml"
    assert await home.scrobbler.refused("RetryItem", "x", 1) == ("InvalidArgument", words)
    tags = {"track": Variant("s", "x")}
    refused = await home.scrobbler.refused("EditItem", "xa{sv}", 1, tags)
    assert refused == ("InvalidArgument", words)
    await home.scrobbler.call("DropItem", "x", 1)
    assert [row["id"] for row in await rows_of(home, "brainz")] == [2]


async def test_a_row_under_way_at_another_account_is_left_alone(home: Home) -> None:
    await home.log_in()
    home.second.misbehave(Behaviour.slow(30), method="track.scrobble")
    await home.scrobbler.call(*scrobble_ago(500)[1])
    under_way = "track.scrobble"
    assert await asyncio.to_thread(
        home.second.wait_for,
        lambda seen: any(each.params.get("method") == under_way for each in seen.requests),
    )
    [row] = await rows_of(home, "second")
    with pytest.raises(ReplyError, match="is being sent just now"):
        await home.scrobbler.call("DropItem", "x", row["id"])
    home.second.release()
    await home.sent_at("second")


async def test_rows_of_another_user_are_claimed_at_each_account(home: Home) -> None:
    await home.log_in()
    held = {"state": "held", "reason": "other_account", "username": "late_heron"}
    put_rows(home, 1, SECOND, BRAINZ, timestamp=int(time.time()) - 500, **held)
    refused = await home.scrobbler.refused("ClaimAccountQueue", "sss", "second", "", "nobody")
    words = "no rows wait for 'nobody'; there are rows of late_heron"
    assert refused == ("InvalidArgument", words)
    for account in ("second", "brainz"):
        claim = ("ClaimAccountQueue", "sss", account, account, "late_heron")
        assert await home.scrobbler.call(*claim) == [1]
    await home.sent_at("second", "brainz")
    [row] = await rows(home.scrobbler, "held")
    assert row["account_name"] == "lastfm"


async def test_what_waits_for_an_account_that_was_renamed_is_claimed(home: Home) -> None:
    await home.log_in()
    waiting = {"state": "pending", "reason": "", "next_attempt": 4_000_000_000}
    put_rows(home, BRAINZ, BRAINZ, timestamp=int(time.time()) - 500, **waiting)
    claim = ("ClaimAccountQueue", "sss", "third", "brainz", "")
    refused = await home.scrobbler.refused("ClaimAccountQueue", "sss", "second", "brainz", "")
    words = "from_account: it is in config.toml, and its plays go there"
    assert refused == ("InvalidArgument", words)
    home.bench.configure(
        accounts={
            "second": {"service": "lastfm", "url": home.second.api_url},
            "third": {"service": "listenbrainz", "url": home.brainz.api_url},
        }
    )
    await home.scrobbler.call("Reload")
    assert (await home.scrobbler.refused(*claim))[0] == "NotAuthenticated"
    home.give_token("third")
    await home.scrobbler.call("CompleteLogin", "ss", "third", "")
    refused = await home.scrobbler.refused("ClaimAccountQueue", "sss", "second", "brainz", "")
    words = "from_account: its plays are for listenbrainz, not lastfm"
    assert refused == ("InvalidArgument", words)
    assert await home.scrobbler.call(*claim) == [2]
    await home.sent_at("third")
    assert await rows_of(home, "brainz") == []


# -- RetryQueue with several accounts -------------------------------------------------------------


async def test_a_retry_answers_for_the_accounts_that_are_used(brainz_alone: Home) -> None:
    scrobbler, brainz = brainz_alone.scrobbler, brainz_alone.brainz
    assert await retry(scrobbler) == EMPTY | {"status": "nothing"}
    brainz.stop()
    await scrobbler.call(*scrobble_ago(300)[1])
    assert await retry(scrobbler) == {**EMPTY, "failed": 1, "remaining": 1, "status": "offline"}
    [status] = await scrobbler.call("GetQueueStatus")
    assert (status["queued"], status["hold_reason"]) == (1, "")
    assert status["last_error"].startswith("brainz: ")
    brainz.start()
    assert await retry(scrobbler) == EMPTY | {"submitted": 1, "status": "done"}


async def test_a_retry_wakes_all_accounts_also_if_nobody_is_logged_in_at_last_fm(
    home: Home,
) -> None:
    await home.log_in()
    home.second.stop()
    await home.scrobbler.call(*scrobble_ago(300)[1])
    while not (await home.accounts())["second"]["last_error"]:
        pass
    await home.scrobbler.call("Disconnect")
    home.second.start()
    assert await retry(home.scrobbler) == EMPTY | {"submitted": 1, "status": "done"}
