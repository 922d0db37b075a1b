"""The members of our D-Bus interface, told by what introspection shows and their docstrings say."""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from dbus_next.introspection import Arg

from scrobblerd.control.interface import MEMBERS, SUBJECTS, Scrobbler1
from scrobblerd.control.signatures import Method, members_of
from tools import calls
from tools.markdown import code, paragraph, table

SHOWN = Scrobbler1().introspect()
"""What introspection shows of the interface."""

Types = Mapping[str, str]
"""D-Bus types by name."""

Names = list[tuple[str, str]]
"""Names, such as "artist, track", and what they mean."""


@dataclass(slots=True)
class Words:
    """What a docstring says: paragraphs and lists of names in their order, and the errors.
    `entries_of` is the member whose list tells the entries of this one's answer, "" = its own."""

    blocks: list[str | Names] = field(default_factory=list["str | Names"])
    errors: list[str] = field(default_factory=list[str])
    entries_of: str = ""


def words_of(member: str) -> Words:
    """What the docstring of a member says."""
    words = Words()
    for block in re.split(r"\n\n+", MEMBERS[member].meaning):
        joined = re.sub(r"\n +", " ", block)
        lines = joined.split("\n")
        if joined.startswith("Errors: "):
            words.errors = re.findall(r"\w+", joined)[1:]
        elif all(re.match(r"\w+(, \w+)*: ", line) for line in lines):
            pairs = (line.partition(": ") for line in lines)
            words.blocks.append([(names, meaning) for names, _, meaning in pairs])
        else:
            words.blocks.append(" ".join(lines))
            if named := re.search(r"the entries are those of `(\w+)`", joined.replace("\n", " ")):
                words.entries_of = named[1]
    return words


# -- parts of the document ------------------------------------------------------------------------


def entry_types(member: str) -> Types:
    """The types of the entries of what a member takes or answers, by name."""
    return MEMBERS[member].entries


def subjects() -> dict[str, list[str]]:
    """The methods of each subject, in their order, by what the class of the subject says."""
    return {
        str(inspect.getdoc(subject)).rstrip("."): [
            name for name, member in members_of(subject).items() if isinstance(member, Method)
        ]
        for subject in SUBJECTS
    }


def methods() -> str:
    """All methods: first a list of them, then each on its own."""
    known = {method.name: method for method in SHOWN.methods}
    listed = "\n".join(
        f"- {title}: {', '.join(f'[{name}](#{name.lower()})' for name in names)}"
        for title, names in subjects().items()
    )
    sections = [
        f"### {title}\n\n" + "\n\n".join(_method(known[name]) for name in names)
        for title, names in subjects().items()
    ]
    return "\n\n".join([listed, *sections])


def _method(method: Any) -> str:
    takes, gives = _arguments(method.in_args), _arguments(method.out_args)
    signature = f"{method.name}({takes})" + (f" → {gives}" if gives else "")
    values = {"takes": _types(method.in_args), "answers": _types(method.out_args)}
    words = words_of(method.name)
    parts = [
        f"#### {method.name}",
        code(signature),
        *_told(words, values, entry_types(method.name)),
    ]
    if words.errors:
        parts.append(f"Errors: {', '.join(map(code, words.errors))}.")
    lines = calls.busctl(method) + calls.dbus_send(method)
    return "\n\n".join([*parts, "```sh\n" + "\n".join(lines) + "\n```"])


def signals() -> str:
    """All signals."""
    return "\n\n".join(
        _member(signal.name, f"{signal.name}({_arguments(signal.args)})", signal.args)
        for signal in sorted(SHOWN.signals, key=lambda signal: signal.name)
    )


def properties() -> str:
    """All properties."""
    return "\n\n".join(
        _member(shown.name, f"{shown.signature} {shown.name}", (), _access(shown.access.value))
        for shown in sorted(SHOWN.properties, key=lambda shown: shown.name)
    )


def _member(name: str, signature: str, arguments: Sequence[Arg], more: str = "") -> str:
    told = _told(words_of(name), {"carries": _types(arguments)}, entry_types(name))
    return "\n\n".join([f"#### {name}", code(signature) + more, *told])


def _access(access: str) -> str:
    return ", can be set" if access == "readwrite" else ""


def _arguments(arguments: Sequence[Arg]) -> str:
    return ", ".join(f"{arg.signature} {arg.name}" for arg in arguments)


def _types(arguments: Sequence[Arg]) -> Types:
    return {str(arg.name): str(arg.signature) for arg in arguments}


def _told(words: Words, values: Mapping[str, Types], entries: Types) -> list[str]:
    """Paragraphs and tables; `values` are those that have a place, by what is done with them,
    `entries` those in a dictionary."""
    told: list[str] = []
    left = {name: head for head, types in values.items() for name in types}
    for block in words.blocks:
        if isinstance(block, str):
            told.append(paragraph(block))
            continue
        heads = [_head(names, left) for names, _ in block]
        for head, pairs in groupby(zip(heads, block, strict=True), lambda pair: pair[0]):
            told.append(_names(head, [names for _, names in pairs], values.get(head, entries)))
    return told


def _head(names: str, left: dict[str, str]) -> str:
    """What is done with these values. What has been told of already, is an entry this time."""
    return {left.pop(name, "entry") for name in names.split(", ")}.pop()


def _names(head: str, names: Names, types: Types) -> str:
    rows: list[tuple[str, str, str]] = []
    for listed, meaning in names:
        each = listed.split(", ")
        kinds = {types[name] for name in each}
        if len(kinds) != 1:
            raise ValueError(f"{listed}: of several types, so each needs a line of its own")
        rows.append((", ".join(map(code, each)), code(kinds.pop()), meaning))
    return table((head, "type", "meaning"), rows)
