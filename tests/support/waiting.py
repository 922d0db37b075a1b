"""Waiting for what no signal tells of, such as what another process writes."""

import time
from collections.abc import Callable

TIMEOUT_SECONDS = 60.0
"""For anything that takes a moment on a machine with nothing else to do, where other tests run."""


def until(holds: Callable[[], object], within: float = TIMEOUT_SECONDS) -> None:
    """Wait until it holds; raises AssertionError if it does not `within` seconds."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "it does not come to that"
        time.sleep(0.01)
