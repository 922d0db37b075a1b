"""The documents tell the truth: what is made of the code is up to date, examples work, links lead
somewhere, and what is spoken of is there."""

import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from scrobblerd import __main__ as command
from scrobblerd.config import loader
from scrobblerd.config.accounts import ACCOUNT_OPTIONS
from scrobblerd.config.schema import OPTIONS, TABLES
from scrobblerd.core.model import Verdict
from scrobblerd.core.submission import RowState
from scrobblerd.ctl.arguments import tree
from scrobblerd.ctl.display import formats
from tests.conftest import Needs
from tests.support.documents import blocks, broken_links, shell_lines
from tests.support.paths import ROOT
from tools import docs, places, roff

DAEMON = ROOT / "daemon" / "scrobblerd"
EXAMPLE = ROOT / "config.example.toml"
ACCOUNTS, CONFIGURATION, TROUBLESHOOTING = (
    ROOT / "docs" / f"{name}.md" for name in ("accounts", "configuration", "troubleshooting")
)
FOR_USERS = (
    *(ROOT / "README.md", ACCOUNTS, CONFIGURATION, TROUBLESHOOTING),
    ROOT / "docs" / "dbus.md",
    *sorted((ROOT / "docs" / "services").glob("*.md")),
)
PAGES = sorted((ROOT / "share" / "man").glob("man*/*"))

each_for_users = pytest.mark.parametrize("document", FOR_USERS, ids=lambda path: path.stem)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


# -- what is made ---------------------------------------------------------------------------------


def test_nothing_that_is_made_of_the_code_is_stale() -> None:
    assert docs.MAKER.stale() == [], "run python -m tools.docs"


def test_every_made_part_stands_somewhere_and_is_one() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in docs.DOCUMENTS}
    marks = {
        (name.endswith(".md"), part)
        for name, text in texts.items()
        for part in re.findall(r"made by tools\.docs: (.+?)(?: -->)?$", text, re.MULTILINE)
    }
    assert marks == {(True, part) for part in docs.PARTS} | {
        (False, part) for part in docs.ROFF_PARTS
    }


# -- configuration --------------------------------------------------------------------------------


def defaults() -> dict[str, dict[str, Any]]:
    """All keys of loader.toml with their defaults."""
    return {
        table: {key: rule.default for key, rule in keys.items()} for table, keys in OPTIONS.items()
    }


def test_the_example_has_all_keys_and_loads_to_the_defaults(tmp_path: Path) -> None:
    assert tomllib.loads(EXAMPLE.read_text(encoding="utf-8")) == defaults()
    assert loader.load(EXAMPLE, {}) == loader.load(tmp_path / "config.toml", {})


def test_the_table_of_an_accounts_keys_is_complete_and_has_the_defaults() -> None:
    text = ACCOUNTS.read_text(encoding="utf-8").partition("\n## Keys\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", text, re.MULTILINE)
    found = {key: tomllib.loads(f"it = {default}")["it"] for key, default in rows}
    assert found == {name: option.default for name, option in ACCOUNT_OPTIONS.items()}


def test_the_tables_of_keys_are_complete_and_have_the_defaults() -> None:
    found: dict[str, dict[str, Any]] = {}
    for section in CONFIGURATION.read_text(encoding="utf-8").split("\n## [")[1:]:
        table = section.partition("]")[0]
        made = section.partition("<!-- end -->")[0]
        rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", made, re.MULTILINE)
        found[table] = {key: tomllib.loads(f"it = {default}")["it"] for key, default in rows}
    assert found == defaults()


def test_every_table_is_described() -> None:
    assert list(TABLES) == list(OPTIONS)


@pytest.mark.parametrize("table", OPTIONS)
def test_the_meaning_of_a_key_is_a_sentence_that_names_every_word_it_may_be(table: str) -> None:
    for key in OPTIONS[table].values():
        assert re.fullmatch(r"[A-Z].*\.", key.meaning)
        assert [word for word in key.choices if f"`{word}`" not in key.meaning] == []


@pytest.mark.parametrize(
    "document", [ACCOUNTS, CONFIGURATION, TROUBLESHOOTING], ids=lambda path: path.stem
)
def test_every_example_of_a_configuration_is_taken(document: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    examples = blocks(document, "toml")
    assert examples
    for example in examples:
        path.write_text(example, encoding="utf-8")
        loader.load(path, {})


def test_the_example_in_the_comments_is_taken(tmp_path: Path) -> None:
    [example] = re.findall(
        r"^# (rewrites = .*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE
    )
    path = tmp_path / "config.toml"
    path.write_text(f"[filters]\n{example}\n", encoding="utf-8")
    assert len(loader.load(path, {}).rules.filters.rewrites) == 1


def test_the_example_of_a_key_file_is_taken(tmp_path: Path) -> None:
    [example] = blocks(CONFIGURATION, "toml lastfm")
    (tmp_path / "lastfm.toml").write_text(example, encoding="utf-8")
    access = loader.load(tmp_path / "config.toml", {}).account.access
    assert (access.key, access.secret) == ("the API key", "the shared secret")


def test_every_variable_that_is_read_is_told() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for path in DAEMON.rglob("*.py")
        if path.relative_to(DAEMON).parts[0] != "ctl"
    ]
    read = {
        name
        for source in sources
        for name in re.findall(r'environ(?:ment)?(?:\.get\(|\[|, )"([A-Z_]+)"', source)
    }
    told = {name for names, _ in places.ENVIRONMENT for name in names.split(", ")}
    assert {"LASTFM_API_KEY", "XDG_STATE_HOME", "NOTIFY_SOCKET"} <= read <= told


