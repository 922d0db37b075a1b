"""docs/dbus.md tells the truth: its command lines run as printed, its names are the daemon's."""

import asyncio
import contextlib
import itertools
import os
import select
import shlex
import subprocess
import time
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from dbus_next.signature import Variant

from lab.dbus import connect
from lab.player import FakePlayer
from lab.scrobbler import ERROR, Scrobbler
from scrobblerd.control.dbus_object import ERROR_NAMES, SETTABLE
from scrobblerd.control.members.corrections import ADDED_TYPES
from scrobblerd.control.members.plays import FILTER_TYPES
from scrobblerd.control.members.submit import PLAY_TYPES
from scrobblerd.core.submission import RowReason
from scrobblerd.dbus.names import SCROBBLER
from tests.conftest import Needs
from tests.support.daemon_bench import USER, Bench, running
from tests.support.documents import shell_lines
from tests.support.paths import ROOT
from tests.support.rows import put
from tools import members

REFERENCE = ROOT / "docs" / "dbus.md"

OPERATIONS = (
    *("GetAuthUrl", "CompleteAuth", "Disconnect", "GetSettings", "UpdateSettings"),
    *("NowPlaying", "Scrobble", "GetQueueStatus", "RetryQueue", "ImportLovedTracks"),
)
"""What must be shown with both tools."""

METHODS = {method.name: method for method in members.SHOWN.methods}

ANSWERS = {
    "GetAuthUrl": "/api/auth/?api_key=",
    "CompleteAuth": USER,
    "GetSettings": "scrobble_threshold",
    "NowPlaying": "success",
    "Scrobble": "success",
    "GetHistory": "verdict",
    "GetPlay": "verdict",
    "GetOutcomes": "rejected",
    "Explain": "Fern by Mira Holt",
    "GetStats": "verdicts",
    "GetPeriodStats": "albums",
    "GetQueueStatus": "hold_reason",
    "RetryQueue": "nothing",
    "ListQueue": "loud_heron",
    "GetAccountHistory": "refused_by",
    "FindPlays": "refused_by",
    "ListAccountQueue": "loud_heron",
    "ClaimQueue": "1",
    "ClaimAccountQueue": "1",
    "ListPlayers": "demo",
    "TestFilter": "counts: Fern by Mira Holt, after ",
    "CheckTrack": "needed",
    "Skip": "Fern",
    "Unskip": "Fern",
    "Love": "success",
    "LoveCurrent": "by Mira Holt",
    "ToggleLove": "Mira Holt",
    "ImportLovedTracks": "not_in_library",
    "ScanLibrary": "unreadable_files",
    "Diagnose": "remedy",
}
"""What the answers of some methods have in them when all went well."""


def method_of(line: str) -> str:
    """The method that a command line is about, "" for none."""
    words = [word.rpartition(".")[2] for word in shlex.split(line)]
    if "Properties.Set" in line:
        return "UpdateSettings"
    return next((word for word in words if word in METHODS), "")


def name_of(line: str) -> str:
    """What pytest calls a line."""
    return f"{line.partition(' ')[0]} {method_of(line) or line.split()[2]}"


NUMBERS = itertools.count(1)

