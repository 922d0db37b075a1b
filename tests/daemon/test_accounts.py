"""Several accounts of one daemon: users of one name at several servers, and servers in trouble."""

import asyncio
import time
import tomllib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
import tomli_w

from lab.behaviour import Behaviour
from lab.dbus import connect
from lab.lastfm import LASTFM
from lab.listenbrainz_profiles import LISTENBRAINZ
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.config.source import token_path
from tests.support.account_servers import (
    AccountServer,
    AudioscrobblerServer,
    ListenBrainzServer,
    Play,
)
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running, scrobble_ago, stops
from tests.support.hanging import HangingServer, says
from tests.support.waiting import TIMEOUT_SECONDS, until

SCROBBLE_SECONDS = 11.0
"""In which a caller of Scrobble has its answer: it waits 10 s at most for the server."""

STOP_SECONDS = 2.0

AT_ONCE_SECONDS = 6.0
"""In which a server that is well has a play, whatever the others do."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """A daemon that runs, and the servers of its accounts."""

    bench: Bench
    scrobbler: Scrobbler
    servers: dict[str, AccountServer]
    keys: dict[str, str]

    def rows(self, *names: str) -> list[Any]:
        """All that is queued for these accounts, but for how often it was tried."""
        query = """
            SELECT name, scrobble_queue.id, scrobble_queue.username, artist, track, album,
                timestamp, state, reason
            FROM scrobble_queue JOIN accounts ON accounts.id = account_id
            ORDER BY scrobble_queue.id"""
        return [row for row in self.bench.daemon.rows(query) if row[0] in names]

    def states(self, name: str) -> list[str]:
        """The states of the rows of one account."""
        return [row[-2] for row in self.rows(name)]

    async def come_to(self, name: str, *states: str) -> None:
        """Waits until the rows of an account have these states."""
        await asyncio.to_thread(until, lambda: self.states(name) == list(states))

    def arrives(self, name: str, *plays: Play) -> None:
        """Waits until a server has stored these plays, and no others."""
        server = self.servers[name]
        assert server.server.wait_for(
            lambda _: len(server.plays) >= len(plays), timeout=TIMEOUT_SECONDS
        )
        assert sorted(server.plays) == sorted(plays)

    async def scrobble(self, seconds_ago: int, **other: Any) -> tuple[Play, list[Any]]:
        """Another program scrobbles. Returns the play, and the answer."""
        stamp, call = scrobble_ago(seconds_ago, **other)
        return (call[2], call[3], stamp), await self.scrobbler.call(*call)

    async def log_in(self, name: str) -> str:
        """Logs in as `scrobblerctl login` does. Returns who it is."""
        server, daemon = self.servers[name], self.bench.daemon
        _kind, _url, token = await self.scrobbler.call("BeginLogin", "s", name)
        if isinstance(server, AudioscrobblerServer):
            server.stand_in.approve(token, server.user)
        else:
            path = token_path(daemon.config_path, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(tomli_w.dumps({"token": server.issue_key()}))
        [user] = await self.scrobbler.call("CompleteLogin", "ss", name, token)
        return user


@asynccontextmanager
async def accounts_of(home: Path, servers: dict[str, AccountServer]) -> AsyncGenerator[Accounts]:
    """A daemon without an account of [lastfm], logged in at each of these servers."""
    tables = {**SOON, **UNLIMITED, "accounts": {name: servers[name].table for name in servers}}
    unused = dict.fromkeys(("login", "start", "configured"), False)
    with running(home, tables=tables, **unused) as bench:
        keys = {name: server.log_in(bench.daemon, name) for name, server in servers.items()}
        bench.daemon.start()
        async with await connect(bench.bus.address) as connection:
            yield Accounts(bench, await Scrobbler.start(connection), servers, keys)


@pytest.fixture
def made() -> Iterator[ExitStack]:
    """What the servers of a test are started in."""
    with ExitStack() as stack:
        yield stack


def run(made: ExitStack, **servers: AccountServer) -> dict[str, AccountServer]:
    """Starts servers."""
    for server in servers.values():
        made.enter_context(server)
    return servers


def lastfm() -> AccountServer:
    """A Last.fm of its own."""
    return AudioscrobblerServer("lastfm", LASTFM)


def brainz() -> AccountServer:
    """A ListenBrainz of its own."""
    return ListenBrainzServer("listenbrainz", LISTENBRAINZ)


class DrippingServer(ListenBrainzServer):
    """A server that begins to answer, and never ends."""

    def __enter__(self) -> Self:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
        self.hanging = HangingServer(says(head, b" "))
        self.hanging.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.hanging.__exit__(*error)

    def _address(self) -> dict[str, object]:
        return {"url": f"http://{self.hanging.address}"}


# -- one name everywhere --------------------------------------------------------------------------


@pytest.fixture
async def alike(made: ExitStack, tmp_path: Path) -> AsyncIterator[Accounts]:
    """Four accounts of quiet_otter, two of each kind, each at a server of its own."""
    servers = run(made, first=lastfm(), second=lastfm(), third=brainz(), fourth=brainz())
    async with accounts_of(tmp_path, servers) as accounts:
        yield accounts


async def test_each_account_of_one_name_gets_each_play_once(alike: Accounts) -> None:
    async with await FakePlayer.start(alike.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        for server in alike.servers.values():
            assert await asyncio.to_thread(server.server.wait_for, lambda _, s=server: any(s.plays))
    [heard] = alike.servers["first"].plays
    told, answer = await alike.scrobble(500, artist="Mira Holt", track="Fern")
    assert answer[0] == "success"
    for name in alike.servers:
        await asyncio.to_thread(alike.arrives, name, heard, told)
        await alike.come_to(name, "sent", "sent")


async def test_a_login_of_another_user_holds_the_rows_of_that_account_alone(
    alike: Accounts,
) -> None:
    for server in alike.servers.values():
        server.server.stop()
    play, [status, _why] = await alike.scrobble(500)
    assert status == "queued"
    for name in alike.servers:
        await asyncio.to_thread(until, lambda n=name: alike.rows(n)[0][-1] == "failed")
    others = alike.rows("first", "third", "fourth")

    for name in ("second", "third"):
        mine = alike.servers[name]
        mine.server.start()
        await alike.scrobbler.call("Logout", "s", name)
        assert alike.states(name) == ["pending"]
        mine.user = "loud_heron"
        assert await alike.log_in(name) == "loud_heron"
        await alike.come_to(name, "held")
        assert alike.rows("first", "fourth") == [row for row in others if row[0] != "third"]
        mine.user = USER
        assert await alike.log_in(name) == USER
        await asyncio.to_thread(alike.arrives, name, play)
        await alike.come_to(name, "sent")
    assert alike.rows("first", "fourth") == [row for row in others if row[0] != "third"]

    for name in ("first", "fourth"):
        alike.servers[name].server.start()
        await alike.scrobbler.call("RetryAccount", "s", name)
        await asyncio.to_thread(alike.arrives, name, play)


async def test_what_is_too_old_for_one_account_is_sent_to_another(alike: Accounts) -> None:
    play, _ = await alike.scrobble(500)
    for name in alike.servers:
        await asyncio.to_thread(alike.arrives, name, play)
        await alike.come_to(name, "sent")
    alike.bench.daemon.stop()
    before = play[2] - 20 * 86400
    alike.bench.daemon.change(
        "UPDATE scrobble_queue SET timestamp = ?, state = 'pending', sent_at = NULL", before
    )
    alike.bench.daemon.start()
    for name in ("first", "second"):
        await alike.come_to(name, "expired")
    for name in ("third", "fourth"):
        await asyncio.to_thread(alike.arrives, name, play, (*play[:2], before))
        await alike.come_to(name, "sent")


# -- what holds for all of them --------------------------------------------------------------------


async def test_reloads_at_once_each_find_the_accounts_as_the_file_has_them(
    alike: Accounts,
) -> None:
    path = alike.bench.daemon.config_path
    text = path.read_text()
    for config, expected in (
        (text.partition("[accounts")[0], ["lastfm"]),
        (text, ["lastfm", *alike.servers]),
    ):
        path.write_text(config)
        await asyncio.gather(*(alike.scrobbler.call("Reload") for _ in range(4)))
        [accounts] = await alike.scrobbler.call("ListAccounts")
        assert [each["account"] for each in accounts] == expected


async def test_a_play_that_no_account_takes_is_in_the_history_all_the_same(
    alike: Accounts,
) -> None:
    config = tomllib.loads(alike.bench.daemon.config_path.read_text())
    for account in config["accounts"].values():
        account["players"] = ["another"]
    alike.bench.daemon.config_path.write_text(tomli_w.dumps(config))
    await alike.scrobbler.call("Reload")
    async with await FakePlayer.start(alike.bench.bus.address, "player") as player:
        await player.play("Fern", ["Mira Holt"], length=200.0)
        plays = alike.bench.daemon.rows
        await asyncio.to_thread(
            until, lambda: plays("SELECT title, verdict FROM plays") == [("Fern", "counted")]
        )
    assert plays("SELECT count(*) FROM scrobble_queue") == [(0,)]
    [history] = await alike.scrobbler.call("GetHistory", "ux", 10, 0)
    assert [entry["title"] for entry in history] == ["Fern"]


async def test_what_is_skipped_goes_to_no_account(alike: Accounts) -> None:
    async with await FakePlayer.start(alike.bench.bus.address, "player") as player:
        await player.play("Fern", ["Mira Holt"], length=200.0)
        first = alike.servers["first"].server
        assert await asyncio.to_thread(first.wait_for, lambda seen: any(seen.requests))
        assert await alike.scrobbler.call("Skip", "s", "") == ["Fern"]
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        for server in alike.servers.values():
            assert await asyncio.to_thread(server.server.wait_for, lambda _, s=server: any(s.plays))
    for server in alike.servers.values():
        assert [title for _, title, _ in server.plays] == ["Slow Harbour"]


# -- trouble beside ones that are well ------------------------------------------------------------


async def test_no_server_in_trouble_delays_the_others_nor_a_caller_nor_the_stop(
    made: ExitStack, tmp_path: Path
) -> None:
    dripping = DrippingServer("listenbrainz", LISTENBRAINZ)
    others = {"dead": lastfm(), "dripping": dripping, "refused": brainz(), "well": brainz()}
    servers = run(made, slow=brainz(), **others)
    async with accounts_of(tmp_path, servers) as accounts:
        servers["dead"].server.stop()
        servers["slow"].server.outage = Behaviour.slow_after_storing(25.0)
        servers["refused"].revoke(accounts.keys["refused"])
        begun = time.monotonic()
        calling = asyncio.create_task(accounts.scrobble(500))
        async with await FakePlayer.start(accounts.bench.bus.address, "player") as player:
            await player.play("Fern", ["Mira Holt"], length=200.0)
            well = servers["well"]
            assert await asyncio.to_thread(
                well.server.wait_for, lambda _: len(well.plays) == 2, AT_ONCE_SECONDS
            )
        assert not calling.done()
        play, [status, _why] = await calling
        assert status == "queued"
        assert time.monotonic() - begun < SCROBBLE_SECONDS
        assert play in well.plays
        assert dripping.hanging.visited.is_set()
        for name in ("dead", "refused", "dripping", "slow"):
            assert accounts.states(name) == ["pending", "pending"]
        await asyncio.to_thread(stops, accounts.bench.daemon, within=STOP_SECONDS)
