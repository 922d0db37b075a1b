"""terminal.py: what a terminal is sent."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

import pytest

from scrobblerd.core.text import isolated
from scrobblerd.ctl.display.terminal import harmless, shows_isolates

FERN = "שרך"


@contextmanager
def terminal(encoding: str) -> Generator[TextIO]:
    """An output at a real terminal."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "w", encoding=encoding) as stream:
        yield stream


@pytest.mark.parametrize(
    ("encoding", "term", "marked"),
    [
        *(("utf-8", "xterm-256color", True), ("UTF-8", "tmux", True), ("ascii", "xterm", False)),
        *(("utf-8", "linux", False), ("utf-8", "dumb", False), ("latin-1", "xterm", False)),
    ],
)
def test_a_terminal_that_may_show_both_directions_gets_marks(
    monkeypatch: pytest.MonkeyPatch, encoding: str, term: str, marked: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    with terminal(encoding) as stream:
        assert shows_isolates(stream) is marked


def test_a_pipe_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w", encoding="utf-8") as stream:
        assert not shows_isolates(stream)


def test_marks_are_set_or_left_out_and_those_of_others_are_never_shown() -> None:
    said = f"no {isolated(FERN)}\tnor {FERN}!\n\x1b[31m\u202e\u2068Fern\u2069"
    assert harmless(said, isolates=True) == (
        f"no \u2068{FERN}\u2069\tnor \u2068{FERN}!\u2069\n [31m Fern"
    )
    assert harmless(said) == f"no {FERN}\tnor {FERN}!\n [31m Fern"
