"""scrobblerctl now: what plays, in a line for status bars, and what a template may say."""

import re
import signal
from xml.etree import ElementTree as ET

from dbus_next.signature import Variant

from scrobblerd.ctl.commands.now import FIELDS
from scrobblerd.ctl.template.template import FUNCTIONS
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


def test_now_has_no_dash_before_a_title_without_an_artist(bench: Bench, stage: Stage) -> None:
    stage.plays("Clip", "", name="clip")
    assert said(bench, "now", "--player", "clip") == "Clip\n"
    assert document(bench, "now", "--player", "clip")["text"] == "Clip"


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
        *("{artist:>99999999}", "{\x1b[31m}", "{artist:{title}}", "{if album}", "{end}"),
        *("{" + "uc(" * 500, '{uc("' + NASTY, "{title" * 9999, "{trunc(title, 99999999999)}"),
    ):
        refusal = refused(bench, 2, "now", "--format", template)
        assert "--format: at " in refusal or "--format: it is longer" in refusal
        assert len(refusal) < 300
    refusal = refused(bench, 2, "now", "--follow", "--format", "{artist} – {titel}")
    assert refusal == (
        'scrobblerctl: --format: at character 13, "titel}": there is no field titel; did you mean'
        " title?; scrobblerctl now --help has all\n"
    )


def test_fields_and_functions_are_listed_by_the_help(bench: Bench) -> None:
    shown = " ".join(said(bench, "now", "--help").split())
    for field in FIELDS:
        assert f"{{{field}}}" in shown
    for name in FUNCTIONS:
        assert f"{{{name}(" in shown
    for template in re.findall(r"\{if .*?\{end\}", shown):
        assert said(bench, "now", "--player", "nobody", "--format", template) == "\n"


def test_a_template_has_functions_and_conditions(bench: Bench, stage: Stage) -> None:
    stage.plays("Slow Harbour <3", "Mira Holt", name="twelve")
    template = (
        '{emoji(status)} {trunc(uc(artist) + " – " + title, 16)}{if album} ({album}){else} ?{end}'
        '{if status == "Paused"} paused{end} {default(album, "no album")} {duration(length)}'
    )
    line = said(bench, "now", "--player", "twelve", "--format", template)
    assert line == "▶️ MIRA HOLT – Slow… ? no album 16:40\n"


def test_the_position_is_that_of_the_player(bench: Bench, stage: Stage) -> None:
    stage.plays("Tide Mark", name="eleven")
    stage.player("eleven").properties["Position"] = Variant("x", 83_000_000)
    shown = "{position} {duration(position)} {if position}yes{end}"
    assert said(bench, "now", "--player", "eleven", "-f", shown) == "1:23 1:23 yes\n"
    for odd in (Variant("s", "far"), Variant("d", float("nan")), Variant("x", -7)):
        stage.player("eleven").properties["Position"] = odd
        line = said(bench, "now", "--player", "eleven", "-f", "<{default(position, 0)}>")
        assert line in ("<0>\n", "<0:00>\n")


def test_with_markup_text_and_tooltip_are_fit_for_pango(bench: Bench, stage: Stage) -> None:
    stage.plays("<b>Fern & 'Moss'", "Mira <Holt>", 'Under "& growth', name="markup")
    arguments = ("now", "--markup", "--player", "markup", "-f", "<i>{title}</i> {artist}")
    text = "<i>&lt;b&gt;Fern &amp; &apos;Moss&apos;</i> Mira &lt;Holt&gt;"
    assert said(bench, *arguments) == f"{text}\n"
    shown = document(bench, *arguments)
    assert (shown["text"], shown["class"]) == (text, "playing")
    title, artist, album = shown["tooltip"].split("\n")
    assert title == "&lt;b&gt;Fern &amp; &apos;Moss&apos;"
    assert (artist, album) == ("Mira &lt;Holt&gt;", "Under &quot;&amp; growth")
    for markup in (shown["text"], shown["tooltip"]):
        ET.fromstring(f"<span>{markup}</span>")
    assert shown["playing"]["title"] == "<b>Fern & 'Moss'"


def test_only_a_terminal_gets_marks_around_names_from_right_to_left(
    bench: Bench, stage: Stage
) -> None:
    stage.plays("שרך (Live)", "Mira Holt", name="hebrew")
    arguments = ("now", "--player", "hebrew", "-f", "{artist} – {title} {length}")
    assert said(bench, *arguments) == "Mira Holt – שרך (Live) 16:40\n"
    assert document(bench, *arguments)["text"] == "Mira Holt – שרך (Live) 16:40"
    with Running(bench, *arguments) as now:
        assert now.ended() == 0
    assert now.heard == "Mira Holt – \u2068שרך (Live)\u2069 16:40\n"


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
