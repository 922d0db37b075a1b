"""Last.fm is down, drops its answers, or sits behind a network that wants a login first."""

import asyncio
import logging

import pytest

from lab.lastfm import Behaviour
from scrobblerd.services.audioscrobbler import client
from scrobblerd.services.http import Timeouts
from tests.faults.long_run import LOST, Diary, LongPump
from tests.faults.relay import Relay
from tests.support.worker_bench import DAY, HOUR

REFUSED = Behaviour("refused connections")
"""Nobody listens at all."""

PLAYS = 20
"""So many in an hour, one every three minutes."""


# -- down -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outage", "most"),
    [  # and the most requests that the shortest waits allow
        (REFUSED, 27),  # 5 within 225 s, then one every 150 s
        (Behaviour.error(11), 9),  # 7 within 945 s, then one every 900 s
        (Behaviour.error(16), 9),
        (Behaviour.too_many_requests(), 9),
        (Behaviour.error(8), 14),  # likewise, and from the 5th on it is asked whether all is well
        (Behaviour.html(502), 14),
        (Behaviour.html(503), 14),
    ],
    ids=lambda outage: outage.name if isinstance(outage, Behaviour) else "",
)
async def test_after_an_hour_without_a_server_all_plays_go_out_in_order_each_once(
    pump: LongPump, lastfm: Diary, caplog: pytest.LogCaptureFixture, outage: Behaviour, most: int
) -> None:
    if outage is REFUSED:
        lastfm.stop()
    lastfm.outage = outage
    with caplog.at_level(logging.INFO, client.__name__):
        for number in range(PLAYS):
            await pump.hear(f"Harbour {number}")
            await pump.turns(pump.wall + HOUR / PLAYS)
    requests = [record for record in caplog.records if record.name == client.__name__]
    assert 5 <= len(requests) <= most, "the client says one line for each"
    assert (await pump.counts()).queued == PLAYS
    lastfm.outage = None
    if outage is REFUSED:
        lastfm.start()
    down = len(lastfm.sendings())
    await pump.turns(pump.wall + HOUR / 2)
    assert pump.stored() == pump.heard()
    assert len(lastfm.sendings()) == down + 1


# -- answers that are lost ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", [*LOST, Behaviour.slow_after_storing(10.0)], ids=lambda loss: loss.name
)
async def test_what_was_stored_without_our_knowing_is_sent_again_in_the_very_same_words(
    pump: LongPump, lastfm: Diary, loss: Behaviour
) -> None:
    await pump.restart(timeouts=Timeouts(read=0.2))
    lastfm.misbehave(loss, loss)
    for number in range(3):  # others join meanwhile, so that its place in the request changes
        await pump.hear(f"Harbour {number}")
        await pump.hear(f"Older {number}", pump.clock().moved(-2 * HOUR - number))
        await pump.turns(pump.wall + 1.0)
        await pump.restart()
        pump.set_clock(30 * 60.0)  # what was shown keeps its stamp
    await pump.turns(pump.wall + HOUR)
    lastfm.release()
    forms = lastfm.forms()
    assert [len(forms[title]) > 1 for title in ("Harbour 0", "Older 0")] == [True, True]
    assert [title for title, said in forms.items() if len(set(said)) != 1] == []
    assert sorted(title for title, _ in pump.stored()) == sorted(forms)
    assert (await pump.counts()).queued == 0


async def test_an_answer_that_drips_for_ever_is_given_up_as_maybe_stored(
    pump: LongPump, lastfm: Diary
) -> None:
    async with Relay(lastfm, drips=True) as relay:
        lastfm.reached_by = relay.url
        await pump.restart(timeouts=Timeouts(whole=1.0))  # in which it must have been stored
        await pump.hear("Harbour")
        async with asyncio.timeout(20):
            assert await pump.submitter.turn() == 0.0
    assert pump.stored() == pump.heard()
    rows = await pump.database.select("SELECT state, retry_count, username FROM scrobble_queue")
    assert rows == [("pending", 1, "quiet_otter")], "retry_count: what was shown is not changed"
    lastfm.reached_by = ""
    await pump.restart()
    await pump.turns(pump.wall + HOUR)
    assert pump.stored() == pump.heard()
    assert len(set(lastfm.forms()["Harbour"])) == 1
    assert (await pump.counts()).queued == 0


# -- networks that want a login -------------------------------------------------------------------

LOGIN_PAGE = {"Location": "http://login.example.invalid/?to=ws.audioscrobbler.com"}
PORTALS = [
    (Behaviour.raw(b"", 302, LOGIN_PAGE), "HTTP 302"),
    (Behaviour.raw(b"<html>Welcome!</html>", 307, LOGIN_PAGE), "HTTP 307"),
    (Behaviour.html(200), "HTTP 200"),
    (Behaviour.html(511), "HTTP 511"),
]


@pytest.mark.parametrize(("portal", "words"), PORTALS, ids=[words for _, words in PORTALS])
async def test_behind_a_login_page_the_plays_wait_and_go_out_when_it_is_gone(
    pump: LongPump, lastfm: Diary, portal: Behaviour, words: str
) -> None:
    lastfm.outage = portal
    for number in range(10):
        await pump.hear(f"Harbour {number}")
        await pump.turns(pump.wall + HOUR)
    assert words in pump.submitter.backoff.last_error
    assert (await pump.counts()).queued == 10
    assert {why for _, _, why in (await pump.outcomes()).values()} == {
        pump.submitter.backoff.last_error
    }
    lastfm.outage = None
    pump.submitter.retry_now()  # as when the network is said to be there at last
    await pump.turns(pump.wall + 1.0)
    assert pump.stored() == pump.heard()
    assert pump.submitter.backoff.last_error == ""


async def test_a_redirect_is_never_followed(pump: LongPump, lastfm: Diary) -> None:
    lastfm.misbehave(Behaviour.raw(b"", 302, {"Location": lastfm.api_url}))
    await pump.hear("Harbour")
    await pump.submitter.turn()
    assert [request.http_method for request in lastfm.requests] == ["POST"]
    await pump.turns(pump.wall + DAY)
    assert pump.stored() == pump.heard()
