"""Does what the keys of the dashboard say: each is a command of scrobblerctl, and answers as that
does."""

import io
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..arguments.tree import parser
from ..client import Client
from ..display.screen import Screen
from ..errors import Failure
from .keys import EXPLAIN, LOVE, PAUSE, RETRY
from .state import State

if TYPE_CHECKING:
    from rich.console import RenderableType


class Answers(Screen):
    """Keeps what a command shows, for the page."""

    def __init__(self) -> None:
        super().__init__(io.StringIO(), io.StringIO())
        self.lines: list[Text] = []

    def show(self, what: "RenderableType") -> None:
        """Keeps a line."""
        self.lines.append(what if isinstance(what, Text) else Text(str(what)))


async def act(client: Client, key: str, state: State) -> list[Text]:
    """Runs the command behind a key. Returns what it answers. Raises Failure as that does."""
    answers = Answers()
    words = command(key, state)
    options = parser(words[0]).parse_args(words)
    has_failed = await options.run(client, options, answers)
    if key == LOVE and not has_failed:
        state.loves[options.artist, options.track] = words[0] == "love"
    return answers.lines


def command(key: str, state: State) -> list[str]:
    """Returns the words of the command behind a key. Raises Failure if there is none now."""
    if state.look is None:
        raise Failure("scrobblerd is not running")
    if key == PAUSE:
        return ["resume" if state.look.document["settings"].get("paused_until") else "pause"]
    if key == RETRY:
        return ["queue", "retry"]
    play, player = state.play(), state.player()
    if key == EXPLAIN:
        return ["explain", str(play["id"])] if play else ["explain"]
    subject = play or player
    if subject is None:
        raise Failure("nothing is playing")
    return _love(subject, state) if key == LOVE else _skip(player)


def _love(track: dict[str, Any], state: State) -> list[str]:
    if not (track["title"] and track["artist"]):
        raise Failure("a track without artist or title can't be loved")
    what = "unlove" if state.is_loved(track) else "love"
    return [what, "--", track["artist"], track["title"]]


def _skip(player: dict[str, Any] | None) -> list[str]:
    if player is None:
        raise Failure("that play has ended: only what plays can be skipped")
    undo = ["--undo"] if player.get("code") == "skipped" else []
    return ["skip", *undo, "--", player["player"]]
