"""A service that holds one play a second: Maloja."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from lab.behaviour import Behaviour
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_service import Listen
from lab.maloja import MALOJA
from scrobblerd.core.model import ApiAccess, Scrobble
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.services.answer_rules import MAX_MOVED_SECONDS
from scrobblerd.services.listenbrainz.client import ListenBrainzService
from scrobblerd.services.listenbrainz.profiles import LISTENBRAINZ
from scrobblerd.services.maloja.client import MalojaService
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.queue import ScrobbleQueue
from tests.support.worker_bench import NOW, USER, SubmitterBench

START = int(NOW) - 3600


@pytest.fixture
async def maloja(pump: SubmitterBench) -> AsyncIterator[ListenBrainz]:
    """The server that the pump sends to; it goes by the clock of the pump."""
    with ListenBrainz(profile=MALOJA, clock=lambda: pump.wall) as server:
        server.login(USER, pump.key)
        access = ApiAccess(api_url=server.root_url)
        service = MalojaService(lambda: access, pump.http)
        pump.queue = ScrobbleQueue(pump.database, pump.boot_id).for_account(
            LASTFM_ACCOUNT, service.can.oldest, lambda: service.can.one_a_second
        )
        context = replace(pump.context, service=service)
        pump.worker = Worker(context, pump.queue, pump.loves, pump.worker.config)
        pump.submitter = pump.worker.submitter
        await service.check(pump.account.session)
        yield server


def has(server: ListenBrainz, title: str, second: int) -> None:
    """A play that is there already."""
    server.store(Listen(USER, second, {"artist_name": "Okto", "track_name": title}))


def stored(server: ListenBrainz) -> list[tuple[str, int]]:
    """What is there, and how long after START it is said to have begun."""
    return sorted((each.name[1], each.listened_at - START) for each in server.listens)


async def put(pump: SubmitterBench, *titles: str, second: int = START) -> None:
    """Queues plays that began in one second."""
    for title in titles:
        await pump.queue.enqueue(Scrobble("Mira Holt", title, second), USER, NOW)


async def test_plays_of_one_second_are_all_there(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    await put(pump, "Fern", "Moss", "Reed")
    assert await pump.drain() == "done"
    assert stored(maloja) == [("Fern", 0), ("Moss", 1), ("Reed", 2)]
    assert len([it for it in maloja.requests if it.method == "newscrobble"]) == 3


async def test_a_play_whose_second_another_has_goes_a_second_later_at_once(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    has(maloja, "Sedge", START)
    await put(pump, "Fern", "Moss")
    assert await pump.drain() == "done"
    assert stored(maloja) == [("Fern", 2), ("Moss", 1), ("Sedge", 0)]
    assert pump.wall == NOW
    assert sorted(pump.told) == [("sent", "Fern"), ("sent", "Moss")]
    assert pump.alerts == []


async def test_who_waits_for_the_play_hears_that_it_was_sent(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    has(maloja, "Sedge", START)
    pump.run()
    outcome = await pump.worker.submit(Scrobble("Mira Holt", "Fern", START), 10)
    assert outcome.state == "sent"
    assert stored(maloja) == [("Fern", 1), ("Sedge", 0)]


async def test_an_answer_that_got_lost_is_no_reason_to_move(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    maloja.misbehave(Behaviour.closed_after_storing(), method="newscrobble")
    await put(pump, "Fern")
    await pump.turns(NOW + 600)
    assert stored(maloja) == [("Fern", 0)]
    assert pump.told == [("sent", "Fern")]


async def test_a_play_that_its_user_renamed_after_its_answer_got_lost_is_there_once(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    maloja.misbehave(Behaviour.closed_after_storing(), method="newscrobble")
    await put(pump, "Fern")
    await pump.turn()
    (play,) = maloja.listens
    play.metadata["track_name"] = play.metadata["native"]["title"] = "Fern (Live)"
    await pump.turns(NOW + 600)
    assert stored(maloja) == [("Fern (Live)", 0)]
    assert pump.told == [("sent", "Fern")]


async def test_a_moved_play_is_sent_again_the_same(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    has(maloja, "Sedge", START)
    await put(pump, "Fern")
    await pump.turn()  # which moves it
    maloja.misbehave(Behaviour.closed_after_storing(), method="newscrobble")
    await pump.turn()
    await pump.turns(NOW + 600)
    assert stored(maloja) == [("Fern", 1), ("Sedge", 0)]


async def test_a_play_that_finds_no_free_second_near_its_own_is_rejected(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    for second in range(MAX_MOVED_SECONDS + 1):
        has(maloja, f"Sedge {second}", START + second)
    await put(pump, "Fern")
    await put(pump, "Moss", second=START + 3000)
    assert await pump.drain() == "done"
    assert sorted(pump.told) == [("rejected", "Fern"), ("sent", "Moss")]
    assert (await pump.counts()).rejected == 1


async def test_a_maloja_that_is_found_at_the_address_of_a_listenbrainz_is_treated_as_one(
    pump: SubmitterBench, maloja: ListenBrainz
) -> None:
    access = ApiAccess(api_url=maloja.root_url)
    service = ListenBrainzService(LISTENBRAINZ, lambda: access, pump.http)
    pump.queue = ScrobbleQueue(pump.database, pump.boot_id).for_account(
        LASTFM_ACCOUNT, None, lambda: service.can.one_a_second
    )
    context = replace(pump.context, service=service)
    pump.worker = Worker(context, pump.queue, pump.loves, pump.worker.config)
    assert not pump.worker.recipient.own_second
    await service.check(pump.account.session)
    assert pump.worker.recipient.own_second
    pump.submitter = pump.worker.submitter
    await put(pump, "Fern", "Moss")
    assert await pump.drain() == "done"
    assert stored(maloja) == [("Fern", 0), ("Moss", 1)]
