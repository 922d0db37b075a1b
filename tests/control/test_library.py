"""Love and Unlove, also of what plays, and ImportLovedTracks, on the bus."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER, Bench, log_in, started
from tests.support.loves import love_requests, loved, marks, pages, sent, waiting
from tests.support.music_files import plain
from tests.support.rows import put

FERN = ("ss", "Mira Holt", "Fern")

quick = started(tables={"scrobble": {"settle_ms": 50}})


# -- one request -----------------------------------------------------------------------------------


async def test_a_love_arrives_and_is_marked_at_once(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    put(daemon.database, "library", {})
    assert await scrobbler.call("Love", *FERN) == ["success", ""]
    assert (loved(lastfm), marks(daemon)) == ([("Mira Holt", "Fern")], {"Fern": 1})
    assert await scrobbler.call("Unlove", *FERN) == ["success", ""]
    assert (loved(lastfm), marks(daemon)) == ([], {"Fern": 0})
    assert await waiting(scrobbler) == 0


async def test_a_mark_does_not_wait_for_the_server(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    put(daemon.database, "library", {})
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
    put(daemon.database, "library", {})
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
    put(daemon.database, "library", {})
    lastfm.misbehave(Behaviour.error(6, "Track not found"), method="track.love")
    status, words = await scrobbler.call("Love", *FERN)
    assert (status, "Track not found" in words) == ("rejected", True)
    assert (marks(daemon), await waiting(scrobbler)) == ({"Fern": 0}, 0)
    assert await scrobbler.call("Love", *FERN) == ["success", ""]
    assert marks(daemon) == {"Fern": 1}


async def test_a_login_that_is_not_taken_any_more_keeps_the_request_for_the_next_one(
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


# -- requests that wait ----------------------------------------------------------------------------


@started(login=False)
async def test_without_a_login_a_request_waits_for_the_first_one(
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
async def test_of_opposite_requests_only_the_last_is_sent(
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


async def test_an_opposite_request_during_a_request_is_sent_after_it(
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


async def test_offline_a_request_waits_over_a_restart_and_retry_queue_sends_it(
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


async def test_offline_a_request_waits_and_a_login_sends_it(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.stop()
    assert (await scrobbler.call("Love", *FERN))[0] == "queued"
    lastfm.start()
    await log_in(scrobbler, lastfm)
    await sent(lastfm, ("track.love", "Fern"))


async def test_the_requests_of_one_user_never_go_to_another(
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


# -- what plays -----------------------------------------------------------------------------------


@pytest.fixture
async def player(bench: Bench) -> AsyncIterator[FakePlayer]:
    """A player."""
    async with await FakePlayer.start(bench.bus.address, "demo") as one:
        yield one


async def plays(
    scrobbler: Scrobbler, player: FakePlayer, title: str, artist: str = "Mira Holt"
) -> None:
    """Play a track, and wait until the daemon knows."""
    await player.play(title, [artist], "", 200.0)
    while title not in [one["title"] for one in await scrobbler.changed("Current")]:
        continue


async def until_only(scrobbler: Scrobbler, name: str) -> None:
    """Wait until the daemon knows that of two players only this one plays."""
    playing: list[str] = []
    while playing != [name]:
        found = await scrobbler.get("Current")
        playing = [one["player"] for one in found if one["status"] == "Playing"]


@quick
async def test_what_plays_is_loved_and_marked_once_it_is_in_the_library(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon, player: FakePlayer
) -> None:
    await plays(scrobbler, player, "Fern (Live)")
    assert await scrobbler.call("LoveCurrent") == ["success", "Fern (Live) by Mira Holt"]
    assert loved(lastfm) == [("Mira Holt", "Fern (Live)")]
    await plays(scrobbler, player, "Moss")
    assert marks(daemon)["Fern (Live)"] == 1
    await player.pause()
    assert (await scrobbler.call("LoveCurrent"))[1] == "Moss by Mira Holt"
    assert (await scrobbler.call("UnloveCurrent")) == ["success", "Moss by Mira Holt"]
    assert loved(lastfm) == [("Mira Holt", "Fern (Live)")]


@quick
async def test_of_two_players_the_one_that_plays_is_meant(
    bench: Bench, scrobbler: Scrobbler, player: FakePlayer
) -> None:
    async with await FakePlayer.start(bench.bus.address, "other") as other:
        await plays(scrobbler, player, "Fern")
        await plays(scrobbler, other, "Moss")
        for paused, playing, title in ((other, player, "Fern"), (player, other, "Moss")):
            await playing.resume()
            await paused.pause()
            await until_only(scrobbler, "other" if playing is other else "demo")
            assert (await scrobbler.call("LoveCurrent"))[1] == f"{title} by Mira Holt"


@quick
async def test_where_nothing_plays_there_is_nothing_to_love(
    scrobbler: Scrobbler, lastfm: StandIn, player: FakePlayer
) -> None:
    for member in ("LoveCurrent", "UnloveCurrent"):
        assert (await scrobbler.refused(member))[0] == "InvalidArgument"
    await plays(scrobbler, player, "Only a title", "")
    assert (await scrobbler.refused("LoveCurrent"))[0] == "InvalidArgument"
    await player.stop()
    assert (await scrobbler.refused("LoveCurrent"))[0] == "InvalidArgument"
    assert love_requests(lastfm) == []


@quick
async def test_what_plays_is_loved_and_not_any_more_by_one_call(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, player: FakePlayer
) -> None:
    await plays(scrobbler, player, "Fern")
    assert [each["loved"] for each in await scrobbler.get("Current")] == [False]
    fern = ["Mira Holt", "Fern"]
    assert await scrobbler.call("ToggleLove") == [True, *fern, "success", ""]
    assert [each["loved"] for each in await scrobbler.changed("Current")] == [True]
    assert loved(lastfm) == [("Mira Holt", "Fern")]
    bench.restart()
    while [each["loved"] for each in await scrobbler.changed("Current")] != [True]:
        continue
    assert await scrobbler.call("ToggleLove") == [False, *fern, "success", ""]
    assert [each["loved"] for each in await scrobbler.changed("Current")] == [False]
    assert loved(lastfm) == []


@quick
async def test_a_key_that_is_pressed_twice_at_once_changes_nothing(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, player: FakePlayer
) -> None:
    await plays(scrobbler, player, "Fern")
    async with await connect(bench.bus.address) as connection:
        again = await Scrobbler.start(connection)
        answers = await asyncio.gather(scrobbler.call("ToggleLove"), again.call("ToggleLove"))
    assert sorted(answer[0] for answer in answers) == [False, True]
    assert loved(lastfm) == []


@quick
async def test_a_love_that_is_refused_is_shown_no_more(
    scrobbler: Scrobbler, lastfm: StandIn, player: FakePlayer
) -> None:
    await plays(scrobbler, player, "Fern")
    lastfm.misbehave(Behaviour.error(6), method="track.love")
    is_loved, *_, status, _why = await scrobbler.call("ToggleLove")
    assert (is_loved, status) == (False, "rejected")
    while (await scrobbler.get("Current"))[0]["loved"]:
        await scrobbler.changed("Current")


# -- an import ------------------------------------------------------------------------------------

HEARD = [("The Paper Lanterns", "Slow Harbour"), ("Mira Holt", "Fern"), ("Þrúður Sól", "夜の港")]


LAST = ("Nobody At All", "The End")


@pytest.fixture
async def heard(scrobbler: Scrobbler, player: FakePlayer) -> list[tuple[str, str]]:
    """Tracks that were heard, if only for a moment: they are in the library."""
    for artist, title in (*HEARD, LAST):
        await plays(scrobbler, player, title, artist)
    return HEARD


def love_among(lastfm: StandIn, *tracks: tuple[str, str], others: int = 0) -> None:
    """The user loves these tracks, and some that were never heard, before and after them."""
    half = [("Somebody Else", f"Number {number}") for number in range(others)]
    lastfm.love_many(USER, [*half[: others // 2], *tracks, *half[others // 2 :]])


@quick
async def test_all_pages_are_walked_and_what_was_heard_is_marked(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon, heard: list[tuple[str, str]]
) -> None:
    lastfm.page_size_max = 50
    love_among(lastfm, ("THE PAPER LANTERNS", "slow harbour"), ("ÞRÚÐUR SÓL", "夜の港"), others=150)
    [found] = await scrobbler.call("ImportLovedTracks")
    assert found == {"total": 152, "imported": 2, "already_loved": 0, "not_in_library": 150}
    assert pages(lastfm) == [1, 2, 3, 4]
    assert marks(daemon) == {"Slow Harbour": 1, "Fern": 0, "夜の港": 1}


@quick
async def test_a_second_import_marks_nothing_twice(
    scrobbler: Scrobbler, lastfm: StandIn, heard: list[tuple[str, str]]
) -> None:
    love_among(lastfm, *HEARD[:2], others=3)
    await scrobbler.call("ImportLovedTracks")
    [found] = await scrobbler.call("ImportLovedTracks")
    assert found == {"total": 5, "imported": 0, "already_loved": 2, "not_in_library": 3}


@quick
async def test_progress_and_result_are_told_and_kept(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, heard: list[tuple[str, str]]
) -> None:
    lastfm.page_size_max = 50
    love_among(lastfm, *HEARD, others=97)
    [found] = await scrobbler.call("ImportLovedTracks")
    assert [await scrobbler.said("ImportProgress") for _ in range(2)] == [[50, 100], [100, 100]]
    assert await scrobbler.said("ImportFinished") == [found]
    assert await scrobbler.changed("LastImport") == found
    bench.restart()
    assert await scrobbler.get("LastImport") == found


async def test_an_account_that_loves_nothing_is_no_error(scrobbler: Scrobbler) -> None:
    [found] = await scrobbler.call("ImportLovedTracks")
    assert set(found.values()) == {0}


async def test_a_second_caller_joins_the_import_under_way(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    love_among(lastfm, others=3)
    lastfm.misbehave(Behaviour.slow(30), method="user.getLovedTracks")
    calls = [asyncio.create_task(scrobbler.call("ImportLovedTracks")) for _ in range(2)]
    await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
    await scrobbler.call("GetSettings")  # both calls have arrived by now
    lastfm.release()
    first, second = await asyncio.gather(*calls)
    assert first == second
    assert pages(lastfm) == [1]


async def test_an_import_outlives_its_caller(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    love_among(lastfm, others=3)
    lastfm.misbehave(Behaviour.slow(30), method="user.getLovedTracks")
    async with await connect(bench.bus.address) as caller:
        other = asyncio.create_task((await Scrobbler.start(caller)).call("ImportLovedTracks"))
        await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
    with pytest.raises(ConnectionError):
        await other
    lastfm.release()
    [found] = await scrobbler.said("ImportFinished")
    assert found["total"] == 3


async def test_an_error_of_last_fm_is_told_and_the_next_import_works(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    love_among(lastfm, others=3)
    lastfm.misbehave(Behaviour.error(26))
    name, words = await scrobbler.refused("ImportLovedTracks")
    assert (name, bool(words)) == ("Service", True)
    assert (await scrobbler.call("ImportLovedTracks"))[0]["total"] == 3


@started(login=False)
async def test_without_a_login_it_says_so(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    name, words = await scrobbler.refused("ImportLovedTracks")
    assert name == "NotAuthenticated"
    assert words == "nobody is logged in"
    assert lastfm.requests == []
