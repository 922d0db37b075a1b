"""How scrobblerd was installed, found out in real environments of pip, pipx and uv; and that the
commands that are named for each of them do what they are named for."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from scrobblerd import installation as module
from scrobblerd.installation import EXTRAS, Installation, Way, installation
from tests.support.distributions import BIN, only_from, run
from tests.support.installation import PYTHON
from tests.support.paths import ROOT

ASK = """
import json
from scrobblerd.installation import installation
it = installation()
print(json.dumps({
    "way": it.way, "prefix": str(it.prefix), "add": it.to_add("mutagen"), "update": it.to_update(),
    "serve": it.to_serve(), "temporary": it.is_temporary, "packaged": it.is_packaged,
    "command": str(it.command("scrobblerd")), "exists": it.command("scrobblerd").exists(),
}))
"""


class Home:
    """A home in which pip, pipx and uv know one folder of wheels, and nothing else."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder, self.wheels = folder, wheels
        self.env = {
            "HOME": str(folder),
            "PIPX_DEFAULT_PYTHON": sys.executable,
            "PATH": f"{folder}/.local/bin:{BIN}:/usr/bin:/bin",
            "UV_CACHE_DIR": str(folder / "uv"),
            **dict.fromkeys(("VIRTUAL_ENV", "XDG_CACHE_HOME", "XDG_DATA_HOME", "PIPX_HOME"), ""),
            **only_from(wheels),
        }

    def run(self, *words: str | Path) -> str:
        """What a command says in it."""
        return run(*words, cwd=self.folder, env=self.env)

    def ask(self, python: Path) -> dict[str, object]:
        """What the installation that this Python has knows of itself."""
        return json.loads(self.run(python, "-P", "-c", ASK))


def by_pip(home: Home) -> Path:
    home.run(sys.executable, "-m", "venv", home.folder / "env")
    python = home.folder / "env/bin/python"
    home.run(python, "-m", "pip", "install", "--quiet", "scrobblerd")
    return python


def by_uv(home: Home) -> Path:
    home.run("uv", "venv", "--quiet", "--python", sys.executable, home.folder / "env")
    python = home.folder / "env/bin/python"
    home.run("uv", "pip", "install", "--quiet", "--python", python, "scrobblerd")
    return python


def by_uv_tool(home: Home) -> Path:
    home.run("uv", "tool", "install", "--quiet", "--python", sys.executable, "scrobblerd")
    return home.folder / ".local/share/uv/tools/scrobblerd/bin/python"


def by_pipx(home: Home) -> Path:
    home.run("pipx", "install", "--quiet", "scrobblerd")
    [python] = home.folder.glob(".local/**/venvs/scrobblerd/bin/python")
    return python


PIP_INSTALL = "{python} -m pip install 'scrobblerd[library]'"
WAYS: dict[str, tuple[Callable[[Home], Path], str, str]] = {
    "pip": (by_pip, PIP_INSTALL, "{python} -m pip install --upgrade scrobblerd"),
    "uv": (
        by_uv,
        "uv pip install --python {python} 'scrobblerd[library]'",
        "uv pip install --python {python} --upgrade scrobblerd",
    ),
    "uv tool": (
        by_uv_tool,
        "uv tool install 'scrobblerd[library]'",
        "uv tool upgrade scrobblerd",
    ),
    "pipx": (by_pipx, "pipx inject scrobblerd mutagen", "pipx upgrade scrobblerd"),
}
"""How each installs it, and the words that add a library and update it."""


@pytest.fixture
def home(tmp_path: Path, wheels: Path) -> Home:
    """An empty home."""
    return Home(tmp_path, wheels)


@pytest.mark.parametrize("way", WAYS)
def test_each_installer_is_known_and_its_command_adds_a_library(home: Home, way: str) -> None:
    install, add, update = WAYS[way]
    python = install(home)
    known = home.ask(python)
    assert (known["way"], known["temporary"], known["packaged"]) == (way, False, False)
    assert known["command"] == str(python.with_name("scrobblerd"))
    assert known["exists"]
    assert known["add"] == add.format(python=python)
    assert known["update"] == update.format(python=python)
    has_it = python, "-c", "import mutagen"
    assert run(python, "-c", "import scrobblerd", env=home.env) == ""
    assert subprocess.run(has_it, capture_output=True, check=False).returncode != 0
    home.run("sh", "-c", str(known["add"]))
    subprocess.run(has_it, check=True)
    home.run("sh", "-c", str(known["update"]))
    subprocess.run(has_it, check=True)
    assert str(known["serve"]).endswith("scrobblerctl service install")
    assert "Would write" in home.run("sh", "-c", f"{known['serve']} --dry-run")


