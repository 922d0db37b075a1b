"""A day of several accounts, of which one is dead and one is refused: the others are not delayed,
and what waited for these two arrives once when they are well again."""

import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
import tomli_w

from lab.gnufm import LIBREFM
from lab.lastfm import LASTFM
from lab.listenbrainz_profiles import LISTENBRAINZ
from scrobblerd.accounts.account import Account
from scrobblerd.config.loader import load
from scrobblerd.config.source import AccountConfig
from scrobblerd.config.toml_file import write
from scrobblerd.core.model import AuthState, Moment, Play, PlayReason, Reason, Track, Verdict
from scrobblerd.core.publisher import Publisher
from scrobblerd.core.submission import WaitReason
from scrobblerd.scrobbling.backoff import MAX_UNREACHED_WAIT_SECONDS
from scrobblerd.scrobbling.budget import Budget
from scrobblerd.scrobbling.context import WorkerContext
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.scrobbling.workers import Workers
from scrobblerd.services.http import HttpClient
from scrobblerd.services.kinds import service_of
from scrobblerd.storage.accounts import account_ids
from scrobblerd.storage.database import Database
from scrobblerd.storage.loves import LoveQueue
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import ScrobbleQueue
from tests.support.account_servers import (
    AccountServer,
    AudioscrobblerServer,
    ListenBrainzServer,
)
from tests.support.config_samples import FileLogin
from tests.support.daemon_bench import USER
from tests.support.worker_bench import DAY, HOUR, NOW

PLAY_SECONDS = 600.0
"""A play is due every so often."""

HEARD = 120.0
"""Seconds from a play's start until it is due."""

MOST_REFUSED = 12
"""Requests of a day to a server that refuses the login: two at first, and then probes."""

MOST_UNREACHED = 40
"""Tries of a day for a server that is away while others answer: one an hour, after the first."""


@dataclass
class Accounts:
    """Workers of accounts as config.toml has them, whose clock jumps to what is due next."""

    servers: Mapping[str, AccountServer]
    folder: Path
    wall: float = NOW
    keys: dict[str, str] = field(default_factory=dict[str, str])
    turns: Counter[str] = field(default_factory=Counter[str])
    heard: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])

    async def __aenter__(self) -> Self:
        tables = {name: server.table for name, server in self.servers.items()}
        path = self.folder / "config.toml"
        path.write_text(tomli_w.dumps({"accounts": tables}))
        configs = load(path, {}).accounts
        self._stack = AsyncExitStack()
        self.database = await Database.open(self.folder / "scrobblerd.db")
        self._stack.push_async_callback(self.database.close)
        self._http = HttpClient()
        self._stack.push_async_callback(self._http.close)
        self._store = PlayStore(self.database, "boot-1")
        self.workers = Workers(lambda _: True)
        ids = await account_ids(
            self.database, {name: each.service for name, each in configs.items()}
        )
        for name, config in configs.items():
            worker = self._worker(config, ids[name])
            self.workers.add(name, worker, list)
            await worker.begin()
        self._due = dict.fromkeys(configs, self.wall)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _worker(self, config: AccountConfig, account_id: int) -> Worker:
        path = self.folder / f"login-{config.name}.toml"
        if config.name in self.servers:
            key = self.keys[config.name] = self.servers[config.name].issue_key()
            write(path, {"username": USER, "session_key": key})
        service = service_of(config.service, lambda: config.access, self._http)
        context = WorkerContext(
            service=service,
            account=Account(FileLogin(path), service.login, _changed, config.name),
            budget=Budget(lambda: config.limits),
            publisher=Publisher(),
            clock=lambda: Moment(self.wall, self.wall, self.wall),
        )
        queue = ScrobbleQueue(self.database, "boot-1").for_account(account_id, service.can.oldest)
        return Worker(context, queue, LoveQueue(self.database, account_id), lambda: config)

    async def hear(self, title: str) -> None:
        """A play is due, and whoever can send it does."""
        start = Moment(*[self.wall - HEARD] * 3)
        play = Play(
            key=title,
            player="mpv",
            track=Track(title, "The Paper Lanterns", "Tidewater", length=241.0),
            start=start,
            heard=HEARD,
            needed=HEARD,
            verdict=Verdict.COUNTED,
            reason=Reason(PlayReason.HEARD),
        )
        recipients = self.workers.recipients()
        await self._store.record([play], [], recipients=recipients, now=self.wall)
        self.heard.append(("The Paper Lanterns", title, int(start.wall)))
        self.wake()
        await self.run(self.wall)

    def workers_by_name(self) -> dict[str, Worker]:
        """All but that of [lastfm], at which nobody is logged in."""
        return {name: self.workers[name] for name in self.servers}

    def wake(self, *, at_once: bool = False) -> None:
        """All look at their queues; `at_once`: whatever they waited for, as when a network is
        back."""
        self._due = dict.fromkeys(self._due, self.wall)
        if at_once:
            self.workers.retry_now()

    async def run(self, until: float) -> None:
        """Takes all turns up to a moment (UNIX seconds), each at its own."""
        while (name := min(self._due, key=self._due.__getitem__)) and self._due[name] <= until:
            self.wall = max(self.wall, self._due[name])
            self.turns[name] += 1
            wait = await self.workers[name].submitter.turn()
            self._due[name] = math.inf if wait is None else self.wall + wait
        self.wall = until


