"""scrobblerctl now: what plays, in a line for status bars, and what a template may say."""

import signal

from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    Stage,
    document,
    harmless,
    parsed,
    refused,
    said,
)

DAEMON = {"tables": QUICK}
SHARED = True
"""Every test has a player of its own."""

NOTHING = {
    "text": "",
    "alt": "nothing",
    "class": "nothing",
    "tooltip": "",
    "percentage": 0,
    "playing": None,
}


def test_now_is_an_empty_line_where_nothing_plays(bench: Bench) -> None:
    assert said(bench, "now", "--player", "nobody") == "\n"
    assert document(bench, "now", "--player", "nobody") == NOTHING


def test_now_is_artist_and_title(bench: Bench, stage: Stage) -> None:
    stage.plays("Fern", "Mira Holt", "Tidewater", name="one")
    assert said(bench, "now", "--player", "one") == "Mira Holt – Fern\n"
    found = document(bench, "now", "--player", "one")
    assert (found["text"], found["class"]) == ("Mira Holt – Fern", "playing")
    assert found["tooltip"] == "Fern\nMira Holt\nTidewater"
    assert 0 <= found["percentage"] <= 100
    assert found["playing"]["title"] == "Fern"
    assert "as_of" not in found["playing"]


def test_a_template_may_name_all_that_is_known(bench: Bench, stage: Stage) -> None:
    stage.plays("Moss", "Mira Holt", "Tidewater", name="two")
    stage.counts("two")
    words = (
        "{artist}|{title}|{album}|{player}|{status}|{verdict}|{needed}|{length}|{left}|{percent}"
    )
    line = said(bench, "now", "--player", "two", "--format", words)
    assert line == "Mira Holt|Moss|Tidewater|two|Playing|counted|0:01|16:40|0:00|100\n"
    assert said(bench, "now", "--player", "two", "-f", "{{}} {heard} %s \\n")[:4] == "{} 0"


def test_a_template_that_names_anything_else_is_refused(bench: Bench) -> None:
    for template in (
        *("{", "}", "{}", "{0}", "{nothing}", "{artist.__class__}", "{artist[0]}", "{artist!r}"),
        *("{artist:>99999999}", "{\x1b[31m}", "{artist:{title}}"),
    ):
        assert "--format: " in refused(bench, 2, "now", "--format", template)


def test_a_template_of_nothing_is_nothing(bench: Bench, stage: Stage) -> None:
    stage.plays("Reed", name="three")
    assert said(bench, "now", "--player", "three", "-f", "") == "\n"
    assert document(bench, "now", "--player", "three", "-f", "")["text"] == ""


def test_an_enemys_title_is_one_harmless_line(bench: Bench, stage: Stage) -> None:
    stage.plays(NASTY, f"{{title}}{NASTY}", NASTY, name="four")
    words = said(bench, "now", "--player", "four", "-f", "{artist}|{title}|{album}")
    assert words.count("\n") == 1
    assert words.count(HARMLESS) == 3
    found = document(bench, "now", "--player", "four")
    assert HARMLESS in found["text"]
    assert found["tooltip"].count("\n") == 2
    stage.plays("<b>&" + "y" * 1000, "夜" * 1000, name="four")
    assert len(said(bench, "now", "--player", "four")) < 500


def test_of_several_players_the_one_that_began_last_is_shown(bench: Bench, stage: Stage) -> None:
    stage.plays("Sedge", name="mix.first")
    stage.plays("Rush", name="mix.second")
    stage.until(lambda: stage.current("mix.second")["start"] >= stage.current("mix.first")["start"])
    assert said(bench, "now", "--player", "mix.f") == "Mira Holt – Sedge\n"
    stage.do(stage.player("mix.second").pause())
    stage.until(lambda: stage.current("mix.second")["status"] == "Paused")
    assert said(bench, "now", "--player", "mix") == "Mira Holt – Sedge\n"
    stage.do(stage.player("mix.first").pause())
    stage.until(lambda: stage.current("mix.first")["status"] == "Paused")
    assert said(bench, "now", "--player", "mix", "-f", "{status}") == "Paused\n"
    assert document(bench, "now", "--player", "mix")["class"] == "paused"


# -- --follow -------------------------------------------------------------------------------------


def test_follow_says_each_change_once(bench: Bench, stage: Stage) -> None:
    arguments = ("now", "--follow", "--player", "five")
    with Running(bench, *arguments, columns=None) as follow:
        follow.expect("\n")
        stage.plays("Heath", name="five")
        follow.expect("Mira Holt – Heath\n")
        stage.do(stage.player("five").pause())
        stage.until(lambda: stage.current("five")["status"] == "Paused")
        stage.plays(f"5{NASTY}", name="five")
        follow.expect("end\n")
        stage.do(stage.player("five").stop())
        follow.expect("\n")
        follow.process.send_signal(signal.SIGINT)
        assert follow.ended() == 0
    harmless(follow.heard)
    assert [line.partition(" – ")[0] for line in follow.heard.splitlines()] == [
        *("", "Mira Holt", "Mira Holt", "")
    ]


def test_follow_counts_where_the_template_does(bench: Bench, stage: Stage) -> None:
    arguments = ("now", "--follow", "--player", "six", "-f", "<{heard}>")
    with Running(bench, *arguments, columns=None) as follow:
        follow.expect("\n")
        stage.plays("Ivy", name="six")
        for heard in ("<0:00>\n", "<0:01>\n", "<0:02>\n"):
            follow.expect(heard)
        follow.process.send_signal(signal.SIGTERM)
        assert follow.ended() == 143


def test_follow_writes_a_document_a_line(bench: Bench, stage: Stage) -> None:
    with Running(bench, "now", "--follow", "--json", "--player", "seven", columns=None) as follow:
        follow.expect("\n")
        stage.plays(f"7{NASTY}", name="seven")
        follow.expect("\n")
        stage.do(stage.player("seven").pause())
        follow.expect("paused")
        follow.expect("\n")
        follow.process.send_signal(signal.SIGINT)
        assert follow.ended() == 0
    first, second, *_, last = map(parsed, follow.heard.splitlines())
    assert (first, second["class"], last["class"]) == (NOTHING, "playing", "paused")


def test_follow_at_a_terminal_ends_with_ctrl_c(bench: Bench, stage: Stage) -> None:
    stage.plays("Alder", name="eight")
    with Running(bench, "now", "--follow", "--player", "eight") as follow:
        follow.expect("Mira Holt – Alder\n")
        follow.press("^C")
        assert follow.ended() == 0


def test_follow_goes_on_when_the_daemon_comes_back(bench: Bench, stage: Stage) -> None:
    stage.plays("Birch", name="nine")
    with Running(bench, "now", "--follow", "--player", "nine", columns=None) as follow:
        follow.expect("Mira Holt – Birch\n")
        bench.daemon.stop()
        follow.expect("\n")
        bench.daemon.start()
        follow.expect("Mira Holt – Birch\n")
