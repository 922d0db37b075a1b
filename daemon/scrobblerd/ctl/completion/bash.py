"""Pure: completion for bash. It uses none of bash-completion's functions, so it works without."""

from collections.abc import Iterator

from .tree import Command, Value, valued
from .values import FILE, LINES, filled, words

SCRIPT = r"""# Completion of scrobblerctl for bash: scrobblerctl completion bash

# What can stand there, in $offers: $1 is a command, and "-", an option or the number of a value.
_scrobblerctl_offers() {
    case $1 in
@OFFERS@
        *) offers= ;;
    esac
}

# What only the bus knows. Nothing is started for that.
_scrobblerctl_ask() {
    case $1 in
@LINES@
    esac
}

_scrobblerctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} at= option= given=0 offers word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then # bash takes --state=held apart
            continue
        elif [[ -n $option ]]; then
            option=
        elif [[ '@VALUED@' == *"|$word|"* ]]; then
            option=$word
        elif [[ $word == -* ]]; then
            continue
        elif [[ $given == 0 && '@COMMANDS@' == *"|${at:+$at }$word|"* ]]; then
            at=${at:+$at }$word
        else
            given=$((given + 1))
        fi
    done
    [[ $cur == = ]] && cur=
    case $option$cur in
        -*) _scrobblerctl_offers "$at ${option:--}" ;;
        *) _scrobblerctl_offers "$at $given" ;;
    esac
    if [[ -z $offers$option$cur ]]; then
        _scrobblerctl_offers "$at -"
    fi
    case $offers in
        FILE) compopt -o default 2>/dev/null ;; # readline knows files best
        @ASKED@) offers=$(_scrobblerctl_ask "$offers" | cut -f 1) ;;
    esac
    while read -r word; do
        if [[ -n $word && $word != FILE && $word == "$cur"* ]]; then
            COMPREPLY+=("$word")
        fi
    done <<<"${offers// /$'\n'}"
}

complete -F _scrobblerctl scrobblerctl
"""


def script(top: Command) -> str:
    """The script."""
    arms: dict[str, list[str]] = {}
    for command in top.walk():
        for place, offered in _places(command):
            arms.setdefault(offered, []).append(place)
    return filled(
        SCRIPT,
        OFFERS=[f"        {' | '.join(where)}) offers='{what}' ;;" for what, where in arms.items()],
        LINES=[f"        {name}) {line} ;;" for name, line in LINES.items()],
        ASKED=[" | ".join(LINES)],
        VALUED=[f"|{'|'.join(valued(top))}|"],
        COMMANDS=[f"|{'|'.join(one.path for one in top.walk() if one.path)}|"],
    )


def _places(command: Command) -> Iterator[tuple[str, str]]:
    """Each place of a command where something can stand, as a pattern, and what can."""
    yield f"'{command.path} -'", " ".join(one.names[-1] for one in command.options)
    if command.actions:
        yield f"'{command.path} 0'", " ".join(one.name for one in command.actions)
    for number, value in enumerate(command.values):
        if offered := _offered(value):
            yield f"'{command.path} '{'[0-9]*' if value.many else number}", offered
    for option in command.options:
        if option.value and (offered := _offered(option.value)):
            for name in option.names:
                yield f"'{command.path} {name}'", offered


def _offered(value: Value) -> str:
    """Words; or, in capitals, what has to be asked for."""
    return value.name if value.name in (FILE, *LINES) else " ".join(words(value))
