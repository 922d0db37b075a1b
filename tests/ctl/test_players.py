"""scrobblerctl players, skip, pause, resume and test-filter: who is listened to, what counts."""

import re
import time

import pytest

from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    Running,
    Stage,
    ctl,
    document,
    refused,
    said,
)

TABLES = {
    "scrobble": {"settle_ms": 50, "minimum_seconds": 30.0, "maximum_seconds": 60.0},
    "players": {"deny": ["browser*"], "patient": {"maximum_seconds": 90}},
    "filters": {"ignore_genres": ["podcast"], "presets": ["live", "remastered"]},
}


DAEMON = {"tables": TABLES}
SHARED = True
"""A daemon for which nothing counts while these tests run, and which ignores browsers."""


# -- players --------------------------------------------------------------------------------------


def test_without_players_that_is_said(bench: Bench) -> None:
    assert said(bench, "players").startswith("No player is on the bus")
    assert document(bench, "players") == []


def test_players_are_listed_with_the_rule_about_them(bench: Bench, stage: Stage) -> None:
    stage.player("browser.instance7", identity=NASTY)
    stage.plays("Fern", name="one")
    heading, *rows = said(bench, "players").splitlines()
    assert heading.split() == ["PLAYER", "NAME", "STATUS", "LISTENED", "TO", "RULE"]
    shown = {row.split()[0]: row for row in rows}
    assert shown["one"].split() == ["one", "Demo", "playing", "yes"]
    assert HARMLESS in shown["browser.instance7"]
    assert shown["browser.instance7"].endswith("no           [players] deny has 'browser*'")
    found = {one["player"]: one for one in document(bench, "players")}
    assert found["one"] == {
        "player": "one",
        "identity": "Demo",
        "desktop_entry": "",
        "status": "Playing",
        "wanted": True,
        "rule": "",
    }
    assert HARMLESS in found["browser.instance7"]["identity"]


# -- skip -----------------------------------------------------------------------------------------


def test_what_plays_is_skipped(bench: Bench, stage: Stage) -> None:
    stage.plays(NASTY, name="two")
    words = said(bench, "skip", "two")
    assert words.startswith("Skipped: ")
    assert HARMLESS in words
    assert words.endswith(" will not be scrobbled\n")
    stage.until(lambda: stage.current("two")["verdict"] == "unwanted")
    refusal = refused(bench, 1, "skip")
    assert "nothing plays that could still be skipped" in refusal
    assert refusal.endswith(" is skipped already\n")
    refusal = refused(bench, 1, "skip", "two")
    assert "'two' plays nothing that could still be skipped: " in refusal
    assert refusal.endswith(" is skipped already\n")
    refusal = refused(bench, 1, "skip", NASTY)
    assert "[red]x[/red]" in refusal
    assert refusal.endswith("; scrobblerctl players lists what plays\n")


def test_all_that_plays_is_skipped(bench: Bench, stage: Stage) -> None:
    stage.plays("Moss", name="three")
    stage.plays("Reed", name="four")
    stage.plays("Moss", name="five")
    assert said(bench, "skip", "--all") == "Skipped: Moss, Reed will not be scrobbled\n"
    words = said(bench, "skip", "--all", "--undo")
    assert words == "Not skipped any more: Moss, Reed counts again\n"


def test_the_one_that_plays_is_skipped_and_counts_again(bench: Bench, stage: Stage) -> None:
    stage.plays("Sedge", name="six")
    stage.plays("Rush", name="seven")
    stage.do(stage.player("six").pause())
    stage.until(lambda: stage.current("six")["status"] == "Paused")
    assert said(bench, "skip") == "Skipped: Rush will not be scrobbled\n"
    assert stage.current("six")["verdict"] == "listening"
    assert said(bench, "skip", "--undo") == "Not skipped any more: Rush counts again\n"
    stage.until(lambda: stage.current("seven")["verdict"] == "listening")
    assert "nothing plays that was skipped" in refused(bench, 1, "skip", "--undo")
    stage.do(stage.player("seven").stop())
    stage.until(lambda: not stage.current("seven"))
    assert refused(bench, 1, "skip").endswith("six is paused: scrobblerctl skip six\n")
    assert said(bench, "skip", "six") == "Skipped: Sedge will not be scrobbled\n"


def test_a_skip_that_has_ended_says_that_it_stays(bench: Bench, stage: Stage) -> None:
    stage.plays("Heath", name="eight")
    said(bench, "skip", "eight")
    stage.plays("Ivy", name="eight")
    for arguments in ((), ("eight",)):
        refusal = refused(bench, 1, "skip", "--undo", *arguments)
        assert refusal.endswith(" that was skipped; what has ended stays skipped\n")


