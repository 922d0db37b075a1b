"""Draws the dashboard: rows of a page of any size, of which the most important ones stay."""

import time
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Group
from rich.text import Text

from ...core import program_of
from ..commands import status
from ..commands.status import Document
from ..display import accounts, formats
from ..display.screen import Line, Screen, Span, text
from .keys import KEYS, LOVE, PAUSE, QUIT, SKIP
from .state import State

if TYPE_CHECKING:
    from rich.console import RenderableType

MAX_NAME_CELLS = 12
"""Cells for the name of a player."""

STYLES_BY_URGENCY = ("red", "yellow", "cyan", "green", "dim", "")
"""Styles of what became of a play; the first is that of what asks most for the user."""

NOT_RUNNING: Line = [
    ("scrobblerd is not running", "red"),
    "; waiting for it. scrobblerctl doctor starts it, or says why not",
]


class Row(NamedTuple):
    """A row of the page. If there are too few rows, those with the highest rank are left out."""

    rank: int
    text: Text


class Rank(IntEnum):
    """How long rows stay as the page gets lower: those with a low rank stay longest."""

    CHOSEN = 0
    MESSAGE = 1
    TITLE = 2  # of the player that the keys are for
    BAR = 3
    KEYS = 4
    STATUS = 10
    OTHERS = 20  # two for each other player
    PLAYS = 100  # one more for each play that is further from the top, or from the chosen one
    TODAY = 105
    GAP = 1000


def picture(state: State, screen: Screen, height: int, has_keys: bool = True) -> "RenderableType":
    """Draws the page: `height` rows, as wide as the screen."""
    above = [*_above(state, screen), Row(Rank.GAP, Text())]
    below = [*_message(state, screen), *_keys(state, screen, has_keys)]
    places = _most_important([*above, *below], height)
    top = [above[place].text for place in places if place < len(above)]
    bottom = [below[place - len(above)].text for place in places if place >= len(above)]
    rows = [*top, *(Text() for _ in range(height - len(places))), *bottom]
    rows = [text("").append_text(row) for row in rows]  # as all that may have foreign names
    for row in rows:
        row.no_wrap = True
        row.truncate(screen.width, overflow="ellipsis")
    return Group(*rows)


def _most_important(rows: Sequence[Row], height: int) -> list[int]:
    """Returns the places of as many rows as there is room for."""
    return sorted(sorted(range(len(rows)), key=lambda place: rows[place].rank)[:height])


def _above(state: State, screen: Screen) -> Iterable[Row]:
    """Returns all but what stands at the bottom."""
    if state.look:
        yield from _status(state.look.document, screen)
        yield Row(Rank.GAP, Text())
        yield from _players(state, screen)
        yield Row(Rank.GAP, Text())
    else:
        yield from _folded(Rank.TITLE, text(NOT_RUNNING), screen)
    if state.panel:
        for part in state.panel:
            yield from _folded(Rank.CHOSEN, part, screen)
    elif state.look:
        yield from _plays(state, screen)


def _folded(rank: int, part: Text, screen: Screen) -> list[Row]:
    """Returns the rows of a text that may be longer than the page is wide."""
    return [Row(rank, line) for line in part.wrap(screen.console, screen.width)]


def _flow(parts: Sequence[Text], gap: str, width: int) -> list[Text]:
    """Puts parts beside each other, as many into a row as have room."""
    rows: list[Text] = []
    for part in parts:
        if rows and rows[-1].cell_len + len(gap) + part.cell_len <= width:
            rows[-1] = Text.assemble(rows[-1], (gap, "dim"), part)
        else:
            rows.append(part)
    return rows


# -- the status -----------------------------------------------------------------------------------


def _status(document: Document, screen: Screen) -> Iterable[Row]:
    """Returns who is logged in, whether plays count, and what waits."""
    gap = " · " if screen.blocks else " | "
    *facts, today = _facts(document)
    rows = _flow(facts, gap, screen.width)
    if len(both := _flow([*rows[-1:], today], gap, screen.width)) > 1:
        today_row = [Row(Rank.TODAY, today)]
    else:
        rows[-1:], today_row = both, []
    for row in rows:
        yield from _folded(Rank.STATUS, row, screen)
    yield from today_row


def _facts(document: Document) -> Iterable[Text]:
    """Returns the rows of `status` but for its players, each as a line that needs no column. The
    last one tells what was sent today."""
    rows = [*status.account_rows(document), *status.queue_rows(document)]
    for label, line in sorted(rows, key=lambda row: row[0] == "Today"):
        spans = line if isinstance(line, list) else [line]
        yield text(spans if label == "Account" else [(f"{label} ", "dim"), *spans])


# -- players --------------------------------------------------------------------------------------


