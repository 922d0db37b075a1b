"""The settings that D-Bus changes: kept on disk, and over those of config.toml."""

import asyncio
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.config.runtime_settings import PrivateSwitch, RuntimeSettings, load_settings
from scrobblerd.config.source import ConfigSource
from scrobblerd.core.errors import FixTheFile, InvalidArgument, StoreFailed
from scrobblerd.core.rules import Rules
from tests.support.config_samples import config

CONFIGURED = Rules(enabled=True, scrobble_threshold=60, minimum_seconds=20.0, deny=("vlc",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the daemon keeps them; there is no such file yet."""
    return tmp_path / "settings.toml"


class Opened(RuntimeSettings):
    """RuntimeSettings as they are at a start, and every change of the rules that they told."""

    def __init__(self, path: Path) -> None:
        self.told: list[Rules] = []
        self.source = ConfigSource(config(path.parent, rules=CONFIGURED))
        super().__init__(self.source, self.told.append)


def test_nothing_set_means_as_configured(path: Path):
    settings = Opened(path)
    assert settings.rules == CONFIGURED
    assert settings.told == []
    assert not path.exists()


@pytest.mark.parametrize(
    ("enabled", "threshold", "written", "rules"),
    [
        (False, None, {"enabled": False}, (False, 60)),
        (True, None, {"enabled": True}, (True, 60)),
        (None, 75, {"scrobble_threshold": 75}, (True, 75)),
        (False, 25, {"enabled": False, "scrobble_threshold": 25}, (False, 25)),
        (None, 5, {"scrobble_threshold": 25}, (True, 25)),
        (None, 0, {"scrobble_threshold": 25}, (True, 25)),
        (None, 101, {"scrobble_threshold": 100}, (True, 100)),
        (None, None, {}, (True, 60)),
    ],
)
async def test_change_is_in_force_told_and_on_disk(
    path: Path,
    enabled: bool | None,
    threshold: int | None,
    written: dict[str, object],
    rules: tuple[bool, int],
):
    settings = Opened(path)
    given = {"enabled": enabled, "scrobble_threshold": threshold}
    await settings.change(**{name: value for name, value in given.items() if value is not None})
    assert (settings.rules.enabled, settings.rules.scrobble_threshold) == rules
    assert settings.told == [settings.rules]
    assert tomllib.loads(path.read_text()) == written


async def test_change_survives_a_restart_and_wins_over_config_toml(path: Path):
    await Opened(path).change(enabled=False, scrobble_threshold=90)
    again = Opened(path)
    assert (again.rules.enabled, again.rules.scrobble_threshold) == (False, 90)
    assert (again.rules.minimum_seconds, again.rules.deny) == (20.0, ("vlc",))


async def test_changes_add_up(path: Path):
    settings = Opened(path)
    await settings.change(enabled=False)
    await settings.change(scrobble_threshold=90)
    await settings.change(enabled=True)
    assert load_settings(path) == {"enabled": True, "scrobble_threshold": 90}
    assert [(rules.enabled, rules.scrobble_threshold) for rules in settings.told] == [
        (False, 60),
        (False, 90),
        (True, 90),
    ]


async def test_change_that_can_not_be_written_is_not_in_force(path: Path):
    settings = Opened(path)
    path.mkdir()
    with pytest.raises(StoreFailed, match=r"settings\.toml: can't be written"):
        await settings.change(enabled=False)
    assert settings.rules == CONFIGURED
    assert settings.told == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"volume": 11}, "volume: not a setting; settings are enabled and scrobble_threshold"),
        ({"paused_until": 1.0}, "paused_until: not a setting; "),
        ({"self": True}, "self: not a setting; "),
        ({"enabled": 1}, "enabled: must be a boolean"),
        ({"scrobble_threshold": True}, "scrobble_threshold: must be a whole number"),
        ({"scrobble_threshold": 60, "enabled": "no"}, "enabled: must be a boolean"),
    ],
)
async def test_a_wrong_change_is_named_and_changes_nothing(
    path: Path, values: dict[str, object], words: str
):
    settings = Opened(path)
    with pytest.raises(InvalidArgument, match=f"^{words}"):
        await settings.change(**values)
    assert settings.rules == CONFIGURED
    assert (settings.told, path.exists()) == ([], False)


async def test_a_pause_is_shown_and_a_switch_on_ends_it(path: Path):
    settings = Opened(path)
    await settings.pause(float("inf"))
    assert settings.shown() == {
        "enabled": False,
        "scrobble_threshold": 60,
        "paused_until": -1,
        "private": False,
    }
    assert tomllib.loads(path.read_text()) == {"paused_until": float("inf")}
    await settings.change(enabled=True)
    assert settings.shown()["paused_until"] == 0
    assert tomllib.loads(path.read_text()) == {"enabled": True}


async def test_private_mode_is_a_pause_that_is_kept(path: Path) -> None:
    settings = Opened(path)
    await settings.pause(1800, privately=True)
    assert (settings.rules.private, settings.rules.enabled) == (True, False)
    assert Opened(path).rules.private is True
    await settings.pause(float("inf"))
    assert (settings.is_private, settings.paused_stamp) == (True, -1)
    await settings.resume()
    assert settings.is_private is False
    await settings.pause(1800)
    assert (settings.is_private, settings.rules.paused) == (False, True)


@pytest.mark.parametrize("ends", ["resume", "switch", "time"])
async def test_private_mode_ends_as_a_pause_does(path: Path, ends: str) -> None:
    wall = [1_790_000_000.0]
    source = ConfigSource(config(path.parent, rules=CONFIGURED))
    settings = RuntimeSettings(source, lambda _: None, lambda: wall[0], lambda: wall[0] - 1e9)
    await settings.pause(1800, privately=True)
    if ends == "resume":
        await settings.resume()
    elif ends == "switch":
        await settings.change(enabled=True)
    else:
        wall[0] += 1801
    assert (settings.is_private, settings.rules.private) == (False, False)
    await settings.pause(1800)
    assert settings.is_private is False


async def test_private_mode_holds_though_no_account_is_on(path: Path) -> None:
    settings = Opened(path)
    await settings.switch("lastfm", on=False)
    await settings.pause(1800, privately=True)
    assert settings.rules.private is True


async def test_a_process_beside_the_daemon_sees_private_mode_begin_and_end(path: Path) -> None:
    wall = [1_790_000_000.0]
    switch = PrivateSwitch(path, lambda: wall[0])
    assert switch.is_on() is False
    source = ConfigSource(config(path.parent, rules=CONFIGURED))
    settings = RuntimeSettings(source, lambda _: None, lambda: wall[0], lambda: 500.0)
    await settings.pause(1800, privately=True)
    assert switch.is_on() is True
    wall[0] += 1801
    assert switch.is_on() is False
    await settings.pause(float("inf"), privately=True)
    assert switch.is_on() is True
    await settings.resume()
    assert switch.is_on() is False
    await settings.pause(1800)
    assert switch.is_on() is False
    path.write_text("private = ")
    with pytest.raises(FixTheFile):
        switch.is_on()


@pytest.mark.parametrize("account", ["lastfm", "brainz"])
async def test_an_account_that_is_switched_on_ends_no_pause(path: Path, account: str) -> None:
    settings = Opened(path)
    await settings.switch(account, on=False)
    await settings.pause(float("inf"))
    await settings.switch(account, on=True)
    assert settings.shown()["paused_until"] == -1
    await settings.resume()
    assert settings.is_on(account)


@pytest.mark.parametrize("content", [b"enabled = ", b"enabled = yes", b"\xff\xfe"])
def test_broken_file_must_be_mended(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(FixTheFile, match=r"settings\.toml: .*; mend or remove it"):
        Opened(path)


@pytest.mark.parametrize(
    ("text", "loaded"),
    [
        ("", {}),
        ("enabled = false", {"enabled": False}),
        ("scrobble_threshold = 75", {"scrobble_threshold": 75}),
        ("scrobble_threshold = 7", {"scrobble_threshold": 25}),
        ("scrobble_threshold = 0", {}),
        ("scrobble_threshold = -1", {"scrobble_threshold": 25}),
        ("scrobble_threshold = 700", {"scrobble_threshold": 100}),
        ("enabled = 'no'\nscrobble_threshold = 75", {"scrobble_threshold": 75}),
        ("enabled = 0\nscrobble_threshold = true", {}),
        ("scrobble_threshold = 75.5", {}),
        ("volume = 11\nenabled = true", {"enabled": True}),
        ("paused_until = 1790000000.5", {"paused_until": 1_790_000_000.5}),
        ("paused_until = inf", {"paused_until": float("inf")}),
        ("paused_until = nan", {}),
        ("paused_until = 1e300", {}),
    ],
)
def test_what_makes_no_sense_in_the_file_is_passed_over(
    path: Path, text: str, loaded: dict[str, object]
):
    path.write_text(text)
    assert load_settings(path) == loaded


async def test_other_rules_of_config_toml_are_in_force_and_told(path: Path):
    settings = Opened(path)
    await settings.change(scrobble_threshold=90)
    other = Rules(scrobble_threshold=40, minimum_seconds=10.0)
    settings.source.replace(config(path.parent, rules=other))
    assert settings.rules == replace(other, scrobble_threshold=90)
    assert settings.told[1:] == [settings.rules]


async def test_two_changes_at_once_are_both_kept(path: Path):
    settings = Opened(path)
    await asyncio.gather(settings.change(enabled=False), settings.change(scrobble_threshold=60))
    assert load_settings(path) == {"enabled": False, "scrobble_threshold": 60}


@pytest.mark.parametrize("step", [-86400.0, 0.0, 86400.0])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_pause_ends_on_time_whatever_the_wall_clock_is_set_to(
    path: Path, step: float, restarted: bool
) -> None:
    wall, boot = 1_790_000_000.0, 500.0
    source = ConfigSource(config(path.parent, rules=CONFIGURED))

    def opened() -> RuntimeSettings:
        return RuntimeSettings(source, lambda _: None, lambda: wall, lambda: boot)

    settings = opened()
    await settings.pause(1800)
    if restarted:
        settings = opened()
    wall, boot = wall + step + 1799, boot + 1799
    assert settings.paused_stamp == int(wall + 1)
    assert not settings.rules.enabled
    wall, boot = wall + 2, boot + 2
    assert settings.paused_stamp == 0
    assert settings.rules.enabled


async def test_a_pause_without_an_end_has_none_by_any_clock(path: Path) -> None:
    settings = Opened(path)
    await settings.pause(float("inf"))
    assert Opened(path).paused_stamp == settings.paused_stamp == -1
