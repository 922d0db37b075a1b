"""Databases of the shape before: what they hold explains itself, and behaves, as it did.

`shape_2/database.sql` is the dump of a database that the last version of shape 2 (commit 39dc591)
made: its tracker decided plays of every verdict and reason, its queue has rows of every state.
`shape_2/answers.json` is what that version answered: GetHistory (`plays`), Explain (`explained`)
and ListQueue (`rows`), in UTC.
"""

import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.core import wording
from scrobblerd.core.codec import dump, load
from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.model import Moment, PlayReason, Track
from scrobblerd.core.publisher import AlertKind
from scrobblerd.core.submission import (
    PlayRecord,
    QueueCounts,
    QueueItem,
    RowOutcome,
    RowReason,
    RowState,
)
from scrobblerd.scrobbling.alerts import OnceADay
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, AccountStore, account_ids
from scrobblerd.storage.database import Database
from scrobblerd.storage.history import History
from scrobblerd.storage.journal import kept_tracker
from scrobblerd.storage.loves import LovedStore, LoveQueue, LoveRequest
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from scrobblerd.storage.queue_editing import QueueEditor
from scrobblerd.storage.shape import MIGRATIONS
from scrobblerd.tracking.player_state import TrackerState
from tests.support.storage_samples import TERMS

FOLDER = Path(__file__).parent / "shape_2"
ANSWERS: dict[str, Any] = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
PLAYS: dict[int, dict[str, Any]] = {play["id"]: play for play in ANSWERS["plays"]}
ROWS: dict[int, dict[str, Any]] = {row["id"]: row for row in ANSWERS["rows"]}

NOW = 1_790_000_000.0
ASKED = NOW + 3 * 86400
"""When the answers were asked for, or later."""

USER, OTHER = "quiet_otter", "loud_heron"
NOT_IN_ENTRY = ("verdict", "reason", "outcomes")

BETTER = {
    "; ClaimQueue takes its rows over": "",
    r"\"it's|har\\w+\"": r"'it's|har\w+'",
    r"\\d": r"\d",
    "belongs to another account": "belongs to another user",
    "skipped by hand": "skipped by you",
    "Rejected: ignored by": "Ignored by",
    "Rejected after 2 tries: ignored by": "Ignored after 2 tries by",
    "(error 6) (code 6)": "(error 6)",
    "29.7 s long, only 30.0 s": "29 s long, only 30 s",
    "heard 100.0 s of 200 s, needed 100.0 s": "heard 99.9 s of 200 s, needed 100.0 s",
}
"""Patterns are shown as they stand in config.toml, not as Python writes them; what to do about it,
scrobblerctl says."""

AT_MOST = (
    r"(player changed.*heard) (\S+) s( of \S+ s)?, needed (\S+) s at the most",
    r"\1 at most \2 s\3, needed \4 s",
)

NOT_HEARD = (r"heard (\S+)(?: of (\S+))?, needed ([\d:.]*\d)", r"heard \1 of \3 needed")
"""What was not heard enough says what it lacks first; seconds are shown as players show them."""


pytestmark = pytest.mark.usefixtures("utc")  # the zone of the answers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of the shape before."""
    path = tmp_path / "scrobblerd.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((FOLDER / "database.sql").read_text(encoding="utf-8"))
    return path


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    """That database, opened, and brought to the shape of today."""
    opened = await Database.open(path)
    yield opened
    await opened.close()


@pytest.fixture
def queue(database: Database) -> AccountQueue:
    return ScrobbleQueue(database, "boot-2").for_account(LASTFM_ACCOUNT, 13.5 * 86400)


def in_minutes(seconds: str) -> str:
    """Seconds as players show them."""
    whole, point, tenths = seconds.partition(".")
    return f"{int(whole) // 60}:{int(whole) % 60:02}{point}{tenths}"


def better(words: str, verdict: str = "counted") -> str:
    """What is said today of a play that had this verdict."""
    for before, now in BETTER.items():
        words = words.replace(before.replace('\\"', '"'), now)
    if verdict != "counted":
        words = words.replace(f": {verdict.replace('_', ' ')}: ", ": not counted: ")
    if not re.search("(shorter|longer) than", words):  # a setting, in seconds
        words = re.sub(*AT_MOST, words)
        words = re.sub(r"([\d.]+) s\b", lambda seconds: in_minutes(seconds[1]), words)
    if verdict == "not_heard":
        length = re.search(r"heard \S+ of (\S+),", words)
        words = re.sub(*NOT_HEARD, words)
        if length:
            end = "." if words.endswith(".") else ""
            words = f"{words.removesuffix('.')}; the track is {length[1]} long{end}"
    return words


