"""Divides the daemon among its callers: no connection takes memory, time or the socket from others.

What a connection may have at once is bounded: calls that wait or are worked on, the memory of their
arguments, and the bytes that are sent to it. Long answers are made one at a time, and the next one
when the socket has taken it. So a program that reads no answer costs little.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

MAX_CALLS = 4096
"""Calls of one connection that wait or are worked on."""

MAX_CALLS_AT_ONCE = 64
"""Of them are worked on: each is a task."""

MAX_BEGUN_PER_TURN = 4
"""Calls of one connection that are begun in a turn of the event loop: others have theirs."""

MAX_CALLS_OF_ALL = 8192
"""Calls of all connections that wait or are worked on. Beyond them only those are refused who have
more than MAX_CALLS_AT_ONCE."""

MAX_CALL_BYTES = 8 * 2**20
"""Memory of the calls of one connection that wait or are worked on."""

MAX_LONG_ANSWERS = 8
"""Made at once, of all connections: each may have a megabyte."""

MAX_SHARE = 0.25
"""The share of the time in which long answers are made for a connection that asks for the next one
before it has the last. A play on its way to the disk meets a few of them, at 50 ms each."""

MAX_SENT_BYTES = 64 * 2**20
"""Sent to one connection in SENT_SECONDS: the bus keeps what it does not read, 1 GB at most for all
that we send. A history of 100,000 plays has 50 MB."""

SENT_SECONDS = 60.0
"""See MAX_SENT_BYTES."""

MAX_IDLE_CALLERS = 64
"""Connections without a call of which is known what was sent to them."""

Answer = Callable[[], Coroutine[Any, Any, int]]
"""Works on a call and sends the reply. Returns how many bytes that were."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call: its memory in bytes, the work on it, and whether the answer may be long."""

    size: int
    answer: Answer
    is_long: bool


@dataclass(slots=True)
class _Caller:
    """A connection: its calls that wait, and what it has taken. `since` is when `sent` began."""

    waiting: deque[_Call] = field(default_factory=deque[_Call])
    is_scheduled: bool = False
    long_answer: asyncio.Lock = field(default_factory=asyncio.Lock)
    working: int = 0
    size: int = 0
    sent: int = 0
    since: float = 0.0

    @property
    def calls(self) -> int:
        return len(self.waiting) + self.working


class Callers:
    """The calls of all connections."""

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls = 0
        self._long_answers = asyncio.Semaphore(MAX_LONG_ANSWERS)

    def take(self, sender: str, size: int, answer: Answer, *, is_long: bool = False) -> bool:
        """Works on a call as soon as may be. `size` is its memory in bytes; of long answers one is
        made at a time. Returns False if the connection has too many calls, or was sent too much."""
        caller = self._callers.setdefault(sender, _Caller())
        crowded = self._calls >= MAX_CALLS_OF_ALL and caller.calls >= MAX_CALLS_AT_ONCE
        is_full = caller.calls >= MAX_CALLS or caller.size + size > MAX_CALL_BYTES
        if crowded or is_full or self._has_enough(caller):
            return False
        caller.size += size
        self._calls += 1
        caller.waiting.append(_Call(size, answer, is_long))
        self._schedule(caller)
        return True

    async def stop(self) -> None:
        """Gives up all calls."""
        for caller in self._callers.values():
            caller.waiting.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _has_enough(self, caller: _Caller) -> bool:
        now = asyncio.get_running_loop().time()
        if now - caller.since >= SENT_SECONDS:
            caller.since, caller.sent = now, 0
        return caller.sent >= MAX_SENT_BYTES

    def _schedule(self, caller: _Caller) -> None:
        if caller.waiting and caller.working < MAX_CALLS_AT_ONCE and not caller.is_scheduled:
            caller.is_scheduled = True
            asyncio.get_running_loop().call_soon(self._begin, caller)

    def _begin(self, caller: _Caller) -> None:
        caller.is_scheduled = False
        free = MAX_CALLS_AT_ONCE - caller.working
        for _ in range(min(len(caller.waiting), free, MAX_BEGUN_PER_TURN)):
            caller.working += 1
            task = asyncio.create_task(self._work(caller, caller.waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._schedule(caller)

    async def _work(self, caller: _Caller, call: _Call) -> None:
        try:
            async with contextlib.AsyncExitStack() as stack:
                if call.is_long:
                    await stack.enter_async_context(caller.long_answer)
                    await stack.enter_async_context(self._long_answers)
                begun = time.thread_time()
                caller.sent += await call.answer()
                if call.is_long and caller.waiting:  # it does not wait for its answers
                    await asyncio.sleep((time.thread_time() - begun) * (1 / MAX_SHARE - 1))
        finally:
            caller.working -= 1
            caller.size -= call.size
            self._calls -= 1
            self._schedule(caller)
            self._forget_idle()

    def _forget_idle(self) -> None:
        """Forgets connections that have no call, and were sent nothing lately."""
        if len(self._callers) > MAX_IDLE_CALLERS:
            self._callers = {
                name: caller
                for name, caller in self._callers.items()
                if caller.calls or self._has_enough(caller) or caller.sent
            }
