"""The login of an account, whose key may be in a keyring that is locked, hangs, or is not there."""

import asyncio
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.dbus import SignalLog, round_trip
from scrobblerd.accounts import credential_store as module
from scrobblerd.accounts.credential_store import CredentialStore
from scrobblerd.accounts.keyring import Keyring
from scrobblerd.accounts.session_file import SessionFile, StoredLogin
from scrobblerd.config.source import ConfigSource
from scrobblerd.config.toml_file import write
from scrobblerd.core.errors import FixTheFile, StoreFailed
from scrobblerd.core.publisher import Publisher
from scrobblerd.dbus.connection import Bus
from tests.config.test_toml_file import full_disk
from tests.support.config_samples import config
from tests.support.credential_bench import (
    AWAY,
    FILE,
    IN_FILE,
    IN_KEYRING,
    KEY,
    KEYRING,
    OTHER,
    OTHER_KEY,
    SESSION,
    USER,
    CredentialBench,
)
from tests.support.keyrings import FakeKeyring

IMPATIENT = {"call_seconds": 0.1}
"""Callers that do not wait for a prompt."""


async def test_a_login_of_the_file_needs_no_keyring(credentials: CredentialBench) -> None:
    login = StoredLogin(USER, KEY, token="t", token_at=5.0)
    async with credentials.running(FILE) as one:
        await one.store.write(login)
        await one.settled()
    assert (credentials.file, credentials.fake.calls) == (SESSION, [])
    async with credentials.running(FILE) as one:
        assert one.store.read() == login


# -- the keyring ----------------------------------------------------------------------------------


async def test_a_key_goes_into_the_keyring_and_not_into_the_file(
    credentials: CredentialBench,
) -> None:
    async with credentials.running(KEYRING) as one:
        await one.store.write(StoredLogin(USER, KEY))
        await one.settled()
    assert (credentials.copies, one.alerts) == (IN_KEYRING, [])


