"""What was found is kept, and plays go into the queue again as they were sent."""

from dataclasses import replace
from typing import Any

import pytest

from scrobblerd.core.account_rules import AccountRules
from scrobblerd.core.errors import InvalidArgument, StoreFailed
from scrobblerd.core.model import Moment
from scrobblerd.core.submission import (
    Cause,
    CorrectedNames,
    FindingKind,
    QueueRow,
    RowOutcome,
    RowState,
)
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.corrections import corrections_of
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.play_editing import PlayEditor
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import DAY_SECONDS, AccountQueue
from scrobblerd.storage.reconciliation.findings import Finding, Findings
from scrobblerd.storage.reconciliation.sent_plays import SentPlay, SentPlays
from tests.support.rows import put
from tests.support.storage_samples import NOW, REACH, a_play, queued, to

USER = "quiet_otter"


@pytest.fixture
def findings(database: Database) -> Findings:
    return Findings(database, LASTFM_ACCOUNT)


def a_finding(second: int, kind: str = FindingKind.MISSING, **other: Any) -> Finding:
    return Finding(kind, int(NOW) + second, "Mira Holt", "Fern", **other)


async def keep(findings: Findings, *kept: Finding, since: float = 0, until: float = NOW) -> None:
    await findings.take(int(since), int(until), kept, [], username=USER, now=NOW)


async def seconds(findings: Findings) -> list[int]:
    """When what is kept was listened to, the newest finding first."""
    return [each.listened_at - int(NOW) for each in await findings.newest(9, 0)]


async def again(findings: Findings, plays: list[SentPlay]) -> list[QueueRow]:
    return await findings.take(0, int(NOW), [], plays, username=USER, now=NOW)


async def sent(queue: AccountQueue, *, later: bool = False) -> list[SentPlay]:
    """What the service took of all that waits; `later`: after the rows have left the queue."""
    rows = await queue.pending(USER, 9, NOW)
    await queue.count_try(rows, USER)
    await queue.settle([RowOutcome(row, RowState.SENT) for row in rows], USER, NOW, {})
    if later:
        wall = NOW + 31 * DAY_SECONDS
        await queue.tidy(Moment(wall, 1000.0 + 31 * DAY_SECONDS, wall))
    plays = SentPlays(queue.database, LASTFM_ACCOUNT, USER)
    return await plays.between(0, 2**40, shown=2**40, rules=AccountRules())


async def test_findings_are_kept_and_listed_by_pages(findings: Findings) -> None:
    put(findings.database.path, "plays", {"id": 7})
    doubled = Finding(
        kind=FindingKind.DOUBLED,
        listened_at=int(NOW),
        artist="Mira Holt",
        track="Fern",
        album="Tidewater",
        play_id=7,
        cause=Cause.COPIED,
        listen_id="4e3f",
        client="an importer",
    )
    await keep(findings, a_finding(-2), a_finding(-1), doubled)
    newest, *_ = listed = await findings.newest(2, 0)
    assert newest == replace(doubled, id=newest.id)
    [last] = await findings.newest(2, listed[-1].id)
    assert last.listened_at == NOW - 2
    assert [each.listened_at for each in await findings.doubled()] == [NOW]
    await findings.forget(newest)
    assert await findings.doubled() == []
    for limit, before in ((0, 0), (201, 0), (1, -1)):
        with pytest.raises(InvalidArgument):
            await findings.newest(limit, before)


async def test_what_is_found_takes_the_place_of_what_was_found_in_that_time(
    findings: Findings, database: Database
) -> None:
    await keep(findings, a_finding(-300), a_finding(-200), a_finding(-100))
    await keep(Findings(database, 2), a_finding(-200))
    await keep(findings, a_finding(-150), since=NOW - 200, until=NOW - 101)
    assert await seconds(findings) == [-150, -100, -300]
    assert await seconds(Findings(database, 2)) == [-200]


@pytest.mark.parametrize("later", [False, True], ids=["in the queue", "later"])
async def test_a_play_goes_out_again_as_it_was_sent(
    findings: Findings, store: PlayStore, queue: AccountQueue, later: bool
) -> None:
    await store.record([a_play(NOW - 900)], [], recipients=to(USER), now=NOW)
    plays = await sent(queue, later=later)
    [made] = await again(findings, plays)
    assert made.scrobble == plays[0].scrobble
    assert made.retry_count == 1  # so no clock moves it
    assert await queue.pending(USER, 9, NOW) == [made]
    assert await store.database.select("SELECT play_id FROM scrobble_queue") == [(1,)]
    assert await store.database.select("SELECT 1 FROM outcomes") == []
    assert await again(findings, plays) == []
    assert await findings.taken([made.id]) == 0
    await sent(queue)
    assert await findings.taken([made.id, 99]) == 1


@pytest.mark.parametrize("later", [False, True], ids=["in the queue", "later"])
async def test_a_play_that_is_deleted_meanwhile_is_not_sent_again(
    findings: Findings, store: PlayStore, queue: AccountQueue, later: bool
) -> None:
    await store.record([a_play(NOW - 900)], [], recipients=to(USER), now=NOW)
    plays = await sent(queue, later=later)
    await PlayEditor(store.database).delete(1, {LASTFM_ACCOUNT: REACH}, NOW)
    missing = a_finding(-900, play_id=1)
    assert await findings.take(0, int(NOW), [missing], plays, username=USER, now=NOW) == []
    assert await findings.newest(9, 0) == [], "what was deleted is not named any more"
    assert store.database.trouble == ""


async def test_a_row_that_is_no_play_goes_out_again(
    findings: Findings, queue: AccountQueue
) -> None:
    await queued(queue, NOW - 900)
    [made] = await again(findings, await sent(queue))
    assert await queue.pending(USER, 9, NOW) == [made]


async def test_findings_and_rows_come_together_or_not_at_all(
    findings: Findings, store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([a_play(NOW - 900)], [], recipients=to(USER), now=NOW)
    plays = await sent(queue)
    await store.database.write(
        lambda db: db.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON scrobble_queue"
            " BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    )
    with pytest.raises(StoreFailed, match="full"):
        await findings.take(0, int(NOW), [a_finding(-900)], plays, username=USER, now=NOW)
    assert await seconds(findings) == []


async def test_what_is_shown_under_other_names_is_known_by_them(
    store: PlayStore, findings: Findings
) -> None:
    await store.record([a_play()], [], recipients=to(USER), now=NOW)
    changed = replace(
        a_finding(0, FindingKind.CHANGED, play_id=1),
        sent_artist="Mira Holt",
        sent_track="Fern (Live)",
    )
    await keep(findings, changed, a_finding(1, FindingKind.CHANGED))
    known = await corrections_of(store.database, [1])
    assert known == {1: {"lastfm": CorrectedNames(track="Fern")}}
