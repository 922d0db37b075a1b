"""The stages of a run of all tests: each folder of `tests/` is one.

Tests run stage by stage, the quick and pure ones first; the summary names every stage with its
tests and its time. If several processes share them (`pytest -n 2`), the long ones begin first.
"""

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.paths import TESTS

STAGES = {
    "house": "the sizes and boundaries of the code",
    "core": "words and rules of the field",
    "tracking": "what was heard: timelines, and a hundred things players do",
    "mpris": "what players say",
    "dbus": "messages of the bus",
    "config": "files and settings of the user",
    "history_files": "files of plays",
    "storage": "the database, on a real file",
    "services": "Last.fm on the wire",
    "accounts": "logins and keyrings",
    "scrobbling": "the queue, sent to a real server",
    "reconciliation": "what was sent, and what services show of it",
    "library": "music folders and loved tracks",
    "desktop": "notifications, pages, suspend",
    "runtime": "the process and systemd's socket",
    "traces": "recordings of real players",
    "lab": "our stand-ins",
    "control": "every member on the bus",
    "daemon": "the whole daemon on a private bus",
    "ctl": "scrobblerctl in pipes and terminals",
    "docs": "documents tell the truth",
    "players": "real players",
    "maloja": "a real Maloja",
    "systemd": "under a real user manager",
    "faults": "network, disk, clock and kill -9",
    "hostile": "what nobody should send",
    "package": "wheel, sdist, Debian package, lowest versions",
}
"""In the order in which they run."""


def stage_of(path: Path) -> str:
    """The stage of a test module."""
    inside = path.relative_to(TESTS).parts
    return inside[0] if len(inside) > 1 else "house"


class Stages:
    """A plugin of pytest's: sorts the tests, sums up their times."""

    def __init__(self, config: pytest.Config) -> None:
        self._root = config.rootpath
        self._shared = hasattr(config, "workerinput")  # this is one of several processes
        self._seconds = dict.fromkeys(STAGES, 0.0)
        self._outcomes: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The stages in order; within one the tests stay as they were."""
        order = list(STAGES)[:: -1 if self._shared else 1]
        places = {item.path: order.index(stage_of(item.path)) for item in items}
        items.sort(key=lambda item: places[item.path])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was set up, ran, or was taken down."""
        stage = stage_of(self._root / report.nodeid.partition("::")[0])
        self._seconds[stage] += report.duration
        if report.when == "call" or report.outcome != "passed":
            self._outcomes[stage][report.outcome] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """A line for every stage."""
        terminalreporter.section("stages")
        for line in self._lines():
            terminalreporter.write_line(line)

    def _lines(self) -> Iterable[str]:
        for stage, about in STAGES.items():
            if outcomes := self._outcomes[stage]:
                told = ", ".join(f"{number} {name}" for name, number in outcomes.items())
                seconds = time.strftime("%M:%S", time.gmtime(self._seconds[stage]))
                yield f"stage {stage:10} {seconds} min  {told}  ({about})"


def pytest_configure(config: pytest.Config) -> None:
    """The run tells of its stages."""
    config.pluginmanager.register(Stages(config))
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.import_plugin("tests.support.sharing")
