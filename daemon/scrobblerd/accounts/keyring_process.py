"""A process that makes one request to the user's keyring (the Secret Service), by secretstorage.

That library waits for answers without a limit, and a prompt may stay open for hours; but a process
can be ended. It reads one line of JSON, `{"do", "account", "username", "key", "ask"}`; `ask` = the
user may be asked to unlock the keyring. It writes lines with a `result`: `asking` and `asked`
around the question, then `done` (with the `key` if one was fetched), or `locked` or `failed` with a
`message`.
Nothing crosses the bus unless it is encrypted. The process ends with its standard input.
"""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable

import secretstorage
from secretstorage.util import open_session

from ..core import LASTFM

Thing = secretstorage.Item | secretstorage.Collection


class Refused(Exception):
    """The request was not done. `result` is `locked` or `failed`."""

    def __init__(self, result: str, message: str) -> None:
        super().__init__(message)
        self.result = result


class KeyringRequest:
    """One request about one user's key."""

    def __init__(self, account: str, username: str, key: str, ask: bool) -> None:
        self._account = account
        self._username = username
        self._key = key
        self._ask = ask
        self._bus = secretstorage.dbus_init()
        self._session = open_session(self._bus)
        if not self._session.encrypted:
            raise Refused("failed", "can't encrypt what crosses the bus")

    @property
    def _attributes(self) -> dict[str, str]:
        place = {"service": "last.fm"} if self._account == LASTFM else {"account": self._account}
        return {"application": "scrobblerd", **place, "username": self._username}

    @property
    def _name(self) -> str:
        """What the key is called for people."""
        at = "Last.fm session" if self._account == LASTFM else f"login at {self._account}"
        return f"{at} of {self._username}"

    def fetch(self) -> str:
        """Returns the key."""
        item = next(iter(self._items()), None)
        if item is None:
            missing = f"has no {self._name} (if it was deleted, log in again)"
            raise Refused("locked", missing)
        self._unlock(item)
        key = item.get_secret().decode()
        if not key:
            raise Refused("failed", f"has an empty {self._name}")
        return key

    def store(self) -> str:
        """Keeps the key, and no other one of that user."""
        collection = self._collection()
        self._unlock(collection)
        label = f"scrobblerd: {self._name}"
        item = collection.create_item(label, self._attributes, self._key.encode(), replace=True)
        if item.get_secret() != self._key.encode():
            raise Refused("failed", "did not keep the key")
        self._delete(other for other in self._items() if other.item_path != item.item_path)
        return ""

    def forget(self) -> str:
        """Removes all keys of that user."""
        self._delete(self._items())
        return ""

    def _items(self) -> list[secretstorage.Item]:
        items = list(secretstorage.search_items(self._bus, self._attributes))
        for item in items:
            item.session = self._session
        return items

    def _delete(self, items: Iterable[secretstorage.Item]) -> None:
        for item in items:
            self._unlock(item)
            item.delete()

    def _collection(self) -> secretstorage.Collection:
        try:
            collection = secretstorage.get_collection_by_alias(self._bus, "default")
        except secretstorage.ItemNotFoundException:
            self._check_may_ask("has no default collection yet")
            name = "Default keyring"
            with _asking():
                collection = secretstorage.create_collection(
                    self._bus, name, "default", self._session
                )
        collection.session = self._session
        return collection

    def _unlock(self, thing: Thing) -> None:
        if not thing.is_locked():
            return
        self._check_may_ask("is locked")
        with _asking():
            dismissed = thing.unlock()
        if dismissed:
            raise Refused("locked", "was not unlocked")

    def _check_may_ask(self, reason: str) -> None:
        if not self._ask:
            raise Refused("locked", reason)


@contextlib.contextmanager
def _asking() -> Generator[None]:
    _answer("asking")
    yield
    _answer("asked")


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(os.EX_OK)  # the main thread may be in a call that is never answered


def _answer(result: str, **more: str) -> None:
    sys.stdout.write(json.dumps({"result": result, **more}) + "\n")
    sys.stdout.flush()


REQUESTS: dict[str, Callable[[KeyringRequest], str]] = {
    "fetch": KeyringRequest.fetch,
    "store": KeyringRequest.store,
    "forget": KeyringRequest.forget,
}
"""What `do` may be, and what does it. Each returns the key, or ""."""


def main() -> None:
    """Makes the request that the line of standard input describes."""
    given = json.loads(sys.stdin.readline())
    what = given.pop("do")
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        request = KeyringRequest(**given)
        _answer("done", key=REQUESTS[what](request))
    except Refused as refused:
        _answer(refused.result, message=str(refused))
    except secretstorage.PromptDismissedException:
        _answer("locked", message="was not unlocked")
    except secretstorage.SecretStorageException as error:
        _answer("failed", message=f"can't be used ({error})")


if __name__ == "__main__":
    main()
