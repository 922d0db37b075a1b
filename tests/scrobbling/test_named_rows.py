"""A service that refuses a batch because of a row, and names it: ListenBrainz."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from lab.listenbrainz import ListenBrainz
from scrobblerd.core.model import ApiAccess, Scrobble
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.services.listenbrainz.client import ListenBrainzService
from scrobblerd.services.listenbrainz.profiles import LISTENBRAINZ
from tests.support.worker_bench import HOUR, NOW, USER, SubmitterBench


@pytest.fixture
async def listens(pump: SubmitterBench) -> AsyncIterator[ListenBrainz]:
    """The server that the pump sends to; it goes by the clock of the pump."""
    with ListenBrainz(clock=lambda: pump.wall) as server:
        server.login(USER, pump.key)
        access = ApiAccess(api_url=server.root_url)
        service = ListenBrainzService(LISTENBRAINZ, lambda: access, pump.http)
        context = replace(pump.context, service=service)
        pump.worker = Worker(context, pump.queue, pump.loves, pump.worker.config)
        pump.submitter = pump.worker.submitter
        await service.check(pump.account.session)
        yield server


def submissions(server: ListenBrainz) -> int:
    """How often something was submitted."""
    return sum(request.method == "submit-listens" for request in server.requests)


async def test_the_row_is_rejected_alone_and_the_others_go_at_once(
    pump: SubmitterBench, listens: ListenBrainz
) -> None:
    await pump.put("One", "Two")
    await pump.queue.enqueue(Scrobble("  ", "Bad", int(NOW - 3600)), USER, NOW)
    await pump.queue.enqueue(Scrobble("Mira Holt", "Three", int(NOW - 3000)), USER, NOW)
    assert await pump.drain() == "done"
    assert listens.titles() == ["One", "Two", "Three"]
    assert submissions(listens) == 2
    assert pump.told[0] == ("rejected", "Bad")
    assert (await pump.counts()).rejected == 1
    assert pump.wall == NOW


async def test_a_row_from_the_future_waits_until_the_server_takes_it(
    pump: SubmitterBench, listens: ListenBrainz
) -> None:
    await pump.put("One", "Two")
    await pump.queue.enqueue(Scrobble("Mira Holt", "Later", int(NOW + 1.5 * HOUR)), USER, NOW)
    await pump.turns(NOW + 60)
    assert listens.titles() == ["One", "Two"]
    await pump.turns(NOW + 2 * HOUR)
    assert listens.titles() == ["One", "Two", "Later"]
    assert (await pump.counts()).rejected == 0
