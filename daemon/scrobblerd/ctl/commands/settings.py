"""settings and reload: shows settings, and changes those that can change while the daemon runs."""

import os
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from typing import Any

from dbus_next.signature import Variant

from ...config.runtime_settings import CHANGEABLE
from ...config.source import Config
from ...core import FROM_PACKAGE
from ...core.errors import FixTheFile
from ..client import Client
from ..display import formats
from ..display.screen import Line, Screen
from ..errors import Exit, Failure

_READERS: Mapping[type, Callable[[str], Any]] = {bool: formats.switch, int: formats.number}
"""What reads a value from text, by its type."""


async def settings(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows all settings or one, or changes one."""
    name, wanted = options.name, None
    if options.value is not None:
        wanted = await _change(client, name, options.value)
    values = await client.call("GetSettings")
    if name is not None and name not in values:
        raise Failure(f"{name!r:.40} is no setting; there are {', '.join(values)}", Exit.USAGE)
    if options.json:
        screen.document(values if name is None else {name: values[name]})
    elif name is None:
        asides = {"enabled": ", while it is paused"} if values["paused_until"] else {}
        rows: list[list[Line]] = [
            [key, [(_value_text(key, values[key]), "bold"), asides.get(key, "")]] for key in values
        ]
        screen.table(("", ""), rows)
    else:
        screen.line(_value_text(name, values[name]))
    if wanted not in (None, values.get(name)):
        from ...core.wording import of_clamped  # noqa: PLC0415 # takes time, seldom needed

        screen.note(f"{name}: {of_clamped(wanted, values[name])}")


async def reload(client: Client, _: Namespace, screen: Screen) -> None:
    """Reads config.toml again, and reports which of its settings have no effect."""
    await client.call("Reload")
    screen.line("The configuration was read again")
    values = await client.call("GetSettings")
    config = configuration()
    for name, written, kept in config.clamped if config else ():
        from ...core.wording import of_clamped  # noqa: PLC0415 # takes time, seldom needed

        screen.note(f"config.toml: {name}: {of_clamped(written, kept)}")
    source = values.get("key_from")
    if source not in (None, FROM_PACKAGE):
        screen.note(f"the API key stays: it is in the {source} of scrobblerd, read at a restart")
    rules = config.rules if config else None
    for name in CHANGEABLE:
        written = getattr(rules, name, values[name])
        if values[name] != written and not (name == "enabled" and values["paused_until"]):
            ours, theirs = _text(values[name]), _text(written)
            screen.note(
                f"{name} stays {ours}: it was set since, which wins over the {theirs} of"
                f" config.toml; scrobblerctl settings {name} {theirs} changes it"
            )


async def _change(client: Client, name: str, value: str) -> Any:
    """Asks for a new value, and returns what was asked for."""
    if name not in CHANGEABLE:
        raise Failure(
            f"{name!r:.40} can't be set here, {' and '.join(CHANGEABLE)} can; what else can be"
            " changed stands in config.toml",
            Exit.USAGE,
        )
    try:
        wanted = _READERS[CHANGEABLE[name].kind](value)
    except ArgumentTypeError as error:
        raise Failure(f"{name}: {error}", Exit.USAGE) from None
    variant = Variant(CHANGEABLE[name].signature, wanted)
    await client.call("UpdateSettings", "a{sv}", {name: variant})
    return wanted


def configuration() -> Config | None:
    """Returns what config.toml says; None if that file can't be read from here."""
    from ...config.loader import load  # noqa: PLC0415 # only here
    from ...config.source import config_path  # noqa: PLC0415 # seldom needed

    try:
        return load(config_path(os.environ), os.environ)
    except FixTheFile:
        return None


def _value_text(name: str, value: Any) -> str:
    """Returns a setting as people read it."""
    if name == "paused_until":
        if value <= 0:
            return "resume" if value else "not paused"
        return formats.until(value, time.time())
    if name == "accounts":
        return ", ".join(value)
    return _text(value)


def _text(value: Any) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
