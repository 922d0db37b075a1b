"""What the user sees of a keyring that is locked: on the desktop, and in scrobblerctl."""

import asyncio

from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from tests.daemon.test_keyring import log_in_for_good
from tests.support.daemon_bench import USER, Bench, log_in, started
from tests.support.desktop_services import Server
from tests.support.keyrings import FakeKeyring
from tests.support.scrobblerctl import CTL

pytestmark = started(login=False, tables={"session": {"store": "secret-service"}})

LOCKED = "the keyring is locked; unlock it, or run scrobblerctl queue retry"


async def test_a_click_on_the_notice_unlocks_it(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server, fake: FakeKeyring
) -> None:
    fake.locked = True
    logging_in = asyncio.create_task(log_in(scrobbler, lastfm))
    await fake.called("Prompt")
    fake.answer(dismissed=True)
    await logging_in
    shown = await server.next_shown()
    assert f"The login of {USER} is lost when scrobblerd ends: the keyring " in shown.body
    assert shown.actions == ["default", "Unlock the keyring"]
    await server.click(shown.id)
    await fake.called("Prompt", 2)
    fake.answer()
    await fake.called("CreateItem")
    [key] = lastfm.sessions
    assert fake.keys() == {USER: key}


async def test_commands_say_what_the_login_waits_for(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, fake: FakeKeyring
) -> None:
    await log_in_for_good(scrobbler, lastfm, bench.daemon)
    assert bench.daemon.stop() == 0
    fake.locked, fake.hangs = True, {"Prompt"}
    bench.daemon.start()
    while LOCKED not in await scrobbler.get("Status"):
        await scrobbler.changed("Status")
    for command, status in (("status", 0), ("doctor", 1), ("queue retry", 4)):
        done = await asyncio.to_thread(bench.run, [*CTL, *command.split()])
        said = " ".join((done.stdout + done.stderr).split())
        assert (done.returncode, f"the login of {USER} waits: {LOCKED}" in said) == (status, True)
