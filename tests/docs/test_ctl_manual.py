"""What is told of scrobblerctl is true: docs/scrobblerctl.md and scrobblerctl(1)."""

import asyncio
import itertools
import json
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, cast

import pytest

from lab import music
from lab.dbus import connect
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.ctl.arguments.tree import parser
from scrobblerd.ctl.commands import now
from scrobblerd.ctl.display import formats, moments
from scrobblerd.ctl.errors import Exit
from tests.conftest import Needs
from tests.support.daemon_bench import USER, Bench, running
from tests.support.documents import shell_lines
from tests.support.paths import ROOT
from tests.support.queue_samples import fill
from tests.support.rows import put
from tests.support.scrobblerctl import CTL, document, environment, parsed, said
from tests.support.waiting import TIMEOUT_SECONDS
from tools import answers, ctl_words, members
from tools.ctl import MAKER
from tools.ctl_tree import tree
from tools.making import Maker

REFERENCE = ROOT / "docs" / "scrobblerctl.md"
TEXT = REFERENCE.read_text(encoding="utf-8")
PAGE = ROOT / "share" / "man" / "man1" / "scrobblerctl.1"
SOURCES = ROOT / "daemon" / "scrobblerd" / "ctl"

COMMANDS = {one.path: one for one in tree(parser()).walk() if one.path}
ANSWERING = [
    path
    for path, one in COMMANDS.items()
    if any("--json" in option.names for option in one.options) and not one.actions
]
"""Commands that answer with JSON, but for those that are another one where no action is named."""


# -- what is made ---------------------------------------------------------------------------------


def test_nothing_that_is_made_of_the_command_line_is_stale() -> None:
    assert MAKER.stale() == [], "run python -m tools.ctl"


def test_check_says_what_is_stale_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maker = Maker(
        "x", ["a.md", "a.1"], {"one": lambda: "new"}, {"one": lambda: "bold"}, root=tmp_path
    )
    old = {
        "a.md": "Before.\n<!-- made by x: one -->\nold\n<!-- end -->\nAfter.\n",
        "a.1": '.\\" made by x: one\n.\\" end\n',
    }
    for name, text in old.items():
        (tmp_path / name).write_text(text)
    assert maker.main(["--check"]) == 1
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == [*old]
    assert {name: (tmp_path / name).read_text() for name in old} == old
    assert maker.main([]) == 0
    assert (tmp_path / "a.md").read_text() == (
        "Before.\n<!-- made by x: one -->\n\nnew\n\n<!-- end -->\nAfter.\n"
    )
    assert (tmp_path / "a.1").read_text() == '.\\" made by x: one\nbold\n.\\" end\n'
    assert (maker.main(["--check"]), maker.main([])) == (0, 0)


@pytest.mark.parametrize(
    ("document", "parts"), [(REFERENCE, MAKER.markdown), (PAGE, MAKER.roff)], ids=["md", "1"]
)
def test_every_part_that_can_be_made_stands_in_the_document_once(
    document: Path, parts: dict[str, Any]
) -> None:
    text = document.read_text(encoding="utf-8")
    found = re.findall(r"made by tools\.ctl: (.+?)(?: -->)?$", text, re.MULTILINE)
    assert sorted(found) == sorted(parts)


# -- words ----------------------------------------------------------------------------------------


def test_every_command_is_told_and_no_other() -> None:
    assert list(ctl_words.TOLD) == list(COMMANDS)


def test_every_field_of_a_template_is_told() -> None:
    assert tuple(ctl_words.FIELDS) == now.FIELDS


def test_every_piece_of_a_template_that_is_told_can_be_written() -> None:
    for written, _ in (*ctl_words.SYNTAX, *ctl_words.FUNCTIONS):
        template = written if "{" in written else f"{{{written}}}"
        assert now.check(template)


def test_every_exit_status_is_told() -> None:
    assert {*Exit} <= {number for number, _ in ctl_words.STATUSES}


