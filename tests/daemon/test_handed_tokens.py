"""Tokens in the environment, in systemd credentials or in a file log in by themselves.

The environment is that of a real process.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lab.bus import PrivateBus
from lab.dbus import connect
from lab.listenbrainz import ListenBrainz
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running
from tests.support.scrobblerctl import CTL

VARIABLE = "SCROBBLERD_TOKEN_MY_OWN"
PLACES = ("environment", "credentials", "token_file")


@dataclass
class Home:
    """A daemon with the account my-own at ListenBrainz, and the places of its token."""

    bench: Bench
    brainz: ListenBrainz
    token: str
    environment: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def credentials(self) -> Path:
        """Where systemd puts credentials."""
        return self.bench.daemon.home / "credentials"

    @property
    def token_file(self) -> Path:
        """Where another program keeps the token."""
        return self.bench.daemon.home / "a-token"

    def hand_over(self, place: str, token: str) -> None:
        """Puts the token where `place` says."""
        if place == "environment":
            self.environment[VARIABLE] = token
        elif place == "credentials":
            self.credentials.mkdir(exist_ok=True)
            (self.credentials / "scrobblerd.my-own.token").write_text(f"{token}\n")
            self.environment["CREDENTIALS_DIRECTORY"] = str(self.credentials)
        else:
            self.token_file.write_text(token)

    def start(self) -> None:
        """Starts the daemon in that environment."""
        values = (f"{name}={value}" for name, value in self.environment.items())
        self.bench.daemon.wrapper = ("env", *values)
        self.bench.daemon.start()

    def restart(self) -> None:
        """Ends it and starts it."""
        assert self.bench.daemon.stop() == 0
        self.start()

    def kept(self) -> str:
        """All that the daemon has written."""
        files = (path for path in self.bench.daemon.state.rglob("*") if path.is_file())
        return "".join(path.read_bytes().decode("latin-1") for path in files)


@pytest.fixture
def home(bus: PrivateBus, tmp_path: Path) -> Iterator[Home]:
    """A daemon that does not run yet, for whom no token is there."""
    with ListenBrainz() as brainz:
        account = {
            "service": "listenbrainz",
            "url": brainz.api_url,
            "token_file": str(tmp_path / "home" / "a-token"),
        }
        tables = {**SOON, **UNLIMITED, "accounts": {"my-own": account}}
        how: dict[str, Any] = {"login": False, "start": False, "configured": False}
        with running(tmp_path / "home", bus=bus, tables=tables, **how) as bench:
            home = Home(bench, brainz, brainz.login(USER))
            yield home
        for token in brainz.tokens:
            assert token not in bench.daemon.log


@pytest.fixture
async def scrobbler(home: Home) -> AsyncIterator[Scrobbler]:
    """The daemon as another program sees it."""
    async with await connect(home.bench.bus.address) as connection:
        yield await Scrobbler.start(connection)


async def account(scrobbler: Scrobbler, state: str, username: str = USER) -> dict[str, Any]:
    """The account, once it is so."""
    while True:
        [entry] = await scrobbler.call("GetAccountStatus", "s", "my-own")
        if (entry["state"], entry["username"]) == (state, username):
            return entry


async def plays(home: Home, title: str = "Slow Harbour") -> None:
    """A track is played until it counts."""
    async with await FakePlayer.start(home.bench.bus.address, "player") as player:
        await player.play(title, ["The Paper Lanterns"], length=200.0)
        query = "SELECT 1 FROM scrobble_queue WHERE track = ?"
        while not home.bench.daemon.rows(query, title):
            pass


@pytest.mark.parametrize("place", PLACES)
async def test_a_token_logs_in_by_itself_and_is_never_written(
    home: Home, scrobbler: Scrobbler, place: str
) -> None:
    home.hand_over(place, home.token)
    home.start()
    await account(scrobbler, "active")
    await plays(home)
    assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    home.restart()
    await account(scrobbler, "active")
    assert home.token not in home.kept()


async def test_a_token_that_was_good_is_good_at_the_next_start_without_a_network(
    home: Home, scrobbler: Scrobbler
) -> None:
    home.hand_over("environment", home.token)
    home.start()
    await account(scrobbler, "active")
    home.brainz.stop()
    home.restart()
    assert (await account(scrobbler, "active"))["username"] == USER
    home.brainz.start()


async def test_without_a_network_plays_wait_for_the_login(home: Home, scrobbler: Scrobbler) -> None:
    home.hand_over("environment", home.token)
    home.brainz.stop()
    home.start()
    await plays(home)
    entry = await account(scrobbler, "logged_out", "")
    assert entry["hold_reason"] == f"the token in {VARIABLE} was not checked yet"
    home.brainz.start()
    await scrobbler.call("RetryAccount", "s", "my-own")
    await account(scrobbler, "active")
    assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])


@pytest.mark.parametrize("place", ["environment", "token_file"])
async def test_another_token_is_another_login(home: Home, scrobbler: Scrobbler, place: str) -> None:
    home.hand_over(place, home.token)
    home.start()
    await account(scrobbler, "active")
    home.hand_over(place, home.brainz.login("loud_heron"))
    if place == "environment":
        home.restart()
    else:
        await scrobbler.call("Reload")
    await account(scrobbler, "active", "loud_heron")
    await plays(home)
    assert home.brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
    assert [request for request in home.brainz.requests if request.method == "submit-listens"]


async def test_a_token_that_is_handed_over_wins_over_a_login_by_command(
    home: Home, scrobbler: Scrobbler
) -> None:
    path = home.bench.daemon.config_path.parent / "tokens" / "my-own.toml"
    path.parent.mkdir()
    path.write_text(tomli_w.dumps({"token": home.token}))
    home.start()
    assert await scrobbler.call("CompleteLogin", "ss", "my-own", "") == [USER]
    assert home.token in home.kept()
    home.hand_over("environment", home.brainz.login("loud_heron"))
    home.restart()
    await account(scrobbler, "active", "loud_heron")
    assert home.bench.daemon.stop() == 0
    assert home.token not in home.kept()


async def test_a_token_that_was_kept_is_kept_no_longer_when_it_is_handed_over(
    home: Home, scrobbler: Scrobbler
) -> None:
    home.hand_over("environment", home.token)
    state = home.bench.daemon.state
    state.mkdir(mode=0o700, parents=True)
    login = {"username": USER, "session_key": home.token}
    (state / "login-my-own.toml").write_text(tomli_w.dumps(login))
    home.start()
    await account(scrobbler, "active")
    assert home.token not in home.kept()
    assert home.brainz.requests == []


async def test_a_wrong_token_is_told_once_and_not_asked_about_for_ever(
    home: Home, scrobbler: Scrobbler
) -> None:
    home.hand_over("environment", "no-such-token")
    home.start()
    await plays(home, "Fern")
    entry = await account(scrobbler, "logged_out", "")
    while "not valid" not in entry["hold_reason"]:
        entry = await account(scrobbler, "logged_out", "")
    assert entry["hold_reason"].startswith(f"the token in {VARIABLE}: ")
    asked = len(home.brainz.requests)
    for title in ("Slow Harbour", "Tidewater"):
        await plays(home, title)
    assert len(home.brainz.requests) == asked
    assert home.bench.daemon.log.count("my-own: not logged in: the token in ") == 1
    assert "no-such-token" not in home.bench.daemon.log
    name, words = await scrobbler.refused("CompleteLogin", "ss", "my-own", "")
    assert name == "NotAuthenticated"
    assert "no-such-token" not in words


async def test_a_token_that_went_bad_is_a_login_that_expired(
    home: Home, scrobbler: Scrobbler
) -> None:
    home.hand_over("token_file", home.token)
    home.start()
    await account(scrobbler, "active")
    home.hand_over("token_file", "no-such-token")
    await scrobbler.call("Reload")
    entry = await account(scrobbler, "expired")
    assert entry["username"] == USER


async def test_without_its_token_nobody_is_logged_in(home: Home, scrobbler: Scrobbler) -> None:
    home.hand_over("token_file", home.token)
    home.start()
    await account(scrobbler, "active")
    home.token_file.unlink()
    home.restart()
    await account(scrobbler, "logged_out")


async def test_a_token_switches_nothing_on_that_the_user_has_switched_off(
    home: Home, scrobbler: Scrobbler
) -> None:
    home.start()
    await scrobbler.call("SetAccountEnabled", "sb", "my-own", False)
    home.hand_over("environment", home.token)
    home.restart()
    await account(scrobbler, "off")
    await scrobbler.call("Logout", "s", "my-own")
    await account(scrobbler, "off", "")
    assert home.bench.run([*CTL, "login", "my-own"]).returncode == 0
    await account(scrobbler, "active")
    assert home.token not in home.kept()


async def test_a_token_file_that_is_no_text_is_told_and_ends_nothing(
    home: Home, scrobbler: Scrobbler
) -> None:
    home.token_file.parent.mkdir(exist_ok=True)
    home.token_file.write_bytes(b"\xff\xfe")
    home.start()
    await account(scrobbler, "logged_out", "")
    assert f"{home.token_file}: is no text" in home.bench.daemon.log