def _players(state: State, screen: Screen) -> Iterable[Row]:
    """Returns two rows for each player: what it plays, and how much of it was heard."""
    assert state.look
    players = state.look.players
    if not players:
        is_private = state.look.document["settings"].get("private")
        words = "What plays is private" if is_private else "Nothing is playing"
        yield Row(Rank.TITLE, text((words, "dim")))
    names = {player["player"]: text(program_of(player["player"])) for player in players}
    cells = min(MAX_NAME_CELLS, max((name.cell_len for name in names.values()), default=0))
    picked = state.player()
    for place, player in enumerate(players):
        rank = Rank.OTHERS + 2 * place
        is_picked = bool(picked) and player["player"] == picked["player"]
        name = names[player["player"]]
        name.stylize("bold cyan")
        name.truncate(cells, overflow="ellipsis", pad=True)
        mark = (("▶" if screen.blocks else ">") if player["rate"] else " ") + " "
        line = Text.assemble(mark, name, "  ", text(status.playing_line(player)))
        is_chosen = state.chosen == ("player", player["player"])
        yield Row(Rank.TITLE if is_picked else rank, _chosen(line, screen) if is_chosen else line)
        indent = " " * min(cells + 4, max(2, screen.width - 36))
        bar = Text.assemble(indent, text(status.progress_line(player, screen)))
        yield Row(Rank.BAR if is_picked else rank + 1, bar)


def _chosen(line: Text, screen: Screen) -> Text:
    """Returns the row that the arrows are at."""
    line.truncate(screen.width, overflow="ellipsis", pad=True)
    line.stylize("reverse")
    return line


# -- plays ----------------------------------------------------------------------------------------


def _plays(state: State, screen: Screen) -> Iterable[Row]:
    """Returns a row for each play, the newest first: when it began, and what became of it."""
    assert state.look
    plays = state.look.plays
    now = time.time()
    stamps = [text((formats.moment(play["start"], now), "dim")) for play in plays]
    only_taken = accounts.taken_at(state.look.document.get("accounts", []))
    outcomes = [text(outcome(play, only_taken)) for play in plays]
    chosen = next(
        (place for place, play in enumerate(plays) if state.chosen == ("play", play["id"])), 0
    )
    for column in (stamps, outcomes):
        widest = max((cell.cell_len for cell in column), default=0)
        for cell in column:
            cell.truncate(widest, pad=True)
    for place, play in enumerate(plays):
        named = text(formats.track(play["title"], play["artist"]))
        line = Text.assemble(stamps[place], "  ", outcomes[place], "  ", named)
        if play["verdict"] != "counted" and play["reason"]:
            line.append_text(text((f"  {play['reason']}", "dim")))
        if state.chosen == ("play", play["id"]):
            yield Row(Rank.CHOSEN, _chosen(line, screen))
        else:
            yield Row(Rank.PLAYS + abs(place - chosen), line)


def outcome(play: dict[str, Any], only_taken: frozenset[str]) -> Span:
    """Returns what became of a play of GetHistory, in a word: with several accounts, the one that
    asks most for the user. `only_taken` is what `accounts.taken_at` returns."""
    if play["verdict"] != "counted":
        return formats.verdict(play["verdict"], play["code"], play["detail"])
    words = map(formats.state, accounts.results(play, only_taken).values())
    unsent = formats.unsent(play["code"])
    return min(words, key=lambda word: STYLES_BY_URGENCY.index(word[1]), default=unsent)


# -- the bottom -----------------------------------------------------------------------------------


def _message(state: State, screen: Screen) -> Iterable[Row]:
    for part in state.message:
        yield from _folded(Rank.MESSAGE, part, screen)


def _keys(state: State, screen: Screen, has_keys: bool) -> Iterable[Row]:
    """Returns what can be pressed now."""
    if not has_keys:
        yield Row(Rank.KEYS, text(("Ctrl-C ends this", "dim")))
        return
    names = {key: name for key, (name, _) in KEYS.items()}
    if state.panel:
        names = {"Esc": "back", QUIT: names[QUIT]}
    else:
        names |= _opposites(state)
    shown = [Text.assemble((key, "bold"), " ", (name, "dim")) for key, name in names.items()]
    for place, row in enumerate(_flow(shown, "  ", screen.width)):
        yield Row(Rank.KEYS + place, row)


def _opposites(state: State) -> dict[str, str]:
    """Returns the names of keys that would take something back."""
    player, play = state.player(), state.play()
    subject = play or player
    paused = state.look and state.look.document["settings"].get("paused_until")
    opposites = (
        (LOVE, "unlove", subject and state.is_loved(subject)),
        (PAUSE, "resume", paused),
        (SKIP, "unskip", player and player.get("code") == "skipped"),
    )
    return {key: name for key, name, is_meant in opposites if is_meant}


def help_page() -> list[Text]:
    """Returns the meaning of each key."""
    keys = {key: meaning for key, (_, meaning) in KEYS.items()}
    keys |= {"↑ ↓": "choose a player or a play; Esc chooses none"}
    return [text([(f"{key:4}", "bold"), meaning]) for key, meaning in keys.items()]
