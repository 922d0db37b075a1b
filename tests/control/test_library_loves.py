"""Love and Unlove of a daemon, on the bus."""

import asyncio
from pathlib import Path

import pytest

from lab.daemon import Daemon
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER, Bench, started
from tests.support.loves import log_in, love_requests, loved, marks, put, sent, waiting
from tests.support.music_files import plain

FERN = ("ss", "Mira Holt", "Fern")


# -- one wish -------------------------------------------------------------------------------------


async def test_a_love_arrives_and_is_marked_at_once(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    put(daemon, "Fern")
    assert await scrobbler.call("Love", *FERN) == ["success", ""]
    assert (loved(lastfm), marks(daemon)) == ([("Mira Holt", "Fern")], {"Fern": 1})
    assert await scrobbler.call("Unlove", *FERN) == ["success", ""]
    assert (loved(lastfm), marks(daemon)) == ([], {"Fern": 0})
    assert await waiting(scrobbler) == 0


async def test_a_mark_does_not_wait_for_the_server(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    put(daemon, "Fern")
    lastfm.misbehave(Behaviour.slow(30), method="track.love")
    call = asyncio.create_task(scrobbler.call("Love", *FERN))
    await sent(lastfm, ("track.love", "Fern"))
    assert marks(daemon) == {"Fern": 1}
    assert await waiting(scrobbler) == 1
    lastfm.release()
    assert (await call)[0] == "success"


async def test_a_mark_is_set_on_the_track_in_its_other_writings(
    scrobbler: Scrobbler, daemon: Daemon
) -> None:
    put(daemon, "Fern")
    await scrobbler.call("Love", "ss", " MIRA  HOLT ", "fern")
    assert marks(daemon) == {"Fern": 1}


@pytest.mark.parametrize(
    ("artist", "track", "field"),
    [
        ("", "Fern", "artist"),
        (" \n\t", "Fern", "artist"),
        ("Mira Holt", "", "track"),
        ("x", "\x01", "track"),
    ],
)
async def test_an_empty_name_is_refused(
    scrobbler: Scrobbler, lastfm: StandIn, artist: str, track: str, field: str
) -> None:
    for member in ("Love", "Unlove"):
        name, words = await scrobbler.refused(member, "ss", artist, track)
        assert (name, words) == ("InvalidArgument", f"{field}: must not be empty")
    assert lastfm.requests == []


async def test_what_last_fm_refuses_is_told_and_the_mark_taken_back(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    put(daemon, "Fern")
    lastfm.misbehave(Behaviour.error(6, "Track not found"), method="track.love")
    status, words = await scrobbler.call("Love", *FERN)
    assert (status, "Track not found" in words) == ("rejected", True)
    assert (marks(daemon), await waiting(scrobbler)) == ({"Fern": 0}, 0)
    assert await scrobbler.call("Love", *FERN) == ["success", ""]
    assert marks(daemon) == {"Fern": 1}


async def test_a_login_that_is_not_taken_any_more_keeps_the_wish_for_the_next_one(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.error(9), method="track.love")
    lastfm.misbehave(Behaviour.error(9), method="user.getInfo")
    status, words = await scrobbler.call("Love", *FERN)
    assert (status, words) == ("queued", "nobody is logged in")
    assert await scrobbler.said("AuthChanged") == ["expired", USER]
    await log_in(scrobbler, lastfm)
    await sent(lastfm, *[("track.love", "Fern")] * 2)
    assert loved(lastfm) == [("Mira Holt", "Fern")]


# -- wishes that wait -----------------------------------------------------------------------------


@started(login=False)
async def test_without_a_login_a_wish_waits_for_the_first_one(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    status, words = await scrobbler.call("Love", *FERN)
    assert (status, words) == ("queued", "nobody is logged in")
    bench.restart()
    assert await waiting(scrobbler) == 1
    await log_in(scrobbler, lastfm)
    await sent(lastfm, ("track.love", "Fern"))
    assert loved(lastfm) == [("Mira Holt", "Fern")]


@started(login=False)
async def test_of_opposite_wishes_only_the_last_is_sent(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.love_many(USER, [("Mira Holt", "Moss")])
    for member, track in (("Love", "Fern"), ("Love", "Moss"), ("Unlove", "Fern")):
        await scrobbler.call(member, "ss", "Mira Holt", track)
    await scrobbler.call("Unlove", "ss", "mira holt", "MOSS")
    await scrobbler.call("Love", "ss", "Mira Holt", "FERN")
    assert await waiting(scrobbler) == 2
    await log_in(scrobbler, lastfm)
    await sent(lastfm, ("track.unlove", "MOSS"), ("track.love", "FERN"))
    assert loved(lastfm) == [("Mira Holt", "FERN")]


async def test_an_opposite_wish_during_a_request_is_sent_after_it(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.slow(30), method="track.love")
    love = asyncio.create_task(scrobbler.call("Love", *FERN))
    await sent(lastfm, ("track.love", "Fern"))
    unlove = asyncio.create_task(scrobbler.call("Unlove", *FERN))
    await scrobbler.call("GetSettings")
    lastfm.release()
    assert [(await love)[0], (await unlove)[0]] == ["success", "success"]
    assert (love_requests(lastfm)[1:], loved(lastfm)) == ([("track.unlove", "Fern")], [])


async def test_offline_a_wish_waits_over_a_restart_and_retry_queue_sends_it(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    status, words = await scrobbler.call("Love", *FERN)
    assert (status, "can't be reached" in words) == ("queued", True)
    bench.restart()
    lastfm.start()
    assert await waiting(scrobbler) == 1
    await scrobbler.call("RetryQueue")
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(loved(seen)))


async def test_offline_a_wish_waits_and_a_login_sends_it(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    assert (await scrobbler.call("Love", *FERN))[0] == "queued"
    lastfm.start()
    await log_in(scrobbler, lastfm)
    await sent(lastfm, ("track.love", "Fern"))


async def test_the_wishes_of_one_user_never_go_to_another(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.error(8), method="track.love")
    assert (await scrobbler.call("Love", *FERN))[0] == "queued"
    await log_in(scrobbler, lastfm, "loud_heron")
    assert (await scrobbler.call("Love", "ss", "Mira Holt", "Moss"))[0] == "success"
    assert (loved(lastfm, "loud_heron"), loved(lastfm)) == ([("Mira Holt", "Moss")], [])
    await log_in(scrobbler, lastfm)
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(loved(seen)))


async def test_a_love_from_before_is_marked_when_the_file_comes(
    scrobbler: Scrobbler, daemon: Daemon, tmp_path: Path
) -> None:
    (tmp_path / "music").mkdir()
    plain(tmp_path / "music" / "x.mp3")
    daemon.stop()
    with daemon.config_path.open("a") as config:
        config.write(f'\n[library]\nfolders = ["{tmp_path / "music"}"]\n')
    daemon.start()
    await scrobbler.call("Love", *FERN)
    await scrobbler.call("ScanLibrary")
    assert marks(daemon) == {"Fern": 1}
