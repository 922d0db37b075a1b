"""Where a login is kept: in the file, or in a keyring that may be locked, hang, or not be there."""

import asyncio
import stat
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.dbus import SignalLog, round_trip
from scrobblerd.accounts import credential_store as module
from scrobblerd.accounts.credential_store import CredentialStore
from scrobblerd.accounts.keyring import Keyring
from scrobblerd.accounts.session_file import SessionFile, StoredLogin
from scrobblerd.config.toml_file import write
from scrobblerd.core.errors import FixTheFile, StoreFailed
from scrobblerd.dbus.connection import Bus
from tests.config.test_toml_file import full_disk
from tests.support.credential_bench import (
    AWAY,
    FILE,
    KEY,
    KEYRING,
    OTHER,
    OTHER_KEY,
    SESSION,
    USER,
    on_disk,
    opened,
)
from tests.support.keyrings import FakeKeyring

pytest_plugins = ["tests.support.fixtures.keyring"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where session.toml is."""
    return tmp_path / "session.toml"


# -- the file -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("keyring_bus")
async def test_a_login_of_the_file_needs_no_keyring(path: Path, keyring: Keyring) -> None:
    async with opened(path, keyring, FILE) as one:
        await one.vault.write(StoredLogin(USER, KEY, token="t", token_at=5.0))
        await one.settled()
    assert on_disk(path) == SESSION
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CredentialStore(path, keyring, FILE).read() == StoredLogin(
        USER, KEY, token="t", token_at=5.0
    )


async def test_what_is_kept_shows_no_secret(path: Path) -> None:
    write(path, {**SESSION, "token": "a-token"})
    shown = repr(SessionFile(path).read())
    assert USER in shown
    assert KEY not in shown
    assert "a-token" not in shown


# -- the keyring ----------------------------------------------------------------------------------


async def test_a_key_goes_into_the_keyring_and_not_into_the_file(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    async with opened(path, keyring, KEYRING) as one:
        await one.vault.write(StoredLogin(USER, KEY))
        await one.settled()
    assert fake.keys() == {USER: KEY}
    assert on_disk(path) == AWAY
    assert one.alerts == []


async def test_a_key_comes_back_at_the_next_start(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    fake.put(OTHER, OTHER_KEY)
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        assert one.vault.read() == StoredLogin(USER, away=True)
        await one.settled()
        assert one.found == [(USER, KEY)]
        assert one.vault.read().key == KEY
    assert on_disk(path) == AWAY


async def test_a_token_is_kept_while_the_key_is_away(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    fake.locked = True
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        await one.vault.write(StoredLogin(USER, away=True, token="t"))
        fake.unlock()
        await one.something()
    assert one.found == [(USER, KEY)]
    assert on_disk(path) == AWAY
    assert SessionFile(path).read().token == "t"


async def test_whoever_disconnects_leaves_nothing_in_the_keyring(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    fake.put(OTHER, OTHER_KEY)
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
        await one.vault.write(StoredLogin())
        await one.settled()
    assert fake.keys() == {OTHER: OTHER_KEY}, "another program's is not touched"
    assert on_disk(path) == {"username": "", "session_key": ""}


async def test_whoever_disconnects_while_it_is_locked_leaves_nothing_either(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    fake.locked = True
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        await one.vault.write(StoredLogin())
        assert on_disk(path)["stale_keys"] == [USER]
    async with opened(path, keyring, FILE) as one:
        await one.something()
        assert fake.keys() == {USER: KEY}
        fake.unlock()
        await one.something()
    assert fake.keys() == {}
    assert "stale_keys" not in on_disk(path)


async def test_another_login_takes_the_place_of_the_first(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
        await one.vault.write(StoredLogin(OTHER, OTHER_KEY))
        await one.settled()
    assert fake.keys() == {OTHER: OTHER_KEY}
    assert on_disk(path) == AWAY | {"username": OTHER}


async def test_a_new_key_of_the_same_user_takes_the_place_of_the_old_one(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, "old")
    fake.locked = True
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        fake.locked = False
        await one.vault.write(StoredLogin(USER, KEY))
        await one.settled()
        assert one.found == [], "the old key is none any more"
    assert fake.keys() == {USER: KEY}
    assert on_disk(path) == AWAY


# -- trouble --------------------------------------------------------------------------------------


async def test_a_login_that_the_keyring_does_not_take_is_told_and_tried_again(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
        fake.plain_only = True
        await one.vault.write(StoredLogin(USER, KEY))
        await one.settled()
        assert KEY not in path.read_text()
        [alert] = one.alerts
        assert alert.startswith(f"The login of {USER} is lost when scrobblerd ends: the keyring ")
        await one.vault.recall()
        await one.settled()
        assert len(one.alerts) == 1, "it is said once"
        fake.plain_only = False
        await one.vault.recall()
        await one.settled()
        assert one.alerts[1:] == [""], "and it is said that it has passed"
    assert (fake.keys(), on_disk(path)) == ({USER: KEY}, AWAY)


async def test_a_prompt_that_stays_open_holds_up_nobody(
    path: Path, keyring: Keyring, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    fake.locked = True
    async with opened(path, keyring, KEYRING) as one:
        await one.vault.write(StoredLogin(USER, KEY))
        await fake.called("Prompt")
        await one.vault.recall()
        fake.answer(dismissed=True)
        await one.settled()
        assert fake.prompts == 1, "one question is enough"
        await one.vault.recall()
        await fake.called("Prompt", 2)
        fake.answer()
        await one.settled()
    assert fake.keys() == {USER: KEY}


async def test_without_the_user_nobody_is_asked(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    fake.locked = True
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        assert "is locked; unlock it, or run scrobblerctl queue retry" in one.vault.waits_for
        assert fake.prompts == 0
        asking = asyncio.create_task(one.vault.recall())
        await fake.called("Prompt")
        fake.answer()
        await asking
        await one.settled()
        assert one.found == [(USER, KEY)]


async def test_a_keyring_that_comes_late_is_noticed(
    path: Path, keyring: Keyring, keyring_bus: PrivateBus
) -> None:
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        assert "org.freedesktop.secrets" in one.vault.waits_for
        late = await FakeKeyring.start(keyring_bus.address)
        async with late:
            late.put(USER, KEY)
            await one.something()
            assert one.found == [(USER, KEY)]


async def test_a_login_that_waits_for_long_is_told(
    path: Path, keyring: Keyring, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.05)
    monkeypatch.setattr(module, "BREATH", 0.01)
    fake.locked = True
    fake.put(USER, KEY)
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        await one.something()
        assert one.alerts == [f"Plays wait: {one.vault.waits_for}"]


async def test_a_file_that_can_not_be_written_is_told(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
        with full_disk(), pytest.raises(StoreFailed, match="can't be written"):
            await one.vault.write(StoredLogin(USER, KEY))
        await one.vault.recall()
        await one.settled()
    assert (fake.keys(), on_disk(path)) == ({USER: KEY}, AWAY)


async def test_nothing_is_listened_to_while_all_is_well(
    path: Path, keyring: Keyring, keyring_connection: Bus, fake: FakeKeyring
) -> None:
    write(path, SESSION)
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
        await round_trip(keyring_connection)  # by now the bus knows, too
        heard = SignalLog(keyring_connection)
        keyring_connection.add_message_handler(heard.receive)
        fake.unlock()
        await round_trip(fake.connection)
        await round_trip(keyring_connection)
        assert heard.of("PropertiesChanged") == []


@pytest.mark.usefixtures("keyring_bus")
async def test_without_the_library_the_setting_is_a_fault(
    path: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIBRARY", "not_there")
    remedy = r"secretstorage is missing: run \S+ -m pip install secretstorage"
    with pytest.raises(FixTheFile, match=remedy):
        CredentialStore(path, keyring, KEYRING)
    vault = CredentialStore(path, keyring, FILE)
    with pytest.raises(FixTheFile, match="secretstorage is missing"):
        vault.use(KEYRING)


async def test_a_key_that_comes_too_late_is_not_taken(
    path: Path, keyring: Keyring, fake: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    fake.put(USER, KEY)
    fake.locked = True
    write(path, AWAY)
    async with opened(path, keyring, KEYRING) as one:
        await one.something()
        await one.vault.recall()
        await fake.called("Prompt")
        await one.vault.write(StoredLogin(OTHER, OTHER_KEY))
        fake.answer()
        await one.settled()
        assert one.found == []
        assert one.vault.read() == StoredLogin(OTHER, OTHER_KEY)
    assert fake.keys() == {OTHER: OTHER_KEY}


async def test_a_key_that_is_wanted_is_never_stale(
    path: Path, keyring: Keyring, fake: FakeKeyring
) -> None:
    fake.put(USER, KEY)
    write(path, AWAY | {"stale_keys": [USER, OTHER]})
    async with opened(path, keyring, KEYRING) as one:
        await one.settled()
    assert (fake.keys(), on_disk(path)) == ({USER: KEY}, AWAY)
