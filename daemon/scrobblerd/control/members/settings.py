"""Members of our interface about settings that change while the daemon runs."""

from typing import Any

from dbus_next.signature import Variant

from ...config.runtime_settings import CHANGEABLE, Setting
from ..operations.settings import SETTABLE_TYPES, SETTING_TYPES
from ..properties import property_name
from ..signatures import method, property_of
from .base import Members


class SettingsMembers(Members):
    """Settings."""

    @method("settings", entries=SETTING_TYPES)
    async def GetSettings(self) -> dict[str, Variant]:
        """What is set, and who is logged in. While a login waits for the user's keyring, there is
        `waits_for` too: why, and what to do. If only a restart reads another API key, there is
        `key_from`: the key is in the `environment` or the `credentials`.

        enabled: whether plays are scrobbled
        scrobble_threshold: per cent of a track that must be heard
        paused_until: when a pause ends, UNIX seconds; 0 = there is none, -1 = `Resume` ends it
        username: who is, or was last, logged in
        authenticated: whether somebody is logged in
        configured: whether there is an API key
        """
        return await self.operations.settings.get_settings()

    @method("updated", entries=SETTABLE_TYPES)
    async def UpdateSettings(self, settings: dict[str, object]) -> list[str]:
        """Change what is given, all of it or nothing. A caller that can't send a dictionary, such
        as `dbus-send`, sets the properties instead.

        enabled: whether plays are scrobbled; true also ends a pause
        scrobble_threshold: 25 to 100 per cent, what is outside is moved inside; any integer type

        updated: the names of what was given

        Errors: InvalidArgument.
        """
        return await self.operations.settings.update_settings(settings)

    @method()
    async def Reload(self) -> None:
        """Read config.toml and lastfm.toml again. A file that is wrong changes nothing, and the
        error says what is wrong with it.

        Errors: InvalidArgument.
        """
        await self.operations.settings.reload()


def _property(row: Setting) -> property:
    """The property of a setting that can be changed."""

    def shown(self: Members) -> Any:
        return self.properties.settings[row.name]

    shown.__name__, shown.__doc__ = property_name(row.name), row.meaning
    return property_of(shown, row.signature, writable=True)


for _row in CHANGEABLE.values():
    setattr(SettingsMembers, property_name(_row.name), _property(_row))
