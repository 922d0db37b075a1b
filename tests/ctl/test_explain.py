"""scrobblerctl explain: what became of a play, and why."""

from tests.support.daemon_bench import Bench
from tests.support.queue_samples import HELD, OTHER, PLAY, fill
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    Stage,
    document,
    refused,
    said,
)

DAEMON = {"tables": QUICK}


def test_explain_tells_what_became_of_a_play(seen: Bench) -> None:
    words = said(seen, "explain", "7")
    assert words.startswith("Fern by Mira Holt, mpv, ")
    assert (
        ": counted: heard 2:00 of 3:35, needed 1:47. Its row in the queue is gone" in words
    )  # never had one
    assert document(seen, "explain", "7") == {"play": 7, "words": words.strip(), "playing": []}


def test_explain_without_a_number_is_about_the_last_play(seen: Bench) -> None:
    assert said(seen, "explain").startswith("450: ")
    assert document(seen, "explain")["play"] == 450


def test_a_play_that_is_not_there_is_refused(seen: Bench) -> None:
    for arguments in (("451",), ("999999999", "--json")):
        words = refused(seen, 1, "explain", *arguments)
        expected = f"there is no play {arguments[0]}; scrobblerctl history lists them"
        assert words == f"scrobblerctl: {expected}\n"


# -- with something playing -----------------------------------------------------------------------


def test_with_nothing_played_there_is_nothing_to_tell(bench: Bench, stage: Stage) -> None:
    assert said(bench, "history") == "No plays yet\n"
    assert document(bench, "history") == []
    assert "nothing was played yet" in refused(bench, 1, "explain")
    assert document(bench, "explain") == {"play": 0, "words": "", "playing": []}
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


def test_explain_says_what_helps_if_a_play_waits(bench: Bench) -> None:
    fill(bench.daemon.database)
    bench.daemon.change("UPDATE scrobble_queue SET play_id = ? WHERE id = ?", PLAY, HELD)
    words = said(bench, "explain", str(PLAY))
    assert words.endswith(f"scrobblerctl queue claim {OTHER} sends it from here.\n")
    assert "ClaimQueue" not in words
    said(bench, "logout")
    bench.daemon.change("UPDATE scrobble_queue SET state = 'pending' WHERE id = ?", HELD)
    words = said(bench, "explain", str(PLAY))
    assert words.endswith("nobody is logged in. Run scrobblerctl login.\n")
