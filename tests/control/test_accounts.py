"""Accounts beside that of [lastfm]: one play goes to each, and each is asked for by its name."""

import asyncio
import re
import time
from typing import Any

import pytest

from lab.player import FakePlayer
from lab.scrobbler import Scrobbler, changed_properties
from tests.support.accounts_bench import Home
from tests.support.daemon_bench import USER, started
from tests.support.scrobblerctl import CTL


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
    assert words == "there is no account 'third'; there are lastfm, second, brainz"


async def test_one_play_goes_to_each_account_once(home: Home) -> None:
    await home.log_in()
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        for server in (home.bench.lastfm, home.second):
            assert server.wait_for(lambda seen: len(seen.scrobbles) == 1)
        assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    await home.sent_at("lastfm", "second", "brainz")


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


async def test_an_account_that_left_the_file_is_shown_as_long_as_plays_are_kept_for_it(
    home: Home,
) -> None:
    await home.log_in()
    home.second.stop()
    await home.play()
    while (await home.accounts())["second"]["queued"] == 0:
        pass
    text = home.bench.daemon.config_path.read_text()
    home.bench.configure(
        accounts={"brainz": {"service": "listenbrainz", "url": home.brainz.api_url}}
    )
    await home.scrobbler.call("Reload")
    home.second.start()
    for _ in range(2):
        account = (await home.accounts())["second"]
        assert (account["state"], account["queued"], account["username"]) == (
            "gone",
            1,
            "loud_heron",
        )
        assert account["words"] == account["hold_reason"] == "second is not in config.toml"
        assert (await home.scrobbler.call("GetAccountStatus", "s", "second")) == [account]
        [status] = await home.scrobbler.call("GetQueueStatus")
        assert (status["queued"], status["hold_reason"]) == (1, "second: it is not in config.toml")
        assert (
            "second: Waiting to be sent to loud_heron: second is not in config.toml"
            in ((await home.scrobbler.call("Explain", "x", 1))[0])
        )
        assert "not in config.toml" in home.bench.run([*CTL, "accounts"]).stdout
        home.bench.restart()
        await home.scrobbler.call("RetryQueue")
    assert home.second.scrobbles == []
    home.bench.daemon.config_path.write_text(text)
    await home.scrobbler.call("Reload")
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 1)
    home.bench.daemon.config_path.write_text(text.replace("accounts.second", "accounts.third"))
    await home.scrobbler.call("Reload")
    assert set(await home.accounts()) == {"lastfm", "third", "brainz"}


async def test_what_waits_for_an_account_that_left_can_be_dropped(home: Home) -> None:
    await home.log_in()
    home.second.stop()
    await home.play()
    while (await home.accounts())["second"]["queued"] == 0:
        pass
    home.bench.configure(accounts={})
    await home.scrobbler.call("Reload")
    accounts = await home.accounts()
    assert {name: each["state"] for name, each in accounts.items()} == {
        "lastfm": "active",
        "second": "gone",
    }
    [rows] = await home.scrobbler.call("ListAccountQueue", "ssux", "second", "", 10, 0)
    await home.scrobbler.call("DropItem", "x", rows[0]["id"])
    assert list(await home.accounts()) == ["lastfm"]
    home.second.start()


@pytest.mark.parametrize(
    "use",
    [
        "INSERT INTO scrobble_queue (account_id, username, artist, track, album, album_artist,"
        " mbid, timestamp, created_at, state) SELECT id, '', 'A', 'B', '', '', '', 1.7e9, 1.7e9,"
        " 'pending' FROM accounts WHERE name = 'second'",
        "UPDATE accounts SET username = 'loud_heron' WHERE name = 'second'",  # a login
    ],
    ids=["plays", "login"],
)
async def test_the_name_of_an_account_is_not_used_for_another_service(home: Home, use: str) -> None:
    home.bench.daemon.change(use)
    home.bench.configure(
        accounts={"second": {"service": "listenbrainz", "url": home.brainz.api_url}}
    )
    name, words = await home.scrobbler.refused("Reload")
    assert name == "InvalidArgument"
    assert "its login and its plays belong to lastfm; choose another name" in words
    assert len(await home.accounts()) == 3


