"""accounts.py: rows of one account stay out of reach of all others, on a real database."""

import itertools
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.core.account_rules import NO_FILTERS, AccountRules
from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.model import Moment
from scrobblerd.core.submission import RowOutcome, RowReason, RowState
from scrobblerd.storage.accounts import (
    LASTFM_ACCOUNT,
    AccountConnection,
    AccountStore,
    account_ids,
)
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History, PlayFilter
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from tests.support.storage_samples import NOW, TERMS, a_play, a_scrobble, queued, to

OTHER_ACCOUNT = 2
USER = "quiet_otter"
DAY = 86400.0


@pytest.fixture
def other(database: Database) -> AccountQueue:
    """The queue of a second account."""
    return ScrobbleQueue(database, "boot-1").for_account(OTHER_ACCOUNT, 13.5 * DAY)


async def all_rows(database: Database) -> list[tuple[object, ...]]:
    return await database.select("SELECT * FROM scrobble_queue ORDER BY id")


# -- statements -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", ["DELETE FROM scrobble_queue", "SELECT :account"])
async def test_a_statement_without_an_account_is_refused(database: Database, sql: str) -> None:
    class Careless(AccountStore):
        async def run(self) -> None:
            await self._write(lambda rows: rows.execute(sql))

    with pytest.raises(StoreFailed, match="does not use :account_id"):
        await Careless(database, 1).run()


def test_no_value_replaces_the_account() -> None:
    rows = AccountConnection(sqlite3.connect(":memory:"), 7)
    assert rows.execute("SELECT :account_id", {"account_id": 1}).fetchall() == [(7,)]


# -- queues ---------------------------------------------------------------------------------------


async def test_another_accounts_queue_is_empty(queue: AccountQueue, other: AccountQueue) -> None:
    await queued(queue, NOW - 10, username=USER)
    await queued(queue, NOW - 20, username="")
    assert await other.pending(USER, 50, NOW) == []
    assert await other.next_attempt(USER, NOW) is None
    assert (await other.counts()).queued == 0
    assert await other.expiring(NOW + 13 * DAY) == 0
    assert await queue.expiring(NOW + 13 * DAY) == 2


Action = Callable[[AccountQueue, list[RowOutcome]], Awaitable[object]]

