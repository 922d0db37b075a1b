"""Tasks run until a stop is asked for, or one fails; what arrives at systemd's notify socket."""

import asyncio
import gc
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scrobblerd.runtime.supervision import SystemdNotifier, supervise


async def test_a_stop_ends_all_tasks_without_an_error() -> None:
    stop, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await supervise(stop, [work()])
    assert ended.is_set()


async def test_a_task_that_returns_does_not_end_the_others() -> None:
    stop, begun = asyncio.Event(), asyncio.Event()

    async def nothing() -> None:
        pass

    async def work() -> None:
        await asyncio.sleep(0)
        begun.set()
        stop.set()

    await supervise(stop, [nothing(), work()])
    assert begun.is_set()


async def test_a_task_that_fails_ends_the_others_with_its_error() -> None:
    ended = asyncio.Event()

    async def fail() -> None:
        raise ConnectionResetError("the bus has gone")

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(ExceptionGroup) as failed:
        await supervise(asyncio.Event(), [work(), fail()])
    assert failed.value.subgroup(ConnectionResetError)
    assert ended.is_set()


# -- what arrives at systemd's notify socket -------------------------------------------------------


class Systemd:
    """The other end of the notify socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        """The messages since the last time."""
        messages: list[str] = []
        while True:
            try:
                messages.append(self.socket.recv(65_536).decode())
            except BlockingIOError:
                return messages


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    """A systemd that started us."""
    path = tmp_path / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(path))
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    started = Systemd(path)
    with started.socket:
        yield started


@pytest.fixture
def notifier(systemd: Systemd) -> Iterator[SystemdNotifier]:
    """What tells this systemd something."""
    with closing(SystemdNotifier()) as notifier:
        yield notifier


class Leaping(selectors.DefaultSelector):
    """Lets time leap over every wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready after `timeout` seconds that take no time."""
        self.now += max(0.0, timeout or 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop on whose clock a day is over at once."""

    def __init__(self) -> None:
        self.clock = Leaping()
        super().__init__(self.clock)

    def time(self) -> float:
        """Seconds that have passed on it."""
        return self.clock.now


def pings(notifier: SystemdNotifier, systemd: Systemd, seconds: float) -> list[str]:
    """What is heard within `seconds` of a watchdog that runs for ever."""

    async def watch() -> None:
        async with asyncio.timeout(seconds):
            await notifier.watchdog()

    with asyncio.Runner(loop_factory=LeapingLoop) as runner, pytest.raises(TimeoutError):
        runner.run(watch())
    return systemd.heard()


def test_ready_is_said(systemd: Systemd, notifier: SystemdNotifier):
    notifier.ready()
    assert systemd.heard() == ["READY=1"]


def test_stopping_is_said(systemd: Systemd, notifier: SystemdNotifier):
    notifier.stopping()
    assert systemd.heard() == ["STOPPING=1\nSTATUS=Stopping"]


@pytest.mark.usefixtures("notifier")
def test_nothing_is_said_unasked(systemd: Systemd):
    assert systemd.heard() == []


def test_socket_may_be_an_abstract_one(monkeypatch: pytest.MonkeyPatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract:
        abstract.bind("")  # Linux picks a free abstract name
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + abstract.getsockname()[1:].decode())
        with closing(SystemdNotifier()) as notifier:
            notifier.ready()
        assert abstract.recv(100, socket.MSG_DONTWAIT) == b"READY=1"


# Status


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Nothing is playing", "STATUS=Nothing is playing"),
        ("Playing 夜の港 by Þrúður 🌊", "STATUS=Playing 夜の港 by Þrúður 🌊"),
        ("Playing x\nREADY=1\r\nMAINPID=1", "STATUS=Playing x READY=1 MAINPID=1"),
        ("Playing x\u2028y\x00z\x1b[31m", "STATUS=Playing x y z [31m"),
        ("Playing \ud800\u202ex", "STATUS=Playing x"),
        ("x" * 5000, "STATUS=" + "x" * 199 + "…"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_status_is_one_line_of_utf_8(
    systemd: Systemd, notifier: SystemdNotifier, text: str, line: str
):
    notifier.status(text)
    assert systemd.heard() == [line]


def test_status_is_said_only_when_it_differs(systemd: Systemd, notifier: SystemdNotifier):
    for text in ("one", "one", "two", "two", "one"):
        notifier.status(text)
    assert systemd.heard() == ["STATUS=one", "STATUS=two", "STATUS=one"]


# Watchdog


@pytest.mark.parametrize(
    ("microseconds", "seconds", "count"),
    [
        ("300000000", 149.0, 1),
        ("300000000", 151.0, 2),
        ("300000000", 1_199.0, 8),
        ("20000", 0.0201, 3),
    ],
)
def test_watchdog_is_pinged_twice_in_its_time(
    systemd: Systemd,
    notifier: SystemdNotifier,
    monkeypatch: pytest.MonkeyPatch,
    microseconds: str,
    seconds: float,
    count: int,
):
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    assert pings(notifier, systemd, seconds) == ["WATCHDOG=1"] * count


@pytest.mark.parametrize("wanted", [None, "", "0"])
async def test_watchdog_that_is_not_wanted_is_not_pinged(
    systemd: Systemd,
    notifier: SystemdNotifier,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str | None,
):
    if wanted is not None:
        monkeypatch.setenv("WATCHDOG_USEC", wanted)
    await notifier.watchdog()
    assert systemd.heard() == []


# Without systemd


@pytest.mark.filterwarnings(  # sdnotify drops a socket that it can't connect
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("there", [None, "", "/nonexistent/notify"])
def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch, there: str | None):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if there is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", there)
    with closing(SystemdNotifier()) as notifier:
        notifier.ready()
        notifier.status("Nothing is playing")
        notifier.stopping()
    del notifier
    gc.collect()  # here, so that no later test stumbles over it


def test_systemd_that_goes_away_is_no_reason_to_fail(systemd: Systemd, notifier: SystemdNotifier):
    systemd.socket.close()
    notifier.ready()
    notifier.status("Nothing is playing")


def test_a_socket_that_nobody_reads_never_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unread:
        unread.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with closing(SystemdNotifier()) as notifier:
            telling = threading.Thread(target=lambda: [notifier.ready() for _ in range(5000)])
            telling.daemon = True
            telling.start()
            telling.join(timeout=10)
            assert not telling.is_alive()


def test_after_the_end_no_socket_is_open_and_nothing_is_told(systemd: Systemd) -> None:
    notifier = SystemdNotifier()
    notifier.close()
    notifier.close()
    notifier.ready()
    assert systemd.heard() == []
