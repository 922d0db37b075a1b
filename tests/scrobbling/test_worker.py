"""A worker follows the login, and takes up after a restart what it left."""

from lab.lastfm import Behaviour
from tests.support.worker_bench import NOW, USER, SubmitterBench


async def test_rows_follow_the_login_and_are_told(pump: SubmitterBench) -> None:
    await pump.put("One", "Two")
    for user in ("late_heron", USER):
        await pump.worker.logged_in(user)
    statuses = ("held", "queued")
    assert pump.told == [(status, track) for status in statuses for track in ("One", "Two")]
    await pump.turns(NOW + 60)
    assert pump.arrived() == ["One", "Two"]


async def test_a_key_that_was_refused_is_tried_again_after_a_restart(pump: SubmitterBench) -> None:
    pump.lastfm.misbehave(Behaviour.error(10))
    await pump.put("One")
    assert await pump.drain() == "held"
    await pump.turns(NOW + 60)
    assert pump.arrived() == []
    await pump.restart()
    await pump.turns(NOW + 120)
    assert pump.arrived() == ["One"]
