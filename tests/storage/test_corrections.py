"""corrections.py: the names under which services keep plays, on a real database."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Loved, Track
from scrobblerd.core.rules import as_scrobble
from scrobblerd.core.submission import CorrectedNames, LoveRequest, RowOutcome, RowState
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, AccountConnection, account_ids
from scrobblerd.storage.corrections import as_listed, corrections_of, put_correction
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import ImportRun, LovedStore, LoveQueue
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue
from tests.support.storage_samples import NOW, TERMS, a_play, library, to

USER = "quiet_otter"
PLAYED = Track("Is", "Bjorn Al", "Ytor", length=200.0)
NAMES = CorrectedNames(artist="Björn Ål")
SENT = as_scrobble(a_play(track=PLAYED))
HEART = ("Bjorn Al", "Is")
LISTED = Loved("BJÖRN ÅL", "is", 17)


async def plays(
    store: PlayStore,
    queue: AccountQueue,
    names: CorrectedNames = NAMES,
    start: float = NOW,
    state: RowState = RowState.SENT,
) -> int:
    """A play is queued, and the service says of it under which names it has it."""
    await store.record([a_play(start, track=PLAYED)], [], recipients=to(USER), now=NOW)
    [row] = await queue.pending(USER, 1, start + 1)
    await queue.settle([RowOutcome(row, state, corrected=names)], USER, start + 1, {})
    return int((await store.database.select("SELECT max(id) FROM plays"))[0][0])


async def loves(database: Database, *tracks: Loved, run: int = 1) -> tuple[int, int, int]:
    """An import of what the user loves at Last.fm: what was seen, is marked now, and was before."""
    store = LovedStore(database, LASTFM_ACCOUNT)
    took = await store.take_page(tracks, ImportRun(USER, run))
    await store.finish_import(ImportRun(USER, run), whole=True, mirror=True)
    return took.seen, took.imported, took.already


async def has_heart(database: Database) -> bool:
    """Whether the track that was played is loved."""
    return (await LibraryStore(database).are_loved([HEART]))[HEART]


# -- beside the play ------------------------------------------------------------------------------


async def test_they_stand_beside_the_play_and_go_with_it(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    play = await plays(store, queue)
    assert await corrections_of(database, [play, 99]) == {play: {"lastfm": NAMES}}
    told = await History(database, TERMS).explain(play, lambda _: "", NOW)
    assert told.endswith(" Last.fm has it as Is by Björn Ål.")
    await database.write(lambda db: db.execute("DELETE FROM scrobble_queue"))
    await database.write(lambda db: db.execute("DELETE FROM plays WHERE id = ?", (play,)))
    assert await corrections_of(database, [play]) == {}
    assert await database.select("SELECT * FROM corrections") == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (CorrectedNames(track="Is (Live)"), "Is (Live) by Bjorn Al"),
        (CorrectedNames(album="Ytor!"), "Is by Bjorn Al, on Ytor!"),
        (CorrectedNames(album_artist="Alla"), "Is by Bjorn Al, album by Alla"),
        (CorrectedNames("A", "B", "C", "D"), "B by A, on C, album by D"),
    ],
)
async def test_all_names_are_told(
    store: PlayStore, queue: AccountQueue, database: Database, names: CorrectedNames, told: str
) -> None:
    play = await plays(store, queue, names)
    words = await History(database, TERMS).explain(play, lambda _: "", NOW)
    assert words.endswith(f" Last.fm has it as {told}.")


async def test_a_row_that_was_not_taken_or_not_corrected_has_none(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    await plays(store, queue, CorrectedNames())
    await plays(store, queue, state=RowState.REJECTED, start=NOW + 300)
    assert await database.select("SELECT * FROM corrections") == []


async def test_what_the_service_says_last_counts(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    play = await plays(store, queue)
    other = CorrectedNames(track="Ís")
    for names, kept in ((other, {play: {"lastfm": other}}), (CorrectedNames(), {})):
        await database.write(
            lambda db, names=names: put_correction(
                AccountConnection(db, LASTFM_ACCOUNT), play, HEART, names
            )
        )
        assert await corrections_of(database, [play]) == kept


async def test_a_scrobble_of_another_program_is_no_play(queue: AccountQueue) -> None:
    outcome = await queue.enqueue(SENT, USER, NOW)
    settled = replace(outcome, state=RowState.SENT, corrected=NAMES)
    await queue.settle([settled], USER, NOW, {})
    assert await queue.database.select("SELECT * FROM corrections") == []


# -- what is loved --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_loved_first", [True, False])
async def test_what_is_loved_under_other_names_is_loved(
    store: PlayStore, queue: AccountQueue, database: Database, is_loved_first: bool
) -> None:
    if is_loved_first:
        assert await loves(database, LISTED) == (1, 0, 0)
    await plays(store, queue)
    if not is_loved_first:
        assert await loves(database, LISTED) == (1, 1, 0)
    assert await has_heart(database)
    assert await library(database) == [("Is", 1)]
    assert await LovedStore(database, LASTFM_ACCOUNT).unmatched(9) == []
    [track] = await LibraryStore(database).loved(9, 0)
    assert (track["artist"], track["title"], track["loved_at"]) == ("Bjorn Al", "Is", 17)


async def test_a_mirror_of_the_list_keeps_it_and_forgets_it(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    await plays(store, queue)
    await loves(database, LISTED, run=1)
    await loves(database, LISTED, run=2)
    assert await library(database) == [("Is", 1)]
    await loves(database, Loved("Mira Holt", "Fern", 18), run=3)
    assert await library(database) == [("Is", 0)]
    assert not await has_heart(database)


async def test_another_track_of_that_name_is_not_loved(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    await plays(store, queue)
    await loves(database, Loved("Björn Ål", "Was", 17))
    assert not await has_heart(database)


@pytest.fixture
async def requests(store: PlayStore, queue: AccountQueue, database: Database) -> LoveQueue:
    """Requests at a service that lists a track that was played, under other names."""
    await plays(store, queue)
    await loves(database, LISTED)
    return LoveQueue(database, LASTFM_ACCOUNT)


async def test_a_request_goes_out_under_the_names_of_the_list(
    requests: LoveQueue, database: Database
) -> None:
    unlove = LoveRequest(*HEART, loved=False, at=20)
    await requests.add(unlove, USER)
    assert await library(database) == [("Is", 0)]
    assert not await has_heart(database)
    waiting = await requests.next(USER)
    assert waiting == replace(unlove, heard_at=int(NOW))
    listed = await as_listed(requests, unlove)
    assert (listed.artist, listed.title, listed.loved) == ("Björn Ål", "Is", False)
    other = LoveRequest("Mira Holt", "Fern", loved=True)
    assert await as_listed(requests, other) == other


async def test_a_list_from_before_does_not_undo_a_request_that_waits(
    requests: LoveQueue, database: Database
) -> None:
    await requests.add(LoveRequest(*HEART, loved=False, at=20), USER)
    await loves(database, LISTED, run=2)
    assert await library(database) == [("Is", 0)]
    assert not await has_heart(database)


async def test_a_request_that_is_refused_is_undone(requests: LoveQueue, database: Database) -> None:
    unlove = LoveRequest(*HEART, loved=False, at=20)
    await requests.add(unlove, USER)
    await requests.rejected(unlove, USER, "no")
    assert await has_heart(database)
    assert await library(database) == [("Is", 1)]


async def test_corrections_of_one_account_say_nothing_of_others(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    await plays(store, queue)
    number = (await account_ids(database, {"lastfm": "lastfm", "second": "lastfm"}))["second"]
    theirs = LovedStore(database, number)
    await theirs.take_page([LISTED], ImportRun(USER, 1))
    assert not await has_heart(database)
    request = LoveRequest(*HEART, loved=True)
    assert await as_listed(LoveQueue(database, number), request) == request
    await database.write(lambda db: put_correction(AccountConnection(db, number), 1, HEART, NAMES))
    assert await has_heart(database)
    [track] = await LibraryStore(database).loved(9, 0)
    assert track["accounts"] == ["second"]
    requests = LoveQueue(database, number)
    await requests.add(LoveRequest(*HEART, loved=False, at=20), USER)
    assert not await has_heart(database)
    assert await LibraryStore(database).loved(9, 0) == []


async def test_a_correction_of_the_case_alone_changes_no_request(
    store: PlayStore, queue: AccountQueue, database: Database
) -> None:
    await plays(store, queue, CorrectedNames(artist="BJORN AL"))
    request = LoveRequest(*HEART, loved=True)
    assert await as_listed(LoveQueue(database, LASTFM_ACCOUNT), request) == request
