"""The daemon keeps to the table of modules in docs/design.md, and to the sizes promised there."""

import ast
import re
import statistics
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "daemon" / "scrobblerd"
DESIGN = ROOT / "docs" / "design.md"

Function = ast.FunctionDef | ast.AsyncFunctionDef

OWNERS = {
    "aiosqlite": {"database", "store"},
    "dbus_next": {
        "__main__",
        "app",
        "asking",
        "buses",
        "control",
        "ctl/client",
        "ctl/players",
        "ctl/queueing",
        "ctl/recording",
        "ctl/settings",
        "desktop",
        "interface",
        "interface_facts",
        "interface_library",
        "interface_queue",
        "interface_service",
        "keyring",
        "mpris",
        "opening",
        "reader",
        "recorder",
        "supervision",
        "wakeups",
        "wire",
    },
    "httpx": {"lastfm"},
    "mutagen": {"scan"},
    "rich": {"ctl/charts", "ctl/loves", "ctl/screen", "ctl/status", "ctl/status_view"},
    "sdnotify": {"systemd"},
    "secretstorage": {"secretservice"},
    "segno": {"ctl/browser"},
    "tomli_w": {"tomlfile"},
}
"""Which modules may import a library."""

SQL_OWNERS = {
    *(
        "database",
        "hearts",
        "history",
        "mending",
        "queue",
        "salvage",
        "scan",
        "shelf",
        "stats",
        "store",
    ),
}
SQL = re.compile(
    r"\b(SELECT|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|(CREATE|ALTER|DROP) TABLE|PRAGMA"
    r"|ON CONFLICT|ORDER BY|WHERE)\b"
)

WORLD = {
    *("asyncio", "datetime", "logging", "os", "pathlib", "random", "select", "selectors", "signal"),
    *("socket", "subprocess", "sys", "threading", "time"),
}
"""What a pure module knows nothing of: clocks, chance, files, processes, the loop, the log."""


@dataclass(frozen=True)
class Module:
    """One file of the daemon."""

    path: Path

    @property
    def name(self) -> str:
        """Its name within the package."""
        return str(self.path.relative_to(PACKAGE).with_suffix(""))

    @cached_property
    def text(self) -> str:
        """What stands in it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All that it is made of."""
        return list(ast.walk(ast.parse(self.text)))

    @property
    def imports(self) -> set[str]:
        """Modules of ours that it imports; ours are imported relatively."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.level:
                folder = self.path.parents[node.level - 1].relative_to(PACKAGE)
                names = {node.module.split(".")[0]} if node.module else _names(node)
                found |= {str(folder / name) for name in names}
        return {name for name in found if (PACKAGE / f"{name}.py").exists()}

    @property
    def libraries(self) -> set[str]:
        """Top-level packages that it imports absolutely, the standard library's among them."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
        return found

    @property
    def functions(self) -> list[Function]:
        """All functions and methods."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @property
    def strings(self) -> list[str]:
        """The texts in it, but for docstrings and other lone ones."""
        lone = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        constants = [node for node in self.nodes if isinstance(node, ast.Constant)]
        values = [node.value for node in constants if id(node) not in lone]
        return [value for value in values if isinstance(value, str)]


def _names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def lines_of(function: Function) -> int:
    """How long a function is, from `def` to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


@dataclass(frozen=True)
class Row:
    """One row of the design's table of modules."""

    module: str
    may_import: frozenset[str]
    owns: str


def row_of(line: str) -> Row:
    """What a line of the table says."""
    module, _, may_import, owns = (cell.strip(" *`") for cell in line.strip("| ").split("|"))
    return Row(module.removesuffix(".py"), frozenset(re.findall(r"[\w/]+", may_import)), owns)


def table() -> dict[str, Row]:
    """The design's table, by module. "all" may import all that have a row."""
    section = DESIGN.read_text(encoding="utf-8").split("\n## 2.")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if re.match(r"\| `[\w/]+\.py` \|", line)]
    rows = {row.module: row for row in map(row_of, lines)}
    every = frozenset(rows)
    return {
        name: replace(row, may_import=every) if "all" in row.may_import else row
        for name, row in rows.items()
    }


TABLE = table()
MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py")) if path.stem != "__init__"]
each = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


# Imports


def test_every_module_has_a_row_and_every_row_a_module():
    assert sorted(TABLE) == sorted(module.name for module in MODULES)


@each
def test_module_imports_only_what_its_row_allows(module: Module):
    allowed = TABLE[module.name].may_import if module.name in TABLE else frozenset[str]()
    assert module.imports - allowed == set()


def test_rows_name_modules_that_there_are():
    names = {module.name for module in MODULES}
    assert {
        name: row.may_import - names for name, row in TABLE.items() if row.may_import - names
    } == {}


def test_imports_make_no_circle():
    graph = {module.name: module.imports for module in MODULES}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"import cycle: {' ← '.join(error.args[1])}")
    assert set(order) >= set(graph)


def test_only_the_command_imports_the_composition_root():
    assert [module.name for module in MODULES if "app" in module.imports] == ["__main__"]


@each
def test_library_is_known_only_to_the_modules_that_own_it(module: Module):
    foreign = module.libraries - sys.stdlib_module_names
    assert foreign <= set(OWNERS)
    assert {library for library in foreign if module.name not in OWNERS[library]} == set()


@each
def test_module_that_owns_nothing_of_the_world_is_pure(module: Module):
    if module.name in TABLE and TABLE[module.name].owns.startswith("none"):
        assert module.libraries & WORLD == set()
        assert module.libraries <= sys.stdlib_module_names


def test_the_heart_is_pure():
    heart = {"metadata", "model", "rules", "text", "tracker", "watcher"}
    assert {name for name in heart if not TABLE[name].owns.startswith("none")} == set()


@each
def test_only_the_store_speaks_sql(module: Module):
    if module.name not in SQL_OWNERS:
        assert [text for text in module.strings if SQL.search(text)] == []


# Sizes


@each
def test_file_has_at_most_300_lines(module: Module):
    assert module.text.count("\n") <= 300


@each
def test_function_has_at_most_40_lines(module: Module):
    assert [function.name for function in module.functions if lines_of(function) > 40] == []


def test_median_function_has_at_most_8_lines():
    assert statistics.median(lines_of(one) for module in MODULES for one in module.functions) <= 8
