"""Completion of scrobblerctl for bash, zsh and fish: shtab writes the scripts from the parser.

Words that only a running system knows, such as play numbers, come from `scrobblerctl complete`.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from typing import Any

import shtab

from scrobblerd.ctl.arguments.tree import parser

SUGGESTED: Mapping[str, tuple[str, ...]] = {
    "WHEN": ("today", "yesterday", "monday", "7d", "30d", "last-week", "last-month", "all"),
    "PERIOD": ("today", "yesterday", "last-week", "last-month", "this-year", "last-year"),
    "DURATION": ("15m", "30m", "1h", "2h"),
    "VALUE": ("on", "off"),
    "NAME": (
        "enabled",
        "scrobble_threshold",
        "username",
        "authenticated",
        "configured",
        "paused_until",
        "private",
    ),
}
"""Likely words for a value, by its metavar. Others are taken as well."""

ASKED = ("PLAYER", "PLAY", "ROW", "ACCOUNT", "USER", "GONE")
"""Metavars of values for which the scripts run `scrobblerctl complete`."""

# bash: compgen -W would run commands that stand in a word; a loop does not.
# bash takes --state=held apart at the =, which the functions of shtab do not expect.
BASH = """
_scrobblerctl_values() {
  local word
  scrobblerctl complete "$1" 2>/dev/null | while IFS=$'\\t' read -r word _; do
    [[ $word == "$2"* ]] && printf '%s\\n' "$word"
  done
}
_scrobblerctl_files() {
  local word
  read word <<<"${1#[\\"\\']}" # without its quotes
  compgen -f -- "$word"
}
_scrobblerctl() {
  local -a words=()
  local i last=$COMP_CWORD
  for ((i = 0; i <= last; i++)); do
    if [[ ${COMP_WORDS[i]} != = ]]; then
      words+=("${COMP_WORDS[i]}")
    elif ((i == last)); then
      words+=("")
    fi
  done
  local -a COMP_WORDS=("${words[@]}")
  local COMP_CWORD=$((${#words[@]} - 1))
  _shtab_scrobblerctl
}
"""

# zsh: a sourced file ends here, since shtab's own test knows `eval` only.
ZSH = """
_scrobblerctl_values() {
  local -a values
  local line
  scrobblerctl complete $1 2>/dev/null | while IFS= read -r line; do
    values+=("${${line//:/\\\\:}/$'\\t'/:}")
  done
  _describe -t $1 $1 values
}
if [[ $zsh_eval_context[-1] == file ]]; then
  compdef _shtab_scrobblerctl scrobblerctl
  return
fi
"""


def script(shell: str) -> str:
    """Returns the script for "bash", "zsh" or "fish"."""
    whole = parser()
    for command, what in _commands(whole):
        command.description = what or command.description
        for action in _actions(command):
            _prepare(action, shell)
    match shell:
        case "bash":
            text = shtab.complete(whole, shell, preamble=BASH)
            return text.replace("-F _shtab_scrobblerctl ", "-F _scrobblerctl ") + "\n"
        case "zsh":
            text = shtab.complete(whole, shell, preamble=ZSH)
            return re.sub(r'"\(\*\)::?', '"*:', text)  # each of many values is completed
        case _:
            return shtab.complete(whole, shell)


def _commands(
    command: argparse.ArgumentParser, what: str = ""
) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Yields a parser and those of all commands below it, each with its help text."""
    yield command, what
    for action in _actions(command):
        for each in getattr(action, "_choices_actions", ()):  # the actions of a group
            yield from _commands(action.choices[each.dest], each.help)


def _actions(command: argparse.ArgumentParser) -> list[Any]:
    return list(command._actions)  # pyright: ignore[reportPrivateUsage] # no public list


def _prepare(action: Any, shell: str) -> None:
    """Tells shtab what can stand for a value."""
    name = action.metavar
    if action.nargs == 0 or not isinstance(name, str):
        return
    if action.option_strings and shell == "zsh":  # the value may stand behind a =, or at once
        action.option_strings = [
            f"{each}{'=' if each.startswith('--') else '+'}" for each in action.option_strings
        ]
    if name == "FILE":
        files = {**shtab.FILE, "bash": "_scrobblerctl_files"}
        action.complete = files
    elif name in ASKED:
        action.complete = _asking(name.lower())
    elif name in SUGGESTED:
        action.choices = SUGGESTED[name]


def _asking(kind: str) -> dict[str, Any]:
    """Returns, for each shell, what runs `scrobblerctl complete` for values of this kind."""
    function = f'_scrobblerctl_{kind}() {{\n  _scrobblerctl_values {kind} "$1"\n}}'
    return {
        "bash": f"_scrobblerctl_{kind}",
        "zsh": f" _scrobblerctl_values {kind}",  # with a space: zsh adds no arguments
        "fish": f"(command -q scrobblerctl; and scrobblerctl complete {kind} 2>/dev/null)",
        "preamble": {"bash": function},
    }
