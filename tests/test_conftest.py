"""What is missing skips a test, and fails it where everything is required."""

import pytest

from tests.conftest import Needs, require


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
