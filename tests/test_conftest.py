"""What is missing skips a test, and fails it where everything is required; a run tells of its
stages."""

import re
import sys

import pytest

from tests.conftest import Needs, require
from tests.support.distributions import run


@pytest.fixture
def some_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing is required."""
    monkeypatch.delenv("SCROBBLERD_REQUIRE_ALL", raising=False)


@pytest.fixture
def deciding_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which all is required."""
    monkeypatch.setenv("SCROBBLERD_REQUIRE_ALL", "1")


@pytest.mark.usefixtures("deciding_machine")
def test_what_is_there_is_used(needs: Needs) -> None:
    needs("sh")
    require(True, "never said")


@pytest.mark.usefixtures("some_machine")
def test_a_missing_program_skips_and_is_named(needs: Needs) -> None:
    with pytest.raises(pytest.skip.Exception, match="not installed: no-such-player"):
        needs("sh", "no-such-player")


@pytest.mark.usefixtures("deciding_machine")
def test_a_missing_program_fails_where_all_is_required(needs: Needs) -> None:
    with pytest.raises(pytest.fail.Exception, match="not installed: no-such-player"):
        needs("no-such-player")


def test_a_run_of_two_processes_tells_of_its_stages_and_of_all_tests_once() -> None:
    shared = "-n", "2"
    modules = "tests/core/test_errors.py", "tests/config/test_players.py"
    said = run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *shared, *modules)
    counted = re.findall(r"^stage (\w+) +00:0\d min  (\d+) passed ", said, re.MULTILINE)
    assert [stage for stage, _ in counted] == ["core", "config"]
    total = sum(int(number) for _, number in counted)
    assert re.findall(r"(\d+) passed in", said) == [str(total)]