def test_of_several_players_none_is_skipped_unless_it_is_named(bench: Bench, stage: Stage) -> None:
    stage.plays(f"1{NASTY}", name="pair.instance1")
    stage.plays("Birch", name="pair.instance2")
    for arguments in ((), ("pair",)):
        refusal = refused(bench, 2, "skip", *arguments)
        assert "2 players play: pair.instance1 (1" in refusal
        assert "pair.instance2 (Birch by Mira Holt)" in refusal
        assert refusal.endswith("name one of them, or all with --all\n")
    assert {stage.current(f"pair.instance{number}")["verdict"] for number in (1, 2)} == {
        "listening"
    }
    assert said(bench, "skip", "--all", "pair").startswith("Skipped: 1")
    assert "2 players were skipped: " in refused(bench, 2, "skip", "--undo")
    words = said(bench, "skip", "--undo", "pair.instance2")
    assert words == "Not skipped any more: Birch counts again\n"
    stage.until(lambda: stage.current("pair.instance2")["verdict"] == "listening")
    assert said(bench, "skip", "--undo").startswith("Not skipped any more: 1")


def test_of_several_players_the_only_one_that_may_still_count_is_skipped(
    bench: Bench, stage: Stage
) -> None:
    stage.plays("Kelp", name="done.instance1")
    said(bench, "skip", "done.instance1")
    stage.until(lambda: stage.current("done.instance1")["verdict"] == "unwanted")
    stage.plays("Dulse", name="done.instance2")
    for arguments in ((), ("done",)):
        words = said(bench, "skip", *arguments)
        assert words == "Skipped: Dulse will not be scrobbled\n"
        said(bench, "skip", "--undo", "done.instance2")
        stage.until(lambda: stage.current("done.instance2")["verdict"] == "listening")


@pytest.mark.parametrize(
    ("answer", "status"), [("2", 0), ("", 1), ("3", 1), ("0", 1), ("²", 1), ("two", 1), ("^D", 1)]
)
def test_at_a_terminal_it_is_asked_which_player_is_meant(
    bench: Bench, stage: Stage, answer: str, status: int
) -> None:
    titles = [f"Moss {answer!a}", f"Reed {answer!a}"]
    stage.plays(titles[0], name="nine")
    stage.plays(titles[1], name="ten")
    with Running(bench, "skip") as skip:
        for title in titles:
            skip.expect(f"{title} by Mira Holt")
        skip.expect("Which one (1 to 2)? ")
        skip.press(answer)
        assert skip.ended() == status
    is_skipped = {name: stage.current(name)["verdict"] == "unwanted" for name in ("nine", "ten")}
    assert is_skipped == {"nine": False, "ten": status == 0}
    assert ("nothing was skipped" in skip.heard) is bool(status)


def test_the_player_of_this_very_name_is_skipped(bench: Bench, stage: Stage) -> None:
    stage.plays("Willow", name="twin")
    stage.plays("Elm", name="twin.instance7")
    assert said(bench, "skip", "twin") == "Skipped: Willow will not be scrobbled\n"
    assert stage.current("twin.instance7")["verdict"] == "listening"


def test_a_program_is_skipped_whatever_number_its_name_has(bench: Bench, stage: Stage) -> None:
    stage.plays("Loam", name="viewer.instance4711")
    assert "plays nothing" in refused(bench, 1, "skip", "view")
    assert said(bench, "skip", "viewer") == "Skipped: Loam will not be scrobbled\n"


# -- pause and resume -----------------------------------------------------------------------------


def test_a_pause_ends_by_itself_or_by_resume(bench: Bench) -> None:
    assert said(bench, "pause") == "Nothing is scrobbled until scrobblerctl resume\n"
    assert document(bench, "settings")["paused_until"] == -1
    assert said(bench, "resume") == "Plays are scrobbled again\n"
    before = time.time()
    assert said(bench, "pause", "1h30m").startswith("Nothing is scrobbled until ")
    assert not re.search(r"\d:\d\d:\d\d", said(bench, "pause", "1h30m"))
    for short in ("45s", "2m"):
        words = said(bench, "pause", short)
        ends = time.localtime(document(bench, "settings")["paused_until"])
        assert words.endswith(time.strftime("until %H:%M:%S\n", ends)), words
        assert time.strftime("%H:%M:%S", ends) in said(bench, "settings")
    said(bench, "pause", "1h30m")
    assert 5395 < document(bench, "settings")["paused_until"] - before < 5460
    assert document(bench, "settings")["enabled"] is False
    said(bench, "resume")
    found = document(bench, "settings")
    assert (found["paused_until"], found["enabled"]) == (0, True)


