"""scrobblerctl stats: what was listened to, in figures."""

import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import (
    ASCII,
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    ctl,
    document,
    refused,
    said,
)
from tests.support.stats_samples import Outline, Play, put_plays

DAEMON = {"tables": QUICK}


def some_plays() -> list[Play]:
    """Plays of the last three days; none on the one before the last."""
    now = int(time.time())
    return [
        ("Fern", "Mira Holt", "firefox.instance_1_42", now - 60, 120.0, "counted"),
        ("Fern", "Mira Holt", "firefox.instance_1_77", now - 300, 60.5, "counted"),
        ("Moss", "Mira Holt", "mpv", now - 2 * 86400, 10.0, "not_heard"),
        ("Slow Harbour", "The Paper Lanterns", "mpv", now - 2 * 86400 - 300, 200.0, "counted"),
    ]


def test_nothing_was_played_yet(bench: Bench):
    assert said(bench, "stats") == "No plays since then\n"
    assert said(bench, "stats", "--since", "all") == "No plays yet\n"
    figures = document(bench, "stats", env={"TZ": "UTC"})
    assert (figures["plays"], len(figures["days"]), figures["artists"]) == (0, 31, [])
    assert "No plays were heard." in said(bench, "stats", "--html", "-")


def test_figures_are_told_in_bars_json_and_a_page(bench: Bench, tmp_path: Path):
    put_plays(bench, some_plays())
    words = said(bench, "stats")
    assert "4 plays, 3 counted (75 %)" in words
    assert re.search(r"^firefox +2 ", words, re.MULTILINE)
    figures = document(bench, "stats", "--since", "3d")
    assert figures["players"] == [
        {"player": "firefox", "counted": 2, "heard": 180.5},
        {"player": "mpv", "counted": 1, "heard": 210.0},
    ]
    assert figures["plays"] == 4
    assert sum(one["counted"] for one in figures["days"]) == 3
    target, whole = tmp_path / "listening.html", ("stats", "--since", "all", "--html")
    assert said(bench, *whole, str(target)) == f"Wrote the page to {target}\n"
    assert Outline(target.read_text(encoding="utf-8")).all("svg")
    assert said(bench, *whole, "-") == target.read_text(encoding="utf-8")
    assert "is there already; --force replaces it" in refused(bench, 1, *whole, str(target))
    target.write_text("mine")
    said(bench, *whole, str(target), "--force")
    assert Outline(target.read_text(encoding="utf-8")).all("svg")
    words = refused(bench, 2, *whole, str(tmp_path / "year.csv"))
    assert "year.csv is the name of a csv file, but its format is html; end it in .html" in words
    assert [*tmp_path.glob("year*")] == []


def test_figures_begin_where_asked(bench: Bench):
    put_plays(bench, some_plays())
    assert document(bench, "stats", "--since", "1d")["plays"] == 2
    assert document(bench, "stats", "--since", "all")["since"] == 0


def test_a_page_and_json_at_once_are_refused(bench: Bench):
    assert "ask for one of them" in refused(bench, 2, "stats", "--json", "--html", "x")


def test_who_lives_further_east_misses_no_day(bench: Bench):
    put_plays(bench, some_plays())
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        figures = document(bench, "stats", "--since", "2d", env={"TZ": zone})
        days = [date.fromisoformat(one["day"]) for one in figures["days"]]
        assert days == [days[0] + timedelta(number) for number in range(len(days))]
        assert sum(one["counted"] for one in figures["days"]) == figures["counted"]


def test_a_page_that_can_not_be_written_is_said(bench: Bench, tmp_path: Path):
    words = refused(bench, 1, "stats", "--html", str(tmp_path / "none" / "x.html"))
    assert "can't be written: No such file or directory" in words
    assert list(tmp_path.glob("*.html")) == []


def test_hostile_names_are_harmless_everywhere(bench: Bench):
    put_plays(bench, [(NASTY, NASTY, "mpv", int(time.time()) - 60, 120.0, "counted")])
    assert document(bench, "stats")["artists"][0]["artist"] == NASTY
    assert HARMLESS in said(bench, "stats", "--html", "-")
    said(bench, "stats")


