"""The command line: lengths, and names that are nearly right."""

from argparse import ArgumentTypeError

import pytest

from scrobblerd.ctl.arguments import parser
from scrobblerd.ctl.display.formats import length


@pytest.mark.parametrize(
    ("said", "seconds"), [("3:20", 200), ("1:00:00", 3600), ("0:45", 45), ("45s", 45), ("90", 90)]
)
def test_a_length_may_be_written_as_players_show_it(said: str, seconds: int) -> None:
    assert length(said) == seconds


@pytest.mark.parametrize("said", ["3:", ":20", "a:20", "1:2:3:4", "0:00", "-1:20", "3:２0", ""])
def test_what_is_no_length_is_refused(said: str) -> None:
    with pytest.raises(ArgumentTypeError):
        length(said)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("statuss", "there is no command 'statuss'; did you mean status?"),
        ("histroy", "there is no command 'histroy'; did you mean history?"),
        ("frobnicate", "there is no command 'frobnicate';"),
    ],
)
def test_an_unknown_command_is_one_short_line(
    capsys: pytest.CaptureFixture[str], said: str, words: str
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([said])
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
