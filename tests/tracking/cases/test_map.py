"""The map of the hundred cases is whole and true."""

from tests.support.paths import TESTS
from tests.tracking.cases import table

README = TESTS / "README.md"


def test_every_case_has_a_test_or_a_reason() -> None:
    assert sorted(table.covered() | table.NOT_YET) == list(table.ALL)


def test_no_case_has_both() -> None:
    assert table.covered().keys() & table.NOT_YET.keys() == set()


def test_the_tests_named_elsewhere_are_there() -> None:
    names = [name for names in table.ELSEWHERE.values() for name in names]
    assert [name for name in names if not table.is_there(name)] == []


def test_the_readme_has_this_table() -> None:
    # python -m tests.tracking.cases.table prints it
    section = README.read_text(encoding="utf-8").partition("\n## A hundred things players do\n")[2]
    assert [line for line in section.splitlines() if line.startswith("|")] == table.table()
