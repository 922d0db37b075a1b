"""scrobblerctl service status: what it tells of a real service, and what helps when it is amiss."""

import json
from typing import Any

from scrobblerd import __version__
from tests.support.distributions import Environment
from tests.support.installation import NAME, UNIT, UNIT_FILE
from tests.support.waiting import until


def facts(environment: Environment, status: int = 0) -> dict[str, Any]:
    """What `--json` answers."""
    done = environment.ctl("service", "status", "--json")
    assert (done.returncode, done.stderr) == (status, ""), done
    return json.loads(done.stdout)


def helps(environment: Environment, status: int = 0) -> list[str]:
    """What helps."""
    return facts(environment, status)["remedies"]


def test_before_it_is_installed_the_command_of_this_environment_helps(
    environment: Environment,
) -> None:
    known = facts(environment, status=3)
    assert (known["installed_by"], known["prefix"]) == ("uv", str(environment.prefix))
    assert (known["unit"], known["unit_by"], known["bus_file"]) == ("", "", "")
    [remedy] = known["remedies"]
    command = remedy.removeprefix("to make it a service: ")
    environment.session.run("sh", "-c", command)
    assert environment.session.show(UNIT, "ActiveState") == "active"


def test_all_is_told_of_a_service_that_runs(environment: Environment) -> None:
    home = environment.session.home
    known = facts(environment)
    assert known == {
        "installed_by": "uv",
        "prefix": str(environment.prefix),
        "version": __version__,
        "unit": str(home / UNIT_FILE),
        "unit_by": "scrobblerctl",
        "enabled": True,
        "state": "active",
        "running_version": __version__,
        "bus_file": str(home / f".local/share/dbus-1/services/{NAME}.service"),
        "startable": True,
        "remedies": [],
    }
    shown = environment.said("service", "status")
    for words in (__version__, "by uv", str(home / UNIT_FILE), "it starts", f"{NAME}.service"):
        assert words in shown
    assert "What helps" not in shown


def test_a_stopped_service_is_not_started_by_asking(environment: Environment) -> None:
    environment.session.systemctl("stop", UNIT)
    assert helps(environment, status=3) == [f"to start it now: systemctl --user start {UNIT}"]
    assert environment.session.show(UNIT, "ActiveState") == "inactive"


def test_one_that_is_not_enabled_does_not_start_at_login(environment: Environment) -> None:
    environment.session.systemctl("disable", UNIT)
    environment.session.systemctl("start", UNIT)
    [remedy] = helps(environment)
    environment.session.run("sh", "-c", remedy.partition(": ")[2])
    assert environment.session.systemctl("is-enabled", UNIT) == "enabled"


def test_a_daemon_of_another_version_is_told_from_this_command(environment: Environment) -> None:
    [source] = environment.prefix.glob("lib/*/site-packages/scrobblerd/__init__.py")
    text = source.read_text()
    newer = text.replace(f'"{__version__}"', '"99.1"')
    environment.session.put(source, newer)
    remedies, shown = helps(environment), environment.said("service", "status")
    environment.session.put(source, text)
    assert remedies == [f"to run 99.1: systemctl --user restart {UNIT}"]
    assert f"version {__version__}, but this command is 99.1" in shown


def test_a_changed_unit_is_told(environment: Environment) -> None:
    unit = environment.session.home / UNIT_FILE
    text = unit.read_text()
    environment.session.put(unit, f"{text}# mine\n")
    known, shown = facts(environment), environment.said("service", "status")
    environment.session.put(unit, text)
    assert known["unit_by"] == "you"
    assert f"{unit} (changed by you)" in shown


def test_a_unit_that_starts_another_one_is_told_with_what_helps(environment: Environment) -> None:
    unit = environment.session.home / UNIT_FILE
    environment.session.put(unit, "[Service]\nExecStart=/opt/another/scrobblerd\n")
    [remedy] = helps(environment)
    command = remedy.partition("to start this one: ")[2]
    environment.session.run("sh", "-c", command)
    assert facts(environment)["unit_by"] == "scrobblerctl"


def test_a_daemon_that_is_no_service_is_told(environment: Environment) -> None:
    environment.session.systemctl("stop", UNIT)
    process = environment.session.start(environment.prefix / "bin" / "scrobblerd")
    listed = "busctl", "--user", "--acquired", "--no-legend", "list"
    try:
        until(lambda: NAME in environment.session.run(*listed).stdout)
        [remedy] = helps(environment)
    finally:
        process.terminate()
        process.wait()
    assert "not as a service" in remedy
