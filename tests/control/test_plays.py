"""GetStats, CountPlays: figures of what was heard. GetOutcomes: what became of a play. GetHistory
and GetAccountHistory: which accounts took which plays. FindPlays: plays by their tags and more."""

import time
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.dbus import ReplyError
from lab.scrobbler import Scrobbler
from tests.support.accounts_bench import Home
from tests.support.daemon_bench import Bench
from tests.support.rows import put
from tests.support.stats_samples import put_plays

START = 1_790_000_000
NOW = int(time.time())

PLAYS = [
    # title, artist, player, start, heard, verdict
    ("Fern", "Mira Holt", "mpv", 1_790_000_000, 120.0, "counted"),
    ("Fern", "Mira Holt", "vlc", 1_790_100_000, 60.5, "counted"),
    ("Moss", "Mira Holt", "mpv", 1_790_100_300, 10.0, "not_heard"),
    ("Slow Harbour", "The Paper Lanterns", "mpv", 1_790_100_600, 200.0, "counted"),
]


TWICE_FIREFOX = [
    ("Fern", "Mira Holt", f"firefox.instance_1_{number}", 1_790_000_000, 60.0, "counted")
    for number in (42, 77)
]


async def test_what_was_listened_to_is_told_in_figures(bench: Bench, scrobbler: Scrobbler) -> None:
    put_plays(bench, PLAYS)
    [figures] = await scrobbler.call("GetStats", "x", 0)
    assert (figures["plays"], figures["counted"], figures["heard"]) == (4, 3, 390.5)
    assert figures["verdicts"] == [["counted", 3], ["not_heard", 1]]
    assert figures["artists"] == [["Mira Holt", 2, 190.5], ["The Paper Lanterns", 1, 200.0]]
    assert figures["tracks"][0] == ["Fern", "Mira Holt", 2, 180.5]
    assert figures["players"] == [["mpv", 2, 330.0], ["vlc", 1, 60.5]]
    assert [counted for _day, counted, _heard in figures["days"]] == [1, 2]


async def test_the_first_fifty_of_each_list_are_told(bench: Bench, scrobbler: Scrobbler) -> None:
    many = [(f"T{n}", f"A{n}", f"p{n}", START + n, 60.0, "counted") for n in range(60)]
    put_plays(bench, many)
    [figures] = await scrobbler.call("GetStats", "x", 0)
    assert {len(figures[name]) for name in ("artists", "tracks", "players")} == {50}


async def test_figures_begin_where_asked(bench: Bench, scrobbler: Scrobbler) -> None:
    put_plays(bench, PLAYS)
    [figures] = await scrobbler.call("GetStats", "x", 1_790_100_300)
    assert (figures["plays"], figures["counted"]) == (2, 1)
    with pytest.raises(ReplyError, match="since: must be"):
        await scrobbler.call("GetStats", "x", -1)


async def test_figures_end_where_asked(bench: Bench, scrobbler: Scrobbler) -> None:
    put_plays(bench, PLAYS)
    bench.daemon.change("UPDATE plays SET album = 'Tidewater', album_artist = 'All' WHERE id = 2")
    span = (1_790_000_001, 1_790_100_600)
    [figures] = await scrobbler.call("GetPeriodStats", "xx", *span)
    assert (figures["plays"], figures["counted"], figures["heard"]) == (2, 1, 70.5)
    assert figures["albums"] == [["Tidewater", "All", 1, 60.5]]
    assert [counted for _hour, counted, _heard in figures["hours"]] == [1]
    [whole] = await scrobbler.call("GetPeriodStats", "xx", 0, 0)
    [same] = await scrobbler.call("GetStats", "x", 0)
    assert {name: whole[name] for name in same} == same
    for since, until, words in ((-1, 0, "since: must be"), (5, 5, "until: must be later")):
        with pytest.raises(ReplyError, match=words):
            await scrobbler.call("GetPeriodStats", "xx", since, until)


async def test_periods_are_those_that_are_asked_for(bench: Bench, scrobbler: Scrobbler) -> None:
    put_plays(bench, PLAYS)
    borders = [START - 60, START, START + 1, 1_790_100_300, 1_790_100_601]
    [figures] = await scrobbler.call("CountPlays", "ax", borders)
    assert figures == [[0, 0, 0.0], [1, 1, 120.0], [1, 1, 60.5], [2, 1, 210.0]]


@pytest.mark.parametrize(
    "borders",
    [[], [0], [1, 1], [2, 1], [-1, 1], [0, 2**53], list(range(402))],
    ids=lambda borders: f"{len(borders)} from {borders[:1]}",
)
async def test_periods_that_are_none_are_refused(scrobbler: Scrobbler, borders: list[int]) -> None:
    name, words = await scrobbler.refused("CountPlays", "ax", borders)
    assert (name, words.startswith("borders: must be")) == ("InvalidArgument", True)


async def test_a_year_of_days_is_one_call(scrobbler: Scrobbler) -> None:
    borders = list(range(START, START + 401 * 86400, 86400))
    [figures] = await scrobbler.call("CountPlays", "ax", borders)
    assert figures == [[0, 0, 0.0]] * 400


