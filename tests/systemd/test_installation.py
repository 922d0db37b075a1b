"""Installed as a user installs it, under a real user manager: as root, and as nobody in particular.

One installation serves the tests of a user, in the order of this file: the last one takes it away.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Needs, require
from tests.support.installation import (
    NAME,
    NOBODY,
    OBJECT,
    UNIT,
    UNIT_FILE,
    VENV,
    Installed,
    installed_for,
    require_user_manager,
)
from tests.support.paths import ROOT
from tests.support.user_session import plain_environment
from tests.support.waiting import until

COMMAND = Path(".local/bin/scrobblerd")
CONTROL = COMMAND.with_name("scrobblerctl")
PAGES = (
    *("man/man1/scrobblerctl.1", "man/man5/scrobblerd.toml.5", "man/man8/scrobblerd.8"),
    "bash-completion/completions/scrobblerctl",
    "fish/vendor_completions.d/scrobblerctl.fish",
    "zsh/site-functions/_scrobblerctl",
)
"""What is linked below the user's share, as far as the environment has it."""


@pytest.fixture(scope="module", params=[0, NOBODY], ids=["root", "nobody"])
def installed(request: pytest.FixtureRequest, needs: Needs) -> Iterator[Installed]:
    """scrobblerd, newly installed for this user."""
    require_user_manager(needs)
    with installed_for(request.param) as new:
        yield new


def test_install_reaches_ready(installed: Installed) -> None:
    assert installed.show("ActiveState") == "active"
    assert installed.show("StatusText") == "Nothing is playing; not logged in"


def test_install_says_what_runs_and_what_to_do_next(installed: Installed) -> None:
    assert re.search(r"scrobblerd [\d.]+ runs, .*Nothing is playing; not logged in", installed.said)
    assert "Next: scrobblerctl login" in installed.said
    assert "bin is not in your PATH" in installed.said
    assert "does not look into" not in installed.said


def test_it_starts_at_every_login(installed: Installed) -> None:
    assert installed.session.systemctl("is-enabled", UNIT) == "enabled"


def test_the_command_that_adds_a_library_fits_make_install(installed: Installed) -> None:
    session = installed.session
    python = session.home / VENV / "bin/python"
    script = (
        "from scrobblerd.installation import installation;"
        "it = installation(); print(it.way, it.to_add('socksio'), it.to_update(), sep='\\n')"
    )
    way, add, update = session.run(python, "-c", script).stdout.splitlines()
    assert (way, add) == ("make install", f"{python} -m pip install socksio")
    assert update == f"make -C {installed.checkout} install"
    session.run("sh", "-c", f"{add} --quiet")
    session.run(python, "-c", "import socksio")


def test_doctor_tells_where_it_does_not(installed: Installed) -> None:
    doctor = (installed.session.home / CONTROL, "doctor")
    before = installed.session.run(*doctor, check=False).stdout
    installed.session.systemctl("disable", UNIT)
    words = installed.session.run(*doctor, check=False).stdout
    installed.session.systemctl("enable", UNIT)
    assert "autostart" not in before
    assert "systemctl --user enable scrobblerd" in words


def test_the_installed_command_runs_without_the_checkout(installed: Installed) -> None:
    assert "scrobblerd" in installed.session.run(installed.session.home / COMMAND, "--help").stdout


def test_the_installed_unit_is_clean(installed: Installed) -> None:
    unit = installed.session.home / UNIT_FILE
    done = installed.session.run("systemd-analyze", "--user", "--man=no", "verify", unit)
    assert done.stdout + done.stderr == ""


def test_it_stops_within_2_seconds(installed: Installed) -> None:
    installed.session.systemctl("start", UNIT)
    asked = time.monotonic()
    installed.session.systemctl("stop", UNIT)
    took = time.monotonic() - asked
    how = {name: installed.show(name) for name in ("Result", "ExecMainCode", "ExecMainStatus")}
    assert how == {"Result": "success", "ExecMainCode": "1", "ExecMainStatus": "0"}, installed.log
    assert took <= 2, installed.log


def test_the_first_call_starts_it(installed: Installed) -> None:
    installed.session.systemctl("stop", UNIT)
    assert '"configured" b false' in installed.call("call", "GetSettings")
    until(lambda: installed.show("ActiveState") == "active")  # READY follows the name


def test_a_bad_configuration_is_said_once_and_not_tried_again(installed: Installed) -> None:
    installed.configure("[scrobble]\nminimum_second = 20\n")
    installed.session.systemctl("stop", UNIT)
    installed.forget_log()
    installed.session.run("systemctl", "--user", "start", UNIT, check=False)
    states = [installed.show(name) for name in ("ActiveState", "ExecMainStatus", "NRestarts")]
    [line] = installed.log
    asked = installed.session.run(installed.session.home / CONTROL, "status", check=False)
    installed.configure("")
    again = installed.session.run(installed.session.home / CONTROL, "status")  # starts it
    assert "Playing     nothing" in again.stdout
    assert states == ["failed", "78", "0"]
    assert asked.returncode == 3
    assert "did you mean minimum_seconds" in asked.stderr
    assert re.search(
        rf"{installed.config}: \[scrobble\] minimum_second .*did you mean minimum_seconds", line
    )


def test_installed_again_it_is_the_new_version(installed: Installed) -> None:
    process = installed.show("MainPID")
    version = installed.call("get-property", "Version").split('"')[1]
    installed.change("daemon/scrobblerd/__init__.py", version, "99.1")
    assert "scrobblerd 99.1 runs" in installed.make("install")
    assert installed.call("get-property", "Version") == 's "99.1"\n'
    assert installed.show("MainPID") != process


