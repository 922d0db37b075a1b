"""The program ends soon after it is asked to, whatever hangs in it."""

import asyncio
import signal
import subprocess
import sys
import threading
import time

import pytest

from scrobblerd.runtime.stop import (
    STEP_SECONDS,
    STOP_SECONDS,
    UNSAVED_STOP_SECONDS,
    ThreadPerCall,
    briefly,
)

PROGRAM = """
import asyncio, threading, time
from scrobblerd.runtime.stop import Stop, ThreadPerCall

def hang():
    while True:
        time.sleep(60)

async def run():
    stop = Stop()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPerCall())
    stop.listen()
    print("ready", flush=True)
    {body}

asyncio.run(run())
print("ended by itself", flush=True)
"""

WAIT = "await stop.asked.wait()"
CASES = {
    "nothing": (f"{WAIT}; stop.saved(); stop.leave()", 0, "ended by itself\n"),
    "the loop": ("hang()", 1, ""),
    "the loop when all is written": (f"{WAIT}; stop.saved(); hang()", 0, ""),
    "a task": (f"{WAIT}; await asyncio.Event().wait()", 1, ""),
    "a call in a thread": (
        f"call = loop.run_in_executor(None, hang); {WAIT}; stop.saved(); stop.leave()",
        0,
        "",
    ),
    "a thread": (
        f"threading.Thread(target=hang).start(); {WAIT}; stop.saved(); stop.leave()",
        0,
        "",
    ),
}
"""What hangs; what the program does, the status with which it ends, and what it says at the end."""

UNASKED = {
    "a call in a thread": ("loop.run_in_executor(None, hang)", 0),
    "a thread": ("threading.Thread(target=hang).start()", 1),
}


@pytest.mark.parametrize("hanging", CASES)
def test_a_program_that_is_asked_to_ends_in_time(hanging: str) -> None:
    body, status, last = CASES[hanging]
    assert ended(body, signal.SIGTERM) == (status, last)


@pytest.mark.parametrize("hanging", UNASKED)
def test_a_program_that_fails_ends_in_time(hanging: str) -> None:
    body, status = UNASKED[hanging]
    assert ended(f"{body}; stop.limit(); stop.leave()") == (status, "ended by itself\n")


def ended(body: str, number: signal.Signals | None = None) -> tuple[int, str]:
    """How a program ends in time, and what it says last."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout
    assert program.stdout.readline() == "ready\n"
    begun = time.monotonic()
    if number is not None:
        program.send_signal(number)
    said, errors = program.communicate(timeout=30)
    within = UNSAVED_STOP_SECONDS if program.returncode else STOP_SECONDS
    assert time.monotonic() - begun < within + 0.5
    assert "Traceback" not in errors
    return program.returncode, said


async def test_a_step_that_hangs_is_left() -> None:
    begun = time.monotonic()
    await briefly(asyncio.Event().wait)
    assert STEP_SECONDS <= time.monotonic() - begun < STEP_SECONDS + 1


async def test_a_step_that_fails_raises() -> None:
    async def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await briefly(fail)


async def test_calls_that_hang_leave_others_their_turn() -> None:
    go_on, loop, threads = threading.Event(), asyncio.get_running_loop(), ThreadPerCall()
    hanging = [loop.run_in_executor(threads, go_on.wait) for _ in range(50)]
    assert await loop.run_in_executor(threads, int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await loop.run_in_executor(threads, int, "seven")
    go_on.set()
    assert await asyncio.gather(*hanging) == [True] * 50
