"""A player that is new is told once, by a whole daemon, and a click leaves it out."""

import sqlite3
import tomllib
from contextlib import closing

from lab.dbus import connect
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.desktop.new_players import MAX_ASKED_A_DAY
from tests.support.daemon_bench import Bench, started
from tests.support.desktop_services import Server, Shown

TABLES = {
    "scrobble": {"settle_ms": 50, "minimum_seconds": 1.0, "maximum_seconds": 3600.0},
    "players": {"ask": True, "deny": ["browser*"], "patient": {"scrobble_threshold": 80}},
}
pytestmark = started(tables=TABLES)

NEW = "plays music for the first time: it is scrobbled from now on"


async def plays(bench: Bench, scrobbler: Scrobbler, name: str, title: str = "Fern") -> FakePlayer:
    """A player that plays a track, which the daemon has seen."""
    player = await FakePlayer.start(bench.bus.address, name, identity=name)
    await next_track(scrobbler, player, title)
    return player


async def next_track(scrobbler: Scrobbler, player: FakePlayer, title: str) -> None:
    """The player plays this; the daemon has seen it."""
    await player.play(title, ["Mira Holt"], "", 1000.0)
    while title not in [each["title"] for each in await scrobbler.changed("Current")]:
        continue


async def ignored(scrobbler: Scrobbler) -> list[str]:
    """The players that were left out."""
    return (await scrobbler.call("GetSettings"))[0].get("ignored_players", [])


async def is_left_out(scrobbler: Scrobbler, server: Server, shown: Shown) -> str:
    """What is told after the click on the button."""
    await server.click(shown.id, "leave-out")
    await server.says("NotificationClosed", "uu", shown.id, 2)
    return await server.next()


async def test_a_click_on_the_button_leaves_the_player_out_until_it_is_taken_back(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    player = await plays(bench, scrobbler, "foobar.instance7")
    shown = await server.next_shown()
    assert shown.body == f"foobar.instance7 (foobar) {NEW}"
    assert shown.actions == ["leave-out", "Leave out"]
    assert await ignored(scrobbler) == []
    words = await is_left_out(scrobbler, server, shown)
    assert (
        words
        == "foobar is left out from now on; scrobblerctl players --listen foobar takes it back"
    )
    assert await ignored(scrobbler) == ["foobar"]
    settings = tomllib.loads(bench.daemon.database.with_name("settings.toml").read_text())
    assert settings["ignored_players"] == ["foobar"]
    [[seen]] = await scrobbler.call("ListPlayers")
    assert seen["wanted"] is False
    assert seen["rule"] == "left out by you: scrobblerctl players --listen foobar"
    bench.restart()
    assert await ignored(scrobbler) == ["foobar"]
    assert (await scrobbler.call("ListenToPlayer", "s", "foobar.instance7")) == [""]
    assert await ignored(scrobbler) == []
    await player.vanish()


async def test_a_program_is_told_of_once_ever_whatever_its_instance(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    async with await plays(bench, scrobbler, "foobar.instance7"):
        assert NEW in await server.next()
    bench.restart()
    async with (
        await plays(bench, scrobbler, "Foobar.instance9", "Moss"),
        await plays(bench, scrobbler, "foobar", "Loam"),
    ):
        await scrobbler.call("GetSettings")
    async with await plays(bench, scrobbler, "other", "Reed"):
        assert "other" in await server.next()
    assert server.shown.empty()


async def test_players_of_the_history_and_of_rules_are_not_new(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    bench.configure(**{**TABLES, "players": {**TABLES["players"], "ask": False}})
    await scrobbler.call("Reload")
    async with await plays(bench, scrobbler, "old.instance3") as old:
        await next_track(scrobbler, old, "Moss")
    while not (await scrobbler.call("GetHistory", "ux", 9, 0))[0]:
        continue
    bench.configure(**TABLES)
    await scrobbler.call("Reload")
    async with (
        await plays(bench, scrobbler, "old", "Reed"),
        await plays(bench, scrobbler, "patient", "Sedge"),
        await FakePlayer.start(bench.bus.address, "browser") as browser,
        await FakePlayer.start(bench.bus.address, "silent"),
    ):
        await browser.play("Loam", ["Mira Holt"], "", 1000.0)
        async with await plays(bench, scrobbler, "new", "Bracken"):
            assert (await server.next()).startswith("new plays music")
    assert server.shown.empty()


async def test_a_second_player_is_told_when_the_first_notification_is_gone(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    async with (
        await plays(bench, scrobbler, "one"),
        await plays(bench, scrobbler, "two", "Moss") as two,
    ):
        shown = await server.next_shown()
        await next_track(scrobbler, two, "Loam")
        assert server.shown.empty()
        await server.says("NotificationClosed", "uu", shown.id, 2)
        await scrobbler.call("GetSettings")  # so the daemon has heard that
        await next_track(scrobbler, two, "Reed")
        assert (await server.next()).startswith("two plays music")


async def test_a_player_that_the_disk_refused_to_remember_is_told_of_at_its_next_track(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    with closing(sqlite3.connect(bench.daemon.database)) as rows:
        rows.execute(
            "CREATE TRIGGER full BEFORE INSERT ON state WHEN NEW.name = 'known_players'"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        async with await plays(bench, scrobbler, "foobar") as player:
            while "no room" not in bench.daemon.log:
                await scrobbler.call("GetSettings")
            rows.execute("DROP TRIGGER full")
            await next_track(scrobbler, player, "Moss")
            while NEW not in await server.next():
                continue


async def test_a_server_without_buttons_shows_the_command(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    server.capabilities = ("body",)
    async with await plays(bench, scrobbler, "foobar"):
        shown = await server.next_shown()
    assert shown.actions == []
    assert shown.body == f"foobar {NEW}; to leave it out: scrobblerctl players --ignore foobar"


async def test_without_a_desktop_the_log_has_the_command(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    async with await plays(bench, scrobbler, "foobar"):
        while (
            f"{NEW}; to leave it out: scrobblerctl players --ignore foobar" not in bench.daemon.log
        ):
            await scrobbler.call("GetSettings")


async def test_names_without_end_do_not_fill_the_desktop(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    for number in range(2 * MAX_ASKED_A_DAY):
        async with await plays(bench, scrobbler, f"evil{number}", f"Fern {number}"):
            if number < MAX_ASKED_A_DAY:
                shown = await server.next_shown()
                await server.says("NotificationClosed", "uu", shown.id, 2)
                await scrobbler.call("GetSettings")
    assert server.shown.empty()


async def test_a_forged_click_leaves_nobody_out(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    async with await plays(bench, scrobbler, "foobar"):
        shown = await server.next_shown()
        forger = Server(await connect(bench.bus.address))
        await forger.click(shown.id, "leave-out")
        await forger.leave()
        await server.click(shown.id)  # not on the button
        assert await ignored(scrobbler) == []
