"""Real shells that complete command lines: what each would offer at the end of a line.

    offered = complete("zsh", script, ["scrobblerctl que", "scrobblerctl queue "], env)
    assert offered[0] == {"queue": "what waits to be scrobbled"}

Each answers words and their descriptions, "" where there is none. bash has no descriptions; zsh
shows them as it would lay them out.
"""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.terminal import Terminal
from tests.support.waiting import TIMEOUT_SECONDS

Env = Mapping[str, str]
Offered = dict[str, str]

BEGIN = "> "
"""What begins the answer to a line."""

BASH = """
while IFS=$'\\x1f' read -r -a COMP_WORDS; do
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_WORDS[COMP_CWORD]=${COMP_WORDS[COMP_CWORD]%$'\\x1e'}
    _scrobblerctl
    printf '%s\\n' "> ${COMP_WORDS[*]}" "${COMPREPLY[@]}"
done
"""

FISH = """
while read -l line
    echo "> $line"
    complete -C $line
end
"""

ZSH = """
autoload -Uz compinit
compinit -u -D
source $SCRIPT
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then # it is asked what fits, not to add it
        builtin compadd "$@"
        return
    fi
    local -a hits shown
    local i named=${@[$(( ${@[(i)-d]} + 1 ))]}
    (( $@[(I)-d] )) && shown=("${(@P)named}")
    builtin compadd -A hits -D shown "$@"
    for (( i = 1; i <= $#hits; i++ )) print -r -- "$hits[i]"$'\\t'"$shown[i]" >>$OFFERED
    builtin compadd "$@"
}
lines=("${(@f)$(<$ASKED)}")
ask() {
    for BUFFER in "${lines[@]}"; do
        CURSOR=$#BUFFER
        print -r -- "> $BUFFER" >>$OFFERED
        zle list-choices
    done
    exit
}
zle -N zle-line-init ask
"""


def complete(shell: str, script: Path, lines: Sequence[str], env: Env, home: Path) -> list[Offered]:
    """What the shell, to which `script` was given, offers at the end of each line.

    `home` is a folder that it may fill. Raises AssertionError where it complains.
    """
    said = SHELLS[shell](script, lines, dict(env) | {"HOME": str(home), "TERM": "xterm"}, home)
    answers = [list[str]() for _ in lines]
    number = -1
    for line in said.splitlines():
        if line.startswith(BEGIN):
            number += 1
        elif line:
            answers[number].append(line)
    assert number == len(lines) - 1, said
    return [dict(map(_described, answer)) for answer in answers]


def _described(line: str) -> tuple[str, str]:
    word, _, what = line.partition("\t")
    return word, re.sub(rf"^{re.escape(word)}(\s+-- |$)", "", what)


def _run(command: list[str], given: str, env: Env, home: Path) -> str:
    done = subprocess.run(
        command,
        input=given,
        env=env,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _bash(script: Path, lines: Sequence[str], env: Env, home: Path) -> str:
    """Words as readline takes a line apart: = is one of its own."""
    words = (re.findall(r"=|[^ =]+|(?<=[ =])$", line) for line in lines)
    given = "".join("\x1f".join(one) + "\x1e\n" for one in words)
    ask = f"set -u; source {script}; {BASH}"
    return _run(["bash", "--norc", "--noprofile", "-c", ask], given, env, home)


def _fish(script: Path, lines: Sequence[str], env: Env, home: Path) -> str:
    given = "".join(f"{line}\n" for line in lines)
    return _run(["fish", "--no-config", "-c", f"source {script}; {FISH}"], given, env, home)


def _zsh(script: Path, lines: Sequence[str], env: Env, home: Path) -> str:
    """zsh completes at a terminal only; it asks itself as soon as it is ready there."""
    offered, asked = home / "offered", home / "asked"
    offered.write_text("", encoding="utf-8")
    asked.write_text("\n".join(lines), encoding="utf-8")
    (home / ".zshrc").write_text(ZSH, encoding="utf-8")
    places = {"ZDOTDIR": home, "OFFERED": offered, "ASKED": asked, "SCRIPT": script}
    wanted = dict(env) | {name: str(path) for name, path in places.items()}
    said = typed(["zsh", "-d", "-i"], "", wanted, home)
    assert "_scrobblerctl:" not in said, said  # where zsh complains
    return offered.read_text(encoding="utf-8")


SHELLS: Mapping[str, Callable[[Path, Sequence[str], Env, Path], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}


def typed(command: list[str], keys: str, env: Env, home: Path) -> str:
    """All that a shell shows when `keys` are pressed, which end it."""
    with Terminal(command, env, columns=200, cwd=home) as shell:
        shell.type(keys)
        shell.ended()
        return shell.heard
