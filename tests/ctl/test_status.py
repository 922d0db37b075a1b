"""scrobblerctl status, watch, doctor: what scrobblerd is doing, at a glance, live, and judged."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from scrobblerd import __version__
from tests.support.daemon_bench import USER, Bench, running
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    Stage,
    document,
    harmless,
    parsed,
    said,
)

PLAYER = ("player", "status", "artist", "title", "album")
QUEUE = {
    *("queued", "held", "rejected", "expired", "expiring", "loves", "oldest", "next_attempt"),
    *(
        "hold_reason",
        "hold_code",
        "last_error",
        "database",
        "requests_today",
        "requests_limit",
        "scrobbles_today",
    ),
    "scrobbles_limit",
}
ALTERNATE, NORMAL, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
"""What a terminal is told to show another page, the first one again, and its cursor."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A daemon for which a play counts after a second, with somebody logged in."""
    with running(tmp_path, tables=QUICK) as running_bench:
        yield running_bench


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon for all tests that leave it as it is, each with a song of its own."""
    with running(tmp_path_factory.mktemp("home"), tables=QUICK) as running_bench:
        yield running_bench


@pytest.fixture
def stage(bench: Bench) -> Iterator[Stage]:
    """What plays."""
    with Stage(bench) as players:
        yield players


def rows(text: str) -> dict[str, str]:
    """What stands beside each label."""
    found = [line.partition(" ") for line in text.splitlines() if not line.startswith(" ")]
    return {label: rest.strip() for label, _, rest in found}


# -- status ---------------------------------------------------------------------------------------


def test_status_tells_of_a_daemon_at_rest(seen: Bench) -> None:
    shown = rows(said(seen, "status"))
    assert shown["scrobblerd"] == __version__
    assert shown["Account"] == f"{USER} at Last.fm"
    assert shown["Scrobbling"].startswith("on")
    assert (shown["Playing"], shown["Queue"]) == ("nothing", "empty")
    assert shown["Today"] == "0 of 2,800 scrobbles, 0 of 333 requests"
    found = document(seen, "status")
    assert found.keys() == {"version", "status", "settings", "players", "queue", "last_import"}
    assert (found["version"], found["players"]) == (__version__, [])
    assert found["settings"]["username"] == USER
    assert found["queue"].keys() == QUEUE


def test_status_tells_what_plays_and_how_much_was_heard(bench: Bench, stage: Stage) -> None:
    stage.plays("Fern", "Mira Holt", "Tidewater")
    shown = said(bench, "status")
    assert rows(shown)["demo"] == "Fern by Mira Holt (Tidewater)"
    assert "█" in shown or "·" in shown
    stage.counts()
    assert "counted" in said(bench, "status")
    [player] = document(bench, "status")["players"]
    assert player.keys() == {
        *PLAYER,
        "start",
        "length",
        "needed",
        "heard",
        "rate",
        "verdict",
        "reason",
        "code",
        "detail",
        "rule",
    }
    assert [player[name] for name in PLAYER] == [
        "demo",
        "Playing",
        "Mira Holt",
        "Fern",
        "Tidewater",
    ]
    assert (player["length"], player["needed"], player["verdict"]) == (1000.0, 1.0, "counted")
    assert 1.0 <= player["heard"] <= 1000.0
    stage.do(stage.player().pause())
    stage.until(lambda: stage.current()["status"] == "Paused")
    assert rows(said(bench, "status"))["demo"].endswith(", paused")
    stage.plays(NASTY, NASTY, NASTY + "y" * 1000)
    assert said(bench, "status").count(HARMLESS) == 3
    assert HARMLESS in document(bench, "status")["players"][0]["title"]
    stage.plays("y" * 1000)
    assert "yyy… by Mira Holt" in said(bench, "status")
    assert document(bench, "status")["players"][0]["title"] == "y" * 1000


def test_what_stands_in_the_way_is_told(bench: Bench, stage: Stage) -> None:
    bench.lastfm.outage = Behaviour.error(8, NASTY)
    for age in (900, 600):
        stage.scrobble(age)
    stage.call("Love", "ss", "Mira Holt", "Fern")
    shown = said(bench, "status")
    assert rows(shown)["Queue"] == "2 waiting, 1 love waiting"
    assert "Last error" in shown
    assert "Next try" in shown
    assert HARMLESS in shown
    found = document(bench, "status")["queue"]
    assert (found["queued"], found["loves"]) == (2, 1)
    assert HARMLESS in found["last_error"]


def test_what_was_refused_and_what_is_held_is_told(bench: Bench, stage: Stage) -> None:
    bench.lastfm.misbehave(Behaviour.ignores({0: (1, "Artist was ignored")}))
    assert stage.scrobble(900) == "rejected"
    assert rows(said(bench, "status"))["Queue"] == "1 rejected"
    bench.lastfm.misbehave(Behaviour.too_many_scrobbles())
    assert stage.scrobble(600) == "queued"
    shown = rows(said(bench, "status"))
    assert shown["Queue"] == "1 waiting, 1 rejected"
    assert "Too many scrobbles" in shown["Held"]


def test_status_tells_what_is_switched_off_and_how_to_switch_it_on(seen: Bench) -> None:
    said(seen, "settings", "enabled", "off")
    assert rows(said(seen, "status"))["Scrobbling"] == "off: scrobblerctl settings enabled on"
    said(seen, "settings", "enabled", "on")
    said(seen, "pause")
    assert rows(said(seen, "status"))["Scrobbling"].endswith(": scrobblerctl resume")
    said(seen, "pause", "1w")
    assert "paused until 2" in rows(said(seen, "status"))["Scrobbling"]
    said(seen, "resume")


def test_a_login_that_has_expired_is_told(bench: Bench, stage: Stage) -> None:
    for key in bench.lastfm.sessions:
        bench.lastfm.revoke(key)
    stage.scrobble()
    account = rows(said(bench, "status"))["Account"]
    assert account == f"the login of {USER} has expired: scrobblerctl login"
    said(bench, "logout")
    account = rows(said(bench, "status"))["Account"]
    assert account == "nobody is logged in: scrobblerctl login"


# -- watch ----------------------------------------------------------------------------------------


def test_watch_says_what_changes_line_by_line(bench: Bench, stage: Stage) -> None:
    with Running(bench, "watch", columns=None) as watch:
        watch.expect("Nothing is playing")
        stage.plays("Fern")
        watch.expect("Playing Fern by Mira Holt")
        watch.expect("sent: Fern by Mira Holt")
        stage.scrobble(track=NASTY, artist=NASTY)
        watch.expect("sent: ")
        watch.expect("\n")
        assert bench.daemon.stop() == 0
        watch.expect("scrobblerd is not running\n")
        bench.daemon.start()
        watch.expect("logged in as")
        watch.process.send_signal(signal.SIGINT)
        assert watch.ended() == 0
        harmless(watch.heard)


def test_watch_writes_a_document_a_line(bench: Bench, stage: Stage) -> None:
    with Running(bench, "watch", "--json", columns=None) as watch:
        watch.expect("}\n")
        stage.plays(NASTY)
        watch.expect("}\n")
        bench.daemon.stop()
        watch.expect("null\n")
        bench.daemon.start()
        watch.expect("}\n")
        watch.process.send_signal(signal.SIGTERM)
        assert watch.ended() == 143
    found = [parsed(line) for line in watch.heard.splitlines()]
    assert None in found
    titles = [[one["title"] for one in each["players"]] for each in found if each]
    assert titles[0] == []
    assert any(HARMLESS in title for each in titles for title in each)


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_watch_draws_on_a_page_of_its_own_and_leaves_the_terminal_as_it_was(
    bench: Bench, stage: Stage, how: str
) -> None:
    with Running(bench, "watch") as watch:
        watch.expect(ALTERNATE)
        watch.expect("Ctrl-C ends this")
        stage.plays("Fern")
        watch.expect("Fern by Mira Holt")
        watch.expect("sent")
        bench.daemon.stop()
        watch.expect("scrobblerd is not running")
        bench.daemon.start()
        watch.expect(f"{USER}")
        if how == "Ctrl-C":
            watch.press("^C")
        else:
            watch.process.send_signal(signal.SIGTERM)
        assert watch.ended() == (0 if how == "Ctrl-C" else 143)
        assert watch.heard.index(ALTERNATE) < watch.heard.rindex(NORMAL)
        assert watch.heard.rindex(CURSOR) > watch.heard.index(ALTERNATE)
        assert "\x1b[31mRed" not in watch.heard


def test_watch_waits_for_a_daemon_that_is_not_there(bench: Bench) -> None:
    bench.daemon.stop()
    with Running(bench, "watch", columns=None) as watch:
        watch.expect("scrobblerd is not running\n")
        bench.daemon.start()
        watch.expect("Nothing is playing")


def test_watch_ends_with_the_bus(bench: Bench) -> None:
    with Running(bench, "watch") as watch:
        watch.expect("Ctrl-C ends this")
        bench.bus.stop()
        watch.expect("scrobblerctl: the session bus has gone\n")
        assert watch.ended() == 3


# -- doctor ---------------------------------------------------------------------------------------

CHECKS = [
    *("bus", "name", "version", "keys", "login", "server", "queue", "players", "database"),
    *("disk", "clock", "unit", "library"),
]


def service_file(folder: Path) -> Path:
    """A folder with a D-Bus service file by which a bus could start the daemon."""
    folder.mkdir()
    words = "[D-BUS Service]\nName=org.scrobblerd.Scrobbler1\nExec=/bin/false\n"
    (folder / "org.scrobblerd.Scrobbler1.service").write_text(words)
    return folder


def test_doctor_finds_a_healthy_daemon_well(tmp_path: Path) -> None:
    services = service_file(tmp_path / "services")
    with PrivateBus([services]) as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, tmp_path / "home")
        daemon.login(lastfm)
        with daemon:
            bench = Bench(bus, lastfm, daemon)
            words = said(bench, "doctor")
            found = document(bench, "doctor")
    assert [line.split()[1] for line in words.splitlines()] == CHECKS
    assert {line.split()[0] for line in words.splitlines()} == {"well"}
    assert [one["check"] for one in found] == CHECKS
    assert all(one.keys() == {"check", "ok", "message", "remedy"} for one in found)


def test_doctor_says_what_to_do_in_words_of_this_command(bench: Bench, stage: Stage) -> None:
    bench.lastfm.stop()
    stage.scrobble()
    assert "scrobblerctl queue retry" in said(bench, "doctor", status=1)
    said(bench, "logout")
    words = said(bench, "doctor", status=1)
    ill = {line.split()[1]: line for line in words.splitlines() if line.startswith("mend")}
    assert {"name", "login", "server"} <= ill.keys()
    assert "scrobblerctl login" in ill["login"]
    assert "plays are kept until there is a login" in words
    members = ("GetAuthUrl", "CompleteAuth", "RetryQueue", "ListQueue")
    assert not [member for member in members if member in words]
    found = {one["check"]: one for one in document(bench, "doctor", status=1)}
    assert found["server"]["ok"] is False
    assert all(one["remedy"] for one in found.values() if not one["ok"])


def test_doctor_knows_what_to_do_about_a_key_that_is_not_taken(bench: Bench, stage: Stage) -> None:
    bench.lastfm.misbehave(Behaviour.error(10), method="track.scrobble")
    stage.scrobble()
    found = {one["check"]: one for one in document(bench, "doctor", status=1)}
    assert "error 10" in found["keys"]["message"]
    assert "scrobblerctl login --new-key" in found["keys"]["remedy"]
    assert "queue retry" not in found["queue"]["remedy"]
    bench.lastfm.misbehave(Behaviour.error(2), method="track.scrobble")
    said(bench, "queue", "retry", status=1)
    found = {one["check"]: one for one in document(bench, "doctor", status=1)}
    assert found["keys"]["ok"]  # the program is at fault


def test_doctor_tells_that_nothing_runs(bench: Bench) -> None:
    bench.daemon.stop()
    words = said(bench, "doctor", status=3)
    assert words.splitlines()[1].startswith("mend  name")
    found = document(bench, "doctor", status=3)
    assert [(one["check"], one["ok"]) for one in found] == [("bus", True), ("name", False)]


def test_doctor_shows_no_secret(seen: Bench) -> None:
    shown = json.dumps(document(seen, "doctor", status=1))
    assert not [secret for secret in (API_KEY, API_SECRET) if secret in shown]
