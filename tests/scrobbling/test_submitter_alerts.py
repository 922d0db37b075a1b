"""What the pump tells the user, over days of virtual time."""

from pathlib import Path

from lab.lastfm import Behaviour, StandIn
from scrobblerd.core.submission import Limits
from tests.support.worker_bench import NOW, SubmitterBench

DAY = 86400.0


async def test_a_cap_that_stays_for_days_is_told_once_a_day(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.too_many_scrobbles()
    await pump.put("One", "Two")
    await pump.turns(NOW + 0.9 * DAY)
    assert ["Too many scrobbles" in alert for alert in pump.alerts] == [True]
    assert pump.sent() > 3
    await pump.turns(NOW + 3.5 * DAY)
    assert len(pump.alerts) == 3  # the probes after 46 h and 70 h too


async def test_a_cap_within_a_batch_is_told_too(pump: SubmitterBench) -> None:
    pump.lastfm.misbehave(Behaviour.ignores({1: (5, "Daily scrobble limit exceeded")}))
    await pump.put("One", "Two")
    await pump.turns(NOW + DAY / 2)
    assert pump.told == [("sent", "One"), ("held", "Two"), ("sent", "Two")]
    assert ["daily limit" in alert for alert in pump.alerts] == [True]


async def test_our_own_limit_is_told_once_a_day(lastfm: StandIn, tmp_path: Path) -> None:
    async with SubmitterBench(lastfm, tmp_path, Limits(0, 0, scrobbles_per_day=2)) as pump:
        await pump.put(*"ABCDE")
        await pump.turns(NOW + 3 * DAY)
        assert pump.arrived() == list("ABCDE")
        assert ["limit of 2 scrobbles" in alert for alert in pump.alerts] == [True, True]


async def test_a_service_in_trouble_is_not_taken_for_a_limit(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.error(19)
    await pump.put(*"ABC")
    await pump.turns(NOW + 3 * DAY)
    assert pump.alerts == []


async def test_rows_that_expire_while_logged_in_are_not_blamed_on_the_login(
    lastfm: StandIn, tmp_path: Path
) -> None:
    async with SubmitterBench(lastfm, tmp_path, Limits(0, 0, scrobbles_per_day=1)) as pump:
        await pump.put(*(f"Track {number}" for number in range(20)))
        await pump.turns(NOW + 12.9 * DAY)
        warnings = [alert for alert in pump.alerts if "too old" in alert]
        assert ["limit of 1 scrobbles" in warning for warning in warnings] == [True]
