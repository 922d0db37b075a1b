"""scrobblerctl service install and remove, under a real user manager, from an environment at a path
that is hard to write down. The tests stand in the order in which a user would meet them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from scrobblerd.ctl.client import Client
from scrobblerd.ctl.display.screen import Screen
from scrobblerd.ctl.service.service_commands import make_startable
from scrobblerd.ctl.service.service_files import Files, Places
from scrobblerd.installation import Installation, Way
from tests.conftest import require
from tests.support.distributions import Environment
from tests.support.installation import NAME, OBJECT, UNIT, UNIT_FILE
from tests.support.user_session import plain_environment
from tests.support.waiting import until

BUS_FILE = Path(".local/share/dbus-1/services") / f"{NAME}.service"
ANOTHER = "[Service]\nExecStart=/opt/another/scrobblerd\n"
NO_SYSTEMD = "PATH=/nonexistent"
NO_SESSION = ("XDG_RUNTIME_DIR=/nonexistent", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")


def unit(environment: Environment) -> Path:
    """The user's unit."""
    return environment.session.home / UNIT_FILE


def bus_file(environment: Environment) -> Path:
    """The user's D-Bus file."""
    return environment.session.home / BUS_FILE


def can_be_called(environment: Environment) -> bool:
    """Whether the bus has or starts the daemon."""
    call = "busctl", "--user", "introspect", NAME, OBJECT
    return environment.session.run(*call, check=False).returncode == 0


def test_a_dry_run_shows_the_files_and_writes_none(environment: Environment) -> None:
    shown = environment.said("service", "install", "--dry-run")
    assert f"Would write {unit(environment)}:" in shown
    assert f"Would write {bus_file(environment)}:" in shown
    assert "ExecStart=" in shown
    assert environment.left() == set()


def test_nothing_that_was_written_is_nothing_to_remove(environment: Environment) -> None:
    assert "nothing to remove" in environment.said("service", "remove")
    assert environment.left() == set()


def test_install_writes_both_files_and_starts_the_daemon_of_this_environment(
    environment: Environment,
) -> None:
    told = environment.said("service", "install")
    assert all(f"Wrote {path}" in told for path in (unit(environment), bus_file(environment)))
    assert re.search(r"scrobblerd [\d.]+ runs, now and at every login: Nothing is playing", told)
    assert "Next: scrobblerctl login" in told
    session = environment.session
    assert session.show(UNIT, "ActiveState") == "active"
    assert session.systemctl("is-enabled", UNIT) == "enabled"
    process = session.show(UNIT, "MainPID")
    command = session.run("cat", f"/proc/{process}/cmdline").stdout.split("\0")
    assert str(environment.prefix / "bin" / "scrobblerd") in command


def test_the_unit_is_clean(environment: Environment) -> None:
    verify = "systemd-analyze", "--user", "--man=no", "verify", unit(environment)
    done = environment.session.run(*verify)
    assert done.stdout + done.stderr == ""


def test_a_reload_says_whether_the_configuration_was_taken(environment: Environment) -> None:
    session = environment.session
    config = session.home / ".config/scrobblerd/config.toml"
    reload = "systemctl", "--user", "reload", UNIT
    assert session.run(*reload, check=False).returncode == 0
    session.put(config, "[scrobble]\nminimum_second = 20\n")
    failed = session.run(*reload, check=False).returncode
    session.run("rm", "-r", config.parent)
    assert failed != 0


def test_a_call_starts_it(environment: Environment) -> None:
    environment.session.systemctl("stop", UNIT)
    assert "scrobblerd" in environment.said("status")
    until(lambda: environment.session.show(UNIT, "ActiveState") == "active")


def test_installed_again_the_files_are_as_before_and_it_is_restarted(
    environment: Environment,
) -> None:
    before, process = environment.left(), environment.session.show(UNIT, "MainPID")
    told = environment.said("service", "install")
    assert f"Unchanged: {unit(environment)}" in told
    assert f"Unchanged: {bus_file(environment)}" in told
    assert environment.left() == before
    assert environment.session.show(UNIT, "MainPID") != process


def test_an_edit_of_the_users_stays_until_it_is_forced(environment: Environment) -> None:
    text = unit(environment).read_text()
    environment.session.put(unit(environment), f"{text}# mine\n")
    assert f"Kept: {unit(environment)}, which you changed" in environment.said("service", "install")
    assert unit(environment).read_text() == f"{text}# mine\n"
    assert environment.session.show(UNIT, "ActiveState") == "active"
    assert f"Kept: {unit(environment)}, which you changed" in environment.said("service", "remove")
    assert unit(environment).read_text() == f"{text}# mine\n"
    assert not bus_file(environment).exists()
    assert f"Wrote {unit(environment)}" in environment.said("service", "install", "--force")
    assert unit(environment).read_text() == text


