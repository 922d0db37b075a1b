"""What is told of scrobblerctl, as Markdown."""

from collections.abc import Callable, Iterable, Mapping

from scrobblerd.ctl.arguments.examples import EXAMPLES
from scrobblerd.ctl.arguments.tree import parser
from tools import ctl_words
from tools.answers import ANSWERS
from tools.ctl_tree import Command, Option, Value, tree
from tools.markdown import code, paragraph, table


def commands() -> str:
    """Every command: how it is written, what it does, its options."""
    top = tree(parser())
    listed = "\n".join(
        f"- [{command.path}](#{command.path.replace(' ', '-')}): {command.what}"
        for command in top.actions
    )
    below = (command for action in top.actions for command in action.walk())
    return "\n\n".join([listed, *map(_command, below)])


def _command(command: Command) -> str:
    parts = [
        f"### {command.path}",
        f"```text\n{usage(command)}\n```",
        f"{ctl_words.sentence(command.what)}",
        *map(paragraph, ctl_words.TOLD[command.path]),
    ]
    rows = [(code(written(option)), option.what) for option in ctl_words.explained(command)]
    rows += [(code(value.name), value.what) for value in command.values if value.what]
    if rows:
        parts.append(table(("", "meaning"), rows))
    parts.append(_lines(EXAMPLES[command.path]))
    return "\n\n".join(parts)


def usage(command: Command) -> str:
    """How a command is written."""
    options = [f"[{written(option)}]" for option in command.options if not option.ends]
    parts = ["scrobblerctl", command.path, *options, *map(_value, command.values)]
    return " ".join([*parts, *(["ACTION …"] if command.actions else [])])


def written(option: Option) -> str:
    """An option as it is written, by all its names."""
    value = f" {_choice(option.value)}" if option.value else ""
    return f"{', '.join(option.names)}{value}"


def _value(value: Value) -> str:
    name = _choice(value) + (" …" if value.many else "")
    return f"[{name}]" if value.optional else name


def _choice(value: Value) -> str:
    return "|".join(value.shown)


def answer(name: str) -> str:
    """What a command answers with --json."""
    shape = ANSWERS[name]
    rows = [
        (", ".join(map(code, names.split(", "))), kind, what) for names, kind, what in shape.fields
    ]
    shown = [table(("name", "type", "meaning"), rows)] if rows else []
    return "\n\n".join([paragraph(shape.form), *shown])


def _coded(head: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [
        (", ".join(map(code, names.split(", "))), ctl_words.sentence(what)) for names, what in rows
    ]
    return table((head, "meaning"), lines)


def _written(head: str, rows: Iterable[tuple[str, str]]) -> str:
    """A table of what is written, commas and all."""
    lines = [(code(written), ctl_words.sentence(what)) for written, what in rows]
    return table((head, "meaning"), lines)


def examples() -> str:
    """What somebody may want, and the line for it."""
    return _lines(ctl_words.EXAMPLES)


def _lines(wanted: Iterable[tuple[str, str]]) -> str:
    lines = (f"# {what}\n{line}" for what, line in wanted)
    return "```sh\n" + "\n".join(lines) + "\n```"


PARTS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "fields": lambda: _coded("field", ctl_words.FIELDS.items()),
    "syntax": lambda: _written("in a template", ctl_words.SYNTAX),
    "functions": lambda: _written("function", ctl_words.FUNCTIONS),
    "moments": lambda: _coded("WHEN", ctl_words.MOMENTS),
    "durations": lambda: _coded("DURATION", ctl_words.DURATIONS),
    "statuses": lambda: _coded(
        "status", ((str(status), what) for status, what in ctl_words.STATUSES)
    ),
    "environment": lambda: _coded("variable", ctl_words.ENVIRONMENT),
    "examples": examples,
}
"""The made parts of docs/scrobblerctl.md, but for the answers."""
