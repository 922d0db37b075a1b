"""Makes the description of the package of README.md: hatchling runs this at every build.

On a package index a link into the repository leads nowhere, so each becomes an address of it.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)(?=[^)\s]+\))")
"""Where the target of a link or a picture begins that is a path."""


class CustomMetadataHook(MetadataHookInterface):
    """Fills in `readme`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Adds the description to what pyproject.toml has."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = text.replace("](#", f"]({metadata['urls']['Homepage']}#")
        base = f"{metadata['urls']['Source']}/blob/main/"
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": LINK.sub(base, text),
        }

    def get_known_classifiers(self) -> list[str]:
        """Returns what the hatchling of Debian 12 does not know yet."""
        return ["Programming Language :: Python :: 3.13"]
