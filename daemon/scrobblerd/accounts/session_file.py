"""What is kept of a login, and the file that keeps it: session.toml."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from ..config import toml_file
from ..core.values import number


class KeyLocation(StrEnum):
    """Where a session key is. FILE and KEYRING are the choices of [session] store."""

    FILE = "file"
    KEYRING = "secret-service"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """A login, which is good while there is a `key`.

    `away`: the key is in the keyring, and was not read yet. `token` is that of a login that was
    begun at `token_at` (UNIX seconds). `stale`: the names of logins whose keys may still be in the
    keyring, and should not. `made_with`: the mark of the API key that the login belongs to, "" = of
    none, or it is not known.
    """

    username: str = ""
    key: str = field(default="", repr=False)
    away: bool = False
    token: str = field(default="", repr=False)
    token_at: float = 0.0
    stale: tuple[str, ...] = ()
    made_with: str = ""


class SessionFile:
    """Keeps a login in the file at `path`, all of it or all but its key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> StoredLogin:
        """Returns the login, an empty one if there is no such file. Raises FixTheFile."""
        values = toml_file.read(self._path)
        username, stale = _text(values.get("username")), values.get("stale_keys")
        key = _text(values.get("session_key")) if username else ""
        names = map(_text, cast("list[object]", stale)) if isinstance(stale, list) else ()
        return StoredLogin(
            username=username,
            key=key,
            away=values.get("key_in") == KeyLocation.KEYRING and bool(username) and not key,
            token=_text(values.get("token")),
            token_at=number(values.get("token_at")) or 0.0,
            stale=tuple(filter(None, names)),
            made_with=_text(values.get("made_with")),
        )

    async def write(self, login: StoredLogin) -> None:
        """Keeps this login instead, whole or not at all. Raises StoreFailed."""
        values: dict[str, Any] = {
            "username": login.username,
            "session_key": login.key,
            "token": login.token,
            "token_at": login.token_at,
        }
        if login.made_with:
            values["made_with"] = login.made_with
        if login.away:
            values["key_in"] = str(KeyLocation.KEYRING)
        if login.stale:
            values["stale_keys"] = list(login.stale)
        await asyncio.to_thread(toml_file.write, self._path, values)


def _text(value: object) -> str:
    """Returns a text of the file, "" if it is not one or can't be shown."""
    return value if isinstance(value, str) and value.isprintable() else ""
