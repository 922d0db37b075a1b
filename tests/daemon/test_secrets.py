"""What the daemon must never say: not in its log, not on the bus, not when it dies."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import tomli_w
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import ReplyError, connect
from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.config.loader import load
from scrobblerd.core.model import ApiAccess, Session
from scrobblerd.dbus.names import SCROBBLER
from scrobblerd.services.audioscrobbler.signing import signed_form
from scrobblerd.services.base import Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport
from tests.conftest import Needs
from tests.support.daemon_bench import FAULTS, USER, scrobble_ago
from tests.support.echoing_lastfm import SHAPES, Echo, leaks

LOUD = {"log": {"level": "debug"}, "limits": {"requests_per_second": 0}}

TOLD_ALL = """
from asyncio import base_events

made = base_events.BaseEventLoop.__init__
def make(self):
    made(self)
    self.slow_callback_duration = 0.0
base_events.BaseEventLoop.__init__ = make
"""
"""asyncio's development mode tells of every callback that takes long; here none is short enough."""

FAULT = """
from scrobblerd.services.audioscrobbler import client

def classify(*_, **__):
    raise RuntimeError("a fault")
client.classify = classify
"""
"""What no room expects, so that the daemon ends with a traceback."""


class Customised(Daemon):
    """A daemon whose Python runs `code` first."""

    code = ""

    def env(self) -> dict[str, str]:
        """Likewise."""
        (self.home / "site").mkdir(exist_ok=True)
        (self.home / "site" / "sitecustomize.py").write_text(self.code)
        return {**super().env(), "PYTHONPATH": str(self.home / "site")}


