"""scrobblerctl history and explain: what was played, and why it was scrobbled or was not."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon_bench import Bench, running
from tests.support.queue_samples import HELD, PLAY, fill
from tests.support.scrobblerctl import HARMLESS, NASTY, QUICK, Stage, document, refused, said

NAMES = {
    *("id", "player", "artist", "title", "album", "start", "length", "heard", "needed"),
    *("verdict", "reason", "code", "detail", "rule"),
}
DAY = 86400


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon with 450 plays, ten a day up to an hour ago; play 450 is an enemy's."""
    with running(tmp_path_factory.mktemp("home"), tables=QUICK) as running_bench:
        now = int(time.time()) - 3600
        for number in range(1, 450):
            put(running_bench, id=number, start=now - (450 - number) * DAY // 10)
        enemy = dict.fromkeys(("artist", "title", "player", "detail"), NASTY)
        put(running_bench, id=450, start=now, verdict="unwanted", reason="other", **enemy)
        yield running_bench


def put(bench: Bench, **values: Any) -> None:
    """A play of the past."""
    play = {
        "key": f"k{values['id']}",
        "player": "mpv",
        "artist": "Mira Holt",
        "title": "Fern",
        "album": "",
        "album_artist": "",
        "length": 215.0,
        "boot_id": "b",
        "boot_seconds": 1.0,
        "heard": 120.0,
        "needed": 107.5,
        "verdict": "counted",
        "reason": "heard",
        **values,
    }
    with closing(sqlite3.connect(bench.daemon.database)) as database, database:
        places = ", ".join("?" * len(play))
        names = ", ".join(play)
        database.execute(f"INSERT INTO plays ({names}) VALUES ({places})", list(play.values()))


def listed(bench: Bench, *arguments: str) -> list[int]:
    """The plays that are listed, as text and as JSON."""
    found = [one["id"] for one in document(bench, "history", *arguments)]
    lines = said(bench, "history", *arguments).splitlines()
    assert [int(line.split()[0]) for line in lines[1:]] == found
    return found


# -- history --------------------------------------------------------------------------------------


def test_history_shows_the_newest_plays_with_their_verdicts(bench: Bench) -> None:
    heading, _enemy, *lines = said(bench, "history").splitlines()
    assert heading.split() == ["PLAY", "WHEN", "PLAYER", "HEARD", "VERDICT", "TRACK"]
    assert len(lines) == 19
    assert lines[0].split()[-5:] == ["counted", "Fern", "by", "Mira", "Holt"]
    assert "2:00/3:35" in lines[0]
    found = document(bench, "history")
    assert len(found) == 20
    assert found[1].keys() == NAMES
    assert (found[1]["id"], found[1]["heard"], found[1]["reason"]) == (
        449,
        120.0,
        "heard 120 s of 215 s, needed 108 s",
    )


def test_history_lists_as_many_as_are_asked_for(bench: Bench) -> None:
    assert listed(bench, "-n", "1") == [450]
    assert listed(bench, "-n", "201") == list(range(450, 249, -1))
    assert listed(bench, "-n", "0") == list(range(450, 0, -1))


def test_history_begins_where_asked(bench: Bench) -> None:
    assert len(listed(bench, "--since", "30d")) == 300
    assert len(listed(bench, "--since", "5d", "-n", "3")) == 3
    assert said(bench, "history", "--since", "9999-12-31") == "No plays since then\n"
    assert document(bench, "history", "--since", "9999-12-31") == []


def test_a_play_that_ended_long_after_its_start_hides_none(bench: Bench) -> None:
    put(bench, id=451, start=int(time.time()) - 40 * DAY)
    try:
        assert listed(bench, "--since", "5d", "-n", "3") == [450, 449, 448]
        assert len(listed(bench, "--since", "30d")) == 300
    finally:
        with closing(sqlite3.connect(bench.daemon.database)) as database, database:
            database.execute("DELETE FROM plays WHERE id = 451")


def test_an_enemys_play_is_shown_as_it_is(bench: Bench) -> None:
    shown = said(bench, "history", "-n", "1")
    assert shown.count("\n") == 2
    assert shown.count(HARMLESS) == 4
    assert document(bench, "history", "-n", "1")[0]["title"] == NASTY
    words = said(bench, "explain", "450")
    assert words.count("\n") == 1
    assert HARMLESS in words
    assert HARMLESS in document(bench, "explain", "450")["words"]


# -- explain --------------------------------------------------------------------------------------


def test_explain_tells_what_became_of_a_play(bench: Bench) -> None:
    words = said(bench, "explain", "7")
    assert words.startswith("Fern by Mira Holt, mpv, ")
    assert (
        ": counted: heard 120 s of 215 s, needed 108 s. Its row in the queue is gone" in words
    )  # never had one
    assert document(bench, "explain", "7") == {"play": 7, "words": words.strip(), "playing": []}


def test_explain_without_a_number_is_about_the_last_play(bench: Bench) -> None:
    assert said(bench, "explain").startswith("450: ")
    assert document(bench, "explain")["play"] == 450


def test_a_play_that_is_not_there_is_refused(bench: Bench) -> None:
    for arguments in (("451",), ("999999999", "--json")):
        words = refused(bench, 1, "explain", *arguments)
        expected = f"there is no play {arguments[0]}; scrobblerctl history lists them"
        assert words == f"scrobblerctl: {expected}\n"


def test_nonsense_is_refused_in_one_line(bench: Bench) -> None:
    for arguments in (
        ("explain", "-1"),
        ("explain", "fern"),
        ("explain", "1", "2"),
        ("explain", "١"),
        ("explain", "9" * 5000),
        ("history", "-n", "-1"),
        ("history", "-n", "1.5"),
        ("history", "-n", ""),
        ("history", "--since", "soon"),
        ("history", "--since", ""),
        ("history", "--since", NASTY),
        ("history", "--since", "9" * 5000),
        ("history", "--since", "2026-13-01"),
        ("history", "--since", "2026"),
        ("history", "--sinc", "today"),
        ("history", NASTY),
    ):
        assert len(refused(bench, 2, *arguments)) < 200


# -- with something playing -----------------------------------------------------------------------


def test_with_nothing_played_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with running(tmp_path, tables=QUICK) as bench:
        assert said(bench, "history") == "No plays yet\n"
        assert document(bench, "history") == []
        assert "nothing was played yet" in refused(bench, 1, "explain")
        assert document(bench, "explain") == {"play": 0, "words": "", "playing": []}
        with Stage(bench) as stage:
            stage.plays(NASTY)
            words = said(bench, "explain")
            assert words.startswith("Now: ")
            assert HARMLESS in words
            [playing] = document(bench, "explain")["playing"]
            assert HARMLESS in playing["title"]
            stage.counts()
            assert "counted" in said(bench, "explain")
            stage.plays("Moss")
            stage.do(stage.player().pause())  # or it counts as well, a second from now
            stage.until(lambda: stage.current()["status"] == "Paused")
            first, second = said(bench, "explain").splitlines()
            assert first.startswith("Now: Moss by Mira Holt on demo: ")
            assert second.startswith("1: ")
            assert HARMLESS in second
            assert [one["verdict"] for one in document(bench, "history")] == ["counted"]


def test_explain_says_what_helps_if_a_play_waits(tmp_path: Path) -> None:
    with running(tmp_path) as bench:
        fill(bench.daemon.database)
        with closing(sqlite3.connect(bench.daemon.database)) as db, db:
            db.execute("UPDATE scrobble_queue SET play_id = ? WHERE id = ?", (PLAY, HELD))
        words = said(bench, "explain", str(PLAY))
        assert words.endswith("scrobblerctl queue claim takes its rows over.\n")
        assert "ClaimQueue" not in words
        said(bench, "logout")
        with closing(sqlite3.connect(bench.daemon.database)) as db, db:
            db.execute("UPDATE scrobble_queue SET state = 'pending' WHERE id = ?", (HELD,))
        words = said(bench, "explain", str(PLAY))
        assert words.endswith("nobody is logged in. Run scrobblerctl login.\n")
