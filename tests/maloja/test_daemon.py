"""The real daemon and the real Maloja: each play is there exactly once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lab.dbus import connect
from lab.far_lastfm import fill
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.config.source import token_path
from scrobblerd.storage.accounts import account_ids
from scrobblerd.storage.database import Database
from tests.support.daemon_bench import SOON, Bench, running, scrobble_ago
from tests.support.maloja import KEY, OTHER_KEY, USER, VERSIONS, Maloja, Start
from tests.support.waiting import until

NAME = "attic"
"""What the account is called."""

BACKLOG = 1000

DRAIN_SECONDS = 120.0
"""In which a backlog is sent; a play takes Maloja some 10 ms."""

WRONG_KEY = "another-key"

BLANK = " \x01\u3000\u2028 "
"""A name of which nothing is left; Maloja would store it as an empty title."""


@dataclass(frozen=True, slots=True)
class Attic:
    """A daemon with an account at a Maloja."""

    bench: Bench
    server: Maloja
    home: Path

    async def fill(self, count: int) -> list[str]:
        """Makes a database with a backlog, before the daemon starts. Returns its titles."""
        path = self.bench.daemon.database
        path.parent.mkdir(parents=True, exist_ok=True)
        database = await Database.open(path)
        ids = await account_ids(database, {"lastfm": "lastfm", NAME: "maloja"})
        await database.close()
        return fill(path, count, time.time(), ids[NAME])

    def start_with(self, key: str) -> None:
        """Starts the daemon as it is after a login with this key."""
        state = self.bench.daemon.state
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        login = tomli_w.dumps({"username": USER, "session_key": key})
        (state / f"login-{NAME}.toml").write_text(login)
        self.bench.daemon.start()

    def give(self, key: str) -> None:
        """The user puts a token where CompleteLogin takes it from."""
        path = token_path(self.bench.daemon.config_path, NAME)
        path.parent.mkdir(exist_ok=True)
        path.write_text(tomli_w.dumps({"token": key}))

    @property
    def sent(self) -> int:
        """How many rows are sent."""
        return self._in("sent")

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return self._in("pending")

    def _in(self, state: str) -> int:
        query = "SELECT count(*) FROM scrobble_queue WHERE state = ?"
        return self.bench.daemon.rows(query, state)[0][0]

    async def until(self, holds: Any, within: float = 20.0) -> None:
        """Waits until it holds."""
        await asyncio.to_thread(until, holds, within)

    async def has_sent(self, rows: int) -> None:
        """Waits until so many rows are sent."""
        await self.until(lambda: self.sent >= rows, DRAIN_SECONDS)


class Home:
    """Where daemons are started."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def __call__(self, server: Maloja) -> Attic:
        """Returns a daemon that does not run yet."""
        table = {"service": "maloja", "url": server.root_url, "requests_per_second": 0}
        unused = dict.fromkeys(("login", "start", "configured", "dev"), False)
        bench = self._stack.enter_context(
            running(self._folder, tables=SOON | {"accounts": {NAME: table}}, **unused)
        )
        return Attic(bench, server, self._folder)

    async def ask(self, attic: Attic) -> Scrobbler:
        """Returns the daemon as another program sees it."""
        connection = await connect(attic.bench.bus.address)
        return await Scrobbler.start(await self._stack.enter_async_context(connection))


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """Where daemons are started."""
    async with AsyncExitStack() as stack:
        yield Home(tmp_path, stack)


def plays(server: Maloja) -> list[tuple[str, int]]:
    """Title and second of all that is stored, oldest first."""
    return [(play["track"]["title"], play["time"]) for play in server.scrobbles()]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_login_and_what_is_played_after_it(maloja: Start, home: Home, version: str) -> None:
    server = maloja(version)
    attic = home(server)
    attic.bench.daemon.start()
    scrobbler = await home.ask(attic)
    assert (await scrobbler.call("BeginLogin", "s", NAME))[:2] == [
        "token",
        f"{server.root_url}/admin_apikeys",
    ]
    attic.give(WRONG_KEY)
    refused = await scrobbler.refused("CompleteLogin", "ss", NAME, "")
    assert "token is not valid" in refused[1] or "Incorrect Authorization" in refused[1]
    attic.give(KEY)
    assert await scrobbler.call("CompleteLogin", "ss", NAME, "") == [USER]
    async with await FakePlayer.start(attic.bench.bus.address, "player") as player:
        begun = int(time.time())
        await player.play("Slow Harbour", ["The Paper Lanterns", "Okto"], "Tidewater", 61.0)
        await attic.until(server.titles)
        await player.play(BLANK, ["Mira Holt"], "Tidewater", 61.0)
        await player.play("Fern", ["Mira Holt"], "Tidewater", 61.0)
        await attic.until(lambda: len(server.titles()) == 2)
    first, second = server.scrobbles()
    assert begun <= first["time"] <= begun + 2
    assert first["track"] == {
        "title": "Slow Harbour",
        "artists": ["Okto", "The Paper Lanterns"],  # in its own order
        "album": {"artists": ["Okto", "The Paper Lanterns"], "albumtitle": "Tidewater"},
        "length": 61,
    }
    assert second["track"]["title"] == "Fern"
    [state] = [
        each for each in (await scrobbler.call("ListAccounts"))[0] if each["account"] == NAME
    ]
    assert state["address"] == f"{server.root_url}/apis/mlj_1"


