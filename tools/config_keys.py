"""Makes what the documents say of the keys of config.toml, from `scrobblerd.config.schema`."""

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from scrobblerd.config.accounts import ACCOUNT_OPTIONS
from scrobblerd.config.cleaning import CLEANING
from scrobblerd.config.options import Option
from scrobblerd.config.players import PLAYER_OPTIONS
from scrobblerd.config.schema import OPTIONS, TABLES
from scrobblerd.core.filters import PRESETS
from tools import roff as page
from tools.markdown import code, table

HEAD = """\
# scrobblerd's configuration. Copy it to ~/.config/scrobblerd/config.toml and change what you like.
# Every line here is the default, so you can leave out every key that you do not change. A key that
# scrobblerd does not know is an error, so that no misspelling goes unnoticed. After a change, run:
# scrobblerctl reload. docs/configuration.md has more, and examples.
#
# tools.docs makes this file from daemon/scrobblerd/config/schema.py.
"""

ACCOUNTS = """\
# More accounts; each play goes to all of them and to that of [lastfm]. docs/accounts.md has more.
# For example:
# [accounts.brainz]
# service = "listenbrainz"
"""

PLAYER_TABLES = (
    "Settings of their own for some players: tables `[players.NAME]`. NAME is written as in the"
    " lists, in quotes if it has other characters than letters, digits, - and _:"
    ' `[players."vlc*"]`. Keys that a table leaves out are as for all players. If several tables'
    " fit a player, the first one decides."
)

WIDTH = 100
"""Characters of a line of a comment at most."""

EXAMPLES = {
    "rewrites": r"""[{ field = "title", pattern = '\s*\(Official Video\)$', replacement = "" }]"""
}
"""Examples for keys that need one, by the name of the key."""


def toml(value: Any) -> str:
    """Returns a default as config.toml has it."""
    return json.dumps(value, ensure_ascii=False)


def values(key: Option) -> str:
    """Says which values a key may have."""
    if key.choices:
        return ", ".join(f'`"{word}"`' for word in key.choices)
    return f"{key.kind}, {_bounds(key)}" if key.bounds else key.kind


def _bounds(key: Option) -> str:
    low, high = key.bounds or (0, 0)
    within = f"{low:.0f} to {high:.0f}"
    return f"{within}; what is out of range is set to the nearest" if key.clamped else within


def example() -> str:
    """Returns the whole of config.example.toml."""
    return "\n".join([HEAD, *(_example_table(name) for name in OPTIONS), ACCOUNTS])


def _example_table(name: str) -> str:
    lines = [f"[{name}]", *_comment(TABLES[name])]
    for key_name, key in OPTIONS[name].items():
        bounds = f" From {_bounds(key)}." if key.bounds else ""
        lines += ["", *_comment(key.meaning + bounds, *key.choices, *PRESETS, *CLEANING)]
        if key_name in EXAMPLES:
            lines += ["# For example:", f"# {key_name} = {EXAMPLES[key_name]}"]
        lines.append(f"{key_name} = {toml(key.default)}")
    if name == "players":
        lines += ["", *_player_tables()]
    return "\n".join(lines) + "\n"


def _player_tables() -> list[str]:
    """Returns the lines of a table [players.NAME], all of them comments."""
    lines = [*_comment(PLAYER_TABLES), "# For example:", "# [players.spotify]"]
    for key_name, key in PLAYER_OPTIONS.items():
        bounds = f" From {_bounds(key)}." if key.bounds else ""
        meaning = _comment(key.meaning + bounds, *key.choices, indent="#   ")
        lines += [*meaning, f"# {key_name} = {toml(key.default)}"]
    return lines


def _comment(text: str, *words: str, indent: str = "# ") -> list[str]:
    """Returns the lines of a comment. It quotes `words` as the file does."""

    def plain(found: re.Match[str]) -> str:
        return f'"{found[1]}"' if found[1] in words else found[1]

    return textwrap.wrap(
        re.sub(r"`([^`]*)`", plain, text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def markdown(name: str) -> str:
    """Returns the keys of one table of config.toml as a Markdown table."""
    return f"{TABLES[name]}\n\n{_keys(OPTIONS[name])}"


def _keys(options: Mapping[str, Option]) -> str:
    rows = [
        (code(name), code(toml(key.default)), values(key), key.meaning)
        for name, key in options.items()
    ]
    return table(("key", "default", "values", "meaning"), rows)


def account_keys() -> str:
    """Returns the keys of [accounts.NAME] as a table."""
    return _keys(ACCOUNT_OPTIONS)


def player_keys() -> str:
    """Returns the keys of [players.NAME] as a table."""
    return f"{PLAYER_TABLES}\n\n{_keys(PLAYER_OPTIONS)}"


def presets() -> str:
    """Returns what the presets of [filters] add, as a table."""
    rows = [
        (code(name), code(key), ", ".join(map(code, entries)))
        for name, lists in PRESETS.items()
        for key, entries in lists.items()
    ]
    return table(("preset", "adds to", "these"), rows)


def cleaning_presets() -> str:
    """Returns what the presets of [filters] take off tags, as a table."""
    rows = [
        (
            code(name),
            ", ".join(tag.replace("_", " ") for tag in each.fields),
            ", ".join(map(code, each.marks)),
        )
        for name, each in CLEANING.items()
    ]
    return table(("preset", "tags", "takes off, for example"), rows)


def roff() -> str:
    """Returns all keys as sections of a manual page."""
    lines: list[str] = []
    for name, keys in OPTIONS.items():
        lines += _section(name, TABLES[name], keys)
        if name == "players":
            lines += _section("players.NAME", PLAYER_TABLES, PLAYER_OPTIONS)
    return "\n".join(lines)


def _section(name: str, meaning: str, keys: Mapping[str, Option]) -> list[str]:
    lines = [f'.SS "[{name}]"', page.text(meaning)]
    for key_name, key in keys.items():
        kind = "" if key.choices else f"{values(key).capitalize()}. "
        lines.append(".TP")
        lines.append(page.text(f"`{key_name} = {toml(key.default)}`"))
        lines.append(page.text(kind + key.meaning))
    return lines