async def _changed(_state: AuthState, _username: str) -> None:
    pass


@pytest.fixture
def servers() -> Iterator[dict[str, AccountServer]]:
    """Four servers, each with an account of the same user name."""
    with ExitStack() as stack:
        made: dict[str, AccountServer] = {
            "dead": AudioscrobblerServer("lastfm", LASTFM),
            "well": AudioscrobblerServer("lastfm", LASTFM),
            "refused": ListenBrainzServer("listenbrainz", LISTENBRAINZ),
            "also-well": ListenBrainzServer("listenbrainz", LISTENBRAINZ),
            "elsewhere": AudioscrobblerServer("librefm", LIBREFM),
        }
        for server in made.values():
            stack.enter_context(server)
        yield made


@pytest.fixture
async def accounts(servers: dict[str, AccountServer], tmp_path: Path) -> AsyncIterator[Accounts]:
    """Workers for them."""
    async with Accounts(servers, tmp_path) as made:
        for server in servers.values():
            server.set_clock(lambda: made.wall)
        yield made


async def test_of_a_day_the_others_send_each_play_at_its_moment(
    accounts: Accounts, servers: dict[str, AccountServer]
) -> None:
    dead, refused = servers["dead"], servers["refused"]
    well = [servers[name] for name in ("well", "also-well", "elsewhere")]
    dead.server.stop()
    key = accounts.keys["refused"]
    refused.revoke(key)
    while accounts.wall < NOW + DAY:
        await accounts.hear(f"Harbour {len(accounts.heard)}")
        for server in well:
            assert server.plays == accounts.heard, "stored before any time has passed"
        await accounts.run(accounts.wall + PLAY_SECONDS)
    assert dead.plays == refused.plays == []
    assert 2 <= len(refused.server.requests) <= MOST_REFUSED
    assert accounts.turns["dead"] <= MOST_UNREACHED + 3 * len(accounts.heard)
    for name in ("dead", "refused"):
        assert (await accounts.workers[name].queue.counts()).queued == len(accounts.heard)

    dead.server.start()
    refused.restore(key)
    accounts.wake(at_once=True)
    await accounts.run(accounts.wall + HOUR)
    for server in servers.values():
        assert sorted(server.plays) == sorted(accounts.heard)


async def test_a_server_that_is_away_for_a_day_is_asked_once_an_hour_and_at_once_when_told(
    accounts: Accounts, servers: dict[str, AccountServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    dead = accounts.workers["dead"]
    servers["dead"].server.stop()
    await accounts.hear("Slow Harbour")
    assert dead.away().startswith("Last.fm is away since 20")
    assert dead.wait_reason(accounts.wall, 1) == (WaitReason.AWAY, dead.away())
    await accounts.run(NOW + DAY)
    tried = caplog.text.count("can't be reached")
    assert 24 <= tried <= MOST_UNREACHED
    assert accounts.turns["dead"] <= 2 * tried, "nothing else wakes it"
    accounts.wake(at_once=True)
    await accounts.run(accounts.wall)
    assert caplog.text.count("can't be reached") == tried + 1
    assert await dead.rest(accounts.wall, 1) == HOUR
    servers["dead"].server.start()
    accounts.wake(at_once=True)
    await accounts.run(accounts.wall)
    assert servers["dead"].plays == accounts.heard
    assert dead.away() == ""


async def test_if_nobody_can_be_reached_the_network_is_gone_and_each_tries_as_if_alone(
    accounts: Accounts, servers: dict[str, AccountServer]
) -> None:
    await accounts.hear("Slow Harbour")
    for server in servers.values():
        server.server.stop()
    await accounts.hear("Fern")
    await accounts.run(NOW + HOUR)
    for name, worker in accounts.workers_by_name().items():
        assert worker.away() == "", name
        assert 0.0 < await worker.rest(accounts.wall, 1) <= MAX_UNREACHED_WAIT_SECONDS
    for server in servers.values():
        server.server.start()


async def test_that_a_server_is_away_is_known_after_a_restart(
    servers: dict[str, AccountServer], tmp_path: Path
) -> None:
    servers["dead"].server.stop()
    async with Accounts(servers, tmp_path) as accounts:
        await accounts.hear("Slow Harbour")
        words = accounts.workers["dead"].away()
        await accounts.workers.stop()
    async with Accounts(servers, tmp_path, wall=NOW + HOUR) as accounts:
        assert accounts.workers["dead"].away() == words != ""
    servers["dead"].server.start()
