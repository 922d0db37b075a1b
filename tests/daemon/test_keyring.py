"""The whole daemon with its login in a keyring: GNOME's own, a fake that misbehaves, or none."""

import asyncio
import signal
from pathlib import Path

import pytest
import tomli_w
from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER, Bench, log_in, scrobble_ago, started, stops
from tests.support.keyrings import FakeKeyring, GnomeKeyring
from tests.support.waiting import until

KEYRING = {"session": {"store": "secret-service"}}
FILE = {"session": {"store": "file"}}
pytestmark = started(start=False, login=False, tables=KEYRING)


def away(bench: Bench) -> str:
    """The daemon begins with a login in the keyring; its key."""
    key = bench.lastfm.login(USER)
    bench.daemon.state.mkdir(mode=0o700, parents=True)
    session = {"username": USER, "session_key": "", "key_in": "secret-service"}
    (bench.daemon.state / "session.toml").write_text(tomli_w.dumps(session))
    return key


async def log_in_for_good(scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon) -> None:
    """Log in, and wait until the keyring has the key: CompleteAuth waits for 2 s at most."""
    await log_in(scrobbler, lastfm)
    await asyncio.to_thread(until, lambda: "key_in" in daemon.session())


async def logged_in(scrobbler: Scrobbler) -> None:
    """Wait until the login is there."""
    while not await scrobbler.get("Authenticated"):
        await scrobbler.said("AuthChanged", "authenticated", USER)


async def scrobbled(lastfm: StandIn, *stamps: int) -> None:
    """Wait until these have arrived, as USER's."""
    count = len(stamps)
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: len(seen.scrobbles) >= count)
    assert [(one.user, one.timestamp) for one in lastfm.scrobbles] == [(USER, at) for at in stamps]


@pytest.mark.parametrize("address", ["unix:path=/nonexistent;{bus}", "", "{bus};"])
async def test_the_keyring_is_asked_on_the_bus_of_the_daemon_however_that_is_named(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring, address: str
) -> None:
    fake.put(USER, away(bench))
    named = f"DBUS_SESSION_BUS_ADDRESS={address.format(bus=bench.bus.address)}"
    bench.daemon.wrapper = ("env", named, f"XDG_RUNTIME_DIR={bench.bus.folder}")
    bench.daemon.start()
    await logged_in(scrobbler)


# -- GNOME's --------------------------------------------------------------------------------------


async def test_the_login_lives_in_the_keyring(
    bench: Bench, scrobbler: Scrobbler, gnome: GnomeKeyring
) -> None:
    bench.daemon.start()
    await log_in_for_good(scrobbler, bench.lastfm, bench.daemon)
    [key] = bench.lastfm.sessions
    [(label, kept)] = gnome.items().items()
    assert (label, kept["secret"]) == (f"scrobblerd: Last.fm session of {USER}", key)
    assert bench.daemon.session()["session_key"] == ""
    bench.restart()
    await logged_in(scrobbler)
    stamp, scrobbling = scrobble_ago(300)
    assert await scrobbler.call(*scrobbling) == ["success", ""]
    await scrobbled(bench.lastfm, stamp)
    await scrobbler.call("Disconnect")
    bench.restart()  # where it was not done yet, it is done now
    await asyncio.to_thread(until, lambda: not gnome.items())
    assert await scrobbler.get("Authenticated") is False


async def test_the_login_survives_even_a_kill(
    bench: Bench, scrobbler: Scrobbler, gnome: GnomeKeyring
) -> None:
    bench.daemon.start()
    await log_in_for_good(scrobbler, bench.lastfm, bench.daemon)
    bench.daemon.kill()
    assert gnome.items()
    bench.daemon.start()
    await logged_in(scrobbler)


async def test_while_the_keyring_is_locked_plays_wait_and_the_status_says_why(
    bench: Bench, scrobbler: Scrobbler, gnome: GnomeKeyring
) -> None:
    bench.daemon.start()
    await log_in_for_good(scrobbler, bench.lastfm, bench.daemon)
    bench.daemon.stop()
    gnome.lock()
    bench.daemon.start()
    while "the keyring is locked" not in await scrobbler.get("Status"):
        await scrobbler.changed("Status")
    stamp, scrobbling = scrobble_ago(300)
    status, words = await scrobbler.call(*scrobbling)
    assert (status, "unlock it, or run scrobblerctl queue retry" in words) == ("queued", True)
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["username"], settings["authenticated"]) == (USER, False)
    name, words = await scrobbler.refused("ImportLovedTracks")
    assert (name, "the keyring is locked" in words) == ("NotAuthenticated", True)
    gnome.unlock()
    await scrobbled(bench.lastfm, stamp)
    await logged_in(scrobbler)


async def test_a_reload_moves_the_login(
    bench: Bench, scrobbler: Scrobbler, gnome: GnomeKeyring
) -> None:
    key = bench.daemon.login(bench.lastfm, USER)
    bench.configure(**FILE)
    bench.daemon.start()
    bench.configure(**KEYRING)
    await scrobbler.call("Reload")
    await asyncio.to_thread(until, lambda: not bench.daemon.session()["session_key"])
    assert [kept["secret"] for kept in gnome.items().values()] == [key]
    bench.configure(**FILE)
    await scrobbler.call("Reload")
    await asyncio.to_thread(until, lambda: not gnome.items())
    assert bench.daemon.session()["session_key"] == key
    assert await scrobbler.get("Authenticated") is True


