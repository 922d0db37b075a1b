"""Addresses of buses are read as libdbus and sd-bus read them."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
from dbus_next.constants import BusType

from lab.bus import PrivateBus
from scrobblerd.core.errors import BusLost
from scrobblerd.dbus.address import UnusableAddress, address_of, places
from scrobblerd.dbus.connection import connect

# -- what they say --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("unix:path=/a", ["unix:path=/a"]),
        ("unix:path=/a;unix:path=/b", ["unix:path=/a", "unix:path=/b"]),
        (";unix:path=/a;;", ["unix:path=/a"]),
        ("unix:path=/a,guid=0123456789abcdef", ["unix:path=/a"]),
        ("unix:guid=0123,path=/a", ["unix:path=/a"]),
        ("unix:abstract=/tmp/dbus-X", ["unix:abstract=/tmp/dbus-X"]),
        ("unix:path=/a%2c%3B%25%7e", ["unix:path=/a%2C%3B%25%7E"]),
        ("unix:path=/home/jürgen/~b:c@d=e", ["unix:path=/home/j%C3%BCrgen/%7Eb%3Ac%40d%3De"]),
        ("unix:path=/%ff", ["unix:path=/%FF"]),
        ("unix:path=/a\\b*c", ["unix:path=/a%5Cb%2Ac"]),
        ("tcp:host=localhost,port=1,family=ipv4", ["tcp:host=localhost,port=1,family=ipv4"]),
        ("autolaunch:", ["autolaunch:"]),
        ("unix:runtime=yes", ["unix:runtime=yes"]),
        ("unixexec:path=ssh,argv1=-xT", ["unixexec:path=ssh,argv1=-xT"]),
    ],
)
def test_places_are_read(address: str, read: list[str]) -> None:
    assert [str(place) for place in places(address)] == read


@pytest.mark.parametrize(
    "address", ["", ";", "nonsense", "unix:path", "unix:path=/%", "unix:path=/%g0", "unix:path=/%4"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress):
        places(address)


# -- where a bus is -------------------------------------------------------------------------------


def test_an_empty_variable_is_as_if_it_was_not_set(tmp_path: Path) -> None:
    (tmp_path / "bus").touch()
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    for more in ({}, {"DBUS_SESSION_BUS_ADDRESS": ""}):
        assert address_of(BusType.SESSION, {**runtime, **more}) == f"unix:path={tmp_path}/bus"
    given = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/a"}
    assert address_of(BusType.SESSION, {**runtime, **given}) == "unix:path=/a"


def test_an_empty_variable_and_no_runtime_folder_lead_nowhere() -> None:
    with pytest.raises(UnusableAddress, match="DBUS_SESSION_BUS_ADDRESS is empty"):
        address_of(BusType.SESSION, {"DBUS_SESSION_BUS_ADDRESS": ""})


@pytest.mark.parametrize("environment", [{}, {"DBUS_SYSTEM_BUS_ADDRESS": ""}])
def test_the_system_bus_has_its_place(environment: Mapping[str, str]) -> None:
    assert address_of(BusType.SYSTEM, environment) == "unix:path=/var/run/dbus/system_bus_socket"


# -- who lets us in -------------------------------------------------------------------------------

STALE = "unix:path=/nonexistent/bus"


@pytest.mark.parametrize(
    "address",
    [
        "{bus}",
        "{bus};",
        "{bus},guid=0123456789abcdef0123456789abcdef",
        f"{STALE};{{bus}}",
        f"{{bus}};{STALE}",
        "unix:runtime=yes;{bus}",
        "autolaunch:;{bus}",
        "unixexec:path=false;{bus}",
        "launchd:env=X;{bus}",
        "tcp:host=127.0.0.1,port=1;{bus}",
    ],
)
async def test_the_first_place_that_lets_us_in_is_taken(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address.format(bus=bus.address))
    with closing(await connect()) as connection:
        assert connection.unique_name
        assert connection.address == bus.address


@contextmanager
def listening(address: str, folder: Path) -> Generator[str]:
    """A dbus-daemon that listens there; the address that it prints."""
    command = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as daemon:
        assert daemon.stdout
        try:
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


@pytest.mark.parametrize(
    "address", ["unix:abstract=scrobblerd-{pid}", "unix:dir={folder}", "unix:path={folder}/ä%2C b"]
)
async def test_what_a_bus_prints_leads_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    address = address.format(pid=os.getpid(), folder=tmp_path).replace("ä", "%c3%a4")
    with listening(address.replace(" ", "%20"), tmp_path) as printed:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", printed)
        with closing(await connect()) as connection:
            assert connection.unique_name
            assert unquote(connection.address) == unquote(printed.partition(",guid=")[0])


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (STALE, "No such file or directory"),
        (f"{STALE};unix:runtime=yes", "No such file or directory"),
        ("unix:runtime=yes", "neither path nor abstract"),
        ("unix:tmpdir=/tmp", "neither path nor abstract"),
        ("autolaunch:", "autolaunch would start a bus"),
        ("unixexec:path=true", "unixexec can't be used here"),
        ("tcp:host=127.0.0.1,port=1", "refused"),
        ("unix:path=/%00", "refused"),
    ],
)
async def test_why_nobody_lets_us_in_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, why: str
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(BusLost, match=why) as lost:
        await connect()
    assert f"DBUS_SESSION_BUS_ADDRESS says {address}" in str(lost.value)
    assert "systemd" not in str(lost.value)
    (tmp_path / "bus").touch()
    with pytest.raises(BusLost, match="without that variable it is the bus of your systemd"):
        await connect()


async def test_a_bus_with_too_many_who_wait_lets_us_in_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as other:
        server.bind(str(tmp_path / "bus"))
        server.listen(0)
        other.connect(str(tmp_path / "bus"))
        event_loop_goes_on = asyncio.create_task(asyncio.sleep(0.05))
        connecting = asyncio.create_task(connect())
        await event_loop_goes_on
        assert not connecting.done()
        server.accept()[0].close()
        caller = await asyncio.to_thread(lambda: server.accept()[0])
        caller.close()
        with pytest.raises(BusLost):
            await connecting