LINES = [line for line in shell_lines(REFERENCE) if line.startswith(("busctl ", "dbus-send "))]
MONITOR = [line for line in LINES if " monitor " in line]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One daemon for all lines, without the limit of requests a second."""
    music = tmp_path_factory.mktemp("music")
    tables = {
        "limits": {"requests_per_second": 0},
        "library": {"folders": [str(music)]},
        "scrobble": {"settle_ms": 50},
    }
    with running(tmp_path_factory.mktemp("daemon"), tables=tables) as started:
        yield started


@pytest.fixture
async def ready(bench: Bench, scrobbler: Scrobbler) -> Bench:
    """Somebody is logged in, nothing is under way, a token that was approved is pending, and there
    are a play, a rejected row and a row of another account, by the numbers that the lines name."""
    if not await scrobbler.get("Authenticated"):
        _url, token = await scrobbler.call("GetAuthUrl")
        bench.lastfm.approve(token)
        await scrobbler.call("CompleteAuth", "s", token)
    await scrobbler.set("Enabled", Variant("b", True))
    await scrobbler.call("RetryQueue")
    fill(bench.daemon.database)
    _url, token = await scrobbler.call("GetAuthUrl")
    bench.lastfm.approve(token)
    return bench


def fill(database: Path) -> None:
    """Play 1, row 1 (rejected) and row 2 (of another account)."""
    start = int(time.time()) - 3600
    put(database, "plays", {"id": 1, "key": "k", "start": start, "heard": 200.0})
    rejected = {"id": 1, "play_id": 1, "track": "Moss", "reason": RowReason.IGNORED}
    held = {"id": 2, "username": "loud_heron", "state": "held", "reason": RowReason.OTHER_USER}
    stamps = {"timestamp": start, "created_at": start, "retry_count": 1}
    put(database, "scrobble_queue", rejected | stamps, held | stamps)


@pytest.fixture
async def playing(bench: Bench, scrobbler: Scrobbler) -> AsyncIterator[None]:
    """A song plays that was never played before."""
    title = f"Fern {next(NUMBERS)}"
    await scrobbler.call("Resume")  # a line may have begun private mode
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play(title, ["Mira Holt"], "", 1000.0)
        while title not in {one["title"] for one in await scrobbler.changed("Current")}:
            pass
        yield


# -- command lines --------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["busctl", "dbus-send"])
def test_each_of_the_ten_operations_is_shown_with_both_tools(tool: str) -> None:
    assert {method_of(line) for line in LINES if line.startswith(tool)} >= set(OPERATIONS)


def test_each_method_is_shown_and_without_dictionaries_with_both_tools() -> None:
    assert {method_of(line) for line in LINES if line.startswith("busctl")} >= set(METHODS)
    no_dictionary = {
        name
        for name, method in METHODS.items()
        if all("{" not in str(arg.signature) for arg in method.in_args)
    }
    shown = {method_of(line) for line in LINES if line.startswith("dbus-send")}
    assert shown >= no_dictionary


@pytest.mark.usefixtures("playing")
@pytest.mark.parametrize("line", [line for line in LINES if line not in MONITOR], ids=name_of)
async def test_a_line_runs_as_printed(
    ready: Bench, scrobbler: Scrobbler, line: str, needs: Needs
) -> None:
    needs(line.partition(" ")[0])
    if method_of(line) == "Unskip":
        await scrobbler.call("Skip", "s", "")
    if method_of(line) == "CancelBackfill":
        lacking = ({"start": int(time.time()) - hours * 3600} for hours in (20, 30))
        put(ready.daemon.database, "plays", *lacking)
        await scrobbler.call("Backfill", "sxxbub", "lastfm", 0, 0, False, 1, True)
    done = await asyncio.to_thread(ready.run, line)
    assert (done.returncode, done.stderr) == (0, "")
    assert ANSWERS.get(method_of(line), "") in done.stdout


@pytest.mark.parametrize("line", MONITOR)
def test_the_line_that_watches_sees_signals(ready: Bench, line: str, needs: Needs) -> None:
    needs("busctl", "dbus-send")
    [switch] = [one for one in LINES if one.startswith("dbus-send") and ":Enabled" in one]
    with subprocess.Popen(
        shlex.split(line), env=ready.daemon.env(), stdout=subprocess.PIPE
    ) as watching:
        assert watching.stdout
        seen = b""
        for turn in range(50):  # it does not say when it has begun to listen
            ready.run(switch.replace("boolean:true", f"boolean:{str(turn % 2 == 1).lower()}"))
            if select.select([watching.stdout], [], [], 0.1)[0]:
                seen += os.read(watching.stdout.fileno(), 65536)
            if b"PropertiesChanged" in seen:
                break
        watching.terminate()
    assert b"PropertiesChanged" in seen
    ready.run(switch)


async def test_the_lines_that_set_settings_set_them(ready: Bench, scrobbler: Scrobbler) -> None:
    other = {"enabled": Variant("b", False), "scrobble_threshold": Variant("u", 25)}
    for line in LINES:
        if method_of(line) == "UpdateSettings":
            await scrobbler.call("UpdateSettings", "a{sv}", other)
            ready.run(line)
            [settings] = await scrobbler.call("GetSettings")
            assert settings["enabled"] is ("nabled" in line)
            assert settings["scrobble_threshold"] == (60 if "hreshold" in line else 25)


# -- names ----------------------------------------------------------------------------------------


def shape(interface: ET.Element) -> dict[str, list[tuple[str | None, ...]]]:
    """Members of an interface, each with its type, or the ways, types and names of its values."""
    return {
        f"{member.tag} {member.get('name')}": [(member.get("type"), member.get("access"))]
        + [tuple(map(value.get, ("direction", "type", "name"))) for value in member]
        for member in interface
    }


async def test_it_is_made_of_what_introspection_shows(scrobbler: Scrobbler) -> None:
    root = ET.fromstring(await scrobbler.introspect())
    [shown] = [one for one in root.findall("interface") if one.get("name") == SCROBBLER]
    assert shape(shown) == shape(members.SHOWN.to_xml())


def test_every_member_is_described() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    shown = members.SHOWN
    names = [one.name for one in (*shown.methods, *shown.signals, *shown.properties)]
    assert [name for name in names if f"\n#### {name}\n" not in text] == []
    assert [name for name in names if not members.words_of(name).blocks] == []


def described(member: str) -> set[str]:
    """The names that the words about a member have in their lists, or in the one they refer to."""
    words = members.words_of(member)
    blocks = [block for block in words.blocks if not isinstance(block, str)]
    names = {name for block in blocks for names, _ in block for name in names.split(", ")}
    return names | (described(words.entries_of) if words.entries_of else set())


@pytest.mark.parametrize("member", METHODS)
def test_every_plain_argument_of_a_method_is_described(member: str) -> None:
    arguments = [*METHODS[member].in_args, *METHODS[member].out_args]
    plain = {arg.name for arg in arguments if "{" not in str(arg.signature)}
    assert plain <= described(member)


ADDED = {
    "artist": Variant("s", "Mira Holt"),
    "title": Variant("s", "Fern"),
    "start": Variant("x", 1_790_000_000),
}

ASKED: dict[str, tuple[Any, ...]] = {
    "GetSettings": (),
    "ListAccounts": (),
    "GetAccountStatus": ("s", "lastfm"),
    "GetAccountHistory": ("ssux", "lastfm", "", 1, 0),
    "FindPlays": ("a{sv}ux", {"title": Variant("s", "fern")}, 1, 0),
    "ListAccountQueue": ("ssux", "lastfm", "", 1, 0),
    "GetHistory": ("ux", 1, 0),
    "GetPlay": ("x", 1),
    "GetQueueStatus": (),
    "RetryQueue": (),
    "ListQueue": ("sux", "", 1, 0),
    "ListPlayers": (),
    "GetOutcomes": ("x", 1),
    "GetStats": ("x", 0),
    "GetPeriodStats": ("xx", 0, 0),
    "Diagnose": (),
    "ScanLibrary": (),
    "ImportLovedTracks": (),
    "ImportAccountLoved": ("s", "lastfm"),
    "Backfill": ("sxxbub", "lastfm", 0, 0, True, 0, True),
    "VerifyAccount": ("sxxb", "lastfm", 0, 0, False),
    "ListFindings": ("sux", "lastfm", 1, 0),
    "GetFindings": ("x", 1),
    "GetUnmatchedLoved": ("u", 1),
    "CheckTrack": ("a{sv}", {"title": Variant("s", "Fern")}),
    "ImportPlays": ("aa{sv}asb", [], [], True),
    "ImportHistoryPage": ("ssasb", "", "", [], True),
    "AddPlay": ("a{sv}as", ADDED, []),
    "EditPlay": ("xa{sv}", 1, {"title": Variant("s", "Ferns")}),
    "DeletePlay": ("x", 1),
}
"""What the methods that answer dictionaries are called with."""

TAKEN: dict[str, Collection[str]] = {
    "FindPlays": FILTER_TYPES,
    "ImportPlays": PLAY_TYPES,
    "ImportHistoryPage": PLAY_TYPES,
    "AddPlay": ADDED_TYPES,
}
"""What those take that take a dictionary of their own."""


def test_all_that_answer_dictionaries_are_asked() -> None:
    answering = {
        name
        for name, method in METHODS.items()
        if any("{" in str(arg.signature) for arg in method.out_args)
    }
    assert set(ASKED) == answering


@pytest.mark.usefixtures("playing")
@pytest.mark.parametrize("member", ASKED)
async def test_what_is_answered_has_the_names_that_are_described(
    ready: Bench, scrobbler: Scrobbler, member: str
) -> None:
    ready.lastfm.love_many(USER, [("Mira Holt", "Nowhere")])
    if member == "GetUnmatchedLoved":
        await scrobbler.call("ImportLovedTracks")
    if member in ("ListFindings", "GetFindings"):
        put(ready.daemon.database, "findings", {"kind": "missing", "play_id": 1})
    [answer] = await scrobbler.call(member, *ASKED[member])
    entry = cast("dict[str, Any]", answer[0] if isinstance(answer, list) else answer)
    named = [METHODS[member], METHODS[members.words_of(member).entries_of or member]]
    arguments = {arg.name for method in named for arg in method.in_args} - set(entry)
    taken = TAKEN.get(member, ())
    arguments |= set(taken) - set(entry)  # they take dictionaries of their own
    assert set(entry) == described(member) - arguments


@pytest.mark.usefixtures("playing")
async def test_what_is_current_has_the_names_that_are_described(scrobbler: Scrobbler) -> None:
    [current] = await scrobbler.get("Current")
    assert set(current) == described("Current")
    [account] = await scrobbler.get("Accounts")
    assert set(account) == described("Accounts")


VALUES: dict[str, Any] = {"s": "Fern", "b": True, "u": 60, "d": 187.0, "as": ["Folk"]}


@pytest.mark.parametrize(
    ("member", "signature", "first"),
    [
        ("UpdateSettings", "a{sv}", ()),
        ("EditItem", "xa{sv}", (1,)),
        ("TestFilter", "a{sv}", ()),
    ],
)
@pytest.mark.usefixtures("ready")
async def test_every_entry_that_is_described_is_taken(
    scrobbler: Scrobbler, member: str, signature: str, first: tuple[int, ...]
) -> None:
    method = METHODS[member]
    entries = described(member) - {arg.name for arg in [*method.in_args, *method.out_args]}
    types = members.entry_types(member)
    given = {name: Variant(types[name], VALUES[types[name]]) for name in entries}
    assert given
    await scrobbler.call(member, signature, *first, given)


def test_what_can_be_set_is_said_to_be() -> None:
    writable = {one.name for one in members.SHOWN.properties if one.access.value == "readwrite"}
    assert writable == set(SETTABLE)


# -- errors ---------------------------------------------------------------------------------------


def test_the_table_of_errors_is_complete() -> None:
    text = REFERENCE.read_text(encoding="utf-8").partition("\n## Errors\n")[2]
    for name in ERROR_NAMES.values():
        assert f"| `{ERROR}{name}` |" in text


WRONG: list[tuple[Any, ...]] = [
    ("CompleteAuth", "s", ""),
    ("GetAccountStatus", "s", "nobody"),
    ("BeginLogin", "s", "nobody"),
    ("CompleteLogin", "ss", "nobody", ""),
    ("CheckAccount", "s", "nobody"),
    ("Logout", "s", "nobody"),
    ("SetAccountEnabled", "sb", "nobody", True),
    ("RetryAccount", "s", "nobody"),
    ("CancelLogin", "s", "nobody"),
    ("GetAccountHistory", "ssux", "nobody", "", 1, 0),
    ("FindPlays", "a{sv}ux", {"volume": Variant("u", 11)}, 1, 0),
    ("ListAccountQueue", "ssux", "nobody", "", 1, 0),
    ("ClaimAccountQueue", "sss", "lastfm", "", "nobody"),
    ("ImportAccountLoved", "s", "nobody"),
    ("Backfill", "sxxbub", "lastfm", 2, 1, True, 0, False),
    ("CancelBackfill", "s", "lastfm"),
    ("VerifyAccount", "sxxb", "nobody", 0, 0, False),
    ("DeleteDoubled", "sxx", "lastfm", 9, 8),
    ("ListFindings", "sux", "nobody", 1, 0),
    ("UpdateSettings", "a{sv}", {"volume": Variant("u", 11)}),
    ("NowPlaying", "sssu", "", "Fern", "", 0),
    ("Scrobble", "sssxuu", "", "Fern", "", 1, 200, 200),
    ("GetHistory", "ux", 0, 0),
    ("Explain", "x", 999),
    ("GetPlay", "x", 999),
    ("GetOutcomes", "x", 999),
    ("GetStats", "x", -1),
    ("GetPeriodStats", "xx", 2, 1),
    ("CountPlays", "ax", [2, 1]),
    ("ExportHistoryPage", "xxx", -1, 0, 0),
    ("ImportPlays", "aa{sv}asb", [{}] * 201, [], False),
    ("ImportHistoryPage", "ssasb", "\n" * 201, "", [], False),
    ("AddPlay", "a{sv}as", {"volume": Variant("u", 11)}, []),
    ("EditPlay", "xa{sv}", 999, {"title": Variant("s", "Fern")}),
    ("DeletePlay", "x", 999),
    ("ListQueue", "sux", "lost", 1, 0),
    ("RetryItem", "x", 999),
    ("DropItem", "x", 999),
    ("EditItem", "xa{sv}", 999, {"artist": Variant("s", "Mira Holt")}),
    ("ClaimQueue", "s", "nobody"),
    ("TestFilter", "a{sv}", {"volume": Variant("u", 11)}),
    ("CheckTrack", "a{sv}", {"volume": Variant("u", 11)}),
    ("Skip", "s", "nobody"),
    ("IgnorePlayer", "s", ""),
    ("ListenToPlayer", "s", " "),
    ("Unskip", "s", "nobody"),
    ("ScanLibrary", ""),
    ("ForgetFolder", "s", "/media/music"),
    ("GetUnmatchedLoved", "u", 0),
    ("Love", "ss", "", ""),
    ("Unlove", "ss", "", ""),
    ("LoveCurrent", ""),
    ("UnloveCurrent", ""),
    ("ToggleLove", ""),
    ("ExportLoved", "s", "xml"),
    ("ExportLovedPage", "su", "csv", 0),
    ("Reload", ""),
]
"""Calls that can't be right, where there are no music folders and config.toml is broken."""

