"""Members of our interface about settings that change while the daemon runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dbus_next.signature import Variant

from ...accounts.account import Account
from ...config.runtime_settings import CHANGEABLE, SETTINGS, RuntimeSettings
from ..signatures import entry_types, method, variants


@dataclass(frozen=True, slots=True)
class LoginState:
    """Who is logged in, in the answer of GetSettings."""

    username: str
    authenticated: bool
    configured: bool
    waits_for: str | None = None
    key_from: str | None = None
    accounts: list[str] | None = None
    ignored_players: list[str] | None = None


SETTABLE_TYPES = {name: row.signature for name, row in CHANGEABLE.items()}
"""What UpdateSettings takes."""

SETTING_TYPES = {name: row.signature for name, row in SETTINGS.items()} | entry_types(LoginState)
"""What GetSettings answers."""


class SettingsMembers:
    """Settings."""

    def __init__(
        self, settings: RuntimeSettings, account: Account, reload: Callable[[], Awaitable[None]]
    ) -> None:
        self._settings = settings
        self._account = account
        self._reload = reload
        self._reloading = asyncio.Lock()

    @method("settings", entries=SETTING_TYPES)
    async def GetSettings(self) -> dict[str, Variant]:
        """What is set, and who is logged in. While a login waits for the user's keyring, there is
        `waits_for` too: why, and what to do. If the API key is in no file of the user's, there is
        `key_from`: it is in the `environment` or the `credentials`, which only a restart reads
        again, or in the file of a `package`, for all users of the machine. If other accounts are
        switched on, there is `accounts`: their names. If players were left out by `IgnorePlayer`
        or a click, there is `ignored_players`: their names.

        enabled: whether plays are scrobbled
        scrobble_threshold: per cent of a track that must be heard
        paused_until: when a pause ends, UNIX seconds; 0 = there is none, -1 = `Resume` ends it
        private: whether that pause is private mode, in which nothing is recorded
        username: who is, or was last, logged in
        authenticated: whether somebody is logged in
        configured: whether there is an API key
        """
        values, others_on = self._settings.shown(), self._settings.others_on
        settings = {name: Variant(SETTING_TYPES[name], value) for name, value in values.items()}
        login = LoginState(
            username=self._account.username,
            authenticated=self._account.session is not None,
            configured=self._account.configured,
            waits_for=self._account.waits_for or None,
            key_from=self._account.access.key_from or None,
            accounts=others_on or None,
            ignored_players=self._settings.ignored_players or None,
        )
        return settings | variants(login)

    @method("updated", entries=SETTABLE_TYPES)
    async def UpdateSettings(self, settings: dict[str, object]) -> list[str]:
        """Change what is given, all of it or nothing. A caller that can't send a dictionary, such
        as `dbus-send`, sets the properties instead.

        enabled: whether plays are scrobbled; true also ends a pause
        scrobble_threshold: 25 to 100 per cent; less is set to 25, more to 100, and the log says so;
            `GetSettings` has what is in force. Any integer type

        updated: the names of what was given

        Errors: InvalidArgument.
        """
        if settings:
            await self._settings.change(**settings)
        return list(settings)

    @method()
    async def Reload(self) -> None:
        """Read config.toml and lastfm.toml again. A file that is wrong changes nothing, and the
        error says what is wrong with it.

        Errors: InvalidArgument.
        """
        async with self._reloading:  # each call sees the file as it is then
            await self._reload()
