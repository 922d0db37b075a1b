"""Plays of the history that the user corrects or deletes: library, queue and imports follow."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.core.account_rules import AccountRules, Recipient
from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.model import PlayReason, Scrobble, Verdict
from scrobblerd.core.submission import Correction, RowOutcome, RowState
from scrobblerd.storage.accounts import account_ids
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.deletions import DeletionQueue
from scrobblerd.storage.editing.play_editing import Corrected, PlayEditor
from scrobblerd.storage.editing.row_editing import Reach
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from scrobblerd.storage.transfer.imported_plays import Taker, take_in
from tests.support.rows import put
from tests.support.storage_samples import NOW, REACH, TRACK, a_play, to

USER = "quiet_otter"
BRAINZ = Reach(Recipient(2, USER, AccountRules(send_duration=False)), 0, can_delete=True)
REACHES = {1: REACH, 2: BRAINZ}
TAGS = {"artist": "The Paper Lantern", "track": "Slow Harbor"}


@pytest.fixture
def editor(database: Database) -> PlayEditor:
    return PlayEditor(database)


async def library(database: Database) -> dict[str, tuple[int, int, int]]:
    """Of each track of the library: how often it counted, first and last heard."""
    query = "SELECT title, play_count, first_heard, last_heard FROM library ORDER BY id"
    return {title: tuple(figures) for title, *figures in await database.select(query)}


def at_accounts(corrected: Corrected) -> dict[str, Correction]:
    """What becomes of a play at each account, by its name."""
    return {each.account: each.correction for each in corrected.accounts}


async def test_history_and_library_follow_a_correction(
    database: Database, store: PlayStore, editor: PlayEditor
) -> None:
    for start in (NOW - 2000, NOW - 1000, NOW):
        await store.record([a_play(start)], [], recipients=[], now=NOW)
    corrected = await editor.edit(2, {**TAGS, "album": ""}, REACHES, NOW)
    assert corrected.accounts == ()
    assert corrected.play.scrobble.artist == "The Paper Lantern"
    [play] = await database.select(
        "SELECT artist, title, album, start, key, verdict FROM plays WHERE id = 2"
    )
    assert play[:3] == ("The Paper Lantern", "Slow Harbor", "")
    assert play[4] == a_play(NOW - 1000).key
    assert await library(database) == {
        "Slow Harbour": (2, NOW - 2000, NOW),
        "Slow Harbor": (1, NOW - 1000, NOW - 1000),
    }
    await editor.edit(3, TAGS, REACHES, NOW)
    await editor.edit(1, TAGS, REACHES, NOW)
    assert await library(database) == {"Slow Harbor": (3, NOW - 2000, NOW)}


async def test_what_did_not_count_stays_so(
    database: Database, store: PlayStore, editor: PlayEditor
) -> None:
    play = a_play(verdict=Verdict.NOT_HEARD)
    await store.record([], [play], recipients=[], now=NOW)
    await editor.edit(1, TAGS, REACHES, NOW)
    assert await library(database) == {"Slow Harbor": (0, NOW, NOW)}
    await editor.delete(1, REACHES, NOW)
    assert await library(database) == {}


async def test_a_play_is_put_right_at_each_account_by_what_it_has(
    database: Database, store: PlayStore, editor: PlayEditor, queue: AccountQueue
) -> None:
    await account_ids(database, {"brainz": "listenbrainz", "old": "maloja"})
    await store.record([a_play()], [], recipients=to(USER, USER, USER), now=NOW)
    await database.write(
        lambda db: db.execute("UPDATE scrobble_queue SET state = 'sent' WHERE account_id = 2")
    )
    corrected = await editor.edit(1, TAGS, REACHES, NOW)
    assert at_accounts(corrected) == {
        "lastfm": Correction.EDITED,
        "brainz": Correction.REPLACING,
        "old": Correction.EDITED,
    }
    [row] = await queue.pending(USER, 9, NOW)
    assert (row.scrobble.artist, row.scrobble.track) == tuple(TAGS.values())
    deletion = await DeletionQueue(database, 2).next(USER, NOW)
    assert deletion is not None
    assert (deletion.artist, deletion.track) == (TRACK.artist, TRACK.title)


async def test_names_of_a_service_are_forgotten_when_it_gets_others(
    database: Database, store: PlayStore, editor: PlayEditor
) -> None:
    await account_ids(database, {"brainz": "listenbrainz"})
    await store.record([a_play()], [], recipients=to(USER, USER), now=NOW)
    await database.write(lambda db: db.execute("UPDATE scrobble_queue SET state = 'sent'"))
    put_names = """
    INSERT INTO corrections VALUES (1, ?, 'The Lanterns', '', '', '', 'the paper lanterns', 'x',
        'the lanterns', 'x')"""
    await database.write(lambda db: [db.execute(put_names, (number,)) for number in (1, 2)])
    await editor.edit(1, TAGS, REACHES, NOW)
    kept = await database.select("SELECT account_id, artist_key, title_key FROM corrections")
    assert kept == [(1, "the paper lantern", "slow harbor")]
    await editor.delete(1, REACHES, NOW)
    assert await database.select("SELECT account_id FROM corrections") == []


async def test_a_play_whose_row_has_left_the_queue_is_replaced_too(
    database: Database, store: PlayStore, editor: PlayEditor
) -> None:
    await account_ids(database, {"brainz": "listenbrainz"})
    await store.record([a_play()], [], recipients=[], now=NOW)
    sent = "INSERT INTO outcomes (play_id, account_id, outcome, at) VALUES (1, ?, 'sent', 5)"
    await database.write(lambda db: [db.execute(sent, (number,)) for number in (1, 2)])
    corrected = await editor.edit(1, TAGS, REACHES, NOW)
    assert at_accounts(corrected) == {
        "lastfm": Correction.NOT_POSSIBLE,
        "brainz": Correction.REPLACING,
    }
    rows = await database.select(
        "SELECT account_id, artist, duration, state, play_id FROM scrobble_queue"
    )
    assert rows == [(2, "The Paper Lantern", None, "pending", 1)]
    assert await database.select("SELECT account_id FROM outcomes") == [(1,)]
    deletion = await DeletionQueue(database, 2).next(USER, NOW)
    assert deletion is not None
    assert (deletion.track, deletion.row_id, deletion.sent_at) == ("Slow Harbour", 1, 5)


@pytest.mark.parametrize(
    ("play_id", "tags", "why"),
    [
        (99, TAGS, "there is no play 99$"),
        (1, {"artist": TRACK.artist}, "nothing to change: play 1 has these tags already$"),
        (1, {"track": "Moss"}, "play 2 is the same then; delete one of them$"),
    ],
)
async def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(
    database: Database,
    store: PlayStore,
    editor: PlayEditor,
    play_id: int,
    tags: dict[str, str],
    why: str,
) -> None:
    moss = replace(TRACK, title="Moss")
    await store.record([a_play(), a_play(track=moss)], [], recipients=to(USER), now=NOW)
    tables = ("plays", "library", "scrobble_queue", "former_plays", "deletions")
    before = [await database.select(f"SELECT * FROM {table}") for table in tables]
    with pytest.raises(InvalidArgument, match=f"^{why}"):
        await editor.edit(play_id, tags, REACHES, NOW)
    assert [await database.select(f"SELECT * FROM {table}") for table in tables] == before


async def test_a_play_that_is_deleted_leaves_nothing_of_itself(
    database: Database, store: PlayStore, editor: PlayEditor
) -> None:
    await account_ids(database, {"brainz": "listenbrainz"})
    await store.record([a_play()], [], recipients=to(USER, USER), now=NOW)
    await database.write(
        lambda db: db.execute("UPDATE scrobble_queue SET state = 'sent' WHERE account_id = 2")
    )
    corrected = await editor.delete(1, REACHES, NOW)
    assert at_accounts(corrected) == {
        "lastfm": Correction.DROPPED,
        "brainz": Correction.DELETING,
    }
    for table in ("plays", "scrobble_queue", "library", "outcomes"):
        assert await database.select(f"SELECT * FROM {table}") == []
    with pytest.raises(InvalidArgument, match="there is no play 1"):
        await editor.delete(1, REACHES, NOW)


async def test_no_byte_of_a_deleted_play_is_left_when_the_daemon_has_ended(
    database: Database, store: PlayStore, editor: PlayEditor, path: Path
) -> None:
    """Among hundreds that stay: pages of the file become free, and others are half full."""
    tracks = [replace(TRACK, title=f"Whispered {number:03}") for number in range(300)]
    plays = [replace(a_play(NOW + n, track=tracks[n]), key=f"mpv {n}") for n in range(300)]
    await store.record(plays, [], recipients=to(USER), now=NOW)
    gone = range(100, 250)
    for number in gone:
        await editor.delete(number + 1, REACHES, NOW)
    assert await database.select("PRAGMA secure_delete") == [(1,)]
    await database.close()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    left = [number for number in range(300) if f"Whispered {number:03}".encode() in content]
    assert left == [number for number in range(300) if number not in gone]


async def test_the_number_of_a_deleted_play_is_not_given_again(
    store: PlayStore, editor: PlayEditor, database: Database
) -> None:
    await store.record([a_play()], [], recipients=[], now=NOW)
    await editor.delete(1, REACHES, NOW)
    await store.record([a_play(NOW + 500)], [], recipients=[], now=NOW)
    assert await database.select("SELECT id FROM plays") == [(2,)]


async def test_what_goes_on_playing_neither_undoes_an_edit_nor_a_deletion(
    store: PlayStore, editor: PlayEditor, database: Database
) -> None:
    first, second = a_play(), a_play(NOW + 500)
    await store.record([first, second], [], recipients=to(USER), now=NOW)
    await editor.edit(1, TAGS, REACHES, NOW)
    await editor.delete(2, REACHES, NOW)
    longer = [replace(play, heard=200.0) for play in (first, second)]
    await store.record(longer, longer, recipients=to(USER), now=NOW)
    assert await database.select("SELECT id, title, heard FROM plays") == [(1, "Slow Harbor", 200)]
    assert await database.select("SELECT track FROM scrobble_queue") == [("Slow Harbor",)]


FERN = Scrobble("Mira Holt", "Fern", int(NOW) - 5000, duration=200)


async def imported(database: Database, *plays: Scrobble, **more: Any) -> tuple[int, int, int]:
    """How many plays of a file are new, known and queued."""
    values = [(place, play, more.get("source", "spotify")) for place, play in enumerate(plays)]
    takers = more.get("takers", [])
    taken = await take_in(database, values, takers=takers, now=NOW, is_trial=False)
    return taken.added, taken.known, taken.queued


@pytest.mark.parametrize(
    ("again", "source"),
    [
        (FERN, "spotify"),  # the same file
        (replace(FERN, artist="MIRA HOLT"), "spotify"),
        (replace(FERN, timestamp=FERN.timestamp + 50), "koito"),  # another file, to the minute
    ],
)
async def test_an_import_brings_back_neither_old_tags_nor_deleted_plays(
    database: Database, editor: PlayEditor, again: Scrobble, source: str
) -> None:
    moss = replace(FERN, track="Moss", timestamp=FERN.timestamp + 1000)
    assert await imported(database, FERN, moss) == (2, 0, 0)
    await editor.edit(1, {"track": "Ferns"}, REACHES, NOW)
    await editor.delete(2, REACHES, NOW)
    takers = [Taker(Recipient(1, USER), 0)]
    more = {"source": source, "takers": takers}
    later = replace(again, track="Moss", timestamp=again.timestamp + 1000)
    assert await imported(database, again, later, **more) == (0, 2, 1)
    assert await database.select("SELECT id, title FROM plays") == [(1, "Ferns")]
    assert await database.select("SELECT track FROM scrobble_queue") == [("Ferns",)]


async def test_another_play_of_the_track_is_taken_in(
    database: Database, editor: PlayEditor
) -> None:
    await imported(database, FERN)
    await editor.delete(1, REACHES, NOW)
    again = replace(FERN, timestamp=FERN.timestamp + 1000)
    assert await imported(database, again) == (1, 0, 0)


async def test_a_play_of_a_damaged_row_is_edited(database: Database, editor: PlayEditor) -> None:
    put(database.path, "plays", {"id": 1, "artist": b"\xff", "length": "x", "verdict": 5})
    await editor.edit(1, TAGS, REACHES, NOW)
    assert await database.select("SELECT artist FROM plays") == [("The Paper Lantern",)]


async def test_a_play_that_was_refused_is_sent_again(
    store: PlayStore, editor: PlayEditor, queue: AccountQueue
) -> None:
    await store.record([a_play()], [], recipients=to(USER), now=NOW)
    rows = await queue.pending(USER, 9, NOW)
    await queue.settle([RowOutcome(rows[0], RowState.REJECTED, 1)], USER, NOW, {})
    corrected = await editor.edit(1, TAGS, REACHES, NOW)
    assert at_accounts(corrected) == {"lastfm": Correction.SENT_AGAIN}
    assert len(await queue.pending(USER, 9, NOW)) == 1


@pytest.mark.parametrize("is_asked", [False, True])
async def test_a_deleted_play_that_is_added_again_stays_or_is_sent_after_its_deletion(
    database: Database, store: PlayStore, editor: PlayEditor, is_asked: bool
) -> None:
    await account_ids(database, {"brainz": "listenbrainz"})
    await store.record([a_play()], [], recipients=[BRAINZ.recipient], now=NOW)
    await database.write(lambda db: db.execute("UPDATE scrobble_queue SET state = 'sent'"))
    await editor.delete(1, REACHES, NOW)
    deletions = DeletionQueue(database, 2)
    deletion = await deletions.next(USER, NOW)
    assert deletion is not None
    if is_asked:
        await deletions.asked(deletion)
    again = Scrobble(TRACK.artist.upper(), TRACK.title, int(NOW))
    await imported(database, again, source=PlayReason.BY_HAND, takers=[Taker(BRAINZ.recipient, 0)])
    queue = ScrobbleQueue(database, "boot-1").for_account(2)
    waiting = [each.scrobble.track for each in await queue.pending(USER, 9, NOW)]
    assert waiting == ([] if is_asked else [TRACK.title])
    while left := await deletions.next(USER, NOW):
        assert is_asked
        await deletions.done(left)
    assert len(await queue.pending(USER, 9, NOW)) == 1


async def test_a_play_that_is_added_with_the_old_tags_of_another_is_sent_after_its_deletion(
    database: Database, store: PlayStore, editor: PlayEditor
) -> None:
    await account_ids(database, {"brainz": "listenbrainz"})
    await store.record([a_play()], [], recipients=[BRAINZ.recipient], now=NOW)
    await database.write(lambda db: db.execute("UPDATE scrobble_queue SET state = 'sent'"))
    await editor.edit(1, TAGS, REACHES, NOW)
    again = Scrobble(TRACK.artist, TRACK.title, int(NOW))
    await imported(database, again, source=PlayReason.BY_HAND, takers=[Taker(BRAINZ.recipient, 0)])
    queue, deletions = ScrobbleQueue(database, "boot-1").for_account(2), DeletionQueue(database, 2)
    assert await queue.pending(USER, 9, NOW) == []
    while left := await deletions.next(USER, NOW):
        await deletions.done(left)
    assert len(await queue.pending(USER, 9, NOW)) == 2
