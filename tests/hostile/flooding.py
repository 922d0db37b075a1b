"""A player that floods the bus, in a process of its own: it must not slow down who watches.

    python -m tests.hostile.flooding ADDRESS KIND RATE SECONDS LEAST NAME

All that it says is marshalled beforehand, so that it can say more than any daemon can read. It
prints "ready" when it owns its name, floods when a line comes in, and prints how much it said and
how often it was read meanwhile.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any, cast

from dbus_next.constants import MessageFlag
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab import mpris
from lab.dbus import Connection
from lab.player import FakePlayer
from scrobblerd.dbus.names import DBUS, DBUS_PATH, PROPERTIES, SCROBBLER, SCROBBLER_PATH

BURST = 0.01
"""Seconds between two bursts."""

VARIETY = 64
"""Different messages of a kind, said in turn."""

MEGABYTE = "m" * 2**20


def _changed(properties: mpris.Properties, invalidated: tuple[str, ...] = ()) -> Message:
    body = [mpris.PLAYER, properties, list(invalidated)]
    where = (mpris.PATH, PROPERTIES, "PropertiesChanged", "sa{sv}as")
    return Message.new_signal(*where, body)


def _metadata(number: int, **more: Variant) -> Message:
    tags = mpris.tags(f"Flood {number}", ["Nobody"], "Deluge", 200.0, "/flood")
    return _changed({"Metadata": Variant("a{sv}", tags | more), **mpris.status("Playing")})


def _seeked(number: int) -> Message:
    return Message.new_signal(mpris.PATH, mpris.PLAYER, "Seeked", "x", [number * 1000])


def _huge(number: int) -> Message:
    """A message of 1 MB that takes a reader in Python seconds: as many keys as fit."""
    return _metadata(number, **{f"k{key}": Variant("i", key) for key in range(40_000)})


def _dense(number: int) -> Message:
    """As many values as fit into a message that is not long."""
    return _metadata(number, **{"xesam:comment": Variant("av", [Variant("y", 1)] * 3_500)})


def _name(number: int) -> Message:
    """A name that comes and goes."""
    member, more = (("RequestName", [4]), ("ReleaseName", []))[number % 2]
    return Message(
        *(DBUS, DBUS_PATH, DBUS, member),
        flags=MessageFlag.NO_REPLY_EXPECTED,
        signature="su"[: 1 + len(more)],
        body=[f"{mpris.PREFIX}blinking", *more],
    )


def _fresh_name(number: int) -> Message:
    """Names that come and go, none of them twice in a minute."""
    message = _name(number)
    message.body[0] += f"{number // 2}"
    return message


def _long(number: int) -> Message:
    """As many and as long texts as a player can say in a message that is not large."""
    texts = Variant("as", [f"{number} " + letter * 900 for letter in "abcdefghijklmno"])
    return _metadata(number, **dict.fromkeys(LISTS, texts))


def _call(_: int) -> Message:
    """A call of the daemon's, whose answer nobody waits for."""
    return Message(
        *(SCROBBLER, SCROBBLER_PATH, SCROBBLER, "GetSettings"), flags=MessageFlag.NO_REPLY_EXPECTED
    )


LISTS = ("xesam:artist", "xesam:composer", "xesam:genre")

KINDS: Mapping[str, Callable[[int], Message]] = {
    "metadata": _metadata,
    "same": lambda _: _metadata(0),
    "seeked": _seeked,
    "status": lambda number: _changed(mpris.status(("Playing", "Paused")[number % 2])),
    "invalidated": lambda _: _changed({}, ("Metadata",)),
    "megabyte": lambda number: _metadata(number, **{"xesam:comment": Variant("s", MEGABYTE)}),
    "huge": _huge,
    "dense": _dense,
    "long": _long,
    "names": _name,
    "fresh names": _fresh_name,
    "calls": _call,
}
"""What it may say."""


async def say(bus: Connection, words: bytes) -> None:
    """Write messages that are marshalled already; returns when the socket has them."""
    inner = cast("Any", bus)  # dbus-next would marshal each message anew
    async with inner._writing:
        sent = asyncio.get_running_loop().create_future()
        inner._writer.messages.put_nowait((words, [], sent))
        inner._writer.schedule_write()
        await sent


def marshalled(kind: str) -> list[bytes]:
    """The messages of a kind."""
    variety = {"megabyte": 2, "huge": 2, "fresh names": 10_000}.get(kind, VARIETY)
    found: list[bytes] = []
    for number in range(variety):
        message = KINDS[kind](number)
        message.serial = number + 10_000
        found.append(cast("Any", message)._marshall())
    return found


async def flood(
    address: str, kind: str, rate: float, seconds: float, least: int, name: str
) -> None:
    """Say `rate` messages a second, or as many as can be said; `least` of them in any case."""
    words = itertools.cycle(marshalled(kind))
    async with await FakePlayer.start(address, name) as player:
        print("ready", flush=True)  # noqa: T201 # the other end of the pipe waits for it
        await asyncio.to_thread(sys.stdin.readline)
        begin, said = time.monotonic(), 0
        while (passed := time.monotonic() - begin) < seconds or said < least:
            wanted = min(int(passed * rate) - said, int(rate * BURST * 10) + 1)
            if wanted > 0:
                await say(player.bus, b"".join(itertools.islice(words, wanted)))
                said += wanted
            await asyncio.sleep(BURST)
        reads = sum(member == "GetAll" for member, _ in player.calls)
        print(said, reads, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)


class Flood:
    """The process, as its parent sees it. It stays on the bus, silent, until the block ends."""

    def __init__(self, process: "Popen[str]") -> None:
        self._process = process

    def begin(self) -> None:
        """Let it flood."""
        self._line()

    def end(self) -> tuple[int, int]:
        """Wait until it has said all: how many messages that were, and how often it was read."""
        assert self._process.stdout is not None
        said, reads = self._process.stdout.readline().split()
        return int(said), int(reads)

    def _line(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def flooding(
    address: str, kind: str, rate: float, seconds: float, *, least: int = 0, name: str = "flood"
) -> Generator[Flood]:
    """A flood that is ready to begin; of so many messages at the least, however slow the bus is."""
    words = (address, kind, str(rate), str(seconds), str(least), name)
    with started([sys.executable, "-m", "tests.hostile.flooding", *words]) as flood:
        yield flood


@contextmanager
def started(command: list[str]) -> Generator[Flood]:
    """A process that says "ready" when it is, and then waits for a line."""
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield Flood(process)
        finally:
            process.kill()


if __name__ == "__main__":
    where, what, how_many, how_long, at_least, who = sys.argv[1:]
    asyncio.run(flood(where, what, float(how_many), float(how_long), int(at_least), who))