async def test_a_program_is_one_player_however_often_it_runs(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    put_plays(bench, TWICE_FIREFOX)
    [figures] = await scrobbler.call("GetStats", "x", 0)
    assert figures["players"] == [["firefox", 2, 120.0]]


ROWS = [
    (2, 3, "", "pending", None, "", ""),
    (3, 4, "quiet_otter", "sent", NOW, "", ""),
    (4, 5, "loud_heron", "held", None, "other_account", ""),
    (5, 6, "quiet_otter", "rejected", None, "ignored", "Artist ignored"),
]
"""Row, play, whose, state, when sent, code and detail."""


@pytest.fixture
def played(bench: Bench) -> None:
    """Play 1 did not count; 2 was dropped; the others have rows."""
    put_plays(bench, [("Fern", "Mira Holt", "mpv", START + n, 60.0, "counted") for n in range(6)])
    dropped = {"outcome": "dropped", "at": 1790000500, "reason": "refused", "detail": "No"}
    put(bench.daemon.database, "outcomes", {"play_id": 2, **dropped})
    names = ("id", "play_id", "username", "state", "sent_at", "reason", "detail")
    rows = [dict(zip(names, row, strict=True), timestamp=NOW - row[0]) for row in ROWS]
    put(bench.daemon.database, "scrobble_queue", *rows)


@pytest.mark.parametrize(
    ("play", "outcome"),
    [
        (2, ("", "dropped", 1_790_000_500, "refused", "No", 0)),
        *[
            (play, (username, state, sent or 0, code, detail, row))
            for row, play, username, state, sent, code, detail in ROWS
        ],
    ],
)
async def test_what_became_of_a_play_is_told_for_programs(
    scrobbler: Scrobbler, played: None, play: int, outcome: tuple[object, ...]
) -> None:
    names = ("username", "state", "at", "code", "detail", "row")
    [outcomes] = await scrobbler.call("GetOutcomes", "x", play)
    assert outcomes == [{"account": "lastfm", **dict(zip(names, outcome, strict=True))}]


async def test_a_play_that_has_no_row_has_no_outcome(scrobbler: Scrobbler, played: None) -> None:
    assert await scrobbler.call("GetOutcomes", "x", 1) == [[]]
    name, words = await scrobbler.refused("GetOutcomes", "x", 99)
    assert (name, words) == ("InvalidArgument", "there is no play 99")


async def test_a_play_says_which_accounts_took_it(home: Home) -> None:
    await home.log_in()
    home.second.stop()
    await home.play()
    await home.sent_at("lastfm", "brainz")
    [[play]] = await home.scrobbler.call("GetHistory", "ux", 10, 0)
    assert (play["sent_to"], play["waiting_for"]) == (["lastfm", "brainz"], ["second"])
    assert play["refused_by"] == []
    home.bench.daemon.change("UPDATE scrobble_queue SET state = 'rejected' WHERE account_id = 2")
    [[play]] = await home.scrobbler.call("GetHistory", "ux", 10, 0)
    assert (play["waiting_for"], play["refused_by"]) == ([], ["second"])


@pytest.mark.parametrize(
    ("account", "only", "plays"),
    [
        ("lastfm", "", [6, 5, 4, 3, 2]),
        ("lastfm", "sent", [4]),
        ("lastfm", "waiting", [5, 3]),
        ("lastfm", "refused", [6]),
        ("lastfm", "missing", [1]),
        ("gone", "", [1]),
        ("gone", "missing", [6, 5, 4, 3, 2]),
    ],
)
async def test_the_history_of_an_account_is_asked_for(
    bench: Bench, scrobbler: Scrobbler, played: None, account: str, only: str, plays: list[int]
) -> None:
    bench.daemon.change("INSERT INTO accounts (id, name, service) VALUES (7, 'gone', 'librefm')")
    row = {"id": 9, "account_id": 7, "play_id": 1, "state": "pending"}
    put(bench.daemon.database, "scrobble_queue", row)
    [found] = await scrobbler.call("GetAccountHistory", "ssux", account, only, 200, 0)
    assert [play["id"] for play in found] == plays
    [every] = await scrobbler.call("GetHistory", "ux", 200, 0)
    assert found == [play for play in every if play["id"] in plays]
    [older] = await scrobbler.call("GetAccountHistory", "ssux", account, only, 1, 4)
    assert [play["id"] for play in older] == [play for play in plays if play < 4][:1]


async def test_the_history_of_no_account_is_refused(scrobbler: Scrobbler) -> None:
    refused = await scrobbler.refused("GetAccountHistory", "ssux", "brainz", "", 200, 0)
    assert refused == ("InvalidArgument", "there is no account 'brainz'; there are lastfm")
    name, words = await scrobbler.refused("GetAccountHistory", "ssux", "lastfm", "lost", 200, 0)
    assert (name, words.startswith("only: must be one of sent, ")) == ("InvalidArgument", True)


async def test_imported_plays_stand_where_they_were_heard(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    put_plays(bench, PLAYS)
    old = {"artist": "Mira Holt", "track": "Loam", "timestamp": 1_790_000_900}
    kinds = {"timestamp": "x"}
    play = {name: Variant(kinds.get(name, "s"), value) for name, value in old.items()}
    await scrobbler.call("ImportPlays", "aa{sv}asb", [play], [], False)
    [plays] = await scrobbler.call("GetHistory", "ux", 200, 0)
    assert [each["title"] for each in plays] == ["Slow Harbour", "Moss", "Fern", "Loam", "Fern"]
    [page] = await scrobbler.call("GetHistory", "ux", 2, plays[2]["id"])
    assert page == plays[3:]
    for play in plays:
        assert await scrobbler.call("GetPlay", "x", play["id"]) == [play]
    assert await scrobbler.refused("GetPlay", "x", 99) == ("InvalidArgument", "there is no play 99")


LISTENED = [
    ("Fern", "Mira Holt", "mpv.instance7", START, 60.0, "counted"),
    ("Café Noir", "Sigur Rós", "firefox.instance_1_42", START + 100, 60.0, "counted"),
    ("CAFE\u0301", "STRASSE", "mpv", START + 200, 60.0, "not_heard"),
    ("Two  spaces", "mira holt", "vlc", START + 300, 60.0, "counted"),
    ("Earlier", "Straße", "vlc", START - 100, 60.0, "duplicate"),
]
"""Plays 1 to 5; the last one began before all others, so it is the last of the history."""


@pytest.mark.parametrize(
    ("filters", "plays"),
    [
        ({}, [4, 3, 2, 1, 5]),
        ({"artist": "MIRA"}, [4, 1]),
        ({"artist": "straße"}, [3, 5]),
        ({"artist": "rós"}, [2]),
        ({"artist": "ROS"}, [2]),
        ({"artist": "mirä"}, [4, 1]),
        ({"artist": "RO\u0301S"}, [2]),
        ({"title": "café"}, [3, 2]),
        ({"title": "cafe noir"}, [2]),
        ({"title": "ｃａｆｅ"}, [3, 2]),
        ({"title": "two spaces"}, [4]),
        ({"title": "fern", "artist": "holt"}, [1]),
        ({"title": "%"}, []),
        ({"player": "mpv"}, [3, 1]),
        ({"player": "MPV.instance7"}, [1]),
        ({"player": "mp"}, []),
        ({"verdict": "not_heard"}, [3]),
        ({"since": START + 100}, [4, 3, 2]),
        ({"until": START + 100}, [1, 5]),
        ({"since": START, "until": START + 201, "verdict": "counted"}, [2, 1]),
        ({"since": START + 9999}, []),
        ({"only": "sent"}, [2]),
        ({"only": "waiting", "account": "lastfm"}, [4]),
        ({"account": "lastfm"}, [4, 2]),
        ({"only": "missing"}, [1]),
        ({"only": "sent", "artist": "mira"}, []),
    ],
)
async def test_plays_are_found_by_what_is_known_of_them(
    bench: Bench, scrobbler: Scrobbler, filters: dict[str, Any], plays: list[int]
) -> None:
    put_plays(bench, LISTENED)
    rows = [
        {"id": 1, "play_id": 2, "state": "sent", "timestamp": NOW},
        {"id": 2, "play_id": 4, "state": "pending", "timestamp": NOW + 1},
    ]
    put(bench.daemon.database, "scrobble_queue", *rows)
    given = {
        name: Variant("x" if isinstance(value, int) else "s", value)
        for name, value in filters.items()
    }
    [found] = await scrobbler.call("FindPlays", "a{sv}ux", given, 200, 0)
    assert [play["id"] for play in found] == plays
    [every] = await scrobbler.call("GetHistory", "ux", 200, 0)
    assert found == [play for play in every if play["id"] in plays]
    [older] = await scrobbler.call("FindPlays", "a{sv}ux", given, 1, 4)
    assert [play["id"] for play in older] == [play for play in plays if play < 4][:1]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"volume": Variant("u", 11)}, "volume: not a filter; filters are since, until, artist"),
        ({"artist": Variant("u", 11)}, "artist: must be a text"),
        ({"since": Variant("s", "today")}, "since: must be a whole number"),
        ({"since": Variant("b", True)}, "since: must be a whole number"),
        ({"since": Variant("x", -1)}, "since: must be UNIX seconds, or 0"),
        ({"since": Variant("x", 5), "until": Variant("x", 5)}, "until: must be later than since"),
        ({"verdict": Variant("s", "lost")}, "verdict: must be one of listening, counted"),
        ({"only": Variant("s", "lost")}, "only: must be one of sent, waiting, refused, missing"),
        ({"account": Variant("s", "brainz")}, "there is no account 'brainz'; there are lastfm"),
    ],
)
async def test_a_filter_that_is_none_is_refused(
    scrobbler: Scrobbler, filters: dict[str, Variant], words: str
) -> None:
    name, told = await scrobbler.refused("FindPlays", "a{sv}ux", filters, 200, 0)
    assert (name, words in told) == ("InvalidArgument", True), told
