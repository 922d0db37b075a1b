"""Which test covers which of the cases: `python -m tests.tracking.cases.table`."""

import importlib
import pkgutil
import sys
from collections import defaultdict
from inspect import isfunction

from tests.support.paths import TESTS
from tests.tracking import cases
from tests.tracking.cases.marks import cases_of

ALL = range(1, 120)

ELSEWHERE = {
    67: ["daemon/test_scrobbling.py::test_a_player_that_hangs_holds_up_nobody"],
    85: [
        "storage/test_plays.py::test_a_play_said_due_twice_is_queued_once",
        "scrobbling/test_submitter.py::test_a_server_that_is_down_is_tried_again_after_the_backoff",
    ],
    86: ["daemon/test_scrobbling.py::test_an_answer_lost_after_storing_is_resent_the_same"],
    87: ["storage/test_plays.py::test_two_plays_never_share_a_second"],
    88: ["daemon/test_life.py::test_when_the_bus_goes_it_says_so_and_fails"],
    99: ["daemon/test_secrets.py::test_a_whole_life"],
    100: ["storage/test_plays.py::test_a_start_stamped_in_1970_is_mended_when_the_clock_is"],
}
"""Tests of disk, wire and the whole daemon that cover a case."""

NOT_YET: dict[int, str] = {}
"""Cases without a test, and why."""


def covered() -> dict[int, list[str]]:
    """Per case the names of the tests that cover it, in the order of the files."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for module in pkgutil.iter_modules(cases.__path__):
        if module.name.startswith("test_"):
            members = vars(importlib.import_module(f"tests.tracking.cases.{module.name}"))
            for name, member in members.items():
                for number in cases_of(member) if isfunction(member) else ():
                    found[number].append(name)
    for number, names in ELSEWHERE.items():
        found[number] += names
    return dict(found)


def table() -> list[str]:
    """The lines of the table in README.md."""
    tested = covered()
    rows = ["| case | tests |", "| --- | --- |"]
    for number in ALL:
        names = ", ".join(f"`{name}`" for name in tested.get(number, []))
        rows.append(f"| {number} | {names or 'not yet: ' + NOT_YET.get(number, '?')} |")
    return rows


def is_there(test: str) -> bool:
    """Whether a `file.py::name` of the tests exists."""
    file, name = test.split("::")
    path = TESTS / file
    return path.exists() and f"def {name}(" in path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
