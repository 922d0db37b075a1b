"""The pump of scrobbles between a real database and a real HTTP server; only the clock is ours."""

import asyncio
from dataclasses import dataclass

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueCounts
from tests.support.worker_bench import NOW, USER, WorkerBench


@dataclass
class SubmitterBench(WorkerBench):
    """The pump of scrobbles, which runs when it is told to."""

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        self.task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """As at the end of the daemon, however it came."""
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await super().close()

    async def turns(self, until: float) -> None:
        """Let the pump work and the clock run to `until` (UNIX seconds), as fast as can be."""
        while self.wall < until:
            wait = await self.submitter.turn()
            self.wall = until if wait is None else min(until, self.wall + wait)

    async def put(self, *tracks: str) -> None:
        """Queue a backlog: one play a minute, the first the oldest."""
        first = NOW - 3600 - 60 * len(tracks)
        for number, track in enumerate(tracks):
            scrobble = Scrobble("Mira Holt", track, int(first + 60 * number))
            await self.queue.enqueue(scrobble, USER, NOW)

    async def counts(self) -> QueueCounts:
        """How many rows are in each state."""
        return await self.queue.counts()

    def run(self) -> None:
        """Let the pump run; before that the queue can be filled in peace."""
        self.task = self.task or asyncio.create_task(self.submitter.run())

    async def drain(self) -> str:
        """Send all that may go: the status that RetryQueue would give."""
        self.run()
        return (await self.submitter.drain(10)).status

    def arrived(self) -> list[str]:
        """The tracks at the stand-in, in the order in which they came."""
        return [scrobble.track for scrobble in self.lastfm.scrobbles]

    def sent(self) -> int:
        """How many requests with scrobbles were made."""
        return sum(request.method == "track.scrobble" for request in self.lastfm.requests)