def test_where_it_is_called_by_its_name_the_name_is_enough(home: Home) -> None:
    known = home.ask(by_uv_tool(home))
    assert known["serve"] == "scrobblerctl service install"


@pytest.mark.parametrize("command", ["uvx --from scrobblerd scrobblerctl", "pipx run --spec"])
def test_an_environment_that_is_deleted_some_day_gets_no_service(home: Home, command: str) -> None:
    words = shlex.split(command)
    if words[0] == "pipx":
        words += ["scrobblerd", "scrobblerctl"]
    done = subprocess.run(
        [*words, "service", "install"],
        env=home.env,
        cwd=home.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done
    assert "will be deleted some day" in done.stderr
    assert "pipx install scrobblerd" in done.stderr
    assert not (home.folder / ".config").exists()


def test_pip_for_the_user_alone(home: Home) -> None:
    """Without an environment, as on systems on which pip still may; elsewhere it must be told."""
    managed = list(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED"))
    pip = sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "--user"
    home.run(*pip, *(["--break-system-packages"] if managed else []), "scrobblerd")
    known = home.ask(Path(PYTHON))
    assert known["way"] == "pip --user"
    assert known["command"] == str(home.folder / ".local/bin/scrobblerd")
    option = " --break-system-packages" if managed else ""
    added = f"{PYTHON} -m pip install --user{option} 'scrobblerd[library]'"
    assert known["add"] == added


# -- words ----------------------------------------------------------------------------------------

HERE = Path("/home/ann smith/env")


@pytest.mark.parametrize(
    ("way", "origin", "add", "update"),
    [
        (
            Way.MAKE,
            "file:///home/ann%20smith/src",
            "'/home/ann smith/env/bin/python' -m pip install socksio",
            "make -C '/home/ann smith/src' install",
        ),
        (
            Way.PIP,
            "git+https://example.org/scrobblerd",
            "'/home/ann smith/env/bin/python' -m pip install socksio",
            "'/home/ann smith/env/bin/python' -m pip install --upgrade"
            " git+https://example.org/scrobblerd",
        ),
        (
            Way.UV_TOOL,
            "file:///tmp/src",
            "uv tool install 'scrobblerd[socks] @ file:///tmp/src'",
            "uv tool upgrade env",
        ),
        (
            Way.PIP,
            "",
            "'/home/ann smith/env/bin/python' -m pip install 'scrobblerd[socks]'",
            "'/home/ann smith/env/bin/python' -m pip install --upgrade scrobblerd",
        ),
        (
            Way.UV,
            "git+https://example.org/scrobblerd",
            "uv pip install --python '/home/ann smith/env/bin/python' socksio",
            "uv pip install --python '/home/ann smith/env/bin/python' --upgrade"
            " git+https://example.org/scrobblerd",
        ),
        (Way.UV_TOOL, "", "uv tool install 'scrobblerd[socks]'", "uv tool upgrade env"),
        (Way.PIPX, "", "pipx inject env socksio", "pipx upgrade env"),
        (
            Way.MAKE,
            "",
            "'/home/ann smith/env/bin/python' -m pip install socksio",
            "make -C CHECKOUT install",
        ),
        (
            Way.DEB,
            "",
            "sudo apt install python3-socksio",
            "sudo apt install --only-upgrade scrobblerd",
        ),
        (
            Way.DISTRIBUTION,
            "",
            "install your distribution's python3-socksio",
            "update your distribution's scrobblerd",
        ),
    ],
    ids=lambda value: value if isinstance(value, Way) else "",
)
def test_the_words_fit_the_way_and_are_ready_to_be_run(
    way: Way, origin: str, add: str, update: str
) -> None:
    known = Installation(way, HERE, HERE / "bin/python", origin)
    assert (known.to_add("socksio"), known.to_update()) == (add, update)
    run_it = "" if way is Way.DISTRIBUTION else "run "
    assert known.how_to_add("socksio") == f"{run_it}{add}"


def test_the_extras_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        name: lines for name, lines in project["optional-dependencies"].items() if name != "dev"
    }
    assert {re.split(r"\W", line)[0]: name for name, [line] in extras.items()} == EXTRAS


def test_the_one_that_runs_these_tests_is_known_too() -> None:
    known = installation()
    assert not known.is_packaged
    assert known.prefix == Path(sys.prefix)
    assert module.PROJECT in known.to_update() or known.origin in known.to_update()
