"""callers.py: what one connection may have at once, so that others are served."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from scrobblerd.control import callers as module
from scrobblerd.control.callers import (
    MAX_CALL_BYTES,
    MAX_CALLS,
    MAX_CALLS_AT_ONCE,
    MAX_CALLS_OF_ALL,
    MAX_LONG_ANSWERS,
    MAX_SENT_BYTES,
    Callers,
)

TURNS = 200_000
"""Turns of the event loop after which something does not come: some seconds."""


async def until(holds: Callable[[], object]) -> None:
    """Waits until it holds."""
    for _ in range(TURNS):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("it does not come to that")


class Work:
    """The work on calls: it is begun, and done when it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done = 0
        self.gate = asyncio.Event()

    async def answer(self, name: str = "", sent: int = 10) -> int:
        self.begun.append(name)
        await self.gate.wait()
        self.done += 1
        return sent

    async def until_begun(self, count: int) -> None:
        """Waits until so many were begun, and any others would have been."""
        await until(lambda: len(self.begun) >= count)
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(self.begun) == count

    async def until_done(self, count: int) -> None:
        """Lets all go, and waits until so many have gone."""
        self.gate.set()
        await until(lambda: self.done >= count)
        await asyncio.sleep(0)


@pytest.fixture
async def callers() -> AsyncIterator[Callers]:
    """The calls of all."""
    all_calls = Callers()
    yield all_calls
    await all_calls.stop()


@pytest.fixture
def work() -> Work:
    """Work on calls."""
    return Work()


async def test_so_many_calls_of_a_connection_are_worked_on_at_once(
    callers: Callers, work: Work
) -> None:
    for _ in range(MAX_CALLS_AT_ONCE + 5):
        assert callers.take(":1.5", 100, work.answer)
    await work.until_begun(MAX_CALLS_AT_ONCE)
    assert callers.take(":1.6", 100, work.answer)
    await work.until_begun(MAX_CALLS_AT_ONCE + 1)
    await work.until_done(MAX_CALLS_AT_ONCE + 6)


async def test_calls_of_a_connection_are_begun_in_their_order(callers: Callers, work: Work) -> None:
    names = [str(number) for number in range(20)]
    for name in names:
        callers.take(":1.5", 1, lambda name=name: work.answer(name))
    await work.until_begun(len(names))
    assert work.begun == names


async def test_a_connection_that_floods_lets_others_begin_in_between(
    callers: Callers, work: Work
) -> None:
    for _ in range(MAX_CALLS_AT_ONCE):
        callers.take(":1.5", 1, lambda: work.answer("flood"))
    callers.take(":1.6", 1, lambda: work.answer("calm"))
    await work.until_begun(MAX_CALLS_AT_ONCE + 1)
    assert work.begun.index("calm") <= module.MAX_BEGUN_PER_TURN


async def test_too_many_calls_of_a_connection_are_refused(callers: Callers, work: Work) -> None:
    taken = [callers.take(":1.5", 0, work.answer) for _ in range(MAX_CALLS + 1)]
    assert taken == [True] * MAX_CALLS + [False]
    assert callers.take(":1.6", 0, work.answer)


async def test_calls_that_take_too_much_memory_are_refused_until_others_are_done(
    callers: Callers, work: Work
) -> None:
    assert callers.take(":1.5", MAX_CALL_BYTES - 10, work.answer)
    assert not callers.take(":1.5", 11, work.answer)
    assert callers.take(":1.5", 10, work.answer)
    await work.until_begun(2)
    await work.until_done(2)
    assert callers.take(":1.5", MAX_CALL_BYTES, work.answer)


async def test_if_all_together_have_too_many_those_with_few_are_served(
    callers: Callers, work: Work
) -> None:
    loud = [f":1.{number}" for number in range(MAX_CALLS_OF_ALL // MAX_CALLS)]
    for sender in loud:
        for _ in range(MAX_CALLS):
            assert callers.take(sender, 0, work.answer)
    served = [callers.take(":1.9999", 0, work.answer) for _ in range(MAX_CALLS_AT_ONCE + 1)]
    assert served == [True] * MAX_CALLS_AT_ONCE + [False]


async def test_long_answers_are_made_one_at_a_time_and_few_of_all(
    callers: Callers, work: Work
) -> None:
    for number in range(MAX_LONG_ANSWERS + 3):
        for _ in range(2):
            assert callers.take(f":1.{number}", 1, work.answer, is_long=True)
    await work.until_begun(MAX_LONG_ANSWERS)
    assert callers.take(":1.0", 1, work.answer)
    await work.until_begun(MAX_LONG_ANSWERS + 1)
    await work.until_done(2 * (MAX_LONG_ANSWERS + 3) + 1)


async def test_a_connection_that_was_sent_too_much_waits_until_the_minute_is_over(
    callers: Callers, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SENT_SECONDS", 0.2)
    callers.take(":1.5", 1, lambda: work.answer(sent=MAX_SENT_BYTES))
    await work.until_done(1)
    assert not callers.take(":1.5", 1, work.answer)
    assert callers.take(":1.6", 1, work.answer)
    await until(lambda: callers.take(":1.5", 1, work.answer))


async def test_work_that_fails_counts_no_more(callers: Callers, work: Work) -> None:
    async def fails() -> int:
        raise ConnectionError

    for _ in range(MAX_CALLS_AT_ONCE):
        callers.take(":1.5", MAX_CALL_BYTES // MAX_CALLS_AT_ONCE, fails)
    await until(lambda: callers.take(":1.5", MAX_CALL_BYTES, work.answer))
    await work.until_begun(1)


async def test_a_stop_gives_up_all_calls(work: Work) -> None:
    callers = Callers()
    for _ in range(MAX_CALLS_AT_ONCE + 5):
        callers.take(":1.5", 1, work.answer)
    await work.until_begun(MAX_CALLS_AT_ONCE)
    await callers.stop()
    assert (len(work.begun), work.done) == (MAX_CALLS_AT_ONCE, 0)
