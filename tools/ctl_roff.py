"""What is told of scrobblerctl, for its manual page."""

from collections.abc import Callable, Iterable, Mapping

from scrobblerd.ctl.arguments.examples import EXAMPLES
from scrobblerd.ctl.arguments.tree import parser
from tools import ctl_words, roff
from tools.answers import ANSWERS
from tools.ctl_tree import Command, Option, Value, tree


def commands() -> str:
    """Every command: how it is written, what it does, its options."""
    below = (command for top in tree(parser()).actions for command in top.walk())
    return "\n".join(map(_command, below))


def _command(command: Command) -> str:
    synopsis = [_bold(command.path), *map(_value, command.values)]
    if command.actions:
        synopsis.append(r"\fIACTION\fR ...")
    told = [ctl_words.sentence(command.what), *ctl_words.TOLD[command.path]]
    lines = [".TP", " ".join(synopsis), "\n.IP\n".join(map(_text, told))]
    explained = [(_bold(value.name, "I"), value.what) for value in command.values if value.what]
    explained += [(_option(option), option.what) for option in ctl_words.explained(command)]
    if explained:
        lines.append(f".RS\n{_tagged(explained)}\n.RE")
    lines += [
        f".IP\n{_text(f'{what}:')}\n.nf\n{_whole_line(line)}\n.fi"
        for what, line in EXAMPLES[command.path]
    ]
    return "\n".join(lines)


def _whole_line(line: str) -> str:
    return _text(f"`{line}`").replace("\n", " ")


def _option(option: Option) -> str:
    names = ", ".join(map(_bold, option.names))
    return f"{names} {_choice(option.value)}" if option.value else names


def _value(value: Value) -> str:
    name = _choice(value) + (" ..." if value.many else "")
    return f"[{name}]" if value.optional else name


def _choice(value: Value) -> str:
    if value.shown == (value.name,):
        return _bold(value.name, "I")
    return "|".join(map(_bold, value.shown))


def answers() -> str:
    """What every command answers with --json."""
    lines: list[str] = []
    for name, answer in ANSWERS.items():
        lines += [f'.SS "{name[0].upper()}{name[1:]}"', _text(answer.form)]
        lines += [
            _tagged((_names(names), f"({kind}) {what}") for names, kind, what in answer.fields)
        ]
    return "\n".join(filter(None, lines))


def _names(names: str) -> str:
    return ", ".join(map(_bold, names.split(", ")))


def _tagged(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f".TP\n{tag}\n{_text(ctl_words.sentence(what))}" for tag, what in rows if what)


def _coded(rows: Iterable[tuple[str, str]]) -> str:
    return _tagged((_names(names), what) for names, what in rows)


def _written(rows: Iterable[tuple[str, str]]) -> str:
    return _tagged((_text(f"`{written}`"), what) for written, what in rows)


def _bold(words: str, font: str = "B") -> str:
    return f"\\f{font}{words.replace('-', chr(92) + '-')}\\fR"


def _text(words: str) -> str:
    return roff.text(words).replace("–", r"\(en")


def examples() -> str:
    """What somebody may want, and the line for it."""
    return "\n.PP\n".join(
        f"{_text(what)}\n.PP\n.RS\n.nf\n{_text(f'`{line}`')}\n.fi\n.RE"
        for what, line in ctl_words.EXAMPLES
    )


PARTS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "fields": lambda: _coded(ctl_words.FIELDS.items()),
    "syntax": lambda: _written(ctl_words.SYNTAX),
    "functions": lambda: _written(ctl_words.FUNCTIONS),
    "answers": answers,
    "moments": lambda: _coded(ctl_words.MOMENTS),
    "durations": lambda: _coded(ctl_words.DURATIONS),
    "statuses": lambda: _coded((str(status), what) for status, what in ctl_words.STATUSES),
    "environment": lambda: _coded(ctl_words.ENVIRONMENT),
    "examples": examples,
}
"""The made parts of scrobblerctl(1)."""
