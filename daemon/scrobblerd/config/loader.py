"""The user's configuration: TOML, environment and credentials become one frozen `Config`.

Every key is a row of `schema.OPTIONS`; what is not there is an error with a hint.
The user's files are only read. The settings that D-Bus changes live in the daemon's own
file (`Settings`) and win.
"""

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from ..core.errors import FixTheFile
from ..core.limits import Limits
from ..core.rules import Rules, clamp_threshold
from . import filters, toml_file
from .schema import OPTIONS, Option


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """All that the user decided. Never shown as a whole: it holds the API secret.

    `key_from`: what the API key is handed over in, where only a restart can change it:
    "environment" or "credentials"; "" where it is in a file, or nowhere.
    """

    api_key: str
    api_secret: str
    key_from: str
    api_url: str
    auth_url: str
    rules: Rules
    now_playing: bool
    limits: Limits
    path: Path = field(compare=False)
    session_store: str
    library_folders: tuple[str, ...]
    loved_mirror: bool
    notifications: str
    log_level: str
    state_folder: Path

    @property
    def access(self) -> tuple[str, str, str, str, str]:
        """What a client of Last.fm needs, in its order."""
        return self.api_key, self.api_secret, self.api_url, self.auth_url, self.key_from


@dataclass(frozen=True, slots=True)
class Settings:
    """What D-Bus may change; None = as config.toml says. `paused_until` is UNIX seconds, infinite
    where only the user ends it."""

    enabled: bool | None = None
    scrobble_threshold: int | None = None
    paused_until: float | None = None

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Read the daemon's own file. Raises FixTheFile."""
        found = toml_file.read(path)
        enabled, threshold = found.get("enabled"), found.get("scrobble_threshold")
        paused = found.get("paused_until")
        return cls(
            enabled if isinstance(enabled, bool) else None,
            clamp_threshold(int(threshold)) if _is_int(threshold) and threshold else None,
            paused if isinstance(paused, float) and _is_stamp(paused) else None,
        )

    def save(self, path: Path) -> None:
        """Write the daemon's own file, whole or not at all. Raises StoreFailed."""
        toml_file.write(
            path, {key: value for key, value in asdict(self).items() if value is not None}
        )


