"""scrobblerctl backfill, and what login, status, accounts and doctor say of one."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.behaviour import Behaviour
from lab.lastfm_service import Scrobble as Stored
from tests.support.account_servers import SERVERS, AccountServer
from tests.support.ctl_accounts import Home, lines_of
from tests.support.daemon_bench import USER, Bench, running
from tests.support.rows import put
from tests.support.scrobblerctl import QUICK, Running, ctl, document, refused, said
from tests.support.waiting import until

DAEMON = {"tables": QUICK}
HOUR = 3600
LISTENS = "user/quiet_otter/listens"


def heard(bench: Bench, count: int, **values: Any) -> list[int]:
    """Puts so many plays into the history, one an hour. Returns their starts."""
    first = int(time.time()) - (count + 20) * HOUR
    starts = [first + HOUR * number for number in range(count)]
    plays = ({"title": f"Track {n}", "start": start} for n, start in enumerate(starts))
    put(bench.daemon.database, "plays", *({**play, **values} for play in plays))
    return starts


def test_a_trial_tells_what_would_be_sent(bench: Bench) -> None:
    starts = heard(bench, 250)
    heard(bench, 1, title="Old", start=int(time.time()) - 20 * 24 * HOUR)
    bench.lastfm.scrobbles += [
        Stored(USER, "Mira Holt", f"Track {n}", starts[n]) for n in range(30)
    ]
    words = said(bench, "backfill", "lastfm", "--dry-run")
    assert words.splitlines() == [
        "220  would be sent",
        "30   Last.fm has already",
        "1    is too old for Last.fm",
        "That takes 2 days at most, with 200 plays a day.",
    ]
    assert document(bench, "backfill", "lastfm", "--dry-run", "--per-day", "50") == {
        "plays": 251,
        "queued": 220,
        "there": 30,
        "left_out": 0,
        "too_old": 1,
        "per_day": 50,
        "days": 5,
    }
    assert len(bench.lastfm.scrobbles) == 30
    few = document(bench, "backfill", "lastfm", "--dry-run", "--since", "30h")
    assert few["plays"] in (9, 10)


def test_what_the_service_had_already_is_said_so(bench: Bench) -> None:
    starts = heard(bench, 2)
    bench.lastfm.scrobbles.append(Stored(USER, "Mira Holt", "Track 0", starts[0]))
    said(bench, "backfill", "lastfm")
    assert bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 2)
    until(lambda: document(bench, "status")["backfill"] == 0)
    plays = {play["title"]: play for play in document(bench, "history")}
    assert plays["Track 0"]["result"] == {"lastfm": "was there"}
    assert plays["Track 1"]["result"] == {"lastfm": "sent"}
    number = str(plays["Track 0"]["id"])
    assert "; not sent: it was there already." in said(bench, "explain", number)
    missing = ("history", "--account", "lastfm", "--only", "missing")
    assert said(bench, *missing) == "No such plays\n"


def test_history_is_sent_once_and_what_is_left_is_shown(bench: Bench) -> None:
    starts = heard(bench, 90)
    words = said(bench, "backfill", "lastfm", "--per-day", "50")
    assert words.startswith("90 plays are sent to lastfm, behind what you play; those that it has")
    assert "2 days at most, with 50 plays a day" in words
    assert bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 50)
    until(lambda: document(bench, "status")["backfill"] == 40)
    assert lines_of(said(bench, "status"))["Backfill"] == "40 plays left"
    assert "40 left of a backfill" in said(bench, "accounts")
    assert "40 left of a backfill" in said(bench, "status", "--account", "lastfm")
    assert "40 plays are left of a backfill to Last.fm" in said(bench, "doctor", status=1)
    assert "a backfill of lastfm is under way" in refused(bench, 1, "backfill", "lastfm")
    said(bench, "backfill", "lastfm", "--cancel")
    assert document(bench, "status")["backfill"] == 0
    said(bench, "backfill", "lastfm")
    assert bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 90)
    assert [each.timestamp for each in bench.lastfm.scrobbles] == starts
    until(lambda: document(bench, "status")["backfill"] == 0)
    assert "lacks no play that it takes" in said(bench, "backfill", "lastfm")


@pytest.fixture
def tried(home: Home) -> Home:
    """A backfill of 120 plays to ListenBrainz. A first try at 100 of them has failed, and nobody
    knows what arrived."""
    home.log_in()
    heard(home.bench, 120)
    home.brainz.misbehave(*[Behaviour.html(502)] * 99, method="submit-listens")
    said(home.bench, "backfill", "brainz")
    retried = "SELECT 1 FROM scrobble_queue WHERE retry_count > 0 AND reason = 'failed'"
    until(lambda: len(home.bench.daemon.rows(retried)) == 100)
    return home


def test_what_still_waits_is_taken_back(tried: Home) -> None:
    rows = document(tried.bench, "queue", "--account", "brainz", "-n", "0")
    assert (len(rows), {row["origin"] for row in rows}) == (120, {"backfill"})
    assert "of a backfill" in said(tried.bench, "queue", "--account", "brainz")
    words = said(tried.bench, "backfill", "brainz", "--cancel")
    assert words.splitlines()[:2] == [
        "The backfill of brainz has ended; what was sent stays there",
        "20 plays are taken back",
    ]
    assert "there is no backfill of brainz" in refused(
        tried.bench, 1, "backfill", "brainz", "--cancel"
    )


def test_what_may_have_arrived_is_not_taken_back_and_that_is_told(tried: Home) -> None:
    words = said(tried.bench, "backfill", "brainz", "--cancel")
    assert words.splitlines()[2:] == [
        "100 plays were tried, and may have arrived: sent again all the same; see scrobblerctl"
        " queue --account brainz"
    ]
    tried.brainz.behave()
    said(tried.bench, "queue", "retry")
    assert tried.brainz.wait_for(lambda seen: len(seen.titles()) == 100)
    said(tried.bench, "backfill", "brainz")
    assert tried.brainz.wait_for(lambda seen: len(seen.titles()) == 120)
    assert len(set(tried.brainz.titles())) == 120


def test_a_script_is_told_what_is_taken_back(tried: Home) -> None:
    ended = document(tried.bench, "backfill", "brainz", "--cancel")
    assert ended == {"removed": 20, "kept": 100}


def test_a_service_that_could_not_be_read_is_asked_at_once_by_queue_retry(home: Home) -> None:
    home.log_in()
    heard(home.bench, 3)
    home.brainz.misbehave(*[Behaviour.html(400)] * 99, method=LISTENS)
    said(home.bench, "backfill", "brainz")
    until(lambda: "the backfill of brainz waits" in home.bench.daemon.log)
    home.brainz.behave()
    said(home.bench, "queue", "retry")
    assert home.brainz.wait_for(lambda seen: len(seen.titles()) == 3, timeout=10)


# -- services that can't be read ------------------------------------------------------------------


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[tuple[Bench, AccountServer]]:
    """A daemon with an account at a server that shows nothing."""
    with SERVERS["multi-scrobbler"]() as server:
        tables = {**QUICK, "accounts": {"multi": server.table}}
        with running(tmp_path, tables=tables, start=False) as bench:
            server.log_in(bench.daemon, "multi")
            bench.daemon.start()
            yield bench, server


def test_a_service_that_shows_nothing_needs_a_yes(silent: tuple[Bench, AccountServer]) -> None:
    bench, server = silent
    heard(bench, 3)
    words = refused(bench, 1, "backfill", "multi")
    assert "does not show which plays it has" in words
    assert words.rstrip().endswith("--yes goes on all the same")
    with Running(bench, "backfill", "multi") as command:
        command.expect("Go on all the same? [y/N] ")
        command.press("n")
        command.expect("nothing was sent")
        assert command.ended() == 1
    assert document(bench, "backfill", "multi", "--dry-run", "--yes")["queued"] == 3
    with Running(bench, "backfill", "multi") as command:
        command.expect("Go on all the same? [y/N] ")
        command.press("y")
        command.expect("3 plays are sent to multi")
        assert command.ended() == 0
    until(lambda: len(server.plays) == 3)


def test_an_account_that_is_not_there_or_not_logged_in_is_an_error(home: Home) -> None:
    assert "there are lastfm, second, brainz" in refused(home.bench, 1, "backfill", "third")
    assert "at least one" in refused(home.bench, 2, "backfill", "brainz", "--per-day", "0")
    words = refused(home.bench, 4, "backfill", "brainz")
    assert words.rstrip().endswith("run scrobblerctl login brainz")


# -- a login offers it ----------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["y", ""])
def test_a_login_asks_whether_the_last_days_are_sent_too(home: Home, answer: str) -> None:
    heard(home.bench, 5)
    heard(home.bench, 1, title="Old", start=int(time.time()) - 40 * 24 * HOUR)
    with Running(home.bench, "login", "brainz", "--no-browser") as login:
        login.expect("Token: ")
        login.press(home.token)
        login.expect("5 plays of the last 30 days that brainz did not get from here")
        login.expect("there twice")
        login.expect("[y/N] ")
        login.press(answer)
        if answer:
            login.expect("5 plays are sent to brainz")
        else:
            login.expect("scrobblerctl backfill brainz --since 30d sends them later")
        assert login.ended() == 0
    if answer:
        assert home.brainz.wait_for(lambda seen: len(seen.titles()) == 5)
    else:
        assert document(home.bench, "queue") == []


def test_a_login_in_a_script_names_the_command(home: Home) -> None:
    heard(home.bench, 5)
    ended = ctl(home.bench, "login", "brainz", given=home.token)
    assert ended.returncode == 0
    assert ended.stderr.splitlines() == [
        "scrobblerctl backfill brainz --since 30d sends 5 plays of the last 30 days there, too"
    ]
