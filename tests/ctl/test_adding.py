"""scrobblerctl scrobble: a play by hand, with the real command on a real bus."""

import time
from datetime import datetime, timedelta

import pytest

from tests.support.ctl_accounts import Home
from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import Stage, document, refused, said
from tests.support.waiting import until

FERN = ("scrobble", "Mira Holt", "Fern")


def test_a_play_by_hand_is_in_the_history_and_sent(bench: Bench) -> None:
    words = said(bench, *FERN, "--album", "Understorey", "--at", "10m", "--duration", "4:01")
    assert words == "Added to your history as play 1\nlastfm: to be sent\n"
    assert bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
    [sent] = bench.lastfm.scrobbles
    assert (sent.artist, sent.track, sent.album) == ("Mira Holt", "Fern", "Understorey")
    assert abs(sent.timestamp - (time.time() - 600)) < 60
    until(lambda: document(bench, "history")[0]["result"] == {"lastfm": "sent"})
    [play] = document(bench, "history")
    assert (play["verdict"], play["code"], play["length"]) == ("counted", "by_hand", 241)
    assert "counted: scrobbled by hand. Sent to quiet_otter" in said(bench, "explain", "1")
    assert document(bench, "stats")["counted"] == 1


def test_the_same_play_is_there_once(bench: Bench) -> None:
    at = ("--at", f"{datetime.now() - timedelta(hours=1):%Y-%m-%d %H:%M}")
    assert document(bench, *FERN, *at)["is_new"] is True
    again = document(bench, *FERN, *at)
    assert (again["play"], again["is_new"]) == (1, False)
    assert said(bench, *FERN, *at).startswith("That play is already in your history as play 1\n")
    assert len(document(bench, "history")) == 1


@pytest.mark.parametrize("at", ["-10m", "10m", "yesterday 20:15"])
def test_when_it_began_is_said_as_elsewhere(bench: Bench, at: str) -> None:
    said(bench, *FERN, "--at", at)
    [play] = document(bench, "history")
    expected = time.time() - 600
    if at == "yesterday 20:15":
        yesterday = datetime.now() - timedelta(days=1)
        expected = yesterday.replace(hour=20, minute=15, second=0).timestamp()
    assert abs(play["start"] - expected) < 60


def test_how_much_was_heard_is_not_invented(bench: Bench) -> None:
    said(bench, "scrobble", "Mira Holt", "Moss")
    assert "0:00" not in said(bench, "history")


def test_without_a_time_it_began_just_now(bench: Bench) -> None:
    said(bench, *FERN)
    assert abs(document(bench, "history")[0]["start"] - time.time()) < 60


def test_what_plays_now_is_not_added_beside_itself(bench: Bench) -> None:
    with Stage(bench) as stage:
        stage.plays("Fern")
        for names in (FERN, ("scrobble", "MIRA  HOLT", "fern")):
            words = refused(bench, 1, *names)
            assert "has not ended, and counts by itself when enough was heard" in words
            assert "--at is for a play before this one" in words
        assert document(bench, *FERN, "--at", "2h")["is_new"] is True
        assert document(bench, "scrobble", "Mira Holt", "Moss")["is_new"] is True
        stage.call("Skip", "s", "")
        assert document(bench, *FERN)["is_new"] is True
    assert len(bench.daemon.rows("SELECT 1 FROM plays WHERE verdict = 'counted'")) == 3


def test_what_is_too_old_is_only_in_the_history(bench: Bench) -> None:
    words = said(bench, *FERN, "--at", "30d", status=1)
    assert words == "Added to your history as play 1\nlastfm: too old: not taken any more\n"
    answer = document(bench, "scrobble", "Mira Holt", "Moss", "--at", "30d", status=1)
    assert answer == {
        "play": 2,
        "is_new": True,
        "accounts": [{"account": "lastfm", "state": "too_old"}],
    }
    assert len(document(bench, "history")) == 2
    assert document(bench, "queue") == []


def test_while_scrobbling_is_paused_only_a_named_account_gets_it(bench: Bench) -> None:
    said(bench, "pause")
    assert "is sent nowhere; --account NAME sends it" in said(bench, *FERN)
    assert document(bench, *FERN, "--account", "lastfm")["accounts"] != []


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--at", "2100-01-01"), 2, "is no moment"),
        (("--at", "2100-01-01 00:00"), 2, "lies in the future; --at is when the play began"),
        (("--at", "yesterday"), 2, "is no moment; write 20:15, yesterday 20:15, 2026-"),
        (("--at", "soon"), 2, "is no moment; write 20:15, yesterday 20:15, 2026-"),
        (("--duration", "long"), 2, "is no duration"),
        (("--account", "nowhere"), 1, "there is no account 'nowhere'; there are lastfm"),
        (("--album", "a\nb"), 1, "album: must have no control characters"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    bench: Bench, arguments: tuple[str, ...], status: int, why: str
) -> None:
    assert why in refused(bench, status, *FERN, *arguments)
    assert document(bench, "history") == []


def test_a_name_that_is_missing_is_asked_for(bench: Bench) -> None:
    assert "title: must not be empty" in refused(bench, 1, "scrobble", "Mira Holt", "")
    assert "the following arguments are required: TITLE" in refused(bench, 2, "scrobble", "Mira")


def test_a_play_goes_to_the_accounts_that_are_on_or_named(home: Home) -> None:
    home.log_in()
    said(home.bench, "disable", "second")
    states = document(home.bench, *FERN)["accounts"]
    assert {each["account"] for each in states} == {"lastfm", "brainz"}
    only = document(home.bench, "scrobble", "Mira Holt", "Moss", "--account", "brainz")
    assert [each["account"] for each in only["accounts"]] == ["brainz"]