def test_every_variable_that_is_looked_at_is_told() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in (*SOURCES.rglob("*.py"), SOURCES.parent / "dbus" / "connection.py")
    ]
    looked = {
        name
        for source in sources
        for line in source.splitlines()
        if "environ" in line
        for name in re.findall(r'"([A-Z_]{4,})"', line)
    }
    told = {name for names, _ in ctl_words.ENVIRONMENT for name in names.split(", ")}
    assert {"TERM", "DISPLAY"} <= looked <= told


def test_the_moments_and_durations_that_are_told_are_taken() -> None:
    for texts, _ in ctl_words.MOMENTS:
        assert [moments.since(text) for text in texts.split(", ")]
    for texts, _ in ctl_words.DURATIONS:
        assert [formats.seconds(text) for text in texts.split(", ")]


def test_the_examples_are_command_lines_and_stand_in_both() -> None:
    for _, line in ctl_words.EXAMPLES:
        parser().parse_args(shlex.split(line)[1:])
        for path in (REFERENCE, PAGE):
            text = path.read_text(encoding="utf-8").replace("\\-", "-").replace("\\(aq", "'")
            assert line in text


# -- JSON -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon in whose answers nothing that can be there is missing."""
    folder = tmp_path_factory.mktemp("music")
    music.make(folder / "fern.wav", 31, "Fern", "Mira Holt")
    tables = {"library": {"folders": [str(folder)]}, "scrobble": {"settle_ms": 50}}
    with running(tmp_path_factory.mktemp("daemon"), tables=tables) as started:
        started.lastfm.love_many(USER, [("Mira Holt", "Fern"), ("Mira Holt", "Nowhere")])
        put(started.daemon.database, "library", {})
        start = fill(started.daemon.database)
        album = {"id": 1, "album": "Understorey", "start": start - 600}
        put(started.daemon.database, "plays", album)
        sent = {"play_id": 1, "state": "sent", "timestamp": start - 900, "sent_at": start - 600}
        put(started.daemon.database, "scrobble_queue", sent)
        said(started, "loved", "import")
        yield started


NUMBERS = itertools.count(1000)
"""Of plays that are edited or deleted."""


async def answer(bench: Bench, path: str) -> Any:
    """What a command answers while a track plays; the first line of one without an end."""
    fern = ["Mira Holt", "Fern"]
    taken = {
        "test-filter": fern,
        "import": [str(log_of_two(bench))],
        "scrobble": ["Mira Holt", "Moss"],
        "backfill": ["lastfm", "--dry-run"],
        "history edit": [str(sent_play(bench)), "--title", "Moss"],
        "history delete": [str(sent_play(bench)), "--yes"],
    }
    more = taken.get(path, [])
    status = int(path in ("doctor", "verify"))  # nothing starts this one, and a play is missing
    arguments = [*path.split(), *more]
    async with (
        await connect(bench.bus.address) as connection,
        await FakePlayer.start(bench.bus.address, "demo") as player,
    ):
        scrobbler = await Scrobbler.start(connection)
        await player.play("Fern", ["Mira Holt"], "", 1000.0)
        while not any(one["rate"] for one in await scrobbler.get("Current")):
            await scrobbler.changed("Current", TIMEOUT_SECONDS)
        if path == "watch":
            return await asyncio.to_thread(first_line, bench, "watch", "--json")
        return await asyncio.to_thread(document, bench, *arguments, status=status)


def sent_play(bench: Bench) -> int:
    """The number of a new play, which Last.fm has."""
    number = next(NUMBERS)
    row = {"play_id": number, "state": "sent", "timestamp": number, "sent_at": 1_790_000_300}
    put(bench.daemon.database, "plays", {"id": number, "start": 1_780_000_000 + number})
    put(bench.daemon.database, "scrobble_queue", row)
    return number


