"""A file as a service: what becomes of rows, and a disk that refuses or does not answer."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.core.errors import LogIn
from scrobblerd.core.model import NOBODY, ApiAccess, Scrobble
from scrobblerd.core.submission import LoveRequest, QueueRow, RowState
from scrobblerd.history_files.formats import FORMATS
from scrobblerd.services.base import Fault, Listen, ListensPage, LoginKind, Remedy, Reply
from scrobblerd.services.file import file_service as module
from scrobblerd.services.file import reading
from scrobblerd.services.file.file_service import FileService
from tests.support.hanging import FrozenDisk
from tests.support.lastfm_service import SONG

ROW = QueueRow(1, "", SONG)


@pytest.fixture
def access(tmp_path: Path) -> ApiAccess:
    """Where the file is."""
    return ApiAccess(api_url=str(tmp_path / "disk" / "plays.jsonl"), format="jsonl")


@pytest.fixture
def path(access: ApiAccess) -> Path:
    """Its path. The folder is there."""
    path = Path(access.api_url)
    path.parent.mkdir()
    return path


@pytest.fixture
def service(access: ApiAccess) -> FileService:
    """The service."""
    return FileService(lambda: access)


async def test_rows_that_are_on_disk_are_sent(service: FileService, path: Path) -> None:
    reply = await service.submit(NOBODY, [ROW])
    assert reply.ok
    assert [(outcome.row, outcome.state) for outcome in reply.outcomes] == [(ROW, RowState.SENT)]
    assert len(path.read_text().splitlines()) == 1


async def test_the_file_is_where_and_what_is_configured_now(path: Path) -> None:
    places = [
        ApiAccess(api_url=str(path), format="jsonl"),
        ApiAccess(api_url=f"{path}.log", format="scrobbler-log"),
    ]
    service = FileService(lambda: places[0])
    await service.submit(NOBODY, [ROW])
    del places[0]
    await service.submit(NOBODY, [ROW])
    assert Path(f"{path}.log").read_text().startswith("#AUDIOSCROBBLER/1.1\n")


async def test_what_only_the_user_can_mend_stops_it_with_nothing_written(
    service: FileService, path: Path
) -> None:
    path.write_text("my diary\n")
    for reply in (await service.submit(NOBODY, [ROW]), await service.check(NOBODY)):
        assert (reply.remedy, reply.fault, reply.reached) == (Remedy.STOP, Fault.ADDRESS, False)
        assert str(path) in reply.message
        assert reply.outcomes == ()


async def test_what_may_mend_itself_is_waited_for(service: FileService, path: Path) -> None:
    path.parent.rmdir()  # its disk is not mounted
    reply = await service.submit(NOBODY, [ROW])
    assert (reply.remedy, reply.reached, reply.outcomes) == (Remedy.RETRY, False, ())
    path.parent.mkdir()
    assert (await service.check(NOBODY)).ok
    assert not path.exists()


async def test_it_takes_plays_only(service: FileService) -> None:
    can = service.can
    assert (can.now_playing, can.love) == (False, False)
    replies = [
        await service.now_playing(NOBODY, SONG),
        await service.love(NOBODY, LoveRequest("Mira Holt", "Fern", True)),
        await service.loved_page(NOBODY, 1),
    ]
    assert replies == [module.ONLY_PLAYS] * 3


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
async def test_what_was_written_is_read_back_in_any_format(path: Path, form: str) -> None:
    service = FileService(lambda: ApiAccess(api_url=str(path), format=form))
    assert await service.listens(NOBODY, 0, 2**40) == ListensPage()  # there is no file yet
    plays = [replace(SONG, timestamp=SONG.timestamp + number * 300) for number in range(5)]
    await service.submit(NOBODY, [QueueRow(at, "", play) for at, play in enumerate(plays)])
    page = await service.listens(NOBODY, plays[1].timestamp, plays[3].timestamp)
    assert isinstance(page, ListensPage)
    assert page.listens == tuple(
        Listen(play.timestamp, play.artist, play.track, play.album) for play in plays[1:4]
    )
    assert page.next == ""


async def test_a_long_file_is_read_page_by_page(
    service: FileService, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_PAGE_LISTENS", 3)
    plays = [replace(SONG, timestamp=SONG.timestamp + number * 300) for number in range(8)]
    await service.submit(NOBODY, [QueueRow(at, "", play) for at, play in enumerate(plays)])
    seconds: list[int] = []
    cursor = ""
    for _ in range(4):
        page = await service.listens(NOBODY, plays[1].timestamp, plays[-1].timestamp, cursor)
        assert isinstance(page, ListensPage)
        seconds += [listen.listened_at for listen in page.listens]
        cursor = page.next
        if not cursor:
            break
    assert cursor == ""
    assert seconds == [play.timestamp for play in plays[1:]]


async def test_a_file_that_can_not_be_read_is_told(service: FileService, path: Path) -> None:
    path.write_text("my diary\n")
    foreign = await service.listens(NOBODY, 0, 2**40)
    path.unlink()
    path.mkdir()
    folder = await service.listens(NOBODY, 0, 2**40)
    path.rmdir()
    path.parent.rmdir()  # its disk is not mounted: that says nothing of what is in it
    away = await service.listens(NOBODY, 0, 2**40)
    for reply in (foreign, folder, away):
        assert isinstance(reply, Reply)
        assert (reply.remedy, reply.fault) == (Remedy.STOP, Fault.ADDRESS)
        assert str(path) in reply.message


# -- login, and a disk that hangs -----------------------------------------------------------------


async def test_nobody_logs_in(service: FileService) -> None:
    assert service.login.kind is LoginKind.NONE
    service.login.check_configured()
    assert (await service.login.token(), service.login.approval_url("")) == ("", "")
    with pytest.raises(LogIn):
        await service.login.session("token")


async def test_a_disk_that_does_not_answer_blocks_nobody_and_has_each_play_once(
    access: ApiAccess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    other = QueueRow(2, "", Scrobble("Mira Holt", "Fern", SONG.timestamp + 300))
    with FrozenDisk(tmp_path / "disk") as disk:
        with disk.frozen():
            hanging = asyncio.create_task(FileService(lambda: access).submit(NOBODY, [ROW]))
            begun = time.monotonic()
            await asyncio.sleep(0)
            # the account may be taken out of the configuration and put in again meanwhile
            busy = await FileService(lambda: access).submit(NOBODY, [other])
            assert time.monotonic() - begun < 0.3
            for reply in (busy, await hanging):
                assert (reply.remedy, reply.fault) == (Remedy.RETRY, Fault.UNAVAILABLE)
                assert reply.reached
                assert reply.message == f"{access.api_url}: the disk does not answer"
        service = FileService(lambda: access)
        again = [QueueRow(row.id, "", row.scrobble, retry_count=1) for row in (ROW, other)]
        async with asyncio.timeout(5):
            while not (reply := await service.submit(NOBODY, again)).ok:
                assert reply.fault is Fault.UNAVAILABLE  # until the thread is through
        assert len(Path(access.api_url).read_text().splitlines()) == 2
