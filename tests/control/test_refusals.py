"""What is wrong with a call is told, by name; it changes nothing and leaves no traceback."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.dbus import Connection, ReplyError, call, connect
from lab.scrobbler import ERROR, INTROSPECTABLE, Scrobbler
from scrobblerd.dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_PATH
from tests.support.daemon_bench import Bench, running, scrobble_ago
from tools.members import SHOWN

BUS_ERROR = "org.freedesktop.DBus.Error."
DAY = 86400

METHODS = {
    method.name: "".join(str(argument.signature) for argument in method.in_args)
    for method in SHOWN.methods
}
"""All methods, and what they take."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One daemon for all, since nothing here changes anything."""
    with running(tmp_path_factory.mktemp("daemon")) as started:
        yield started


@pytest.fixture
async def connection(bench: Bench) -> AsyncIterator[Connection]:
    async with await connect(bench.bus.address) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def nothing_changes(bench: Bench, connection: Connection) -> AsyncIterator[None]:
    scrobbler = await Scrobbler.start(connection)
    before = await scrobbler.get_all(), await scrobbler.call("GetQueueStatus")
    log = len(bench.daemon.log)
    files = {path.name for path in bench.daemon.state.iterdir()}
    yield
    assert (await scrobbler.get_all(), await scrobbler.call("GetQueueStatus")) == before
    assert {path.name for path in bench.daemon.state.iterdir()} == files
    assert bench.lastfm.requests == []
    assert not [name for name, _ in scrobbler.signals.arrivals.all if name != "NameAcquired"]
    assert "Traceback" not in bench.daemon.log[log:]


async def refusal(
    connection: Connection,
    member: str,
    signature: str = "",
    *body: Any,
    interface: str = SCROBBLER,
    path: str = SCROBBLER_PATH,
) -> tuple[str, str]:
    """The name of the error that a call ends in, and its words."""
    with pytest.raises(ReplyError) as caught:
        await call(connection, SCROBBLER, path, interface, member, signature, list(body))
    assert "Traceback" not in str(caught.value)
    return caught.value.name, str(caught.value)


# -- the field is named ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"artist": ""}, "artist"),
        ({"artist": " \t\u3000"}, "artist"),
        ({"artist": "\x01\x1b"}, "artist"),
        ({"track": ""}, "track"),
        ({"timestamp": 0}, "timestamp"),
        ({"timestamp": -1}, "timestamp"),
        ({"timestamp": -(2**63)}, "timestamp"),
        ({"timestamp": 2**63 - 1}, "timestamp"),
    ],
    ids=str,
)
async def test_a_scrobble_with_a_wrong_value_names_it(
    connection: Connection, given: dict[str, Any], field: str
) -> None:
    _stamp, scrobbling = scrobble_ago(300, **given)
    name, words = await refusal(connection, *scrobbling)
    assert name == f"{ERROR}InvalidArgument"
    assert words.startswith(f"{field}: ")


async def test_a_scrobble_of_the_future_is_refused(connection: Connection) -> None:
    name, words = await refusal(connection, *scrobble_ago(-120)[1])
    assert name == f"{ERROR}InvalidArgument"
    assert words.startswith("timestamp: lies in the future")


async def test_a_scrobble_that_last_fm_would_call_too_old_is_refused(
    connection: Connection,
) -> None:
    name, words = await refusal(connection, *scrobble_ago(int(13.5 * DAY) + 10)[1])
    assert name == f"{ERROR}InvalidArgument"
    assert words.startswith("timestamp: older than 13.5 days")


@pytest.mark.parametrize(("artist", "track"), [("", "Fern"), ("Mira Holt", " ")])
async def test_a_now_playing_without_a_name_is_refused(
    connection: Connection, artist: str, track: str
) -> None:
    name, words = await refusal(connection, "NowPlaying", "sssu", artist, track, "", 0)
    assert name == f"{ERROR}InvalidArgument"
    assert words.startswith("track: " if artist else "artist: ")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"volume": Variant("u", 11)}, "volume"),
        ({"": Variant("u", 11)}, ""),
        ({"username": Variant("s", "loud_heron")}, "username"),
        ({"enabled": Variant("s", "true")}, "enabled"),
        ({"enabled": Variant("u", 1)}, "enabled"),
        ({"scrobble_threshold": Variant("d", 60.0)}, "scrobble_threshold"),
        ({"scrobble_threshold": Variant("b", True)}, "scrobble_threshold"),
        ({"scrobble_threshold": Variant("v", Variant("u", 60))}, "scrobble_threshold"),
        ({"scrobble_threshold": Variant("u", 60), "enabled": Variant("s", "no")}, "enabled"),
    ],
    ids=str,
)
async def test_a_wrong_setting_is_named_and_none_is_changed(
    connection: Connection, settings: dict[str, Variant], field: str
) -> None:
    name, words = await refusal(connection, "UpdateSettings", "a{sv}", settings)
    assert name == f"{ERROR}InvalidArgument"
    assert words.startswith(f"{field}: ")


