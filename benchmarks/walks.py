"""Which code runs when something happens: files that are entered, and calls that leave a file.

    python -m benchmarks.walks [--files]

now-playing    a player's word of a new track → settled → the request leaves
scrobble       the moment when a play counts → the request → its outcome is signalled
UpdateSettings a call that changes a setting → its answer
...changed     the same call → the signal that the property has changed
Scrobble, ImportLovedTracks    a call on the bus → its answer

A real daemon on a private bus, against the stand-in of Last.fm, notes each of its own functions
that is called (sys.setprofile, in all its threads). A coroutine that goes on is no call. With
--files the files are listed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from dbus_next.signature import Variant

import scrobblerd
from benchmarks.tracks import NO_LIMITS
from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.__main__ import main as scrobblerd_main
from scrobblerd.dbus.names import SCROBBLER

PACKAGE = f"{Path(scrobblerd.__file__).parent}/"

RULES = {
    "settle_ms": 50,
    "minimum_seconds": 1.5,
    "minimum_track_seconds": 1.0,
    "scrobble_threshold": 25,
}
SEND_REQUEST, SEND_MESSAGE = "AsyncHTTPTransport.handle_async_request", "Bus._write"
SENDERS = (SEND_REQUEST, SEND_MESSAGE)
"""The functions of httpx and of ours by which something leaves, by their names."""

QUIET_SECONDS = 0.5
"""After which the daemon has nothing to do any more that an earlier step has left."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of ours that was called, `caller` is the file of ours that did, "" = the event
    loop; or a message that went out: then `file` is "", and `function` says which. `at` is
    CLOCK_MONOTONIC in nanoseconds."""

    at: int
    file: str
    function: str
    caller: str


# -- within the daemon ----------------------------------------------------------------------------


class Probe:
    """Notes calls until the process ends."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str, str, str]] = []
        self._begins: dict[CodeType, int] = {}

    def start(self) -> None:
        """Note what is called from now on."""
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        is_ours = code.co_filename.startswith(PACKAGE)
        if is_ours and frame.f_lasti <= self._begins.setdefault(code, frame.f_lasti):
            self._note(_inside(code), code.co_qualname, _caller(frame))
        if code.co_qualname in SENDERS and (message := _sent(code, frame.f_locals)):
            self._note("", message, "")

    def _note(self, file: str, function: str, caller: str) -> None:
        self.calls.append((time.monotonic_ns(), file, function, caller))


def _inside(code: CodeType) -> str:
    return code.co_filename.removeprefix(PACKAGE)


def _caller(frame: FrameType) -> str:
    outer = frame.f_back
    while outer is not None:
        if outer.f_code.co_filename.startswith(PACKAGE):
            return _inside(outer.f_code)
        outer = outer.f_back
    return ""


def _sent(code: CodeType, values: Mapping[str, Any]) -> str:
    """What leaves: "request", "reply", or a signal and its first word; "" = nothing of these."""
    if code.co_qualname == SEND_REQUEST:
        return "request"
    message = values["message"]
    if message.message_type.name == "SIGNAL":
        return f"{message.member} {message.body[0]}"
    return "reply" if message.message_type.name == "METHOD_RETURN" else ""


def record(path: Path) -> None:
    """Run scrobblerd, and write down its calls when it has ended."""
    probe = Probe()
    probe.start()
    status = scrobblerd_main([])
    sys.setprofile(None)
    path.write_text(json.dumps(probe.calls), encoding="utf-8")
    sys.exit(status)


# -- around it ------------------------------------------------------------------------------------


class RecordedDaemon(Daemon):
    """A daemon that notes its calls in `calls_path`, once it has ended."""

    @property
    def calls_path(self) -> Path:
        """Where they are."""
        return self.home / "calls.json"

    def spawn(self, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start it and wait for nothing."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.walks", "--record", str(self.calls_path)],
                env={**self.env(), **(env or {})},
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        return self._process


@dataclass(frozen=True, slots=True)
class Walk:
    """What began at a moment (CLOCK_MONOTONIC, nanoseconds), and with what message it is over."""

    name: str
    begun: int
    last: str

    def of(self, calls: Sequence[Call]) -> list[Call]:
        """The calls of this walk."""
        since = [call for call in calls if call.at >= self.begun]
        walk = takewhile(lambda call: call.file or call.function != self.last, since)
        return [call for call in walk if call.file]


async def walk(bus: PrivateBus, lastfm: StandIn) -> list[Walk]:
    """Take all walks, one after the other."""
    walks: list[Walk] = []

    async def begin(name: str, last: str) -> None:
        await asyncio.sleep(QUIET_SECONDS)
        walks.append(Walk(name, time.monotonic_ns(), last))

    async with await connect(bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        async with await FakePlayer.start(bus.address, "bench") as player:
            await begin("now-playing", "request")
            await player.play("Fern", ["Mira Holt"], length=6.0)
            await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.now_playing))
            await begin("scrobble", "ScrobbleStatus sent")
            await scrobbler.said("ScrobbleStatus", "sent")
        await begin("UpdateSettings", "reply")
        await scrobbler.call("UpdateSettings", "a{sv}", {"scrobble_threshold": Variant("u", 60)})
        stamp = int(time.time()) - 300
        walks.append(Walk("...changed", walks[-1].begun, f"PropertiesChanged {SCROBBLER}"))
        await begin("Scrobble", "reply")
        await scrobbler.call("Scrobble", "sssxuu", "Mira Holt", "Moss", "", stamp, 200, 200)
        await begin("ImportLovedTracks", "reply")
        await scrobbler.call("ImportLovedTracks")
    return walks


def told(name: str, calls: Sequence[Call], files: bool) -> str:
    """A line about a walk, and one for each file, if they are wanted."""
    entered = sorted({call.file for call in calls})
    functions = {(call.file, call.function) for call in calls}
    across = [call for call in calls if call.caller not in ("", call.file)]
    packages = [call for call in across if _package(call.caller) != _package(call.file)]
    line = (
        f"{name:18} {len(entered):3} files, {len(functions):3} functions;"
        f" {len(across):3} calls across files, {len(packages):3} across packages"
    )
    return "\n".join([line, *(f"    {file}" for file in entered if files)])


def _package(file: str) -> str:
    return file.rpartition("/")[0].partition("/")[0]


def main() -> None:
    """Take all walks and tell of them, or be the daemon that is watched."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--files", action="store_true", help="list the files")
    parser.add_argument("--record", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.record:
        record(options.record)
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        tables = {"scrobble": RULES, "limits": NO_LIMITS}
        daemon = RecordedDaemon(bus, lastfm, Path(home), tables, dev=False)
        daemon.login(lastfm)
        with daemon:
            walks = asyncio.run(walk(bus, lastfm))
        calls = [Call(*each) for each in json.loads(daemon.calls_path.read_text(encoding="utf-8"))]
    for each in walks:
        print(told(each.name, each.of(calls), options.files))


if __name__ == "__main__":
    main()