# -- what is spoken of ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document", [*FOR_USERS, *(ROOT / "docs").glob("*.md"), ROOT / "tests" / "README.md"], ids=str
)
def test_links_lead_somewhere(document: Path) -> None:
    assert broken_links(document) == []


WRAPPED = sorted(
    {*(ROOT / "docs").glob("*.md"), *FOR_USERS, ROOT / "CHANGELOG.md", ROOT / "tests" / "README.md"}
)


@pytest.mark.parametrize("document", WRAPPED, ids=lambda path: path.stem)
def test_lines_of_prose_have_at_most_100_characters(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for block in (r"^ *```.*?^ *```$", r"^<!-- made by .*?^<!-- end -->$"):
        text = re.sub(block, "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("|")]
    assert [line for line in lines if len(line) > 100] == []


def help_of(main: Callable[[list[str]], object], *words: str) -> str:
    """What a command says of itself, "" where there is no such command."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(StringIO()), pytest.raises(SystemExit):
        main([*words, "--help"])
    return said.getvalue()


@each_for_users
def test_lines_of_scrobblerctl_and_scrobblerd_are_right(document: Path) -> None:
    for line in shell_lines(document):
        program, *words = shlex.split(line, comments=True) or [""]
        if program == "scrobblerctl":
            tree.parser().parse_args(words)
        elif program == "scrobblerd":
            assert help_of(command.main, *words), line


@pytest.mark.parametrize("document", [*FOR_USERS, *PAGES], ids=lambda path: path.name)
def test_commands_of_scrobblerctl_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8").replace("\\-", "-")
    for words in re.findall(r'[`"B]scrobblerctl ([a-z][a-z_-]*(?: [a-z][a-z_-]*)*)', text):
        assert help_of(tree.parser().parse_args, *words.split()), words


def test_every_verdict_is_explained() -> None:
    text = TROUBLESHOOTING.read_text(encoding="utf-8")
    for verdict in Verdict:
        assert f"| `{verdict}` | {formats.verdict(verdict)[0]} |" in text


def test_every_state_of_a_row_is_explained() -> None:
    text = TROUBLESHOOTING.read_text(encoding="utf-8")
    assert [state for state in RowState if f"\n| `{state}` | " not in text] == []


def test_every_exit_status_of_trouble_is_explained() -> None:
    text = TROUBLESHOOTING.read_text(encoding="utf-8")
    assert [code for code in command.EXIT_STATUS.values() if f"status {code}" not in text] == []


# -- manual pages ---------------------------------------------------------------------------------


def test_there_are_manual_pages() -> None:
    assert {"scrobblerd.8", "scrobblerd.toml.5"} <= {page.name for page in PAGES}


@each_page
def test_a_manual_page_is_without_fault_for_mandoc(page: Path, needs: Needs) -> None:
    needs("mandoc")
    done = subprocess.run(
        ["mandoc", "-T", "lint", page], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_page
def test_a_manual_page_is_without_fault_for_groff(page: Path, needs: Needs) -> None:
    needs("groff")
    line = ["groff", "-man", "-ww", "-z", "-Tutf8", "-Kutf8", page]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_page
def test_a_manual_page_has_the_sections_that_people_look_for(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("\n.TH ") == 1
    assert re.findall(r"^\.SH (.*)$", text, re.MULTILINE)[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert "\n.SH SEE ALSO\n" in text


def test_the_page_of_the_daemon_has_all_options_commands_and_exit_statuses() -> None:
    page = (ROOT / "share/man/man8/scrobblerd.8").read_text(encoding="utf-8").replace("\\-", "-")
    whole = help_of(command.main)
    commands = re.findall(r"^    (\w+) ", whole, re.MULTILINE)
    helps = [whole, *(help_of(command.main, name) for name in commands)]
    options = {option for text in helps for option in re.findall(r"--[\w-]+", text)}
    assert {"record", "replay"} <= set(commands)
    assert "--config" in options
    assert [word for word in (*options, *commands) if word not in page] == []
    statuses = {os.EX_OK, 1, 2, *command.EXIT_STATUS.values()}
    assert [code for code in statuses if f"\n.B {code}\n" not in page] == []


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("a `key-word` here", "a \\fBkey\\-word\\fR here"),
        (".dot first", "\\&.dot first"),
        ("'quote' ~ ^ \\", "\\(aqquote\\(aq \\(ti \\(ha \\e"),
    ],
)
def test_text_of_a_manual_page_says_what_was_meant(words: str, made: str) -> None:
    assert roff.text(words) == made
