"""What accounts cost beside the first one: time, memory, CPU, requests and wake-ups.

    python -m benchmarks.accounts [--rows 5000] [--tracks 200] [--times 5]

    drain     seconds in which a backlog is sent to an account, alone and beside another one with
              the same backlog: one whose server is down, one whose server never answers, one whose
              login is refused. The ratios are of the fastest of each, and of those that were
              measured one after the other
    memory    resident and proportional MB after the tracks, with one, two and five accounts
    track     CPU seconds per 1,000 tracks that are each announced and scrobbled at every account,
              requests and wake-ups a track

A real daemon on a private bus. Its servers are in this process, so their CPU time is not counted.
All is measured in turn, and the whole so many times: the machine may have other things to do
meanwhile, which can only make it slower.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.tracks import NO_LIMITS, used
from lab.bus import PrivateBus
from lab.daemon import Daemon, Tables
from lab.far_lastfm import fill
from lab.lastfm import LASTFM
from lab.listenbrainz_profiles import LISTENBRAINZ, MALOJA
from lab.player import FakePlayer
from scrobblerd.storage.accounts import account_ids
from scrobblerd.storage.database import Database
from tests.support.account_servers import AccountServer, AudioscrobblerServer, ListenBrainzServer
from tests.support.hanging import HangingServer, says

HEARD = 0.25
"""Seconds of a track that count."""

TRACK_SECONDS = 0.3
"""A track begins every so often."""

WARM_UP_TRACKS = 10
"""Tracks before those that are measured: the first request opens connections."""

TIMEOUT_SECONDS = 300.0

COUNTS = (1, 2, 5)
"""Numbers of accounts that are compared."""


def lastfm() -> AccountServer:
    """A Last.fm of its own."""
    return AudioscrobblerServer("lastfm", LASTFM)


def brainz() -> AccountServer:
    """A ListenBrainz of its own."""
    return ListenBrainzServer("listenbrainz", LISTENBRAINZ)


def maloja() -> AccountServer:
    """A Maloja of its own."""
    return ListenBrainzServer("maloja", MALOJA)


@contextmanager
def configured(
    servers: Mapping[str, AccountServer], tables: Tables
) -> Generator[tuple[PrivateBus, Daemon]]:
    """A daemon that is logged in at each of these servers, and was not started yet."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus:
        accounts = {name: server.table for name, server in servers.items()}
        tables = {**tables, "limits": NO_LIMITS, "accounts": accounts}
        daemon = Daemon(bus, None, Path(home), tables, configured=False, dev=False)
        for name, server in servers.items():
            server.log_in(daemon, name)
        try:
            yield bus, daemon
        finally:
            daemon.stop()


# -- drain ----------------------------------------------------------------------------------------


class SilentServer(AudioscrobblerServer):
    """A server that lets everybody in and says nothing."""

    def __enter__(self) -> Self:
        self._silent = HangingServer(says(b""))
        self._silent.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._silent.__exit__(*error)

    def _address(self) -> dict[str, object]:
        return super()._address() | {"url": f"http://{self._silent.address}/2.0/"}


class AbsentServer(SilentServer):
    """A server that is down: nobody listens at its address."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._silent.__exit__()
        return self


class RefusingServer(ListenBrainzServer):
    """A server that knows no login."""

    def issue_key(self) -> str:
        """Returns a token that is none."""
        return "00000000-0000-4000-8000-000000000000"


TROUBLE: Mapping[str, Callable[[], AccountServer]] = {
    "down": lambda: AbsentServer("lastfm", LASTFM),
    "silent": lambda: SilentServer("lastfm", LASTFM),
    "refused": lambda: RefusingServer("listenbrainz", LISTENBRAINZ),
}


async def _fill(daemon: Daemon, servers: Mapping[str, AccountServer], rows: int) -> None:
    daemon.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = await Database.open(daemon.database)
    ids = await account_ids(database, {name: each.kind for name, each in servers.items()})
    await database.close()
    for account_id in ids.values():
        fill(daemon.database, rows, time.time(), account_id)


def drained(rows: int, beside: str = "") -> float:
    """Returns the seconds in which an account's backlog is sent, beside another one in trouble."""
    well = ListenBrainzServer("listenbrainz", LISTENBRAINZ)
    servers: dict[str, AccountServer] = {"well": well}
    if beside:
        servers["other"] = TROUBLE[beside]()
    with ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        _bus, daemon = stack.enter_context(configured(servers, {}))
        asyncio.run(_fill(daemon, servers, rows))
        daemon.start()
        begun = time.monotonic()
        assert well.server.wait_for(lambda _: len(well.listens.listens) == rows, TIMEOUT_SECONDS)
        return time.monotonic() - begun


