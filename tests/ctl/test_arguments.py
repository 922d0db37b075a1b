"""The command line: what is refused in one line, and names that are nearly right."""

import re
import shlex
import subprocess
import sys

import pytest

from scrobblerd.core.model import Verdict
from scrobblerd.ctl.__main__ import main
from scrobblerd.ctl.arguments.examples import EXAMPLES
from scrobblerd.ctl.arguments.looking import VERDICTS
from scrobblerd.ctl.arguments.tree import parser
from tests.support.scrobblerctl import NASTY, harmless
from tools.ctl_tree import tree

NONSENSE = {
    "": ("scrobble",),
    "explain": ("-1", "fern", "1 2", "١", "9" * 5000),
    "history": (
        *("-n -1", "-n 1.5", "-n=", "--since soon", "--since=", f"--since {'9' * 5000}"),
        *(
            "--since 2026-13-01",
            "--since 20261",
            "--until soon",
            "--verdict lost",
            "--sinc today",
            "--since {}",
            "{}",
        ),
    ),
    "players": ("one",),
    "skip": ("one two",),
    "resume": ("now",),
    "pause": ("1h 30m", "0", "-5", "soon", "1h30", "1.5h", "9" * 5000, "{}", "١h"),
    "test-filter": ("", "Holt", "Holt Fern --length long", "Holt Fern --genres folk"),
    "love": ("Holt Fern Tidewater",),
    "unlove": ("Holt Fern Tidewater",),
    "loved": ("fern", "unmatched -n -1", "export --format xml"),
    "library": ("", "fern", "scan {}"),
    "queue": (
        *("fern", "{}", "--state asleep", "retry fern", "retry -1", "drop", "drop 1.0", "edit"),
        *(
            "edit 1 --genre x",
            "claim",
            "claim --account a",
            "claim otter --from attic",
            "export --format xml",
            "list list",
        ),
    ),
    "verify": ("brainz attic", "--since soon", "--until=", "--fix"),
    "settings": ("scrobble_threshold 50 60",),
    "record": ("",),
    "service": ("", "start", "install twice", "remove --all", "status --force"),
    "accounts": ("brainz",),
    "login": ("brainz attic",),
    "status": ("brainz", "--account"),
    "enable": ("", "brainz attic"),
    "disable": ("", "brainz attic"),
    "help": ("frob", "complete", "queue frob", "queue drop 1"),
}
"""What each command refuses; {} stands for the words of an enemy."""


@pytest.mark.parametrize(
    "arguments",
    [
        [word.format(NASTY) for word in f"{command} {line}".split(" ") if word]
        for command, lines in NONSENSE.items()
        for line in lines
    ]
    + [[NASTY], ["pause", ""]],
    ids=lambda arguments: ascii(" ".join(arguments))[:40],
)
def test_nonsense_is_refused_in_one_short_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(arguments)
    output, line = capsys.readouterr()
    assert (ended.value.code, output) == (2, "")
    assert re.fullmatch(r"scrobblerctl[ a-z-]*: [^\n]+\n", line)
    assert len(line) < 300
    harmless(line)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("statuss", "there is no command 'statuss'; did you mean status?"),
        ("histroy", "there is no command 'histroy'; did you mean history?"),
        ("delete", "there is no command 'delete'; did you mean history delete?"),
        ("edit", "there is no command 'edit'; did you mean history edit or queue edit?"),
        ("frobnicate", "there is no command 'frobnicate';"),
        ("nope", "there is no command 'nope';"),
        ("compl", "there is no command 'compl'; did you mean completion?"),
    ],
)
def test_an_unknown_command_is_one_short_line(
    capsys: pytest.CaptureFixture[str], given: str, words: str
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([given])
    line = f"scrobblerctl: {words} scrobblerctl --help tells more\n"
    assert capsys.readouterr().err == line


def test_an_unknown_action_is_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["queue", "lits"])
    words = "there is no command 'lits'; did you mean list?"
    line = f"scrobblerctl queue: {words} scrobblerctl queue --help tells more\n"
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("command", ["status", "queue", "queue export", "loved import"])
def test_what_is_too_much_is_told_by_the_command_it_was_said_to(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([*command.split(), "--frob"])
    line = f"unrecognized arguments: --frob; scrobblerctl {command} --help tells more\n"
    assert capsys.readouterr().err == f"scrobblerctl {command}: {line}"


def test_the_parser_of_a_command_knows_it_as_that_of_all_does() -> None:
    whole = parser()
    for command, page in whole.commands.items():
        assert parser(command).commands[command].format_help() == page.format_help()


@pytest.mark.parametrize("command", ["status", "now", "watch"])
def test_what_runs_often_makes_few_pages(command: str) -> None:
    assert len(parser(command).commands) < 12


def test_no_command_pays_for_what_others_need() -> None:
    script = (
        "import sys, scrobblerd.ctl.arguments.tree as tree; tree.parser();"
        "print(*(name for name in sys.modules if name.startswith('scrobblerd.core.')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().split() == ["scrobblerd.core.text"]


@pytest.mark.parametrize("words", [["stats", "--frob"], ["stat"], ["help", "bogus"], []])
def test_a_wrong_word_is_answered_as_if_all_were_known(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    answers: list[str] = []
    for known in (parser(), parser(words[0] if words else "")):
        with pytest.raises(SystemExit):
            known.parse_args([*words, "--bogus"])
        answers.append(capsys.readouterr().err)
    assert answers[0] == answers[1]


def test_every_verdict_of_the_history_can_be_asked_for() -> None:
    assert ("listening", *VERDICTS) == tuple(Verdict)


COMMANDS = {command.path: command for command in tree(parser()).walk()}


@pytest.mark.parametrize("path", COMMANDS)
def test_every_help_page_has_two_examples_of_its_command(path: str) -> None:
    lines = [line for _, line in EXAMPLES[path]]
    assert len(set(lines)) == 2
    page = parser().find(path.split()).format_help()
    for line in lines:
        assert f"  {line}\n" in page
        given = re.search(rf"scrobblerctl {path}(.*)", line)
        assert given, line
        first = re.split(r" && | > |\)", f"{path}{given[1]}")[0]
        parser().parse_args(shlex.split(first))


def test_there_are_no_examples_of_other_commands() -> None:
    assert list(EXAMPLES) == list(COMMANDS)


def test_a_help_page_fits_a_terminal() -> None:
    for path in COMMANDS:
        examples = parser().find(path.split()).format_help().partition("\nexamples:\n")[2]
        assert max(map(len, examples.splitlines())) <= 80, path


def test_help_is_the_page_of_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words in ((), ("queue",), ("queue", "drop"), ("help",)):
        assert main(["help", *words]) == 0
        shown = capsys.readouterr().out
        with pytest.raises(SystemExit):
            parser().parse_args([*words, "--help"])
        assert shown == capsys.readouterr().out
    for words, line in (
        ("help histroy", "there is no command 'histroy'; did you mean history?"),
        ("help frobnicate", "'frobnicate'; scrobblerctl help tells more\n"),
        ("help queue frobnicate", "'frobnicate'; scrobblerctl help tells more\n"),
        ("help loved drop", "scrobblerctl loved: there is no command 'drop';"),
        ("help love export", "scrobblerctl love: there is no command 'export';"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        assert ended.value.code == 2
        assert line in capsys.readouterr().err
