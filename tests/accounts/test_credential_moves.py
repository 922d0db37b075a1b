"""A key on its way between file and keyring: whatever happens, one copy is left at least."""

from pathlib import Path

import pytest

from scrobblerd.accounts.keyring import Keyring
from scrobblerd.accounts.session_file import StoredLogin
from scrobblerd.config.toml_file import write
from tests.config.test_toml_file import full_disk
from tests.support.credential_bench import (
    AWAY,
    FILE,
    KEY,
    KEYRING,
    SESSION,
    USER,
    never_without,
    on_disk,
    opened,
)
from tests.support.keyrings import FakeKeyring

pytest_plugins = ["tests.support.fixtures.keyring"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where session.toml is."""
    return tmp_path / "session.toml"


async def test_a_key_moves_into_the_keyring(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    write(path, SESSION)
    lost = never_without(path, fake, KEY)
    async with opened(path, keyring, KEYRING) as one:
        assert one.vault.read().key == KEY, "it is good meanwhile"
        await one.settled()
    assert (fake.keys(), on_disk(path), lost) == ({USER: KEY}, AWAY, [])


async def test_a_key_moves_into_the_file(path: Path, keyring: Keyring, fake: FakeKeyring) -> None:
    fake.put(USER, KEY)
    write(path, AWAY)
    lost = never_without(path, fake, KEY)
    async with opened(path, keyring, FILE) as one:
        await one.settled()
    assert one.found == [(USER, KEY)]
    assert (fake.keys(), on_disk(path), lost) == ({}, SESSION, [])


async def test_it_moves_at_a_reload_too(path: Path, keyring: Keyring, fake: FakeKeyring) -> None:
    async with opened(path, keyring, FILE) as one:
        await one.vault.write(StoredLogin(USER, KEY))
        lost = never_without(path, fake, KEY)
        for store, kept in ((KEYRING, {USER: KEY}), (FILE, {}), (KEYRING, {USER: KEY})):
            one.vault.use(store)
            await one.settled()
            assert fake.keys() == kept
            assert on_disk(path) == (AWAY if kept else SESSION)
    assert lost == []


@pytest.mark.parametrize("member", ["OpenSession", "CreateItem", "GetSecret"])
async def test_a_crash_on_the_way_into_the_keyring_loses_nothing(
    path: Path, keyring: Keyring, fake: FakeKeyring, member: str
) -> None:
    write(path, SESSION)
    fake.hangs = {member}
    async with opened(path, keyring, KEYRING):
        await fake.called(member)
    assert on_disk(path)["session_key"] == KEY
    fake.hangs = set()
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
    assert (fake.keys(), on_disk(path)) == ({USER: KEY}, AWAY)


async def test_what_a_crash_left_in_the_keyring_is_taken_out(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    write(path, SESSION)
    fake.hangs = {"GetSecret"}  # it is there, but was not looked at
    async with opened(path, keyring, KEYRING):
        await fake.called("GetSecret")
    assert fake.keys() == {USER: KEY}
    async with opened(path, keyring, FILE) as one:
        await one.settled()
    assert (fake.keys(), on_disk(path)) == ({}, SESSION)


async def test_a_crash_on_the_way_into_the_file_loses_nothing(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    write(path, AWAY)
    fake.hangs = {"Delete"}
    async with opened(path, keyring, FILE):
        await fake.called("Delete")
    assert on_disk(path) == SESSION | {"stale_keys": [USER]}
    fake.hangs = set()
    async with opened(path, keyring, FILE) as one:
        assert one.vault.read().key == KEY
        await one.settled()
    assert (fake.keys(), on_disk(path)) == ({}, SESSION)


async def test_a_disk_that_is_full_keeps_the_key_in_the_keyring(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        await one.settled()
        lost = never_without(path, fake, KEY)
        with full_disk():
            one.vault.use(FILE)
            await one.something()
            await one.vault.recall()
        assert (fake.keys(), on_disk(path)) == ({USER: KEY}, AWAY)
        await one.vault.recall()
        await one.settled()
    assert (fake.keys(), on_disk(path), lost) == ({}, SESSION, [])


async def test_a_key_that_can_not_be_moved_stays_good_where_it_is(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    write(path, SESSION)
    fake.locked = True
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        assert one.vault.read().key == KEY
        assert on_disk(path)["session_key"] == KEY
        assert one.alerts == [], "nothing is lost"
        fake.unlock()
        await one.something()
    assert (fake.keys(), on_disk(path)) == ({USER: KEY}, AWAY)
