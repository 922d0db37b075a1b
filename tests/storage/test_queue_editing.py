"""What a person does to rows by hand, on a real database."""

from collections.abc import Awaitable, Callable

import pytest

from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.submission import RowOutcome, RowState
from scrobblerd.storage.database import Database
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from tests.support.storage_samples import NOW, REACH, TERMS, queued

USER = "quiet_otter"
OLDEST = NOW - 13.5 * 86400


@pytest.fixture
def editor(database: Database) -> QueueEditor:
    return QueueEditor(database)


async def row_in(queue: AccountQueue, state: RowState, stamp: float = NOW) -> int:
    """A row in this state: its id."""
    [row] = await queued(queue, stamp)
    await queue.settle([RowOutcome(row, state)], USER, NOW, {})
    return row.id


# -- lists ----------------------------------------------------------------------------------------


async def test_rows_are_listed_newest_first_by_state_and_from_any_row_on(
    queue: AccountQueue, editor: QueueEditor
) -> None:
    await row_in(queue, RowState.REJECTED)
    for age in (500, 400):
        await row_in(queue, RowState.SENT, NOW - age)

    async def listed(state: str = "", limit: int = 200, before: int = 0) -> list[tuple[int, str]]:
        return [(item.id, item.state) for item in await editor.rows(state, limit, before)]

    assert await listed() == [(3, "sent"), (2, "sent"), (1, "rejected")]
    assert await listed("sent") == [(3, "sent"), (2, "sent")]
    assert await listed(before=3, limit=1) == [(2, "sent")]
    assert await listed("expired") == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("sent ", 1, 0), "state"),
        (("", 0, 0), "limit"),
        (("", 201, 0), "limit"),
        (("", 1, -1), "before_id"),
    ],
)
async def test_what_cannot_be_listed_is_refused(
    editor: QueueEditor, arguments: tuple[str, int, int], field: str
) -> None:
    with pytest.raises(InvalidArgument, match=f"{field}: must be"):
        await editor.rows(*arguments)


# -- single rows ----------------------------------------------------------------------------------

RETRY, DROP, EDIT = "retry", "drop", "edit"
ACTIONS: dict[str, Callable[[QueueEditor, int], Awaitable[object]]] = {
    RETRY: lambda editor, row_id: editor.retry(row_id, OLDEST, TERMS),
    DROP: lambda editor, row_id: editor.drop(row_id, NOW),
    EDIT: lambda editor, row_id: editor.edit(
        row_id, {"artist": "Fern Holt"}, reach=REACH, terms=TERMS, now=NOW
    ),
}


@pytest.mark.parametrize(
    ("action", "state", "age", "why"),
    [
        (RETRY, RowState.SENT, 0, "row 1 was sent already"),
        (DROP, RowState.SENT, 0, "row 1 was sent already; nothing takes it back"),
        (EDIT, RowState.SENT, 0, "row 1 was sent already$"),
        (EDIT, RowState.PENDING, 0, "row 1 was tried, and Last.fm may have it as it is"),
        (EDIT, RowState.EXPIRED, 0, "row 1 is expired: .*; it is not sent any more"),
        (RETRY, RowState.EXPIRED, 13.6 * 86400, "row 1 is older than 13.5 days"),
    ],
)
async def test_a_row_whose_state_forbids_it_is_left_as_it_is(
    queue: AccountQueue, editor: QueueEditor, action: str, state: RowState, age: float, why: str
) -> None:
    await row_in(queue, state, NOW - age)
    before = await editor.rows("", 9, 0)
    with pytest.raises(InvalidArgument, match=f"^{why}"):
        await ACTIONS[action](editor, 1)
    assert await editor.rows("", 9, 0) == before


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_row_that_is_not_there_is_refused(editor: QueueEditor, action: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^there is no row 99 in the queue"):
        await ACTIONS[action](editor, 99)


async def test_a_row_cannot_become_one_that_is_there_already(
    queue: AccountQueue, editor: QueueEditor
) -> None:
    await row_in(queue, RowState.REJECTED)
    await ACTIONS[EDIT](editor, 1)
    await row_in(queue, RowState.REJECTED)
    with pytest.raises(InvalidArgument, match="in the queue already; drop row 2"):
        await ACTIONS[EDIT](editor, 2)
    assert [item.state for item in await editor.rows("", 9, 0)] == ["rejected", "pending"]


async def test_a_row_that_waits_goes_out_with_the_tags_it_was_given(
    queue: AccountQueue, editor: QueueEditor
) -> None:
    await queued(queue, NOW)
    await ACTIONS[EDIT](editor, 1)
    [row] = await queue.pending(USER, 9, NOW)
    assert (row.scrobble.artist, row.scrobble.track) == ("Fern Holt", "Fern")
    with pytest.raises(InvalidArgument, match=r"^nothing to change: row 1 has these tags already$"):
        await ACTIONS[EDIT](editor, 1)


async def test_what_was_read_before_an_edit_is_not_sent(
    queue: AccountQueue, editor: QueueEditor
) -> None:
    await queued(queue, NOW)
    rows = await queue.pending(USER, 9, NOW)
    queue.edited()
    await ACTIONS[EDIT](editor, 1)
    assert not await queue.count_try(rows, USER)
    rows = await queue.pending(USER, 9, NOW)
    assert await queue.count_try(rows, USER)
    assert [(row.scrobble.artist, row.retry_count) for row in rows] == [("Fern Holt", 0)]


# -- claims ---------------------------------------------------------------------------------------


async def test_rows_of_another_user_are_claimed_by_the_name_of_that_user(
    queue: AccountQueue, editor: QueueEditor
) -> None:
    await queued(queue, NOW)
    with pytest.raises(InvalidArgument, match="no rows wait for 'nobody'; none do"):
        await editor.claim(1, "late_heron", "nobody")
    await queue.logged_in("late_heron")
    with pytest.raises(InvalidArgument, match=f"^row 1 is held: belongs to another user, {USER}$"):
        await ACTIONS[RETRY](editor, 1)
    await ACTIONS[EDIT](editor, 1)
    assert [(item.artist, item.state) for item in await editor.rows("", 9, 0)] == [
        ("Fern Holt", "held")
    ]
    with pytest.raises(InvalidArgument, match=f"'nobody'; there are rows of {USER}"):
        await editor.claim(1, "late_heron", "nobody")
    [row] = await editor.claim(1, "late_heron", USER)
    assert row.username == "late_heron"
    assert await queue.pending("late_heron", 9, NOW) == [row]


async def test_a_claim_takes_only_rows_of_its_account(
    database: Database, queue: AccountQueue, editor: QueueEditor
) -> None:
    other = ScrobbleQueue(database, "boot-1").for_account(2, OLDEST)
    for each in (queue, other):
        await queued(each, NOW - 10, username="loud_heron")
        await each.logged_in(USER)
    assert len(await editor.claim(2, USER, "loud_heron")) == 1
    assert (await queue.counts()).held == 1
    assert (await other.counts()).queued == 1
