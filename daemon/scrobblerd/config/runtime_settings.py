"""Settings that D-Bus changes: kept in a file of the daemon's own, over those of config.toml.

A setting is a row of SETTINGS, and nothing else: from there it is checked, kept, shown as an entry
of GetSettings and as a property, and changed. A setting that is named like a rule replaces it.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

from ..core import LASTFM
from ..core.errors import InvalidArgument
from ..core.rules import Rules, clamp_threshold, matches_player
from ..core.text import normalise
from . import toml_file
from .source import ConfigSource

log = logging.getLogger(__name__)

_KINDS = {bool: "a boolean", int: "a whole number", float: "a moment"}

_ACCOUNTS = "accounts"
"""The table of the file that has the switches of the other accounts."""

_IGNORED = "ignored_players"
"""The key of the file that has the players that the user left out."""

MAX_IGNORED_PLAYERS = 256
MAX_PLAYER_CHARACTERS = 255
"""Of a name on a bus (D-Bus specification, "Valid Names")."""

_RULES = {field.name for field in fields(Rules)}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that changes while the daemon runs."""

    name: str
    signature: str
    """Its D-Bus type."""
    kind: type[bool] | type[int] | type[float]
    """Its type in the file."""
    shown: Callable[["RuntimeSettings"], Any]
    """Returns the value in force, as D-Bus shows it."""
    fit: Callable[[Any], Any] = lambda value: value
    """Returns a value as it is kept. Raises InvalidArgument."""
    accepts: str = ""
    """The D-Bus types of a new value; "" = it has methods of its own, such as Pause."""
    meaning: str = ""
    """What the D-Bus reference says of its property."""

    def checked(self, value: object) -> Any:
        """Returns a value as it is kept. Raises InvalidArgument if it is of another type."""
        if type(value) is not self.kind:
            raise InvalidArgument(f"{self.name}: must be {_KINDS[self.kind]}")
        return self.fit(value)


def _moment(stamp: float) -> float:
    if not (abs(stamp) < 2**53 or stamp == math.inf):
        raise InvalidArgument("paused_until: must be UNIX seconds")
    return stamp


SETTINGS: Mapping[str, Setting] = {
    row.name: row
    for row in (
        Setting(
            name="enabled",
            signature="b",
            kind=bool,
            shown=attrgetter("enabled"),
            accepts="b",
            meaning="Whether plays are scrobbled; not while paused. Setting it to true ends a"
            " pause.",
        ),
        Setting(
            name="scrobble_threshold",
            signature="u",
            kind=int,
            shown=attrgetter("rules.scrobble_threshold"),
            fit=clamp_threshold,
            accepts="ynqixtu",
            meaning="Per cent of a track that must be heard, 25 to 100. Less is set to 25, more"
            " to 100, and the log says so; any integer type will do.",
        ),
        Setting(
            name="paused_until",
            signature="x",
            kind=float,
            shown=attrgetter("paused_stamp"),
            fit=_moment,
        ),
        Setting(name="private", signature="b", kind=bool, shown=attrgetter("is_private")),
    )
}

_NO_PAUSE: Mapping[str, Any] = {"paused_until": None, "private": None}

CHANGEABLE = {name: row for name, row in SETTINGS.items() if row.accepts}
"""The settings that UpdateSettings and properties change."""


def load_settings(path: Path) -> dict[str, Any]:
    """Returns what was set, by name, from the daemon's own file; what makes no sense is left out.
    Raises FixTheFile if the file can't be read."""
    found = toml_file.read(path)
    settings: dict[str, Any] = {}
    for name in SETTINGS.keys() & found.keys():
        if found[name] or found[name] is False:  # a 0 is as if nothing was set
            with contextlib.suppress(InvalidArgument):
                settings[name] = SETTINGS[name].checked(found[name])
    switches = found.get(_ACCOUNTS)
    if isinstance(switches, dict):
        kept = cast("dict[str, object]", switches).items()
        settings[_ACCOUNTS] = {name: on for name, on in kept if isinstance(on, bool)}
    ignored = found.get(_IGNORED)
    if isinstance(ignored, list):
        names = [each for each in cast("list[object]", ignored) if isinstance(each, str)]
        settings[_IGNORED] = list(filter(_is_player, names))[:MAX_IGNORED_PLAYERS]
    return settings


