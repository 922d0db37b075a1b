"""Accounts beside that of [lastfm]: one play goes to each, and each is asked for by its name."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lab.bus import PrivateBus
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.listenbrainz import ListenBrainz
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running
from tests.support.scrobblerctl import CTL


@dataclass(frozen=True, slots=True)
class Home:
    """A daemon with three accounts: quiet_otter's at Last.fm, another user's there, and one at
    ListenBrainz. Only the first is logged in."""

    bench: Bench
    second: StandIn
    brainz: ListenBrainz
    scrobbler: Scrobbler
    token: str

    def give_token(self) -> None:
        """What `scrobblerctl login brainz` does with the token."""
        path = self.bench.daemon.config_path.parent / "tokens" / "brainz.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(tomli_w.dumps({"token": self.token}))

    async def log_in(self) -> None:
        """Logs in everywhere."""
        kind, _url, token = await self.scrobbler.call("BeginLogin", "s", "second")
        assert kind == "browser"
        self.second.approve(token, "loud_heron")
        assert await self.scrobbler.call("CompleteLogin", "ss", "second", token) == ["loud_heron"]
        kind, _url, token = await self.scrobbler.call("BeginLogin", "s", "brainz")
        assert (kind, token) == ("token", "")
        self.give_token()
        assert await self.scrobbler.call("CompleteLogin", "ss", "brainz", "") == [USER]

    async def accounts(self) -> dict[str, dict[str, Any]]:
        """All accounts by their names."""
        [listed] = await self.scrobbler.call("ListAccounts")
        return {account["account"]: account for account in listed}


@pytest.fixture
def servers() -> Iterator[tuple[StandIn, ListenBrainz]]:
    """The servers of the other accounts."""
    with StandIn() as second, ListenBrainz() as brainz:
        yield second, brainz


@pytest.fixture
async def home(
    bus: PrivateBus, tmp_path: Path, servers: tuple[StandIn, ListenBrainz]
) -> AsyncIterator[Home]:
    """A daemon that runs."""
    second, brainz = servers
    accounts = {
        "second": {"service": "lastfm", "url": second.api_url},
        "brainz": {"service": "listenbrainz", "url": brainz.api_url},
    }
    tables = {**SOON, **UNLIMITED, "accounts": accounts}
    with running(tmp_path, bus=bus, tables=tables) as bench:
        async with await connect(bus.address) as connection:
            scrobbler = await Scrobbler.start(connection)
            token = brainz.login(USER)
            yield Home(bench, second, brainz, scrobbler, token)
    assert token not in bench.daemon.log


async def test_accounts_are_listed_with_how_they_stand(home: Home) -> None:
    accounts = await home.accounts()
    assert list(accounts) == ["lastfm", "second", "brainz"]
    assert [each["state"] for each in accounts.values()] == ["active", "logged_out", "logged_out"]
    assert accounts["lastfm"]["username"] == USER
    assert (accounts["brainz"]["service"], accounts["brainz"]["url"]) == (
        "listenbrainz",
        home.brainz.api_url,
    )
    [status] = await home.scrobbler.call("GetAccountStatus", "s", "second")
    assert status == accounts["second"]


async def test_an_account_that_is_not_there_is_one_clear_error(home: Home) -> None:
    name, words = await home.scrobbler.refused("GetAccountStatus", "s", "third")
    assert name == "InvalidArgument"
    assert words == "account: 'third' is none; there are lastfm, second, brainz"


async def test_one_play_goes_to_each_account_once(home: Home) -> None:
    await home.log_in()
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        for server in (home.bench.lastfm, home.second):
            assert server.wait_for(lambda seen: len(seen.scrobbles) == 1)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    told = {
        (await home.scrobbler.said("AccountStatus", name, "sent"))[0]
        for name in ("lastfm", "second", "brainz")
    }
    assert told == {"lastfm", "second", "brainz"}


async def test_what_waited_for_a_first_login_is_sent_after_it(home: Home) -> None:
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
    while [account["queued"] for account in (await home.accounts()).values()] != [0, 1, 1]:
        pass
    home.bench.restart()
    await home.log_in()
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 1)
    assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    assert len(home.bench.lastfm.scrobbles) == 1


async def test_an_account_that_is_off_gets_no_plays_and_keeps_its_login(home: Home) -> None:
    await home.log_in()
    await home.scrobbler.call("SetAccountEnabled", "sb", "second", False)
    home.bench.restart()
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    accounts = await home.accounts()
    assert (accounts["second"]["state"], accounts["second"]["queued"]) == ("off", 0)
    assert accounts["second"]["username"] == "loud_heron"
    assert home.second.scrobbles == []


async def test_lastfm_switched_off_switches_no_other_account_off(home: Home) -> None:
    await home.log_in()
    await home.scrobbler.call("Disconnect")
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    assert home.bench.lastfm.scrobbles == []
    assert await home.scrobbler.get("Enabled") is False


async def test_a_server_that_is_away_holds_up_no_other_account(home: Home) -> None:
    await home.log_in()
    home.second.stop()
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
        assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
    assert (await home.accounts())["second"]["queued"] == 1
    home.second.start()
    await home.scrobbler.call("RetryAccount", "s", "second")
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 1)


async def test_a_logout_forgets_the_login_and_keeps_what_waits(home: Home) -> None:
    await home.log_in()
    await home.scrobbler.call("Logout", "s", "brainz")
    account = (await home.accounts())["brainz"]
    assert (account["state"], account["username"]) == ("off", "")
    assert home.token not in (home.bench.daemon.state / "login-brainz.toml").read_text()


async def test_a_login_is_checked_at_the_server(home: Home) -> None:
    await home.log_in()
    assert await home.scrobbler.call("CheckAccount", "s", "brainz") == [""]
    del home.brainz.tokens[home.token]
    [words] = await home.scrobbler.call("CheckAccount", "s", "brainz")
    assert "not valid" in words


async def test_a_reload_brings_accounts_and_takes_them_away(home: Home) -> None:
    await home.log_in()
    text = home.bench.daemon.config_path.read_text()
    home.bench.configure(
        accounts={"brainz": {"service": "listenbrainz", "url": home.brainz.api_url}}
    )
    await home.scrobbler.call("Reload")
    assert list(await home.accounts()) == ["lastfm", "brainz"]
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    home.bench.daemon.config_path.write_text(text)
    await home.scrobbler.call("Reload")
    accounts = await home.accounts()
    assert accounts["second"]["username"] == "loud_heron"
    assert home.second.scrobbles == []


async def test_the_name_of_an_account_is_not_used_for_another_service(home: Home) -> None:
    stamp = int(time.time()) - 100
    home.bench.daemon.change(
        "INSERT INTO scrobble_queue (account_id, username, artist, track, album, album_artist,"
        " mbid, timestamp, created_at, state) SELECT id, '', 'A', 'B', '', '', '', ?, ?, 'pending'"
        " FROM accounts WHERE name = 'second'",
        *(stamp, stamp),
    )
    home.bench.configure(
        accounts={"second": {"service": "listenbrainz", "url": home.brainz.api_url}}
    )
    name, words = await home.scrobbler.refused("Reload")
    assert name == "InvalidArgument"
    assert "its plays belong to lastfm; choose another name" in words
    assert len(await home.accounts()) == 3


async def test_what_another_program_scrobbles_goes_to_each_account(home: Home) -> None:
    await home.log_in()
    stamp = int(time.time()) - 100
    call = ("sssxuu", "The Paper Lanterns", "Slow Harbour", "", stamp, 200, 190)
    assert await home.scrobbler.call("Scrobble", *call) == ["success", ""]
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 1)
    assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    playing = ("sssu", "The Paper Lanterns", "Fern", "", 200)
    assert await home.scrobbler.call("NowPlaying", *playing) == ["success", ""]
    assert home.second.wait_for(lambda seen: len(seen.now_playing) == 1)


async def test_the_queue_is_counted_over_all_accounts_and_names_who_waits(home: Home) -> None:
    await home.log_in()
    home.second.stop()
    stamp = int(time.time()) - 100
    call = ("sssxuu", "The Paper Lanterns", "Slow Harbour", "", stamp, 200, 190)
    assert await home.scrobbler.call("Scrobble", *call) == ["success", ""]
    assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    [status] = await home.scrobbler.call("GetQueueStatus")
    while await home.scrobbler.get("Queued") != 1 or not status["last_error"]:
        [status] = await home.scrobbler.call("GetQueueStatus")
    assert status["queued"] == 1
    assert status["last_error"].startswith("second: Last.fm can't be reached")
    home.second.start()
    await home.scrobbler.call("RetryQueue")
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 1)


async def test_what_became_of_a_play_is_told_of_each_account(home: Home) -> None:
    await home.log_in()
    home.second.stop()
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
        assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
    for account in ("lastfm", "brainz"):
        await home.scrobbler.said("AccountStatus", account, "sent")
    while (await home.accounts())["second"]["last_error"] == "":
        pass
    [words] = await home.scrobbler.call("Explain", "x", 1)
    told = home.bench.run([*CTL, "explain", "1"]).stdout
    for each in (words, told):
        assert f". Sent to {USER} 2" in each
        assert f"brainz: Sent to {USER} 2" in each
        assert "second: Waiting to be sent to loud_heron: Last.fm can't be reached" in each
