"""What plays were is remembered, and can't be read."""

from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.former_plays import digest, is_deleted, keep_former
from tests.support.rows import put


async def test_a_play_that_was_deleted_is_known_by_its_key_and_not_by_its_names(
    database: Database,
) -> None:
    put(database.path, "plays", {"id": 7, "key": "k7"})
    await database.write(lambda db: keep_former(db, 7, "Mira Holt", "Fern"))
    assert not await database.read(lambda db: is_deleted(db, "k7"))
    await database.write(lambda db: db.execute("DELETE FROM plays"))
    assert await database.read(lambda db: is_deleted(db, "k7"))
    assert not await database.read(lambda db: is_deleted(db, "k8"))
    [kept] = await database.select("SELECT * FROM former_plays")
    assert not [each for each in kept if "Fern" in str(each) or "Mira" in str(each)]


def test_names_are_the_same_however_they_are_written() -> None:
    assert digest("Mira Holt", "Fern") == digest("MIRA  HOLT", "fern")
    assert digest("Mira Holt", "Fern") != digest("Mira Holt", "Ferns")