async def test_the_name_of_an_account_that_was_never_used_may_be_of_another_service(
    home: Home,
) -> None:
    home.bench.configure(
        accounts={"second": {"service": "listenbrainz", "url": home.brainz.api_url}}
    )
    await home.scrobbler.call("Reload")
    second = (await home.accounts())["second"]
    assert (second["service"], second["url"]) == ("listenbrainz", home.brainz.api_url)
    assert (await home.scrobbler.call("BeginLogin", "s", "second"))[0] == "token"


async def test_what_another_program_scrobbles_goes_to_each_account(home: Home) -> None:
    await home.log_in()
    stamp = int(time.time()) - 100
    call = ("sssxuu", "The Paper Lanterns", "Slow Harbour", "", stamp, 200, 190)
    assert (await home.scrobbler.call("Scrobble", *call))[0] == "success"
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
    answer = await home.scrobbler.call("Scrobble", *call)
    assert answer == ["success", "sent; second: queued; brainz: queued"]
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
    await home.sent_at("lastfm", "brainz")
    while (await home.accounts())["second"]["last_error"] == "":
        pass
    [words] = await home.scrobbler.call("Explain", "x", 1)
    told = home.bench.run([*CTL, "explain", "1"]).stdout
    for each in (words, told):
        assert f". Sent to {USER} 2" in each
        assert f"brainz: Sent to {USER} 2" in each
        # it is away as soon as another server has answered since
        waiting = (
            "second: Waiting to be sent to loud_heron: Last.fm (can't be reached|is away since)"
        )
        assert re.search(waiting, each)


# -- logins, switches -----------------------------------------------------------------------------


async def test_a_login_that_was_given_up_has_nothing_to_finish(home: Home) -> None:
    _kind, _url, token = await home.scrobbler.call("BeginLogin", "s", "second")
    home.second.approve(token, "loud_heron")
    await home.scrobbler.call("CancelLogin", "s", "second")
    refused = await home.scrobbler.refused("CompleteLogin", "ss", "second", "")
    assert refused == ("InvalidArgument", "token: no login was begun")
    assert (await home.accounts())["second"]["state"] == "logged_out"
    await home.scrobbler.call("BeginLogin", "s", "brainz")
    await home.scrobbler.call("CancelLogin", "s", "brainz")
    refused = await home.scrobbler.refused("CompleteLogin", "ss", "brainz", "")
    assert refused == ("InvalidArgument", "account: there is no token for brainz yet")


async def test_logins_that_are_begun_at_once_are_each_at_their_own_account(home: Home) -> None:
    names = ("second", "brainz", "lastfm", "second")
    begun = await asyncio.gather(
        *(home.scrobbler.call("BeginLogin", "s", name) for name in names),
    )
    kinds = [kind for kind, _url, _token in begun]
    assert kinds == ["browser", "token", "browser", "browser"]
    assert begun[0] == begun[3]
    assert begun[0] != begun[2]


async def test_a_login_that_is_given_up_leaves_the_one_that_is_there(home: Home) -> None:
    await home.log_in()
    await home.scrobbler.call("BeginLogin", "s", "second")
    await home.scrobbler.call("CancelLogin", "s", "second")
    assert (await home.accounts())["second"]["state"] == "active"


@pytest.mark.parametrize("account", ["lastfm", "second", "brainz"])
async def test_an_account_that_is_switched_on_ends_no_pause(home: Home, account: str) -> None:
    await home.scrobbler.call("Pause", "u", 1800)
    await home.scrobbler.call("SetAccountEnabled", "sb", account, False)
    await home.scrobbler.call("SetAccountEnabled", "sb", account, True)
    [settings] = await home.scrobbler.call("GetSettings")
    assert settings["paused_until"] > time.time()
    await home.log_in()
    [settings] = await home.scrobbler.call("GetSettings")
    assert settings["paused_until"] > time.time()


async def test_settings_name_the_other_accounts_that_are_switched_on(home: Home) -> None:
    [settings] = await home.scrobbler.call("GetSettings")
    assert settings["accounts"] == ["second", "brainz"]
    await home.scrobbler.call("SetAccountEnabled", "sb", "second", False)
    [settings] = await home.scrobbler.call("GetSettings")
    assert settings["accounts"] == ["brainz"]


# -- how they stand -------------------------------------------------------------------------------


