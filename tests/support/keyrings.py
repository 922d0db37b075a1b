"""Keyrings for tests: GNOME's own daemon, and a fake one on the real wire that can misbehave."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

import pytest
import secretstorage
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant
from secretstorage.dhcrypto import Session
from secretstorage.exceptions import ItemNotFoundException
from secretstorage.util import DBusAddressWrapper, format_secret, open_session

from lab.bus import PrivateBus
from lab.dbus import Connection, ask_bus, connect
from scrobblerd.dbus.names import PROPERTIES
from tests.conftest import Needs
from tests.support.waiting import TIMEOUT_SECONDS, until

NAME, SERVICE = "org.freedesktop.secrets", "/org/freedesktop/secrets"
COLLECTION = f"{SERVICE}/collection/login"
SECRET = "org.freedesktop.Secret."
GNOME = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
PASSWORD = b"correct horse"

Items = dict[str, dict[str, Any]]


class GnomeKeyring:
    """A gnome-keyring-daemon on `bus` with its keyring below `home`; as a context manager it runs
    for the block."""

    def __init__(self, bus: PrivateBus, home: Path, *, unlocked: bool = True) -> None:
        self._bus, self._home, self._unlocked = bus, home, unlocked
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        folders = {name: self._home / name for name in ("data", "runtime")}
        for folder in folders.values():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            ["gnome-keyring-daemon", "--components=secrets", "--foreground"]
            + ["--unlock"] * self._unlocked,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._home),
                "XDG_DATA_HOME": str(folders["data"]),
                "XDG_RUNTIME_DIR": str(folders["runtime"]),
                **self._bus.env(),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin
        self._process.stdin.write(PASSWORD if self._unlocked else b"")
        self._process.stdin.close()
        with self._connected() as connection:
            until(lambda: secretstorage.check_service_availability(connection))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it; what it keeps is in files."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(TIMEOUT_SECONDS)

    def lock(self) -> None:
        """Lock it."""
        with self._connected() as connection:
            secretstorage.get_collection_by_alias(connection, "default").lock()

    def unlock(self) -> None:
        """Unlock it, as somebody who types the password."""
        with self._connected() as connection:
            password = format_secret(open_session(connection), PASSWORD, "text/plain")
            service = DBusAddressWrapper(SERVICE, GNOME, connection)
            service.call("UnlockWithMasterPassword", "o(oayays)", COLLECTION, password)

    def items(self) -> Items:
        """Label → attributes and, where it is unlocked, the secret."""
        with self._connected() as connection:
            items: Items = {}
            for item in secretstorage.search_items(connection, {"application": "scrobblerd"}):
                with suppress(ItemNotFoundException):  # it was taken out meanwhile
                    secret = "" if item.is_locked() else item.get_secret().decode()
                    items[item.get_label()] = item.get_attributes() | {"secret": secret}
            return items

    @contextmanager
    def _connected(self) -> Generator[Any]:
        with (
            patch.dict(os.environ, self._bus.env()),
            closing(secretstorage.dbus_init()) as connection,
        ):
            yield connection


@dataclass
class FakeKeyring:
    """A keyring of our own. Calls in `hangs` are never answered, at one in `dies_at` it goes away;
    `seen` is called with each call's member before anything is done. Prompts wait for `answer`."""

    connection: Connection
    items: dict[str, tuple[dict[str, str], str]] = field(
        default_factory=dict[str, tuple[dict[str, str], str]]
    )
    locked: bool = False
    plain_only: bool = False
    hangs: set[str] = field(default_factory=set[str])
    dies_at: str = ""
    seen: Callable[[str], None] = lambda member: None
    calls: list[str] = field(default_factory=list[str])
    prompts: int = 0
    _sessions: list[Session] = field(default_factory=list[Session])
    _made: int = 0
    _stopped: bool = False
    _called: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: list[str] = field(default_factory=list[str])

    @classmethod
    async def start(cls, address: str, **how: Any) -> Self:
        """On the bus at `address`, under the name."""
        fake = cls(await connect(address), **how)
        fake.connection.add_message_handler(fake._handle)
        await ask_bus(fake.connection, "RequestName", "su", NAME, 4)
        return fake

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Go away."""
        if not self._stopped:
            self._stopped = True
            await self.connection.close()

    def put(self, username: str, key: str, account: str = "") -> None:
        """A key that is there already, of Last.fm's or another account."""
        place = {"account": account} if account else {"service": "last.fm"}
        self._keep({"application": "scrobblerd", **place, "username": username}, key)

    def keys(self) -> dict[str, str]:
        """Names and keys that are kept."""
        return {attributes["username"]: key for attributes, key in self.items.values()}

    def unlock(self) -> None:
        """Somebody unlocks it elsewhere."""
        self.locked = False
        body: list[Any] = [f"{SECRET}Collection", {"Locked": Variant("b", False)}, []]
        self._signal(COLLECTION, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def answer(self, dismissed: bool = False) -> None:
        """The user answers the oldest prompt that is open."""
        path = self._asked.pop(0)
        self.locked = self.locked and dismissed
        result = Variant("ao", [] if dismissed else [COLLECTION])
        self._signal(path, f"{SECRET}Prompt", "Completed", "bv", [dismissed, result])

    async def called(self, member: str, times: int = 1) -> None:
        """Wait until that was called so often."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while self.calls.count(member) < times:
                self._called.clear()
                await self._called.wait()

    # -- the wire ---------------------------------------------------------------------------

    def _signal(self, path: str, interface: str, member: str, signature: str, body: Any) -> None:
        message = Message.new_signal(path, interface, member, signature, body)
        self.connection.send(message)

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        member = message.member
        self.calls.append(member)
        self.seen(member)
        self._called.set()
        if member in self.hangs:
            return True
        if member == self.dies_at:
            self.connection.disconnect()
            return True
        try:
            signature, body = getattr(self, f"_{member}")(message.path, *message.body)
        except KeyError:
            return Message.new_error(message, f"{SECRET}Error.NoSuchObject", "there is none")
        except NotImplementedError:
            name = "org.freedesktop.DBus.Error.NotSupported"
            return Message.new_error(message, name, "not so")
        return Message.new_method_return(message, signature, body)

    def _OpenSession(self, _path: str, algorithm: str, given: Variant) -> Any:
        if algorithm != "plain" and self.plain_only:
            raise NotImplementedError
        session, theirs = Session(), given.value
        session.object_path = f"{SERVICE}/session/s{len(self._sessions)}"
        session.encrypted = algorithm != "plain"
        ours = Variant("s", "")
        if session.encrypted:
            session.set_server_public_key(int.from_bytes(bytes(theirs), "big"))
            ours = Variant("ay", session.my_public_key.to_bytes(128, "big"))
        self._sessions.append(session)
        return "vo", [ours, session.object_path]

    def _ReadAlias(self, _path: str, alias: str) -> Any:
        return "o", [COLLECTION if alias == "default" else "/"]

    def _Get(self, path: str, _interface: str, name: str) -> Any:
        if path != COLLECTION:
            self.items[path]
        values = {"Label": Variant("s", "a thing"), "Locked": Variant("b", self.locked)}
        return "v", [values[name]]

    def _SearchItems(self, _path: str, wanted: dict[str, str]) -> Any:
        found = [path for path, (kept, _) in self.items.items() if wanted.items() <= kept.items()]
        return "aoao", [[], found] if self.locked else [found, []]

    def _Unlock(self, _path: str, things: list[str]) -> Any:
        if not self.locked:
            return "aoo", [things, "/"]
        self.prompts += 1
        return "aoo", [[], f"{SERVICE}/prompt/p{self.prompts}"]

    def _Prompt(self, path: str, _window: str) -> Any:
        self._asked.append(path)
        return "", []

    def _CreateItem(self, _path: str, about: Any, secret: list[Any], _replace: bool) -> Any:
        attributes = about[f"{SECRET}Item.Attributes"].value
        return "oo", [self._keep(attributes, self._read(secret)), "/"]

    def _GetSecret(self, path: str, session: str) -> Any:
        kept = self.items[path][1].encode()
        [found] = [one for one in self._sessions if one.object_path == session]
        place, start, secret, kind = format_secret(found, kept, "text/plain")
        return "(oayays)", [[place, bytes(start), bytes(secret), kind]]

    def _Delete(self, path: str) -> Any:
        del self.items[path]
        return "o", ["/"]

    def _keep(self, attributes: dict[str, str], key: str) -> str:
        same = [path for path, (kept, _) in self.items.items() if kept == attributes]
        self._made += 1
        path = same[0] if same else f"{COLLECTION}/i{self._made}"
        self.items[path] = (attributes, key)
        return path

    def _read(self, secret: list[Any]) -> str:
        [session] = [one for one in self._sessions if one.object_path == secret[0]]
        if not session.encrypted:
            return bytes(secret[2]).decode()
        assert session.aes_key
        cipher = Cipher(algorithms.AES(session.aes_key), modes.CBC(bytes(secret[1]))).decryptor()
        padded = cipher.update(bytes(secret[2])) + cipher.finalize()
        return padded[: -padded[-1]].decode()


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
async def fake(bus: PrivateBus) -> AsyncIterator[FakeKeyring]:
    """A keyring that can misbehave."""
    async with await FakeKeyring.start(bus.address) as started:
        yield started


@pytest.fixture
def gnome(bus: PrivateBus, tmp_path: Path, needs: Needs) -> Iterator[GnomeKeyring]:
    """GNOME's, unlocked."""
    needs("gnome-keyring-daemon")
    with GnomeKeyring(bus, tmp_path / "keyring") as started:
        yield started
