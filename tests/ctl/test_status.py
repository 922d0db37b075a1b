"""scrobblerctl status: what scrobblerd is doing, at a glance."""

import re

from lab.lastfm import Behaviour
from scrobblerd import __version__
from scrobblerd.core.submission import RowReason
from tests.support.daemon_bench import USER, Bench
from tests.support.queue_samples import OTHER, fill
from tests.support.rows import put
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    Stage,
    document,
    said,
)

PLAYER = ("player", "status", "artist", "title", "album")
QUEUE = {
    *("queued", "held", "rejected", "expired", "expiring", "loves", "oldest", "next_attempt"),
    *("hold_reason", "hold_code", "last_error", "database", "requests_today", "requests_limit"),
    *("scrobbles_today", "scrobbles_limit"),
}
DAEMON = {"tables": QUICK}
"""A play counts after a second. `shared` is for tests that leave it as it is."""


HELD_ROW = {"username": "third", "state": "held", "reason": RowReason.OTHER_USER, "track": "Moss"}
"""A play that is held for one more user."""


def rows(text: str) -> dict[str, str]:
    """What stands beside each label."""
    found = [line.partition(" ") for line in text.splitlines() if not line.startswith(" ")]
    return {label: rest.strip() for label, _, rest in found}


def test_status_tells_of_a_daemon_at_rest(shared: Bench) -> None:
    shown = rows(said(shared, "status"))
    assert shown["scrobblerd"] == __version__
    assert shown["Account"] == f"{USER} at Last.fm"
    assert shown["Scrobbling"].startswith("on")
    assert (shown["Playing"], shown["Queue"]) == ("nothing", "empty")
    assert shown["Today"] == "0 of 2,800 scrobbles, 0 of 333 requests"
    found = document(shared, "status")
    assert found.keys() == {
        *("version", "status", "settings", "players", "queue", "backfill", "last_import", "to_do")
    }
    assert found["to_do"] == []
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
        *(*PLAYER, "start", "length", "needed", "heard", "rate"),
        *("verdict", "reason", "code", "detail", "rule", "loved"),
    }
    values = [player[name] for name in PLAYER]
    assert values == ["demo", "Playing", "Mira Holt", "Fern", "Tidewater"]
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
    assert "Too many scrobbles" in shown["Waiting"]
    assert "Held" not in shown
    assert shown["To"] == "do       1 play was rejected: scrobblerctl queue --state rejected"


def test_status_names_plays_that_wait_for_the_user(bench: Bench) -> None:
    fill(bench.daemon.database)
    held, rejected = re.findall(r"^To do +(.*)$", said(bench, "status"), re.M)
    assert held == f"1 play of another user is held: scrobblerctl queue claim {OTHER}"
    assert rejected == "1 play was rejected: scrobblerctl queue --state rejected"
    first, second = document(bench, "status")["to_do"]
    assert first == {
        "state": "held",
        "plays": 1,
        "accounts": ["lastfm"],
        "command": f"scrobblerctl queue claim {OTHER}",
    }
    assert second["state"] == "rejected"
    of_account = said(bench, "status", "--account", "lastfm")
    assert re.findall(r"^To do +(.*)$", of_account, re.M) == [held, rejected]
    bench.daemon.change("UPDATE scrobble_queue SET username = 'a b' WHERE state = 'held'")
    assert "scrobblerctl queue claim 'a b'" in said(bench, "status")
    put(bench.daemon.database, "scrobble_queue", HELD_ROW)
    held, _ = re.findall(r"^To do +(.*)$", said(bench, "status"), re.M)
    assert held == "2 plays of another user are held: scrobblerctl queue --state held"


def test_status_tells_what_is_switched_off_and_how_to_switch_it_on(shared: Bench) -> None:
    said(shared, "settings", "enabled", "off")
    assert rows(said(shared, "status"))["Scrobbling"] == "off: scrobblerctl settings enabled on"
    said(shared, "settings", "enabled", "on")
    said(shared, "pause")
    assert rows(said(shared, "status"))["Scrobbling"].endswith(": scrobblerctl resume")
    said(shared, "pause", "1w")
    assert "paused until 2" in rows(said(shared, "status"))["Scrobbling"]
    said(shared, "resume")


def test_a_login_that_has_expired_is_told(bench: Bench, stage: Stage) -> None:
    for key in bench.lastfm.sessions:
        bench.lastfm.revoke(key)
    stage.scrobble()
    account = rows(said(bench, "status"))["Account"]
    assert account == f"the login of {USER} has expired: scrobblerctl login"
    said(bench, "logout")
    account = rows(said(bench, "status"))["Account"]
    assert account == "nobody is logged in: scrobblerctl login"
