"""A daemon with three accounts: what tests of several accounts share."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
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


@dataclass(frozen=True, slots=True)
class Home:
    """A daemon with three accounts: quiet_otter's at Last.fm, another user's there, and one at
    ListenBrainz. Only the first is logged in."""

    bench: Bench
    second: StandIn
    brainz: ListenBrainz
    scrobbler: Scrobbler
    token: str

    def give_token(self, account: str = "brainz") -> None:
        """What `scrobblerctl login brainz` does with the token."""
        path = self.bench.daemon.config_path.parent / "tokens" / f"{account}.toml"
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

    async def play(self, title: str = "Slow Harbour") -> None:
        """A play of The Paper Lanterns that counts, and was sent to Last.fm and ListenBrainz."""
        heard = len(self.bench.lastfm.scrobbles) + 1
        async with await FakePlayer.start(self.bench.bus.address, "player") as player:
            await player.play(title, ["The Paper Lanterns"], length=200.0)
            assert self.brainz.wait_for(lambda seen: title in seen.titles())
            assert self.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == heard)

    async def sent_at(self, *accounts: str) -> None:
        """Waits until a play was sent at each of these accounts, in any order."""
        left = set(accounts)
        while left:
            account, status, *_ = await self.scrobbler.said("AccountStatus")
            if status == "sent":
                left.discard(account)

    async def accounts(self) -> dict[str, dict[str, Any]]:
        """All accounts by their names."""
        [listed] = await self.scrobbler.call("ListAccounts")
        return {account["account"]: account for account in listed}


@pytest.fixture
def servers() -> Iterator[tuple[StandIn, ListenBrainz]]:
    """The servers of the other accounts."""
    with StandIn() as second, ListenBrainz() as brainz:
        yield second, brainz


@asynccontextmanager
async def _running(
    bus: PrivateBus, folder: Path, servers: tuple[StandIn, ListenBrainz], **how: Any
) -> AsyncGenerator[Home]:
    second, brainz = servers
    accounts = {
        "second": {"service": "lastfm", "url": second.api_url},
        "brainz": {"service": "listenbrainz", "url": brainz.api_url},
    }
    if how:
        del accounts["second"]
    tables = {**SOON, **UNLIMITED, "accounts": accounts}
    with running(folder, bus=bus, tables=tables, **how) as bench:
        async with await connect(bus.address) as connection:
            scrobbler = await Scrobbler.start(connection)
            token = brainz.login(USER)
            yield Home(bench, second, brainz, scrobbler, token)
    assert token not in bench.daemon.log


@pytest.fixture
async def home(
    bus: PrivateBus, tmp_path: Path, servers: tuple[StandIn, ListenBrainz]
) -> AsyncIterator[Home]:
    """A daemon that runs."""
    async with _running(bus, tmp_path, servers) as running_home:
        yield running_home


@pytest.fixture
async def brainz_alone(
    bus: PrivateBus, tmp_path: Path, servers: tuple[StandIn, ListenBrainz]
) -> AsyncIterator[Home]:
    """A daemon that has no API key of Last.fm, and is logged in at ListenBrainz."""
    async with _running(bus, tmp_path, servers, configured=False, login=False) as running_home:
        running_home.give_token()
        await running_home.scrobbler.call("CompleteLogin", "ss", "brainz", "")
        yield running_home
