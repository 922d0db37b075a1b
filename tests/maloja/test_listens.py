"""What the real Maloja shows is read back, whatever zone it counts days in."""

import httpx
import pytest

from scrobblerd.core.model import ApiAccess, Session
from scrobblerd.services.base import Listen, ListensPage, Remedy, Service
from scrobblerd.services.http import HttpClient
from scrobblerd.services.kinds import service_of
from scrobblerd.services.maloja.listens import PAGE_LISTENS
from tests.support.maloja import KEY, USER, VERSIONS, Maloja, Start

MIDNIGHT = 1_700_006_400  # in UTC
PLAYS = PAGE_LISTENS + 20
SECONDS = range(MIDNIGHT - 40 * 300, MIDNIGHT + (PLAYS - 40) * 300, 300)

ADDRESSES = {
    "maloja": "",
    "listenbrainz": "/apis/listenbrainz/1",  # it is asked as a ListenBrainz
}
"""Each kind of account that may be at a Maloja, and what is behind its address."""


def title_of(second: int) -> str:
    """What was heard in a second."""
    return f"Fern {(second - SECONDS[0]) // 300}"


async def read(service: Service, since: int, until: int) -> list[Listen]:
    """Returns the listens of a stretch, from the oldest on."""
    listens: list[Listen] = []
    cursor = ""
    for _ in range(10):
        page = await service.listens(Session(USER, KEY), since, until, cursor)
        assert isinstance(page, ListensPage)
        listens += page.listens
        if not (cursor := page.next):
            return sorted(listens, key=lambda listen: listen.listened_at)
    raise AssertionError("there is no end")


def store_all(server: Maloja) -> None:
    """Stores plays over more than a day, faster than one request each would."""
    with httpx.Client(trust_env=False) as client:
        for second in SECONDS:
            play = {"key": KEY, "artists": ["Mira Holt"], "title": title_of(second)}
            document = {**play, "album": "Understorey", "time": second}
            client.post(f"{server.root_url}/apis/mlj_1/newscrobble", json=document)


@pytest.mark.parametrize(
    ("version", "zone"), [(VERSIONS[0], 0), (VERSIONS[1], 12), (VERSIONS[1], -11)]
)
async def test_each_play_of_a_stretch_is_read_once(maloja: Start, version: str, zone: int) -> None:
    server = maloja(version, zone)
    store_all(server)
    http = HttpClient()
    try:
        for kind, path in ADDRESSES.items():
            access = ApiAccess(api_url=server.root_url + path)
            service = service_of(kind, lambda access=access: access, http)
            assert (await service.check(Session(USER, KEY))).ok
            assert (service.can.read, service.can.delete) == (True, False)
            everything = await read(service, 0, 2**40)
            assert [listen.listened_at for listen in everything] == [*SECONDS]
            part = await read(service, SECONDS[30], SECONDS[50] - 1)
            assert part == [
                Listen(second, "Mira Holt", title_of(second), "Understorey", client="default")
                for second in SECONDS[30:50]
            ]
            assert await read(service, SECONDS[-1] + 1, 2**40) == []
            reply = await service.delete_listen(Session(USER, KEY), part[0])
            assert reply.remedy is Remedy.NOTHING
    finally:
        await http.close()