@pytest.mark.parametrize("installed", [0], indirect=True, ids=["root"])
def test_without_a_session_install_says_what_to_run_in_one(installed: Installed) -> None:
    nowhere = "XDG_RUNTIME_DIR=/nonexistent", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"
    said = installed.make("install", *nowhere)
    assert f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}" in said


def test_manual_pages_and_completions_are_linked_for_the_user(installed: Installed) -> None:
    share = installed.session.home / ".local/share"
    ours = installed.session.home / VENV / "share"
    assert [(share / page).readlink() for page in PAGES] == [ours / page for page in PAGES]
    assert all((ours / page).is_file() for page in PAGES)


def test_a_page_of_another_installation_stays(installed: Installed) -> None:
    page = installed.session.home / ".local/share" / PAGES[0]
    page.unlink()
    installed.session.put(page, "mine")
    said = installed.make("install")
    text = page.read_text()
    page.unlink()
    assert text == "mine"
    assert f"{page} is of another installation, and stays" in said


@pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])
def test_no_room_for_a_page_costs_no_installation(installed: Installed) -> None:
    folder = installed.session.home / ".local/share/fish"
    installed.session.run("rm", "-r", folder)
    installed.session.put(folder, "no folder")
    said = installed.make("install")
    folder.unlink()
    assert f"{folder}/vendor_completions.d/scrobblerctl.fish can't be made, and is left out" in said
    assert "runs, now and at every login" in said


@pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])
def test_a_page_that_the_new_version_lacks_is_linked_no_more(installed: Installed) -> None:
    page = installed.session.home / ".local/share" / PAGES[2]
    (installed.away / "share" / PAGES[2]).unlink()
    installed.make("install")
    assert not page.is_symlink()


def test_uninstall_leaves_only_configuration_and_state(installed: Installed) -> None:
    config = installed.session.home / ".config/scrobblerd/config.toml"
    installed.session.put(config, "# mine\n")
    installed.make("uninstall")
    left = installed.session.tree() - installed.before
    state = {path for path in left if path.startswith(".local/state/scrobblerd/")}
    assert ".local/state/scrobblerd/scrobblerd.db" in state
    folders = {".config", ".config/scrobblerd", ".local", ".local/state", ".local/state/scrobblerd"}
    assert left - state == folders | {".config/scrobblerd/config.toml"}
    assert config.read_text() == "# mine\n"
    assert installed.show("LoadState") == "not-found"
    failed = installed.session.run("busctl", "--user", "introspect", NAME, OBJECT, check=False)
    assert failed.returncode != 0


def test_uninstalled_again_there_is_nothing_to_do(installed: Installed) -> None:
    installed.make("uninstall")
    before = installed.session.tree()
    installed.make("uninstall")
    assert installed.session.tree() == before


@pytest.mark.parametrize("installed", [0], indirect=True, ids=["root"])
def test_a_bus_that_reads_other_folders_starts_it_too(installed: Installed) -> None:
    elsewhere = f"XDG_DATA_HOME={installed.session.home / 'elsewhere'}"
    installed.make("uninstall")
    before = installed.session.tree()
    assert "the session bus does not look into" in installed.make("install", elsewhere)
    installed.session.systemctl("stop", UNIT)
    assert "enabled" in installed.call("call", "GetSettings")
    installed.make("uninstall", elsewhere)
    assert installed.session.tree() == before
    failed = installed.session.run("busctl", "--user", "introspect", NAME, OBJECT, check=False)
    assert failed.returncode != 0


# -- without a session ----------------------------------------------------------------------------


def without_session(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What install.sh says where neither systemd nor a bus can be reached."""
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "HOME": str(home)}
    return subprocess.run(
        ["sh", ROOT / "systemd" / "install.sh", *words],
        env=plain_environment() | nowhere | env,
        capture_output=True,
        text=True,
        check=False,
    )


def half_installed(home: Path, *, folder: str = ".local/share") -> Path:
    """A unit, a command, a page and an environment, but nothing else of an installation."""
    command = home / folder / "scrobblerd" / "venv" / "bin" / "scrobblerd"
    for file in (home / UNIT_FILE, command):
        file.parent.mkdir(parents=True)
        file.touch()
    page = Path(folder) / PAGES[0]
    for link, target in ((COMMAND, command), (page, command.parents[1] / "share" / PAGES[0])):
        (home / link).parent.mkdir(parents=True, exist_ok=True)
        (home / link).symlink_to(target)
    return command


def files(folder: Path) -> list[Path]:
    """All files and links in a folder."""
    return [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def test_half_an_installation_is_uninstalled(tmp_path: Path) -> None:
    half_installed(tmp_path)
    done = without_session(tmp_path, "uninstall")
    assert (done.returncode, done.stderr) == (0, "")
    assert "systemctl --user stop scrobblerd.service" in done.stdout
    assert files(tmp_path) == []


def test_the_folders_of_xdg_are_used(tmp_path: Path) -> None:
    half_installed(tmp_path, folder="elsewhere")
    without_session(tmp_path, "uninstall", XDG_DATA_HOME=str(tmp_path / "elsewhere"))
    assert files(tmp_path) == []


def test_another_installations_command_stays(tmp_path: Path) -> None:
    (tmp_path / COMMAND).parent.mkdir(parents=True)
    (tmp_path / COMMAND).write_text("of pipx")
    refused = without_session(tmp_path, "install")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "remove that" in refused.stderr
    without_session(tmp_path, "uninstall")
    assert files(tmp_path) == [tmp_path / COMMAND]


def test_sudo_is_refused(tmp_path: Path) -> None:
    require(os.geteuid() == 0, "sudo is about root")
    refused = without_session(tmp_path, "install", SUDO_USER="somebody")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "without sudo" in refused.stderr
    assert files(tmp_path) == []
