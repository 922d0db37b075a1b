"""Love of a daemon with accounts at Last.fm and ListenBrainz, which loves what was sent to it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lab.behaviour import Behaviour
from lab.bus import PrivateBus
from lab.dbus import connect
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_profiles import KOITO
from lab.listenbrainz_service import Feedback
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running, scrobble_ago
from tests.support.loves import loved, marks
from tests.support.rows import put

FERN = ("ss", "Mira Holt", "Fern")
WITH_THE_SCROBBLE = "loved at Last.fm; at brainz with the next scrobble"
MBID = "11111111-2222-4333-8444-555555555555"
WHILE_IT_PLAYS = {**SOON["scrobble"], "maximum_seconds": 4.0}
"""Time to love a track before it counts."""


@dataclass(frozen=True, slots=True)
class Home:
    """A daemon with two accounts."""

    bench: Bench
    brainz: ListenBrainz
    scrobbler: Scrobbler

    async def log_in(self) -> None:
        """Logs in at ListenBrainz, with a token in the user's file."""
        path = self.bench.daemon.config_path.parent / "tokens" / "brainz.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(tomli_w.dumps({"token": self.brainz.login(USER)}))
        assert await self.scrobbler.call("CompleteLogin", "ss", "brainz", "") == [USER]

    async def love(self, member: str = "Love") -> list[Any]:
        """Answers of Love or Unlove of Fern."""
        return await self.scrobbler.call(member, *FERN)

    async def scrobbles(self) -> None:
        """Fern is scrobbled, and has arrived at ListenBrainz."""
        _, call = scrobble_ago(300, artist="Mira Holt", track="Fern")
        await self.scrobbler.call(*call)
        assert await self.until(lambda brainz: bool(brainz.listens))

    async def until(self, seen: Callable[[ListenBrainz], bool]) -> bool:
        """Waits until ListenBrainz has seen something."""
        return await asyncio.to_thread(self.brainz.wait_for, seen)

    def given(self) -> list[tuple[str | None, str | None]]:
        """MBID and MSID of what is loved at ListenBrainz."""
        return [(each.mbid, each.msid) for each in self.brainz.feedback]

    def waiting(self) -> int:
        """How many requests wait in the database."""
        query = "SELECT count(*) FROM loves WHERE state = 'pending'"
        return int(self.bench.daemon.rows(query)[0][0])


@pytest.fixture
def brainz() -> Iterator[ListenBrainz]:
    """ListenBrainz."""
    with ListenBrainz() as server:
        yield server


@pytest.fixture
async def home(
    request: pytest.FixtureRequest, bus: PrivateBus, tmp_path: Path, brainz: ListenBrainz
) -> AsyncIterator[Home]:
    """A daemon that is logged in at both; a test may give options of the account."""
    options: dict[str, object] = getattr(request, "param", {})
    account = {"service": "listenbrainz", "url": brainz.api_url, **options}
    tables = {"scrobble": WHILE_IT_PLAYS, **UNLIMITED, "accounts": {"brainz": account}}
    with running(tmp_path, bus=bus, tables=tables) as bench:
        async with await connect(bus.address) as connection:
            made = Home(bench, brainz, await Scrobbler.start(connection))
            await made.log_in()
            yield made


def options(*each: dict[str, object]) -> pytest.MarkDecorator:
    """Options of the account at ListenBrainz, a test each."""
    return pytest.mark.parametrize("home", each, indirect=True, ids=str)


@options({}, {"send_duration": False})
@pytest.mark.parametrize("killed", [False, True], ids=["", "killed"])
async def test_what_plays_is_loved_at_once_at_lastfm_and_with_its_scrobble_at_listenbrainz(
    home: Home, killed: bool
) -> None:
    async with await FakePlayer.start(home.bench.bus.address, "demo") as player:
        await player.play("Fern", ["Mira Holt"], "", 200.0)
        while not await home.scrobbler.get("Current"):
            continue
        answer = await home.scrobbler.call("LoveCurrent")
        assert answer == ["success", f"Fern by Mira Holt: {WITH_THE_SCROBBLE}"]
        assert loved(home.bench.lastfm) == [("Mira Holt", "Fern")]
        assert (home.given(), home.waiting()) == ([], 1)
        assert (await home.scrobbler.call("GetQueueStatus"))[0]["loves"] == 1
        assert (await home.scrobbler.call("GetAccountStatus", "s", "brainz"))[0]["loves"] == 1
        if killed:
            home.bench.daemon.kill()
            home.bench.daemon.start()
        assert await home.until(lambda brainz: bool(brainz.feedback))
    (listen,) = home.brainz.listens
    assert home.given() == [(None, listen.msid)]
    assert not [it for it in home.brainz.requests if "return_msid" in it.params]


