"""What is kept of a login, and session.toml, which keeps it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..config import toml_file
from ..core.values import number

ELSEWHERE = "secret-service"
"""What the file has as `key_in` where the key is not in it."""


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """A login. It is good while there is a `key`; `away` = the key is in the keyring, and was not
    read yet. `token` is that of a login that was begun, at `token_at` (UNIX seconds). `stale`:
    names of logins whose keys may still be in the keyring, and should not."""

    username: str = ""
    key: str = field(default="", repr=False)
    away: bool = False
    token: str = field(default="", repr=False)
    token_at: float = 0.0
    stale: tuple[str, ...] = ()


class SessionFile:
    """The file at `path`, which may keep all of a login."""

    waits_for = ""
    """What a key that is away waits for: here it never is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> StoredLogin:
        """What the file keeps; nothing where there is none. Raises FixTheFile."""
        found = toml_file.read(self._path)
        username, stale = _word(found.get("username")), found.get("stale_keys")
        key = _word(found.get("session_key")) if username else ""
        words = map(_word, cast("list[object]", stale)) if isinstance(stale, list) else ()
        return StoredLogin(
            username=username,
            key=key,
            away=found.get("key_in") == ELSEWHERE and bool(username) and not key,
            token=_word(found.get("token")),
            token_at=number(found.get("token_at")) or 0.0,
            stale=tuple(filter(None, words)),
        )

    async def write(self, kept: StoredLogin) -> None:
        """Keep this, whole or not at all. Raises StoreFailed."""
        values: dict[str, Any] = {
            "username": kept.username,
            "session_key": kept.key,
            "token": kept.token,
            "token_at": kept.token_at,
        }
        if kept.away:
            values["key_in"] = ELSEWHERE
        if kept.stale:
            values["stale_keys"] = list(kept.stale)
        await asyncio.to_thread(toml_file.write, self._path, values)

    async def recall(self) -> None:
        """Ask for a key that is away: here it never is."""


def _word(value: object) -> str:
    """A word of the file, "" for what can't be one."""
    return value if isinstance(value, str) and value.isprintable() else ""
