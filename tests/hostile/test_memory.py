"""A server that answers as much as it can: a real daemon reads little of it, and keeps nothing."""

import json
from contextlib import suppress
from typing import Any

import pytest

from lab.daemon import Daemon
from lab.dbus import ReplyError
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import UNLIMITED, scrobble_ago, started

MEGABYTE = 2**20

KEPT_MEGABYTES = 10.0
"""More than when nothing was answered yet, some answers later: the interpreter's own caches, and
arenas of which a few values that stay are spread over all. Later answers use them again."""

PEAK_MEGABYTES = 40.0
"""More than that, at the worst moment."""

pytestmark = started(tables=UNLIMITED, dev=False)


def loved(**padding: Any) -> bytes:
    """A page of 1,000 loved tracks, each of which has more in it than anybody reads."""
    tracks = [
        {"name": f"Fern {number}", "artist": {"name": "Mira Holt"}, **padding}
        for number in range(1000)
    ]
    about = {"user": "quiet_otter", "totalPages": "1", "total": "1000"}
    return json.dumps({"lovedtracks": {"track": tracks, "@attr": about}}).encode()


PAGES = {
    "twice what is read": loved(url="x" * 8 * 1024),
    "15 times what is read": loved(url="x" * 60 * 1024),
    "just what is read": loved(url="x" * 3900),
    "many values": loved(image=[{"#text": "b"}] * 60),
}

ANSWERS = {
    "one long text": b'{"scrobbles":{"scrobble":[{"a":"' + b"x" * 15 * MEGABYTE + b'"}]}}',
    "many values": b'{"scrobbles":{"scrobble":[' + b"[]," * 99_000 + b"[]]}}",
    "an error": b'{"error":16,"message":"' + b"x" * 15 * MEGABYTE + b'"}',
}


async def imports(scrobbler: Scrobbler, lastfm: StandIn, page: bytes) -> None:
    """An import, whatever comes of it."""
    lastfm.misbehave(Behaviour.raw(page), method="user.getLovedTracks")
    with suppress(ReplyError):
        await scrobbler.call("ImportLovedTracks")


@pytest.mark.parametrize("page", PAGES)
async def test_memory_is_given_back_after_pages_of_any_size(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn, page: str
) -> None:
    await imports(scrobbler, lastfm, loved())  # what the first one loads stays
    before = daemon.memory("VmRSS")
    for _ in range(3):
        await imports(scrobbler, lastfm, PAGES[page])
    assert daemon.memory("VmRSS") - before < KEPT_MEGABYTES
    assert daemon.memory("VmHWM") - before < PEAK_MEGABYTES


@pytest.mark.parametrize("answer", ANSWERS)
async def test_no_answer_to_a_write_takes_much_memory(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn, answer: str
) -> None:
    await scrobbler.call(*scrobble_ago(300)[1])
    before = daemon.memory("VmRSS")
    for number in range(3):
        lastfm.misbehave(Behaviour.raw(ANSWERS[answer]), method="track.scrobble")
        await scrobbler.call(*scrobble_ago(400 + number)[1])
        await scrobbler.call("RetryQueue")
    assert daemon.memory("VmRSS") - before < KEPT_MEGABYTES
    assert daemon.memory("VmHWM") - before < PEAK_MEGABYTES
