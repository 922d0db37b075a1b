"""Under a real user manager: stuck, killed, logged out, and asked to read its files again."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.installation import UNIT, Installed
from tests.support.waiting import until

ARTIST, LENGTH = "The Paper Lanterns", 600.0
BLINK = 1.0
"""Seconds of the play that may be missing after a restart."""

LOGOUT = """[Unit]
DefaultDependencies=no
Requires=shutdown.target
After=shutdown.target
"""
"""All that is stopped when the last session ends, in one go; the manager itself stays."""


@pytest.fixture
def short_watchdog(installed: Installed) -> Iterator[None]:
    """A daemon from which nothing was heard for 2 s is stuck."""
    installed.drop_in("watchdog", "[Service]\nWatchdogSec=2s\n")
    installed.restart()
    yield
    installed.drop_in("watchdog", "")
    installed.restart()


@pytest.fixture
def configured(installed: Installed) -> Iterator[Callable[[str], None]]:
    """Writes config.toml, which is gone again after the test."""
    installed.session.systemctl("start", UNIT)
    yield installed.configure
    installed.configure("")
    installed.reload().check_returncode()


@contextmanager
def playing(installed: Installed, title: str) -> Generator[dict[str, Any]]:
    """A player plays this; gives what the daemon hears of it. Each title is for one test alone: a
    player that is back within seconds goes on with the play it was in."""
    with installed.playing(title, ARTIST, LENGTH):
        yield hears(installed, title)


def hears(installed: Installed, title: str) -> dict[str, Any]:
    """What it hears of the player, once it hears this."""
    until(lambda: installed.current().get("title") == title)
    return installed.current()


def newest(installed: Installed) -> dict[str, Any]:
    """The play that ended last."""
    [*plays] = installed.ask("call", "GetHistory", "ux", "1", "0")
    return plays[0] if plays else {}


def restarted(installed: Installed) -> bool:
    return installed.show("NRestarts") == "1" and installed.show("ActiveState") == "active"


# -- it dies --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_watchdog")
@pytest.mark.parametrize(("signal", "result"), [("STOP", "watchdog"), ("KILL", "signal")])
def test_stuck_or_killed_it_is_started_again_and_goes_on_with_the_play(
    installed: Installed, signal: str, result: str
) -> None:
    installed.restart()
    with playing(installed, f"Until {signal}") as before:
        installed.session.systemctl("kill", f"--signal={signal}", UNIT)
        until(lambda: restarted(installed))
        after = hears(installed, f"Until {signal}")
        installed.press("Pause")
        until(lambda: installed.current()["status"] == "Paused")
        heard = installed.current()["heard"]
        assert abs(heard - installed.position()) < BLINK
    assert installed.results[-1] == result
    assert after["start"] == before["start"]
    assert heard > before["heard"]


def test_it_pings_the_watchdog_that_systemd_has_set(
    installed: Installed, short_watchdog: None
) -> None:
    assert installed.show("WatchdogUSec") == "2s"
    first = int(installed.show("WatchdogTimestampMonotonic"))
    until(lambda: int(installed.show("WatchdogTimestampMonotonic")) > first)
    assert installed.show("NRestarts") == "0"


def test_the_status_line_tells_what_plays(installed: Installed) -> None:
    with playing(installed, "Fern"):
        until(lambda: f"Fern by {ARTIST}" in installed.show("StatusText"))
    until(lambda: "Nothing is playing" in installed.show("StatusText"))


def test_at_logout_it_stops_before_the_bus_goes(installed: Installed) -> None:
    installed.session.put(installed.session.drop_ins / "logout.target", LOGOUT)
    installed.session.systemctl("daemon-reload")
    installed.restart()
    with playing(installed, "Last Song") as before:
        installed.session.systemctl("start", "logout.target")
        assert installed.session.show("dbus.service", "ActiveState") == "inactive"
    assert (installed.show("ActiveState"), installed.results[-1]) == ("inactive", "success")
    assert "stopping" in installed.log[-1]
    installed.session.systemctl("stop", "logout.target", "shutdown.target")
    installed.session.systemctl("start", "sockets.target", UNIT)
    until(lambda: newest(installed).get("title") == "Last Song")  # the player has not come back
    assert newest(installed)["start"] == before["start"]
    assert newest(installed)["heard"] >= before["heard"]


# -- it reads its files again ---------------------------------------------------------------------


def answers(installed: Installed) -> dict[str, Any]:
    """What shows which configuration is in force, of each table."""
    track = "a{sv}", "2", "title", "s", "Fern", "artist", "s", "Mira Holt"
    checks = {one["check"]: one["message"] for one in installed.ask("call", "Diagnose")}
    [player] = installed.ask("call", "ListPlayers")
    return {
        "lastfm": installed.ask("call", "GetSettings")["enabled"],
        "lastfm.toml": installed.ask("call", "GetSettings")["configured"],
        "scrobble": installed.ask("get-property", "ScrobbleThreshold"),
        "players": player["wanted"],
        "filters": installed.ask("call", "TestFilter", *track),
        "library": checks["library"],
        "limits": installed.ask("call", "GetQueueStatus")["requests_limit"],
    }


ELSE = """
lastfm.enabled = false
scrobble.scrobble_threshold = 75
players.deny = ["demo"]
filters.ignore_artist = ["Mira Holt"]
library.folders = ["/nonexistent"]
limits.requests_per_day = 1234
log.level = "warning"
"""


def test_reload_takes_up_every_table(
    installed: Installed, configured: Callable[[str], None]
) -> None:
    process = installed.show("MainPID")
    keys = installed.config.with_name("lastfm.toml")
    with playing(installed, "Keys"):
        before = answers(installed)
        configured(ELSE)
        installed.session.put(keys, 'api_key = "k"\napi_secret = "s"\n')
        installed.forget_log()
        installed.reload().check_returncode()
        after = answers(installed)
    assert before | {"lastfm": True, "lastfm.toml": False, "scrobble": 50} == before
    assert {table for table in before if before[table] == after[table]} == set()
    assert after | {"lastfm": False, "scrobble": 75, "players": False, "limits": 1234} == after
    assert installed.log == [], "it logs warnings only"
    assert installed.show("MainPID") == process


def test_a_reload_in_the_middle_of_a_play_goes_on_with_it(
    installed: Installed, configured: Callable[[str], None]
) -> None:
    with playing(installed, "Between") as before:
        configured("[scrobble]\nscrobble_threshold = 25\nsettle_ms = 500\n")
        installed.reload().check_returncode()
        until(lambda: installed.current()["needed"] == 150.0)
        assert installed.current()["start"] == before["start"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("[scrobble]\nscrobble_treshold = 25\n", "did you mean scrobble_threshold?"),
        ("[scrobble\n", "line 1"),
        ("[players]\ndeny = 'kdeconnect'\n", "must be a list of texts"),
    ],
)
def test_a_broken_configuration_is_said_and_the_old_one_stays(
    installed: Installed, configured: Callable[[str], None], broken: str, said: str
) -> None:
    configured("[scrobble]\nscrobble_threshold = 75\n")
    installed.reload().check_returncode()
    process = installed.show("MainPID")
    configured(broken)
    refused = installed.reload()
    assert (refused.returncode, refused.stderr.split()[:2]) == (1, ["Job", "for"])
    assert f"Call failed: {installed.config}: " in installed.log[-1]
    assert said in installed.log[-1]
    status = installed.session.run("systemctl", "--user", "status", UNIT).stdout
    assert "ExecReload=" in status
    assert "status=1/FAILURE" in status
    assert installed.ask("get-property", "ScrobbleThreshold") == 75
    assert (installed.show("ActiveState"), installed.show("MainPID")) == ("active", process)


def test_a_key_that_is_handed_over_as_a_credential_needs_a_restart(installed: Installed) -> None:
    secrets = installed.session.home / ".secrets"
    words = ""
    for name in ("lastfm_api_key", "lastfm_api_secret"):
        installed.session.put(secrets / name, f"{name}\n")
        words += f"LoadCredential={name}:%h/.secrets/{name}\n"
    installed.drop_in("keys", f"[Service]\n{words}")
    installed.reload().check_returncode()
    at_once = installed.ask("call", "GetSettings")["configured"]
    installed.restart()
    later = installed.ask("call", "GetSettings")["configured"]
    installed.session.run("rm", "-r", secrets)
    installed.drop_in("keys", "")
    installed.restart()
    assert (at_once, later) == (False, True)