async def test_when_a_play_was_last_taken_is_told_over_a_restart(home: Home) -> None:
    begun = int(time.time())
    await home.log_in()
    assert {each["last_sent"] for each in (await home.accounts()).values()} == {0}
    await home.play()
    await home.sent_at("lastfm", "brainz")
    home.second.stop()
    home.bench.restart()
    accounts = await home.accounts()
    assert begun <= accounts["lastfm"]["last_sent"] <= time.time()
    assert begun <= accounts["brainz"]["last_sent"] <= time.time()


async def test_a_state_that_is_not_as_it_should_be_is_told_in_words(home: Home) -> None:
    await home.scrobbler.call("SetAccountEnabled", "sb", "second", False)
    words = {name: account["words"] for name, account in (await home.accounts()).items()}
    assert words == {
        "lastfm": "",
        "second": "it is switched off",
        "brainz": "nobody is logged in",
    }


# -- the property ---------------------------------------------------------------------------------


def states(accounts: list[dict[str, Any]]) -> dict[str, str]:
    """The states of the accounts, by their names."""
    return {account["account"]: account["state"] for account in accounts}


async def states_change_to(scrobbler: Scrobbler, **wanted: str) -> None:
    """Waits until the property shows these states."""
    while states(await scrobbler.changed("Accounts")) != wanted:
        pass


async def test_the_property_shows_what_the_list_does_but_for_what_runs(home: Home) -> None:
    await home.log_in()
    await states_change_to(home.scrobbler, lastfm="active", second="active", brainz="active")
    shown = await home.scrobbler.get("Accounts")
    assert [set(account) for account in shown] == [
        {"account", "service", "label", "url", "username", "login", "state", "can"}
    ] * 3
    listed = list((await home.accounts()).values())
    assert [{**account, **entry} for account, entry in zip(listed, shown, strict=True)] == listed


async def test_the_property_is_signalled_when_an_account_changes(home: Home) -> None:
    scrobbler, everywhere = home.scrobbler, {"lastfm": "active", "second": "active"}
    await home.log_in()
    await states_change_to(scrobbler, **everywhere, brainz="active")
    await scrobbler.call("SetAccountEnabled", "sb", "brainz", False)
    await states_change_to(scrobbler, **everywhere, brainz="off")
    await scrobbler.call("SetAccountEnabled", "sb", "brainz", True)
    await states_change_to(scrobbler, **everywhere, brainz="active")
    await scrobbler.call("Logout", "s", "second")
    await states_change_to(scrobbler, lastfm="active", second="off", brainz="active")
    home.bench.configure(
        accounts={"third": {"service": "listenbrainz", "url": home.brainz.api_url}}
    )
    await scrobbler.call("Reload")
    await states_change_to(scrobbler, lastfm="active", third="logged_out")
    home.bench.configure(accounts={"third": {"service": "listenbrainz"}})
    await scrobbler.call("Reload")
    [_, third] = await scrobbler.changed("Accounts")
    assert third["url"] == "https://api.listenbrainz.org"


async def test_the_property_is_not_signalled_while_plays_come_and_go(home: Home) -> None:
    everywhere = {"lastfm": "active", "second": "active", "brainz": "active"}
    await home.log_in()
    await home.play("Slow Harbour")
    await home.sent_at(*everywhere)
    while "love" not in (await home.scrobbler.get("Accounts"))[2]["can"]:
        pass  # what ListenBrainz can do is known when it has answered
    before = len(home.scrobbler.signals.of("PropertiesChanged"))
    await home.play("Fern")
    await home.sent_at(*everywhere)
    await home.scrobbler.call("Reload")
    await home.scrobbler.call("SetAccountEnabled", "sb", "brainz", False)
    await states_change_to(home.scrobbler, **everywhere | {"brainz": "off"})
    signals = home.scrobbler.signals.of("PropertiesChanged")[before:]
    told = [changed_properties(each).get("Accounts") for each in signals]
    assert [states(accounts) for accounts in told if accounts] == [everywhere | {"brainz": "off"}]


@started(login=False)
async def test_a_login_at_last_fm_is_one_of_its_account(scrobbler: Scrobbler) -> None:
    [account] = await scrobbler.get("Accounts")
    assert (account["account"], account["state"]) == ("lastfm", "logged_out")