OFFLINE: list[tuple[Any, ...]] = [("GetAuthUrl", ""), ("CompleteAuth", "s", "x")]


def test_all_that_refuse_arguments_say_so() -> None:
    refusing = {name for name in METHODS if "InvalidArgument" in members.words_of(name).errors}
    assert refusing == {call[0] for call in WRONG}


async def refusals(scrobbler: Scrobbler, calls: list[tuple[Any, ...]], error: str) -> None:
    """Each call ends in this error, and the words about it say that it may."""
    for member, *body in calls:
        name, words = await scrobbler.refused(member, *body)
        assert name == error, f"{member}: {words}"
        assert error in members.words_of(member).errors


@contextlib.asynccontextmanager
async def another(folder: Path, **how: Any) -> AsyncGenerator[tuple[Bench, Scrobbler]]:
    """A daemon of another kind."""
    with running(folder, **how) as bench:
        async with await connect(bench.bus.address) as connection:
            yield bench, await Scrobbler.start(connection)


async def test_what_is_wrong_ends_in_the_errors_that_are_described(tmp_path: Path) -> None:
    async with another(tmp_path) as (bench, scrobbler):
        with bench.daemon.config_path.open("a", encoding="utf-8") as config:
            config.write("[zzz]\n")
        await refusals(scrobbler, WRONG, "InvalidArgument")
        _url, token = await scrobbler.call("GetAuthUrl")
        await refusals(scrobbler, [("CompleteAuth", "s", token)], "AuthPending")
        await refusals(scrobbler, [("CompleteAuth", "s", "never given")], "NotAuthenticated")
        bench.lastfm.stop()
        network = [*OFFLINE, ("ImportLovedTracks", "")]
        await refusals(scrobbler, network, "Network")


async def test_without_a_login_the_errors_are_the_ones_described(tmp_path: Path) -> None:
    async with another(tmp_path, login=False) as (_, scrobbler):
        calls: list[tuple[Any, ...]] = [
            ("ImportLovedTracks", ""),
            ("ClaimQueue", "s", USER),
            ("ClaimAccountQueue", "sss", "lastfm", "", USER),
        ]
        await refusals(scrobbler, calls, "NotAuthenticated")


async def test_without_a_key_the_errors_are_the_ones_described(tmp_path: Path) -> None:
    async with another(tmp_path, configured=False, login=False) as (_, scrobbler):
        await refusals(scrobbler, [*OFFLINE, ("ImportLovedTracks", "")], "NotConfigured")
