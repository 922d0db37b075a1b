"""GetSettings, UpdateSettings and the writable properties."""

from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.dbus import call, connect
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from tests.support.daemon_bench import USER, Bench

pytest_plugins = ["tests.support.fixtures.daemon"]

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
