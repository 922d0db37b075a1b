"""The client of ListenBrainz's API at the real Maloja: each play is there exactly once."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from scrobblerd.core.errors import LogIn
from scrobblerd.core.model import ApiAccess, Scrobble
from scrobblerd.core.submission import QueueRow, RowState
from scrobblerd.services.base import Remedy
from scrobblerd.services.http import HttpClient
from scrobblerd.services.listenbrainz.client import ListenBrainzService
from scrobblerd.services.listenbrainz.profiles import LISTENBRAINZ
from tests.support.maloja import KEY, USER, VERSIONS, Maloja, Start


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """Connections."""
    client = HttpClient()
    yield client
    await client.close()


def service_at(server: Maloja, http: HttpClient) -> ListenBrainzService:
    """The service, which knows the address without a path."""
    access = ApiAccess(api_url=server.root_url)
    return ListenBrainzService(LISTENBRAINZ, lambda: access, http)


def row(title: str, second: int) -> QueueRow:
    """A play."""
    return QueueRow(second, USER, Scrobble("Mira Holt", title, 1_700_000_000 + second))


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_play_is_there_once_whatever_is_sent_again(
    maloja: Start, http: HttpClient, version: str
) -> None:
    server = maloja(version)
    service = service_at(server, http)
    with pytest.raises(LogIn):
        await service.login.session("another-key")
    session = await service.login.session(KEY)
    assert (session.username, service.address) == (
        USER,
        f"{server.root_url}/apis/listenbrainz/1",
    )
    await service.check(session)
    assert (service.label, service.can.batch) == ("Maloja", 1)
    plays = [row(f"Fern {number}", number * 300) for number in range(10)]
    for play in [*plays, *plays]:
        reply = await service.submit(session, [play])
        assert [outcome.state for outcome in reply.outcomes] == [RowState.SENT]
    server.kill()
    assert (await service.submit(session, plays[:1])).remedy is Remedy.RETRY
    server.start()
    assert (await service.submit(session, plays[:1])).ok
    clash = await service.submit(session, [row("Moss", 0)])  # in the second of another
    assert clash.remedy is (Remedy.MOVE if version == "3.2.9" else Remedy.RETRY_FEW)
    assert sorted(server.titles()) == sorted(play.scrobble.track for play in plays)
    dead = await service.submit(replace(session, key="another-key"), plays[:1])
    assert dead.remedy is Remedy.REAUTH
