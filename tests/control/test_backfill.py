"""Backfills on the bus: history goes to accounts that are new to it, each at its own pace."""

import time
from typing import Any

from tests.support.accounts_bench import Home
from tests.support.rows import put

HOUR = 3600
CALL = ("Backfill", "sxxbub")


def heard(home: Home, count: int, **values: Any) -> list[str]:
    """Puts so many plays into the history, one an hour. Returns their titles."""
    first = int(time.time()) - 20 * HOUR - count * HOUR
    titles = [f"Track {number:04}" for number in range(count)]
    plays = ({"title": title, "start": first + HOUR * n} for n, title in enumerate(titles))
    put(home.bench.daemon.database, "plays", *({**play, **values} for play in plays))
    return titles


async def left(home: Home) -> dict[str, int]:
    """How many plays the backfill of each account has still to send."""
    return {name: account["backfill"] for name, account in (await home.accounts()).items()}


async def test_two_accounts_get_the_same_history_at_once(home: Home) -> None:
    await home.log_in()
    titles = heard(home, 150)
    for name in ("second", "brainz"):
        [figures] = await home.scrobbler.call(*CALL, name, 0, 0, True, 0, True)
        per_day = 200 if name == "second" else 0
        assert figures == {
            "plays": 150,
            "queued": 150,
            "there": 0,
            "left_out": 0,
            "too_old": 0,
            "per_day": per_day,
            "days": 1,
        }
        [begun] = await home.scrobbler.call(*CALL, name, 0, 0, False, 0, True)
        assert begun == {**figures, "queued": 0}
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 150)
    assert home.brainz.wait_for(lambda seen: len(seen.titles()) == 150)
    assert [each.track for each in home.second.scrobbles] == titles
    assert home.brainz.titles() == titles
    finished = {
        (await home.scrobbler.signals.next("BackfillFinished")).body[0]
        for _ in ("second", "brainz")
    }
    assert finished == {"second", "brainz"}
    assert await left(home) == {"lastfm": 0, "second": 0, "brainz": 0}
    assert home.bench.lastfm.scrobbles == []


async def test_one_that_is_under_way_is_shown_and_can_be_cancelled(home: Home) -> None:
    await home.log_in()
    heard(home, 90)
    await home.scrobbler.call(*CALL, "second", 0, 0, False, 50, True)
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 50)
    while (await left(home))["second"] != 40:
        pass
    busy = await home.scrobbler.refused(*CALL, "second", 0, 0, False, 50, True)
    assert busy == ("Busy", "a backfill of second is under way; cancel it first")
    home.bench.restart()
    assert (await left(home))["second"] == 40
    assert await home.scrobbler.call("CancelBackfill", "s", "second") == [0]
    assert (await left(home))["second"] == 0
    assert (await home.scrobbler.refused("CancelBackfill", "s", "second"))[0] == "InvalidArgument"


async def test_an_account_that_has_left_the_file_keeps_its_backfill(home: Home) -> None:
    await home.log_in()
    heard(home, 60)
    await home.scrobbler.call(*CALL, "second", 0, 0, False, 50, True)
    assert home.second.wait_for(lambda seen: len(seen.scrobbles) == 50)
    while (await left(home))["second"] != 10:
        pass
    accounts = {"brainz": {"service": "listenbrainz", "url": home.brainz.api_url}}
    home.bench.configure(accounts=accounts)
    await home.scrobbler.call("Reload")
    assert "second" not in await left(home)
    accounts["second"] = {"service": "lastfm", "url": home.second.api_url}
    home.bench.configure(accounts=accounts)
    await home.scrobbler.call("Reload")
    assert (await left(home))["second"] == 10


async def test_what_can_t_be_sent_is_one_clear_error(home: Home) -> None:
    refused = home.scrobbler.refused
    assert await refused(*CALL, "nobody", 0, 0, False, 0, False) == (
        *("InvalidArgument",),
        "there is no account 'nobody'; there are lastfm, second, brainz",
    )
    assert (await refused(*CALL, "second", 0, 0, False, 0, True))[0] == "NotAuthenticated"
    assert await refused(*CALL, "lastfm", 5, 5, False, 0, True) == (
        *("InvalidArgument",),
        "until: must be later than since",
    )
