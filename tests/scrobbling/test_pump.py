"""The loop: when it looks, and what it does if the database refuses."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scrobblerd.core.errors import StoreFailed
from scrobblerd.scrobbling.pump import Pump

Answer = float | StoreFailed | None


@dataclass
class Turns:
    """The turns of a pump that give these answers, the last of them again and again."""

    answers: Sequence[Answer]
    during: Callable[[Pump, int], None] = lambda pump, number: None
    taken: int = 0
    failures: list[StoreFailed] = field(default_factory=list[StoreFailed])

    def __post_init__(self) -> None:
        self.pump = Pump(self.turn, self.failures.append)

    async def turn(self) -> float | None:
        """One turn."""
        answer = self.answers[min(self.taken, len(self.answers) - 1)]
        self.during(self.pump, self.taken)
        self.taken += 1
        if isinstance(answer, StoreFailed):
            raise answer
        return answer

    async def run(self) -> int:
        """Let the pump run until nothing goes on any more: how many turns that were."""
        running = asyncio.create_task(self.pump.run())
        for _ in range(100):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return self.taken


async def test_it_looks_again_at_once_after_a_wait_of_nothing() -> None:
    assert await Turns([0.0, 0.0, None]).run() == 3


async def test_without_a_time_it_waits_until_it_is_woken() -> None:
    turns = Turns([None])
    assert await turns.run() == 1
    turns.pump.wake()
    assert await turns.run() == 3  # at its start, and when it was woken


async def test_what_comes_in_during_a_turn_is_looked_at_after_it() -> None:
    def wake(pump: Pump, number: int) -> None:
        assert not pump.is_woken
        if number == 0:
            pump.wake()
            assert pump.is_woken

    assert await Turns([None], wake).run() == 2


async def test_a_database_that_refuses_is_told_and_waited_for() -> None:
    error = StoreFailed("the disk is full")
    turns = Turns([error])
    assert await turns.run() == 1
    assert turns.failures == [error]
