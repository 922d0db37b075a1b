"""What introspection shows is the whole contract; each operation works from a shell, both ways."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import SCROBBLER, SCROBBLER_PATH
from tests.conftest import Needs
from tests.support.daemon_bench import USER, Bench, running, scrobble_ago

CONTRACT = Path(__file__).with_name("introspection.xml")
"""What introspection showed when the contract was made. Nothing of it is ever changed."""

ADDED = frozenset(
    [
        "AddPlay",
        "CountPlays",
        "DeletePlay",
        "EditPlay",
        "ExportHistoryPage",
        "ImportHistoryPage",
        "ImportPlays",
        "VerifyAccount",
        "DeleteDoubled",
        "ListFindings",
        "GetFindings",
        "VerifyProgress",
        "VerifyFinished",
        "ForgetFolder",
        "GetOutcomes",
        "GetPlay",
        "ListAccounts",
        "GetAccountStatus",
        "BeginLogin",
        "CompleteLogin",
        "CheckAccount",
        "Logout",
        "SetAccountEnabled",
        "RetryAccount",
        "ImportAccountLoved",
        "Backfill",
        "CancelBackfill",
        "BackfillProgress",
        "BackfillFinished",
        "AccountStatus",
        "AccountChanged",
        "Accounts",
        "CancelLogin",
        "ClaimAccountQueue",
        "GetAccountHistory",
        "FindPlays",
        "GetPeriodStats",
        "ListAccountQueue",
        "Unskip",
        "ToggleLove",
        "IgnorePlayer",
        "PausePrivately",
        "Private",
        "ListenToPlayer",
    ]
)
"""The members that came since."""

SET = "org.freedesktop.DBus.Properties.Set"
COMMANDS = {
    # operation: busctl's arguments, dbus-send's, and what their answers have in common
    "GetAuthUrl": ("", "", "/api/auth/"),
    "CompleteAuth": ("s {token}", "string:{token}", USER),
    "Disconnect": ("", "", ""),
    "GetSettings": ("", "", "scrobble_threshold"),
    "UpdateSettings": (
        "a{{sv}} 2 enabled b true scrobble_threshold u 60",
        "string:" + SCROBBLER + " string:ScrobbleThreshold variant:uint32:60",
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


def ours(xml: str) -> dict[str, str]:
    """Our members of an introspection, and all else that it has, as they are written."""
    [interface] = [one for one in ET.fromstring(xml) if one.get("name") == SCROBBLER]
    members = {str(one.get("name")): ET.tostring(one, encoding="unicode") for one in interface}
    members = {name: " ".join(text.split()) for name, text in members.items()}
    head, _, rest = xml.partition(f'name="{SCROBBLER}"')
    return members | {"": (head + rest.partition("</interface>")[2]).strip()}


async def test_introspection_shows_the_contract_what_was_added_and_nothing_else(
    scrobbler: Scrobbler,
) -> None:
    contract, shown = ours(CONTRACT.read_text(encoding="utf-8")), ours(await scrobbler.introspect())
    assert {name: shown.get(name) for name in contract} == contract
    assert shown.keys() - contract.keys() == ADDED


def members(*kinds: str) -> set[str]:
    """The names of our members of these kinds in the contract."""
    root = ET.parse(CONTRACT).getroot()
    [shown] = [one for one in root.findall("interface") if one.get("name") == SCROBBLER]
    return {str(member.get("name")) for kind in kinds for member in shown.findall(kind)}


async def test_all_properties_have_values(scrobbler: Scrobbler) -> None:
    properties = await scrobbler.get_all()
    assert properties.keys() == members("property") | {"Accounts", "Private"}
    assert [account["account"] for account in properties["Accounts"]] == ["lastfm"]
    assert properties["Username"] == USER
    assert properties["Current"] == []
    assert properties["Status"] == f"Nothing is playing; logged in as {USER}"


def test_busctl_shows_it_all(bench: Bench, needs: Needs) -> None:
    needs("busctl")
    shown = bench.run(["busctl", "--user", "introspect", SCROBBLER, SCROBBLER_PATH])
    assert shown.returncode == 0, shown.stderr
    for member in members("method", "signal", "property"):
        assert f".{member} " in shown.stdout


@pytest.mark.parametrize("operation", COMMANDS)
async def test_busctl_does_it(bench: Bench, approved: str, operation: str, needs: Needs) -> None:
    needs("busctl")
    given, _, expected = COMMANDS[operation]
    filled = given.format(token=approved, stamp=scrobble_ago(300)[0])
    done = bench.run(
        f"busctl --user call {SCROBBLER} {SCROBBLER_PATH} {SCROBBLER} {operation} -- {filled}"
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize("operation", COMMANDS)
async def test_dbus_send_does_it(bench: Bench, approved: str, operation: str, needs: Needs) -> None:
    needs("dbus-send")
    _, given, expected = COMMANDS[operation]
    method = SET if operation == "UpdateSettings" else f"{SCROBBLER}.{operation}"
    filled = given.format(token=approved, stamp=scrobble_ago(200)[0])
    done = bench.run(
        f"dbus-send --session --print-reply --dest={SCROBBLER} {SCROBBLER_PATH} {method} {filled}"
    )
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
