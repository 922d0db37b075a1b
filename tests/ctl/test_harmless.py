"""Nothing that a terminal obeys reaches it, whichever way it goes."""

import os
import termios
from collections.abc import Callable

import pytest

from scrobblerd.ctl.display.files import Target
from scrobblerd.ctl.display.screen import Screen
from tests.support.terminal import shown_at

OBEYED = "a\x1b[2Jb\x9bc\u202ed\x07\r\n\te\nf"
"""Text with what clears a screen, colours it, runs backwards, rings and moves the cursor."""


def on_terminal(way: Callable[[Screen], object]) -> str:
    """What a terminal gets; it does not change line breaks."""
    ours, theirs = os.openpty()
    settings = termios.tcgetattr(theirs)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    with os.fdopen(theirs, "w", encoding="utf-8", newline="") as out:
        way(Screen(out, out))
    return shown_at(ours)


WAYS: dict[str, Callable[[Screen], object]] = {
    "raw": lambda screen: screen.raw(OBEYED),
    "data": lambda screen: screen.data(OBEYED),
    "note": lambda screen: screen.note(OBEYED),
    "prompt": lambda screen: screen.prompt(OBEYED),
    "document": lambda screen: screen.document([OBEYED]),
    "export": lambda screen: Target("-", False).write(screen, OBEYED, "it"),
    "export to it": lambda screen: Target(terminal_of(screen), False).write(screen, OBEYED, "it"),
}


def terminal_of(screen: Screen) -> str:
    """The file of the terminal."""
    return os.ttyname(screen.console.file.fileno())


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_that_a_terminal_obeys_reaches_it(way: Callable[[Screen], object]) -> None:
    shown = on_terminal(way)
    assert "\x1b[2J" not in shown
    assert not set(shown) & set("\x9b\u202e\x07\r")
    assert "f" in shown


def test_a_pipe_gets_the_content_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    Screen().data(OBEYED)
    assert capfd.readouterr().out == OBEYED
