"""The private bus of the bench: alone on its socket, stopped on demand, gone without a trace."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dbus_next.message import Message

from lab.bus import BusError, PrivateBus
from lab.dbus import Connection, ask_bus, connect, round_trip
from scrobblerd.dbus.names import DBUS, DBUS_PATH
from tests.conftest import require
from tests.support.paths import ROOT

SERVICE = "[D-BUS Service]\nName=lab.Sleeper\nExec=/bin/sh -c 'echo $$ > {pipe}; exec sleep 60'\n"
PROGRAM = """
import sys
from lab.bus import PrivateBus
with PrivateBus() as bus:
    print(bus.folder, flush=True)
    sys.stdin.read()
"""
START_SLEEPER = Message(
    destination=DBUS,
    path=DBUS_PATH,
    interface=DBUS,
    member="StartServiceByName",
    signature="su",
    body=["lab.Sleeper", 0],
)


def sleeper_in(folder: Path) -> Path:
    """Write a service that tells its process id to the pipe returned."""
    pipe = folder / "pid"
    os.mkfifo(pipe)
    (folder / "lab.Sleeper.service").write_text(SERVICE.format(pipe=pipe))
    return pipe


def process_told_by(pipe: Path) -> int:
    """A file descriptor that gets readable when the process ends."""
    return os.pidfd_open(int(pipe.read_text()))


async def process_of(connection: Connection, of_pid: Callable[[int], int] = int) -> int:
    """As above, of the dbus-daemon, or of what `of_pid` makes of its process id."""
    [pid] = await ask_bus(connection, "GetConnectionUnixProcessID", "s", DBUS)
    return os.pidfd_open(of_pid(pid))


@contextmanager
def program_with_a_bus() -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A program that has a bus in the folder given beside it, until it is ended."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as program:
        assert program.stdout
        yield program, Path(program.stdout.readline().strip())


def broken_daemon_in(folder: Path) -> None:
    """Write a dbus-daemon that complains and ends."""
    broken = folder / "dbus-daemon"
    broken.write_text("#!/bin/sh\necho no such luck >&2\n")
    broken.chmod(0o755)


def ends_soon(process: int) -> bool:
    ready, _, _ = select.select([process], [], [], 5)
    os.close(process)
    return bool(ready)


async def test_nobody_is_on_the_bus_but_who_connects() -> None:
    with PrivateBus() as bus:
        async with await connect(bus.address) as connection:
            assert await ask_bus(connection, "ListNames") == [[DBUS, connection.unique_name]]


async def test_no_service_of_the_desktop_is_offered() -> None:
    with PrivateBus() as bus:
        async with await connect(bus.address) as connection:
            assert await ask_bus(connection, "ListActivatableNames") == [[DBUS]]


async def test_the_services_of_a_folder_are_offered(tmp_path: Path) -> None:
    sleeper_in(tmp_path)
    with PrivateBus([tmp_path]) as bus:
        async with await connect(bus.address) as connection:
            assert await ask_bus(connection, "ListActivatableNames") == [[DBUS, "lab.Sleeper"]]


async def test_an_activated_service_ends_with_the_bus(tmp_path: Path) -> None:
    pipe = sleeper_in(tmp_path)
    with PrivateBus([tmp_path]) as bus:
        async with await connect(bus.address) as connection:
            await connection.transmit(START_SLEEPER)
            process = process_told_by(pipe)
    assert ends_soon(process)


async def test_two_buses_do_not_see_each_other() -> None:
    with PrivateBus() as one, PrivateBus() as other:
        async with await connect(one.address) as first, await connect(other.address) as second:
            await ask_bus(first, "RequestName", "su", "lab.Name", 0)
            assert await ask_bus(second, "NameHasOwner", "s", "lab.Name") == [False]


def test_the_environment_of_a_process_names_the_bus() -> None:
    with PrivateBus() as bus:
        assert bus.env() == {"DBUS_SESSION_BUS_ADDRESS": bus.address}


async def test_the_session_bus_is_the_one_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with PrivateBus() as bus, monkeypatch.context() as environment:
        environment.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        async with await connect() as connection:
            assert connection.connected


def test_a_stopped_bus_leaves_no_folder() -> None:
    with PrivateBus() as bus:
        folder = bus.folder
        assert folder
        assert folder.is_dir()
    assert not folder.exists()


async def test_a_stopped_bus_leaves_no_process() -> None:
    with PrivateBus() as bus:
        async with await connect(bus.address) as connection:
            process = await process_of(connection)
    assert ends_soon(process)


def test_a_bus_is_started_and_stopped_twice_without_harm() -> None:
    bus = PrivateBus()
    bus.start()
    bus.start()
    bus.stop()
    bus.stop()
    assert bus.folder
    assert not bus.folder.exists()


async def test_a_stopped_bus_cuts_its_connections() -> None:
    with PrivateBus() as bus:
        connection = await connect(bus.address)
        bus.stop()
        with pytest.raises(EOFError):
            await connection.wait_for_disconnect()
        await connection.close()


async def test_a_call_on_a_stopped_bus_is_a_connection_error() -> None:
    with PrivateBus() as bus:
        async with await connect(bus.address) as connection:
            bus.stop()
            with pytest.raises(ConnectionError):
                await round_trip(connection)


async def test_nobody_connects_to_a_stopped_bus() -> None:
    with PrivateBus() as bus:
        bus.stop()
        with pytest.raises(OSError):
            await connect(bus.address)


async def test_a_restarted_bus_has_the_same_address() -> None:
    with PrivateBus() as bus:
        before = bus.address
        bus.restart()
        assert bus.address == before


async def test_a_restarted_bus_takes_connections() -> None:
    with PrivateBus() as bus:
        bus.restart()
        async with await connect(bus.address) as connection:
            assert connection.connected


async def test_a_restarted_bus_has_forgotten_the_names() -> None:
    with PrivateBus() as bus:
        async with await connect(bus.address) as before:
            await ask_bus(before, "RequestName", "su", "lab.Name", 0)
            bus.restart()
            async with await connect(bus.address) as after:
                assert await ask_bus(after, "NameHasOwner", "s", "lab.Name") == [False]


def test_a_missing_dbus_daemon_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BusError, match="dbus-daemon is not installed"):
        PrivateBus().start()


def test_a_dbus_daemon_that_does_not_start_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken_daemon_in(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(BusError, match="no such luck"):
        PrivateBus().start()


def test_a_bus_that_does_not_start_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken_daemon_in(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    bus = PrivateBus()
    with pytest.raises(BusError):
        bus.start()
    assert bus.folder
    assert not bus.folder.exists()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_a_bus_ends_with_its_program(end: signal.Signals) -> None:
    with program_with_a_bus() as (program, folder):
        async with await connect(f"unix:path={folder}/bus") as connection:
            lifeline = await process_of(connection, os.getpgid)
            program.send_signal(end)
            assert ends_soon(lifeline)
    assert not folder.exists()


@pytest.mark.parametrize("guests", [False, True])
def test_other_users_are_let_in_as_guests_only(guests: bool) -> None:
    require(os.geteuid() == 0, "to become another user needs root")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with PrivateBus(guests=guests) as bus:
        command = [*nobody, "busctl", "--user", "list"]
        listed = subprocess.run(command, env=os.environ | bus.env(), check=False, timeout=10)
    assert (listed.returncode == 0) == guests
