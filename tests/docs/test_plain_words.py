"""Words for people name the command that a reader types, and no member of the D-Bus interface."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import scrobblerd
from scrobblerd.ctl.arguments.tree import parser
from tools import members

PACKAGE = Path(scrobblerd.__file__).parent
MANUAL = PACKAGE.parents[1] / "share" / "man" / "man1" / "scrobblerctl.1"

OF_DBUS = ("control/properties.py",)
"""Files whose texts stand in the reference of the interface only."""

FOR_PROGRAMS = (" ExportLovedPage gives them in ",)
"""Texts of errors of methods that no command calls."""

NAMES = {
    each.name
    for each in (*members.SHOWN.methods, *members.SHOWN.signals, *members.SHOWN.properties)
    if re.search(r"[a-z][A-Z]", each.name)
}
"""The members of the interface that can't be taken for a word."""

MEMBER = re.compile(rf"\b({'|'.join(sorted(NAMES))})\b")


def texts(path: Path) -> Iterator[str]:
    """The texts of a file that have several words, but for docstrings."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    lone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in lone]
    values = [node.value for node in constants]
    yield from (value for value in values if isinstance(value, str) and " " in value)


def test_the_members_are_known() -> None:
    assert {"GetAuthUrl", "ClaimQueue", "RetryQueue", "BeginLogin", "ScrobbleStatus"} <= NAMES
    assert MEMBER.search("not approved: call GetAuthUrl first")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(PACKAGE.rglob("*.py")) if not str(path).endswith(OF_DBUS)],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_text_of_the_program_names_a_member(path: Path) -> None:
    named = [text for text in texts(path) if MEMBER.search(text)]
    assert [text for text in named if not text.endswith(FOR_PROGRAMS)] == []


def test_no_help_page_names_a_member() -> None:
    pages = [parser()]
    for page in pages:
        pages += page.commands.values()
        assert not MEMBER.search(page.format_help())
    assert len(pages) > 30
    assert not MEMBER.search(MANUAL.read_text(encoding="utf-8"))
