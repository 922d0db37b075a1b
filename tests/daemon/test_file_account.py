"""An account that is a file: it needs no login, no API key and no network, and gets every play."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.dbus import connect
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, Bench, running, scrobble_ago
from tests.support.scrobblerctl import ctl, document, refused, said
from tests.support.waiting import until

MISSING = "account: log has no login; it can be switched on and off"


@dataclass(frozen=True, slots=True)
class Home:
    """A daemon with one account, whose file is at `path`."""

    bench: Bench
    path: Path

    @property
    def plays(self) -> list[tuple[str, str]]:
        """The artists and titles in the file."""
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines()
        plays = [line.split("\t") for line in lines if not line.startswith("#")]
        return [(artist, title) for artist, _album, title, *_ in plays]

    def account(self) -> dict[str, Any]:
        """How the account stands."""
        return next(each for each in document(self.bench, "accounts") if each["account"] == "log")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A daemon of a user who has no API key and is logged in nowhere."""
    table = {"service": "file", "path": "~/music/.scrobbler.log"}
    tables = {**SOON, "accounts": {"log": table}}
    path = tmp_path / "music" / ".scrobbler.log"
    path.parent.mkdir()
    with running(tmp_path, tables=tables, login=False, configured=False) as bench:
        yield Home(bench, path)
        assert not list(bench.daemon.state.glob("login-*"))


async def play(bench: Bench, title: str) -> None:
    """A player plays something until it counts."""
    async with await FakePlayer.start(bench.bus.address, "player") as player:
        scrobbler = await Scrobbler.start(player.bus)
        await player.play(title, ["Mira Holt"], "Tidewater", 200.0)
        counted = (title, "counted")
        while counted not in [
            (it["title"], it["verdict"]) for it in await scrobbler.get("Current")
        ]:
            await scrobbler.changed("Current")


async def test_what_is_played_is_in_the_file_without_any_login(home: Home) -> None:
    await play(home.bench, "Fern")
    await asyncio.to_thread(until, lambda: home.plays)
    assert home.plays == [("Mira Holt", "Fern")]
    await asyncio.to_thread(home.bench.restart)
    await play(home.bench, "Moss")
    await asyncio.to_thread(until, lambda: len(home.plays) == 2)
    await asyncio.to_thread(until, lambda: home.account()["queued"] == 0)
    rows = home.bench.daemon.rows("SELECT track, state, username FROM scrobble_queue ORDER BY id")
    assert rows == [("Fern", "sent", ""), ("Moss", "sent", "")]
    assert not home.bench.lastfm.requests