def log_of_two(bench: Bench) -> Path:
    """A log of one play, and of one that has no artist."""
    path = bench.daemon.home / ".scrobbler.log"
    plays = (
        f"{artist}\tUnderstorey\tMoss\t1\t187\tL\t1790000000\t\n" for artist in ("Mira Holt", "")
    )
    path.write_text("".join(("#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/Rockbox\n", *plays)))
    return path


def first_line(bench: Bench, *arguments: str) -> Any:
    """The first document of a command without an end."""
    with subprocess.Popen(
        [*CTL, *arguments], env=environment(bench), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()  # a reader who goes before it ends would end it otherwise
    assert process.returncode == 0
    return parsed(line)


def names(title: str) -> dict[str, str]:
    """What is told of an answer: each name and its type; "null" where it may be that too."""
    return {
        name: kind + " or null" * ("null" in what)
        for names, kind, what in answers.ANSWERS[title].fields
        for name in names.split(", ")
    }


def keys(value: Any) -> Any:
    """The names in an answer, however deep; of a list those of its first entry."""
    if isinstance(value, dict):
        return {name: keys(one) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list) and value:
        return keys(cast("list[Any]", value)[0])
    return None


TYPES: dict[str, Any] = {
    "text": str,
    "true or false": bool,
    "whole number": int,
    "number": (int, float),
    "numbers": (int, float),
    "list": list,
    "list of texts": list,
    "text or list of texts": (str, list),
    "object": dict,
    "object or null": (dict, NoneType),
    "number or null": (int, float, NoneType),
    "whole number or null": (int, NoneType),
}


def test_every_command_that_answers_json_has_its_names_told() -> None:
    assert set(ANSWERING) <= set(answers.ANSWERS)
    assert [one for one in ANSWERING if f"### `{one} --json`\n" not in TEXT] == []


@pytest.mark.parametrize("path", [one for one in ANSWERING if one != "watch"])
async def test_an_answer_has_the_names_and_types_that_are_told(bench: Bench, path: str) -> None:
    found = await answer(bench, path)
    entry = cast("dict[str, Any]", found[0] if isinstance(found, list) else found)
    told = names(path)
    assert set(entry) == set(told)
    for name, kind in told.items():
        assert isinstance(entry[name], TYPES[kind]), name
        assert isinstance(entry[name], bool) is (kind == "true or false"), name


@pytest.mark.parametrize("path", [one for one in ANSWERING if one != "watch"])
async def test_the_example_of_an_answer_has_the_names_of_a_real_one(
    bench: Bench, path: str
) -> None:
    section = TEXT.partition(f"### `{path} --json`\n")[2].partition("\n### ")[0]
    [example] = re.findall(r"^```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    shown, real = keys(json.loads(example)), keys(await answer(bench, path))
    assert shown == (real | {"playing": None} if path == "explain" else real)


async def test_what_stands_in_other_answers_has_the_names_that_are_told(bench: Bench) -> None:
    status = await answer(bench, "status")
    assert set(status["settings"]) == set(names("settings"))
    assert set(status["queue"]) == set(names("the queue, in other answers"))
    assert set(status["last_import"]) == set(names("loved import"))
    player = set(names("a player, in other answers"))
    found = await answer(bench, "explain")
    for one in (*status["players"], (await answer(bench, "now"))["playing"], *found["playing"]):
        assert set(one) == player


async def test_watch_answers_what_status_does(bench: Bench) -> None:
    assert set(await answer(bench, "watch")) == set(names("status"))


def test_nothing_is_told_in_terms_of_dbus() -> None:
    told = [what for one in answers.ANSWERS.values() for *_, what in one.fields]
    wire = {method.name for method in members.SHOWN.methods}
    assert [what for what in told if wire & set(re.findall(r"\w+", what))] == []


@pytest.mark.parametrize("line", [one for one in shell_lines(REFERENCE) if "| jq" in one])
def test_a_line_with_jq_runs(bench: Bench, line: str, needs: Needs) -> None:
    needs("jq")
    program = " ".join(map(shlex.quote, CTL))
    done = bench.run(line.replace("scrobblerctl", program))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Mira Holt" in done.stdout
