"""A daemon on another session bus, as under dbus-run-session: the commands say where it is."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from tests.support.daemon_bench import Bench, running
from tests.support.scrobblerctl import CTL, refused


@pytest.fixture
def startable(tmp_path: Path) -> Path:
    """A folder with a service file: a bus that has it starts the daemon."""
    services = tmp_path / "services"
    services.mkdir()
    world = f"HOME={tmp_path / 'home'} DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent"
    command = f"/usr/bin/env {world} {sys.executable} -m scrobblerd"
    service = f"[D-BUS Service]\nName=org.scrobblerd.Scrobbler1\nExec={command}\n"
    (services / "org.scrobblerd.Scrobbler1.service").write_text(service)
    return services


@pytest.fixture(params=[False, True], ids=["nothing-starts-it", "the-bus-starts-it"])
def other(request: pytest.FixtureRequest, startable: Path) -> Iterator[PrivateBus]:
    """Another bus of the same user."""
    with PrivateBus([startable] if request.param else []) as bus:
        yield bus


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with running(tmp_path / "home") as started:
        yield started


@pytest.mark.parametrize("command", [["status"], ["pause"], ["history"]])
def test_a_command_says_which_process_is_on_which_bus_and_how_to_ask_it(
    bench: Bench, other: PrivateBus, command: list[str]
) -> None:
    words = refused(bench, 3, *command, env=other.env())
    assert words.startswith("scrobblerctl: scrobblerd runs, but not on this session bus")
    assert f"process {bench.daemon.pid}, on the session bus {bench.bus.address};" in words
    assert f"kill {bench.daemon.pid}" in words
    advice = words.partition("to ask it there: ")[2].partition(" scrobblerctl")[0]
    asked = bench.run(f"{advice} {shlex.join([*CTL, *command])}")
    assert (asked.returncode, asked.stderr) == (0, "")


def test_doctor_says_it_too(bench: Bench, other: PrivateBus) -> None:
    done = bench.run(
        [
            "env",
            *[f"{name}={value}" for name, value in other.env().items()],
            *CTL,
            "doctor",
            "--json",
        ]
    )
    [bus, name] = json.loads(done.stdout)
    assert (done.returncode, bus["ok"], name["ok"]) == (3, True, False)
    assert f"process {bench.daemon.pid}, on the session bus {bench.bus.address}" in name["message"]
    assert f"kill {bench.daemon.pid}" in name["remedy"]
    assert "systemctl" not in name["remedy"]


def test_where_there_is_no_bus_at_all_it_says_so(bench: Bench) -> None:
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    words = refused(bench, 3, "status", env=nowhere)
    assert "there is no session bus here" in words
    assert f"process {bench.daemon.pid}, on the session bus {bench.bus.address};" in words
    assert "kill" not in words


def test_a_daemon_that_was_killed_is_nowhere(bench: Bench) -> None:
    bench.daemon.kill()
    with PrivateBus() as other:
        assert "is not running" in refused(bench, 3, "status", env=other.env())


def test_a_second_daemon_says_who_is_in_its_way(bench: Bench) -> None:
    log = bench.daemon.home / "second.log"
    with PrivateBus() as bus, log.open("wb") as file:
        second = subprocess.run(
            [sys.executable, "-m", "scrobblerd"],
            env={**bench.daemon.env(), **bus.env()},
            stderr=file,
            check=False,
        )
    assert second.returncode == os.EX_UNAVAILABLE
    [line] = log.read_text().splitlines()
    assert line.startswith("scrobblerd: another scrobblerd ")
    assert f"process {bench.daemon.pid}, on the session bus {bench.bus.address}" in line
    assert str(bench.daemon.state) in line
    assert f"kill {bench.daemon.pid}" in line


def test_the_advice_works(bench: Bench, startable: Path) -> None:
    with PrivateBus([startable]) as bus:
        words = refused(bench, 3, "status", env=bus.env())
        os.kill(int(words.rpartition("kill ")[2]), signal.SIGTERM)
        assert bench.daemon.wait() == 0
        env = {**bench.daemon.env(), **bus.env()}
        assert subprocess.run([*CTL, "status"], env=env, check=False).returncode == 0


@pytest.mark.parametrize(
    "address", ["unix:path=/nonexistent;{bus}", "{bus};", "unix:runtime=yes;{bus}"]
)
def test_a_daemon_on_a_bus_with_an_odd_address_is_found_by_the_plain_one(
    bench: Bench, address: str
) -> None:
    bench.daemon.stop()
    bench.daemon.wrapper = (
        "env",
        f"DBUS_SESSION_BUS_ADDRESS={address.format(bus=bench.bus.address)}",
    )
    bench.daemon.start()
    assert bench.run([*CTL, "status"]).returncode == 0
    odd = {"DBUS_SESSION_BUS_ADDRESS": address.format(bus=bench.bus.address)}
    asked = subprocess.run([*CTL, "status"], env={**bench.daemon.env(), **odd}, check=False)
    assert asked.returncode == 0
    with PrivateBus() as other:
        words = refused(bench, 3, "status", env=other.env())
    assert f"on the session bus {bench.bus.address};" in words
