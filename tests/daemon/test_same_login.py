"""Two accounts with one login would store every play twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lab.bus import PrivateBus
from lab.lastfm import StandIn
from lab.listenbrainz import ListenBrainz
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running


@pytest.fixture
def brainz() -> Iterator[ListenBrainz]:
    """A server at which both have an account."""
    with ListenBrainz() as server:
        yield server


@pytest.fixture
def bench(bus: PrivateBus, tmp_path: Path, brainz: ListenBrainz) -> Iterator[Bench]:
    """A daemon that does not run yet; quiet_otter is logged in at Last.fm."""
    one = brainz.api_url.removesuffix("/1").replace("127.0.0.1", "localhost")
    accounts = {
        "one": {"service": "listenbrainz", "url": one},
        "other": {"service": "listenbrainz", "url": f"{one.replace('localhost', 'LOCALHOST')}/1/"},
    }
    tables = {**SOON, **UNLIMITED, "accounts": accounts}
    with running(tmp_path, bus=bus, start=False, tables=tables) as bench:
        yield bench


def keep(bench: Bench, account: str, key: str, username: str = USER) -> None:
    """A login that was kept."""
    bench.daemon.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = bench.daemon.state / f"login-{account}.toml"
    path.write_text(tomli_w.dumps({"username": username, "session_key": key}))


def give_token(bench: Bench, account: str, token: str) -> None:
    """What the command does with a token."""
    path = bench.daemon.config_path.parent / "tokens" / f"{account}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(tomli_w.dumps({"token": token}))


async def accounts(scrobbler: Scrobbler) -> dict[str, dict[str, Any]]:
    """All accounts by their names."""
    [listed] = await scrobbler.call("ListAccounts")
    return {account["account"]: account for account in listed}


async def test_the_second_login_of_one_user_at_one_server_is_refused(
    bench: Bench, scrobbler: Scrobbler, brainz: ListenBrainz
) -> None:
    token = brainz.login(USER)
    keep(bench, "other", token)
    bench.daemon.start()
    give_token(bench, "one", token)
    name, words = await scrobbler.refused("CompleteLogin", "ss", "one", "")
    assert name == "NotAuthenticated"
    assert f"{USER} at localhost:" in words
    assert "is logged in as the account other" in words
    assert not (bench.daemon.state / "login-one.toml").exists()
    give_token(bench, "one", brainz.login("loud_heron"))
    assert await scrobbler.call("CompleteLogin", "ss", "one", "") == ["loud_heron"]
    give_token(bench, "other", token)
    assert await scrobbler.call("CompleteLogin", "ss", "other", "") == [USER]


async def test_of_two_that_are_logged_in_already_the_later_one_is_stopped(
    bench: Bench, scrobbler: Scrobbler, brainz: ListenBrainz
) -> None:
    token = brainz.login(USER)
    keep(bench, "one", token)
    keep(bench, "other", token, USER.upper())
    bench.daemon.start()
    states = {name: each["state"] for name, each in (await accounts(scrobbler)).items()}
    assert states == {"lastfm": "active", "one": "active", "other": "stopped"}
    async with await FakePlayer.start(bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        assert brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
        assert bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
    assert (await accounts(scrobbler))["other"]["queued"] == 0
    assert brainz.titles() == ["Slow Harbour"]
    assert "other is stopped: " in bench.daemon.log


@pytest.mark.parametrize("how", ["Logout", "SetAccountEnabled", "Reload"])
async def test_the_later_one_goes_on_when_the_first_one_has_gone(
    bench: Bench, scrobbler: Scrobbler, brainz: ListenBrainz, how: str
) -> None:
    token = brainz.login(USER)
    for name in ("one", "other"):
        keep(bench, name, token)
    bench.daemon.start()
    if how == "Logout":
        await scrobbler.call("Logout", "s", "one")
    elif how == "SetAccountEnabled":
        await scrobbler.call("SetAccountEnabled", "sb", "one", False)
    else:
        table = {"service": "listenbrainz", "url": brainz.api_url.replace("127.0.0.1", "localhost")}
        bench.configure(accounts={"other": table})
        await scrobbler.call("Reload")
    assert (await accounts(scrobbler))["other"]["state"] == "active"
    if how == "SetAccountEnabled":
        await scrobbler.call("SetAccountEnabled", "sb", "one", True)
        assert (await accounts(scrobbler))["other"]["state"] == "stopped"


async def test_an_account_with_the_user_of_lastfm_is_refused_and_stopped_too(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    second = {"service": "lastfm", "url": bench.lastfm.api_url}
    bench.configure(accounts={"second": second})
    bench.daemon.start()
    _kind, _url, token = await scrobbler.call("BeginLogin", "s", "second")
    bench.lastfm.approve(token, USER)
    name, words = await scrobbler.refused("CompleteLogin", "ss", "second", token)
    assert name == "NotAuthenticated"
    assert "is logged in as the account lastfm" in words
    bench.daemon.stop()
    keep(bench, "second", bench.lastfm.login(USER))
    bench.daemon.start()
    assert (await accounts(scrobbler))["second"]["state"] == "stopped"


async def test_users_of_one_name_at_two_servers_are_two(
    bench: Bench, scrobbler: Scrobbler, brainz: ListenBrainz, standin: StandIn
) -> None:
    second = {"service": "lastfm", "url": standin.api_url}
    bench.configure(accounts={"second": second})
    keep(bench, "second", standin.login(USER))
    bench.daemon.start()
    states = [each["state"] for each in (await accounts(scrobbler)).values()]
    assert states == ["active", "active"]
