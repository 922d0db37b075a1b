"""What stands in a Markdown document: its code blocks, its headings, its links."""

import re
from pathlib import Path


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a language, without the indentation of the first line."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(
        rf"^( *)```{re.escape(language)}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL
    )
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def shell_lines(path: Path) -> list[str]:
    """The command lines of its shell blocks, as printed."""
    lines = [line.strip() for block in blocks(path, "sh") for line in block.splitlines()]
    return [line for line in lines if line]


def anchors(path: Path) -> set[str]:
    """What a link may name after a #."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}


def broken_links(path: Path) -> list[str]:
    """Links of the document that lead nowhere in the project."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken: list[str] = []
    for link in re.findall(r"\]\(([^)]+)\)", text):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if name.startswith("https://"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken
