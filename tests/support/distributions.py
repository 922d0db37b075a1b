"""What is built from this checkout, and environments that have it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Needs
from tests.support.installation import NOBODY, PYTHON, require_user_manager
from tests.support.paths import ROOT
from tests.support.user_session import UserSession

BIN = Path(sys.executable).parent
"""Where the tools of the tests are."""


def run(
    *words: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None, check: bool = True
) -> str:
    """What a command says; an AssertionError where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        words, cwd=cwd, env=kept | (env or {}), capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    [found] = dist.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(dist: Path) -> Path:
    """The sdist."""
    [found] = dist.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def wheels(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and all that it needs: a package index without a network."""
    folder = tmp_path_factory.mktemp("wheels")
    wanted = f"{wheel}[library]", "pip", "setuptools"
    pip = sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"
    run(*pip, "--wheel-dir", folder, *wanted)
    return folder


def only_from(wheels: Path) -> dict[str, str]:
    """The environment under which pip, pipx and uv know no other index."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COMPILE": "1",
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": str(wheels),
    }


class Environment:
    """A Python environment in a user's session, at a path that is hard to write down."""

    def __init__(self, session: UserSession, wheels: Path) -> None:
        self.session = session
        self.prefix = session.home / "It's 100% music; all mine" / "env"
        uv, index = session.folder / "uv", session.folder / "wheels"
        shutil.copy(BIN / "uv", uv)
        shutil.copytree(wheels, index)
        index.chmod(0o755)  # for that user
        session.env |= only_from(index) | {"UV_CACHE_DIR": str(session.folder / "cache")}
        (session.folder / "cache").mkdir()
        os.chown(session.folder / "cache", session.uid, session.uid)
        session.run(uv, "venv", "--quiet", "--python", PYTHON, self.prefix)
        python = self.prefix / "bin" / "python"
        session.run(uv, "pip", "install", "--quiet", "--python", python, "scrobblerd")
        session.run(python, "-m", "compileall", "-q", self.prefix)
        self.before = session.tree()

    def ctl(self, *words: str, env: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run its scrobblerctl, with more in the environment."""
        control = self.prefix / "bin" / "scrobblerctl"
        return self.session.run("env", *env, control, *words, check=False)

    def said(self, *words: str, env: tuple[str, ...] = ()) -> str:
        """What its scrobblerctl says; an AssertionError where it fails."""
        done = self.ctl(*words, env=env)
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    def refused(self, *words: str, env: tuple[str, ...] = ()) -> str:
        """The one line with which its scrobblerctl refuses."""
        done = self.ctl(*words, env=env)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done
        return done.stderr

    def left(self) -> set[str]:
        """What is in the home, and was not there before; without the state."""
        new = self.session.tree() - self.before
        own = str(self.prefix.relative_to(self.session.home))
        kept = (f"{own}/", ".local/state")
        return {path for path in new if not path.startswith(kept) and path != ".local"}


@contextmanager
def environment_of(uid: int, wheels: Path) -> Generator[Environment]:
    """An environment of this user, in a session."""
    with UserSession(uid) as session:
        yield Environment(session, wheels)


@pytest.fixture(scope="module")
def environment(needs: Needs, request: pytest.FixtureRequest) -> Iterator[Environment]:
    """An environment of nobody in particular, in a session."""
    require_user_manager(needs)
    with environment_of(NOBODY, request.getfixturevalue("wheels")) as made:
        yield made
