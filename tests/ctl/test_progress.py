"""The bar of an export or import is there on a terminal only, and leaves nothing behind."""

import os
import sys

import pytest

from scrobblerd.ctl.display.screen import Screen
from scrobblerd.ctl.transfer.progress import Progress
from tests.support.terminal import shown_at


def test_a_pipe_sees_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Screen(), 3, "plays") as progress:
        progress.update(2)
    assert capsys.readouterr().out == ""


def test_a_terminal_sees_how_many_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:  # noqa: PTH123 # a number
        monkeypatch.setattr(sys, "stdout", terminal)
        with Progress(Screen(), 3, "plays") as progress:
            progress.update(2)
    shown = shown_at(ours)
    assert "2/3" in shown
    assert "plays" in shown
