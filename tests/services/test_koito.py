"""The listens of Koito's own API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from scrobblerd.services.base import Listen, ListensPage, Remedy, Reply
from scrobblerd.services.listenbrainz.koito import listen_of
from tests.support.service_benches import KoitoBench

FIRST = 1_600_000_000


@pytest.fixture
async def koito() -> AsyncIterator[KoitoBench]:
    """A Koito."""
    async with KoitoBench() as made:
        yield made


def shown(**values: Any) -> dict[str, Any]:
    """An entry."""
    track = {"id": 7, "title": "Fern", "artists": [{"id": 1, "name": "Mira Holt"}]}
    return {"time": "2020-09-13T12:26:40Z", "track": {**track, **values}}


def test_an_entry_is_a_listen_by_all_its_artists() -> None:
    artists = [{"name": "Mira Holt"}, {"name": " "}, None, {"name": "The Paper Lanterns"}]
    assert listen_of(shown(artists=artists)) == Listen(
        FIRST, "Mira Holt, The Paper Lanterns", "Fern", id="7"
    )


@pytest.mark.parametrize(
    ("time", "second"),
    [
        ("2020-09-13T12:26:40Z", FIRST),
        ("2020-09-13T14:26:40+02:00", FIRST),
        ("2020-09-13T12:26:40.987654321Z", FIRST),
        ("2020-09-13T12:26:40", 0),  # in whose zone?
        ("2020-09-13", 0),
        ("0001-01-01T00:00:00+23:59", 0),
        ("yesterday\0", 0),
        (FIRST, 0),
        (None, 0),
    ],
)
def test_a_time_counts_with_its_zone(time: object, second: int) -> None:
    assert max(0, listen_of({**shown(), "time": time}).listened_at) == second


async def test_the_listens_stand_beside_the_entrance_for_clients(koito: KoitoBench) -> None:
    koito.has([("Mira Holt", "Fern", FIRST)])
    page = await koito.service.listens(koito.session, FIRST, FIRST)
    assert isinstance(page, ListensPage)
    asked = koito.server.requests[-1]
    assert asked.path == "/apis/web/v1/listens"
    assert asked.params == {
        "from": str(FIRST),
        "to": str(FIRST + 1),
        "limit": "500",
        "page": "1",
    }
    await koito.service.delete_listen(koito.session, page.listens[0])
    asked = koito.server.requests[-1]
    assert (asked.http_method, asked.path) == ("DELETE", "/apis/web/v1/listens")
    assert asked.params == {"track_id": page.listens[0].id, "unix": str(FIRST)}
    assert asked.headers["authorization"] == f"Token {koito.session.key}"


async def test_a_listen_of_a_track_without_an_id_can_not_be_deleted(koito: KoitoBench) -> None:
    reply = await koito.service.delete_listen(koito.session, Listen(FIRST, "Mira Holt", "Fern"))
    assert isinstance(reply, Reply)
    assert (reply.remedy, reply.reached) == (Remedy.NOTHING, False)
