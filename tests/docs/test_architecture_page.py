"""docs/architecture.md shows the packages and rows of the code; its pages name files that exist."""

import re
import tomllib

import pytest

from tests.support.documents import blocks
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "architecture.md"
PACKAGE = ROOT / "daemon" / "scrobblerd"
PLAIN_BLOCKS = blocks(PAGE, "")


def test_its_tree_is_what_ls_shows() -> None:
    [tree] = [block for block in PLAIN_BLOCKS if block.startswith("__main__.py")]
    shown = re.findall(r"^(\w+(?:\.py|/))", tree, re.MULTILINE)
    modules = [path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]
    packages = [f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")]
    assert sorted(shown) == sorted(modules + packages)


def test_its_rows_are_those_that_lint_checks() -> None:
    [rows] = [block for block in PLAIN_BLOCKS if block.startswith("__main__\n")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each["name"].startswith("Rows:")]
    assert rows.splitlines() == [row.replace("scrobblerd.", "") for row in layers]


PAGES = ("architecture", "tracking", "submission", "storage", "security", "style")


@pytest.mark.parametrize("name", PAGES)
def test_the_files_that_it_and_its_pages_name_are_there(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./]+(?:/|\.py|\.md|\.xml))`", text)
    assert len(named) >= (20 if name == "architecture" else 0)
    roots = (PACKAGE, ROOT)
    assert [path for path in named if not any((root / path).exists() for root in roots)] == []
