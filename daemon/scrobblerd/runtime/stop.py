"""Ends the program soon after it is asked to, whatever hangs.

What must be on disk is written first, and waits for the database a moment at most. Then the rooms
are closed, each in a moment. A thread may be in a call that can't be broken off: a question to a
resolver takes 10 s and more, and a disk may never answer. Python waits for its threads at the end,
so the process is left then, as by a kill, which costs nothing once all is on disk.
"""

import asyncio
import contextlib
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any, ParamSpec, TypeVar

log = logging.getLogger(__name__)

STOP_SECONDS = 1.5
"""Seconds from the request to the end at most, if all is written by then."""

UNSAVED_STOP_SECONDS = 6.0
"""Seconds if it is not: more likely the machine is slow than that the event loop hangs. systemd
waits for 10."""

STEP_SECONDS = 0.3
"""Seconds for one room to close: it takes milliseconds unless something hangs."""

JOIN_SECONDS = 0.05
"""Seconds for a thread that has nothing to do any more to end."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Stop:
    """The end of the program. `asked` is set when SIGTERM or SIGINT has come."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._limiter = threading.Thread(target=self._leave_late, daemon=True)
        self._status = 1

    def listen(self) -> None:
        """Hears the signals from now on: the first counts, later ones change nothing.

        The handlers of asyncio are not for this: a loop that hangs would not hear, and one that is
        closed lets the next signal end the process as a failure.
        """
        for number in STOP_SIGNALS:
            signal.signal(number, self._hear)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.limit()
        self._loop.call_soon_threadsafe(self.asked.set)

    def limit(self) -> None:
        """Lets the process end in time from now on, whatever hangs."""
        if self._limiter.ident is None:
            self._limiter.start()

    def saved(self) -> None:
        """All that must not be lost is on disk: from now on no end is a failure, if it was asked
        for."""
        if self.asked.is_set():
            self._status = os.EX_OK

    def leave(self) -> None:
        """Ends the process at once if it was asked for, and threads are busy still. The loop must
        be running, for they would find it closed."""
        if not self.asked.is_set():
            return
        for thread in threading.enumerate():
            if thread in (threading.main_thread(), self._limiter):
                continue
            thread.join(JOIN_SECONDS)
            if thread.is_alive():
                log.debug("left while %s is busy", thread)
                os._exit(self._status)

    def _leave_late(self) -> None:
        time.sleep(STOP_SECONDS)
        if self._status:
            time.sleep(UNSAVED_STOP_SECONDS - STOP_SECONDS)
        with contextlib.suppress(OSError):
            if sys.stderr is not None and can_write(sys.stderr.fileno()):
                os.write(sys.stderr.fileno(), b"scrobblerd: something hangs; it is left as it is\n")
        os._exit(self._status)


async def briefly(step: Callable[[], Awaitable[object]]) -> None:
    """Takes a step of the stop, and leaves it after STEP_SECONDS. Raises what it raises."""
    done, _ = await asyncio.wait({asyncio.ensure_future(step())}, timeout=STEP_SECONDS)
    for task in done:
        task.result()


def can_write(descriptor: int) -> bool:
    """Decides whether a few KB can be written without waiting for a reader."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(events & select.POLLOUT for _, events in poll.poll(0))


class ThreadPerCall(ThreadPoolExecutor):
    """Runs each call in a thread of its own, for which nobody waits at the end.

    In a pool, a few questions to a resolver that hangs would keep settings and logins from being
    written.
    """

    def submit(
        self,
        fn: Callable[Parameters, Result],
        /,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Future[Result]:
        future: Future[Result] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 # the one who waits gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=run, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, **_: Any) -> None:
        """Waits for nothing."""
