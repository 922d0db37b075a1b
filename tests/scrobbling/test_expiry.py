"""Rows that grow too old for the service are parked, and the user is warned a day before."""

from pathlib import Path

from lab.lastfm import Behaviour, StandIn
from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import Limits
from tests.support.worker_bench import DAY, NOW, USER, SubmitterBench


async def test_a_day_before_rows_expire_the_user_is_told_once_a_day(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.error(11)
    for track in ("One", "Two"):  # too old in the same moment
        scrobble = Scrobble("Mira Holt", track, int(NOW - 3600))
        await pump.queue.enqueue(scrobble, USER, NOW)
    await pump.turns(NOW + 12.4 * DAY)
    assert pump.alerts == []
    await pump.turns(NOW + 13.3 * DAY)
    assert ["2 scrobble(s)" in alert for alert in pump.alerts] == [True]
    await pump.turns(NOW + 14 * DAY)
    assert (await pump.counts()).expired == 2
    assert [told for told in pump.told if told[0] == "expired"] == [
        ("expired", "One"),
        ("expired", "Two"),
    ]


async def test_rows_that_expire_while_logged_in_are_not_blamed_on_the_login(
    lastfm: StandIn, tmp_path: Path
) -> None:
    async with SubmitterBench(lastfm, tmp_path, Limits(0, 0, scrobbles_per_day=1)) as pump:
        await pump.put(*(f"Track {number}" for number in range(20)))
        await pump.turns(NOW + 12.9 * DAY)
        warnings = [alert for alert in pump.alerts if "too old" in alert]
        assert ["limit of 1 scrobble " in warning for warning in warnings] == [True]
