"""history.py: every play has an answer, on a real database."""

import re
import sqlite3
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from scrobblerd.core import wording
from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.matching import search_key
from scrobblerd.core.model import Moment, PlayReason, Reason, Verdict
from scrobblerd.core.submission import PlayRecord, RowOutcome, RowReason, RowState
from scrobblerd.storage import shape
from scrobblerd.storage.history import History, PlayFilter
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue
from scrobblerd.storage.queue_editing import QueueEditor
from tests.support.rows import put
from tests.support.storage_samples import NOW, REACH, TERMS, TRACK, a_play, to

USER = "quiet_otter"
WAITING = "the network"
"""What all rows wait for."""


@pytest.fixture
def history(store: PlayStore) -> History:
    return History(store.database, TERMS)


async def play_three(store: PlayStore) -> None:
    for number in range(3):
        await store.record(
            [], [a_play(NOW + number, Verdict.NOT_HEARD)], recipients=to(""), now=NOW
        )


async def test_the_newest_play_comes_first(store: PlayStore, history: History) -> None:
    await play_three(store)
    assert [play.id for play in await history.newest(2, 0)] == [3, 2]
    assert [play.id for play in await history.newest(2, 2)] == [1]


async def test_a_play_has_all_its_figures(store: PlayStore, history: History) -> None:
    await store.record([a_play()], [], recipients=to(""), now=NOW)
    [play] = await history.newest(1, 0)
    assert play == PlayRecord(
        id=1,
        player="mpv",
        artist="The Paper Lanterns",
        title="Slow Harbour",
        album="Tidewater",
        start=int(NOW),
        length=200.4,
        heard=120.0,
        needed=100.0,
        verdict="counted",
        reason=Reason(PlayReason.HEARD),
    )
    assert wording.of_history(play) == "heard 2:00 of 3:20, needed 1:40"


@pytest.mark.parametrize(("limit", "before"), [(0, 0), (201, 0), (1, -1)])
async def test_what_cannot_be_asked_is_refused(history: History, limit: int, before: int) -> None:
    with pytest.raises(InvalidArgument, match=r"^(limit|before_id): "):
        await history.newest(limit, before)


async def test_a_play_that_is_not_there_is_refused(history: History) -> None:
    with pytest.raises(InvalidArgument, match=r"^there is no play 7$"):
        await history.explain(7, lambda _: WAITING, time.time())


async def test_a_play_that_did_not_count_says_why(store: PlayStore, history: History) -> None:
    await play_three(store)
    words = await history.explain(1, lambda _: WAITING, time.time())
    assert words.startswith("Slow Harbour by The Paper Lanterns, mpv, 20")
    assert words.endswith(": not counted: heard 2:00 of 3:20, needed 1:40.")


