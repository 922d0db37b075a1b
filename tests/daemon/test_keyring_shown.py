"""What the user sees of a keyring that is locked: on the desktop, and in scrobblerctl."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from tests.daemon.test_keyring import log_in_for_good
from tests.support.daemon_bench import USER, Bench, started
from tests.support.desktop_services import Server
from tests.support.keyrings import FakeKeyring
from tests.support.loves import log_in
from tests.support.scrobblerctl import CTL

pytestmark = started(login=False, tables={"session": {"store": "secret-service"}})

LOCKED = "the keyring is locked; unlock it, or run scrobblerctl queue retry"


@pytest.fixture
async def locked(bench: Bench) -> AsyncIterator[FakeKeyring]:
    """A keyring that is locked."""
    async with await FakeKeyring.start(bench.bus.address, locked=True) as running:
        yield running


@pytest.fixture
async def server(bench: Bench) -> AsyncIterator[Server]:
    """A notification server."""
    async with await Server.start(bench.bus.address) as running:
        yield running


async def test_a_click_on_the_notice_unlocks_it(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server, locked: FakeKeyring
) -> None:
    logging_in = asyncio.create_task(log_in(scrobbler, lastfm))
    await locked.called("Prompt")
    locked.answer(dismissed=True)
    await logging_in
    shown = await server.next_shown()
    assert f"The login of {USER} is lost when scrobblerd ends: the keyring " in shown.body
    assert shown.actions == ["default", "Unlock the keyring"]
    await server.click(shown.id)
    await locked.called("Prompt", 2)
    locked.answer()
    await locked.called("CreateItem")
    [key] = lastfm.sessions
    assert locked.keys() == {USER: key}


async def test_commands_say_what_the_login_waits_for(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, locked: FakeKeyring
) -> None:
    locked.locked = False
    await log_in_for_good(scrobbler, lastfm, bench.daemon)
    assert bench.daemon.stop() == 0
    locked.locked, locked.hangs = True, {"Prompt"}
    bench.daemon.start()
    while LOCKED not in await scrobbler.get("Status"):
        await scrobbler.changed("Status")
    for command, status in (("status", 0), ("doctor", 1), ("queue retry", 4)):
        done = await asyncio.to_thread(bench.run, [*CTL, *command.split()])
        said = " ".join((done.stdout + done.stderr).split())
        assert (done.returncode, f"the login of {USER} waits: {LOCKED}" in said) == (status, True)
