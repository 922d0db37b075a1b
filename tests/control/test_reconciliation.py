"""VerifyAccount, DeleteDoubled, ListFindings and GetFindings on the bus, with a real Last.fm's
stand-in."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from lab.daemon import Daemon
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, log_in, started
from tests.support.sent_long_ago import DAY, figures, sent_long_ago, wait_until_sent

TITLES = ("Fern", "Moss", "Reed")
EVER = ("sxxb", "lastfm", 0, 0)
METHOD = "user.getRecentTracks"


@pytest.fixture
async def sent(scrobbler: Scrobbler, daemon: Daemon) -> AsyncIterator[Scrobbler]:
    """The daemon as another program sees it, after it has sent three plays of yesterday."""
    await sent_long_ago(scrobbler, daemon, *TITLES, to=["lastfm"])
    yield scrobbler


async def test_what_is_missing_is_found_and_sent_again_once(
    sent: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    lastfm.lose("Moss")
    [result] = await sent.call("VerifyAccount", *EVER, False)
    assert figures(result) == {"sent": 3, "shown": 2, "missing": 1}
    assert len(lastfm.scrobbles) == 2
    [result] = await sent.call("VerifyAccount", *EVER, True)
    assert figures(result) == {"sent": 3, "shown": 2, "missing": 1, "sent_again": 1, "taken": 1}
    assert sorted(each.track for each in lastfm.scrobbles) == sorted(TITLES)
    [result] = await sent.call("VerifyAccount", *EVER, True)
    assert figures(result) == {"sent": 2, "shown": 2}  # the third one was sent just now
    wait_until_sent(daemon, 3)
    [result] = await sent.call("VerifyAccount", *EVER, True)
    assert figures(result) == {"sent": 3, "shown": 3}


async def test_how_far_it_is_and_its_end_are_signalled(sent: Scrobbler) -> None:
    [result] = await sent.call("VerifyAccount", *EVER, False)
    assert await sent.said("VerifyProgress") == ["lastfm", 3, 3]
    assert await sent.said("VerifyFinished") == ["lastfm", result]


async def test_findings_are_listed_and_told_of_a_play(sent: Scrobbler, lastfm: StandIn) -> None:
    lastfm.lose("Fern")
    lastfm.rename("Moss", artist="Mira Holt Trio")
    lastfm.double("Reed", seconds=1)
    await sent.call("VerifyAccount", *EVER, False)
    [found] = await sent.call("ListFindings", "sux", "lastfm", 200, 0)
    told = {each["kind"]: each for each in found}
    assert {kind: each["sent_track"] for kind, each in told.items()} == {
        "missing": "Fern",
        "changed": "Moss",
        "doubled": "Reed",
    }
    assert (told["changed"]["artist"], told["changed"]["sent_artist"]) == (
        "Mira Holt Trio",
        "Mira Holt",
    )
    assert told["doubled"]["cause"] == "shifted"
    [first] = await sent.call("ListFindings", "sux", "lastfm", 1, 0)
    [rest] = await sent.call("ListFindings", "sux", "lastfm", 200, first[0]["id"])
    assert [*first, *rest] == found
    for finding in found:
        assert await sent.call("GetFindings", "x", finding["play_id"]) == [[finding]]
    assert await sent.call("GetFindings", "x", 99) == [[]]
    explained = {
        kind: (await sent.call("Explain", "x", each["play_id"]))[0] for kind, each in told.items()
    }
    assert explained["missing"].endswith(". lastfm: Verifying has not found it there.")
    assert explained["doubled"].endswith(
        ". lastfm: It is there twice: listed twice, some seconds apart."
    )
    assert "erifying" not in explained["changed"]


async def test_only_a_stretch_is_verified(sent: Scrobbler, lastfm: StandIn) -> None:
    lastfm.scrobbles.clear()
    now = int(time.time())
    [result] = await sent.call("VerifyAccount", "sxxb", "lastfm", now - DAY + 200, 0, False)
    assert figures(result) == {"sent": 2, "missing": 2}
    [result] = await sent.call("VerifyAccount", "sxxb", "lastfm", 0, now - DAY + 200, False)
    assert figures(result) == {"sent": 1, "missing": 1}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (("nobody", 0, 0), "there is no account 'nobody'"),
        (("lastfm", -1, 0), "since: "),
        (("lastfm", 9, 8), "until: "),
    ],
)
async def test_what_can_not_be_verified_is_refused(
    scrobbler: Scrobbler, asked: tuple[str, int, int], field: str
) -> None:
    for member, signature, more in (
        ("VerifyAccount", "sxxb", (False,)),
        ("DeleteDoubled", "sxx", ()),
    ):
        name, words = await scrobbler.refused(member, signature, *asked, *more)
        assert name == "InvalidArgument"
        assert words.startswith(field)


async def test_last_fm_lets_nobody_delete(sent: Scrobbler, lastfm: StandIn) -> None:
    assert await sent.call("DeleteDoubled", "sxx", "lastfm", 0, 0) == [0]
    lastfm.double("Reed", seconds=1)
    name, words = await sent.refused("DeleteDoubled", "sxx", "lastfm", 0, 0)
    assert (name, words) == ("InvalidArgument", "account: Last.fm lets no program delete a play")


async def test_a_server_that_fails_is_told(sent: Scrobbler, lastfm: StandIn) -> None:
    lastfm.misbehave(Behaviour.error(10), method=METHOD)
    name, _words = await sent.refused("VerifyAccount", *EVER, False)
    assert name == "Service"


@started(login=False)
async def test_a_login_is_needed(scrobbler: Scrobbler) -> None:
    assert (await scrobbler.refused("VerifyAccount", *EVER, False))[0] == "NotAuthenticated"


async def test_another_verify_has_to_wait_and_the_daemon_ends_at_once(
    sent: Scrobbler, lastfm: StandIn, bench: Bench
) -> None:
    lastfm.misbehave(Behaviour.slow(60), method=METHOD)
    call = asyncio.create_task(sent.call("VerifyAccount", *EVER, False))
    assert await asyncio.to_thread(
        lastfm.wait_for, lambda seen: any(each.method == METHOD for each in seen.requests)
    )
    name, words = await sent.refused("VerifyAccount", *EVER, True)
    assert (name, words) == (
        "Busy",
        "another verify of lastfm is under way; try again when it is done",
    )
    begun = time.monotonic()
    assert await asyncio.to_thread(bench.daemon.stop) == 0
    assert time.monotonic() - begun < 5
    await asyncio.gather(call, return_exceptions=True)


async def test_what_another_user_was_sent_is_neither_looked_for_nor_sent(
    sent: Scrobbler, lastfm: StandIn
) -> None:
    await sent.call("Disconnect")
    await log_in(sent, lastfm, "loud_heron")
    lastfm.scrobbles.clear()
    [result] = await sent.call("VerifyAccount", *EVER, True)
    assert figures(result) == {}
    assert lastfm.scrobbles == []