async def test_a_key_comes_back_at_the_next_start(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring()
    credentials.fake.put(OTHER, OTHER_KEY)
    async with credentials.running(KEYRING) as one:
        assert one.store.read() == StoredLogin(USER, away=True)
        await one.settled()
        assert one.fetched == [(USER, KEY)]
        assert one.store.read().key == KEY
    assert credentials.file == AWAY


async def test_a_token_is_kept_while_the_key_is_away(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring(locked=True)
    async with credentials.running(KEYRING) as one:
        await one.something()
        await one.store.write(StoredLogin(USER, away=True, token="t"))
        credentials.fake.unlock()
        await one.something()
    assert one.fetched == [(USER, KEY)]
    assert credentials.file == AWAY
    assert SessionFile(credentials.path).read().token == "t"


async def test_a_disconnect_leaves_nothing_in_the_keyring(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring()
    credentials.fake.put(OTHER, OTHER_KEY)
    async with credentials.running(KEYRING) as one:
        await one.settled()
        await one.store.write(StoredLogin())
        await one.settled()
    assert credentials.fake.keys() == {OTHER: OTHER_KEY}, "another program's is not touched"
    assert credentials.file == {"username": "", "session_key": ""}


async def test_a_disconnect_while_it_is_locked_leaves_nothing_either(
    credentials: CredentialBench,
) -> None:
    credentials.begin_in_keyring(locked=True)
    async with credentials.running(KEYRING) as one:
        await one.something()
        await one.store.write(StoredLogin())
        assert credentials.file["stale_keys"] == [USER]
    async with credentials.running(FILE) as one:
        await one.something()
        assert credentials.fake.keys() == {USER: KEY}
        credentials.fake.unlock()
        await one.something()
    assert credentials.fake.keys() == {}
    assert "stale_keys" not in credentials.file


async def test_another_login_takes_the_place_of_the_first(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring()
    async with credentials.running(KEYRING) as one:
        await one.settled()
        await one.store.write(StoredLogin(OTHER, OTHER_KEY))
        await one.settled()
    assert credentials.copies == ({OTHER: OTHER_KEY}, AWAY | {"username": OTHER})


async def test_a_new_key_of_the_same_user_takes_the_place_of_the_old_one(
    credentials: CredentialBench,
) -> None:
    credentials.begin_in_keyring(locked=True)
    credentials.fake.put(USER, "old")
    async with credentials.running(KEYRING) as one:
        await one.something()
        credentials.fake.locked = False
        await one.store.write(StoredLogin(USER, KEY))
        await one.settled()
        assert one.fetched == [], "the old key is none any more"
    assert credentials.copies == IN_KEYRING


async def test_a_key_that_comes_too_late_is_not_taken(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring(locked=True)
    async with credentials.running(KEYRING, **IMPATIENT) as one:
        await one.something()
        await one.store.recall()
        await credentials.fake.called("Prompt")
        await one.store.write(StoredLogin(OTHER, OTHER_KEY))
        credentials.fake.answer()
        await one.settled()
        assert one.fetched == []
        assert one.store.read() == StoredLogin(OTHER, OTHER_KEY)
    assert credentials.fake.keys() == {OTHER: OTHER_KEY}


async def test_a_key_that_is_wanted_is_never_stale(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring()
    write(credentials.path, AWAY | {"stale_keys": [USER, OTHER]})
    async with credentials.running(KEYRING) as one:
        await one.settled()
    assert credentials.copies == IN_KEYRING


# -- trouble --------------------------------------------------------------------------------------


async def test_a_login_that_the_keyring_does_not_take_is_told_and_tried_again(
    credentials: CredentialBench,
) -> None:
    async with credentials.running(KEYRING) as one:
        await one.settled()
        credentials.fake.plain_only = True
        await one.store.write(StoredLogin(USER, KEY))
        await one.settled()
        assert KEY not in credentials.path.read_text()
        [alert] = one.alerts
        assert alert.startswith(f"The login of {USER} is lost when scrobblerd ends: the keyring ")
        await one.store.recall()
        await one.settled()
        assert len(one.alerts) == 1, "it is said once"
        credentials.fake.plain_only = False
        await one.store.recall()
        await one.settled()
        assert one.alerts[1:] == [""], "and it is said that it has passed"
    assert credentials.copies == IN_KEYRING


async def test_a_prompt_that_stays_open_holds_up_nobody(credentials: CredentialBench) -> None:
    credentials.fake.locked = True
    async with credentials.running(KEYRING, **IMPATIENT) as one:
        await one.store.write(StoredLogin(USER, KEY))
        await credentials.fake.called("Prompt")
        await one.store.recall()
        credentials.fake.answer(dismissed=True)
        await one.settled()
        assert credentials.fake.prompts == 1, "one question is enough"
        await one.store.recall()
        await credentials.fake.called("Prompt", 2)
        credentials.fake.answer()
        await one.settled()
    assert credentials.fake.keys() == {USER: KEY}


async def test_without_the_user_nobody_is_asked(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring(locked=True)
    async with credentials.running(KEYRING) as one:
        await one.something()
        assert "is locked; unlock it, or run scrobblerctl queue retry" in one.store.waits_for
        assert credentials.fake.prompts == 0
        asking = asyncio.create_task(one.store.recall())
        await credentials.fake.called("Prompt")
        credentials.fake.answer()
        await asking
        await one.settled()
        assert one.fetched == [(USER, KEY)]


async def test_a_keyring_that_comes_late_is_noticed(
    credentials: CredentialBench, keyring_bus: PrivateBus
) -> None:
    credentials.begin_in_keyring()
    await credentials.fake.stop()
    async with credentials.running(KEYRING) as one:
        await one.something()
        assert "org.freedesktop.secrets" in one.store.waits_for
        async with await FakeKeyring.start(keyring_bus.address) as late:
            late.put(USER, KEY)
            await one.something()
            assert one.fetched == [(USER, KEY)]


async def test_a_login_that_waits_for_long_is_told(credentials: CredentialBench) -> None:
    credentials.begin_in_keyring(locked=True)
    async with credentials.running(KEYRING, overdue_seconds=0.05, first_pause_seconds=0.01) as one:
        await one.something()
        await one.something()
        assert one.alerts == [f"Plays wait: {one.store.waits_for}"]


async def test_a_file_that_can_not_be_written_is_told(credentials: CredentialBench) -> None:
    async with credentials.running(KEYRING) as one:
        await one.settled()
        with full_disk(), pytest.raises(StoreFailed, match="can't be written"):
            await one.store.write(StoredLogin(USER, KEY))
        await one.store.recall()
        await one.settled()
    assert credentials.copies == IN_KEYRING


async def test_nothing_is_listened_to_while_all_is_well(
    credentials: CredentialBench, keyring_connection: Bus
) -> None:
    credentials.begin_in_file()
    async with credentials.running(KEYRING) as one:
        await one.settled()
        await round_trip(keyring_connection)  # by now the bus knows, too
        heard = SignalLog(keyring_connection)
        keyring_connection.add_message_handler(heard.receive)
        credentials.fake.unlock()
        await round_trip(credentials.fake.connection)
        await round_trip(keyring_connection)
        assert heard.of("PropertiesChanged") == []


async def test_without_the_library_the_setting_is_a_fault(
    tmp_path: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIBRARY", "not_there")
    wanted = config(tmp_path, session_store=KEYRING)
    remedy = r"secretstorage is missing: run \S+ -m pip install secretstorage"
    with pytest.raises(FixTheFile, match=remedy):
        CredentialStore(ConfigSource(wanted), keyring, Publisher())
    source = ConfigSource(config(tmp_path))
    assert CredentialStore(source, keyring, Publisher())
    with pytest.raises(FixTheFile, match="secretstorage is missing"):
        source.replace(wanted)


# -- a key on its way between file and keyring: one copy is left at least --------------------------


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