async def test_switched_off_it_stays_when_the_key_comes(
    bench: Bench, scrobbler: Scrobbler, gnome: GnomeKeyring
) -> None:
    bench.daemon.start()
    await log_in(scrobbler, bench.lastfm)
    await scrobbler.call("Disconnect")
    await log_in_for_good(scrobbler, bench.lastfm, bench.daemon)
    await scrobbler.set("Enabled", Variant("b", False))
    bench.restart()
    await logged_in(scrobbler)
    assert await scrobbler.get("Enabled") is False
    assert gnome.items()


# -- trouble --------------------------------------------------------------------------------------


async def test_without_a_keyring_the_login_is_good_until_the_end(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    bench.daemon.start()
    await log_in(scrobbler, bench.lastfm)
    stamp, scrobbling = scrobble_ago(300)
    assert await scrobbler.call(*scrobbling) == ["success", ""]
    await scrobbled(bench.lastfm, stamp)
    words = f"The login of {USER} is lost when scrobblerd ends: the keyring "
    await asyncio.to_thread(until, lambda: words in bench.daemon.log)
    bench.restart()
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["username"], settings["authenticated"]) == (USER, False)
    bench.daemon.stop()


async def test_the_user_is_asked_when_he_retries(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring
) -> None:
    fake.put(USER, away(bench))
    fake.locked = True
    bench.daemon.start()
    stamp, scrobbling = scrobble_ago(300)
    assert (await scrobbler.call(*scrobbling))[0] == "queued"
    assert fake.prompts == 0
    retrying = asyncio.create_task(scrobbler.call("RetryQueue"))
    await fake.called("Prompt")
    fake.answer()
    await retrying
    await scrobbled(bench.lastfm, stamp)


@pytest.mark.parametrize("dismissed", [False, True])
async def test_the_user_is_asked_once_for_all_accounts(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring, dismissed: bool
) -> None:
    fake.put(USER, away(bench))
    for name in ("attic", "den"):
        with bench.daemon.config_path.open("a") as config:
            config.write(f'[accounts.{name}]\nservice="koito"\nurl="http://127.0.0.1:9/{name}"\n')
        kept = {"username": USER, "session_key": "", "key_in": "secret-service"}
        (bench.daemon.state / f"login-{name}.toml").write_text(tomli_w.dumps(kept))
        fake.put(USER, f"a-token-of-{name}", name)
    fake.locked = True
    bench.daemon.start()
    retrying = asyncio.create_task(scrobbler.call("RetryQueue"))
    await fake.called("Prompt")
    fake.answer(dismissed)
    await retrying
    wanted = "waits" if dismissed else "active"
    while [it["state"] for it in (await scrobbler.call("ListAccounts"))[0]] != [wanted] * 3:
        continue
    assert fake.prompts == 1


@pytest.mark.parametrize("member", ["OpenSession", "GetSecret", "Prompt"])
async def test_a_keyring_that_never_answers_does_not_hold_up_the_stop(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring, member: str
) -> None:
    fake.put(USER, away(bench))
    fake.hangs, fake.locked = {member} - {"Prompt"}, member == "Prompt"
    bench.daemon.start()
    retrying = asyncio.create_task(scrobbler.call("RetryQueue"))
    await fake.called(member)
    await asyncio.to_thread(stops, bench.daemon)
    await asyncio.gather(retrying, return_exceptions=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_an_end_on_the_way_into_the_keyring_loses_nothing(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring, number: signal.Signals
) -> None:
    key = bench.daemon.login(bench.lastfm, USER)
    fake.hangs = {"CreateItem"}
    bench.daemon.start()
    await fake.called("CreateItem")
    bench.daemon.kill() if number is signal.SIGKILL else bench.daemon.stop()
    assert bench.daemon.session()["session_key"] == key
    fake.hangs = set()
    bench.daemon.start()
    assert await scrobbler.get("Authenticated") is True
    await asyncio.to_thread(until, lambda: not bench.daemon.session()["session_key"])
    assert fake.keys() == {USER: key}


async def test_a_login_that_expired_stays_in_the_keyring_and_is_not_used(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring
) -> None:
    key = away(bench)
    fake.put(USER, key)
    bench.daemon.start()
    await logged_in(scrobbler)
    bench.lastfm.revoke(key)
    assert (await scrobbler.call(*scrobble_ago(300)[1]))[0] == "queued"
    assert await scrobbler.said("AuthChanged", "expired") == ["expired", USER]
    bench.restart()
    assert await scrobbler.get("Authenticated") is False
    assert list(fake.keys()) == [USER]


async def test_another_user_takes_the_place_of_the_first(
    bench: Bench, scrobbler: Scrobbler, fake: FakeKeyring
) -> None:
    fake.put(USER, away(bench))
    bench.daemon.start()
    await logged_in(scrobbler)
    await log_in(scrobbler, bench.lastfm, "loud_heron")
    await fake.called("Delete")
    bench.restart()
    assert await scrobbler.said("AuthChanged", "authenticated", "loud_heron")
    assert list(fake.keys()) == ["loud_heron"]


async def test_without_the_library_it_says_what_to_install(
    bench: Bench, scrobbler: Scrobbler, tmp_path: Path
) -> None:
    without = tmp_path / "without"
    without.mkdir()
    (without / "sitecustomize.py").write_text("import sys; sys.modules['secretstorage'] = None")
    bench.daemon.spawn({"PYTHONPATH": str(without)})
    assert bench.daemon.wait() == 78
    [line] = [line for line in bench.daemon.log.splitlines() if line.startswith("scrobblerd: ")]
    assert "[session] store" in line
    assert "-m pip install secretstorage" in line
    assert scrobbler