async def test_a_token_that_never_was_asked_for_is_named(connection: Connection) -> None:
    name, words = await refusal(connection, "CompleteAuth", "s", "")
    assert name == f"{ERROR}InvalidArgument"
    assert words.startswith("token: ")


# -- the wire -------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", METHODS)
async def test_a_wrong_signature_is_invalid_args(connection: Connection, member: str) -> None:
    name, words = await refusal(connection, member, "d", 1.5)
    assert name == f"{BUS_ERROR}InvalidArgs"
    assert f"({METHODS[member]})" in words


@pytest.mark.parametrize(
    ("entries", "error"),
    [(240, f"{ERROR}InvalidArgument"), (260, f"{BUS_ERROR}InvalidArgs")],  # four values each
)
async def test_a_call_of_more_than_a_thousand_values_is_not_read(
    connection: Connection, entries: int, error: str
) -> None:
    tags = {f"tag{number}": Variant("s", "x") for number in range(entries)}
    assert (await refusal(connection, "TestFilter", "a{sv}", tags))[0] == error


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("sssiuu", ["A", "B", "C", 1_790_000_000, 200, 200]),
        ("sssxii", ["A", "B", "C", 1_790_000_000, 200, -1]),
        ("sssxu", ["A", "B", "C", 1_790_000_000, 200]),
        ("sssxuus", ["A", "B", "C", 1_790_000_000, 200, 200, "more"]),
        ("", []),
    ],
)
async def test_a_scrobble_with_other_types_is_invalid_args(
    connection: Connection, signature: str, body: list[Any]
) -> None:
    name, _words = await refusal(connection, "Scrobble", signature, *body)
    assert name == f"{BUS_ERROR}InvalidArgs"


async def test_a_method_that_is_not_there_is_unknown(connection: Connection) -> None:
    assert (await refusal(connection, "Whistle", "ss", "A", "B"))[0] == f"{BUS_ERROR}UnknownMethod"


async def test_another_interface_or_object_is_unknown(connection: Connection) -> None:
    other = "org.example.Other"
    for name, _ in (
        await refusal(connection, "GetSettings", interface=other),
        await refusal(connection, "GetSettings", path="/org/example/Other"),
        await refusal(connection, "GetSettings", interface=PROPERTIES),
        await refusal(connection, "GetSettings", interface=INTROSPECTABLE),
    ):
        assert name.startswith(f"{BUS_ERROR}Unknown")


# -- properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "signature", "body", "error"),
    [
        ("Set", "ssv", [SCROBBLER, "Enabled", Variant("s", "true")], "InvalidArgs"),
        ("Set", "ssv", [SCROBBLER, "Enabled", Variant("i", 1)], "InvalidArgs"),
        ("Set", "ssv", [SCROBBLER, "ScrobbleThreshold", Variant("d", 60.0)], "InvalidArgs"),
        ("Set", "ssv", [SCROBBLER, "ScrobbleThreshold", Variant("s", "60")], "InvalidArgs"),
        ("Set", "ssb", [SCROBBLER, "Enabled", False], "InvalidArgs"),
        ("Set", "ssv", [SCROBBLER, "Username", Variant("s", "loud_heron")], "PropertyReadOnly"),
        ("Set", "ssv", [SCROBBLER, "Volume", Variant("u", 11)], "UnknownProperty"),
        ("Set", "ssv", ["org.example.Other", "Enabled", Variant("b", False)], "UnknownInterface"),
        ("Get", "ss", [SCROBBLER, "Volume"], "UnknownProperty"),
        ("Get", "ss", ["org.example.Other", "Enabled"], "UnknownInterface"),
        ("Get", "s", [SCROBBLER], "InvalidArgs"),
        ("GetAll", "s", ["org.example.Other"], "UnknownInterface"),
        ("GetAll", "", [], "InvalidArgs"),
    ],
    ids=str,
)
async def test_properties_that_are_not_there_or_not_so_are_refused(
    connection: Connection, member: str, signature: str, body: list[Any], error: str
) -> None:
    name, _words = await refusal(connection, member, signature, *body, interface=PROPERTIES)
    assert name == f"{BUS_ERROR}{error}"
