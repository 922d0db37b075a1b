"""What a track costs: CPU seconds per 1,000 track changes, resident memory, requests and wake-ups.

    python -m benchmarks.tracks [--tracks 300]

A real daemon on a private bus, one player that changes track as fast as tags settle, a stand-in
Last.fm. Figures of three runs: plain (nobody is logged in, so nothing is sent), announced (each
track a now-playing), scrobbled (each track a now-playing and a scrobble).
"""

import argparse
import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.player import FakePlayer

TICK = os.sysconf("SC_CLK_TCK")
NO_LIMITS = {"requests_per_second": 0, "requests_per_day": 0, "scrobbles_per_day": 0}


@dataclass(frozen=True, slots=True)
class Used:
    """What a process has used so far: CPU seconds, resident MB, voluntary context switches."""

    cpu: float
    resident: float
    switches: int


def used(pid: int) -> Used:
    """What the process has used so far."""
    times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return Used(
        (int(times[11]) + int(times[12])) / TICK,
        int(fields["VmRSS"].split()[0]) / 1024,
        int(fields["voluntary_ctxt_switches"]),
    )


async def _play(bus: PrivateBus, tracks: range, each: float) -> None:
    async with await FakePlayer.start(bus.address, "bench") as player:
        for number in tracks:
            await player.play(title=f"Track {number}", artist=["Mira Holt"], length=1.0)
            await asyncio.sleep(each)


def run(name: str, tracks: int, login: bool, heard: float) -> None:
    """One run, and a line about it."""
    scrobble = {
        "settle_ms": 50,
        "minimum_seconds": heard,
        "minimum_track_seconds": 1.0,
        "scrobble_threshold": 25,
    }
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        tables = {"scrobble": scrobble, "limits": NO_LIMITS}
        daemon = Daemon(bus, lastfm, Path(home), tables, dev=False)
        if login:
            daemon.login(lastfm)
        with daemon:
            start = used(daemon.pid)
            each, half = heard + 0.05 if heard < 1 else 0.08, tracks // 2
            asyncio.run(_play(bus, range(half), each))
            middle = used(daemon.pid)
            asyncio.run(_play(bus, range(half, tracks), each))
            end = used(daemon.pid)
        print(
            f"{name:10} start {start.cpu:.2f} s CPU, {start.resident:.1f} MB;"
            f" per 1,000 tracks {(end.cpu - start.cpu) / tracks * 1000:.2f} s CPU;"
            f" {middle.resident:.1f} MB after {half}, {end.resident:.1f} after {tracks};"
            f" {(end.switches - start.switches) / tracks:.1f} wake-ups,"
            f" {len(lastfm.requests) / tracks:.2f} requests a track;"
            f" {len(lastfm.scrobbles)} scrobbles"
        )


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=300)
    tracks = parser.parse_args().tracks
    run("plain", tracks, login=False, heard=10.0)
    run("announced", tracks, login=True, heard=10.0)
    run("scrobbled", tracks, login=True, heard=0.25)


if __name__ == "__main__":
    main()
