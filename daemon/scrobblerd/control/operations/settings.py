"""What can be asked about settings: what is set, to change some, to read the files again."""

from collections.abc import Callable, Mapping

from dbus_next.signature import Variant

from ...accounts.account import Account
from ...config.runtime_settings import CHANGEABLE, SETTINGS, Preferences
from ..answers import LoginState
from ..signatures import entry_types, variants

SETTABLE_TYPES = {name: row.signature for name, row in CHANGEABLE.items()}
"""What UpdateSettings takes."""

SETTING_TYPES = {name: row.signature for name, row in SETTINGS.items()} | entry_types(LoginState)
"""What GetSettings answers."""


class SettingsOperations:
    """Settings. Every method raises only errors of `errors`."""

    def __init__(
        self, preferences: Preferences, account: Account, reload: Callable[[], None]
    ) -> None:
        self._preferences = preferences
        self._account = account
        self._reload = reload

    async def get_settings(self) -> dict[str, Variant]:
        """Returns all settings by name, and who is logged in."""
        values = self._preferences.shown()
        settings = {name: Variant(SETTING_TYPES[name], value) for name, value in values.items()}
        login = LoginState(
            username=self._account.username,
            authenticated=self._account.session is not None,
            configured=self._account.configured,
            waits_for=self._account.waits_for or None,
            key_from=self._account.key_from or None,
        )
        return settings | variants(login)

    async def update_settings(self, settings: Mapping[str, object]) -> list[str]:
        """Changes settings, all or none. Returns the names of those that were given."""
        if settings:
            await self._preferences.change(**settings)
        return list(settings)

    async def reload(self) -> None:
        """Reads config.toml again; a broken one changes nothing."""
        self._reload()