@pytest.mark.parametrize("columns", [40, 80])
def test_it_fits_the_terminal(bench: Bench, columns: int):
    put_plays(bench, [*some_plays(), ("夜の港" * 90, "坂本龍一" * 90, "vlc", 1, 90.0, "counted")])
    with Running(bench, "stats", "--since", "all", columns=columns) as terminal:
        assert terminal.ended() == 0
        lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.heard).splitlines()
    assert [line for line in lines if cell_len(line) > columns] == []
    assert any(re.match("坂本龍一.*…", line) for line in lines)


def test_an_output_that_is_not_utf_8_has_a_page_all_the_same(bench: Bench):
    put_plays(bench, [("夜の港", "Ö", "mpv", int(time.time()) - 60, 120.0, "counted")])
    ended = ctl(bench, "stats", "--html", "-", env=ASCII)
    assert (ended.returncode, ended.stdout.isascii()) == (0, True)
    assert "夜の港" in Outline(ended.stdout).texts
    assert "########" in said(bench, "stats", env=ASCII)


def test_figures_end_where_asked_and_are_compared(bench: Bench):
    noon = [
        time.mktime((2025, month, day, 12, 0, 0, 0, 0, -1)) for month, day in ((10, 31), (11, 3))
    ]
    plays = [
        ("Fern", "Mira Holt", "mpv", int(at), 60.0, "counted") for at in (*noon, noon[1] + 600)
    ]
    put_plays(bench, plays)
    bench.daemon.change("UPDATE plays SET album = 'Tidewater' WHERE id = 3")
    figures = document(bench, "stats", "2025-11")
    assert (figures["plays"], len(figures["days"])) == (2, 30)
    assert figures["before"] == {"plays": 1, "counted": 1, "heard": 60.0}
    assert figures["albums"] == [
        {"album": "Tidewater", "artist": "Mira Holt", "counted": 1, "heard": 60.0}
    ]
    assert [hour["hour"] for hour in figures["hours"] if hour["counted"]] == [12]
    shown = said(bench, "stats", "2025-11")
    assert shown.startswith("Listening from 2025-11-01 to 2025-11-30\n")
    assert "100 % more than in the time before (1)" in shown
    assert "Heard per hour of the day" in shown
    assert re.search("^Tidewater by Mira Holt +1 ", shown, re.MULTILINE)
    same = document(bench, "stats", "--since", "2025-11", "--until", "2025-11")
    assert same == figures
    assert document(bench, "stats", "--since", "2025", "--until", "2025-11-02")["plays"] == 1
    page = said(bench, "stats", "2025-11", "--html", "-")
    texts = Outline(page).texts
    assert "What was listened to from 2025-11-01 to 2025-11-30" in texts
    assert {"Albums", "Heard per hour of the day"} <= set(texts)
    assert "100 % more than in the time before (1)" in texts
    assert said(bench, "stats", "2024") == "No plays then\n"


def test_plays_of_any_century_are_told(bench: Bench):
    """Also of moments that no calendar has, and in a time zone of half hours."""
    starts = (-86_400, 1, int(time.time()) - 86_400, 253_370_764_800, 253_402_300_800, 2**53)
    put_plays(bench, [("Fern", "Mira Holt", "mpv", at, 60.0, "counted") for at in starts])
    for zone in ("UTC", "Asia/Kolkata", "America/St_Johns"):
        figures = document(bench, "stats", "--since", "all", env={"TZ": zone})
        assert (figures["plays"], figures["counted"], len(figures["days"]) < 30_000) == (5, 5, True)
        assert sum(day["counted"] for day in figures["days"]) in (2, 3)
    for period in (
        ("1990-01-01", "9000-01-01"),
        ("all", "9998"),
        ("3000", "9998"),
        ("1971", "1972"),
    ):
        span = ("--since", period[0], "--until", period[1])
        assert "days" in document(bench, "stats", *span)
        for form in ((), ("--html", "-")):
            said(bench, "stats", *span, *form)
    assert "Fern" in said(bench, "stats", "--since", "all")


def test_a_time_that_makes_no_sense_is_refused(bench: Bench):
    words = refused(bench, 2, "stats", "2025", "--since", "7d")
    assert "PERIOD is a --since and an --until" in words
    words = refused(bench, 2, "stats", "--since", "today", "--until", "yesterday")
    assert "--until must be later than --since" in words
    assert said(bench, "stats", "--until", "2020") == "No plays then\n"
