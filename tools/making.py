"""Makes documents of the code: whole files, or parts of them; writes them, or checks them.

A document is written by hand, except for its made parts. They stand between two marks, which are
comments in the document:

    <!-- made by tools.ctl: commands -->
    …
    <!-- end -->
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent

Parts = Mapping[str, Callable[[], str]]


@dataclass(frozen=True)
class Maker:
    """Makes some documents. `name` is the module to run for it.

    `documents` have made parts: Markdown those of `markdown`, manual pages those of `roff`.
    `wholes` are files that are made as a whole. Names are relative to `root`.
    """

    name: str
    documents: Sequence[str]
    markdown: Parts
    roff: Parts
    wholes: Parts = field(default_factory=dict[str, Callable[[], str]])
    root: Path = ROOT

    def made(self) -> dict[str, str]:
        """Returns each file as it should be. Raises KeyError if a mark names an unknown part."""
        documents = {name: self._filled(name) for name in self.documents}
        return {name: make() for name, make in self.wholes.items()} | documents

    def stale(self) -> list[str]:
        """Returns the names of the files that differ from what the code makes."""
        return [name for name, text in self.made().items() if self._read(name) != text]

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Writes or checks all files, and returns the exit status."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.name}")
        parser.add_argument("--check", action="store_true", help="write nothing, say what is stale")
        options, stale = parser.parse_args(arguments), self.stale()
        if options.check:
            for name in stale:
                print(f"{name}: not as the code makes it; run {parser.prog}", file=sys.stderr)
            return int(bool(stale))
        made = self.made()
        for name in stale:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(made[name], encoding="utf-8")
            print(f"wrote {name}")
        return 0

    def _read(self, name: str) -> str:
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _filled(self, name: str) -> str:
        markdown = name.endswith(".md")
        parts, around = (self.markdown, "\n") if markdown else (self.roff, "")
        marked = re.compile(
            rf'^(?P<begin>(?:<!-- |\.\\" )made by {re.escape(self.name)}: (?P<part>.+?)(?: -->)?)\n'
            r"(?:.*\n)*?"
            r'(?P<end>(?:<!-- |\.\\" )end(?: -->)?)$',
            re.MULTILINE,
        )

        def fill(found: re.Match[str]) -> str:
            text = parts[found["part"]]().strip("\n")
            return f"{found['begin']}\n{around}{text}\n{around}{found['end']}"

        return marked.sub(fill, self._read(name))