async def test_its_login_is_none_over_d_bus(home: Home) -> None:
    async with await connect(home.bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        _lastfm, entry = (await scrobbler.call("ListAccounts"))[0]
        assert (entry["account"], entry["service"], entry["login"]) == ("log", "file", "none")
        assert (entry["state"], entry["username"], entry["can"]) == ("active", "", ["read"])
        assert (entry["url"], entry["label"]) == (str(home.path), "the file")
        assert await scrobbler.get("Status") == "Nothing is playing; plays go to log"
        assert await scrobbler.call("BeginLogin", "s", "log") == ["none", "", ""]
        assert await scrobbler.refused("CompleteLogin", "ss", "log", "") == (
            "InvalidArgument",
            MISSING,
        )
        assert await scrobbler.refused("Logout", "s", "log") == ("InvalidArgument", MISSING)
        assert await scrobbler.call("CheckAccount", "s", "log") == [""]
        assert not home.path.exists()
        stamp, call = scrobble_ago(300, artist="Mira Holt", track="Fern")
        assert await scrobbler.call(*call) == ["success", ""]
        assert home.path.read_text().endswith(f"\tFern\t\t215\tL\t{stamp}\t\n")
        for on in (False, True):
            await scrobbler.call("SetAccountEnabled", "sb", "log", on)
            [entry] = await scrobbler.call("GetAccountStatus", "s", "log")
            assert entry["state"] == ("active" if on else "off")
            await scrobbler.call(*scrobble_ago(600, artist="Mira Holt", track=f"Moss {on}")[1])
        assert home.plays == [("Mira Holt", "Fern"), ("Mira Holt", "Moss True")]


async def test_a_file_of_something_else_stops_it_until_it_is_moved_away(home: Home) -> None:
    home.path.write_text("my diary\n")
    async with await connect(home.bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        status, why = await scrobbler.call(*scrobble_ago(300)[1])
        assert status == "queued"
        assert "it does not begin with #AUDIOSCROBBLER/1.1" in why
        [wrong] = await scrobbler.call("CheckAccount", "s", "log")
        assert wrong in why
        [entry] = await scrobbler.call("GetAccountStatus", "s", "log")
        assert (entry["queued"], entry["hold_code"], entry["hold_reason"]) == (1, "service", wrong)
        assert home.path.read_text() == "my diary\n"
        home.path.rename(home.path.with_name("diary"))
        await scrobbler.call("RetryAccount", "s", "log")
        await asyncio.to_thread(until, lambda: home.plays)
        await asyncio.to_thread(until, lambda: home.account()["hold_reason"] == "")


async def test_a_folder_that_is_missing_is_waited_for(home: Home) -> None:
    home.path.parent.rmdir()
    async with await connect(home.bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        status, why = await scrobbler.call(*scrobble_ago(300)[1])
        assert status == "queued"
        assert f"there is no folder {home.path.parent}" in why
        home.path.parent.mkdir()
        await scrobbler.call("RetryAccount", "s", "log")
        await asyncio.to_thread(until, lambda: home.plays)


def test_commands_tell_of_it_and_ask_for_no_login(home: Home) -> None:
    *_, line = said(home.bench, "accounts").splitlines()
    assert line.split() == ["log", "the", "file", "on", "empty"]
    path = home.path
    assert said(home.bench, "login", "log") == f"log needs no login: plays go to the file {path}\n"
    assert said(home.bench, "login", "file") == said(home.bench, "login", "log")
    no_login = "log has no login; scrobblerctl disable log switches it off\n"
    assert said(home.bench, "logout", "log") == no_login
    assert home.account()["state"] == "active"
    assert "No plays go to log" in said(home.bench, "disable", "log")
    assert "it is off: scrobblerctl enable log" in said(home.bench, "login", "log")
    assert said(home.bench, "enable", "log") == "Plays go to log\n"
    shown = said(home.bench, "status", "--account", "log")
    assert str(path) in shown
    assert "login" not in shown.lower()
    assert "nobody" not in shown
    findings = {
        each["check"]: each for each in json.loads(ctl(home.bench, "doctor", "--json").stdout)
    }
    assert findings["accounts.log"]["message"] == f"plays can be added to {path}"
    path.write_text("my diary\n")
    findings = {
        each["check"]: each for each in json.loads(ctl(home.bench, "doctor", "--json").stdout)
    }
    assert not findings["accounts.log"]["ok"]
    assert "move it away, or name another" in findings["accounts.log"]["message"]


def test_a_table_for_one_is_shown_with_its_path(home: Home) -> None:
    ended = ctl(home.bench, "login", "plays")
    assert 'service = "listenbrainz"' in ended.stderr
    home.bench.configure(accounts={})
    said(home.bench, "reload")
    ended = ctl(home.bench, "login", "file")
    assert '[accounts.file]\n    service = "file"\n    path = "~/.scrobbler.log"\n' in ended.stderr
    home.bench.configure(accounts={"a": {"service": "file"}})
    assert "[accounts.a] needs path" in refused(home.bench, 1, "reload")


# -- beside others --------------------------------------------------------------------------------


async def test_a_play_goes_to_the_file_beside_lastfm_and_no_network_holds_it_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "plays.jsonl"
    table = {"service": "file", "path": str(path), "format": "jsonl"}
    with running(tmp_path, tables={**SOON, "accounts": {"log": table}}) as bench:
        await play(bench, "Fern")
        assert await asyncio.to_thread(bench.lastfm.wait_for, lambda seen: bool(seen.scrobbles))
        await asyncio.to_thread(until, path.exists)
        bench.lastfm.stop()
        await play(bench, "Moss")
        await asyncio.to_thread(until, lambda: len(path.read_text().splitlines()) == 2)
        told = [json.loads(line) for line in path.read_text().splitlines()]
        assert [each["track"] for each in told] == ["Fern", "Moss"]
        assert (told[0]["duration"], told[0]["player"]) == (200, told[1]["player"])
