"""scrobblerctl watch without a terminal: what scrobblerd is doing, line by line.

The dashboard that a terminal gets has its tests in test_dashboard.py, test_picture.py and
test_page.py.
"""

import signal

from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    Stage,
    harmless,
    parsed,
)

DAEMON = {"tables": QUICK}
"""A play counts after a second."""


def test_watch_says_what_changes_line_by_line(bench: Bench, stage: Stage) -> None:
    with Running(bench, "watch", columns=None) as watch:
        watch.expect("Nothing is playing")
        stage.plays("Fern")
        watch.expect("Playing Fern by Mira Holt")
        watch.expect("sent: Fern by Mira Holt")
        stage.scrobble(track=NASTY, artist=NASTY)
        watch.expect("sent: ")
        watch.expect("\n")
        assert bench.daemon.stop() == 0
        watch.expect("scrobblerd is not running\n")
        bench.daemon.start()
        watch.expect("logged in as")
        watch.process.send_signal(signal.SIGINT)
        assert watch.ended() == 0
        harmless(watch.heard)


def test_watch_writes_a_document_a_line(bench: Bench, stage: Stage) -> None:
    with Running(bench, "watch", "--json", columns=None) as watch:
        watch.expect("}\n")
        stage.plays(NASTY)
        watch.expect("}\n")
        bench.daemon.stop()
        watch.expect("null\n")
        bench.daemon.start()
        watch.expect("}\n")
        watch.process.send_signal(signal.SIGTERM)
        assert watch.ended() == 143
    found = [parsed(line) for line in watch.heard.splitlines()]
    assert None in found
    titles = [[one["title"] for one in each["players"]] for each in found if each]
    assert titles[0] == []
    assert any(HARMLESS in title for each in titles for title in each)


def test_watch_waits_for_a_daemon_that_is_not_there(bench: Bench) -> None:
    bench.daemon.stop()
    with Running(bench, "watch", columns=None) as watch:
        watch.expect("scrobblerd is not running\n")
        bench.daemon.start()
        watch.expect("Nothing is playing")


def test_a_terminal_that_can_not_move_its_cursor_gets_lines(bench: Bench, stage: Stage) -> None:
    with Running(bench, "watch", env={"TERM": "dumb"}) as watch:
        watch.expect("Nothing is playing")
        stage.plays("Fern")
        watch.expect("sent: Fern by Mira Holt")
        watch.press("^C")
        assert watch.ended() == 0
        assert "\x1b" not in watch.heard
