"""Completion of scrobblerctl: real bash, zsh and fish complete real command lines."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.player import FakePlayer
from scrobblerd.ctl.arguments.parser import HIDDEN
from scrobblerd.ctl.arguments.setup import SHELLS
from scrobblerd.ctl.arguments.tree import parser
from scrobblerd.ctl.completion.completion import KINDS, script
from tests.conftest import Needs, require
from tests.support.daemon_bench import Bench, running
from tests.support.paths import ROOT
from tests.support.queue_samples import OTHER, PLAY, REJECTED, TITLE, fill
from tests.support.scrobblerctl import ctl, document, refused, said
from tests.support.shells import Offered, complete, typed
from tools.ctl_completion import ASKED, SUGGESTED
from tools.ctl_tree import Command, Value, tree

SCRIPTS = {
    shell: ROOT / f"daemon/scrobblerd/ctl/completion/scrobblerctl.{shell}" for shell in SHELLS
}
TOP = tree(parser())
COMMANDS = list(TOP.walk())
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILE = "FILE"
NOTHING = set[str]()


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, needs: Needs) -> str:
    """Each shell that we can complete for."""
    needs(request.param)
    return request.param


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One daemon for all, with a play, a rejected row and a row of another account."""
    with running(tmp_path_factory.mktemp("daemon")) as started:
        fill(started.daemon.database)
        yield started


def asked(
    shell: str, lines: list[str], home: Path, env: dict[str, str] | None = None
) -> list[Offered]:
    """What the shell offers at the end of each line, of which "scrobblerctl " is left out."""
    whole = [f"scrobblerctl {line}" for line in lines]
    return complete(shell, SCRIPTS[shell], whole, env or nowhere(home), home)


