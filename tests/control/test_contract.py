"""What introspection shows is the whole contract; each operation works from a shell, both ways."""

from collections.abc import AsyncIterator, Iterator
from xml.etree import ElementTree as ET

import pytest

from lab.lastfm import StandIn
from lab.scrobbler import NAME, PATH, Scrobbler
from tests.conftest import Needs
from tests.support.daemon_bench import USER, Bench, running, scrobble_ago

pytest_plugins = ["tests.support.fixtures.daemon"]

METHODS = {
    "GetAuthUrl": ("", "s url, s token"),
    "CompleteAuth": ("s token", "s username"),
    "CancelAuth": ("", ""),
    "Disconnect": ("", ""),
    "GetSettings": ("", "a{sv} settings"),
    "UpdateSettings": ("a{sv} settings", "as updated"),
    "NowPlaying": ("s artist, s track, s album, u duration", "s status, s message"),
    "Scrobble": (
        "s artist, s track, s album, x timestamp, u duration, u played_time",
        "s status, s message",
    ),
    "GetQueueStatus": ("", "a{sv} status"),
    "RetryQueue": ("", "a{sv} result"),
    "ImportLovedTracks": ("", "a{sv} result"),
    "GetHistory": ("u limit, x before_id", "aa{sv} plays"),
    "Explain": ("x play_id", "s words"),
    "ListQueue": ("s state, u limit, x before_id", "aa{sv} rows"),
    "RetryItem": ("x item", ""),
    "DropItem": ("x item", ""),
    "EditItem": ("x item, a{sv} tags", ""),
    "ClaimQueue": ("s from_account", "u claimed"),
    "ScanLibrary": ("", "a{sv} result"),
    "ListPlayers": ("", "aa{sv} players"),
    "TestFilter": ("a{sv} track", "s words"),
    "Skip": ("s player", "s title"),
    "Pause": ("u seconds", ""),
    "Resume": ("", ""),
    "GetStats": ("x since", "a{sv} figures"),
    "Diagnose": ("", "aa{sv} findings"),
    "Reload": ("", ""),
    "GetUnmatchedLoved": ("u limit", "aa{sv} tracks"),
    "Love": ("s artist, s track", "s status, s message"),
    "Unlove": ("s artist, s track", "s status, s message"),
    "LoveCurrent": ("", "s status, s message"),
    "UnloveCurrent": ("", "s status, s message"),
    "ExportLoved": ("s format", "s text"),
    "ExportLovedPage": ("s format, u page", "s text, u pages"),
}
SIGNALS = {
    "ScanProgress": "u done, u total",
    "ScanFinished": "a{sv} result",
    "AuthChanged": "s state, s username",
    "ScrobbleStatus": "s status, s artist, s track, s message",
    "QueueUpdated": "u queued",
    "ImportProgress": "u done, u total",
    "ImportFinished": "a{sv} result",
}
PROPERTIES = {
    "Version": "s",
    "Enabled": "b readwrite",
    "ScrobbleThreshold": "u readwrite",
    "Authenticated": "b",
    "Username": "s",
    "Queued": "u",
    "Current": "aa{sv}",
    "Status": "s",
    "LastImport": "a{sv}",
}

SET = "org.freedesktop.DBus.Properties.Set"
COMMANDS = {
    # operation: busctl's arguments, dbus-send's, and what their answers have in common
    "GetAuthUrl": ("", "", "/api/auth/"),
    "CompleteAuth": ("s {token}", "string:{token}", USER),
    "Disconnect": ("", "", ""),
    "GetSettings": ("", "", "scrobble_threshold"),
    "UpdateSettings": (
        "a{{sv}} 2 enabled b true scrobble_threshold u 60",
        "string:" + NAME + " string:ScrobbleThreshold variant:uint32:60",
        "",
    ),
    "NowPlaying": (
        "sssu 'Mira Holt' Fern '' 187",
        "string:'Mira Holt' string:Fern string: uint32:187",
        "success",
    ),
    "Scrobble": (
        "sssxuu 'Mira Holt' Fern Understorey {stamp} 187 120",
        "string:'Mira Holt' string:Fern string:Understorey int64:{stamp} uint32:187 uint32:120",
        "success",
    ),
    "GetQueueStatus": ("", "", "hold_reason"),
    "RetryQueue": ("", "", "nothing"),
    "ImportLovedTracks": ("", "", "not_in_library"),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One daemon for all, without the limit of requests a second."""
    limits = {"requests_per_second": 0}
    with running(tmp_path_factory.mktemp("daemon"), tables={"limits": limits}) as started:
        yield started


@pytest.fixture
async def approved(scrobbler: Scrobbler, lastfm: StandIn) -> AsyncIterator[str]:
    """A token that was approved; afterwards somebody is logged in again."""
    for afterwards in (False, True):
        if afterwards and await scrobbler.get("Authenticated"):
            break
        _url, token = await scrobbler.call("GetAuthUrl")
        lastfm.approve(token)
        if afterwards:
            await scrobbler.call("CompleteAuth", "s", token)
        else:
            yield token


def arguments(member: ET.Element, direction: str) -> str:
    """The arguments of a method or signal, as the tables above have them."""
    found = [arg for arg in member.findall("arg") if arg.get("direction") == direction]
    return ", ".join(f"{arg.get('type')} {arg.get('name')}" for arg in found)


async def test_introspection_shows_every_member_and_no_other(scrobbler: Scrobbler) -> None:
    root = ET.fromstring(await scrobbler.introspect())
    [shown] = [one for one in root.findall("interface") if one.get("name") == NAME]
    methods = {
        str(one.get("name")): (arguments(one, "in"), arguments(one, "out"))
        for one in shown.findall("method")
    }
    assert methods == METHODS
    assert {one.get("name"): arguments(one, "out") for one in shown.findall("signal")} == SIGNALS
    properties = {
        one.get("name"): f"{one.get('type')} {one.get('access')}".removesuffix(" read")
        for one in shown.findall("property")
    }
    assert properties == PROPERTIES


async def test_all_properties_have_values(scrobbler: Scrobbler) -> None:
    properties = await scrobbler.get_all()
    assert properties.keys() == PROPERTIES.keys()
    assert properties["Username"] == USER
    assert properties["Current"] == []
    assert properties["Status"] == f"Nothing is playing; logged in as {USER}"


def test_busctl_shows_it_all(bench: Bench, needs: Needs) -> None:
    needs("busctl")
    shown = bench.run(["busctl", "--user", "introspect", NAME, PATH])
    assert shown.returncode == 0, shown.stderr
    for member in (*METHODS, *SIGNALS, *PROPERTIES):
        assert f".{member} " in shown.stdout


@pytest.mark.parametrize("operation", COMMANDS)
async def test_busctl_does_it(bench: Bench, approved: str, operation: str, needs: Needs) -> None:
    needs("busctl")
    given, _, expected = COMMANDS[operation]
    filled = given.format(token=approved, stamp=scrobble_ago(300)[0])
    done = bench.run(f"busctl --user call {NAME} {PATH} {NAME} {operation} -- {filled}")
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize("operation", COMMANDS)
async def test_dbus_send_does_it(bench: Bench, approved: str, operation: str, needs: Needs) -> None:
    needs("dbus-send")
    _, given, expected = COMMANDS[operation]
    method = SET if operation == "UpdateSettings" else f"{NAME}.{operation}"
    filled = given.format(token=approved, stamp=scrobble_ago(200)[0])
    done = bench.run(f"dbus-send --session --print-reply --dest={NAME} {PATH} {method} {filled}")
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
