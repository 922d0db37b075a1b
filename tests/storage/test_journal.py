"""journal.py: the tracker's state comes back as it was, and only what changed is written."""

import json
from typing import Any

import pytest

from scrobblerd.storage.accounts import AccountStore
from scrobblerd.storage.journal import TRACKER, kept_tracker, put_tracker
from scrobblerd.storage.plays import PlayStore

STATE: dict[str, Any] = {
    "boot_id": "boot-1",
    "players": {"mpv": {"clock": 1.5}, "vlc": {"clock": 2.5}},
    "counted": [],
}


async def put(store: PlayStore, state: dict[str, Any], only: set[str] | None = None) -> int:
    """Keeps a state. Returns how many rows were written."""

    def work(db: Any) -> int:
        before = db.total_changes
        put_tracker(db, state, only)
        return db.total_changes - before

    return await store.database.write(work)


async def test_the_state_comes_back_as_it_was(store: PlayStore) -> None:
    assert await kept_tracker(store.database) is None
    await put(store, STATE)
    assert await kept_tracker(store.database) == STATE


async def test_rows_that_have_not_changed_are_not_written(store: PlayStore) -> None:
    assert await put(store, STATE) == 3
    assert await put(store, STATE) == 0
    changed = STATE | {"players": STATE["players"] | {"vlc": {"clock": 3.5}}}
    assert await put(store, changed) == 1
    assert await kept_tracker(store.database) == changed


async def test_a_player_that_is_gone_is_forgotten(store: PlayStore) -> None:
    await put(store, STATE)
    left = STATE | {"players": {"vlc": {"clock": 2.5}}}
    assert await put(store, left) == 1
    assert await kept_tracker(store.database) == left


async def test_others_stay_if_some_players_are_written(store: PlayStore) -> None:
    await put(store, STATE)
    await put(store, STATE | {"players": {"mpv": {"clock": 9.0}}}, {"mpv", "gone"})
    both = {"mpv": {"clock": 9.0}, "vlc": {"clock": 2.5}}
    assert await kept_tracker(store.database) == STATE | {"players": both}
    await put(store, STATE | {"players": {}}, {"mpv"})
    assert await kept_tracker(store.database) == STATE | {"players": {"vlc": {"clock": 2.5}}}


async def test_a_state_of_an_older_version_is_taken_up_and_replaced(store: PlayStore) -> None:
    await AccountStore(store.database).keep(TRACKER, STATE)
    assert await kept_tracker(store.database) == STATE
    assert await put(store, STATE) == 3
    assert await kept_tracker(store.database) == STATE


@pytest.mark.parametrize("value", ["{", b"\xff", None, "[" * 100_000])
async def test_a_row_that_cant_be_read_costs_one_player(store: PlayStore, value: object) -> None:
    await put(store, STATE)
    damage = "UPDATE state SET value = ? WHERE name = ?"
    await store.database.select(damage, (value or "", "tracker/mpv"))
    assert await kept_tracker(store.database) == STATE | {"players": {"vlc": {"clock": 2.5}}}
    await store.database.select(damage, (value or "", TRACKER))
    assert await kept_tracker(store.database) is None


async def test_a_state_that_is_no_state_is_given_back_as_it_is(store: PlayStore) -> None:
    await AccountStore(store.database).keep(TRACKER, [1])
    assert json.dumps(await kept_tracker(store.database)) == "[1]"