def drain(rows: int, times: int) -> None:
    """A line for each kind of trouble."""
    found = {beside: list[float]() for beside in ("", *TROUBLE)}
    for _ in range(times):
        for beside, seconds in found.items():
            seconds.append(drained(rows, beside))
    alone = found.pop("")
    print(
        f"drain      {rows} rows alone: {min(alone):.2f} s, median {statistics.median(alone):.2f} s"
    )
    for beside, seconds in found.items():
        pairs = [a / b for a, b in zip(seconds, alone, strict=True)]
        print(
            f"drain      beside one that is {beside}: x {min(seconds) / min(alone):.3f},"
            f" median x {statistics.median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f})"
        )


# -- memory and tracks ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What a daemon cost: memory in MB, the rest for each track."""

    resident: float
    proportional: float
    cpu: float
    requests: float
    switches: float


def proportional(pid: int) -> float:
    """Returns the memory of a process in MB, of which what is shared counts in part."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(rollup.split("Pss:")[1].split()[0]) / 1024


async def _play(bus: PrivateBus, tracks: Iterable[int]) -> None:
    async with await FakePlayer.start(bus.address, "bench") as player:
        for number in tracks:
            await player.play(title=f"Track {number}", artist=["Mira Holt"], length=1.0)
            await asyncio.sleep(TRACK_SECONDS)


def _requests(servers: Mapping[str, AccountServer]) -> int:
    return sum(len(server.server.requests) for server in servers.values())


def played(tracks: int, accounts: int) -> Cost:
    """Returns what tracks cost that go to so many accounts."""
    kinds = [brainz, lastfm, brainz, lastfm, maloja]
    servers = {f"account{number}": make() for number, make in enumerate(kinds[:accounts])}
    scrobble = {
        "settle_ms": 50,
        "minimum_seconds": HEARD,
        "minimum_track_seconds": 1.0,
        "scrobble_threshold": 25,
    }
    with ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        bus, daemon = stack.enter_context(configured(servers, {"scrobble": scrobble}))
        daemon.start()
        asyncio.run(_play(bus, range(WARM_UP_TRACKS)))
        start, before = used(daemon.pid), _requests(servers)
        asyncio.run(_play(bus, range(WARM_UP_TRACKS, WARM_UP_TRACKS + tracks)))
        end, after = used(daemon.pid), _requests(servers)
        memory = proportional(daemon.pid)
    return Cost(
        resident=end.resident,
        proportional=memory,
        cpu=(end.cpu - start.cpu) / tracks,
        requests=(after - before) / tracks,
        switches=(end.switches - start.switches) / tracks,
    )


def played_at(tracks: int, times: int) -> None:
    """A line for each number of accounts."""
    found = {count: list[Cost]() for count in COUNTS}
    for _ in range(times):
        for count, costs in found.items():
            costs.append(played(tracks, count))
    first = found[COUNTS[0]]
    for count, costs in found.items():
        pairs = list(zip(costs, first, strict=True))
        print(
            f"{count} accounts {_median(costs, 'resident'):.1f} MB"
            f" ({_median(costs, 'proportional'):.1f} proportional),"
            f" {statistics.median(a.resident - b.resident for a, b in pairs):+.2f} MB"
            f" ({statistics.median(a.proportional - b.proportional for a, b in pairs):+.2f});"
            f" per 1,000 tracks {_median(costs, 'cpu') * 1000:.2f} s CPU,"
            f" x {statistics.median(a.cpu / b.cpu for a, b in pairs):.2f};"
            f" {_median(costs, 'requests'):.2f} requests,"
            f" {_median(costs, 'switches'):.1f} wake-ups a track"
        )


def _median(costs: Sequence[Cost], name: str) -> float:
    return statistics.median(getattr(cost, name) for cost in costs)


def main() -> None:
    """Run all of them."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--rows", type=int, default=5000, help="to send")
    parser.add_argument("--tracks", type=int, default=200, help="to play")
    parser.add_argument("--times", type=int, default=5, help="how often each is measured")
    told = parser.parse_args()
    drain(told.rows, told.times)
    played_at(told.tracks, told.times)


if __name__ == "__main__":
    main()