def test_an_older_version_of_the_files_is_written_anew(environment: Environment) -> None:
    record = environment.session.home / ".local/share/scrobblerd/service.json"
    text = unit(environment).read_text()
    older = text.replace("RestartSec=5\n", "RestartSec=6\n")
    python = environment.prefix / "bin" / "python"
    script = (
        "import hashlib, json, pathlib, sys\n"
        "record, unit, text = sys.argv[1:]\n"
        "pathlib.Path(unit).write_text(text)\n"
        "kept = json.loads(pathlib.Path(record).read_text())\n"
        "kept['files'][unit] = hashlib.sha256(text.encode()).hexdigest()\n"
        "pathlib.Path(record).write_text(json.dumps(kept))\n"
    )
    environment.session.run(python, "-c", script, record, unit(environment), older)
    assert f"Wrote {unit(environment)}" in environment.said("service", "install")
    assert unit(environment).read_text() == text


def test_remove_leaves_configuration_and_state_and_nothing_else(environment: Environment) -> None:
    config = environment.session.home / ".config/scrobblerd/config.toml"
    environment.session.put(config, "# mine\n")
    told = environment.said("service", "remove")
    assert f"Removed {unit(environment)}" in told
    assert "configuration and the state" in told
    assert environment.left() == {".config", ".config/scrobblerd", ".config/scrobblerd/config.toml"}
    environment.session.run("rm", "-r", config.parents[1])
    assert environment.session.show(UNIT, "LoadState") == "not-found"
    assert not can_be_called(environment)
    state = environment.session.home / ".local/state/scrobblerd/scrobblerd.db"
    assert state.exists()


def test_the_unit_of_another_installation_is_not_written_over(environment: Environment) -> None:
    environment.session.put(unit(environment), ANOTHER)
    refused = environment.refused("service", "install")
    assert f"{unit(environment)} is there already, and starts another scrobblerd" in refused
    assert unit(environment).read_text() == ANOTHER
    assert "not written by this command" in environment.refused("service", "remove")
    assert unit(environment).read_text() == ANOTHER
    assert f"Wrote {unit(environment)}" in environment.said("service", "install", "--force")
    environment.said("service", "remove")
    assert environment.left() == {".config", ".config/systemd", ".config/systemd/user"}
    environment.session.run("rm", "-r", environment.session.home / ".config")


def test_the_unit_of_a_package_comes_first_unless_it_is_forced(environment: Environment) -> None:
    folder = "/run/systemd/user"  # as good as /usr/lib/systemd/user, but of the session's own world
    script = f"mkdir -p {folder} && printf '{ANOTHER}' >{folder}/{UNIT}"
    environment.session.run_as_root("sh", "-c", script.replace("\n", "\\n"))
    refused = environment.refused("service", "install")
    left = environment.left()
    forced = environment.said("service", "install", "--force")
    environment.said("service", "remove")
    environment.session.run_as_root("rm", f"{folder}/{UNIT}")
    assert f"a package has a service for everybody: {folder}/{UNIT}" in refused
    assert left == set()
    assert "runs, now and at every login" in forced


def test_without_a_session_it_says_what_to_run_in_one(environment: Environment) -> None:
    told = environment.said("service", "install", env=NO_SESSION)
    assert f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}" in told
    assert unit(environment).exists()
    removed = environment.said("service", "remove", env=NO_SESSION)
    assert f"systemctl --user stop {UNIT}" in removed
    assert environment.left() == set()


def test_without_systemd_a_call_starts_it_and_the_desktop_can_at_login(
    environment: Environment,
) -> None:
    control = environment.prefix / "bin" / "scrobblerctl"
    script = '"$0" service install && "$0" status && "$0" service status'
    words = "dbus-run-session", "--", "env", NO_SYSTEMD, "/bin/sh", "-c", script, control
    told = environment.session.run(*words).stdout
    assert "There is no systemd here" in told
    assert f"let your desktop start {environment.prefix}/bin/scrobblerd" in told
    assert "Playing     nothing" in told
    assert not unit(environment).exists()
    assert "there is no systemd here" in told
    environment.said("service", "remove", env=(NO_SYSTEMD,))
    assert environment.left() == set()


def test_sudo_is_refused(tmp_path: Path) -> None:
    require(os.geteuid() == 0, "sudo is about root")
    done = subprocess.run(
        [sys.executable, "-m", "scrobblerd.ctl", "service", "install"],
        env=plain_environment() | {"HOME": str(tmp_path), "SUDO_USER": "somebody"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "without sudo" in done.stderr
    assert list(tmp_path.iterdir()) == []


async def test_a_package_whose_files_the_bus_does_not_see_can_be_called_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places(tmp_path / "config", tmp_path / "data", tmp_path / "run")
    package = Installation(Way.DISTRIBUTION, Path(sys.prefix), Path(sys.executable))
    with PrivateBus([tmp_path / "run/dbus-1/services"]) as bus:
        for name, value in bus.env().items():
            monkeypatch.setenv(name, value)
        await make_startable(package, places, Files(places), Screen())
        async with Client.connected() as client:
            assert await client.startable()
    assert "the session bus does not look at the package's file" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["install", "remove"])
def test_both_explain_themselves(environment: Environment, action: str) -> None:
    assert "--dry-run" in environment.said("service", action, "--help")
