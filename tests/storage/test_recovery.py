"""A database file that is damaged, full or not to be written: nothing is lost that can be kept."""

import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scrobblerd.core.errors import StoreFailed
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, AccountStore
from scrobblerd.storage.database import Database
from scrobblerd.storage.queue import ScrobbleQueue
from scrobblerd.storage.repair.recovery import BESIDE
from tests.conftest import Needs
from tests.support.disks import PAGE, SmallDisk, mounted, overwrite
from tests.support.storage_samples import NOW, a_scrobble


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "scrobblerd.db"


@pytest.fixture
def alerts() -> list[str]:
    """What the user was told."""
    return []


@pytest.fixture
async def database(path: Path, alerts: list[str]) -> AsyncIterator[Database]:
    """An open database with 500 rows in its queue, all of them in the main file."""
    opened = await Database.open(path, alerts.append, alerts.append)
    queue = ScrobbleQueue(opened, "boot-1").for_account(LASTFM_ACCOUNT)
    for number in range(500):
        await queue.enqueue(a_scrobble(NOW - number, f"Track {number}"), "", NOW)
    await opened.select("PRAGMA wal_checkpoint(TRUNCATE)")
    yield opened
    await opened.close()


def leaf_with(path: Path, words: bytes) -> int:
    """The number of the page of a table on which these words are."""
    content = path.read_bytes()
    pages = [content[start : start + PAGE] for start in range(0, len(content), PAGE)]
    return next(n for n, page in enumerate(pages) if page[0] == 0x0D and words in page)


def aside(path: Path) -> list[Path]:
    """The files that were set aside, but for what SQLite keeps beside them."""
    found = path.parent.glob("scrobblerd.db.broken-*")
    return [file for file in found if not file.name.endswith(BESIDE[1:])]


async def test_a_file_that_is_no_database_is_set_aside_at_start(
    path: Path, alerts: list[str]
) -> None:
    path.write_bytes(b"no database at all" * 100)
    opened = await Database.open(path, alerts.append, alerts.append)
    assert await opened.select("SELECT count(*) FROM plays") == [(0,)]
    await opened.close()
    [broken] = aside(path)
    assert broken.read_bytes() == b"no database at all" * 100
    assert [broken.name in alert for alert in alerts] == [True]


async def test_a_database_that_breaks_while_it_is_used_is_replaced_and_the_work_done(
    database: Database, path: Path, alerts: list[str]
) -> None:
    await database.close()
    pages = path.stat().st_size // PAGE
    overwrite(path, pages - 8, pages)
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT)
    for number in range(500, 600):
        await queue.enqueue(a_scrobble(NOW + number, f"Track {number}"), "", NOW)
    rows = await database.select("SELECT track FROM scrobble_queue")
    assert {f"Track {number}" for number in range(500, 600)} <= {track for (track,) in rows}
    assert len(rows) > 200  # what could be read was taken along
    assert (len(aside(path)), len(alerts)) == (1, 1)
    assert await database.select("PRAGMA integrity_check") == [("ok",)]


async def test_rows_on_both_sides_of_a_broken_page_are_taken_along(
    database: Database, path: Path
) -> None:
    await database.close()
    overwrite(path, leaf := leaf_with(path, b"Track 250"), leaf + 1)
    await database.select("SELECT count(detail) FROM scrobble_queue NOT INDEXED")
    rows = await database.select("SELECT track FROM scrobble_queue")
    tracks = {track for (track,) in rows}
    assert {"Track 0", "Track 499"} <= tracks
    assert 400 < len(tracks) < 500


