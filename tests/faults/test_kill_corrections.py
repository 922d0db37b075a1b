"""kill -9 while a correction is on its way to ListenBrainz: the play is there once."""

import asyncio
import time

import pytest
from dbus_next.signature import Variant

from lab.behaviour import Behaviour
from tests.support.accounts_bench import Home
from tests.support.daemon_bench import USER
from tests.support.waiting import until

NEVER = Behaviour.slow_after_storing(60.0)
"""An answer that has not come yet when the daemon is killed."""


LEFT = """
SELECT track, state FROM scrobble_queue
UNION ALL SELECT track, 'to delete' FROM deletions WHERE is_asked < 2"""
"""What is not done yet; a deletion that is done is remembered for a while."""


def shown(home: Home) -> list[str]:
    """The titles that ListenBrainz shows."""
    with home.brainz.changed:
        return [listen.name[1] for listen in home.brainz.shown(USER)]


async def sent(home: Home, title: str) -> None:
    """Play 1, which ListenBrainz has."""
    play = {
        "artist": Variant("s", "Mira Holt"),
        "title": Variant("s", title),
        "start": Variant("x", int(time.time()) - 300),
    }
    await home.scrobbler.call("AddPlay", "a{sv}as", play, ["brainz"])
    await home.sent_at("brainz")


async def killed_at(home: Home, method: str, seen: int) -> None:
    """Kills the daemon when it has asked for something so often, and no answer has come."""
    await asyncio.to_thread(
        home.brainz.wait_for,
        lambda server: sum(each.method == method for each in server.requests) >= seen,
    )
    await asyncio.to_thread(home.bench.daemon.kill)
    home.brainz.release()
    home.brainz.behave()
    await asyncio.to_thread(home.bench.daemon.start)
    await home.scrobbler.call("RetryAccount", "s", "brainz")


@pytest.mark.parametrize("deleting_lag", [0.0, 5.0])
@pytest.mark.parametrize("method", ["user/listens", "delete-listen", "submit-listens"])
async def test_a_correction_that_is_killed_on_its_way_is_there_once(
    home: Home, method: str, deleting_lag: float
) -> None:
    await home.log_in()
    home.brainz.deleting_lag = deleting_lag
    await sent(home, "Fern")
    before = sum(each.method == method for each in home.brainz.requests)
    home.brainz.misbehave(NEVER, method=method)
    tags = {"title": Variant("s", "Ferns")}
    await home.scrobbler.call("EditPlay", "xa{sv}", 1, tags)
    await killed_at(home, method, before + 1)
    await asyncio.to_thread(until, lambda: shown(home) == ["Ferns"])
    await asyncio.to_thread(until, lambda: home.bench.daemon.rows(LEFT) == [("Ferns", "sent")])
    assert shown(home) == ["Ferns"]
