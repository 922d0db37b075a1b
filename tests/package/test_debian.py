"""The Debian package: built from the sdist, installed, started by a user's systemd, and removed.

It is installed into this very system, which only the machine that decides allows; elsewhere
SCROBBLERD_TEST_DEB=1 does.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scrobblerd import __version__
from tests.conftest import Needs, require
from tests.support.machine import alone
from tests.support.paths import ROOT
from tests.support.user_session import UserSession
from tests.support.waiting import until

UNIT = "scrobblerd.service"
PYTHON = "/usr/bin/python3"


def run(*words: str | Path) -> str:
    """What a command says; an AssertionError where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    kept["DEBIAN_FRONTEND"] = "noninteractive"
    done = subprocess.run(words, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory, needs: Needs) -> Path:
    """The package."""
    needs("dpkg-buildpackage", "dh", "pybuild")
    folder = tmp_path_factory.mktemp("deb")
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", folder, ROOT)
    run("sh", "debian/build.sh", *folder.glob("*.tar.gz"), folder)
    [found] = folder.glob("*.deb")
    return found


@pytest.fixture(scope="module")
def installed(deb: Path) -> Iterator[None]:
    """The package is in this system meanwhile."""
    wanted = {"SCROBBLERD_REQUIRE_ALL", "SCROBBLERD_TEST_DEB"} & os.environ.keys()
    require(wanted, "SCROBBLERD_TEST_DEB=1 lets the package be installed into this system")
    require(os.geteuid() == 0, "to install a package needs root")
    install = ("apt-get", "install", "--yes", "--no-install-recommends")
    with alone():
        run(*install, "-o", "Acquire::Retries=3", deb)
        try:
            yield
        finally:
            run("apt-get", "purge", "--yes", "scrobblerd")


def test_the_package_has_the_version_and_needs_what_is_in_debian(deb: Path) -> None:
    about = run("dpkg-deb", "--field", deb, "Version", "Depends")
    assert f"Version: {__version__}" in about
    for name in ("aiosqlite", "dbus-next", "httpx", "rich", "sdnotify", "segno", "tomli-w"):
        assert f"python3-{name}" in about


def test_every_file_is_where_debian_looks_for_it(deb: Path) -> None:
    names = {line.split()[5].removeprefix("./") for line in _contents(deb)}
    wanted = {
        *("usr/bin/scrobblerd", "usr/bin/scrobblerctl"),
        "usr/lib/systemd/user/scrobblerd.service",
        "usr/share/dbus-1/services/org.scrobblerd.Scrobbler1.service",
        "usr/share/bash-completion/completions/scrobblerctl",
        "usr/share/zsh/vendor-completions/_scrobblerctl",
        "usr/share/fish/vendor_completions.d/scrobblerctl.fish",
        "usr/share/man/man1/scrobblerctl.1.gz",
        "usr/share/man/man5/scrobblerd.toml.5.gz",
        "usr/share/man/man8/scrobblerd.8.gz",
        "usr/share/applications/scrobblerd.desktop",
        "usr/share/icons/hicolor/scalable/apps/scrobblerd.svg",
        "usr/share/metainfo/org.scrobblerd.scrobblerd.metainfo.xml",
        "usr/share/doc/scrobblerd/README.md",
        "usr/share/doc/scrobblerd/CHANGELOG.md",
        "usr/share/doc/scrobblerd/config.example.toml",
        "usr/share/doc/scrobblerd/docs/troubleshooting.md",
    }
    assert wanted - names == set()
    assert not [name for name in names if name.startswith("usr/lib/python3/dist-packages/tests")]


def _contents(deb: Path) -> list[str]:
    return run("dpkg-deb", "--contents", deb).splitlines()


@pytest.mark.usefixtures("installed")
def test_it_works_with_the_libraries_of_debian() -> None:
    assert "it works" in run(PYTHON, "-m", "tests.support.smoke")


@pytest.mark.usefixtures("installed")
def test_a_users_systemd_starts_it_at_the_first_call(needs: Needs) -> None:
    needs("busctl", "systemctl", "unshare", "nsenter", "setpriv")
    with UserSession(65534) as session:
        status = session.run("/usr/bin/scrobblerctl", "status").stdout
        assert f"scrobblerd  {__version__}" in status
        assert "scrobblerctl login" in status
        until(lambda: session.show(UNIT, "ActiveState") == "active")  # READY follows the name
        assert session.systemctl("is-enabled", UNIT) == "enabled"


@pytest.mark.usefixtures("installed")
def test_its_service_and_its_remedies_are_those_of_the_package(needs: Needs) -> None:
    needs("busctl", "systemctl", "unshare", "nsenter", "setpriv")
    ask = "from scrobblerd.installation import installation as i; print(i().to_add('socksio'))"
    assert run(PYTHON, "-c", ask) == "sudo apt install python3-socksio\n"
    with UserSession(65534) as session:
        told = session.run("/usr/bin/scrobblerctl", "service", "install").stdout
        assert f"Uses /usr/lib/systemd/user/{UNIT}, which came with a Debian package" in told
        assert session.tree() & {f".config/systemd/user/{UNIT}"} == set()
        shown = session.run("/usr/bin/scrobblerctl", "service", "status").stdout
        assert f"/usr/lib/systemd/user/{UNIT} (of a package)" in shown
        assert "What helps" not in shown
        session.run("/usr/bin/scrobblerctl", "service", "remove")
        assert session.show(UNIT, "ActiveState") == "inactive"


@pytest.mark.usefixtures("installed")
def test_the_manual_pages_are_found(needs: Needs) -> None:
    needs("man")
    assert "scrobblerctl.1" in run("man", "--where", "scrobblerctl")
