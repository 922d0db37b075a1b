"""An option of config.toml: what it may hold, what it means, and the check of a value.

An error names the file, the key and a remedy.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from ..core.errors import FixTheFile

LOCAL_ENDINGS = (".localhost", ".local", ".lan", ".home.arpa", ".internal")
"""What names of a local network end in (RFC 6761, 6762, 8375; ICANN for "internal")."""

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "list": "a list of texts",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its default, whose type is that of its values, and its meaning.

    `bounds` are the least and the most that a number may be; if it is `clamped`, a number outside
    is moved inside. `choices` are all texts that are allowed. A `secret` value is never shown.
    """

    default: Any
    meaning: str
    bounds: tuple[float, float] | None = None
    clamped: bool = False
    choices: tuple[str, ...] = ()
    of_tables: bool = False
    secret: bool = False

    @property
    def kind(self) -> str:
        """The type, in words for people."""
        return "a list of tables" if self.of_tables else _KINDS[type(self.default).__name__]


def check_options(
    path: Path, where: str, options: Mapping[str, Option], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the value of each option of the table `where`. Raises FixTheFile."""
    return {
        key: _checked(path, f"{where} {key}", option, given.get(key, option.default))
        for key, option in options.items()
    }


def check_known(path: Path, where: str, word: str, known: Iterable[str]) -> None:
    """Raises FixTheFile with a hint if `word`, which stands at `where`, is not `known`."""
    known = list(known)
    if word in known:
        return
    import difflib  # noqa: PLC0415 # only an error needs it

    close = difflib.get_close_matches(word, known, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    raise FixTheFile(f"{path}: {where} is not known; {hint}")


def _checked(path: Path, where: str, option: Option, value: Any) -> Any:
    if isinstance(option.default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(option.default) or not (option.of_tables or _is_texts(value)):
        shown = "something else" if option.secret else f"{value!r:.60}"
        raise FixTheFile(f"{path}: {where} must be {option.kind}, it is {shown}")
    if option.bounds and not option.clamped:
        _check_bounds(path, where, value, option.bounds)
    if option.choices and value not in option.choices:
        known = ", ".join(option.choices)
        raise FixTheFile(f"{path}: {where} must be one of {known}, it is {value!r:.60}")
    if where == "[network] proxy" and value not in ("system", "none") and not _is_proxy(value):
        raise FixTheFile(
            f"{path}: {where} must be system, none, or an address that begins with http://,"
            " https:// or socks5://"
        )
    if where.endswith(("_url", " url")) and value != option.default and not _is_url(value):
        raise FixTheFile(f"{path}: {where} must begin with https://, it is {value!r:.60}")
    return value


def _check_bounds(path: Path, where: str, value: float, bounds: tuple[float, float]) -> None:
    low, high = bounds
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


def _is_proxy(text: str) -> bool:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https", "socks5", "socks5h")
        return known and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def check_is_safe(path: Path, where: str, url: str, insecure_http: bool) -> None:
    """Raises FixTheFile if others could read the login on its way to the address at `where`."""
    if insecure_http or url.lower().startswith("https:") or is_local(url):
        return
    raise FixTheFile(
        f"{path}: {where} must begin with https://, it is {url!r:.60}: others on the way could read"
        " your login; insecure_http = true allows it"
    )


def is_local(url: str) -> bool:
    """Whether a server is this computer, or on the local network as far as its name tells."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(LOCAL_ENDINGS)


def _is_texts(value: object) -> bool:
    """Whether `value` is a list of texts, or no list at all."""
    if not isinstance(value, list):
        return True
    return all(isinstance(entry, str) for entry in cast("list[object]", value))
