"""What an account was sent is known as it was sent, as long as its play is."""

from dataclasses import replace

import pytest

from scrobblerd.core.account_rules import AccountRules, Recipient, as_taken
from scrobblerd.core.model import Moment, Play, Scrobble, Track
from scrobblerd.core.rules import as_scrobble
from scrobblerd.core.submission import CorrectedNames, QueueRow, RowOutcome, RowReason, RowState
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, AccountConnection
from scrobblerd.storage.corrections import put_correction
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.row_editing import Reach
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import DAY_SECONDS, AccountQueue
from scrobblerd.storage.queue_editing import QueueEditor
from scrobblerd.storage.reconciliation.sent_plays import SentPlay, SentPlays
from tests.support.full_scrobble import FULL
from tests.support.storage_samples import NOW, TERMS, a_play, queued, to

USER = "quiet_otter"
EVER = (0, 2**40)
DETAILS = FULL.details
TRACK = Track(
    title=FULL.track,
    artist=FULL.artist,
    album=FULL.album,
    album_artist=FULL.album_artist,
    length=241.9,
    url=DETAILS.url,
    number=FULL.track_number,
    mbid=FULL.mbid,
    album_mbid=DETAILS.album_mbid,
    artist_mbids=DETAILS.artist_mbids,
    artists=DETAILS.artists,
)
PLAY = replace(a_play(track=TRACK), player_name="Spotify")


async def sent(
    database: Database,
    username: str = USER,
    shown: float = 2 * NOW,
    rules: AccountRules | None = None,
) -> list[SentPlay]:
    """All that was sent for a user."""
    plays = SentPlays(database, LASTFM_ACCOUNT, username)
    return await plays.between(*EVER, shown=int(shown), rules=rules or AccountRules())


async def send(queue: AccountQueue, rows: list[QueueRow], state: RowState = RowState.SENT) -> None:
    """The service takes rows at NOW."""
    await queue.count_try(rows, USER)
    outcomes = [RowOutcome(row, state) for row in rows]
    await queue.settle(outcomes, USER, NOW, {})


async def later(queue: AccountQueue) -> None:
    """Rows that were sent leave the queue."""
    wall = NOW + 31 * DAY_SECONDS
    await queue.tidy(Moment(wall, 1000.0 + 31 * DAY_SECONDS, wall))
    rows = await queue.database.select("SELECT 1 FROM scrobble_queue WHERE state = 'sent'")
    assert rows == []


async def kept(queue: AccountQueue) -> Scrobble:
    """What is known of a play after its row has left, which is what was sent."""
    [row] = await queue.pending(USER, 9, NOW + 9)
    await send(queue, [row])
    [before] = await sent(queue.database)
    assert before.scrobble == row.scrobble
    assert before.row_id == row.id
    await later(queue)
    [after] = await sent(queue.database)
    assert after == replace(before, row_id=0)
    return after.scrobble


def recipient(rules: AccountRules | None = None, *, own_second: bool = False) -> Recipient:
    return Recipient(LASTFM_ACCOUNT, USER, rules or AccountRules(), own_second)


@pytest.mark.parametrize(
    "play",
    [
        PLAY,
        a_play(),
        a_play(track=Track("Fern", "Mira Holt")),
        a_play(track=replace(TRACK, album_artist=TRACK.artist)),
        a_play(track=replace(TRACK, length=0.4)),
        a_play(track=replace(TRACK, title="Fern\u2019s \U0001f33f", number=0)),
    ],
)
async def test_a_play_is_known_as_it_was_sent(
    store: PlayStore, queue: AccountQueue, play: Play
) -> None:
    await store.record([play], [], recipients=[recipient()], now=NOW)
    assert await kept(queue) == as_scrobble(play)
    assert await store.database.select("SELECT sent_as FROM outcomes") == [("",)]


@pytest.mark.parametrize(
    "rules",
    [AccountRules(send_duration=False), AccountRules(mbid="track"), AccountRules(mbid="off")],
)
async def test_what_an_account_takes_otherwise_is_known(
    store: PlayStore, queue: AccountQueue, rules: AccountRules
) -> None:
    await store.record([PLAY], [], recipients=[recipient(rules)], now=NOW)
    scrobble = await kept(queue)
    assert scrobble == as_taken(rules, as_scrobble(PLAY))
    assert scrobble != as_scrobble(PLAY)


