"""Figures as bars: what a terminal shows of them."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from scrobblerd.ctl.display import charts
from scrobblerd.ctl.display.screen import text
from tests.support.stats_samples import TODAY, answered, by_name


def shown(answer: Any, width: int = 80, since: int = 0, blocks: bool = True) -> list[str]:
    """The lines of a terminal."""
    picture = charts.picture(by_name(answer, since), width, blocks)
    return [text(line).plain.rstrip() for line in picture]


def test_the_whole_picture():
    assert shown(answered()) == [
        "Listening since 2026-09-20",
        "4 plays, 3 counted (75 %)",
        "7 min heard",
        "Most on 2026-09-20: 3 plays, 7 min",
        "",
        "Heard per day",
        *["  7 min ███████████", *["        ███████████"] * 3],
        "      0 ███████████ ···········",
        "        2026-09-20  2026-09-21",
        "",
        "Plays that counted per day",
        *["      3 ███████████", *["        ███████████"] * 3],
        "      0 ███████████ ···········",
        "        2026-09-20  2026-09-21",
        "",
        "Artists             plays  heard",
        "Mira Holt               2  3 min  ████████████████████████████████████████",
        "The Paper Lanterns      1  3 min  ████████████████████",
        "",
        "Tracks             plays  heard",
        "Fern by Mira Holt      2  3 min  ████████████████████████████████████████",
        "",
        "Players  plays  heard",
        "mpv          3  7 min  ████████████████████████████████████████",
        "",
        "Verdicts               plays  share",
        "counted                    3   75 %  ████████████████████████████████████████",
        "not heard long enough      1   25 %  █████████████▍",
    ]


def test_without_block_characters_there_are_plain_ones():
    lines = shown(answered(name="A name of many words that goes on and on for ever"), 60, 0, False)
    assert all(line.isascii() for line in lines)
    assert "      0 ########### ..........." in lines
    assert any("..." in line for line in lines)


def test_in_a_narrow_terminal_names_have_lines_to_themselves():
    lines = shown(answered(name="Many People And Their Friends"), 40)
    at = lines.index("Artists  plays  heard")
    assert lines[at + 1 : at + 3] == [
        "Many People And Their Friends",
        "             2  3 min  █████████████████",
    ]


def test_what_is_hardly_anything_is_seen():
    days = [["2026-09-20", 1000, 90_000.0], ["2026-09-21", 1, 1.0]]
    lines = shown(answered(days))
    assert "      0 ███████████ ▁▁▁▁▁▁▁▁▁▁▁" in lines


def test_the_largest_column_is_full_and_others_are_in_proportion():
    days = [[f"2026-09-{day}", day, day * 600.0] for day in (10, 15, 20)]
    drawn = [line.ljust(80)[8::6] for line in shown(answered(days))[6:11]]
    assert drawn == [
        "          █ ",
        "     ▆    █ ",
        "▄    █    █ ",
        "█    █    █ ",
        "█····█····█·",
    ]


@given(
    st.text(),
    st.integers(0, 10**7),
    st.integers(0, 4000),
    st.integers(40, 200),
    st.booleans(),
)
def test_every_line_fits(name: str, plays: int, days: int, width: int, blocks: bool):
    first = (TODAY - timedelta(days)).isoformat()
    answer = answered([[first, plays, plays * 200.0]], name)
    answer["artists"][0][1:] = answer["tracks"][0][2:] = [plays, plays * 200.0]
    for line in shown(answer, width, 0, blocks)[4:]:  # what comes before is words
        assert cell_len(line) <= min(width, 80)


@given(st.text(), st.integers(4, 60))
def test_a_name_takes_its_cells_and_no_others(name: str, width: int):
    assert cell_len(charts.fitted(name, width)) == width
