"""Which of the hundred cases a test is about."""

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def case(*numbers: int) -> Callable[[Test], Test]:
    """The test is about these cases."""

    def mark(test: Test) -> Test:
        vars(test)["cases"] = numbers
        return test

    return mark


def cases_of(test: object) -> tuple[int, ...]:
    """The cases that a test was marked with."""
    return getattr(test, "cases", ())
