"""scrobblerctl watch: what scrobblerd is doing, live."""

import signal

import pytest

from tests.support.daemon_bench import USER, Bench
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

ALTERNATE, NORMAL, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
"""What a terminal is told to show another page, the first one again, and its cursor."""


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


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_watch_draws_on_a_page_of_its_own_and_leaves_the_terminal_as_it_was(
    bench: Bench, stage: Stage, how: str
) -> None:
    with Running(bench, "watch") as watch:
        watch.expect(ALTERNATE)
        watch.expect("Ctrl-C ends this")
        stage.plays("Fern")
        watch.expect("Fern by Mira Holt")
        watch.expect("sent")
        bench.daemon.stop()
        watch.expect("scrobblerd is not running")
        bench.daemon.start()
        watch.expect(f"{USER}")
        if how == "Ctrl-C":
            watch.press("^C")
        else:
            watch.process.send_signal(signal.SIGTERM)
        assert watch.ended() == (0 if how == "Ctrl-C" else 143)
        assert watch.heard.index(ALTERNATE) < watch.heard.rindex(NORMAL)
        assert watch.heard.rindex(CURSOR) > watch.heard.index(ALTERNATE)
        assert "\x1b[31mRed" not in watch.heard


def test_watch_waits_for_a_daemon_that_is_not_there(bench: Bench) -> None:
    bench.daemon.stop()
    with Running(bench, "watch", columns=None) as watch:
        watch.expect("scrobblerd is not running\n")
        bench.daemon.start()
        watch.expect("Nothing is playing")


def test_watch_ends_with_the_bus(bench: Bench) -> None:
    with Running(bench, "watch") as watch:
        watch.expect("Ctrl-C ends this")
        bench.bus.stop()
        watch.expect("scrobblerctl: the session bus has gone\n")
        assert watch.ended() == 3
