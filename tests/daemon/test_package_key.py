"""An API key that a package gives to all users of the machine, and a login that belongs to its key.

The environment is that of a real process.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import tomli_w

from lab.dbus import connect
from lab.lastfm import API_KEY, API_SECRET
from lab.listenbrainz import ListenBrainz
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, log_in, started
from tests.support.scrobblerctl import CTL

OTHER_KEY = "f" * 32


class Machine:
    """A daemon without a key of the user's, on a machine whose folders are of the test."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.etc, self.usr = bench.daemon.home / "etc", bench.daemon.home / "usr"
        folders = f"XDG_CONFIG_DIRS={self.etc}", f"XDG_DATA_DIRS={self.usr}"
        bench.daemon.wrapper = ("env", *folders)

    def share(self, key: str = API_KEY, content: str = "", folder: Path | None = None) -> Path:
        """Puts a key where a package does, or any content."""
        path = (folder or self.etc) / "scrobblerd" / "lastfm.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or tomli_w.dumps({"api_key": key, "api_secret": API_SECRET}))
        return path


pytestmark = started(configured=False, login=False, start=False, tables={**SOON, **UNLIMITED})


@pytest.fixture
def machine(bench: Bench) -> Machine:
    """A machine that gives no key yet."""
    return Machine(bench)


@pytest.fixture
async def scrobbler(machine: Machine) -> AsyncIterator[Scrobbler]:
    """The daemon as another program sees it; it does not run yet."""
    async with await connect(machine.bench.bus.address) as connection:
        yield await Scrobbler.start(connection)


@pytest.mark.parametrize("folder", ["etc", "usr"])
async def test_with_the_key_of_a_package_a_user_logs_in_without_one(
    machine: Machine, scrobbler: Scrobbler, folder: str
) -> None:
    machine.share(folder=getattr(machine, folder))
    machine.bench.daemon.start()
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["configured"], settings["key_from"]) == (True, "package")
    await log_in(scrobbler, machine.bench.lastfm)
    told = machine.bench.run([*CTL, "settings", "key_from"])
    assert told.stdout == "package\n"
    assert "restart" not in machine.bench.run([*CTL, "reload"]).stderr


async def test_a_package_may_bring_its_key_while_the_daemon_runs(
    machine: Machine, scrobbler: Scrobbler
) -> None:
    machine.bench.daemon.start()
    assert (await scrobbler.call("GetSettings"))[0]["configured"] is False
    machine.share()
    await scrobbler.call("Reload")
    assert (await scrobbler.call("GetSettings"))[0]["key_from"] == "package"
    machine.share(content="api_key = ")
    await scrobbler.call("Reload")
    assert (await scrobbler.call("GetSettings"))[0]["configured"] is False


async def test_a_broken_file_of_a_package_is_named_and_ends_nothing(
    machine: Machine, scrobbler: Scrobbler
) -> None:
    path = machine.share(content="api_key = ")
    machine.bench.daemon.start()
    assert machine.bench.daemon.log.count(f"there is no API key: {path}: ") == 1
    name, words = await scrobbler.refused("GetAuthUrl")
    assert name == "NotConfigured"
    assert str(path) in words
    [findings] = await scrobbler.call("Diagnose")
    keys = next(each for each in findings if each["check"] == "keys")
    assert str(path) in keys["message"]


async def test_if_the_key_of_a_package_is_refused_it_says_how_to_get_another(
    machine: Machine, scrobbler: Scrobbler
) -> None:
    machine.share(OTHER_KEY)
    machine.bench.daemon.start()
    _, words = await scrobbler.refused("GetAuthUrl")
    assert "(error 10)" in words
    assert "scrobblerctl login --new-key" in words
    assert "https://www.last.fm/api/account/create" in words
    assert "api_secret" not in words


async def test_another_key_is_a_login_again_at_once_and_the_old_one_brings_it_back(
    machine: Machine, scrobbler: Scrobbler
) -> None:
    lastfm = machine.bench.lastfm
    machine.share()
    machine.bench.daemon.start()
    await log_in(scrobbler, lastfm)
    asked = len(lastfm.requests)
    machine.share(OTHER_KEY)
    await scrobbler.call("Reload")
    await scrobbler.said("AuthChanged", "expired", USER)
    [account] = await scrobbler.call("GetAccountStatus", "s", "lastfm")
    assert (account["state"], account["username"]) == ("expired", USER)
    async with await FakePlayer.start(machine.bench.bus.address, "player") as player:
        await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
        while account["queued"] == 0:
            [account] = await scrobbler.call("GetAccountStatus", "s", "lastfm")
    assert account["hold_reason"] == (
        f"the login of {USER} belongs to another API key: log in again"
    )
    assert len(lastfm.requests) == asked
    machine.bench.restart()
    assert (await scrobbler.call("GetAccountStatus", "s", "lastfm"))[0]["state"] == "expired"
    machine.share()
    await scrobbler.call("Reload")
    assert lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)


def session_of(machine: Machine) -> str:
    return (machine.bench.daemon.state / "session.toml").read_text()


async def test_a_login_from_before_keys_were_noted_is_that_of_the_key_in_force(
    machine: Machine, scrobbler: Scrobbler
) -> None:
    machine.share()
    machine.bench.daemon.login(machine.bench.lastfm, USER)
    machine.bench.daemon.start()
    assert "made_with" in session_of(machine)
    assert API_KEY not in session_of(machine)
    machine.share(OTHER_KEY)
    machine.bench.restart()
    [account] = await scrobbler.call("GetAccountStatus", "s", "lastfm")
    assert account["state"] == "expired"


async def test_the_key_of_a_package_makes_nobody_a_user_of_lastfm(
    machine: Machine, scrobbler: Scrobbler
) -> None:
    machine.share()
    with ListenBrainz() as brainz:
        machine.bench.configure(
            accounts={"brainz": {"service": "listenbrainz", "url": brainz.api_url}}
        )
        path = machine.bench.daemon.config_path.parent / "tokens" / "brainz.toml"
        path.parent.mkdir()
        path.write_text(tomli_w.dumps({"token": brainz.login(USER)}))
        machine.bench.daemon.start()
        await scrobbler.call("CompleteLogin", "ss", "brainz", "")
        async with await FakePlayer.start(machine.bench.bus.address, "player") as player:
            await player.play("Slow Harbour", ["The Paper Lanterns"], length=200.0)
            assert brainz.wait_for(lambda seen: seen.titles() == ["Slow Harbour"])
        [account] = await scrobbler.call("GetAccountStatus", "s", "lastfm")
        assert account["queued"] == 0
