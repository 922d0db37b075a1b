"""GetAuthUrl, CompleteAuth, Disconnect: over the real bus, against the stand-in."""

import asyncio
import stat
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.daemon import Daemon
from lab.lastfm import API_KEY, Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER, Bench, log_in, scrobble_ago, started

pytestmark = started(login=False)


# -- the dance ------------------------------------------------------------------------------------


async def test_the_url_is_the_approval_page_for_the_token(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    url, token = await scrobbler.call("GetAuthUrl")
    assert url.startswith(lastfm.auth_url)
    assert parse_qs(urlsplit(str(url)).query) == {"api_key": [API_KEY], "token": [token]}
    assert token in lastfm.tokens
    assert await scrobbler.said("AuthChanged") == ["pending", ""]


async def test_before_approval_it_is_pending_and_afterwards_it_works(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    _url, token = await scrobbler.call("GetAuthUrl")
    name, words = await scrobbler.refused("CompleteAuth", "s", "")
    assert name == "AuthPending"
    assert "allow access" in words
    lastfm.approve(token)
    assert await scrobbler.call("CompleteAuth", "s", "") == [USER]
    assert await scrobbler.said("AuthChanged", "authenticated") == ["authenticated", USER]
    assert await scrobbler.changed("Authenticated") is True
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["authenticated"], settings["username"]) == (True, USER)


async def test_what_plays_is_announced_at_the_login(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play("Fern", ["Mira Holt"], "", 200.0)
        while not await scrobbler.changed("Current"):
            continue
        await log_in(scrobbler, lastfm)
        assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.now_playing))
    assert [one.track for one in lastfm.now_playing] == ["Fern"]


