"""spill.py: what the database refused at a stop is in the database after the next start."""

import stat
from pathlib import Path

import pytest

from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.model import Verdict
from scrobblerd.storage.journal import kept_tracker
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue
from scrobblerd.storage.repair import spill
from tests.support.storage_samples import NOW, a_play, to

USER = "quiet_otter"


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for a disk that takes nothing."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


async def spilled(store: PlayStore, begin: float = NOW) -> Path:
    """What a stop does if the database refuses."""
    short = a_play(begin + 300, Verdict.NOT_HEARD)
    return await store.spill([a_play(begin)], [short], recipients=to(USER), tracker={"players": {}})


async def test_what_was_kept_is_taken_up_once(store: PlayStore, queue: AccountQueue) -> None:
    path = await spilled(store)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for _ in range(2):
        await store.take_up(to(USER), NOW, 1100.0)
    assert not path.exists()
    [row] = await queue.pending(USER, 9, NOW)
    assert (row.username, row.scrobble.timestamp) == (USER, int(NOW))
    verdicts = "SELECT verdict FROM plays ORDER BY id"
    assert await store.database.select(verdicts) == [("counted",), ("not_heard",)]
    assert await kept_tracker(store.database) == {"players": {}}


async def test_a_kill_after_the_commit_records_nothing_twice(
    store: PlayStore, queue: AccountQueue
) -> None:
    path = await spilled(store)
    content = path.read_bytes()
    await store.take_up(to(USER), NOW, 1100.0)
    path.write_bytes(content)
    await store.take_up(to(USER), NOW, 1100.0)
    assert (await queue.counts()).queued == 1
    assert await store.database.select("SELECT play_count FROM library") == [(1,)]


async def test_two_stops_in_a_row_keep_both(store: PlayStore, queue: AccountQueue) -> None:
    await spilled(store, NOW - 1000)
    await spilled(store, NOW)
    await store.take_up(to(USER), NOW, 1100.0)
    assert (await queue.counts()).queued == 2


async def test_plays_of_another_boot_keep_their_starts(
    store: PlayStore, queue: AccountQueue
) -> None:
    await spilled(store)
    other = PlayStore(store.database, "boot-2")
    await other.take_up(to(USER), NOW + 5000, 3.0)
    [row] = await queue.pending(USER, 9, NOW)
    assert row.scrobble.timestamp == int(NOW)
    assert await store.database.select("SELECT DISTINCT boot_id FROM plays") == [("boot-1",)]


async def test_a_disk_that_takes_nothing_is_no_loss(
    store: PlayStore, path: Path, runtime: Path
) -> None:
    odd = path.parent / "odd"
    found = await spill.write(odd, spill.Spill("boot-1", {"1": USER}, "{}", (a_play(),)))
    assert found.parent == runtime
    assert [each for _, each in spill.read(odd)] == [
        spill.Spill("boot-1", {"1": USER}, "{}", (a_play(),))
    ]


async def test_if_no_disk_takes_it_each_says_why(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(path.parent / "no"))
    with pytest.raises(StoreFailed, match=r"odd: No such file.*; .*no: No such file"):
        await spill.write(path.parent / "odd", spill.Spill("boot-1", {"1": USER}, "{}"))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"due": 5}', b"[" * 10**5])
async def test_an_odd_file_stops_no_start_and_stays_to_be_looked_at(
    store: PlayStore, content: bytes
) -> None:
    path = await spilled(store)
    path.write_bytes(content)
    await store.take_up(to(USER), NOW, 1100.0)
    assert path.with_suffix(".broken").read_bytes() == content
    assert list(spill.read(path.parent)) == []
