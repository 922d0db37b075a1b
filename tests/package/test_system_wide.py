"""What packagers run: `make install` with DESTDIR and PREFIX, and `make dist`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scrobblerd import __version__
from tests.conftest import Needs, require
from tests.support.distributions import run
from tests.support.installation import PYTHON, SOURCE, UNIT
from tests.support.paths import ROOT
from tests.support.smoke import SHARED

ASK = "from scrobblerd.installation import installation as it; print(it().to_add('mutagen'))"


def staged(folder: Path, prefix: str) -> Path:
    """What `make install` puts below DESTDIR for a prefix; a home and a session must not be met."""
    require(Path(PYTHON).exists(), f"{PYTHON} is missing")
    home, root = folder / "home", folder / "root"
    home.mkdir()
    env = {"HOME": str(home), "XDG_RUNTIME_DIR": "/nonexistent", "MAKEFLAGS": "", "MAKELEVEL": ""}
    variables = f"DESTDIR={root}", f"PREFIX={prefix}", f"PYTHON={PYTHON}"
    told = run("make", "install", *variables, env=env)
    assert f"scrobblerd is in {root}{prefix}" in told
    assert not {path.name for path in home.iterdir()} & {".config", ".local"}
    return root


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local"])
def test_all_files_are_below_destdir_and_know_the_prefix(
    tmp_path: Path, needs: Needs, prefix: str
) -> None:
    needs("make")
    root = staged(tmp_path, prefix)
    there = root / prefix.lstrip("/")
    assert {path.name for path in root.iterdir()} == {prefix.split("/")[1]}
    assert [name for name in SHARED if not (there / "share" / name).is_file()] == []
    unit = (there / "lib/systemd/user" / UNIT).read_text()
    assert f"\nExecStart={prefix}/bin/scrobblerd\n" in unit
    [activation] = (there / "share/dbus-1/services").iterdir()
    assert f"\nExec={prefix}/bin/scrobblerd\n" in activation.read_text()
    [package] = there.glob("lib/python3*/*-packages/scrobblerd/__init__.py")
    packages = str(package.parents[1])
    found = {"PYTHONPATH": packages, "PATH": os.environ["PATH"]}
    version = [sys.executable, there / "bin/scrobblerctl", "--version"]
    done = subprocess.run(version, env=found, capture_output=True, text=True, check=True)
    assert __version__ in done.stdout
    asked = [sys.executable, "-c", ASK]
    done = subprocess.run(asked, env=found, capture_output=True, text=True, check=True)
    assert done.stdout == "install your distribution's python3-mutagen\n"


def test_a_package_index_gets_it_without_the_tools_of_the_tests(
    tmp_path: Path, needs: Needs
) -> None:
    needs("make")
    checkout = tmp_path / "checkout"
    for name in (*SOURCE, "CHANGELOG.md", "config.example.toml", "docs"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        checkout.mkdir(exist_ok=True)
        copy(ROOT / name, checkout / name)
    env = {"MAKEFLAGS": "", "MAKELEVEL": ""}
    told = run("make", "dist", f"PYTHON={sys.executable}", cwd=checkout, env=env)
    names = [f"scrobblerd-{__version__}-py3-none-any.whl", f"scrobblerd-{__version__}.tar.gz"]
    assert told.split()[-2:] == names
    listed = run(checkout / ".venv/bin/python", "-m", "pip", "list", "--format=freeze")
    tools = {line.partition("=")[0].lower() for line in listed.splitlines()}
    assert {"build", "hatchling"} <= tools
    assert tools & {"pytest", "pyright", "ruff", "hypothesis", "scrobblerd"} == set()