@pytest.mark.parametrize(
    ("is_", "becomes"),
    [
        (b'CREATE TABLE "scrobble_queue" (', b'CREATE TABLE "scrobble!queue" ('),
        (b"    retry_count INTEGER", b"    retry\xdfcount INTEGER"),  # no text any more
        (b"    retry_count INTEGER", b"    retry_coent INTEGER"),  # which has a default
        (b"ON scrobble_queue (state", b"ON scrobble_queue (st\xe1te"),
        (b"CREATE INDEX queue_by_state", b"CREATE INFEX queue_by_state"),
        (b"CREATE TABLE plays", b"CREATE\0TABLE plays"),
        (b"'expired', 'sent')", b"'expired', 'sunt')"),
        (b"play_id INTEGER REFERENCES plays", b"play_id INTEGER REFERENCES pnays"),
    ],
)
async def test_a_wrong_byte_in_what_describes_a_table_costs_no_row(
    database: Database, path: Path, alerts: list[str], is_: bytes, becomes: bytes
) -> None:
    await database.write(
        lambda db: db.execute(
            "UPDATE scrobble_queue SET state = 'sent', retry_count = 1 WHERE id = 1"
        )
    )
    await database.close()
    content = path.read_bytes()
    assert content.count(is_) == 1
    path.write_bytes(content.replace(is_, becomes))
    query = "SELECT state, retry_count, count(*) FROM scrobble_queue GROUP BY state"
    assert await database.select(query) == [("pending", 0, 499), ("sent", 1, 1)]
    assert (len(aside(path)), len(alerts)) == (1, 1)
    assert "codec" not in alerts[0]
    assert not list(path.parent.glob("*.mended*"))


@pytest.mark.parametrize("bit", [0x04, 0x40])
@pytest.mark.parametrize("place", [0, *range(16, 22), 28, 31, 47, 55, 59, 61])
async def test_a_wrong_bit_in_the_head_of_the_file_costs_no_row(
    database: Database, path: Path, place: int, bit: int
) -> None:
    await database.close()
    content = bytearray(path.read_bytes())
    content[place] ^= bit
    path.write_bytes(content)
    await (
        ScrobbleQueue(database, "boot-1")
        .for_account(LASTFM_ACCOUNT)
        .enqueue(a_scrobble(NOW + 1, "Fern"), "", NOW)
    )
    query = "SELECT count(*), count(DISTINCT track) FROM scrobble_queue NOT INDEXED"
    assert await database.select(query) == [(501, 501)]


async def test_a_new_one_that_a_kill_left_half_filled_is_begun_again(
    database: Database, path: Path
) -> None:
    await database.close()
    overwrite(path, 0, 1)
    half = await Database.open(path.with_name("scrobblerd.db.new"))
    await AccountStore(half).keep("half", 1)
    await half.close()
    await AccountStore(database).keep("whole", 1)
    assert await database.select("SELECT name FROM state") == [("whole",)]
    assert not list(path.parent.glob("*.new*"))


@pytest.mark.parametrize("there", [False, True], ids=["moved", "still there"])
async def test_a_whole_one_that_a_kill_left_beside_its_place_is_put_there(
    database: Database, path: Path, alerts: list[str], there: bool
) -> None:
    await database.close()
    path.rename(path.with_name("scrobblerd.db.whole"))
    if there:
        path.write_bytes(b"the broken one")
        Path(f"{path}-wal").write_bytes(b"and its log")
    assert await database.select("SELECT count(*) FROM scrobble_queue") == [(500,)]
    assert alerts == []
    assert [one.read_bytes() for one in aside(path)] == [b"the broken one"] * there


async def test_a_half_filled_one_is_not_taken_for_a_database(
    database: Database, path: Path
) -> None:
    await database.close()
    path.rename(path.with_name("scrobblerd.db.new"))
    assert await database.select("SELECT count(*) FROM scrobble_queue") == [(0,)]


async def test_two_that_break_in_one_second_are_both_kept(
    database: Database, path: Path, alerts: list[str]
) -> None:
    for number in range(3):
        await database.close()
        path.write_bytes(b"no database %d" % number)
        await database.select("SELECT 1")
    assert {one.read_bytes() for one in aside(path)} == {b"no database %d" % n for n in range(3)}
    assert len(alerts) == 3


async def test_the_id_of_a_row_that_was_lost_is_given_to_no_other(
    database: Database, path: Path
) -> None:
    await database.close()
    overwrite(path, leaf := leaf_with(path, b"Track 499"), leaf + 1)
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT)
    await database.select("SELECT count(detail) FROM scrobble_queue NOT INDEXED")
    assert (await queue.counts()).queued < 500
    await queue.enqueue(a_scrobble(NOW + 1, "Fern"), "", NOW)
    query = "SELECT id FROM scrobble_queue WHERE track = 'Fern'"
    assert await database.select(query) == [(501,)]


