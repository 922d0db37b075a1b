"""How long `scrobblerctl` takes beyond the start of a bare interpreter.

    python -m benchmarks.command [ROUNDS]

A real daemon on a private bus answers; the output goes to a file, as JSON and as text. Each round
runs every command once, so that what else the machine does falls on all of them; the figures are
medians and the least of the rounds.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn

BUDGET = 0.150
"""Seconds that `status` may take more than a bare interpreter."""

CTL = (sys.executable, "-m", "scrobblerd.ctl")
COMMANDS = {
    "bare interpreter": (sys.executable, "-c", "pass"),
    "status": (*CTL, "status"),
    "status --json": (*CTL, "status", "--json"),
    "now": (*CTL, "now"),
    "history": (*CTL, "history"),
    "--version": (*CTL, "--version"),
}


def main(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, Path(home), dev=False)
        daemon.login(lastfm)
        with daemon:
            taken = measured(daemon.env(), rounds)
    bare = statistics.median(taken["bare interpreter"])
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        more = f"{1000 * (median - bare):+6.0f} ms" if name != "bare interpreter" else ""
        print(f"{name:18} {1000 * median:6.0f} ms  (least {1000 * min(seconds):4.0f})  {more}")
    over = statistics.median(taken["status"]) - bare
    print(f"status: {1000 * over:.0f} ms more than bare; the budget is {1000 * BUDGET:.0f} ms")


def measured(env: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Seconds of each command, per round."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, words in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)
            taken[name].append(time.perf_counter() - begun)
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
