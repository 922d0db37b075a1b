"""What happens is signalled, and shown by the properties and systemd's status line."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dbus_next.message import Message

from scrobblerd.accounts.account import Account
from scrobblerd.config.runtime_settings import RuntimeSettings
from scrobblerd.config.source import ConfigSource
from scrobblerd.config.toml_file import write
from scrobblerd.control.publisher import StatusPublisher
from scrobblerd.core import LASTFM
from scrobblerd.core.model import AuthState, Scrobble
from scrobblerd.core.publisher import ImportResult, Publisher, ScanResult
from scrobblerd.core.rules import Rules
from scrobblerd.core.submission import Limits, ScrobbleStatus
from scrobblerd.dbus.calls import unpacked
from scrobblerd.runtime.clock import now
from scrobblerd.scrobbling.budget import Budget
from scrobblerd.scrobbling.context import WorkerContext
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.scrobbling.workers import Workers
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.storage.loves import LoveQueue
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue
from scrobblerd.tracking.tracker import Tracker
from tests.support.config_samples import FileLogin, config

USER = "quiet_otter"
FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)


class Bench:
    """A publisher of an account that is logged in, and what it sends."""

    def __init__(self, folder: Path, client: AudioscrobblerService, queue: AccountQueue) -> None:
        write(folder / "session.toml", {"username": USER, "session_key": "k" * 32})
        self.publisher, self.queue = Publisher(), queue
        source = ConfigSource(config(folder))
        self.settings = RuntimeSettings(source, self.publisher.rules_changed)
        context = WorkerContext(
            service=client,
            account=Account(FileLogin(folder / "session.toml"), client.login, self._changed),
            budget=Budget(Limits),
            publisher=self.publisher,
            clock=now,
        )
        loves = LoveQueue(queue.database, queue.account_id)
        worker = Worker(context, queue, loves, lambda: source.current.account)
        self.workers = Workers(self.settings.is_on)
        self.workers.add(LASTFM, worker, worker.tasks)
        self._sent: asyncio.Queue[tuple[str, list[Any]]] = asyncio.Queue()
        self.status = StatusPublisher(
            tracker=Tracker(Rules()),
            workers=self.workers,
            settings=self.settings,
            queue=ScrobbleQueue(queue.database, "boot-1"),
            send=self._send,
        )
        self.publisher.subscribe(self.status)

    def _send(self, message: Message) -> None:
        self._sent.put_nowait((message.member, unpacked(message.body)))

    async def _changed(self, state: AuthState, username: str) -> None:
        raise AssertionError((state, username))

    async def next(self) -> tuple[str, list[Any]]:
        """What is sent next."""
        async with asyncio.timeout(5):
            return await self._sent.get()

    async def changed(self) -> dict[str, Any]:
        """The properties that are signalled next, other signals are passed over."""
        while (signal := await self.next())[0] != "PropertiesChanged":
            continue
        return signal[1][1]


@pytest.fixture
async def bench(
    tmp_path: Path, client: AudioscrobblerService, queue: AccountQueue
) -> AsyncIterator[Bench]:
    made = Bench(tmp_path, client, queue)
    await made.status.refresh()
    running = asyncio.create_task(made.status.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def result(total: int) -> dict[str, int]:
    return {"total": total, "imported": 0, "already_loved": 0, "not_in_library": 0}


@pytest.mark.parametrize(
    ("happened", "values", "signal"),
    [
        ("login_changed", (AuthState.PENDING, USER), ("AuthChanged", ["pending", USER])),
        ("import_progress", (1, 2), ("ImportProgress", [1, 2])),
        ("import_finished", (ImportResult(3),), ("ImportFinished", [result(3)])),
        ("scan_progress", (3, 4), ("ScanProgress", [3, 4])),
    ],
)
async def test_what_happens_is_signalled(
    bench: Bench, happened: str, values: tuple[Any, ...], signal: tuple[str, list[Any]]
) -> None:
    getattr(bench.publisher, happened)(*values)
    assert await bench.next() == signal


async def test_a_scan_that_ends_is_signalled_with_its_figures(bench: Bench) -> None:
    bench.publisher.scan_finished(ScanResult(files=5, added=2))
    member, [figures] = await bench.next()
    assert (member, figures["files"], figures["added"]) == ("ScanFinished", 5, 2)


@pytest.mark.parametrize(
    ("status", "word"),
    [(status, status.value) for status in ScrobbleStatus if status is not ScrobbleStatus.DROPPED]
    + [(ScrobbleStatus.DROPPED, "rejected")],
)
async def test_what_became_of_a_scrobble_is_signalled(
    bench: Bench, status: ScrobbleStatus, word: str
) -> None:
    await bench.publisher.scrobble_changed(status, FERN, "why")
    what = [word, "Mira Holt", "Fern", "why"]
    assert await bench.next() == ("ScrobbleStatus", what)
    assert await bench.next() == ("AccountStatus", ["lastfm", *what])
    assert await bench.next() == ("QueueUpdated", [0])


async def test_what_happens_at_another_account_is_told_of_that_account_only(bench: Bench) -> None:
    await bench.publisher.scrobble_changed(ScrobbleStatus.SENT, FERN, "", "mine")
    bench.publisher.login_changed(AuthState.EXPIRED, USER, "mine")
    told = [await bench.next() for _ in range(2)]
    assert told == [
        ("AccountStatus", ["mine", "sent", "Mira Holt", "Fern", ""]),
        ("AccountChanged", ["mine", "expired", USER]),
    ]


async def test_many_changes_in_a_row_are_one_signal_of_what_differs(bench: Bench) -> None:
    await bench.queue.enqueue(FERN, USER, FERN.timestamp + 300.0)
    for _ in range(3):
        bench.publisher.login_changed(AuthState.AUTHENTICATED, USER)
    status = f"Nothing is playing; logged in as {USER}, 1 waiting"
    assert await bench.changed() == {"Queued": 1, "Status": status}
    await bench.settings.change(scrobble_threshold=60)
    assert await bench.changed() == {"ScrobbleThreshold": 60}


async def test_what_stays_as_it_is_is_not_signalled(bench: Bench) -> None:
    bench.publisher.status_changed()
    bench.publisher.import_finished(ImportResult(7))
    assert await bench.changed() == {"LastImport": result(7)}
