"""GetSettings, UpdateSettings, the writable properties, and Reload."""

import asyncio

import pytest
import tomli_w
from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.dbus import ReplyError, call, connect
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from tests.support.daemon_bench import USER, Bench, started

INTEGERS = "ynqiuxt"


async def update(scrobbler: Scrobbler, **settings: Variant) -> list[str]:
    [names] = await scrobbler.call("UpdateSettings", "a{sv}", settings)
    return names


async def test_settings_have_these_names_and_types(bench: Bench) -> None:
    async with await connect(bench.bus.address) as connection:
        [settings] = await call(connection, SCROBBLER, SCROBBLER_PATH, SCROBBLER, "GetSettings")
    assert {name: (value.signature, value.value) for name, value in settings.items()} == {
        "enabled": ("b", True),
        "username": ("s", USER),
        "authenticated": ("b", True),
        "configured": ("b", True),
        "scrobble_threshold": ("u", 50),
        "paused_until": ("x", 0),
        "private": ("b", False),
    }


async def test_what_is_updated_is_told_and_signalled(scrobbler: Scrobbler) -> None:
    names = await update(
        scrobbler, enabled=Variant("b", False), scrobble_threshold=Variant("u", 75)
    )
    assert sorted(names) == ["enabled", "scrobble_threshold"]
    assert await scrobbler.changed("ScrobbleThreshold") == 75
    properties = await scrobbler.get_all()
    assert (properties["Enabled"], properties["ScrobbleThreshold"]) == (False, 75)
    assert "scrobbling is off" in properties["Status"]


async def test_settings_survive_a_restart_and_config_toml_stays_as_it_is(
    bench: Bench, daemon: Daemon, scrobbler: Scrobbler
) -> None:
    config = daemon.config_path.read_bytes()
    await update(scrobbler, enabled=Variant("b", False), scrobble_threshold=Variant("u", 75))
    bench.restart()
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["enabled"], settings["scrobble_threshold"]) == (False, 75)
    assert daemon.config_path.read_bytes() == config


async def test_one_setting_leaves_the_other_alone(scrobbler: Scrobbler) -> None:
    await update(scrobbler, scrobble_threshold=Variant("u", 75))
    assert await update(scrobbler, enabled=Variant("b", False)) == ["enabled"]
    [settings] = await scrobbler.call("GetSettings")
    assert settings["scrobble_threshold"] == 75


async def test_no_settings_are_no_error(scrobbler: Scrobbler) -> None:
    assert await update(scrobbler) == []


async def test_a_threshold_outside_is_moved_inside(scrobbler: Scrobbler) -> None:
    for given, kept in ((0, 25), (24, 25), (25, 25), (100, 100), (101, 100), (-5, 25)):
        await update(scrobbler, scrobble_threshold=Variant("i", given))
        assert await scrobbler.get("ScrobbleThreshold") == kept
    await update(scrobbler, scrobble_threshold=Variant("t", 2**64 - 1))
    assert await scrobbler.get("ScrobbleThreshold") == 100


async def test_any_integer_type_is_taken(scrobbler: Scrobbler) -> None:
    for percent, signature in enumerate(INTEGERS, start=60):
        await update(scrobbler, scrobble_threshold=Variant(signature, percent))
        assert await scrobbler.get("ScrobbleThreshold") == percent
        await scrobbler.set("ScrobbleThreshold", Variant(signature, percent + 20))
        assert await scrobbler.get("ScrobbleThreshold") == percent + 20


async def test_a_property_that_is_set_is_the_setting(bench: Bench, scrobbler: Scrobbler) -> None:
    await scrobbler.set("Enabled", Variant("b", False))
    assert await scrobbler.changed("Enabled") is False
    await scrobbler.set("ScrobbleThreshold", Variant("i", 10))
    assert await scrobbler.changed("ScrobbleThreshold") == 25
    bench.restart()
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["enabled"], settings["scrobble_threshold"]) == (False, 25)


# -- Reload ----------------------------------------------------------------------------------------


def rewrite(bench: Bench, **tables: object) -> None:
    """Another config.toml."""
    lastfm = {
        "api_key": bench.lastfm.api_key,
        "api_secret": bench.lastfm.secret,
        "api_url": bench.lastfm.api_url,
        "auth_url": bench.lastfm.auth_url,
    }
    bench.daemon.config_path.write_text(tomli_w.dumps({"lastfm": lastfm, **tables}))


async def test_a_changed_configuration_is_in_force_after_a_reload(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    rewrite(bench, scrobble={"scrobble_threshold": 75}, limits={"requests_per_day": 7})
    elsewhere = "https://auth.example/"
    written = bench.daemon.config_path.read_text().replace(bench.lastfm.auth_url, elsewhere)
    bench.daemon.config_path.write_text(written)
    await scrobbler.call("Reload")
    assert await scrobbler.changed("ScrobbleThreshold") == 75
    assert (await scrobbler.call("GetAuthUrl"))[0].startswith(elsewhere)
    [status] = await scrobbler.call("GetQueueStatus")
    assert status["requests_limit"] == 7


async def test_after_a_reload_what_plays_is_announced_only_where_that_is_wanted(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    quick = {"settle_ms": 50}
    rewrite(bench, scrobble={**quick, "now_playing": False})
    await scrobbler.call("Reload")
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play("Fern", ["Mira Holt"], length=200.0)
        assert (await scrobbler.changed("Current"))[0]["title"] == "Fern"
        rewrite(bench, scrobble={**quick, "now_playing": True})
        await scrobbler.call("Reload")
        await player.play("Moss", ["Mira Holt"], length=200.0)
        heard = bench.lastfm.wait_for
        assert await asyncio.to_thread(heard, lambda seen: bool(seen.now_playing))
    assert [seen.track for seen in bench.lastfm.now_playing] == ["Moss"]


async def test_a_broken_configuration_changes_nothing(bench: Bench, scrobbler: Scrobbler) -> None:
    before = await scrobbler.get("ScrobbleThreshold")
    rewrite(bench, scrobble={"scrobble_threshold": 75, "settel_ms": 5})
    with pytest.raises(ReplyError, match="did you mean settle_ms"):
        await scrobbler.call("Reload")
    assert await scrobbler.get("ScrobbleThreshold") == before


@started(configured=False, login=False)
async def test_keys_that_came_later_are_taken_up(bench: Bench, scrobbler: Scrobbler) -> None:
    rewrite(bench)
    await scrobbler.call("Reload")
    [settings] = await scrobbler.call("GetSettings")
    assert settings["configured"] is True
    assert len(await scrobbler.call("GetAuthUrl")) == 2
