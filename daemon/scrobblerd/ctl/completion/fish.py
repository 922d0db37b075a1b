"""Pure: completion for fish, a line for each word that can stand somewhere."""

from collections.abc import Iterator

from .tree import Command, Option, Value, valued
from .values import FILE, LINES, filled, words

SCRIPT = """\
# Completion of scrobblerctl for fish: scrobblerctl completion fish

# Whether the command so far is $argv[1], followed by $argv[2] values ("1+" = or more).
function __scrobblerctl_at
    set -l at ''
    set -l given 0
    set -l option ''
    for word in (commandline -opc)[2..-1]
        set -l below (string trim -- "$at $word")
        if test -n "$option"
            set option ''
        else if contains -- $word @VALUED@
            set option $word
        else if string match -q -- '-*' $word
            continue
        else if test $given = 0; and contains -- $below @COMMANDS@
            set at $below
        else
            set given (math $given + 1)
        end
    end
    test "$at" = "$argv[1]"; or return
    switch "$argv[2]"
        case ''
            return 0
        case '*+'
            test $given -ge (string trim -c + -- $argv[2])
        case '*'
            test $given = $argv[2]
    end
end

# What only the bus knows. Nothing is started for that.
function __scrobblerctl_ask
    command -q busctl; or return
    switch $argv[1]
@LINES@
    end
end

complete -c scrobblerctl -f
@RULES@
"""


def script(top: Command) -> str:
    """The script."""
    paths = [_quoted(one.path) for one in top.walk() if one.path]
    return filled(
        SCRIPT,
        VALUED=[" ".join(valued(top))],
        COMMANDS=[" ".join(paths)],
        LINES=[f"        case {name}\n            {line}" for name, line in LINES.items()],
        RULES=[f"complete -c scrobblerctl {rule}" for one in top.walk() for rule in _rules(one)],
    )


def _rules(command: Command) -> Iterator[str]:
    for one in command.actions:
        yield f"{_at(command, '0')} -a {one.name} -d {_quoted(one.what)}"
    for option in command.options:
        yield f"{_at(command)} {_option(option)}"
    for number, value in enumerate(command.values):
        if rest := _value(value):
            given = f"{number}+" if value.many else str(number)
            yield f"{_at(command, given)} {rest}"


def _at(command: Command, given: str = "") -> str:
    """Where a rule holds."""
    place = f'__scrobblerctl_at "{command.path}" {given}'.strip()
    return f"-n {_quoted(place)}"


def _option(option: Option) -> str:
    names = [
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
    ]
    value: list[str] = []
    if option.value:
        value = ["-r" if option.value.name == FILE else "-x", _value(option.value)]
    return " ".join(filter(None, (*names, *value, f"-d {_quoted(option.what)}")))


def _value(value: Value) -> str:
    """What offers the words, "" for none."""
    if value.name == FILE:
        return "-F"
    offered = (
        f"(__scrobblerctl_ask {value.name})" if value.name in LINES else " ".join(words(value))
    )
    return f"-a {_quoted(offered)}" if offered else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
