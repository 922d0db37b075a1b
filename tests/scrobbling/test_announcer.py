"""Now-playing between a real database and a real HTTP server; only the clock is ours."""

import asyncio

from lab.lastfm import Behaviour
from scrobblerd.core.model import Scrobble
from scrobblerd.scrobbling.announcer import Announcer
from tests.support.worker_bench import SubmitterBench


async def test_only_the_newest_announcement_goes_out(pump: SubmitterBench) -> None:
    announcer = Announcer(pump.context)
    for track in ("One", "Two", "Three"):
        announcer.announce(Scrobble("Mira Holt", track, 0))
    task = asyncio.create_task(announcer.run())
    assert await asyncio.to_thread(pump.lastfm.wait_for, lambda seen: bool(seen.now_playing))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [announced.track for announced in pump.lastfm.now_playing] == ["Three"]


async def test_a_failed_announcement_is_not_sent_again_and_touches_no_queue(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.misbehave(Behaviour.error(8), method="track.updateNowPlaying")
    announcer = Announcer(pump.context)
    session = pump.account.session
    assert session is not None
    reply = await announcer.send(session, Scrobble("Mira Holt", "Fern", 0))
    assert not reply.ok
    assert pump.submitter.backoff.failures == 0
    assert len(pump.lastfm.requests) == 1


async def test_an_announcement_that_meets_a_dead_login_says_so(pump: SubmitterBench) -> None:
    pump.lastfm.revoke(pump.key)
    announcer = Announcer(pump.context)
    session = pump.account.session
    assert session is not None
    await announcer.send(session, Scrobble("Mira Holt", "Fern", 0))
    assert pump.auth == ["expired"]
