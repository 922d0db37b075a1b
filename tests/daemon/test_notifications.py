"""What a whole daemon tells on a desktop, and the login that a click there begins."""

import asyncio
import urllib.request

import pytest

from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.desktop.notification_server import NAME
from tests.support.daemon_bench import USER, Bench, scrobble_ago, started
from tests.support.desktop_services import Portal, Server

under_all = started(tables={"notifications": {"show": "all"}})


def artists_are_filtered(count: int) -> Behaviour:
    """The first scrobbles of a request are ignored."""
    return Behaviour.ignores(dict.fromkeys(range(count), (1, "Artist was ignored")))


async def queue(scrobbler: Scrobbler, lastfm: StandIn, count: int) -> None:
    """Queue a backlog while Last.fm is down."""
    lastfm.outage = Behaviour.error(11)
    for number in range(count):
        await scrobbler.call(*scrobble_ago(600 + 240 * number)[1])
    lastfm.outage = None


def kill_the_login(lastfm: StandIn) -> None:
    """Last.fm takes no session any more."""
    for key in list(lastfm.sessions):
        lastfm.revoke(key)


async def test_a_login_that_died_is_mended_by_a_click_and_the_queue_drains(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, server: Server, portal: Portal
) -> None:
    kill_the_login(lastfm)
    await scrobbler.call(*scrobble_ago(600)[1])
    shown = await server.next_shown()
    assert f"login of {USER}" in shown.body
    assert shown.actions == ["default", "Log in"]
    await server.says("ActivationToken", "us", shown.id, "to-the-front")
    await server.click(shown.id)
    await server.says("NotificationClosed", "uu", shown.id, 2)
    page = await portal.next()
    assert portal.tokens == ["to-the-front"]
    assert await scrobbler.said("AuthChanged", "pending") == ["pending", USER]
    await asyncio.to_thread(lambda: urllib.request.urlopen(page, timeout=10).close())
    assert await scrobbler.said("AuthChanged", "authenticated") == ["authenticated", USER]
    assert await server.next() == f"Logged in as {USER}"
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: len(seen.scrobbles) == 1)
    assert await scrobbler.get("Authenticated") is True


async def test_it_stops_at_once_while_a_login_waits_to_be_approved(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, server: Server, portal: Portal
) -> None:
    kill_the_login(lastfm)
    await scrobbler.call(*scrobble_ago(600)[1])
    await server.click((await server.next_shown()).id)
    await portal.next()
    assert bench.daemon.stop() == 0


async def test_a_batch_that_is_ignored_is_one_notification(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    await queue(scrobbler, lastfm, 30)
    lastfm.misbehave(artists_are_filtered(30), method="track.scrobble")
    assert (await scrobbler.call("RetryQueue"))[0]["remaining"] == 0
    assert "30 plays were not scrobbled" in await server.next()


@under_all
async def test_a_backlog_that_goes_out_is_counted(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    await queue(scrobbler, lastfm, 20)
    assert (await scrobbler.call("RetryQueue"))[0]["remaining"] == 0
    shown = await server.next_shown()
    assert (shown.body, shown.hints["transient"]) == ("Scrobbled 20 plays", True)


async def test_what_is_taken_out_by_hand_is_no_news(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    await queue(scrobbler, lastfm, 1)
    [[row]] = await scrobbler.call("ListQueue", "sux", "", 10, 0)
    lastfm.misbehave(artists_are_filtered(1), method="track.scrobble")
    await scrobbler.call("DropItem", "x", row["id"])
    await scrobbler.call(*scrobble_ago(300)[1])
    await scrobbler.call("RetryQueue")
    assert (await server.next()).startswith("Not scrobbled: Slow Harbour")


async def test_last_fms_daily_limit_is_told_once_a_day(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    lastfm.outage = Behaviour.too_many_scrobbles()
    await scrobbler.call(*scrobble_ago(600)[1])
    assert "Too many scrobbles" in await server.next()
    await scrobbler.call("RetryQueue")
    bench.restart()
    assert (await scrobbler.call("RetryQueue"))[0]["status"] == "held"
    lastfm.outage = None
    kill_the_login(lastfm)
    await scrobbler.call("RetryQueue")
    assert "login of" in await server.next()


@started(tables={"limits": {"scrobbles_per_day": 1}})
async def test_the_days_own_limit_is_told_too(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    await queue(scrobbler, lastfm, 3)
    await scrobbler.call("RetryQueue")
    assert "limit of 1 scrobble" in await server.next()


@under_all
async def test_the_setting_is_taken_up_by_reload(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    bench.configure(notifications={"show": "off"})
    await scrobbler.call("Reload")
    lastfm.misbehave(Behaviour.error(26), method="track.scrobble")
    await scrobbler.call(*scrobble_ago(600)[1])
    assert "error 26" in bench.daemon.log
    bench.configure(notifications={"show": "all"})
    await scrobbler.call("Reload")
    await scrobbler.call("RetryQueue")
    assert "Scrobbled: Slow Harbour" in await server.next()


async def test_it_lives_through_servers_that_hang_and_die(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, server: Server
) -> None:
    called = asyncio.Event()
    server.odd["Notify"] = lambda _: called.set()
    lastfm.outage = Behaviour.error(26)
    await scrobbler.call(*scrobble_ago(600)[1])
    await called.wait()
    await server.leave()
    lastfm.outage = None
    assert (await scrobbler.call("RetryQueue"))[0]["submitted"] == 1
    lastfm.misbehave(artists_are_filtered(1), method="track.scrobble")
    async with await Server.start(bench.bus.address) as other:
        await scrobbler.call(*scrobble_ago(300)[1])
        assert "Not scrobbled" in await other.next()
        assert NAME not in bench.daemon.log


@pytest.mark.parametrize(
    ("bench", "is_shown"),
    [({"tables": {"notifications": {"show": show}}}, show == "all") for show in ("all", "errors")],
    indirect=["bench"],
    ids=["all", "errors"],
)
async def test_loves_and_skips_are_told_if_all_is(
    bench: Bench, scrobbler: Scrobbler, server: Server, is_shown: bool
) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play("Fern <3", ["Mira Holt"], "", 1000.0)
        while not await scrobbler.get("Current"):
            await scrobbler.changed("Current")
        for member, body, words in (
            ("ToggleLove", (), "Loved: Fern &lt;3 by Mira Holt"),
            ("UnloveCurrent", (), "Not loved any more: Fern &lt;3 by Mira Holt"),
            ("Skip", ("s", ""), "Skipped: Fern &lt;3 will not be scrobbled"),
            ("Unskip", ("s", "demo"), "Not skipped any more: Fern &lt;3 counts again"),
        ):
            await scrobbler.call(member, *body)
            if is_shown:
                assert await server.next() == words
    assert server.shown.empty()
