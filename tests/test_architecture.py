"""What import-linter can't say of the code: sizes, names, who speaks SQL, and where tests are.

Who may import whom stands in pyproject.toml, as contracts that `make lint` checks.
"""

import ast
import re
import statistics
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.support.paths import ROOT, TESTS

PACKAGE = ROOT / "daemon" / "scrobblerd"

Function = ast.FunctionDef | ast.AsyncFunctionDef

SQL_OWNERS = ("storage", "library/scan_process")
SQL = re.compile(
    r"\b(SELECT|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|(CREATE|ALTER|DROP) TABLE|PRAGMA"
    r"|ON CONFLICT|ORDER BY|WHERE)\b"
)

MAX_MODULES = 13
"""In one folder, `__init__` aside."""

TOP_LEVEL = frozenset(
    """.ci .gitignore CHANGELOG.md LICENSE Makefile README.md benchmarks config.example.toml
    daemon debian docs lab pyproject.toml share systemd tests tools typings""".split()  # noqa: SIM905
)
"""What stands beside the README."""

SAY_NOTHING = {"manager", "managers", "helper", "helpers", "util", "utils", "data", "info"}
"""Words that no module is called by."""

TESTED_ELSEWHERE = {
    "__main__": "daemon/test_life.py",
    "app": "daemon/test_life.py",
    "command_line": "traces/test_replay.py",
    "assembly": "control/test_accounts.py",
    "installation": "package/test_installation.py",
    "pipeline": "daemon/test_scrobbling.py",
    "accounts/keyring_process": "accounts/test_keyring.py",
    "config/options": "config/test_schema.py",
    "core/submission": "scrobbling/test_submitter.py",
    "ctl/arguments/examples": "ctl/test_arguments.py",
    "ctl/arguments/looking": "ctl/test_arguments.py",
    "ctl/arguments/music": "ctl/test_arguments.py",
    "ctl/arguments/options": "ctl/test_arguments.py",
    "ctl/arguments/parser": "ctl/test_arguments.py",
    "ctl/arguments/queue": "ctl/test_arguments.py",
    "ctl/arguments/reconciliation": "ctl/test_arguments.py",
    "ctl/arguments/setup": "ctl/test_arguments.py",
    "ctl/arguments/transfer": "ctl/test_arguments.py",
    "history_files/entries": "history_files/test_reading.py",
    "history_files/objects": "history_files/test_reading.py",
    "history_files/scrobbler_log": "history_files/test_reading.py",
    "history_files/streams": "history_files/test_reading.py",
    "history_files/tables": "history_files/test_reading.py",
    "history_files/times": "history_files/test_reading.py",
    "ctl/arguments/tree": "ctl/test_arguments.py",
    "services/file/reading": "services/test_file_service.py",
    "services/listenbrainz/api": "services/test_listenbrainz.py",
}
"""Modules without a test of their name, and the test that proves them: processes as a whole, and
values that others make. A module without a function needs none."""

CATCH_ALL = {"control/dbus_object", "library/scan_process", "services/http"}
"""Where `except Exception` is right; docs/style.md says why."""


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


def lines_of(function: Function) -> int:
    """How long a function is, from `def` to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def only_wires(function: Function) -> bool:
    """Whether it decides nothing: no branch, no loop, no `except`."""
    steps = (
        ast.If,
        ast.For,
        ast.While,
        ast.Try,
        ast.Match,
        ast.IfExp,
        ast.BoolOp,
        ast.comprehension,
    )
    return not any(isinstance(node, steps) for node in ast.walk(function))


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py")) if path.stem != "__init__"]
FOLDERS = sorted({module.path.parent for module in MODULES})
PACKAGES = [path for path in FOLDERS if path.parent == PACKAGE]
each = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


@each
def test_only_storage_speaks_sql(module: Module):
    if not module.name.startswith(SQL_OWNERS):
        assert [text for text in module.strings if SQL.search(text)] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(PACKAGE)))
def test_folder_has_at_most_13_modules(folder: Path):
    assert len([path for path in folder.glob("*.py") if path.stem != "__init__"]) <= MAX_MODULES


@each
def test_file_has_at_most_400_lines(module: Module):
    assert module.text.count("\n") <= 400


@each
def test_function_has_at_most_40_lines_or_60_if_it_only_wires(module: Module):
    assert [
        function.name
        for function in module.functions
        if lines_of(function) > (60 if only_wires(function) else 40)
    ] == []


def test_median_function_has_at_most_8_lines():
    assert statistics.median(lines_of(one) for module in MODULES for one in module.functions) <= 8


def test_every_folder_of_tests_is_a_package():
    folders = {path.parent for path in TESTS.rglob("test_*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


@each
def test_no_module_has_a_name_that_says_nothing(module: Module):
    assert SAY_NOTHING.isdisjoint(re.split("[/_]", module.name))


@each
def test_exceptions_are_caught_by_their_names(module: Module):
    caught = [node.type for node in module.nodes if isinstance(node, ast.ExceptHandler)]
    names = {name.id for name in caught if isinstance(name, ast.Name)}
    assert None not in caught
    assert "Exception" not in names or module.name in CATCH_ALL


@each
def test_module_has_a_test_of_its_name(module: Module):
    folder, stem = Path(module.name).parts[0], module.path.stem.strip("_")
    test = TESTS / TESTED_ELSEWHERE.get(module.name, f"{folder}/test_{stem}.py")
    assert test.exists() or not module.functions


def test_every_package_has_tests():
    assert [path for path in PACKAGES if not any((TESTS / path.name).glob("test_*.py"))] == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_top_level_has_no_strays():
    """A tool that is run from the clone can leave its files there, and `git add` takes them in."""
    # A build machine may check the tree out as another user, which git refuses to read.
    command = ["git", "-c", "safe.directory=*", "ls-tree", "--name-only", "HEAD"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(tracked.stdout.split()) <= TOP_LEVEL