async def test_a_login_that_cannot_be_saved_is_good_until_the_end(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    _url, token = await scrobbler.call("GetAuthUrl")
    lastfm.approve(token)
    (daemon.state / "session.toml").unlink()
    (daemon.state / "session.toml").mkdir()  # which no file can replace
    assert await scrobbler.call("CompleteAuth", "s", token) == [USER]
    assert await scrobbler.said("AuthChanged", "authenticated") == ["authenticated", USER]
    assert "the login is lost when scrobblerd ends" in daemon.log


async def test_a_token_may_be_given(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    first = (await scrobbler.call("GetAuthUrl"))[1]
    await scrobbler.call("GetAuthUrl")
    lastfm.approve(first)
    assert await scrobbler.call("CompleteAuth", "s", f" {first}\n") == [USER]


async def test_a_used_token_is_no_good(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    _url, token = await scrobbler.call("GetAuthUrl")
    lastfm.approve(token)
    await scrobbler.call("CompleteAuth", "s", "")
    name, words = await scrobbler.refused("CompleteAuth", "s", token)
    assert name == "NotAuthenticated"
    assert "begin again" in words
    [settings] = await scrobbler.call("GetSettings")
    assert settings["authenticated"] is True, "the login that was there still is"


async def test_without_a_pending_token_there_is_nothing_to_complete(scrobbler: Scrobbler) -> None:
    name, words = await scrobbler.refused("CompleteAuth", "s", "")
    assert name == "InvalidArgument"
    assert words.startswith("token: ")


async def test_an_invented_token_is_no_good(scrobbler: Scrobbler) -> None:
    name, _words = await scrobbler.refused("CompleteAuth", "s", "x" * 32)
    assert name == "NotAuthenticated"


async def test_an_expired_token_is_no_good(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    _url, token = await scrobbler.call("GetAuthUrl")
    lastfm.approve(token)
    lastfm.advance(61 * 60)
    assert (await scrobbler.refused("CompleteAuth", "s", ""))[0] == "NotAuthenticated"


async def test_a_second_call_at_the_same_time_is_told_to_wait(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    _url, token = await scrobbler.call("GetAuthUrl")
    lastfm.approve(token)
    lastfm.misbehave(Behaviour.slow(30), method="auth.getSession")
    first = asyncio.create_task(scrobbler.call("CompleteAuth", "s", ""))
    await asyncio.to_thread(
        lastfm.wait_for, lambda seen: seen.requests[-1].method == "auth.getSession"
    )
    assert (await scrobbler.refused("CompleteAuth", "s", ""))[0] == "Busy"
    lastfm.release()
    assert await first == [USER]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (Behaviour.closed_before_storing(), "Network"),
        (Behaviour.html(502), "Network"),
        (Behaviour.error(11), "Service"),
        (Behaviour.error(26), "NotConfigured"),
        (Behaviour.error(13), "NotConfigured"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
async def test_what_is_wrong_at_last_fm_is_told(
    scrobbler: Scrobbler, lastfm: StandIn, wrong: Behaviour, name: str
) -> None:
    lastfm.misbehave(wrong, method="auth.getToken")
    assert (await scrobbler.refused("GetAuthUrl"))[0] == name
    _url, token = await scrobbler.call("GetAuthUrl")
    lastfm.approve(token)
    lastfm.misbehave(wrong, method="auth.getSession")
    assert (await scrobbler.refused("CompleteAuth", "s", ""))[0] == name
    assert await scrobbler.call("CompleteAuth", "s", "") == [USER], "the token is still pending"


# -- what stays -----------------------------------------------------------------------------------


async def test_the_pending_token_survives_a_restart(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    _url, token = await scrobbler.call("GetAuthUrl")
    bench.restart()
    lastfm.approve(token)
    assert await scrobbler.call("CompleteAuth", "s", "") == [USER]


async def test_the_login_survives_even_a_kill(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await log_in(scrobbler, lastfm)
    daemon.kill()
    daemon.start()
    assert await scrobbler.get("Authenticated") is True
    assert await scrobbler.get("Username") == USER


async def test_state_is_for_the_user_alone(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await log_in(scrobbler, lastfm)
    assert stat.S_IMODE(daemon.state.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in daemon.state.iterdir()}
    assert {"session.toml", "settings.toml", "scrobblerd.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


async def test_what_was_queued_before_any_login_goes_to_the_first_account(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    stamp, scrobbling = scrobble_ago(300)
    status, words = await scrobbler.call(*scrobbling)
    assert status == "queued"
    assert words == "nobody is logged in"
    await log_in(scrobbler, lastfm)
    assert lastfm.wait_for(lambda seen: bool(seen.scrobbles))
    assert [(one.user, one.timestamp) for one in lastfm.scrobbles] == [(USER, stamp)]


# -- the end of a login ---------------------------------------------------------------------------


async def test_disconnect_forgets_the_login_and_switches_off(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await log_in(scrobbler, lastfm)
    assert await scrobbler.call("Disconnect") == []
    assert await scrobbler.said("AuthChanged", "disconnected") == ["disconnected", ""]
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["authenticated"], settings["username"]) == (False, "")
    assert settings["enabled"] is False
    assert daemon.session()["session_key"] == ""


async def test_disconnect_keeps_the_queue_and_the_next_login_sends_it(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await log_in(scrobbler, lastfm)
    lastfm.stop()
    stamp, scrobbling = scrobble_ago(300)
    assert (await scrobbler.call(*scrobbling))[0] == "queued"
    await scrobbler.call("Disconnect")
    lastfm.start()
    bench.restart()
    [queue] = await scrobbler.call("GetQueueStatus")
    assert (queue["queued"], queue["oldest"]) == (1, stamp)
    assert lastfm.scrobbles == []
    await log_in(scrobbler, lastfm)
    assert lastfm.wait_for(lambda seen: bool(seen.scrobbles))
    assert lastfm.scrobbles[0].timestamp == stamp
    assert await scrobbler.get("Enabled") is True


async def test_disconnect_without_a_login_is_no_error(scrobbler: Scrobbler) -> None:
    assert await scrobbler.call("Disconnect") == []
    assert await scrobbler.get("Enabled") is False


async def test_a_login_that_last_fm_revoked_is_told_and_nothing_is_lost(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await log_in(scrobbler, lastfm)
    for key in lastfm.sessions:
        lastfm.revoke(key)
    stamp, scrobbling = scrobble_ago(300)
    assert (await scrobbler.call(*scrobbling))[0] == "queued"
    assert await scrobbler.said("AuthChanged", "expired") == ["expired", USER]
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["authenticated"], settings["enabled"]) == (False, True)
    await log_in(scrobbler, lastfm)
    assert lastfm.wait_for(lambda seen: bool(seen.scrobbles))
    assert lastfm.scrobbles[0].timestamp == stamp


async def test_what_was_meant_for_one_account_never_goes_to_another(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await log_in(scrobbler, lastfm)
    lastfm.misbehave(Behaviour.error(11), method="track.scrobble")
    _stamp, scrobbling = scrobble_ago(300)
    await scrobbler.call(*scrobbling)
    await log_in(scrobbler, lastfm, "loud_heron")
    [queue] = await scrobbler.call("GetQueueStatus")
    assert (queue["queued"], queue["held"]) == (0, 1)
    [retried] = await scrobbler.call("RetryQueue")
    assert retried["status"] == "nothing"
    await log_in(scrobbler, lastfm)
    assert lastfm.wait_for(lambda seen: bool(seen.scrobbles))
    assert [one.user for one in lastfm.scrobbles] == [USER]