def _is_player(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and len(name) <= MAX_PLAYER_CHARACTERS


def _check_player(name: str) -> None:
    if not _is_player(name):
        raise InvalidArgument(f"player: {name!r:.60} is no name of a player")


class PrivateSwitch:
    """Whether private mode is on, for a process beside the daemon. The file is read again when
    another one has taken its place."""

    def __init__(self, path: Path, wall: Callable[[], float] = time.time) -> None:
        """`path` of the daemon's file, `wall` is a clock."""
        self._path, self._wall = path, wall
        self._read: object = None  # which file was read last
        self._private_until = 0.0  # UNIX seconds

    def is_on(self) -> bool:
        """Whether nothing may be recorded now. Raises FixTheFile if the file is broken."""
        try:
            state = self._path.stat()
        except OSError:
            return False
        file = state.st_dev, state.st_ino, state.st_mtime_ns
        if file != self._read:
            values = load_settings(self._path)
            self._private_until = values.get("private", False) and values.get("paused_until", 0.0)
            self._read = file
        return self._wall() < self._private_until


class RuntimeSettings:
    """The rules in force. `changed` is called with them whenever they change."""

    def __init__(
        self,
        source: ConfigSource,
        changed: Callable[[Rules], None],
        wall: Callable[[], float] = time.time,
        boot: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        """`wall` and `boot` are clocks. Raises FixTheFile if the file of the settings is broken."""
        self._source = source
        self._changed = changed
        self._path = source.current.paths.settings
        self._wall, self._boot = wall, boot
        self._values = load_settings(self._path)
        self._pause_ends = self._on_boot_clock()
        self._changing = asyncio.Lock()
        self._pause_changed = asyncio.Event()
        source.subscribe(lambda _: self._changed(self.rules))

    @property
    def rules(self) -> Rules:
        """The rules in force: nothing counts while paused, or if no account is switched on."""
        given = {name: value for name, value in self._values.items() if name in _RULES}
        is_any_on = any(map(self.is_on, self._source.current.accounts))
        is_paused = is_any_on and bool(self.paused_until)
        given |= {"enabled": is_any_on and not is_paused, "paused": is_paused}
        given["private"] = self.is_private
        given |= {"ignored": tuple(self.ignored_players)}
        return replace(self._source.current.rules, **given)

    @property
    def enabled(self) -> bool:
        """Whether plays go to Last.fm now."""
        return self.is_on(LASTFM) and not self.paused_until

    def is_on(self, account: str) -> bool:
        """Whether the user has switched an account on."""
        config = self._source.current.accounts.get(account)
        default = config is not None and config.enabled
        return bool(self._switches.get(account, default))

    @property
    def _switches(self) -> dict[str, Any]:
        """What was switched over D-Bus, by the account's name."""
        lastfm = {LASTFM: self._values["enabled"]} if "enabled" in self._values else {}
        return {**self._values.get(_ACCOUNTS, {}), **lastfm}

    async def switch(self, account: str, on: bool) -> None:
        """Switches an account on or off; a pause goes on. Raises StoreFailed."""
        if account == LASTFM:
            await self._change({"enabled": on})
        else:
            await self._change({_ACCOUNTS: {**self._values.get(_ACCOUNTS, {}), account: on}})

    @property
    def ignored_players(self) -> list[str]:
        """The players that the user left out, as names or patterns of rules."""
        return self._values.get(_IGNORED, [])

    async def ignore_player(self, name: str) -> None:
        """Leaves a player out from now on. Raises InvalidArgument and StoreFailed."""
        _check_player(name)
        others = [each for each in self.ignored_players if normalise(each) != normalise(name)]
        if len(others) >= MAX_IGNORED_PLAYERS:
            raise InvalidArgument(f"player: {MAX_IGNORED_PLAYERS} players are left out already")
        await self._change({_IGNORED: [*others, name]})

    async def listen_to_player(self, *names: str) -> None:
        """Takes back that a player of these names was left out. Raises InvalidArgument if the first
        is none, and StoreFailed."""
        _check_player(names[0])
        others = [each for each in self.ignored_players if not matches_player((each,), names)]
        if others != self.ignored_players:
            await self._change({_IGNORED: others or None})

    @property
    def others_on(self) -> list[str]:
        """The accounts beside Last.fm's that are switched on, in the order of config.toml."""
        others = [name for name in self._source.current.accounts if name != LASTFM]
        return [name for name in others if self.is_on(name)]

    @property
    def paused_until(self) -> float:
        """UNIX seconds, infinite if only `resume` ends the pause; 0 = not paused."""
        left = self._pause_ends - self._boot()
        return self._wall() + left if left > 0 else 0.0

    def _on_boot_clock(self) -> float:
        """Returns when the pause ends, by the clock that nobody sets."""
        return self._boot() + self._values.get("paused_until", 0.0) - self._wall()

    @property
    def paused_stamp(self) -> int:
        """UNIX seconds, -1 if only `resume` ends the pause; 0 = not paused."""
        until = self.paused_until
        return -1 if math.isinf(until) else int(until)

    @property
    def is_private(self) -> bool:
        """Whether nothing is recorded at all: a pause of that kind is on."""
        return bool(self._values.get("private") and self.paused_until)

    def shown(self) -> dict[str, Any]:
        """Returns all settings by name, with the values in force, as D-Bus shows them."""
        return {name: row.shown(self) for name, row in SETTINGS.items()}

    async def change(self, /, **values: object) -> None:
        """Changes what is given, on disk first; switching on ends a pause. Raises InvalidArgument,
        which names the setting and changes nothing, and StoreFailed."""
        for name in values:
            if name not in CHANGEABLE:
                known = " and ".join(CHANGEABLE)
                raise InvalidArgument(f"{name}: not a setting; settings are {known}")
        checked = {name: CHANGEABLE[name].checked(value) for name, value in values.items()}
        for name, value in checked.items():
            if value != values[name]:
                from ..core.wording import of_clamped  # noqa: PLC0415 # takes time, seldom needed

                log.warning("%s: %s", name, of_clamped(cast("int", values[name]), value))
        await self._change({**checked, **(_NO_PAUSE if checked.get("enabled") else {})})

    async def pause(self, seconds: float, *, privately: bool = False) -> None:
        """Lets nothing count for `seconds`; `privately`, nothing is recorded either. A private mode
        that is on stays on, with another end. Raises StoreFailed."""
        is_private = privately or self.is_private
        until = self._wall() + seconds
        await self._change({"paused_until": until, "private": is_private or None})

    async def resume(self) -> None:
        """Ends a pause, and private mode. Raises StoreFailed."""
        await self._change(_NO_PAUSE)

    async def run(self) -> None:
        """Ends pauses when their time has come. Never returns."""
        while True:
            until = self.paused_until
            wait = until - self._wall() if 0 < until < math.inf else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._pause_changed.wait()
            if not self._pause_changed.is_set():
                self._changed(self.rules)
            self._pause_changed.clear()

    async def _change(self, values: Mapping[str, Any]) -> None:
        """Sets what is given; None = as config.toml says."""
        async with self._changing:
            merged = {**self._values, **values}
            settings = {name: value for name, value in merged.items() if value is not None}
            await asyncio.to_thread(toml_file.write, self._path, settings)
            self._values = settings
            if "paused_until" in values:
                self._pause_ends = self._on_boot_clock()
        self._pause_changed.set()
        self._changed(self.rules)
