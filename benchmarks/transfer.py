"""What an import and an export of a long history cost.

    python -m benchmarks.transfer [PLAYS]

A real daemon on a private bus, with an empty history at first. Of the import, of the same file once
more, and of the export: the seconds, CPU seconds of scrobblerctl and of the daemon, the peak memory
of both, the longest time for which a callback held the daemon's event loop (its CPU), and the
longest wait for the answer to a ping.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dbus_next.message import Message

from benchmarks.holds import worst as longest_hold
from benchmarks.queue import peak
from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from scrobblerd.core.model import Scrobble
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from scrobblerd.history_files.writing import WRITERS

START = 1_400_000_000
PING_SECONDS = 0.005
"""Between two pings."""

TICKS = os.sysconf("SC_CLK_TCK")


def write(path: Path, plays: int) -> None:
    """A file of plays, none of them of the same names in a row."""
    line = WRITERS["jsonl"].line
    with path.open("w", encoding="utf-8") as file:
        for n in range(plays):
            artist, track = f"Mira Holt {n % 997}", f"Slow Harbour {n % 4999}"
            file.write(line(Scrobble(artist, track, START + 200 * n, "Tidewater", duration=215)))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def _pings(address: str, worst: list[float]) -> None:
    bus = await connect(address)
    ping = ("org.freedesktop.DBus.Peer", "Ping")
    while True:
        begun = time.monotonic()
        await bus.call(Message(SCROBBLER, SCROBBLER_PATH, *ping))
        worst[0] = max(worst[0], time.monotonic() - begun)
        await asyncio.sleep(PING_SECONDS)


async def measure(
    name: str, daemon: Daemon, address: str, arguments: Sequence[str], *, status: int = 0
) -> None:
    """Runs a command that ends so, and tells what that cost."""
    worst = [0.0]
    pings = asyncio.create_task(_pings(address, worst))
    wall, daemon_cpu, before = time.monotonic(), _cpu(daemon.pid), _children()
    words = (sys.executable, "-m", "scrobblerd.ctl", *arguments)
    process = await asyncio.create_subprocess_exec(
        *words, env=daemon.env(), stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == status
    wall, usage = time.monotonic() - wall, _children()
    pings.cancel()
    with suppress(asyncio.CancelledError):
        await pings
    print(
        f"{name:13} {wall:.1f} s, CPU {usage.ru_utime - before.ru_utime:.1f} s of scrobblerctl and"
        f" {_cpu(daemon.pid) - daemon_cpu:.1f} s of the daemon; at most"
        f" {usage.ru_maxrss / 1024:.0f} and {peak(daemon.pid):.0f} MB; loop held"
        f" {longest_hold(_holds(daemon)) * 1000:.0f} ms, a ping waited {worst[0] * 1000:.0f} ms"
    )


def _holds(daemon: Daemon) -> Path:
    return daemon.home / "holds"


def _children() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def main(plays: int) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        daemon, path, out = Daemon(bus, lastfm, Path(home), dev=False), *_files(Path(home))
        daemon.wrapper = (sys.executable, "-m", "benchmarks.holds", str(_holds(daemon)))
        daemon.login(lastfm)
        write(path, plays)
        print(f"{plays:,} plays, {path.stat().st_size >> 20} MB")
        with daemon:
            longest_hold(_holds(daemon))  # of the start
            for name, *arguments in (
                ("import", "import", str(path)),
                ("once more", "import", str(path)),
                ("export", "export", "-o", str(out)),
            ):
                asyncio.run(measure(name, daemon, bus.address, arguments))
        assert out.read_bytes() == path.read_bytes()


def _files(home: Path) -> tuple[Path, Path]:
    return home / "plays.jsonl", home / "again.jsonl"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
