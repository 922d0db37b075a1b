"""Players in great number, which all speak, in a process of its own.

    python -m tests.hostile.crowding ADDRESS KIND CONNECTIONS NAMES RATE SECONDS

There are so many connections, each with so many names, and each says `RATE` messages a second, or
as many as the bus takes. It answers what it is asked. It prints "ready" when it owns its names,
begins when a line comes in, and prints how much it said.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager

from dbus_next.signature import Variant

from lab import mpris
from lab.player import FakePlayer
from tests.hostile.flooding import BURST, Flood, marshalled, say, started

LENGTH = 200.0


async def crowd(
    address: str, kind: str, connections: int, names: int, rate: float, seconds: float
) -> None:
    """Let them all speak."""
    async with AsyncExitStack() as stack:
        players = [
            await stack.enter_async_context(await _player(address, number, names))
            for number in range(connections)
        ]
        print("ready", flush=True)  # noqa: T201 # the other end of the pipe waits for it
        await asyncio.to_thread(sys.stdin.readline)
        begin, said, words = time.monotonic(), 0, itertools.cycle(marshalled(kind))
        while (passed := time.monotonic() - begin) < seconds:
            for number in range(said, int(passed * rate * connections)):
                await say(players[number % connections].bus, next(words))
                said += 1
            await asyncio.sleep(BURST)
        print(said, 0, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)


async def _player(address: str, number: int, names: int) -> FakePlayer:
    also = [f"crowd{number}.n{each}" for each in range(1, names)]
    player = await FakePlayer.start(address, f"crowd{number}", also=also)
    tags = mpris.tags(f"Crowd {number}", ["Nobody"], "Deluge", LENGTH)
    player.set({"Metadata": Variant("a{sv}", tags), **mpris.status("Playing")})
    return player


@contextmanager
def crowding(
    address: str, kind: str, *, connections: int, names: int, rate: float, seconds: float
) -> Generator[Flood]:
    """A crowd that is ready to speak."""
    words = (address, kind, *map(str, (connections, names, rate, seconds)))
    with started([sys.executable, "-m", "tests.hostile.crowding", *words]) as flood:
        yield flood


if __name__ == "__main__":
    where, what, *numbers = sys.argv[1:]
    asyncio.run(crowd(where, what, *map(int, numbers[:2]), *map(float, numbers[2:])))
