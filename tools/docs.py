"""Writes what is made of the code into the documents: python -m tools.docs [--check]

A document is written by hand but for its made parts. They stand between two marks, which are
comments to whoever reads the document:

    <!-- made by tools.docs: environment -->
    …
    <!-- end -->

`--check` writes nothing, and says which documents are not as they would be made.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from scrobblerd.keys import KEYS
from tools import config_keys, members, places

ROOT = Path(__file__).parent.parent

MARKED = re.compile(
    r'^(?P<begin>(?:<!-- |\.\\" )made by tools\.docs: (?P<part>.+?)(?: -->)?)\n'
    r"(?:.*\n)*?"
    r'(?P<end>(?:<!-- |\.\\" )end(?: -->)?)$',
    re.MULTILINE,
)

PARTS: Mapping[str, Callable[[], str]] = {
    **{f"the keys of [{table}]": partial(config_keys.markdown, table) for table in KEYS},
    "presets": config_keys.presets,
    "methods": members.methods,
    "signals": members.signals,
    "properties": members.properties,
    "files": places.files_markdown,
    "environment": places.environment_markdown,
}
"""The made parts of Markdown documents, by name."""

ROFF_PARTS: Mapping[str, Callable[[], str]] = {
    "keys": config_keys.roff,
    "files": places.files_roff,
    "environment": places.environment_roff,
}
"""Those of manual pages."""

EXAMPLE = ROOT / "config.example.toml"
"""Made as a whole."""

DOCUMENTS = (
    *("README.md", "docs/configuration.md", "docs/dbus.md"),
    *("share/man/man5/scrobblerd.toml.5", "share/man/man8/scrobblerd.8"),
)
"""What has made parts."""


def made() -> dict[Path, str]:
    """Each document with made parts, as it should be. Raises KeyError for a part that is none."""
    documents = {ROOT / name: _filled(ROOT / name) for name in DOCUMENTS}
    return {EXAMPLE: config_keys.example(), **documents}


def _filled(path: Path) -> str:
    parts = PARTS if path.suffix == ".md" else ROFF_PARTS
    around = "\n" if path.suffix == ".md" else ""

    def fill(found: re.Match[str]) -> str:
        text = parts[found["part"]]().strip("\n")
        return f"{found['begin']}\n{around}{text}\n{around}{found['end']}"

    return MARKED.sub(fill, path.read_text(encoding="utf-8"))


def stale() -> list[str]:
    """The documents that are not as they would be made, by their names in the project."""
    return [
        str(path.relative_to(ROOT))
        for path, text in made().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or check; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    found = stale()
    if parser.parse_args(arguments).check:
        for name in found:
            print(f"{name}: not as the code makes it; run python -m tools.docs", file=sys.stderr)
        return int(bool(found))
    for path, text in made().items():
        if str(path.relative_to(ROOT)) in found:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