@pytest.mark.parametrize(
    ("state", "code", "reason", "words", "answer"),
    [
        (RowState.SENT, 0, RowReason.NONE, "", r"Sent to quiet_otter 20\d\d-.*\."),
        (
            RowState.REJECTED,
            1,
            RowReason.IGNORED,
            "artist filtered",
            r"Ignored by Last\.fm: artist filtered \(code 1\)\.",
        ),
        (
            RowState.REJECTED,
            6,
            RowReason.REFUSED,
            "Last.fm says: no (error 6)",
            r"Rejected: Last\.fm says: no \(error 6\)\.",
        ),
        (RowState.REJECTED, 6, RowReason.REFUSED, "no", r"Rejected: no \(code 6\)\."),
        (RowState.EXPIRED, 0, RowReason.TOO_OLD, "", r"Expired: older than 13\.5 days: .*\."),
        (RowState.EXPIRED, 0, RowReason.CLOCK_UNSET, "", r"Expired: its start was stamped .*\."),
        (RowState.HELD, 0, RowReason.FAILED, "something", r"Held: something\."),
        (
            RowState.HELD,
            0,
            RowReason.OTHER_USER,
            "",
            r"Held: belongs to another user, quiet_otter\.",
        ),
        (
            RowState.PENDING,
            0,
            RowReason.FAILED,
            "no network",
            r"Waiting to be sent to quiet_otter: the network\.",
        ),
    ],
)
async def test_a_play_is_followed_into_its_queue_row(
    store: PlayStore,
    queue: AccountQueue,
    history: History,
    state: RowState,
    code: int,
    reason: RowReason,
    words: str,
    answer: str,
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    [row] = await queue.pending("quiet_otter", 1, NOW)
    verdict = RowOutcome(row, state, code, words, reason=reason)
    await queue.settle([verdict], "quiet_otter", NOW - 10**6, {})
    explained = await history.explain(1, lambda _: WAITING, time.time())
    assert explained.startswith("Slow Harbour by The Paper Lanterns, mpv, ")
    assert re.search(rf"counted: heard 2:00 of 3:20, needed 1:40\. {answer}$", explained), explained


async def test_a_play_says_when_it_was_sent_long_after_its_row_has_left(
    store: PlayStore, queue: AccountQueue, history: History
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    [row] = await queue.pending("quiet_otter", 1, NOW)
    await queue.settle([RowOutcome(row, RowState.SENT)], "quiet_otter", NOW + 200, {})
    sent = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(NOW + 200))
    for days in (29, 31, 32):
        await queue.tidy(Moment(1, 1, NOW + days * 86400))
        assert (await history.explain(1, lambda _: WAITING, time.time())).count(sent) == 1
    [play] = await history.newest(1, 0)
    assert wording.of_history(play) == f"heard 2:00 of 3:20, needed 1:40; sent {sent}"
    assert await store.database.select("SELECT count(*) FROM scrobble_queue") == [(0,)]


@pytest.mark.parametrize("sent_at", [-(10**15), -1e300])
async def test_a_play_whose_row_was_sent_at_no_date_costs_nothing_but_the_date(
    store: PlayStore, queue: AccountQueue, history: History, sent_at: float
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    values = (RowState.SENT, sent_at)
    await store.database.select("UPDATE scrobble_queue SET state = ?, sent_at = ?", values)
    await queue.tidy(Moment(1, 1, NOW))
    assert (await history.explain(1, lambda _: WAITING, time.time())).endswith(
        "; sent at an unknown time."
    )


async def test_a_play_whose_row_was_dropped_while_it_played_says_so_when_it_ends(
    store: PlayStore, history: History
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    await QueueEditor(store.database).drop(1, NOW)
    await store.record([], [replace(a_play(), heard=180.0)], recipients=to(""), now=NOW)
    words = await history.explain(1, lambda _: WAITING, time.time())
    assert words.endswith("heard 3:00 of 3:20, needed 1:40; taken out of the queue by hand.")


async def test_a_play_whose_row_a_broken_database_has_lost_says_so(
    store: PlayStore, history: History
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    await store.database.select("DELETE FROM scrobble_queue")
    assert "Its row in the queue is gone" in await history.explain(
        1, lambda _: WAITING, time.time()
    )


async def test_a_play_whose_row_was_dropped_says_so(store: PlayStore, history: History) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    await QueueEditor(store.database).drop(1, NOW)
    assert (await history.explain(1, lambda _: WAITING, time.time())).endswith(
        "; taken out of the queue by hand."
    )


async def test_a_row_that_rests_says_why_and_until_when(
    store: PlayStore, queue: AccountQueue, history: History
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    [row] = await queue.pending("quiet_otter", 1, NOW)
    rests = RowOutcome(row, RowState.PENDING, 8, "no reason", 3600.0, RowReason.SET_ASIDE)
    await queue.settle([rests], "quiet_otter", time.time(), {})
    words = await history.explain(1, lambda _: WAITING, time.time())
    assert "Waiting to be sent to quiet_otter, set aside: no reason, not before 2" in words


async def test_a_row_that_was_edited_says_what_was_sent(
    store: PlayStore, queue: AccountQueue, history: History
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    [row] = await queue.pending("quiet_otter", 1, NOW)
    await queue.settle([RowOutcome(row, RowState.REJECTED, 1, "no")], "quiet_otter", NOW, {})
    mending = QueueEditor(queue.database)
    tags = {"artist": "The Paper Lantern"}
    await mending.edit(row.id, tags, reach=REACH, terms=TERMS, now=NOW)
    words = await history.explain(1, lambda _: WAITING, time.time())
    assert words.startswith("Slow Harbour by The Paper Lanterns, mpv, ")
    assert words.endswith("to quiet_otter as Slow Harbour by The Paper Lantern: the network.")


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (
            RowState.PENDING,
            RowReason.REPLACING,
            "Waiting to be sent to quiet_otter: Last.fm has it with the old tags, and deletes that"
            " first.",
        ),
        (RowState.SENT, RowReason.NOT_REPLACED, "; Last.fm keeps the old tags: no."),
    ],
)
async def test_a_play_that_is_replaced_says_so(
    store: PlayStore,
    queue: AccountQueue,
    history: History,
    state: RowState,
    reason: RowReason,
    words: str,
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    [row] = await queue.pending("quiet_otter", 1, NOW)
    outcome = RowOutcome(row, state, message="no", reason=reason)
    await queue.settle([outcome], "quiet_otter", NOW, {})
    assert (await history.explain(1, lambda _: WAITING, time.time())).endswith(words)


async def test_a_play_that_waits_says_how_often_it_was_tried(
    store: PlayStore, queue: AccountQueue, history: History
) -> None:
    await store.record([a_play()], [], recipients=to("quiet_otter"), now=NOW)
    for _ in range(3):
        rows = await queue.pending("quiet_otter", 1, NOW)
        await queue.failed(rows, "quiet_otter", "no answer", True, {})
    rows = await queue.pending("quiet_otter", 1, NOW)
    await queue.settle([RowOutcome(rows[0], RowState.SENT)], "quiet_otter", NOW, {})
    assert (await history.explain(1, lambda _: WAITING, time.time())).endswith(" after 4 tries.")


# -- at each account ------------------------------------------------------------------------------


ROWS = {  # what stands in the queue, or stood there: at account 1, at account 2
    1: ("sent", "pending"),
    2: ("held", "sent"),
    3: ("rejected", "expired"),
    4: ("dropped", "gone"),
    5: ("gone", "rejected"),
    6: ("", "pending"),
    7: ("", ""),
}


@pytest.fixture
async def two(store: PlayStore, history: History) -> History:
    """Seven plays and what became of them at two accounts. The eighth did not count."""
    await store.database.select("INSERT INTO accounts (name, service) VALUES ('second', 'lastfm')")
    for number, states in ROWS.items():
        wanted = to(USER, USER) if states[0] else to(USER, USER)[1:] if states[1] else []
        await store.record([a_play(NOW + 300 * number)], [], recipients=wanted, now=NOW)
        for account_id, state in enumerate(states, start=1):
            row = (number, account_id)
            if state in ("dropped", "gone"):
                outcome = "dropped" if state == "dropped" else "sent"
                left = "INSERT INTO outcomes (play_id, account_id, outcome) VALUES (?, ?, ?)"
                await store.database.select(left, (*row, outcome))
                gone = "DELETE FROM scrobble_queue WHERE play_id = ? AND account_id = ?"
                await store.database.select(gone, row)
            elif state:
                put = "UPDATE scrobble_queue SET state = ? WHERE play_id = ? AND account_id = ?"
                await store.database.select(put, (state, *row))
    await store.record([], [a_play(NOW, Verdict.NOT_HEARD)], recipients=to(USER), now=NOW)
    return history


async def test_a_play_says_what_became_of_it_at_each_account(two: History) -> None:
    states = await two.states_of(range(1, 9))
    assert {number: [each[:2] for each in states[number]] for number in states} == {
        1: [("lastfm", "sent"), ("second", "pending")],
        2: [("lastfm", "held"), ("second", "sent")],
        3: [("lastfm", "rejected"), ("second", "expired")],
        4: [("lastfm", "dropped"), ("second", "sent")],
        5: [("lastfm", "sent"), ("second", "rejected")],
        6: [("second", "pending")],
        7: [],
        8: [],
    }


@pytest.mark.parametrize(
    ("account", "only", "plays"),
    [
        ("lastfm", "", [5, 4, 3, 2, 1]),
        ("lastfm", "sent", [5, 1]),
        ("lastfm", "waiting", [2]),
        ("lastfm", "refused", [3]),
        ("lastfm", "missing", [7, 6]),
        ("second", "", [6, 5, 4, 3, 2, 1]),
        ("second", "sent", [4, 2]),
        ("second", "waiting", [6, 1]),
        ("second", "refused", [5, 3]),
        ("second", "missing", [7]),
    ],
)
async def test_plays_are_asked_for_by_what_became_of_them_at_an_account(
    two: History, account: str, only: str, plays: list[int]
) -> None:
    wanted = PlayFilter(account=account, only=only)
    assert [play.id for play in await two.find(wanted, 200, 0)] == plays
    pages = [play.id for play in await two.find(wanted, 1, 0)]
    while page := await two.find(wanted, 1, pages[-1]):
        pages += [play.id for play in page]
    assert pages == plays


async def test_what_verifying_did_not_find_is_missing_until_it_is_sent_again(
    two: History, path: Path
) -> None:
    found = {"kind": "missing", "account_id": 1}
    put(path, "findings", {**found, "play_id": 1}, {**found, "play_id": 2, "cause": "sent_again"})
    put(path, "findings", {**found, "play_id": 5, "kind": "doubled"})
    lastfm = await two.find(PlayFilter(account="lastfm", only="missing"), 200, 0)
    assert [play.id for play in lastfm] == [7, 6, 1]
    second = await two.find(PlayFilter(account="second", only="missing"), 200, 0)
    assert [play.id for play in second] == [7]
    anywhere = await two.find(PlayFilter(only="missing"), 200, 0)
    assert [play.id for play in anywhere] == [7, 1]


async def test_what_cannot_be_asked_of_an_account_is_refused(two: History) -> None:
    with pytest.raises(
        InvalidArgument, match=r"^there is no account 'x'; there are lastfm, second$"
    ):
        await two.find(PlayFilter(account="x"), 1, 0)
    with pytest.raises(InvalidArgument, match=r"^limit: "):
        await two.find(PlayFilter(account="lastfm", only="sent"), 0, 0)
    with pytest.raises(InvalidArgument) as refused:
        await two.find(PlayFilter(account="lastfm", only="lost"), 1, 0)
    words = 'only: must be one of sent, waiting, refused, missing, or "" for all'
    assert str(refused.value) == words


async def test_a_search_reads_on_until_it_has_enough(store: PlayStore, history: History) -> None:
    """Also over ids that are far apart."""
    for number in range(9):
        play = a_play(NOW + number, Verdict.NOT_HEARD if number % 4 else Verdict.DISABLED)
        await store.record([], [play], recipients=to(""), now=NOW)
    await store.database.write(lambda db: db.execute("UPDATE plays SET id = 1 << 60 WHERE id = 9"))
    wanted = PlayFilter(verdict="disabled", until=int(NOW) + 100)
    assert [play.id for play in await history.find(wanted, 200, 0)] == [1 << 60, 5, 1]
    assert [play.id for play in await history.find(wanted, 2, 0)] == [1 << 60, 5]
    assert [play.id for play in await history.find(wanted, 2, 5)] == [1]
    assert await history.find(PlayFilter(artist="nobody"), 200, 0) == []


NAMES = [
    *(
        "Björk",
        "BJORK",
        "Motörhead",
        "Don’t Stop",
        "Don`t Stop",
        "Don't  Stop",
        "ΣΊΣΥΦΟΣ",
        "Σίσυφος",
    ),
    *(
        "İstanbul",
        "ISPARTA",
        "Işık",
        "坂本龍一",
        "ｶﾞｸ",
        "がく",
        "かく",
        "مَرْحَبًا",
        "مرحبا",
        "Ｆｅｒｎ",
        "fern",
    ),
    *("Røyksopp", "Michał", "Fern – Moss", "a\u0301\u200b b", "", " "),
]


async def test_a_search_finds_what_is_the_same_but_for_case_and_accents(
    history: History, path: Path
) -> None:
    """SQL looks at plain ASCII, and Python at other names: both say the same."""
    put(path, "plays", *({"id": number, "title": name} for number, name in enumerate(NAMES, 1)))
    for wanted in (*NAMES, "stop", "n't s", "n - m", "`", "-", "ا", "ι", "i"):
        names = [play.title for play in await history.find(PlayFilter(title=wanted), 200, 0)]
        assert names[::-1] == [name for name in NAMES if search_key(wanted) in search_key(name)]


async def test_no_write_waits_for_a_search(history: History, path: Path) -> None:
    """The connection that writes is not the one that searches."""
    put(path, "plays", {})
    asked = list[str]()
    await history.database.read(lambda db: db.set_trace_callback(asked.append))
    assert await history.find(PlayFilter(title="fern"), 200, 0)
    assert not [query for query in asked if "GLOB" in query]


# -- the order ------------------------------------------------------------------------------------


STARTS = [500, 700, 700, 100, 300, 900, 300]
"""When the plays 1 to 7 began, in seconds: 4, 5 and 7 were imported after others."""
ORDER = [6, 3, 2, 1, 7, 5, 4]


@pytest.fixture
async def mixed(store: PlayStore, history: History) -> History:
    for number, start in enumerate(STARTS):
        track = replace(TRACK, title=f"Fern {number}")
        played = a_play(NOW + start, Verdict.NOT_HEARD, track)
        await store.record([], [played], recipients=to(""), now=NOW)
    return history


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_plays_are_in_the_order_in_which_they_began(mixed: History, limit: int) -> None:
    for read in (mixed.newest, partial(mixed.find, PlayFilter(verdict="not_heard"))):
        plays, before = list[int](), 0
        while page := await read(limit, before):
            plays += [play.id for play in page]
            before = plays[-1]
        assert plays == ORDER


async def test_a_play_from_before_1970_is_found_unless_a_beginning_is_asked_for(
    history: History, path: Path
) -> None:
    put(path, "plays", *({"id": number, "start": number - 3} for number in (1, 2, 3, 4)))
    assert [play.id for play in await history.find(PlayFilter(title="fern"), 200, 0)] == [
        4,
        3,
        2,
        1,
    ]
    assert [play.id for play in await history.newest(200, 0)] == [4, 3, 2, 1]
    assert [play.id for play in await history.find(PlayFilter(since=1), 200, 0)] == [4]


async def test_a_span_is_of_starts_also_if_plays_were_imported_later(mixed: History) -> None:
    wanted = PlayFilter(since=int(NOW) + 300, until=int(NOW) + 700)
    assert [play.id for play in await mixed.find(wanted, 200, 0)] == [1, 7, 5]
    assert [play.id for play in await mixed.find(wanted, 200, 1)] == [7, 5]
    assert [play.id for play in await mixed.find(wanted, 200, 4)] == []


async def test_a_play_that_is_imported_meanwhile_moves_no_page(
    mixed: History, store: PlayStore
) -> None:
    first = [play.id for play in await mixed.newest(3, 0)]
    for start in (800, 50):
        imported = a_play(NOW + start, Verdict.NOT_HEARD, replace(TRACK, title=f"New {start}"))
        await store.record([], [imported], recipients=to(""), now=NOW)
    assert first + [play.id for play in await mixed.newest(200, first[-1])] == [*ORDER, 9]


@pytest.mark.parametrize(("gone", "goes_on_with"), [(6, 5), (3, 2), (5, 4), (1, None)])
async def test_pages_go_on_though_the_last_play_of_one_was_deleted(
    mixed: History, gone: int, goes_on_with: int | None
) -> None:
    await mixed.database.write(lambda db: db.execute("DELETE FROM plays WHERE id = ?", (gone,)))
    page = await mixed.newest(1, gone)
    assert [play.id for play in page] == ([goes_on_with] if goes_on_with else [])


async def test_a_program_that_asks_for_the_last_play_by_the_next_number_gets_it(
    mixed: History,
) -> None:
    assert [play.id for play in await mixed.newest(1, len(STARTS) + 1)] == [len(STARTS)]


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        PlayFilter(),
        PlayFilter(since=1, until=2, artist="mira", title="fern"),
        PlayFilter(only="refused"),
        PlayFilter(account="lastfm", only="missing"),
    ],
)
async def test_a_page_takes_an_index_and_sorts_nothing(
    mixed: History, wanted: PlayFilter | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many plays there are, a page costs what it reads."""
    asked = list[str]()
    prepare = shape.prepare

    def traced(db: sqlite3.Connection) -> None:
        prepare(db)
        db.set_trace_callback(asked.append)

    monkeypatch.setattr("scrobblerd.storage.shape.prepare", traced)
    await mixed.database.read(lambda db: db.set_trace_callback(asked.append))
    assert await (mixed.find(wanted, 2, 3) if wanted else mixed.newest(2, 3)) is not None
    await mixed.database.read(lambda db: db.set_trace_callback(None))
    plans = [
        row[-1]
        for query in asked
        if "FROM plays" in query
        for row in await mixed.database.select(f"EXPLAIN QUERY PLAN {query}")
    ]
    of_plays = [plan for plan in plans if re.search(r"(SCAN|SEARCH) plays\b", plan)]
    assert of_plays
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
    assert not [plan for plan in of_plays if plan.startswith("SCAN")]
    assert not [plan for plan in plans if plan.startswith("SCAN") and "queue" in plan]
