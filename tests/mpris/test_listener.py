"""Signals and replies of a player count in the order in which it sent them."""

import asyncio
import os
import signal

from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, started


@started(tables={"scrobble": {"settle_ms": 50}})
async def test_an_older_reply_does_not_undo_a_newer_signal(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        player.delay = 0.1
        for _ in range(2):
            await player.called("GetAll")
        os.kill(bench.daemon.pid, signal.SIGSTOP)  # so that both arrive at once
        await asyncio.sleep(2 * player.delay)  # the answer is: Stopped
        await player.play("Slow Harbour", ["The Paper Lanterns"], "Tidewater", 215.0)
        os.kill(bench.daemon.pid, signal.SIGCONT)
        [current] = await scrobbler.changed("Current")
        assert (current["title"], current["status"]) == ("Slow Harbour", "Playing")
