"""A program while it runs, at a terminal that is ours to read and to type into."""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self, TextIO

from tests.support.waiting import TIMEOUT_SECONDS


def shown_at(ours: int) -> str:
    """All that a terminal was shown, once nobody has its other end open any more. The kernel hands
    it on when it likes: a single read may get a part. Closes the terminal."""
    raw = b""
    with contextlib.suppress(OSError):  # EIO: that was all
        while more := os.read(ours, 65536):
            raw += more
    os.close(ours)
    return raw.decode()


class Terminal:
    """A program at a terminal of its own, or, with `columns` None, at a pipe.

    `heard` is all that it has shown so far, on both outputs, escape sequences included.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int | None = 80,
        cwd: Path | None = None,
        given: TextIO | None = None,
    ) -> None:
        self.heard = ""
        self._raw, self._seen = b"", 0
        self._ours, self._theirs = os.pipe() if columns is None else os.openpty()
        if columns is not None:
            size = struct.pack("HHHH", 24, columns, 0, 0)
            fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, size)
        self.process = subprocess.Popen(
            command,
            env={"TERM": "xterm-256color", **env},
            cwd=cwd,
            stdin=self._theirs if columns is not None else given or subprocess.DEVNULL,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509 # there is no other way to be its leader
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def expect(self, words: str) -> str:
        """Wait until it shows `words`, after all that was expected before: what came before."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while (at := self.heard.find(words, self._seen)) < 0:
            over = time.monotonic() > deadline or (self.process.poll() is not None)
            assert self._read() or not over, f"no {words!r} in:\n{self.heard}"
        before, self._seen = self.heard[self._seen : at], at + len(words)
        return before

    def press(self, *keys: str) -> None:
        """Press keys: words are typed and entered, "^C" and such are what they are."""
        for key in keys:
            self.type(chr(ord(key[1]) - 64) if key.startswith("^") else f"{key}\r")

    def type(self, keys: str) -> None:
        """Press these very keys. What comes before the program is ready waits in the terminal."""
        os.write(self._ours, keys.encode(errors="surrogateescape"))

    def ended(self) -> int:
        """Its exit status, once it has ended, which is never with a traceback."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while self.process.poll() is None or self._read():
            assert time.monotonic() < deadline, f"it does not end:\n{self.heard}"
            self._read()
        assert not re.search("Traceback|Exception|Warning", self.heard), self.heard
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal, as its window does."""
        os.close(self._theirs)
        os.close(self._ours)
        self._ours, self._theirs = os.pipe()

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._theirs)[3] & termios.ECHO)

    def _read(self) -> bool:
        """Take in what it shows; whether there was anything within a moment."""
        if ready := select.select([self._ours], [], [], 0.02)[0]:
            self._raw += os.read(self._ours, 65536)
            self.heard = self._raw.decode(errors="replace").replace("\r\n", "\n")
        return bool(ready)


def _own_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # also where ours is ignored
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