async def test_a_kill_between_the_scrobble_and_the_love_loses_nothing(home: Home) -> None:
    await home.love()
    home.brainz.reading_lag = 3600.0
    await home.scrobbles()
    assert await home.until(lambda brainz: "min_ts" in brainz.requests[-1].params)
    home.bench.daemon.kill()
    home.brainz.reading_lag = 0.0
    home.bench.daemon.start()
    assert await home.until(lambda brainz: bool(brainz.feedback))
    assert home.given() == [(None, home.brainz.listens[0].msid)]


async def test_what_was_scrobbled_before_is_loved_at_once(home: Home) -> None:
    await home.scrobbles()
    assert await home.love() == ["success", ""]
    assert home.given() == [(None, home.brainz.listens[0].msid)]
    assert await home.love("Unlove") == ["success", ""]
    assert (home.given(), loved(home.bench.lastfm), home.waiting()) == ([], [], 0)


async def test_a_love_that_waits_for_its_scrobble_is_taken_back(home: Home) -> None:
    assert await home.love() == ["success", WITH_THE_SCROBBLE]
    assert await home.love("Unlove") == ["success", ""]
    assert home.waiting() == 0
    await home.scrobbles()
    assert await home.love() == ["success", ""]


async def test_a_track_that_musicbrainz_knows_is_loved_at_once(home: Home) -> None:
    home.brainz.catalogue["Mira Holt", "Fern"] = MBID
    assert await home.love() == ["success", ""]
    assert home.given() == [(MBID, None)]


@options({"love": False})
async def test_an_account_that_is_to_hear_of_no_loves_hears_of_none(home: Home) -> None:
    home.brainz.catalogue["Mira Holt", "Fern"] = MBID
    assert await home.love() == ["success", ""]
    assert home.given() == []


async def test_after_a_restart_an_address_of_ones_own_still_hears_of_loves(home: Home) -> None:
    home.brainz.catalogue["Mira Holt", "Fern"] = MBID
    home.bench.restart()
    assert await home.love() == ["success", ""]
    assert home.given() == [(MBID, None)]


async def test_a_dead_account_delays_no_other_and_is_named(home: Home) -> None:
    home.brainz.misbehave(Behaviour.slow(30))
    begun = time.monotonic()
    status, words = await home.love()
    assert time.monotonic() - begun < 8.0
    assert (status, words.partition(";")[0]) == ("success", "loved at Last.fm")
    assert "at brainz later" in words
    home.brainz.release()
    home.bench.lastfm.stop()
    home.brainz.catalogue["Mira Holt", "Moss"] = MBID
    status, words = await home.scrobbler.call("Love", "ss", "Mira Holt", "Moss")
    assert status == "queued"
    assert await home.until(lambda brainz: bool(brainz.feedback))


async def test_without_a_login_a_love_waits_for_it(home: Home) -> None:
    home.brainz.catalogue["Mira Holt", "Fern"] = MBID
    await home.scrobbler.call("Logout", "s", "brainz")
    await home.scrobbler.call("SetAccountEnabled", "sb", "brainz", True)
    assert await home.love() == [
        "success",
        "loved at Last.fm; at brainz later: nobody is logged in",
    ]
    await home.log_in()
    assert await home.until(lambda brainz: bool(brainz.feedback))


async def test_an_account_that_is_off_hears_of_no_loves(home: Home) -> None:
    await home.scrobbler.call("SetAccountEnabled", "sb", "brainz", False)
    assert await home.love() == ["success", ""]
    assert home.waiting() == 0


async def test_what_waits_stays_while_an_account_is_off_and_goes_when_it_is_on(home: Home) -> None:
    home.brainz.catalogue["Mira Holt", "Fern"] = MBID
    home.brainz.misbehave(*[Behaviour.html(503)] * 9)
    status, _ = await home.love()
    assert status == "success"
    await home.scrobbler.call(*scrobble_ago(300, artist="Mira Holt", track="Moss")[1])
    assert await home.until(
        lambda brainz: "submit-listens" in [it.method for it in brainz.requests]
    )
    await home.scrobbler.call("SetAccountEnabled", "sb", "brainz", False)
    home.brainz.behave()
    seen = len(home.brainz.requests)
    await home.scrobbler.call("RetryQueue")
    await home.scrobbler.call("RetryAccount", "s", "brainz")
    assert await home.scrobbler.call("CheckAccount", "s", "brainz") == [""]
    assert [it.method for it in home.brainz.requests[seen:]] == ["validate-token"]
    [entry] = await home.scrobbler.call("GetAccountStatus", "s", "brainz")
    assert (entry["queued"], entry["loves"]) == (1, 1)
    assert (entry["hold_code"], entry["hold_reason"]) == ("off", "it is switched off")
    await home.scrobbler.call("SetAccountEnabled", "sb", "brainz", True)
    await home.scrobbler.call("RetryAccount", "s", "brainz")
    assert await home.until(lambda brainz: bool(brainz.feedback and brainz.listens))


