"""The stages of a run of all tests: which test belongs where, and how long each stage took.

Tests run stage by stage, the quick and pure ones first; the summary names every stage with its
tests and its time.
"""

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

STAGES = {
    "unit": "pure rules, files, the database; no bus",
    "bus": "on a private bus: the daemon, its members, scrobblerctl",
    "players": "real players",
    "systemd": "under a real user manager",
    "faults": "faults and hostile input",
    "package": "wheel, sdist, Debian package, lowest versions",
}
_FOLDERS = {"faults": "faults", "hostile": "faults"}
_BEGINNINGS = (
    ("test_players", "players"),
    ("test_mpv", "players"),
    ("test_systemd", "systemd"),
    ("test_hardening", "systemd"),
    ("test_credentials", "systemd"),
    ("test_packag", "package"),
    ("test_debian", "package"),
    ("test_lowest", "package"),
)
_ON_A_BUS = (
    "PrivateBus",
    "on_a_daemon",
    "on_a_bus",
    "daemon_bench",
    "on_lastfm",
    "lab.dbus",
    "on_a_keyring",
)
"""What a test module names that runs on a bus, or a server."""


def stage_of(path: Path) -> str:
    """The stage of a test module."""
    if path.parent.name in _FOLDERS:
        return _FOLDERS[path.parent.name]
    for beginning, stage in _BEGINNINGS:
        if path.name.startswith(beginning):
            return stage
    text = path.read_text(encoding="utf-8")
    return "bus" if any(word in text for word in _ON_A_BUS) else "unit"


class Stages:
    """A plugin of pytest's: sorts the tests, sums up their times."""

    def __init__(self) -> None:
        self._stages: dict[str, str] = {}
        self._seconds = dict.fromkeys(STAGES, 0.0)
        self._outcomes: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The stages in order; within one the tests stay as they were."""
        modules = {item.path: stage_of(item.path) for item in items}
        self._stages = {item.nodeid: modules[item.path] for item in items}
        order = list(STAGES)
        items.sort(key=lambda item: order.index(modules[item.path]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was set up, ran, or was taken down."""
        stage = self._stages.get(report.nodeid, "unit")
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
                yield f"stage {stage:8} {seconds} min  {told}  ({about})"
