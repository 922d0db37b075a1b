"""scrobblerctl watch on a terminal: a dashboard that lives, and does what its keys say."""

import re

import pytest

from lab.lastfm import Behaviour
from tests.support.ctl_accounts import Home
from tests.support.daemon_bench import USER, Bench
from tests.support.loves import loved
from tests.support.page import Page
from tests.support.rows import put
from tests.support.scrobblerctl import ASCII, NASTY, QUICK, Stage, said

KEYS = "q quit"
DAEMON = {"tables": QUICK}
"""A play counts after a second."""


def slow(bench: Bench) -> None:
    """Lets nothing count during a test."""
    bench.configure(scrobble={"settle_ms": 50})
    said(bench, "reload")


def test_it_shows_players_account_and_what_became_of_plays(bench: Bench, stage: Stage) -> None:
    with Page(bench, "watch") as page:
        page.shows("Nothing is playing", f"{USER} at Last.fm", "Queue empty", KEYS)
        stage.plays("Fern")
        text = page.shows("sent  Fern by Mira Holt", "counted")
        assert re.search(r"^▶ demo +Fern by Mira Holt$", text, re.MULTILINE)
        assert re.search(r"^ +█+ 0:0\d heard, counted$", text, re.MULTILINE)
        assert re.search(r"^\d\d:\d\d  sent  Fern by Mira Holt$", text, re.MULTILINE)
        stage.plays("Moss", name="other")
        page.shows("▶ demo", "▶ other", "Moss by Mira Holt")
        stage.do(stage.player().pause())
        page.shows("Fern by Mira Holt, paused")
        page.type("q")
        assert page.ended() == 0


def test_a_play_that_waits_is_one_line_which_says_later_that_it_was_sent(
    bench: Bench, stage: Stage
) -> None:
    bench.lastfm.outage = Behaviour.error(8, "Try again later")
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        stage.plays("Fern")
        page.shows("waiting  Fern by Mira Holt", "1 waiting", "Try again later")
        bench.lastfm.outage = None
        text = page.press_key("r", "sent  Fern by Mira Holt", "1 play sent", "Queue empty")
        assert text.count("  Fern by Mira Holt") == 2  # the player's row, and the play's
        page.press_key("r", "Nothing waits.")


def test_s_skips_what_plays_and_s_again_scrobbles_it_after_all(bench: Bench, stage: Stage) -> None:
    slow(bench)
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        page.press_key("s", "nothing is playing")
        stage.plays("Fern")
        page.shows("Fern by Mira Holt", "of 4:00")
        page.press_key("s", "Skipped: Fern will not be scrobbled", "s unskip", without="of 4:00")
        page.press_key("s", "Fern counts again", "s skip", "of 4:00")
        page.press_key("s", "s unskip")
        stage.plays("Moss")
        page.shows("skipped  Fern by Mira Holt", "s skip")


def test_keys_are_for_the_row_that_arrows_choose(bench: Bench, stage: Stage) -> None:
    slow(bench)
    with Page(bench, "watch") as page:
        stage.plays("Fern")
        stage.plays("Moss", name="other")
        page.shows("Fern by Mira Holt", "Moss by Mira Holt")
        stage.do(stage.player().pause())
        page.shows("Fern by Mira Holt, paused")
        page.press_key("s", "Skipped: Moss")  # since it plays
        page.press_key("\x1b[B")  # the first row is demo's
        page.press_key("s", "Skipped: Fern")
        page.press_key("\x1b[B")
        page.press_key("s", "Moss counts again")
        stage.plays("Dew")
        page.shows("skipped  Fern by Mira Holt", "Dew by Mira Holt")
        page.press_key("\x1b[B")
        page.press_key("s", "that play has ended")
        page.press_key("e", "Fern by Mira Holt, demo", "skipped", "Esc back")
        page.press_key("\x1b", without="Esc back")
        page.press_key("\x1b")
        page.press_key("s", "Skipped: Dew")


def test_l_loves_what_plays_and_takes_it_back(bench: Bench, stage: Stage) -> None:
    with Page(bench, "watch") as page:
        stage.plays("Fern")
        page.shows("Fern by Mira Holt", KEYS)
        page.press_key("l", "Loved: Fern by Mira Holt", "Fern by Mira Holt ♥", "l unlove")
        assert loved(bench.lastfm) == [("Mira Holt", "Fern")]
        page.press_key("l", "Unloved: Fern by Mira Holt", "l love", without="♥")
        assert loved(bench.lastfm) == []


def test_l_loves_a_past_play_and_takes_it_back(bench: Bench) -> None:
    play = {"id": 1, "artist": "Mira Holt", "title": "Fern", "verdict": "counted"}
    put(bench.daemon.database, "plays", play)
    with Page(bench, "watch") as page:
        page.shows("Fern by Mira Holt", KEYS)
        page.press_key("\x1b[B")
        page.press_key("l", "Loved: Fern by Mira Holt", "l unlove")
        assert loved(bench.lastfm) == [("Mira Holt", "Fern")]
        page.press_key("l", "Unloved: Fern by Mira Holt", "l love")
        assert loved(bench.lastfm) == []


