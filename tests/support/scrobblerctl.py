"""scrobblerctl in a process of its own, as people run it: at a pipe, or at a real terminal.

`said`, `document` and `refused` hold what every command owes: an answer on the output or one line
for people on the other, never both, never a traceback or a warning of what was left open. `Stage`
has the players: tests of a command block, so it runs in a thread of its own.
"""

import asyncio
import json
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, NoReturn, Self, TextIO, TypeVar

from lab.daemon import NOT_OURS
from lab.dbus import Connection, connect
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, scrobble_ago
from tests.support.terminal import Terminal
from tests.support.waiting import TIMEOUT_SECONDS

CTL = (sys.executable, "-m", "scrobblerd.ctl")
QUICK = {"scrobble": {"settle_ms": 50, "minimum_seconds": 1.0, "maximum_seconds": 1.0}}
"""Tables under which a play counts after a second."""

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""The environment of a terminal from before Unicode."""

NASTY = "\x1b[31mRed\x1b]0;owned\x07 \u202eevil\u2066 [red]x[/red] :smile: 夜の港 🌊\n\u2028end"
"""A title as only an enemy has them: it colours, renames windows, runs backwards, is markup."""
HARMLESS = "[red]x[/red] :smile: 夜の港 🌊"
"""What of it has to be seen as it is."""
Env = Mapping[str, str]
Ended = subprocess.CompletedProcess[str]
Answer = TypeVar("Answer")

_HARMFUL = {"Cc", "Cs", "Zl", "Zp"}
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# -- a command that ends by itself ----------------------------------------------------------------


def environment(bench: Bench, env: Env | None = None) -> dict[str, str]:
    """What a command sees of the world."""
    warned = {"PYTHONDEVMODE": "", "PYTHONWARNINGS": f"default,{NOT_OURS}"}
    return {**bench.daemon.env(), **warned, "LC_ALL": "C.UTF-8", **(env or {})}


def ctl(bench: Bench, *arguments: str, given: str | None = None, env: Env | None = None) -> Ended:
    """Run scrobblerctl with its output in a pipe, and `given` (None: nothing) on its input."""
    source: dict[str, Any] = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
    return subprocess.run(
        [*CTL, *arguments],
        **source,
        env=environment(bench, env),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=60,
        check=False,
    )


def said(
    bench: Bench, *arguments: str, given: str | None = None, env: Env | None = None, status: int = 0
) -> str:
    """What a command says that goes well."""
    ended = ctl(bench, *arguments, given=given, env=env)
    assert (ended.returncode, ended.stderr) == (status, ""), ended
    harmless(ended.stdout)
    return ended.stdout


def document(bench: Bench, *arguments: str, status: int = 0, env: Env | None = None) -> Any:
    """The one JSON document that a command answers with `--json`."""
    return parsed(said(bench, *arguments, "--json", status=status, env=env))


def refused(
    bench: Bench, status: int, *arguments: str, given: str | None = None, env: Env | None = None
) -> str:
    """The one line with which a command refuses, and nothing else."""
    ended = ctl(bench, *arguments, given=given, env=env)
    assert (ended.returncode, ended.stdout) == (status, ""), ended
    assert re.fullmatch(r"scrobblerctl[ a-z-]*: [^\n]+\n", ended.stderr), ended
    harmless(ended.stderr)
    return ended.stderr


def parsed(text: str) -> Any:
    """A JSON text, as strict as RFC 8259: no NaN, no infinity."""

    def never(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    harmless(text)
    return json.loads(text, parse_constant=never)


def harmless(text: str) -> None:
    """Fails where text could move a cursor, colour a terminal, run backwards or break a line."""
    marks = set(text) - {"\n"}
    assert not marks & _BIDI, ascii(text)
    assert not {unicodedata.category(mark) for mark in marks} & _HARMFUL, ascii(text)


# -- what plays meanwhile -------------------------------------------------------------------------


class Stage:
    """Players on the bus of a bench, and the daemon as another program sees it; methods block."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._players: dict[str, FakePlayer] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        self.bus: Connection = self.do(connect(self._bench.bus.address))
        self.scrobbler: Scrobbler = self.do(Scrobbler.start(self.bus))
        return self

    def __exit__(self, *_: object) -> None:
        for player in self._players.values():
            self.do(player.vanish())
        self.do(self.bus.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self, work: Coroutine[Any, Any, Answer]) -> Future[Answer]:
        """Let a coroutine run."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def do(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """What a coroutine answers."""
        return self.begin(work).result(TIMEOUT_SECONDS)

    def call(self, member: str, signature: str = "", *body: Any) -> Any:
        """What the daemon answers: nothing, one value, or a list of them."""
        answer = self.do(self.scrobbler.call(member, signature, *body))
        return answer[0] if len(answer) == 1 else answer

    def scrobble(self, ago: int = 600, **other: Any) -> str:
        """Scrobble a play that began `ago` seconds ago: its status."""
        return self.call(*scrobble_ago(ago, **other)[1])[0]

    def player(self, name: str = "demo", identity: str = "Demo") -> FakePlayer:
        """A player, there until the end."""
        if name not in self._players:
            start = FakePlayer.start(self._bench.bus.address, name, identity=identity)
            self._players[name] = self.do(start)
        return self._players[name]

    def plays(
        self, title: str, artist: str = "Mira Holt", album: str = "", name: str = "demo"
    ) -> None:
        """A player plays this for 1000 s, and the daemon knows."""
        player = self.player(name)
        before = self._song(name)
        self.do(player.play(title, [artist], album, 1000.0))
        self.until(lambda: before != self._song(name))

    def _song(self, name: str) -> tuple[Any, Any]:
        return self.current(name).get("start"), self.current(name).get("title")

    def current(self, name: str = "demo") -> dict[str, Any]:
        """What the daemon knows of a player; nothing where it knows nothing."""
        found = self.do(self.scrobbler.get("Current"))
        return next((one for one in found if one["player"] == name), dict[str, Any]())

    def until(self, holds: Callable[[], object]) -> None:
        """Wait for it, looking again at every signal of the daemon's."""
        while not holds():
            self.do(self.scrobbler.signals.next("PropertiesChanged", TIMEOUT_SECONDS))

    def counts(self, name: str = "demo") -> None:
        """Wait until what a player plays has counted."""
        self.until(lambda: self.current(name).get("verdict") == "counted")


# -- a command that runs on ------------------------------------------------------------------------


class Running(Terminal):
    """scrobblerctl while it runs: at a terminal of its own, or, with `columns` None, at a pipe.

    with Running(bench, "watch") as watch:
        watch.expect("nothing")
        watch.press("^C")
        assert watch.ended() == 0
    """

    def __init__(
        self,
        bench: Bench,
        *arguments: str,
        columns: int | None = 80,
        env: Env | None = None,
        given: TextIO | None = None,
    ) -> None:
        its_env = {**environment(bench), **(env or {})}
        super().__init__([*CTL, *arguments], its_env, columns=columns, given=given)
