"""The README tells the truth: its commands, links, targets and dependencies are the ones there are.
The D-Bus reference, which it leads to, is tried in test_dbus_reference.py."""

import re
import tomllib
from pathlib import Path

from tests.support.documents import shell_lines
from tests.support.paths import ROOT

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def packages(requirements: list[str]) -> set[str]:
    """The names of packages, without versions and extras."""
    return {re.split(r"[^\w-]", requirement)[0] for requirement in requirements}


def test_its_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^make (\w+)$", TEXT, re.MULTILINE))
    assert targets >= {"demo", "test", "install", "uninstall"}
    assert targets <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


def test_its_table_of_dependencies_is_complete() -> None:
    named = re.findall(
        r"^\| \[([\w-]+)\]\(https://pypi\.org/project/([\w-]+)/\)", TEXT, re.MULTILINE
    )
    extras = PROJECT["optional-dependencies"]
    optional = [*extras["library"], *extras["keyring"], *extras["socks"]]
    wanted = packages([*PROJECT["dependencies"], *optional])
    assert {name for name, _ in named} == wanted
    assert [one for one in named if one[0] != one[1]] == []
    assert [name for name in packages(extras["dev"]) if name not in TEXT] == []


def test_the_oldest_python_it_names_is_the_oldest_that_will_do() -> None:
    [oldest] = re.findall(r"Python (3\.\d+) or newer", TEXT)
    assert PROJECT["requires-python"] == f">={oldest}"


def test_the_programs_it_names_are_installed() -> None:
    named = set(re.findall(r"\bscrobbler[a-z]+\b", TEXT))
    assert named <= {*PROJECT["scripts"], PROJECT["name"], "scrobblers"}


def test_it_leads_to_every_document_for_users() -> None:
    documents = {path.name for path in (ROOT / "docs").glob("*.md")}
    links = set(re.findall(r"\]\(docs/([\w.]+)\)", TEXT))
    assert (
        {"configuration.md", "dbus.md", "troubleshooting.md", "architecture.md"}
        <= links
        <= documents
    )


def test_a_newcomer_has_read_it_in_five_minutes() -> None:
    assert len(TEXT.split()) < 1400


def test_every_line_of_shell_is_of_a_program_that_is_spoken_of() -> None:
    programs = {line.split()[0] for line in shell_lines(README)}
    installers = {"make", "sudo", "pipx", "uv"}
    assert programs <= {*installers, "scrobblerctl", "journalctl", "systemctl", "loginctl"}


def test_it_says_nothing_of_the_machine_it_was_written_on() -> None:
    assert str(Path.home()) not in TEXT
