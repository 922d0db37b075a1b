"""Pure: completion for zsh, a function for each command."""

from collections.abc import Iterator

from .tree import Command, Option, Value
from .values import FILE, LINES, filled, words

SCRIPT = """\
#compdef scrobblerctl
# Completion of scrobblerctl for zsh: scrobblerctl completion zsh

# What only the bus knows. Nothing is started for that.
_scrobblerctl_ask() {
  local -a found
  local line
  case $1 in
@LINES@
  esac | while IFS= read -r line; do
    found+=("${${line//:/\\\\:}/$'\\t'/:}")
  done
  _describe -t "${(L)1}s" "${(L)1}" found
}

@FUNCTIONS@

if [[ $funcstack[1] == _scrobblerctl ]]; then # loaded from a folder of $fpath
  _scrobblerctl "$@"
else
  compdef _scrobblerctl scrobblerctl
fi
"""

PLAIN = """\
{name}() {{
  _arguments -s -S{specs}
}}"""

# _arguments has an array `actions` of its own, which would be seen by what it calls. -A: options
# after an action are the action's, even where the group has some of the same name.
GROUP = """\
{name}() {{
  local curcontext=$curcontext state line ret=1
  local -A opt_args
  local -a below=({actions}
  )
  _arguments -C -A '-*' -s -S{specs} \\
    '1: : _describe -t commands command below' \\
    '*:: :->rest' && ret=0
  if [[ $state == rest ]] && (( $+functions[{name}_$words[1]] )); then
    curcontext=${{curcontext%:*}}-$words[1]:
    {name}_$words[1] && ret=0
  fi
  return ret
}}"""


def script(top: Command) -> str:
    """The script."""
    lines = [f"    {name}) {line} ;;" for name, line in LINES.items()]
    return filled(SCRIPT, LINES=lines, FUNCTIONS=["\n\n".join(map(_function, top.walk()))])


def _function(command: Command) -> str:
    name = "_".join(["_scrobblerctl", *command.path.split()])
    specs = "".join(f" \\\n    {spec}" for spec in _specs(command))
    if not command.actions:
        return PLAIN.format(name=name, specs=specs)
    actions = "".join(f"\n    {_quoted(f'{one.name}:{one.what}')}" for one in command.actions)
    return GROUP.format(name=name, specs=specs, actions=actions)


def _specs(command: Command) -> Iterator[str]:
    for option in command.options:
        for name in option.names:
            yield _quoted(_option(option, name))
    for value in command.values:
        yield _quoted(f"{'*' if value.many else ''}{_value(value)}")


def _option(option: Option, name: str) -> str:
    """What _arguments is to know of an option by one of its names."""
    what = f"[{_escaped(option.what, '[]')}]"
    if option.ends:
        return f"(- *){name}{what}"
    if option.value is None:
        return f"({' '.join(option.names)}){name}{what}"
    joined = "=" if name.startswith("--") else "+"
    lead = "*" if option.value.many else f"({' '.join(option.names)})"
    return f"{lead}{name}{joined}{what}{_value(option.value)}"


def _value(value: Value) -> str:
    """A message, and what fetches the words."""
    message = f":{_escaped(value.name.lower(), ':')}:"
    if value.name == FILE:
        return f"{message}_files"
    if value.name in LINES:
        return f"{message} _scrobblerctl_ask {value.name}"  # the space: called with this alone
    return f"{message}({' '.join(words(value))})"


def _escaped(text: str, special: str) -> str:
    return "".join(f"\\{one}" if one in f"\\{special}" else one for one in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