async def plays(database: Database) -> dict[int, PlayRecord]:
    return {play.id: play for play in await History(database, TERMS).newest(200, 0)}


async def rows(database: Database) -> dict[int, QueueItem]:
    return {row.id: row for row in await QueueEditor(database).rows("", 200, 0)}


async def states(database: Database, *tracks: str) -> list[str]:
    """The states of the rows of these tracks."""
    found = {row.track: row.state for row in (await rows(database)).values()}
    return [found[track] for track in tracks]


async def test_the_shape_is_that_of_today(database: Database) -> None:
    assert await database.select("PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert await database.select("PRAGMA foreign_key_check") == []
    assert await database.check() == "ok"
    accounts = "SELECT id, name, service FROM accounts"
    assert await database.select(accounts) == [(LASTFM_ACCOUNT, "lastfm", "lastfm")]


async def test_every_play_explains_itself_as_before(database: Database) -> None:
    history = History(database, TERMS)
    explained = {
        int(number): (
            await history.explain(int(number), lambda _: "the network", ASKED),
            better(words, PLAYS[int(number)]["verdict"]),
        )
        for number, words in ANSWERS["explained"].items()
    }
    assert {number: words for number, (words, _) in explained.items()} == {
        number: words for number, (_, words) in explained.items()
    }


async def test_every_play_of_the_history_is_as_before(database: Database) -> None:
    found = await plays(database)
    assert found.keys() == PLAYS.keys()
    for number, play in found.items():
        assert wording.of_history(play) == better(PLAYS[number]["reason"], play.verdict)
        assert play.verdict == PLAYS[number]["verdict"]
        for name, value in asdict(play).items():
            assert name in NOT_IN_ENTRY or PLAYS[number][name] == value, name


async def test_every_row_of_the_queue_is_as_before(database: Database) -> None:
    found = await rows(database)
    assert found.keys() == ROWS.keys()
    for number, row in found.items():
        before = dict(ROWS[number])
        words = wording.of_row(row.reason, row.detail, TERMS)
        assert words == better(before.pop("last_error"), "")
        values = asdict(row)
        values["account"] = values.pop("username")
        assert {name: values[name] for name in before} == before


async def test_rows_stay_those_of_lastfm_if_there_are_other_accounts(database: Database) -> None:
    ids = await account_ids(database, {"lastfm": "lastfm", "brainz": "listenbrainz"})
    before = await rows(database)
    brainz = ScrobbleQueue(database, "boot-2").for_account(ids["brainz"])
    await brainz.logged_in(USER)  # the name of the user at Last.fm
    await brainz.tidy(Moment(0.0, 0.0, ASKED))
    assert (await brainz.counts(), await brainz.pending(USER, 50, ASKED)) == (QueueCounts(), [])
    assert await rows(database) == before
    assert {row.account for row in before.values()} == {"lastfm"}


async def test_every_sentence_became_a_code(database: Database) -> None:
    codes = {play.reason.code for play in (await plays(database)).values()}
    newer = {PlayReason.IMPORTED, PlayReason.PLAYER, PlayReason.BY_HAND}
    assert codes == set(PlayReason) - {PlayReason.OPEN, PlayReason.OTHER} - newer
    reasons = {row.reason for row in (await rows(database)).values()}
    newer_rows = {RowReason.REPLACING, RowReason.NOT_REPLACED}
    assert reasons == {str(reason) for reason in set(RowReason) - newer_rows}


async def test_what_became_of_plays_without_a_row_is_an_outcome(database: Database) -> None:
    found = {play.title: play.outcomes for play in (await plays(database)).values()}
    known = {title: [(one.outcome, one.at) for one in each] for title, each in found.items()}
    assert {title: outcomes for title, outcomes in known.items() if outcomes} == {
        "dropped": [("dropped", None)],
        "dropped while it played": [("dropped", None)],
        "sent long ago": [("sent", NOW - 40 * 86400)],
        "sent at no date": [("sent", None)],
    }


async def test_what_was_sent_before_was_sent_to_the_user_who_was_there(database: Database) -> None:
    query = """
        SELECT DISTINCT outcomes.username, timestamp = start, sent_as FROM outcomes
        JOIN plays ON plays.id = play_id WHERE outcome = 'sent'"""
    [(username,)] = await database.select("SELECT username FROM accounts WHERE id = 1")
    assert await database.select(query) == [(username, 1, None)]


async def test_held_rows_are_let_go_if_their_account_comes_back(
    database: Database, queue: AccountQueue
) -> None:
    let_go, held = await queue.logged_in(OTHER)
    assert [row.scrobble.track for row in let_go] == ["other account", "other account too"]
    assert USER in {row.username for row in held}
    assert await states(database, "other account", "waits") == ["pending", "held"]
    let_go, _ = await queue.logged_in(USER)
    assert "waits" in {row.scrobble.track for row in let_go}
    assert await states(database, "other account", "waits") == ["held", "pending"]


async def test_held_rows_can_be_claimed(database: Database) -> None:
    claimed = await QueueEditor(database).claim(LASTFM_ACCOUNT, USER, OTHER)
    assert [row.scrobble.track for row in claimed] == ["other account", "other account too"]


async def test_expired_rows_revive_if_the_clock_was_wrong(
    database: Database, queue: AccountQueue
) -> None:
    tracks = ("too old", "too old and held", "unset clock")
    assert await states(database, *tracks) == ["expired"] * 3
    await queue.tidy(Moment(5, 5, NOW))
    assert await states(database, *tracks) == ["pending", "pending", "expired"]


async def test_no_new_row_has_the_id_of_one_that_has_left(
    database: Database, queue: AccountQueue
) -> None:
    last = max(ROWS)
    await database.select("DELETE FROM scrobble_queue WHERE id = ?", (last,))
    [row] = await queue.pending(USER, 1, NOW)
    queued = await queue.enqueue(row.scrobble, "somebody", NOW)
    assert queued.row.id > last


async def test_loves_and_requests_are_as_before(database: Database) -> None:
    loved = await LovedStore(database, LASTFM_ACCOUNT).unmatched(9)
    assert [track["title"] for track in loved] == ["Bog", "Moss"]
    requests = LoveQueue(database, LASTFM_ACCOUNT)
    assert [await requests.waiting(name) for name in (USER, OTHER, "")] == [2, 2, 3]
    assert await requests.next(OTHER) == LoveRequest("Mira Holt", "Moss", True, int(NOW))
    columns = "SELECT title, state, detail FROM loves WHERE state = 'rejected'"
    words = "Last.fm says: Track not found (error 6)"
    assert await database.select(columns) == [("Bark", "rejected", words)]


async def test_kept_values_are_those_of_the_account(database: Database) -> None:
    state = AccountStore(database, LASTFM_ACCOUNT)
    assert (await state.kept("worker"))["usage"]["requests"] == 12
    assert (await state.kept("last_import"))["total"] == 2
    assert await LovedStore(database, LASTFM_ACCOUNT).import_run() is None


@pytest.mark.parametrize(
    "odd",
    [
        "DELETE FROM plays WHERE id = (SELECT play_id FROM scrobble_queue WHERE id = 1)",
        "UPDATE plays SET reason = x'ff27'",
        "UPDATE plays SET reason = 'its title matches ''\\ud800'''",
    ],
    ids=["a play is gone", "bytes that are no text", "half a character"],
)
async def test_odd_rows_stop_no_start_and_no_row_is_lost(path: Path, odd: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT id FROM scrobble_queue ORDER BY id").fetchall()
        db.execute(odd)
        db.commit()
    said: list[str] = []
    database = await Database.open(path, said.append)
    assert await database.select("SELECT id FROM scrobble_queue ORDER BY id") == before
    await database.close()
    assert said == []


async def test_a_broken_head_does_not_hide_which_shape_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT id FROM scrobble_queue ORDER BY id").fetchall()
    content = bytearray(path.read_bytes())
    content[0] ^= 0x01
    path.write_bytes(content)
    database = await Database.open(path, list[str]().append)
    rows = await database.select("SELECT id, typeof(account_id) FROM scrobble_queue ORDER BY id")
    await database.close()
    assert rows == [(row_id, "integer") for (row_id,) in before]


async def test_a_play_that_had_counted_and_plays_on_is_remembered(path: Path) -> None:
    mix = dump(Track("A Mix", "Mira Holt", length=3600.0))
    play = {"track": mix, "begin": {"at": {"mono": 50.0}}, "verdict": "counted"}
    open_play = play | {"verdict": "listening"}
    players = [{"name": "mpv", "play": play}, {"name": "vlc", "play": open_play}, {"play": None}]
    with closing(sqlite3.connect(path)) as db:
        old = json.dumps({"boot_id": "boot-1", "players": players, "counted": []})
        db.execute("INSERT OR REPLACE INTO journal VALUES ('tracker', ?)", (old,))
        db.commit()
    database = await Database.open(path)
    kept = load(TrackerState, await kept_tracker(database))
    await database.close()
    [counted] = kept.counted
    assert (kept.boot_id, kept.players) == ("boot-1", {})
    assert (counted.track.title, counted.begin, counted.end) == ("A Mix", 50.0, 3650.0)


async def test_a_hold_because_of_the_api_key_stays_one(path: Path) -> None:
    held = {"failures": 1, "next_attempt": NOW, "hold": "Invalid API key", "bad_key": True}
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE journal SET value = ? WHERE name = 'backoff'", (json.dumps(held),))
        db.commit()
    database = await Database.open(path)
    kept = await AccountStore(database, LASTFM_ACCOUNT).kept("worker")
    await database.close()
    assert (kept["backoff"]["hold"], kept["backoff"]["hold_fault"]) == ("Invalid API key", "key")
    assert "hold_fault" not in kept["love_backoff"]


async def test_a_daily_limit_that_was_told_is_not_told_again_that_day(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        told = json.dumps({"limit": NOW, "expiring": NOW - 5})
        db.execute("UPDATE journal SET value = ? WHERE name = 'told'", (told,))
        db.commit()
    database = await Database.open(path)
    state = await AccountStore(database, LASTFM_ACCOUNT).kept("worker")
    await database.close()
    once = load(OnceADay, state["alerts"])
    assert once.told == {AlertKind.DAILY_LIMIT: NOW, AlertKind.EXPIRING: NOW - 5}
    assert not once.is_due(AlertKind.DAILY_LIMIT, NOW + 3600)


@pytest.mark.parametrize("broken", ["loved", "journal", "a description", "the head"])
async def test_a_broken_one_is_recovered_and_becomes_of_the_shape_of_today(
    path: Path, broken: str
) -> None:
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        pages = db.execute(query, (broken,)).fetchall()
    match broken:
        case "loved" | "journal":
            [(page,)] = pages
            content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
        case "a description":
            content = content.replace(
                b"CREATE TABLE scrobble_queue (", b"CREATE TABLE scrobble!queue ("
            )
        case _:
            content[60:64] = b"\x07\0\0\x02"  # the shape
    path.write_bytes(content)
    alerts: list[str] = []
    database = await Database.open(path, alerts.append)
    try:
        await database.check()
        found = await rows(database)
        assert len(found) == len(ROWS)
        assert found[22].reason == RowReason.OTHER_USER
        words = await History(database, TERMS).explain(51, lambda _: "", NOW)
        assert words.endswith("taken out of the queue by hand.")
        assert len(alerts) == 1
        assert await database.select("PRAGMA user_version") == [(len(MIGRATIONS),)]
    finally:
        await database.close()


# -- other words ----------------------------------------------------------------------------------


async def everything_kept(path: Path) -> dict[str, list[Any]]:
    """What is in each table, after all that the queue does with its rows was done."""
    database = await Database.open(path)
    queue = ScrobbleQueue(database, "boot-2").for_account(LASTFM_ACCOUNT, 13.5 * 86400)
    editor = QueueEditor(database)
    try:
        await queue.logged_in(OTHER)
        await queue.logged_in(USER)
        await queue.tidy(Moment(5, 5, NOW))
        pending = await queue.pending(USER, 50, NOW + 1)
        kinds = [
            (RowState.SENT, RowReason.NONE),
            (RowState.REJECTED, RowReason.REFUSED),
            (RowState.REJECTED, RowReason.IGNORED),
            (RowState.PENDING, RowReason.SET_ASIDE),
        ]
        outcomes = [
            RowOutcome(row, state, 6, "no", reason=reason)
            for row, (state, reason) in zip(pending, kinds, strict=False)
        ]
        await queue.settle(outcomes, USER, NOW, {})
        await queue.failed(pending[len(kinds) :], USER, "no answer", True, {})
        for row in (await rows(database)).values():
            with suppress(InvalidArgument):
                await editor.retry(row.id, NOW - 13.5 * 86400, TERMS)
        await editor.drop(pending[1].id, NOW)
        await editor.claim(LASTFM_ACCOUNT, USER, OTHER)
        await queue.tidy(Moment(5, 5, NOW + 60 * 86400))
        query = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        tables = [name for (name,) in await database.select(query)]
        return {name: await database.select(f"SELECT * FROM {name}") for name in tables}
    finally:
        await database.close()


async def test_other_words_change_nothing_that_is_kept_or_done(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(path.read_bytes())
    before = await everything_kept(path)
    sentences: list[dict[Any, str]] = [
        value for name, value in vars(wording).items() if name.isupper() and isinstance(value, dict)
    ]
    assert len(sentences) >= 3
    for table in sentences:
        for code in table:
            monkeypatch.setitem(table, code, "andere Worte")
    assert await everything_kept(other) == before
