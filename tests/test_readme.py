"""The README tells the truth: its command lines run as printed, its keys and names are the ones."""

import os
import re
import select
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from dbus_next.signature import Variant

from lab.scrobbler import NAME, Scrobbler
from scrobblerd import config
from tests.conftest import Needs
from tests.daemon_bench import Bench, running

pytest_plugins = ["tests.on_a_daemon"]

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "config.example.toml"

OPERATIONS = (
    *("GetAuthUrl", "CompleteAuth", "Disconnect", "GetSettings", "UpdateSettings"),
    *("NowPlaying", "Scrobble", "GetQueueStatus", "RetryQueue", "ImportLovedTracks"),
)
ANSWERS = {
    "GetAuthUrl": "/api/auth/?api_key=",
    "CompleteAuth": "quiet_otter",
    "GetSettings": "scrobble_threshold",
    "NowPlaying": "success",
    "Scrobble": "success",
    "GetQueueStatus": "hold_reason",
    "RetryQueue": "nothing",
    "ImportLovedTracks": "not_in_library",
}
"""What the answers of some operations have in them when all went well."""


def command_lines() -> list[str]:
    """The lines of the code blocks that call busctl or dbus-send, as printed."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(("busctl ", "dbus-send "))]


def operation(line: str) -> str:
    """The operation that a command line is about, "" for none."""
    words = [word.rpartition(".")[2] for word in shlex.split(line)]
    if "Properties.Set" in line:
        return "UpdateSettings"
    return next((word for word in words if word in OPERATIONS), "")


def name_of(line: str) -> str:
    """What pytest calls a line."""
    return f"{line.partition(' ')[0]} {operation(line) or line.split()[2]}"


LINES = command_lines()
MONITOR = [line for line in LINES if " monitor " in line]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One daemon for all lines, without the limit of requests a second."""
    music = tmp_path_factory.mktemp("music")
    tables = {"limits": {"requests_per_second": 0}, "library": {"folders": [str(music)]}}
    with running(tmp_path_factory.mktemp("daemon"), tables=tables) as started:
        yield started


@pytest.fixture
async def ready(bench: Bench, scrobbler: Scrobbler) -> Bench:
    """Somebody is logged in, and a token that was approved is pending."""
    if not await scrobbler.get("Authenticated"):
        _url, token = await scrobbler.call("GetAuthUrl")
        bench.lastfm.approve(token)
        await scrobbler.call("CompleteAuth", "s", token)
    _url, token = await scrobbler.call("GetAuthUrl")
    bench.lastfm.approve(token)
    return bench


# -- command lines --------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["busctl", "dbus-send"])
def test_each_operation_is_there(tool: str) -> None:
    assert {operation(line) for line in LINES if line.startswith(tool)} >= set(OPERATIONS)


@pytest.mark.parametrize("line", [line for line in LINES if line not in MONITOR], ids=name_of)
def test_a_line_runs_as_printed(ready: Bench, line: str, needs: Needs) -> None:
    needs(line.partition(" ")[0])
    done = ready.run(line)
    assert (done.returncode, done.stderr) == (0, "")
    assert ANSWERS.get(operation(line), "") in done.stdout


@pytest.mark.parametrize("line", MONITOR)
def test_the_line_that_watches_sees_signals(ready: Bench, line: str, needs: Needs) -> None:
    needs("busctl", "dbus-send")
    [switch] = [one for one in LINES if one.startswith("dbus-send") and "Enabled" in one]
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
        if operation(line) == "UpdateSettings":
            await scrobbler.call("UpdateSettings", "a{sv}", other)
            ready.run(line)
            [settings] = await scrobbler.call("GetSettings")
            assert settings["enabled"] is ("nabled" in line)
            assert settings["scrobble_threshold"] == (60 if "hreshold" in line else 25)
    await scrobbler.set("Enabled", Variant("b", True))


# -- names ----------------------------------------------------------------------------------------


async def test_every_member_is_described(scrobbler: Scrobbler) -> None:
    root = ET.fromstring(await scrobbler.introspect())
    [shown] = [one for one in root.findall("interface") if one.get("name") == NAME]
    for kind, words in (("method", "#### {}\n"), ("signal", "| `{}` |"), ("property", "| `{}` |")):
        names = [member.get("name") for member in shown.findall(kind)]
        assert not [name for name in names if words.format(name) not in README]


def test_its_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^make (\w+)$", README, re.MULTILINE))
    assert targets >= {"demo", "test", "install", "uninstall"}
    assert targets <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_its_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
    for link in re.findall(r"\]\(([^)]+)\)", README):
        if link.startswith("#"):
            assert link[1:] in anchors
        elif not link.startswith("https://"):
            assert (ROOT / link).exists(), link


# -- configuration --------------------------------------------------------------------------------


def defaults() -> dict[str, dict[str, Any]]:
    """All keys of config.toml with their defaults."""
    return {
        table: {key: rule.default for key, rule in keys.items()}
        for table, keys in config.KEYS.items()
    }


def test_its_table_of_keys_is_complete_and_has_the_defaults() -> None:
    rows = re.findall(r"^\| `\[(\w+)\]` \| `(\w+)` \| `(.*?)` \|", README, re.MULTILINE)
    found: dict[str, dict[str, Any]] = {}
    for table, key, default in rows:
        found.setdefault(table, {})[key] = tomllib.loads(f"it = {default}")["it"]
    assert found == {table: keys for table, keys in defaults().items() if keys}


def test_the_example_has_all_keys_and_loads_to_the_defaults(tmp_path: Path) -> None:
    assert tomllib.loads(EXAMPLE.read_text(encoding="utf-8")) == defaults()
    assert config.load(EXAMPLE, {}) == config.load(tmp_path / "config.toml", {})
