"""Rows of tables: what is broken costs no other row."""

import pytest

from scrobblerd.history_files.rows import MAX_ROW_LINES, rows

Rows = list[tuple[int, list[str] | None]]


def split(text: str) -> Rows:
    """The rows of a table."""
    return list(rows(iter(text.splitlines(keepends=True))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,"b, ""c""",d\n', [(1, ["a", 'b, "c"', "d"])]),
        ("\n \na;b,c;d\r\n", [(3, ["a", "b,c", "d"])]),
        ('a,"b\nc",d\ne,f,g\n', [(1, ["a", "b\nc", "d"]), (3, ["e", "f", "g"])]),
        ('a,12" Mix,d\n', [(1, ["a", '12" Mix', "d"])]),
        # tabs: quotation marks belong to the names, unless the table has them around each cell
        ('a\t"Heroes"\t"Weird Al" b\n', [(1, ["a", '"Heroes"', '"Weird Al" b'])]),
        ('a\t"Heroes\td\ne\tf\tg\n', [(1, ["a", '"Heroes', "d"]), (2, ["e", "f", "g"])]),
        ('a\t"12"" Mix"\n', [(1, ["a", '12" Mix'])]),
        ('"a"\t"b"\n"c"\t"d ""e"""\n', [(1, ["a", "b"]), (2, ["c", 'd "e"'])]),
    ],
)
def test_rows_have_the_numbers_of_their_first_lines(text: str, expected: Rows) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    "broken", ['"a,b,c', '"a"b,c,d', 'a,"b" c,"d', '"a,b\n"c,d', "a,b," + '"' * 3]
)
def test_a_row_that_is_broken_costs_no_other(broken: str) -> None:
    sound: Rows = [(1, ["x", "y"])]
    after = [*range(3 + broken.count("\n"), 6 + MAX_ROW_LINES)]
    table = f"x,y\n{broken}\n" + "x,y\n" * len(after)
    read = split(table)
    assert read[:1] == sound
    assert (2, None) in read
    assert [number for number, cells in read if cells == ["x", "y"]] == [1, *after]


def test_a_quotation_mark_that_is_not_closed_at_the_end_costs_one_row() -> None:
    assert split('x,y\n"x,y\nx,z\n') == [(1, ["x", "y"]), (2, None), (3, ["x", "z"])]


def test_a_long_row_is_no_row_of_many_lines() -> None:
    read = split('"x\n' + "y,z\n" * 100)
    assert read[0] == (1, None)
    assert [number for number, cells in read if cells] == [*range(2, 102)]
