"""scrobblerctl history: what was played, and what became of it."""

import re
import time

import pytest

from tests.support.daemon_bench import Bench
from tests.support.rows import put
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    document,
    refused,
    said,
)

NAMES = {
    *("id", "player", "artist", "title", "album", "start", "length", "heard", "needed"),
    *("verdict", "reason", "code", "detail", "rule", "result", "corrections"),
}
DAY = 86400
DAEMON = {"tables": QUICK}


def listed(seen: Bench, *arguments: str) -> list[int]:
    """The plays that are listed, as text and as JSON."""
    found = [one["id"] for one in document(seen, "history", *arguments)]
    lines = said(seen, "history", *arguments).splitlines()
    assert [int(line.split()[0]) for line in lines[1:]] == found
    return found


# -- history --------------------------------------------------------------------------------------


def test_history_shows_the_newest_plays_with_their_verdicts(seen: Bench) -> None:
    heading, _enemy, *lines = said(seen, "history").splitlines()
    assert heading.split() == ["PLAY", "WHEN", "PLAYER", "HEARD", "RESULT", "TRACK"]
    assert len(lines) == 19
    assert lines[0].split()[-6:] == ["not", "sent", "Fern", "by", "Mira", "Holt"]
    assert "2:00/3:35" in lines[0]
    found = document(seen, "history")
    assert len(found) == 20
    assert found[1].keys() == NAMES
    assert (found[1]["id"], found[1]["heard"], found[1]["reason"]) == (
        449,
        120.0,
        "heard 2:00 of 3:35, needed 1:47",
    )


def test_history_lists_as_many_as_are_asked_for(seen: Bench) -> None:
    assert listed(seen, "-n", "1") == [450]
    assert listed(seen, "-n", "201") == list(range(450, 249, -1))
    assert listed(seen, "-n", "0") == list(range(450, 0, -1))


def test_history_begins_where_asked(seen: Bench) -> None:
    assert len(listed(seen, "--since", "30d")) == 300
    assert len(listed(seen, "--since", "5d", "-n", "3")) == 3
    assert said(seen, "history", "--since", "9999-12-31") == "No plays since then\n"
    assert document(seen, "history", "--since", "9999-12-31") == []


def test_history_is_searched(seen: Bench) -> None:
    assert len(listed(seen, "--artist", "MIRA", "--title", "fern", "-n", "0")) == 449
    assert listed(seen, "--title", "夜の港", "--artist", "🌊") == [450]
    assert listed(seen, "--verdict", "unwanted") == [450]
    several = listed(seen, "--verdict", "unwanted", "--verdict", "counted", "-n", "3")
    assert several == [450, 449, 448]
    day = time.strftime("%Y-%m-%d", time.localtime(time.time() - 10 * DAY))
    assert 8 <= len(listed(seen, "--since", day, "--until", day)) <= 12
    assert listed(seen, "--until", "2d", "-n", "1")[0] < 440
    assert said(seen, "history", "--artist", "nobody") == "No such plays\n"
    assert document(seen, "history", "--artist", "nobody") == []
    words = refused(seen, 2, "history", "--since", "today", "--until", "yesterday")
    assert "--until must be later than --since" in words


def test_a_play_that_ended_long_after_its_start_hides_none(seen: Bench) -> None:
    put(seen.daemon.database, "plays", {"id": 451, "start": int(time.time()) - 40 * DAY})
    try:
        assert listed(seen, "--since", "5d", "-n", "3") == [450, 449, 448]
        assert len(listed(seen, "--since", "30d")) == 300
    finally:
        seen.daemon.change("DELETE FROM plays WHERE id = 451")


def test_an_enemys_play_is_shown_as_it_is(seen: Bench) -> None:
    shown = said(seen, "history", "-n", "1")
    assert shown.count("\n") == 2
    assert shown.count(HARMLESS) == 4
    assert document(seen, "history", "-n", "1")[0]["title"] == NASTY
    words = said(seen, "explain", "450")
    assert words.count("\n") == 1
    assert HARMLESS in words
    assert HARMLESS in document(seen, "explain", "450")["words"]


STATES = {
    1: ("sent", "", "sent"),
    2: ("pending", "", "waiting"),
    3: ("pending", "set_aside", "waiting"),
    4: ("held", "other_account", "held"),
    5: ("rejected", "ignored", "ignored"),
    6: ("rejected", "refused", "rejected"),
    7: ("expired", "too_old", "expired"),
}
"""Plays whose row is in this state, why, and what that is called."""

NOT_COUNTED = {
    8: ("not_heard", "not_heard", "", "heard too little", "heard 0:59 of 1:34 needed"),
    9: ("disabled", "off", "paused", "paused", "scrobbling was paused"),
    10: ("disabled", "off", "off", "off", "scrobbling was switched off"),
    11: ("unwanted", "skipped", "", "skipped", "skipped by you"),
    12: ("unwanted", "title", "live", "filtered", "its title matches 'live' ([filters] x)"),
    13: ("no_tags", "no_artist", "", "no artist", "the player gave no artist"),
}
"""Plays that did not count: verdict, code and detail; what that is called, and why."""


def test_history_says_what_became_of_each_play(bench: Bench) -> None:
    database = bench.daemon.database
    for number, (state, reason, _) in STATES.items():
        put(database, "plays", {"id": number})
        row = {"play_id": number, "track": f"T{number}", "state": state, "reason": reason}
        row["next_attempt"] = 2**32 - 1  # none is sent meanwhile
        put(database, "scrobble_queue", row)
    for number, (verdict, reason, detail, *_) in NOT_COUNTED.items():
        rule = "[filters] x" if reason == "title" else ""
        values = {"verdict": verdict, "reason": reason, "detail": detail, "rule": rule}
        put(database, "plays", {"id": number, "heard": 59.0, "needed": 94.0, **values})
    put(database, "plays", {"id": 14})
    put(database, "outcomes", {"play_id": 14, "outcome": "dropped"})
    _, *lines = said(bench, "history").splitlines()
    shown = {int(cells[0]): cells[4:] for cells in (re.split("  +", line) for line in lines)}
    assert {number: cells[0] for number, cells in shown.items()} == {
        **{number: word for number, (*_, word) in STATES.items()},
        **{number: word for number, (*_, word, _) in NOT_COUNTED.items()},
        14: "dropped",
    }
    for number, (*_, why) in NOT_COUNTED.items():
        assert f" – {why}" in shown[number][1]
    results = {play["id"]: play["result"] for play in document(bench, "history")}
    assert results == {
        **{number: {"lastfm": word} for number, (*_, word) in STATES.items()},
        **{number: {} for number in NOT_COUNTED},
        14: {"lastfm": "dropped"},
    }


@pytest.mark.parametrize("heard", [59.0, 59.04, 59.5, 59.949, 59.96, 93.5, 3599.97])
def test_history_and_explain_never_differ_by_a_second(bench: Bench, heard: float) -> None:
    for verdict in ("counted", "not_heard"):
        values = {"verdict": verdict, "reason": verdict.replace("counted", "heard")}
        values |= {"id": 1, "length": 7300.4, "heard": heard, "needed": 3700.6}
        put(bench.daemon.database, "plays", values)
        line = said(bench, "history").splitlines()[1]
        [(clock, length)] = re.findall(r"([\d:]+)/([\d:]+)", line)
        words = said(bench, "explain", "1")
        assert f"heard {clock} of " in words
        assert length in words
