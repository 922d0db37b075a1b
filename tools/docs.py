"""Writes the parts of the documents that are made of the code: python -m tools.docs [--check]"""

import sys
from collections.abc import Callable, Mapping
from functools import partial

from scrobblerd.config.schema import OPTIONS
from tools import config_keys, members, places, service_pages
from tools.making import Maker

PARTS: Mapping[str, Callable[[], str]] = {
    **{f"the keys of [{table}]": partial(config_keys.markdown, table) for table in OPTIONS},
    "the keys of [players.NAME]": config_keys.player_keys,
    "presets": config_keys.presets,
    "presets that clean": config_keys.cleaning_presets,
    "the keys of [accounts.NAME]": config_keys.account_keys,
    **service_pages.PARTS,
    "methods": members.methods,
    "signals": members.signals,
    "properties": members.properties,
    "files": places.files_markdown,
    "environment": places.environment_markdown,
}
"""What makes each part of the Markdown documents, by name."""

ROFF_PARTS: Mapping[str, Callable[[], str]] = {
    "keys": config_keys.roff,
    "files": places.files_roff,
    "environment": places.environment_roff,
}
"""What makes each part of the manual pages, by name."""

DOCUMENTS = (
    "README.md",
    "docs/accounts.md",
    "docs/configuration.md",
    "docs/dbus.md",
    *service_pages.DOCUMENTS,
    "share/man/man5/scrobblerd.toml.5",
    "share/man/man8/scrobblerd.8",
)
"""The documents that have such parts."""

MAKER = Maker(
    name="tools.docs",
    documents=DOCUMENTS,
    markdown=PARTS,
    roff=ROFF_PARTS,
    wholes={"config.example.toml": config_keys.example},
)

if __name__ == "__main__":
    sys.exit(MAKER.main())