class Run:
    """A daemon that is logged in and tells all it can, and what was heard of it."""

    def __init__(self, bus: PrivateBus, lastfm: Echo, home: Path) -> None:
        self.bus, self.lastfm = bus, lastfm
        self.daemon = Customised(bus, lastfm, home, LOUD)
        self.key = self.daemon.login(lastfm, USER)
        self._heard = home / "heard"

    @contextmanager
    def overheard(self) -> Generator[None]:
        """All messages on the bus within the block are heard."""
        with self._heard.open("wb") as out:
            command = ["dbus-monitor", "--session"]
            monitor = subprocess.Popen(command, env=self.daemon.env(), stdout=out)
            try:
                yield
            finally:
                monitor.terminate()
                monitor.wait()

    @property
    def heard(self) -> str:
        """What crossed the bus."""
        return self._heard.read_text(errors="replace") if self._heard.exists() else ""

    @property
    def signatures(self) -> set[str]:
        """Those of all requests."""
        return {one.params["api_sig"] for one in self.lastfm.requests if "api_sig" in one.params}

    def check(self) -> None:
        """Neither log nor bus have a secret, in whole or in part. A token crosses the bus once, as
        the answer of GetAuthUrl."""
        kept = {API_SECRET, *self.lastfm.sessions, *self.signatures}
        assert leaks(kept, self.heard) == []
        assert leaks(kept | set(self.lastfm.tokens), self.daemon.log) == []


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run; the daemon is not started."""
    with PrivateBus() as bus, Echo() as lastfm:
        made = Run(bus, lastfm, tmp_path)
        yield made
        made.daemon.kill()
        print(made.daemon.log)  # noqa: T201 # pytest shows it where the test failed
        made.check()


@pytest.fixture
async def scrobbler(run: Run) -> AsyncIterator[Scrobbler]:
    """The daemon as another program sees it."""
    async with await connect(run.bus.address) as connection:
        yield await Scrobbler.start(connection)


PLAUSIBLE: dict[str, Any] = {"s": "x", "u": 1, "x": 1, "b": True, "ax": [1, 2]}
PLAUSIBLE.update({"a{sv}": {}, "as": [], "aa{sv}": [{}]})


async def everything(scrobbler: Scrobbler) -> None:
    """Every method with any arguments, but for what ends a login; every property."""
    root = ElementTree.fromstring(await scrobbler.introspect())
    [interface] = [one for one in root.iter("interface") if one.get("name") == SCROBBLER]
    for method in interface.iter("method"):
        types = [one.get("type", "") for one in method.iter("arg") if one.get("direction") == "in"]
        name = method.get("name", "")
        if name not in ("Disconnect", "Reload"):
            with suppress(ReplyError):
                await scrobbler.call(name, "".join(types), *(PLAUSIBLE[one] for one in types))
    await scrobbler.get_all()
    with suppress(ReplyError):
        await scrobbler.set("Username", Variant("s", "x"))


# -- what a server repeats ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_server_that_repeats_what_it_was_asked(
    run: Run, scrobbler: Scrobbler, needs: Needs, shape: str
) -> None:
    needs("dbus-monitor")
    run.daemon.start()
    with run.overheard():
        run.lastfm.shape = SHAPES[shape]
        answers = [await scrobbler.call(*scrobble_ago(300)[1])]
        await everything(scrobbler)
        answers += [await scrobbler.call("GetQueueStatus")]
        answers += [await scrobbler.call("ListQueue", "sux", "", 200, 0)]
    assert any("sk" in one.params for one in run.lastfm.requests)
    assert leaks({run.key, *run.signatures}, str(answers)) == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirection_does_not_take_the_form_elsewhere(
    run: Run, scrobbler: Scrobbler, status: int
) -> None:
    with StandIn() as elsewhere:
        raw = Behaviour.raw(b"", status, {"Location": elsewhere.api_url})
        run.lastfm.outage = raw
        run.daemon.start()
        await scrobbler.call(*scrobble_ago(300)[1])
        await scrobbler.refused("GetAuthUrl")
        assert elsewhere.requests == []
    assert run.lastfm.requests


async def test_a_server_that_is_none_and_repeats_all(run: Run, scrobbler: Scrobbler) -> None:
    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        writer.write(await reader.readexactly(length) + b"\r\n" + head)
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    places = {"api_url": f"http://127.0.0.1:{port}/", "auth_url": run.lastfm.auth_url}
    keys = {"api_key": API_KEY, "api_secret": API_SECRET}
    run.daemon.config_path.write_text(tomli_w.dumps({"lastfm": places | keys, **LOUD}))
    async with server:
        run.daemon.start()
        status, words = await scrobbler.call(*scrobble_ago(300)[1])
        name, refused = await scrobbler.refused("GetAuthUrl")
    assert (status, name) == ("queued", "Network")
    assert leaks({API_SECRET, run.key}, words, refused) == []
    assert "api_sig" not in words


# -- a whole life ---------------------------------------------------------------------------------


async def live(run: Run, scrobbler: Scrobbler) -> str:
    """Log in, scrobble, fail, import, read wrong files, expire. Returns the token of the login."""
    lastfm = run.lastfm
    _url, token = await scrobbler.call("GetAuthUrl")
    await scrobbler.refused("CompleteAuth", "s", "")
    lastfm.approve(token)
    await scrobbler.call("CompleteAuth", "s", "")
    await scrobbler.refused("CompleteAuth", "s", token)
    lastfm.misbehave(Behaviour.error(13), Behaviour.html(500), Behaviour.wrong_keys())
    lastfm.misbehave(Behaviour.cut_mid_body(), method="track.scrobble")
    lastfm.misbehave(Behaviour.error(17), method="user.getLovedTracks")
    for age in (600, 500, 400, 300):
        await scrobbler.call(*scrobble_ago(age)[1])
        await scrobbler.call("RetryQueue")
    await everything(scrobbler)
    await read_wrong_files(run, scrobbler)
    await scrobbler.call("GetAuthUrl")
    for key in lastfm.sessions:
        lastfm.revoke(key)
    await scrobbler.call(*scrobble_ago(200)[1])
    await scrobbler.call("Disconnect")
    return token


async def read_wrong_files(run: Run, scrobbler: Scrobbler) -> None:
    """config.toml and lastfm.toml with the secret in the wrong place, or of the wrong kind."""
    path, text = run.daemon.config_path, run.daemon.config_path.read_text()
    beside = path.with_name("lastfm.toml")
    secret = API_SECRET
    for wrong in (f"api_secret = ['{secret}']", f"api_secret = {secret}", f"x = '{secret}'"):
        path.write_text(f"[lastfm]\n{wrong}\n")
        await scrobbler.refused("Reload")
        path.write_text(text)
        beside.write_text(f"{wrong}\n")
        await scrobbler.refused("Reload")
        beside.unlink()
    await scrobbler.call("Reload")


async def test_a_whole_life(run: Run, scrobbler: Scrobbler, needs: Needs) -> None:
    needs("dbus-monitor")
    run.daemon.start()
    with run.overheard():
        token = await live(run, scrobbler)
        assert run.daemon.stop() == 0
    assert token in run.heard, "GetAuthUrl gives it"
    assert "DEBUG" in run.daemon.log
    assert not [fault for fault in FAULTS if fault in run.daemon.log]


async def test_asyncio_that_tells_of_every_callback(run: Run, scrobbler: Scrobbler) -> None:
    run.daemon.code = TOLD_ALL
    run.daemon.start()
    await live(run, scrobbler)
    assert run.daemon.stop() == 0
    assert "Executing <Task" in run.daemon.log


# -- the end --------------------------------------------------------------------------------------


async def test_a_fault_that_ends_it(run: Run, scrobbler: Scrobbler) -> None:
    run.daemon.code = FAULT
    run.daemon.start()
    with suppress(ReplyError):
        await scrobbler.call(*scrobble_ago(300)[1])
    assert await asyncio.to_thread(run.daemon.wait) == 1
    assert "RuntimeError: a fault" in run.daemon.log


async def test_an_abort(run: Run, scrobbler: Scrobbler) -> None:
    run.lastfm.misbehave(Behaviour.slow(30), method="track.scrobble")
    run.daemon.start()
    calling = asyncio.create_task(scrobbler.call(*scrobble_ago(300)[1]))
    await asyncio.to_thread(run.lastfm.wait_for, lambda seen: bool(seen.requests))
    assert run.daemon.stop(signal.SIGABRT) == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in run.daemon.log
    run.lastfm.release()
    await asyncio.gather(calling, return_exceptions=True)


# -- what may be printed --------------------------------------------------------------------------


def test_no_value_shows_its_secret(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(tomli_w.dumps({"lastfm": {"api_key": "k", "api_secret": API_SECRET}}))
    body = {"session": {"name": USER, "key": API_SECRET}}
    shown = [
        load(config, {}),
        Session(USER, API_SECRET),
        Reply(Remedy.DONE, body=body),
        HttpAnswer(Transport.ANSWERED, 200, API_SECRET.encode()),
    ]
    assert signed_form("m", {}, ApiAccess("k", API_SECRET))
    assert leaks({API_SECRET}, *map(repr, shown), *map(str, shown)) == []