def test_private_mode_says_so_until_it_is_resumed(bench: Bench, stage: Stage) -> None:
    stage.plays("Fern", name="hidden")
    words = said(bench, "pause", "--private")
    assert words == "Private: nothing is recorded until scrobblerctl resume\n"
    stage.until(lambda: document(bench, "now", "--player", "hidden")["playing"] is None)
    assert said(bench, "now") == "private\n"
    shown = document(bench, "now")
    assert (shown["text"], shown["class"], shown["playing"]) == ("private", "private", None)
    status = said(bench, "status")
    assert "private for the time being, nothing is recorded: scrobblerctl resume" in status
    assert "Fern" not in status
    assert said(bench, "pause", "30m").startswith("Private: nothing is recorded until ")
    assert "private until " in said(bench, "status")
    assert "private mode is on, nothing is recorded" in ctl(bench, "doctor").stdout
    assert "private mode is on" in refused(bench, 1, "love")
    assert said(bench, "resume") == "Plays are scrobbled again\n"
    assert document(bench, "settings")["private"] is False


def test_now_follows_private_mode(bench: Bench, stage: Stage) -> None:
    stage.plays("Fern", name="followed")
    with Running(bench, "now", "--follow", "-f", "<{title}>", columns=None) as follow:
        follow.expect("<Fern>\n")
        said(bench, "pause", "--private")
        follow.expect("private\n")
        said(bench, "resume")
        follow.expect("\n")
        stage.plays("Moss", name="followed")
        follow.expect("<Moss>\n")


def test_a_resume_where_scrobbling_is_off_says_so(bench: Bench) -> None:
    said(bench, "settings", "enabled", "off")
    said(bench, "pause", "2w")
    assert "scrobblerctl settings enabled on" in said(bench, "resume")
    said(bench, "settings", "enabled", "on")


def test_a_pause_may_be_as_long_as_can_be(bench: Bench) -> None:
    said(bench, "pause", "4294967295")
    assert document(bench, "settings")["paused_until"] > time.time()
    said(bench, "resume")


# -- test-filter ----------------------------------------------------------------------------------


def test_the_rules_are_tried_on_a_track(bench: Bench) -> None:
    words = said(bench, "test-filter", "Mira Holt", "Fern", "--length", "200")
    assert words == "counts: Fern by Mira Holt, after 60 s\n"
    found = document(bench, "test-filter", "Mira Holt", "Fern", "--album", "Tidewater")
    words = "counts: Fern by Mira Holt, after 60 s"
    assert found == {"counts": True, "words": words, "changes": []}
    words = said(bench, "test-filter", "Mira Holt", "Fern", "--genre", "folk", "--genre", "podcast")
    assert words.startswith("ignored: Fern by Mira Holt: ")
    assert document(bench, "test-filter", "Mira Holt", "Fern", "--length", "29s")["counts"] is False
    assert said(bench, "test-filter", "", "").startswith("ignored: no title by nobody")


def test_the_rules_are_tried_on_a_track_of_a_player(bench: Bench) -> None:
    fern = ("test-filter", "Mira Holt", "Fern", "--length", "200")
    assert said(bench, *fern, "--player", "patient") == "counts: Fern by Mira Holt, after 90 s\n"
    assert said(bench, *fern, "--player", "browser") == (
        "ignored: Fern by Mira Holt: the player browser is not listened to"
        " ([players] deny has 'browser*')\n"
    )


def test_a_title_that_a_preset_cleans_is_shown_with_the_preset(bench: Bench) -> None:
    arguments = ("test-filter", "Mira Holt", "Fern - Live / Remastered", "--length", "200")
    changes = [
        ("Fern - Live / Remastered", "Fern - Live", "[filters] presets: remastered"),
        ("Fern - Live", "Fern", "[filters] presets: live"),
    ]
    lines = [f'  title "{before}" became "{after}" ({rule})' for before, after, rule in changes]
    assert said(bench, *arguments).splitlines() == [
        "counts: Fern by Mira Holt, after 60 s", *lines
    ]  # fmt: skip
    assert document(bench, *arguments)["changes"] == [["title", *change] for change in changes]


def test_an_enemys_track_is_shown_as_it_is(bench: Bench) -> None:
    every = ("--album", "--album-artist", "--url", "--genre")
    more = [word for name in every for word in (name, NASTY)]
    words = said(bench, "test-filter", NASTY, NASTY, *more)
    assert words.count(HARMLESS) == 2
    assert words.count("\n") == 1
    assert HARMLESS in document(bench, "test-filter", f"a: {NASTY}", NASTY)["words"]


def test_what_is_no_text_is_refused(bench: Bench) -> None:
    broken = "\udcff"
    for arguments in (("skip", broken), ("test-filter", broken, "Fern"), ("love", "A", broken)):
        assert "no text" in refused(bench, 2, *arguments)


def test_a_player_is_left_out_and_listened_to_again(bench: Bench, stage: Stage) -> None:
    stage.player("attic")

    def rule() -> tuple[bool, str]:
        listed = document(bench, "players")
        return next((one["wanted"], one["rule"]) for one in listed if one["player"] == "attic")

    assert rule() == (True, "")
    told = said(bench, "players", "--ignore", "attic")
    assert "attic" in told and "--listen attic" in told
    wanted, why = rule()
    assert not wanted and why
    assert "attic" in said(bench, "players", "--listen", "attic")
    assert rule() == (True, "")