def config_path(environment: Mapping[str, str]) -> Path:
    """Where config.toml is, by the XDG base directory specification."""
    return _xdg(environment, "XDG_CONFIG_HOME", ".config") / "scrobblerd" / "config.toml"


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Read the configuration; a missing file is an empty one. Raises FixTheFile."""
    tables = _checked(path, toml_file.read(path))
    lastfm, scrobble, limits = tables["lastfm"], tables["scrobble"], tables["limits"]
    key_from, key, secret = _api_key(path, lastfm, environment)
    return Config(
        api_key=key,
        api_secret=secret,
        key_from=key_from,
        api_url=lastfm["api_url"],
        auth_url=lastfm["auth_url"],
        rules=Rules(
            enabled=lastfm["enabled"],
            scrobble_threshold=clamp_threshold(scrobble["scrobble_threshold"]),
            minimum_seconds=scrobble["minimum_seconds"],
            maximum_seconds=scrobble["maximum_seconds"],
            minimum_track_seconds=scrobble["minimum_track_seconds"],
            stream_minimum_seconds=scrobble["stream_minimum_seconds"],
            settle=scrobble["settle_ms"] / 1000,
            count_muted=scrobble["count_muted"],
            allow=tuple(tables["players"]["allow"]),
            deny=tuple(tables["players"]["deny"]),
            announce_only=tuple(tables["players"]["announce_only"]),
            filters=filters.compiled(path, tables["filters"]),
        ),
        now_playing=scrobble["now_playing"],
        limits=Limits(**limits),
        path=path,
        session_store=tables["session"]["store"],
        library_folders=tuple(tables["library"]["folders"]),
        loved_mirror=lastfm["loved_mirror"],
        notifications=tables["notifications"]["show"],
        log_level=tables["log"]["level"],
        state_folder=_xdg(environment, "XDG_STATE_HOME", ".local/state") / "scrobblerd",
    )


# -- checking -------------------------------------------------------------------------------------


def _checked(path: Path, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    for name, table in found.items():
        _known(path, f"[{name}]", name, OPTIONS)
        if not isinstance(table, dict):
            raise FixTheFile(f"{path}: {name} must be a table; write [{name}] on a line of its own")
        for key in cast("dict[str, Any]", table):
            _known(path, f"[{name}] {key}", key, OPTIONS[name])
    return {
        name: {
            key: _value(path, f"[{name}] {key}", rule, found.get(name, {}).get(key, rule.default))
            for key, rule in keys.items()
        }
        for name, keys in OPTIONS.items()
    }


def _known(path: Path, where: str, word: str, words: Mapping[str, object]) -> None:
    if word in words:
        return
    close = difflib.get_close_matches(word, words, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(words) or 'nothing'}"
    raise FixTheFile(f"{path}: {where} is not known; {hint}")


def _value(path: Path, where: str, key: Option, value: Any) -> Any:
    if isinstance(key.default, float) and _is_int(value):
        value = float(value)
    if type(value) is not type(key.default) or not (key.of_tables or _is_texts(value)):
        found = "something else" if key.secret else f"{value!r:.60}"
        raise FixTheFile(f"{path}: {where} must be {key.kind}, it is {found}")
    if key.bounds and not key.clamped:
        _bounded(path, where, value, *key.bounds)
    if key.words and value not in key.words:
        known = ", ".join(key.words)
        raise FixTheFile(f"{path}: {where} must be one of {known}, it is {value!r:.60}")
    if where.endswith("_url") and not _is_url(value):
        raise FixTheFile(f"{path}: {where} must begin with https://, it is {value!r:.60}")
    return value


def _bounded(path: Path, where: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise FixTheFile(f"{path}: {where} must be between {low:g} and {high:g}, it is {value:g}")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.netloc.encode("idna")
        sound = text.isprintable() and bool(parts.hostname) and parts.port != 0
        return sound and parts.scheme in ("http", "https")
    except (ValueError, UnicodeError):
        return False


def _is_stamp(seconds: float) -> bool:
    """Whether it is a moment, UNIX seconds, or never."""
    return abs(seconds) < 2**53 or seconds == float("inf")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    if not isinstance(value, list):
        return True
    return all(isinstance(entry, str) for entry in cast("list[object]", value))


# -- places ---------------------------------------------------------------------------------------


def _xdg(environment: Mapping[str, str], name: str, fallback: str) -> Path:
    given = Path(environment.get(name, ""))
    try:
        return given if given.is_absolute() else Path.home() / fallback
    except RuntimeError as error:  # no HOME, and nobody of this number in passwd
        raise FixTheFile(f"there is no home folder: set HOME or {name}") from error


def _api_key(
    path: Path, lastfm: Mapping[str, str], environment: Mapping[str, str]
) -> tuple[str, str, str]:
    """What the API key is handed over in, it and its secret, from the first place that has both:
    environment, systemd credentials, lastfm.toml beside config.toml, config.toml."""
    credentials = Path(environment.get("CREDENTIALS_DIRECTORY") or "/nonexistent")
    beside = _key_file(path.with_name("lastfm.toml"))
    places = (
        (
            "environment",
            environment.get("LASTFM_API_KEY", ""),
            environment.get("LASTFM_API_SECRET", ""),
        ),
        (
            "credentials",
            _credential(credentials, "lastfm_api_key"),
            _credential(credentials, "lastfm_api_secret"),
        ),
        ("", beside.get("api_key", ""), beside.get("api_secret", "")),
        ("", lastfm["api_key"], lastfm["api_secret"]),
    )
    found = ((place, key.strip(), secret.strip()) for place, key, secret in places)
    return next((one for one in found if all(one[1:])), ("", "", ""))


def _key_file(path: Path) -> dict[str, str]:
    """lastfm.toml: api_key and api_secret, nothing else."""
    found = toml_file.read(path)
    for name, value in found.items():
        _known(path, name, name, {"api_key": "", "api_secret": ""})
        if not isinstance(value, str):
            raise FixTheFile(f"{path}: {name} must be a text, it is something else")
    return found


def _credential(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except OSError:
        return ""
    except UnicodeDecodeError as error:
        raise FixTheFile(f"{folder / name}: is no text ({error}); store the key itself") from error
