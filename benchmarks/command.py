"""How much CPU `scrobblerctl` takes beyond a bare interpreter, to its end.

    python -m benchmarks.command [ROUNDS]

A real daemon on a private bus answers, with plays and a player; the output goes to a file, as text.
Every command that somebody waits for is measured: OTHERS says why the rest is not. Each round runs
all of them once, so that what else the machine does falls on all. The figures are the least and the
median of the rounds; the budget holds for the least, since other work only adds.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from subprocess import DEVNULL

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.player import FakePlayer
from scrobblerd.ctl.arguments.tree import parser
from tests.support.rows import put

BUDGET, DOCTORS_BUDGET = 0.150, 0.200
"""Seconds of CPU that a command may take more than a bare interpreter; the second is that of
`doctor`, which reads the configuration and asks everybody."""

BARE = "bare interpreter"

COMMANDS = (
    *("status", "status --json", "now", "now --json", "history", "history --json", "explain"),
    *("stats", "accounts", "queue", "loved", "players", "settings", "export -", "doctor"),
    *("skip", "skip --undo", "love", "unlove", "pause 1m", "resume", "test-filter --artist Moss"),
    *("disable lastfm", "enable lastfm", "library scan", "reload", "service status"),
    *("completion bash", "complete players", "help", "--version"),
)
"""Commands with their arguments. They may fail: what it costs to say that is measured, too."""

OTHERS = {
    "login": "waits for people",
    "logout": "would leave the others without an answer",
    "watch": "has no end",
    "record": "has none, either",
    "import": "benchmarks.transfer",
    "backfill": "waits for the server",
    "verify": "likewise",
    "scrobble": "adds to the history each time",
    "service": "its other actions change this machine",
}
"""Commands that are not measured, and why."""

PLAYS = 20


def main(rounds: int) -> None:
    """Measures and prints."""
    measured = {words.split()[0] for words in COMMANDS}
    missing = parser().commands.keys() - measured - OTHERS.keys()
    assert not missing, f"neither measured nor left out: {missing}"
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, Path(home), dev=False)
        daemon.login(lastfm)
        with daemon:
            put(daemon.database, "plays", *({"id": number} for number in range(1, PLAYS + 1)))
            taken = asyncio.run(_played(bus, daemon.env(), rounds))
    _show(taken)


async def _played(bus: PrivateBus, env: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    """Measures while a track plays."""
    async with await FakePlayer.start(bus.address, "demo") as player:
        await player.play("Moss", ["Mira Holt"], "Fernweh", 215.0)
        return await asyncio.to_thread(_taken, env, rounds)


def _taken(env: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    """Returns the seconds of CPU of each command, per round."""
    ctl = str(Path(sys.executable).with_name("scrobblerctl"))
    commands = {BARE: [sys.executable, "-c", "pass"]}
    commands |= {words: [ctl, *words.split()] for words in COMMANDS}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, words in commands.items():
            before = _cpu()
            subprocess.run(words, env=env, check=False, stdout=DEVNULL, stderr=DEVNULL)
            taken[name].append(_cpu() - before)
    return taken


def _cpu() -> float:
    """Returns the seconds of CPU that programs took which have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _show(taken: Mapping[str, list[float]]) -> None:
    """Prints what each command takes more than the bare interpreter."""
    bare = taken[BARE]
    print(f"{BARE}: {1000 * min(bare):.0f} ms at least, {1000 * median(bare):.0f} ms as a rule")
    for name, seconds in taken.items():
        least, usual = min(seconds) - min(bare), median(seconds) - median(bare)
        budget = DOCTORS_BUDGET if name == "doctor" else BUDGET
        mark = "  over the budget" if least > budget else ""
        if name != BARE:
            print(f"{name:26} +{1000 * least:4.0f} ms  (median +{1000 * usual:4.0f}){mark}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
