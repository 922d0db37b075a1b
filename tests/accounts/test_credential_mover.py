"""A key on its way between file and keyring: whatever happens, one copy is left at least."""

import pytest

from scrobblerd.accounts.session_file import StoredLogin
from tests.config.test_toml_file import full_disk
from tests.support.credential_bench import (
    FILE,
    IN_FILE,
    IN_KEYRING,
    KEY,
    KEYRING,
    SESSION,
    USER,
    CredentialBench,
)


async def test_a_key_moves_into_the_keyring(credentials: CredentialBench) -> None:
    credentials.begin_in_file()
    lost = credentials.never_without(KEY)
    async with credentials.running(KEYRING) as one:
        assert one.store.read().key == KEY, "it is good meanwhile"
        await one.settled()
    assert (credentials.copies, lost) == (IN_KEYRING, [])


async def test_a_key_moves_into_the_file(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring()
    lost = credentials.never_without(KEY)
    async with credentials.running(FILE) as one:
        await one.settled()
    assert one.fetched == [(USER, KEY)]
    assert (credentials.copies, lost) == (IN_FILE, [])


async def test_it_moves_at_a_reload_too(credentials: CredentialBench) -> None:
    async with credentials.running(FILE) as one:
        await one.store.write(StoredLogin(USER, KEY))
        lost = credentials.never_without(KEY)
        for store, copies in ((KEYRING, IN_KEYRING), (FILE, IN_FILE), (KEYRING, IN_KEYRING)):
            one.configure(store)
            await one.settled()
            assert credentials.copies == copies
    assert lost == []


@pytest.mark.parametrize("member", ["OpenSession", "CreateItem", "GetSecret"])
async def test_a_crash_on_the_way_into_the_keyring_loses_nothing(
    credentials: CredentialBench, member: str
) -> None:
    credentials.begin_in_file()
    credentials.fake.hangs = {member}
    async with credentials.running(KEYRING):
        await credentials.fake.called(member)
    assert credentials.file["session_key"] == KEY
    credentials.fake.hangs = set()
    async with credentials.running(KEYRING) as one:
        await one.settled()
    assert credentials.copies == IN_KEYRING


async def test_what_a_crash_left_in_the_keyring_is_taken_out(credentials: CredentialBench) -> None:
    credentials.begin_in_file()
    credentials.fake.hangs = {"GetSecret"}  # it is there, but was not looked at
    async with credentials.running(KEYRING):
        await credentials.fake.called("GetSecret")
    assert credentials.fake.keys() == {USER: KEY}
    async with credentials.running(FILE) as one:
        await one.settled()
    assert credentials.copies == IN_FILE


async def test_a_crash_on_the_way_into_the_file_loses_nothing(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring()
    credentials.fake.hangs = {"Delete"}
    async with credentials.running(FILE):
        await credentials.fake.called("Delete")
    assert credentials.file == SESSION | {"stale_keys": [USER]}
    credentials.fake.hangs = set()
    async with credentials.running(FILE) as one:
        assert one.store.read().key == KEY
        await one.settled()
    assert credentials.copies == IN_FILE


async def test_a_disk_that_is_full_keeps_the_key_in_the_keyring(
    credentials: CredentialBench,
) -> None:
    credentials.begin_in_keyring()
    async with credentials.running(KEYRING) as one:
        await one.something()
        await one.settled()
        lost = credentials.never_without(KEY)
        with full_disk():
            one.configure(FILE)
            await one.something()
            await one.store.recall()
        assert credentials.copies == IN_KEYRING
        await one.store.recall()
        await one.settled()
    assert (credentials.copies, lost) == (IN_FILE, [])


async def test_a_key_that_can_not_be_moved_stays_good_where_it_is(
    credentials: CredentialBench,
) -> None:
    credentials.begin_in_file()
    credentials.fake.locked = True
    async with credentials.running(KEYRING) as one:
        await one.something()
        assert one.store.read().key == KEY
        assert credentials.file["session_key"] == KEY
        assert one.alerts == [], "nothing is lost"
        credentials.fake.unlock()
        await one.something()
    assert credentials.copies == IN_KEYRING