ACTIONS: dict[str, Action] = {
    "a try": lambda queue, outcomes: queue.count_try([outcome.row for outcome in outcomes], USER),
    "settle": lambda queue, outcomes: queue.settle(outcomes, USER, NOW, {}),
    "failed": lambda queue, outcomes: queue.failed(
        [outcome.row for outcome in outcomes], USER, "no", True, {}
    ),
    "unsent": lambda queue, outcomes: queue.failed(
        [outcome.row for outcome in outcomes], USER, "no", False, {}
    ),
    "wake": lambda queue, outcomes: queue.wake([outcome.row.id for outcome in outcomes]),
    "tidy": lambda queue, _: queue.tidy(Moment(5, 5, NOW + 60 * DAY)),
    "login of the same user": lambda queue, _: queue.logged_in(USER),
    "login of another user": lambda queue, _: queue.logged_in("loud_heron"),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
async def test_nothing_that_is_done_at_one_account_touches_rows_of_another(
    database: Database, queue: AccountQueue, other: AccountQueue, action: Action
) -> None:
    rows = await queued(queue, NOW - 10, NOW - 20, NOW - 30, NOW - 40, username=USER)
    await queued(queue, NOW - 50, username="")
    kinds = (RowState.PENDING, RowState.SENT, RowState.EXPIRED, RowState.HELD)
    reasons = (RowReason.SET_ASIDE, RowReason.NONE, RowReason.TOO_OLD, RowReason.OTHER_USER)
    outcomes = [
        RowOutcome(row, state, message="x", wait=9.0, reason=reason)
        for row, state, reason in zip(rows, kinds, reasons, strict=True)
    ]
    await queue.settle(outcomes, USER, NOW, {})
    before = await all_rows(database)
    await action(other, [RowOutcome(row, RowState.REJECTED) for row in rows])
    assert await all_rows(database) == before


Look = Callable[[AccountQueue], Awaitable[object]]

LOOKS: dict[str, Look] = {
    "what goes next": lambda queue: queue.pending(USER, 50, NOW),
    "when something goes": lambda queue: queue.next_attempt(USER, NOW),
    "how many there are": lambda queue: queue.counts(),
    "what expires soon": lambda queue: queue.expiring(NOW),
    "a login": lambda queue: queue.logged_in(USER),
    "what expired": lambda queue: queue.tidy(Moment(5, 5, NOW)),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_what_waits_at_one_account_makes_no_look_at_another_longer(
    database: Database, queue: AccountQueue, other: AccountQueue, look: Look
) -> None:
    async def steps() -> int:
        """Returns how many steps of SQLite's machine a look takes."""
        taken = itertools.count()
        count_steps = lambda: next(taken) and 0  # noqa: E731
        await database.read(lambda db: db.set_progress_handler(count_steps, 1))
        await look(other)
        return next(taken)

    await queued(other, *(NOW - number for number in range(1000, 1010)))
    before = await steps()
    await queued(queue, *(NOW - number for number in range(2000, 3000)))
    assert await steps() <= 1.5 * before


async def test_the_same_scrobble_is_a_row_at_each_account(
    queue: AccountQueue, other: AccountQueue
) -> None:
    first = await queue.enqueue(a_scrobble(), USER, NOW)
    second = await other.enqueue(a_scrobble(), USER, NOW)
    assert first.row.id != second.row.id
    again = await other.enqueue(a_scrobble(), USER, NOW)
    assert again.row.id == second.row.id


async def test_when_a_row_was_sent_last_is_known_of_each_account(
    queue: AccountQueue, other: AccountQueue
) -> None:
    assert await queue.last_sent() == 0
    rows = await queued(queue, NOW - 10, NOW - 20, username=USER)
    for seconds, row in zip((100, 50), rows, strict=True):
        await queue.settle([RowOutcome(row, RowState.SENT)], USER, NOW + seconds, {})
    assert (await queue.last_sent(), await other.last_sent()) == (int(NOW + 100), 0)


async def test_all_accounts_are_counted_together(
    database: Database, queue: AccountQueue, other: AccountQueue
) -> None:
    await queued(queue, NOW - 10)
    await queued(other, NOW - 20)
    counts = await ScrobbleQueue(database, "boot-1").counts()
    assert (counts.queued, counts.oldest) == (2, int(NOW - 20))


@pytest.mark.parametrize("odd", ["129", "x'01'", "'l'", "1.5", "NULL"])
async def test_a_row_whose_account_a_bad_disk_changed_goes_to_the_default_one(
    database: Database, queue: AccountQueue, path: Path, odd: str
) -> None:
    await queued(queue, NOW - 10, username=USER)
    change = f"UPDATE scrobble_queue SET account_id = {odd}"
    without_check = "UPDATE sqlite_schema SET sql = replace(sql, 'account_id INTEGER NOT NULL', "
    await database.read(
        lambda db: db.executescript(
            f"PRAGMA writable_schema = ON; {without_check} 'account_id INTEGER         ');"
        )
    )
    await database.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(change)
        db.commit()
        db.executescript(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
            " replace(sql, 'account_id INTEGER         ', 'account_id INTEGER NOT NULL');"
        )
    await queue.tidy(Moment(5, 5, NOW))
    assert len(await queue.pending(USER, 9, NOW)) == 1


# -- plays ----------------------------------------------------------------------------------------


async def test_a_play_is_a_row_of_each_account_that_wants_it(
    database: Database, store: PlayStore, queue: AccountQueue, other: AccountQueue
) -> None:
    wanted = to(USER, "loud_heron")
    for _ in range(2):
        await store.record([a_play()], [], recipients=wanted, now=NOW)
    assert [row.username for row in await queue.pending(USER, 9, NOW)] == [USER]
    assert [row.username for row in await other.pending("loud_heron", 9, NOW)] == ["loud_heron"]
    assert len(await all_rows(database)) == 2
    assert await database.select("SELECT play_count FROM library") == [(1,)]


async def test_a_row_that_was_dropped_is_not_made_again(
    database: Database, store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([a_play()], [], recipients=to(USER), now=NOW)
    await QueueEditor(database).drop(1, NOW)
    await store.record([a_play()], [], recipients=to(USER), now=NOW)
    assert (await queue.counts()).queued == 0


async def test_a_play_tells_what_became_of_it_at_each_account(
    database: Database, store: PlayStore, queue: AccountQueue, other: AccountQueue
) -> None:
    wanted = to(USER, "loud_heron")
    await store.record([a_play()], [], recipients=wanted, now=NOW)
    [row] = await queue.pending(USER, 9, NOW)
    await queue.settle([RowOutcome(row, RowState.SENT)], USER, NOW, {})
    words = await History(database, TERMS).explain(1, lambda _: "the network", NOW)
    assert "Sent to quiet_otter 2" in words
    assert words.endswith("Waiting to be sent to loud_heron: the network.")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (AccountRules(not_players=("mpv",)), "its player is mpv"),
        (
            AccountRules(filters=replace(NO_FILTERS, minimum_length=900.0)),
            "it is shorter than 900 s",
        ),
    ],
)
async def test_why_an_account_left_a_play_out_is_kept(
    database: Database, store: PlayStore, other: AccountQueue, rules: AccountRules, words: str
) -> None:
    assert await account_ids(database, {"second": "lastfm"}) == {"second": OTHER_ACCOUNT}
    first, second = to(USER, "loud_heron")
    wanted = [first, replace(second, rules=rules)]
    for _ in range(2):  # what was recorded before is not recorded twice
        await store.record([a_play()], [], recipients=wanted, now=NOW)
    assert (await other.counts()).queued == 0
    history = History(database, TERMS)
    [play] = await history.newest(9, 0)
    assert [outcome.outcome for outcome in play.outcomes] == ["left_out"]
    missing = await history.find(PlayFilter(account="second", only="missing"), 9, 0)
    assert [play.id for play in missing] == [1]
    assert await history.find(PlayFilter(account="second"), 9, 0) == []
    told = await history.explain(1, lambda _: "the network", NOW)
    assert told.endswith(f": the network. second: Left out: {words}.")
    [_, outcome] = await history.outcomes(1)
    assert (outcome[0], outcome[2], outcome[-1]) == ("second", "left_out", 0)


async def test_the_account_knows_who_was_logged_in_last(
    database: Database, queue: AccountQueue, other: AccountQueue
) -> None:
    await queue.logged_in(USER)
    await other.logged_in("loud_heron")
    assert await database.select("SELECT id, username FROM accounts") == [(LASTFM_ACCOUNT, USER)]


# -- small values ----------------------------------------------------------------------------------


async def test_values_survive(database: Database, path: Path) -> None:
    await AccountStore(database, 1).keep("backoff", {"failures": 2})
    await AccountStore(database, 1).keep("backoff", {"failures": 3})
    other = await Database.open(path)
    assert await AccountStore(other, 1).kept("backoff") == {"failures": 3}
    await other.close()


@pytest.mark.parametrize("value", ["{", "[" * 100_000, "\x00", "{'a': 1}"])
async def test_a_value_that_is_no_json_is_none(database: Database, value: str) -> None:
    insert = "INSERT INTO state VALUES (1, 'broken', ?)"
    await database.write(lambda db: db.execute(insert, (value,)))
    assert await AccountStore(database, 1).kept("broken") is None


async def test_accounts_and_the_daemon_keep_their_own(database: Database) -> None:
    first, second, daemon = (AccountStore(database, each) for each in (1, 2, 0))
    await first.keep("backoff", 1)
    await daemon.keep("backoff", 0)
    assert [await each.kept("backoff") for each in (first, second, daemon)] == [1, None, 0]