def test_p_pauses_and_goes_on(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.shows("Scrobbling on", "p pause")
        page.press_key("p", "Nothing is scrobbled", "Scrobbling paused", "p resume")
        page.press_key("p", "Plays are scrobbled again", "Scrobbling on", "p pause")


def test_e_explains_the_last_play_until_the_next_key(bench: Bench, stage: Stage) -> None:
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        page.press_key("e", "nothing was played yet")
        stage.plays("Fern")
        page.shows("sent  Fern")
        page.press_key("e", f"Sent to {USER}", "Esc back", without="sent  Fern")
        page.press_key("x", "sent  Fern", KEYS, without="Sent to")


def test_the_help_names_every_key_and_any_key_leaves_it(bench: Bench) -> None:
    with Page(bench, "watch") as page:
        page.shows(KEYS)
        text = page.press_key("?", "leave; so does Ctrl-C", "Esc chooses none", "Esc back")
        assert re.findall(r"^([a-z?]) {3}", text, re.MULTILINE) == list("qlspre?")
        page.press_key("l", KEYS, without="Ctrl-C")
        page.press_key("?", "Esc back")
        page.type("q")
        assert page.ended() == 0


@pytest.mark.parametrize("key", ["l", "s", "p", "r", "e"])
def test_without_a_daemon_keys_say_so_and_start_none(bench: Bench, key: str) -> None:
    bench.daemon.stop()
    with Page(bench, "watch") as page:
        page.shows("scrobblerd is not running; waiting for it", KEYS)
        text = page.press_key(key, "scrobblerd is not running\n")
        assert text.count("scrobblerd is not running") == 2
        bench.daemon.start()
        page.shows("Nothing is playing", f"{USER} at Last.fm")


def test_it_waits_through_a_restart_of_the_daemon(bench: Bench, stage: Stage) -> None:
    with Page(bench, "watch") as page:
        stage.plays("Fern")
        page.shows("sent  Fern")
        assert bench.daemon.stop() == 0
        page.shows("scrobblerd is not running", without="Fern")
        bench.daemon.start()
        page.shows("sent  Fern", f"{USER} at Last.fm")


def test_a_slow_answer_stops_neither_keys_nor_the_end(bench: Bench, stage: Stage) -> None:
    with Page(bench, "watch") as page:
        stage.plays("Fern")
        page.shows("sent  Fern")
        bench.lastfm.outage = Behaviour.slow(30.0)
        page.press_key("l", "love …")
        page.press_key("?", "Esc back")
        page.press_key("x", KEYS)
        page.press_key("p", "Nothing is scrobbled")
        page.type("q")
        assert page.ended() == 0


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (80, 24), (120, 40)])
def test_it_fits_every_terminal_and_follows_its_size(
    bench: Bench, stage: Stage, columns: int, rows: int
) -> None:
    for title in (
        "أغنية الليل",
        "夜の港と海の歌がとても長い題名です本当に",
        "Party 🎉🌊 👩‍👩‍👧",
        NASTY,
    ):
        stage.plays(title)
        stage.counts()
    with Page(bench, "watch", columns=columns, rows=rows) as page:
        for size in ((columns, rows), (20, 5), (200, 50), (columns, rows)):
            page.resize(*size)
            text = page.shows("▶ demo", "p pause" if size[0] > 20 else "q quit")
        lines = text.split("\n")
        assert text.count("q quit") == text.count("▶ demo") == 1
        assert text.count("quiet_otter") == 1
        assert lines[-1].endswith("? help")
        assert "[31mRed ]0;owned" in text
        assert len(lines) == rows


def test_the_bar_moves_by_itself(bench: Bench, stage: Stage) -> None:
    with Page(bench, "watch") as page:
        stage.plays("Fern")
        page.shows("0:02 heard")
        page.shows("0:03 heard")


def test_every_account_is_there(home: Home) -> None:
    home.log_in()
    with Page(home.bench, "watch", columns=100) as page:
        page.shows(f"{USER} at Last.fm", f"brainz {USER} at ListenBrainz", "second")
        said(home.bench, "logout", "brainz")
        page.shows("scrobblerctl login brainz")


def test_an_old_terminal_gets_other_marks_and_no_colour_if_none_is_wanted(
    bench: Bench, stage: Stage
) -> None:
    stage.plays("Fern")
    stage.counts()
    with Page(bench, "watch", env={**ASCII, "NO_COLOR": "1"}) as page:
        page.shows("> demo", "####", "sent  Fern")
        assert not re.search(r"\x1b\[[0-9;]*3[1-7]", page.heard)