def nowhere(home: Path) -> dict[str, str]:
    """An environment with scrobblerctl, but without a session bus."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/no-bus",
        "XDG_RUNTIME_DIR": str(home),
    }


def line_of(command: Command, rest: str) -> str:
    """A line of a command."""
    return f"{command.path} {rest}".lstrip() if command.path else rest


# -- the scripts ----------------------------------------------------------------------------------


def test_each_shell_takes_its_script(shell: str) -> None:
    done = subprocess.run([shell, "-n", SCRIPTS[shell]], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_what_is_installed_is_what_is_printed(shell: str, bench: Bench) -> None:
    printed = ctl(bench, "completion", shell).stdout
    assert printed == script(shell)
    assert printed == SCRIPTS[shell].read_text(encoding="utf-8")


def test_it_is_printed_without_a_bus(shell: str, bench: Bench) -> None:
    env = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert ctl(bench, "completion", shell, env=env).returncode == 0


# -- what stands in the parser --------------------------------------------------------------------


def test_every_command_is_offered_where_it_can_stand(shell: str, tmp_path: Path) -> None:
    groups = [command for command in COMMANDS if command.actions]
    offered = asked(shell, [line_of(one, "") for one in groups], tmp_path)
    for group, words in zip(groups, offered, strict=True):
        assert set(words) == {one.name for one in group.actions}, group.path


def test_every_option_is_offered_and_no_other(shell: str, tmp_path: Path) -> None:
    offered = asked(shell, [line_of(one, "--") for one in COMMANDS], tmp_path)
    for command, words in zip(COMMANDS, offered, strict=True):
        names = {name for one in command.options for name in one.names}
        assert {word for word in words if word.startswith("--")} == {
            name for name in names if name.startswith("--")
        }, command.path


def values() -> Iterator[tuple[str, Value]]:
    """Every place of a value, as a line that ends there."""
    for command in COMMANDS:
        for option in command.options:
            for name in option.names if option.value else ():
                assert option.value
                yield line_of(command, f"{name} "), option.value
        for number, value in enumerate(command.values):
            yield line_of(command, "x " * number), value


PLAIN = [one for one in values() if one[1].name not in (FILE, *ASKED)]


def test_the_words_that_a_value_can_be_are_offered(shell: str, tmp_path: Path) -> None:
    offered = asked(shell, [line for line, _ in PLAIN], tmp_path)
    for (line, value), words in zip(PLAIN, offered, strict=True):
        found = {word for word in words if not word.startswith("-")}
        assert found == set(value.choices or SUGGESTED.get(value.name, ())), line


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_files_are_offered_where_a_file_is_wanted_and_nowhere_else(
    shell: str, tmp_path: Path, needs: Needs
) -> None:
    """bash leaves files to readline: see somebody type. What is asked for is no file."""
    needs(shell)
    (tmp_path / "wanted.csv").touch()
    program = tmp_path / "bin" / "scrobblerctl"
    program.parent.mkdir()
    program.symlink_to("/bin/true")
    env = nowhere(tmp_path)
    after_an_option = ("queue export --state held --format json ", Value(FILE))
    places = [*values(), after_an_option]
    lines = [line for line, _ in places]
    offered = asked(shell, lines, tmp_path, env | {"PATH": f"{program.parent}:{env['PATH']}"})
    for (line, value), words in zip(places, offered, strict=True):
        assert ("wanted.csv" in words) is (value.name == FILE), line


def test_descriptions_are_the_help_texts(tmp_path: Path, needs: Needs) -> None:
    needs("zsh", "fish")
    for shell in ("zsh", "fish"):
        [commands, options] = asked(shell, ["", "loved unmatched --js"], tmp_path)
        assert commands == {one.name: one.what for one in TOP.actions}
        assert options == {"--json": "print JSON"}


# -- lines in the making --------------------------------------------------------------------------


WORDS: dict[str, set[str]] = {
    "que": {"queue"},
    "lo": {"login", "logout", "love", "loved"},
    "queue --state held ex": {"export"},
    "queue --state=held ex": {"export"},
    "queue export --format=l": {"listens"},
    "queue export --format json --state rej": {"rejected"},
    "settings scr": {"scrobble_threshold"},
    "settings enabled o": {"on", "off"},
    "love queue ": NOTHING,
    "history --since to": {"today"},
    "loved ex": {"export"},
    "zzz": NOTHING,
}
"""What is offered at the end of a line, without the options."""


def test_a_line_is_gone_on_with(shell: str, tmp_path: Path) -> None:
    offered = asked(shell, list(WORDS), tmp_path)
    for (line, words), answers in zip(WORDS.items(), offered, strict=True):
        plain = {word.removeprefix("--format=") for word in answers}
        assert {word for word in plain if not word.startswith("-")} == words, line


# -- what only the bus knows ----------------------------------------------------------------------


async def test_players_plays_rows_and_accounts_are_asked_for(
    shell: str, bench: Bench, tmp_path: Path
) -> None:
    async with await FakePlayer.start(bench.bus.address, "vlc.instance12"):
        lines = [
            "skip ",
            "now --player ",
            "explain ",
            "queue edit ",
            "queue retry 3 ",
            "queue claim ",
            "login ",
            "logout ",
            "enable ",
            "disable ",
            "status --account ",
            "history --account ",
            "queue --account ",
            "queue list --account ",
            "queue claim --account ",
        ]
        offered = asked(shell, lines, tmp_path, nowhere(tmp_path) | bench.bus.env())
    plain = [{word for word in words if not word.startswith("-")} for words in offered]
    player, play, row = {"vlc.instance12"}, str(PLAY), str(REJECTED)
    accounts = [{"lastfm"}] * 9
    assert plain == [player, player, {play}, {row}, {row}, {OTHER}, *accounts]
    if shell != "bash":
        assert offered[2][play].replace("\\", "") == f"{TITLE} by Mira Holt"
        assert offered[3][row] == "Moss by Mira Holt"


def test_pressing_tab_starts_no_daemon_and_says_nothing_without_one(
    shell: str, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    services = tmp_path / "services"
    services.mkdir()
    (services / "org.scrobblerd.Scrobbler1.service").write_text(
        f"[D-BUS Service]\nName=org.scrobblerd.Scrobbler1\nExec=/usr/bin/touch {started}\n"
    )
    lines = ["explain ", "queue edit ", "queue claim ", "skip "]
    with PrivateBus([services]) as bus:
        offered = asked(shell, lines, tmp_path, nowhere(tmp_path) | bus.env())
    assert not started.exists()
    assert {word for words in offered for word in words if not word.startswith("-")} == set()


def test_without_scrobblerctl_nothing_is_said(shell: str, tmp_path: Path, needs: Needs) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "zsh", "fish", "sed", "grep", "cut", "tr", "sort"):
        found = [
            folder / name for folder in map(Path, ("/usr/bin", "/bin")) if (folder / name).exists()
        ]
        (tools / name).symlink_to(found[0]) if found else None
    env = nowhere(tmp_path) | {"PATH": str(tools)}
    offered = asked(shell, ["skip ", "explain "], tmp_path, env)
    assert {word for words in offered for word in words if not word.startswith("-")} == set()


@pytest.mark.parametrize("kind", [*KINDS, "frobs"])
def test_what_the_scripts_run_is_silent_without_a_bus(kind: str, bench: Bench) -> None:
    ended = ctl(bench, HIDDEN, kind, env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_command_that_the_scripts_run_is_not_shown(bench: Bench) -> None:
    assert HIDDEN not in said(bench, "--help").split()
    assert "did you mean completion?" in refused(bench, 2, "compl")


def test_every_kind_that_the_scripts_ask_for_is_known() -> None:
    assert {name.lower() for name in ASKED} == set(KINDS)


async def test_the_settings_that_are_offered_are_the_ones_there_are(bench: Bench) -> None:
    assert set(SUGGESTED["NAME"]) == set(document(bench, "settings"))


def test_what_is_suggested_is_taken() -> None:
    whole = parser()
    for word in SUGGESTED["WHEN"]:
        whole.parse_args(["history", "--since", word])
    for word in SUGGESTED["DURATION"]:
        whole.parse_args(["pause", word])


# -- as people have it ----------------------------------------------------------------------------


def shared(home: Path) -> Path:
    """A share/ in which the scripts are where a package has them."""
    mapped = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    for source, target in mapped.items():
        if "completion" in source:
            (home / target).parent.mkdir(parents=True)
            (home / target).symlink_to(ROOT / source)
    return home / "share"


def at_the_keyboard(tmp_path: Path) -> dict[str, str]:
    """An environment in which scrobblerctl shows what it was given, between bars."""
    program = tmp_path / "bin" / "scrobblerctl"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "GIVEN$(printf \'|%s\' "$@")|"\n')
    program.chmod(0o755)
    (tmp_path / "two words.csv").touch()
    env = nowhere(tmp_path)
    return env | {"PATH": f"{program.parent}:{env['PATH']}", "HOME": str(tmp_path), "TERM": "xterm"}


def test_somebody_types_with_bash(tmp_path: Path, needs: Needs) -> None:
    needs("bash")
    env = at_the_keyboard(tmp_path)
    (tmp_path / "rc").write_text(f"source {SCRIPTS['bash']}\n")
    command = ["bash", "--noprofile", "--rcfile", str(tmp_path / "rc"), "-i"]
    keys = "scrobblerctl qu\texp\t--sta\thel\ttwo\t\nexit\n"
    assert "GIVEN|queue|export|--state|held|two words.csv|" in typed(command, keys, env, tmp_path)


def test_bash_finds_it_by_the_name_of_the_command(tmp_path: Path, needs: Needs) -> None:
    needs("bash")
    loader = Path("/usr/share/bash-completion/bash_completion")
    require(loader.exists(), "bash-completion is missing (Debian: apt install bash-completion)")
    env = at_the_keyboard(tmp_path) | {"XDG_DATA_DIRS": str(shared(tmp_path))}
    (tmp_path / "rc").write_text(f"source {loader}\n")
    command = ["bash", "--noprofile", "--rcfile", str(tmp_path / "rc"), "-i"]
    keys = "scrobblerctl loved ex\t--form\tm3\ttwo\t\nexit\n"
    assert "GIVEN|loved|export|--format|m3u8|two words.csv|" in typed(command, keys, env, tmp_path)


def test_somebody_types_with_zsh_that_finds_it_in_its_path(tmp_path: Path, needs: Needs) -> None:
    needs("zsh")
    env = at_the_keyboard(tmp_path) | {"ZDOTDIR": str(tmp_path)}
    (tmp_path / ".zshrc").write_text(
        f"fpath=({shared(tmp_path)}/zsh/site-functions $fpath)\n"
        "autoload -Uz compinit\ncompinit -u -D\n"
    )
    keys = "scrobblerctl qu\texp\t--sta\thel\ttwo\t\nexit\n"
    said = typed(["zsh", "-d", "-i"], keys, env, tmp_path)
    assert "GIVEN|queue|export|--state=held|two words.csv|" in said


def test_fish_finds_it_by_the_name_of_the_command(tmp_path: Path, needs: Needs) -> None:
    needs("fish")
    done = subprocess.run(
        ["fish", "-c", "complete -C 'scrobblerctl que'"],
        env=at_the_keyboard(tmp_path) | {"XDG_DATA_DIRS": f"{shared(tmp_path)}:/usr/share"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("queue\tplays that wait to be scrobbled\n", "")
