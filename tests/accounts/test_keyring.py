"""The user's keyring, through its process: GNOME's own, and a fake that misbehaves."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.dbus import round_trip
from scrobblerd.accounts.keyring import ANSWER_SECONDS, Asking, Keyring
from scrobblerd.core.errors import StoreFailed
from scrobblerd.dbus.connection import Bus
from tests.conftest import Needs
from tests.support.keyrings import FakeKeyring, GnomeKeyring

USER, KEY = "quiet_otter", "Zq7_kP2-vXw9LmT4sBn6RcY1hJd8FgUe"
NAME = f"scrobblerd: Last.fm session of {USER}"


async def refused(keyring: Keyring, ask: bool = False) -> str:
    with pytest.raises(StoreFailed) as raised:
        await keyring.fetch(USER, ask)
    assert KEY not in str(raised.value)
    return str(raised.value)


# -- GNOME's --------------------------------------------------------------------------------------


async def test_a_key_is_kept_and_forgotten(gnome: GnomeKeyring, keyring: Keyring) -> None:
    await keyring.store(USER, KEY, ask=False)
    assert await keyring.fetch(USER, ask=False) == KEY
    [(label, kept)] = gnome.items().items()
    assert label == NAME
    wanted = {"application": "scrobblerd", "service": "last.fm", "username": USER, "secret": KEY}
    assert wanted.items() <= kept.items()
    await keyring.forget(USER, ask=False)
    assert gnome.items() == {}


async def test_two_users_never_mix(gnome: GnomeKeyring, keyring: Keyring) -> None:
    await keyring.store(USER, KEY, ask=False)
    await keyring.store("loud_heron", "another", ask=False)
    assert await keyring.fetch(USER, ask=False) == KEY
    assert await keyring.fetch("loud_heron", ask=False) == "another"
    await keyring.forget("loud_heron", ask=False)
    assert list(gnome.items()) == [NAME]


async def test_a_new_key_replaces_the_old_one(gnome: GnomeKeyring, keyring: Keyring) -> None:
    await keyring.store(USER, "old", ask=False)
    await keyring.store(USER, KEY, ask=False)
    assert [kept["secret"] for kept in gnome.items().values()] == [KEY]


async def test_a_locked_keyring_is_not_asked_to_unlock_unless_the_user_asks(
    gnome: GnomeKeyring, keyring: Keyring
) -> None:
    await keyring.store(USER, KEY, ask=False)
    gnome.lock()
    assert (
        await refused(keyring)
        == "the keyring is locked; unlock it, or run scrobblerctl queue retry"
    )
    gnome.unlock()
    assert await keyring.fetch(USER, ask=False) == KEY


async def test_unlocking_and_coming_are_noticed(
    gnome: GnomeKeyring, keyring: Keyring, keyring_bus: PrivateBus, tmp_path: Path
) -> None:
    woken = asyncio.Event()
    gnome.lock()
    keyring.listen(woken.set)
    await asyncio.to_thread(gnome.unlock)
    async with asyncio.timeout(10):
        await woken.wait()
    woken.clear()
    gnome.stop()
    with GnomeKeyring(keyring_bus, tmp_path / "another"):
        async with asyncio.timeout(10):
            await woken.wait()
    keyring.stop_listening()


@pytest.mark.usefixtures("gnome")
async def test_the_key_crosses_the_bus_encrypted(
    keyring: Keyring, keyring_bus: PrivateBus, needs: Needs
) -> None:
    needs("dbus-monitor")
    monitor = await asyncio.create_subprocess_exec(
        *("dbus-monitor", "--address", keyring_bus.address, "--pcap"), stdout=PIPE, limit=2**20
    )
    assert monitor.stdout
    await monitor.stdout.read(24)  # the head of the file: it listens now
    await keyring.store(USER, KEY, ask=False)
    assert await keyring.fetch(USER, ask=False) == KEY
    monitor.terminate()
    heard, _ = await monitor.communicate()
    assert b"CreateItem" in heard
    assert b"GetSecret" in heard
    assert KEY.encode() not in heard


async def test_what_else_speaks_in_its_process_is_no_answer(
    fake: FakeKeyring, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.put(USER, KEY)
    (tmp_path / "sitecustomize.py").write_text("print('[1]')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "can't be used" in await refused(keyring)


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.usefixtures("keyring_bus")
async def test_without_a_keyring_it_says_so(keyring: Keyring) -> None:
    assert "org.freedesktop.secrets" in await refused(keyring)


async def test_a_key_that_is_not_there_is_told(fake: FakeKeyring, keyring: Keyring) -> None:
    fake.put("loud_heron", KEY)
    assert "has no Last.fm session of quiet_otter" in await refused(keyring)


@pytest.mark.parametrize(
    ("odd", "why"),
    [("k" * 70_000, "can't be used"), ("\x1b[31m\u202e", "no session key")],
    ids=["long", "marks"],
)
async def test_what_can_be_no_key_is_told_in_words(
    fake: FakeKeyring, keyring: Keyring, odd: str, why: str
) -> None:
    fake.put(USER, odd)
    assert why in await refused(keyring)


async def test_an_empty_key_is_no_key(fake: FakeKeyring, keyring: Keyring) -> None:
    fake.put(USER, "")
    assert "has an empty" in await refused(keyring)


async def test_a_keyring_that_cannot_encrypt_gets_no_key(
    fake: FakeKeyring, keyring: Keyring
) -> None:
    fake.plain_only = True
    with pytest.raises(StoreFailed, match="can't encrypt what crosses the bus"):
        await keyring.store(USER, KEY, ask=True)
    assert set(fake.calls) == {"OpenSession"}


@pytest.mark.parametrize("member", ["OpenSession", "SearchItems", "Get", "GetSecret"])
async def test_a_keyring_that_hangs_is_given_up(
    fake: FakeKeyring, keyring: Keyring, member: str
) -> None:
    keyring.answer_seconds = 1.0
    fake.put(USER, KEY)
    fake.hangs = {member}
    assert "does not answer" in await refused(keyring)


@pytest.mark.parametrize("member", ["OpenSession", "SearchItems", "GetSecret", "Prompt"])
async def test_a_keyring_that_dies_meanwhile_is_given_up(
    fake: FakeKeyring, keyring: Keyring, member: str
) -> None:
    fake.put(USER, KEY)
    fake.locked, fake.dies_at = member == "Prompt", member
    keyring.listen(lambda: None)
    assert "can't be used" in await refused(keyring, ask=True)
    assert not keyring.asking


async def test_a_keyring_that_dies_while_the_user_is_asked_is_given_up(
    fake: FakeKeyring, keyring: Keyring
) -> None:
    fake.put(USER, KEY)
    fake.locked = True
    keyring.listen(lambda: None)
    asking = asyncio.create_task(refused(keyring, ask=True))
    await fake.called("Prompt")
    await round_trip(fake.connection)
    assert keyring.asking
    await fake.stop()
    assert "can't be used (it ended early)" in await asking


async def test_a_prompt_may_stay_open_for_long(fake: FakeKeyring, keyring: Keyring) -> None:
    fake.put(USER, KEY)
    fake.locked = True
    fetching = asyncio.create_task(keyring.fetch(USER, ask=True))
    await fake.called("Prompt")
    keyring.answer_seconds = 0.2
    assert (await asyncio.wait({fetching}, timeout=0.5))[1]
    keyring.answer_seconds = ANSWER_SECONDS
    fake.answer()
    assert await fetching == KEY


@pytest.mark.parametrize("dismissed", [False, True])
async def test_the_user_is_asked_once_for_several_accounts(
    fake: FakeKeyring, keyring_connection: Bus, dismissed: bool
) -> None:
    asking, names = Asking(), ("attic", "den", "mine")
    for name in names:
        fake.put(USER, f"key of {name}", name)
    fake.locked = True
    keyrings = [Keyring(keyring_connection, account=name, all_asking=asking) for name in names]
    fetching = [asyncio.create_task(each.fetch(USER, ask=True)) for each in keyrings]
    await fake.called("Prompt")
    assert not (await asyncio.wait(fetching, timeout=0.5))[0]
    fake.answer(dismissed)
    results = await asyncio.gather(*fetching, return_exceptions=True)
    if dismissed:
        assert all(isinstance(each, StoreFailed) for each in results)
    else:
        assert results == [f"key of {name}" for name in names]
    assert fake.prompts == 1


async def test_a_prompt_that_is_dismissed_is_a_refusal(fake: FakeKeyring, keyring: Keyring) -> None:
    fake.locked = True
    storing = asyncio.create_task(keyring.store(USER, KEY, ask=True))
    await fake.called("Prompt")
    fake.answer(dismissed=True)
    with pytest.raises(StoreFailed, match="was not unlocked"):
        await storing
    assert fake.keys() == {}


async def test_whoever_gives_up_leaves_no_process_behind(
    fake: FakeKeyring, keyring: Keyring
) -> None:
    fake.locked = True
    fake.put(USER, KEY)
    fetching = asyncio.create_task(keyring.fetch(USER, ask=True))
    await fake.called("Prompt")
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert not keyring.asking