@pytest.mark.parametrize(("version", "zone"), [(VERSIONS[0], -12), (VERSIONS[1], 14)])
async def test_what_another_program_scrobbles_again_or_in_one_second_is_there_once(
    maloja: Start, home: Home, version: str, zone: int
) -> None:
    server = maloja(version, zone)
    attic = home(server)
    attic.start_with(KEY)
    scrobbler = await home.ask(attic)
    stamp, _ = scrobble_ago(3600)
    taken = server.store("Sedge", stamp, OTHER_KEY)
    assert taken.is_success
    for track in ("Fern", "Moss", "Fern", "Reed", "Moss"):
        _, (*call, _tags) = scrobble_ago(3600, track=track, timestamp=stamp)
        assert await scrobbler.call(*call, _tags) == ["success", ""]
    assert dict(plays(server)) == {
        "Sedge": stamp,
        "Fern": stamp + 1,
        "Moss": stamp + 2,
        "Reed": stamp + 3,
    }
    assert {play["duration"] for play in server.scrobbles()} == {None, 200}  # that were heard
    name, _words = await scrobbler.refused(*scrobble_ago(600, track=BLANK)[1])
    assert name == "InvalidArgument"
    assert len(plays(server)) == 4


@pytest.mark.parametrize(("version", "zone"), [(VERSIONS[0], 14), (VERSIONS[1], -12)])
async def test_a_play_that_was_renamed_after_its_answer_got_lost_is_there_once(
    maloja: Start, home: Home, version: str, zone: int
) -> None:
    server = maloja(version, zone)
    attic = home(server)
    titles = await attic.fill(3)
    rows = attic.bench.daemon.rows("SELECT timestamp FROM scrobble_queue ORDER BY timestamp")
    seconds = [stamp for (stamp,) in rows]
    server.store("Renamed", seconds[0], artist="The Paper Lanterns")  # as ours
    server.store("Sedge", seconds[1], OTHER_KEY)
    change = "UPDATE scrobble_queue SET retry_count = 1 WHERE timestamp = ?"
    attic.bench.daemon.change(change, seconds[0])
    attic.start_with(KEY)
    await attic.until(lambda: attic.sent == len(titles))
    assert plays(server) == [
        ("Renamed", seconds[0]),
        ("Sedge", seconds[1]),
        (titles[1], seconds[1] + 1),
        (titles[2], seconds[2]),
    ]


async def test_a_key_that_is_refused_loses_nothing(maloja: Start, home: Home) -> None:
    server = maloja()
    attic = home(server)
    titles = await attic.fill(20)
    attic.start_with(WRONG_KEY)
    scrobbler = await home.ask(attic)
    await scrobbler.said("AccountChanged", NAME, "expired")
    assert (server.titles(), attic.waiting) == ([], len(titles))
    attic.give(KEY)
    await scrobbler.call("CompleteLogin", "ss", NAME, "")
    await attic.until(lambda: attic.sent == len(titles))
    assert server.titles() == titles


@pytest.mark.parametrize(("version", "count"), [(VERSIONS[0], 150), (VERSIONS[1], BACKLOG)])
async def test_a_backlog_is_there_once_whatever_is_killed_meanwhile(
    maloja: Start, home: Home, version: str, count: int
) -> None:
    server = maloja(version)
    attic = home(server)
    titles = await attic.fill(count)
    attic.start_with(KEY)
    scrobbler = await home.ask(attic)
    for share in (0.2, 0.5):
        await attic.has_sent(int(count * share))
        server.kill()
        assert attic.waiting
        await asyncio.to_thread(server.start)
        await scrobbler.call("RetryAccount", "s", NAME)
        await attic.has_sent(int(count * (share + 0.2)))
        attic.bench.daemon.kill()
        assert attic.waiting
        await asyncio.to_thread(attic.bench.daemon.start)
        await scrobbler.call("RetryAccount", "s", NAME)
    await attic.has_sent(count)
    assert server.titles() == titles
    assert attic.bench.daemon.stop() == 0