async def test_lastfm_is_sent_what_waits_also_when_it_is_off(home: Home) -> None:
    home.bench.lastfm.misbehave(*[Behaviour.html(503)] * 9)
    await home.scrobbler.call(*scrobble_ago(300)[1])
    await home.scrobbler.call("SetAccountEnabled", "sb", "lastfm", False)
    home.bench.lastfm.behave()
    result = (await home.scrobbler.call("RetryQueue"))[0]
    assert result["submitted"] == 1


@options({"love": False})
async def test_if_no_account_can_love_it_is_one_clear_error(home: Home) -> None:
    """Last.fm is off."""
    await home.scrobbler.call("Disconnect")
    name, words = await home.scrobbler.refused("Love", *FERN)
    assert name == "NotConfigured"
    assert "no account" in words
    assert home.waiting() == 0


# -- imports --------------------------------------------------------------------------------------


async def test_the_library_knows_what_is_loved_at_listenbrainz(home: Home) -> None:
    for title in ("Fern", "Moss"):
        put(home.bench.daemon.database, "library", {"title": title, "title_key": title.lower()})
    await home.scrobbles()
    home.brainz.feedback += [
        Feedback(USER, None, home.brainz.listens[0].msid, 1, 1_790_000_000),
        Feedback(USER, MBID, None, 1, 1_790_000_001),  # of which the server tells no names
        Feedback(USER, None, MBID, -1, 1_790_000_002),
    ]
    figures = {"total": 2, "imported": 1, "already_loved": 0, "not_in_library": 1}
    assert await home.scrobbler.call("ImportAccountLoved", "s", "brainz") == [figures]
    assert (await home.scrobbler.call("ImportAccountLoved", "s", "brainz"))[0] == {
        **figures,
        "imported": 0,
        "already_loved": 1,
    }
    assert marks(home.bench.daemon) == {"Fern": 0, "Moss": 0}, "these are Last.fm's"
    assert await home.scrobbler.get("LastImport") == {}, "so is this"
    home.bench.lastfm.love_many(USER, [("Mira Holt", "Moss")])
    await home.scrobbler.call("ImportLovedTracks")
    [text] = await home.scrobbler.call("ExportLoved", "s", "json")
    assert {track["title"]: track["accounts"] for track in json.loads(text)} == {
        "Fern": ["brainz"],
        "Moss": ["lastfm"],
    }


async def test_a_request_that_waits_is_newer_than_what_is_imported(home: Home) -> None:
    put(home.bench.daemon.database, "library", {})
    await home.scrobbles()
    await home.love()
    home.brainz.outage = Behaviour.html(502)
    assert (await home.love("Unlove"))[0] == "success"
    home.brainz.outage = None
    home.brainz.misbehave(*[Behaviour.html(502)] * 9, method="feedback/recording-feedback")
    await home.scrobbler.call("ImportAccountLoved", "s", "brainz")
    [text] = await home.scrobbler.call("ExportLoved", "s", "json")
    assert json.loads(text) == []


async def test_an_import_says_why_there_is_none(home: Home) -> None:
    assert (await home.scrobbler.refused("ImportAccountLoved", "s", "attic"))[0] == (
        "InvalidArgument"
    )
    await home.scrobbler.call("Logout", "s", "brainz")
    assert (await home.scrobbler.refused("ImportAccountLoved", "s", "brainz"))[0] == (
        "NotAuthenticated"
    )


@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted"])
async def test_a_server_without_loved_tracks_is_one_clear_error(
    bus: PrivateBus, tmp_path: Path, restart: bool
) -> None:
    with ListenBrainz(profile=KOITO) as koito:
        account = {"service": "koito", "url": koito.api_url}
        with running(tmp_path, bus=bus, tables={"accounts": {"koito": account}}) as bench:
            path = bench.daemon.config_path.parent / "tokens" / "koito.toml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(tomli_w.dumps({"token": koito.login(USER)}))
            async with await connect(bus.address) as connection:
                scrobbler = await Scrobbler.start(connection)
                await scrobbler.call("CompleteLogin", "ss", "koito", "")
                if restart:
                    bench.restart()
                name, words = await scrobbler.refused("ImportAccountLoved", "s", "koito")
                assert (name, words) == (
                    "InvalidArgument",
                    "account: Koito has no list of loved tracks",
                )
                assert await scrobbler.call("Love", *FERN) == ["success", ""]
                await scrobbler.call("Disconnect")
                assert (await scrobbler.refused("Love", *FERN))[0] == "NotConfigured"
