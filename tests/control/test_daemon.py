"""Diagnose: is all well?"""

import re
import time
from email.utils import formatdate

import pytest

from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import started


async def found(scrobbler: Scrobbler) -> dict[str, tuple[bool, str, str]]:
    """What each check found."""
    [findings] = await scrobbler.call("Diagnose")
    return {one["check"]: (one["ok"], one["message"], one["remedy"]) for one in findings}


async def test_a_healthy_daemon_is_told_to_be_well(scrobbler: Scrobbler) -> None:
    findings = await found(scrobbler)
    assert {check for check, (ok, *_) in findings.items() if not ok} <= {"disk"}
    assert findings["login"] == (True, "logged in as quiet_otter", "")
    assert list(findings) == [
        *("keys", "login", "server", "queue", "players", "database", "disk", "clock", "unit"),
        "library",
    ]


async def test_what_is_not_well_has_a_remedy(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.stop()
    await scrobbler.call("Disconnect")
    findings = await found(scrobbler)
    assert findings["login"][:2] == (False, "nobody is logged in")
    assert findings["server"][0] is False
    assert "can't be reached" in findings["server"][1]
    assert all(remedy for ok, _, remedy in findings.values() if not ok)


@pytest.mark.parametrize(("seconds", "words"), [(-3600, "later"), (3600, "earlier")])
async def test_a_clock_that_differs_from_that_of_a_server_is_told(
    scrobbler: Scrobbler, lastfm: StandIn, seconds: int, words: str
) -> None:
    lastfm.misbehave(Behaviour.date(formatdate(time.time() + seconds)))
    is_well, message, remedy = (await found(scrobbler))["clock"]
    assert not is_well
    assert re.search(rf", 3[56]\d\d s {words} than at the last server that answered$", message)
    assert remedy == "set the clock: timedatectl set-ntp true"
    assert (await found(scrobbler))["clock"][0]


@started(configured=False, login=False)
async def test_without_keys_that_is_said(scrobbler: Scrobbler) -> None:
    assert (await found(scrobbler))["keys"][0] is False
