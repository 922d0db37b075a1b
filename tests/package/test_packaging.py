"""What is built from this checkout: whole, and it works in an environment of its own.

The oldest Python of pyproject is this one in CI; others are tried where they are on the machine.
"""

import os
import re
import sys
import tarfile
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from scrobblerd import __version__
from tests.conftest import Needs
from tests.support.distributions import run
from tests.support.paths import ROOT
from tests.support.smoke import SHARED

WHEEL_ONLY = (
    "scrobblerd/storage/migrations/001.sql",
    "scrobblerd/storage/migrations/002.sql",
    "scrobblerd/storage/migrations/003.sql",
    "scrobblerd/ctl/display/page.html",
    "scrobblerd/py.typed",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

NEWER = (12, 13)
"""Versions of Python 3 above the oldest, which the package says that it runs with."""

AT_THE_LOWEST = (
    "accounts/test_keyring.py",
    "config/test_toml_file.py",
    "control/test_submit.py",
    "ctl/test_login.py",
    "ctl/test_screen.py",
    "library/test_scan_process.py",
    *(f"services/test_{name}.py" for name in ("base", "client", "http", "proxy", "transport")),
    "storage/test_plays.py",
    "storage/test_queue.py",
)
"""Tests that go through every library, run with the lowest versions. Of `services` those that send:
the others read and write what is the same under any library."""


def interpreters() -> list[str]:
    """This Python, and newer ones that are on the machine."""
    found = {sys.version_info.minor: sys.executable}
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += sorted(
        Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv").glob("versions/*/bin")
    )
    for minor in NEWER:
        for folder in folders:
            python = folder / f"python3.{minor}"
            if minor not in found and "shims" not in folder.parts and python.is_file():
                found[minor] = str(python)
    return list(found.values())


def environment(folder: Path, python: str, *wanted: str | Path) -> Path:
    """The Python of a new environment with `wanted` in it."""
    run(python, "-m", "venv", folder)
    pip = (folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "install")
    run(*pip, "--quiet", *wanted)
    return folder / "bin/python"


# What is in it


def test_the_wheel_holds_the_package_and_what_belongs_into_share(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert set(WHEEL_ONLY) <= set(names)
    shared = f"scrobblerd-{__version__}.data/data/share/"
    assert sorted(name.removeprefix(shared) for name in names if name.startswith(shared)) == list(
        SHARED
    )
    tops = {name.split("/")[0] for name in names}
    assert tops == {
        "scrobblerd",
        f"scrobblerd-{__version__}.data",
        f"scrobblerd-{__version__}.dist-info",
    }


def test_the_version_stands_in_one_place(wheel: Path, sdist: Path) -> None:
    metadata = zipfile.ZipFile(wheel).read(f"scrobblerd-{__version__}.dist-info/METADATA")
    assert HeaderParser().parsestr(metadata.decode())["Version"] == __version__
    assert sdist.name == f"scrobblerd-{__version__}.tar.gz"
    texts = [path for name in ("daemon", "systemd", "debian") for path in (ROOT / name).rglob("*")]
    quoted = [
        path
        for path in [*texts, ROOT / "pyproject.toml", ROOT / "Makefile"]
        if path.is_file() and f'"{__version__}"'.encode() in path.read_bytes()
    ]
    assert quoted == [ROOT / "daemon" / "scrobblerd" / "__init__.py"]


def test_the_metadata_say_who_where_and_under_which_licence(wheel: Path) -> None:
    raw = zipfile.ZipFile(wheel).read(f"scrobblerd-{__version__}.dist-info/METADATA").decode()
    metadata = HeaderParser().parsestr(raw)
    urls = dict(line.split(", ") for line in metadata.get_all("Project-URL", []))
    assert {"Homepage", "Documentation", "Source", "Issues", "Changelog"} == set(urls)
    control = (ROOT / "debian/control").read_text(encoding="utf-8")
    assert f"Homepage: {urls['Homepage']}\n" in control
    assert metadata["Author-email"] in control
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    classifiers = metadata.get_all("Classifier", [])
    assert [line for line in classifiers if line.startswith("License")] == []
    assert "Development Status :: 4 - Beta" in classifiers
    versions = [line.rpartition(" ")[2] for line in classifiers if " :: Python :: 3." in line]
    assert versions == ["3.11", *(f"3.{minor}" for minor in NEWER)]


def test_no_link_of_the_description_needs_the_repository_around_it(wheel: Path) -> None:
    raw = zipfile.ZipFile(wheel).read(f"scrobblerd-{__version__}.dist-info/METADATA").decode()
    metadata = HeaderParser().parsestr(raw)
    assert metadata["Description-Content-Type"] == "text/markdown"
    targets = re.findall(r"\]\(([^)\s]+)\)", str(metadata.get_payload()))
    base = f"{PROJECT['urls']['Source']}/blob/main/"
    ours = [target.removeprefix(base) for target in targets if target.startswith(base)]
    assert [target for target in targets if not target.startswith("https://")] == []
    assert "docs/troubleshooting.md" in ours
    assert [path for path in ours if not (ROOT / path.partition("#")[0]).exists()] == []


def test_the_desktops_files_are_valid(needs: Needs) -> None:
    needs("appstreamcli", "desktop-file-validate")
    [about] = (ROOT / "share/metainfo").iterdir()
    [entry] = (ROOT / "share/applications").iterdir()
    run("appstreamcli", "validate", "--no-net", about)
    run("desktop-file-validate", entry)
    homepage = f'<url type="homepage">{PROJECT["urls"]["Homepage"]}</url>'
    assert homepage in about.read_text(encoding="utf-8")
    assert "\nNoDisplay=true\n" in entry.read_text(encoding="utf-8")
    icon = ROOT / "share/icons/hicolor/scalable/apps/scrobblerd.svg"
    assert "<svg " in icon.read_text(encoding="utf-8")


def test_the_sdist_holds_all_that_a_packager_needs(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "config.example.toml"}
    wanted |= {"systemd/scrobblerd.service", "tests/conftest.py", "lab/bus.py", "debian/rules"}
    assert wanted - names == set()
    assert not [
        name for name in names if "__pycache__" in name or name.startswith((".venv", "dist"))
    ]


# That it works


@pytest.mark.parametrize("python", interpreters(), ids=lambda path: Path(path).name)
def test_the_wheel_works_in_a_clean_environment(python: str, wheel: Path, tmp_path: Path) -> None:
    installed = environment(tmp_path / "venv", python, wheel)
    assert "it works" in run(installed, "-m", "tests.support.smoke")
    assert not [name for name in SHARED if not (tmp_path / "venv/share" / name).is_file()]
    for command in ("scrobblerd", "scrobblerctl"):
        assert __version__ in run(installed.with_name(command), "--version", cwd=tmp_path)


def test_the_sdist_works_too(sdist: Path, tmp_path: Path) -> None:
    installed = environment(tmp_path / "venv", sys.executable, f"{sdist}[library]")
    assert "it works" in run(installed, "-m", "tests.support.smoke")


def test_it_works_with_the_lowest_versions_that_it_admits(wheel: Path, tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["library"], *extras["keyring"]]
    pins.write_text("\n".join(line.replace(" >= ", "==") for line in wanted) + "\n")
    tools = ("pytest", "pytest-asyncio", "hypothesis")
    installed = environment(
        tmp_path / "venv",
        sys.executable,
        f"{wheel}[library,keyring]",
        *tools,
        "--constraint",
        str(pins),
    )
    assert "it works" in run(installed, "-m", "tests.support.smoke")
    modules = [f"tests/{name}" for name in AT_THE_LOWEST]
    said = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", *modules)
    assert re.search(r"\d+ passed", said)


def test_the_lower_bounds_admit_debian_12() -> None:
    debian = {"httpx": "0.23.3", "tomli-w": "1.0.0", "sdnotify": "0.3.1", "rich": "13.3.1"}
    bounds = dict(line.split(" >= ") for line in PROJECT["dependencies"])
    assert {name: bounds[name] for name in debian} == debian
