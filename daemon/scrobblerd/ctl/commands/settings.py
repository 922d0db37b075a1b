"""settings and reload: what can be changed while the daemon runs."""

import os
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from typing import Any

from dbus_next.signature import Variant

from ...config.runtime_settings import CHANGEABLE
from ...core.errors import FixTheFile
from ..client import Client
from ..display import formats
from ..display.screen import Line, Screen
from ..errors import Exit, Failure

_READERS: Mapping[type, Callable[[str], Any]] = {bool: formats.switch, int: formats.number}
"""How a value is read, by its type."""


async def settings(client: Client, options: Namespace, screen: Screen) -> None:
    """All settings, one, or a new value for one."""
    name, wanted = options.name, None
    if options.value is not None:
        wanted = await _change(client, name, options.value)
    found = await client.call("GetSettings")
    if name is not None and name not in found:
        raise Failure(f"{name!r:.40} is no setting; there are {', '.join(found)}", Exit.USAGE)
    if options.json:
        screen.document(found if name is None else {name: found[name]})
    elif name is None:
        paused = found["paused_until"]
        asides = {"enabled": ", while it is paused"} if paused else {}
        rows: list[list[Line]] = [
            [key, [(_shown(key, found[key]), "bold"), asides.get(key, "")]] for key in found
        ]
        screen.table(("", ""), rows)
    else:
        screen.line(_shown(name, found[name]))
    if wanted not in (None, found.get(name)):
        screen.note(f"{name}: {found[name]} is the nearest that can be")


async def reload(client: Client, _: Namespace, screen: Screen) -> None:
    """Read config.toml again, and tell which of its settings have no effect."""
    await client.call("Reload")
    screen.line("The configuration was read again")
    found = await client.call("GetSettings")
    if place := found.get("key_from"):
        screen.note(f"the API key stays: it is in the {place} of scrobblerd, read at a restart")
    for name, written in _written().items():
        if found[name] != written and not (name == "enabled" and found["paused_until"]):
            ours, theirs = _word(found[name]), _word(written)
            screen.note(
                f"{name} stays {ours}: it was set since, which wins over the {theirs} of"
                f" config.toml; scrobblerctl settings {name} {theirs} changes it"
            )


async def _change(client: Client, name: str, value: str) -> Any:
    """Ask for a new value: what was asked for."""
    if name not in CHANGEABLE:
        raise Failure(
            f"{name!r:.40} can't be set here, {' and '.join(CHANGEABLE)} can; what else can be"
            " changed stands in config.toml",
            Exit.USAGE,
        )
    try:
        read = _READERS[CHANGEABLE[name].kind](value)
    except ArgumentTypeError as error:
        raise Failure(f"{name}: {error}", Exit.USAGE) from None
    await client.call("UpdateSettings", "a{sv}", {name: Variant(CHANGEABLE[name].signature, read)})
    return read


def _written() -> dict[str, Any]:
    """What config.toml says of CHANGEABLE; nothing where the daemon reads another file."""
    from ...config.loader import load  # noqa: PLC0415 # only here
    from ...config.paths import config_path  # noqa: PLC0415 # only here

    try:
        rules = load(config_path(os.environ), os.environ).rules
    except FixTheFile:
        return {}
    return {name: getattr(rules, name) for name in CHANGEABLE}


def _shown(name: str, value: Any) -> str:
    if name == "paused_until":
        if value <= 0:
            return "resume" if value else "not paused"
        return formats.moment(value, time.time())
    return _word(value)


def _word(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