async def test_tags_that_came_after_a_play_was_sent_were_not_sent(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([PLAY], [], recipients=[recipient()], now=NOW)
    ended = replace(PLAY, track=replace(TRACK, title="Fern (Live)", album=""), heard=240.0)
    await store.record([], [ended], recipients=[], now=NOW + 240)
    assert await kept(queue) == as_scrobble(PLAY)


async def test_a_row_that_moved_is_known_by_its_second(
    store: PlayStore, queue: AccountQueue
) -> None:
    await queue.enqueue(Scrobble("The Paper Lanterns", "Moss", int(NOW)), "loud_heron", NOW)
    await store.record([PLAY], [], recipients=[recipient(own_second=True)], now=NOW)
    scrobble = await kept(queue)
    assert (scrobble.timestamp, scrobble.details.start) == (NOW + 1, NOW)


async def test_a_row_that_was_edited_is_known_by_its_tags(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([PLAY], [], recipients=[recipient()], now=NOW)
    [row] = await queue.pending(USER, 9, NOW)
    refused = RowOutcome(row, RowState.REJECTED, reason=RowReason.REFUSED)
    await queue.settle([refused], USER, NOW, {})
    reach = Reach(recipient(), oldest=0, can_delete=False)
    tags = {"track": "Farn", "album": ""}
    await QueueEditor(store.database).edit(row.id, tags, reach=reach, terms=TERMS, now=NOW)
    scrobble = await kept(queue)
    played = as_scrobble(PLAY)
    details = replace(played.details, album_mbid="", track_mbid="")
    assert scrobble == replace(played, track="Farn", album="", mbid="", details=details)


async def test_a_start_that_was_set_right_afterwards_was_sent_as_it_was(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([PLAY], [], recipients=[recipient()], now=NOW)
    [row] = await queue.pending(USER, 9, NOW)
    await send(queue, [row])
    wall = NOW + 31 * DAY_SECONDS
    await queue.tidy(Moment(wall, wall, wall))  # the machine was started at 0
    assert await store.database.select("SELECT start FROM plays") == [(1000,)]
    assert [play.scrobble for play in await sent(store.database)] == [as_scrobble(PLAY)]


async def test_what_another_user_was_sent_is_not_this_users(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([PLAY], [], recipients=to(USER), now=NOW)
    await send(queue, await queue.pending(USER, 9, NOW))
    for step in (None, later):
        if step:
            await step(queue)
        assert await sent(store.database, "loud_heron") == []
        assert len(await sent(store.database)) == 1


async def test_what_may_not_be_shown_yet_is_not_awaited(queue: AccountQueue) -> None:
    rows = await queued(queue, NOW - 900, NOW - 800, NOW - 700)
    await send(queue, rows[:1])
    await send(queue, rows[1:2], RowState.REJECTED)
    plays = await sent(queue.database, shown=NOW)
    assert [play.is_awaited for play in plays] == [True, False, False]
    assert not any(play.is_awaited for play in await sent(queue.database, shown=NOW - 1))


async def test_a_play_is_also_known_by_the_names_that_the_service_gave_it(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([PLAY], [], recipients=to(USER), now=NOW)
    await send(queue, await queue.pending(USER, 9, NOW))
    names = CorrectedNames(artist="Okto")
    await store.database.write(
        lambda db: put_correction(
            AccountConnection(db, 1), 1, (PLAY.track.artist, PLAY.track.title), names
        )
    )
    for step in (None, later):
        if step:
            await step(queue)
        [play] = await sent(store.database)
        assert play.known_as == (("Okto", "Fern"),)
        assert play.names == {("mira holt & okto", "fern"), ("okto", "fern")}


async def test_of_what_an_older_version_sent_the_rules_of_today_stand_in(
    store: PlayStore, queue: AccountQueue
) -> None:
    await store.record([PLAY], [], recipients=to(USER), now=NOW)
    await send(queue, await queue.pending(USER, 9, NOW))
    await later(queue)
    await store.database.write(lambda db: db.execute("UPDATE outcomes SET sent_as = NULL"))
    rules = AccountRules(send_duration=False)
    [play] = await sent(store.database, rules=rules)
    assert play.scrobble == as_taken(rules, as_scrobble(PLAY))


async def test_a_stretch_is_counted_and_cut_by_plays(
    database: Database, queue: AccountQueue
) -> None:
    store = PlayStore(database, "another boot")
    starts = [NOW - 50 * DAY_SECONDS + 100 * number for number in range(6)]
    for start in starts:
        await store.record([a_play(start)], [], recipients=to(USER), now=NOW)
    rows = await queue.pending(USER, 9, NOW)
    await send(queue, rows[:3])
    await later(queue)
    await store.database.write(
        lambda db: db.execute("UPDATE scrobble_queue SET state = 'sent', sent_at = timestamp")
    )
    plays = SentPlays(store.database, LASTFM_ACCOUNT, USER)
    first, last = int(starts[0]), int(starts[-1])
    assert await plays.span(0, last) == (6, first)
    assert await plays.span(first + 1, last - 1) == (4, first + 100)
    assert await plays.span(last + 1, last + 9) == (0, last + 9)
    assert await plays.nth_second(0, last, 4) == first + 300
    assert await plays.nth_second(first + 1, last, 5) == last
    assert await plays.nth_second(first + 1, last, 6) is None