async def test_of_a_row_that_is_broken_the_neighbours_are_taken_along(
    database: Database, path: Path
) -> None:
    await database.close()
    content = path.read_bytes()
    where = content.index(b"Track 250")
    head = content.rindex(b"lastfm", 0, where) - 20  # where the types of its values are
    broken = bytearray(content)
    broken[head : head + 12] = b"\xff" * 12
    path.write_bytes(broken)
    await database.select("SELECT count(detail) FROM scrobble_queue NOT INDEXED")
    tracks = {track for (track,) in await database.select("SELECT track FROM scrobble_queue")}
    assert {f"Track {number}" for number in range(500)} - tracks <= {"Track 250"}


async def test_without_room_for_a_new_one_the_broken_one_stays_where_it_is(
    database: Database, path: Path
) -> None:
    await database.close()
    whole = path.read_bytes()
    path.write_bytes(b"?" + whole[1:])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole), before[1]))
    try:
        with pytest.raises(StoreFailed):
            await database.select("SELECT 1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"?" + whole[1:]
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    with pytest.raises(StoreFailed):  # it is not tried at once again
        await database.select("SELECT 1")
    opened = await Database.open(path)
    assert await opened.select("SELECT count(*) FROM scrobble_queue") == [(500,)]
    await opened.close()


async def test_a_full_disk_costs_no_row_however_much_room_is_left(
    database: Database, path: Path, tmp_path: Path, needs: Needs
) -> None:
    needs("mount", "umount")
    await database.close()
    broken = b"?" + path.read_bytes()[1:]
    (tmp_path / "disk").mkdir()
    place = tmp_path / "disk" / path.name
    copied = list[bool]()
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        disk = SmallDisk(tmp_path / "disk")
        for pages in range(0, 264, 11):
            place.write_bytes(broken)
            disk.fill(room=pages * PAGE)
            copied.append(await opens_with_all_rows(place))
            if not copied[-1]:
                assert place.read_bytes() == broken
                assert {one.name for one in disk.folder.iterdir()} == {"filler", place.name}
                disk.make_room()
                assert await opens_with_all_rows(place)
            for file in disk.folder.iterdir():
                file.unlink()
    assert {True, False} == set(copied)


async def opens_with_all_rows(path: Path) -> bool:
    """Whether the database opens; if so, it must have all rows."""
    try:
        opened = await Database.open(path, list[str]().append, list[str]().append)
    except StoreFailed:
        return False
    try:
        assert await opened.select("SELECT count(*) FROM scrobble_queue") == [(500,)]
    finally:
        await opened.close()
    return True


async def test_two_who_meet_a_broken_file_replace_it_once(
    database: Database, path: Path, alerts: list[str]
) -> None:
    await database.close()
    overwrite(path, 0, path.stat().st_size // PAGE)
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT)
    await queue.enqueue(a_scrobble(), "", NOW)
    assert (await queue.counts()).queued == 1
    assert (len(aside(path)), len(alerts)) == (1, 1)


async def test_a_full_disk_is_told_once_and_once_that_there_is_room(
    database: Database, alerts: list[str]
) -> None:
    [(pages,)] = await database.select("PRAGMA page_count")
    await database.select(f"PRAGMA max_page_count = {pages}")
    queue = ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT)
    for number in range(2):
        with pytest.raises(StoreFailed, match="full"):
            await queue.enqueue(a_scrobble(NOW, "x" * 100_000 + str(number)), "", NOW)
    assert [("full" in alert, "kept in memory" in alert) for alert in alerts] == [(True, True)]
    await database.select("PRAGMA max_page_count = 1000000")
    for title in ("There is room", "for two"):
        await queue.enqueue(a_scrobble(NOW, title), "", NOW)
    assert (database.trouble, alerts[1:]) == ("", [""])
    assert (await queue.counts()).queued == 502
