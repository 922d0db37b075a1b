"""Sends a recorded bus trace through the same watcher, parser and tracker, in virtual time.

A trace is JSON Lines: a `header`, then `note`, `sample` (Position, PlaybackStatus and Metadata as
polled beside the recording) and bus messages (`signal`, `method_call`, `method_return`, `error`),
each with `t` = CLOCK_MONOTONIC seconds since the recording began. A variant is {"type", "data"}.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ..core import PREFIX, wording
from ..core.errors import InvalidArgument
from ..core.events import Effect, Ended, Read
from ..core.model import Moment, Play
from ..core.rules import Rules
from ..core.text import MAX_WIRE_CHARACTERS, for_people
from ..core.values import as_dict, as_list, number
from ..dbus.names import DBUS
from ..mpris.watcher import PLAYER, Answer, Call, Signal, Watcher, WatcherOutput
from ..tracking.tracker import Tracker

FORMAT = 1

MAX_TRACE_SECONDS = 1e9
"""No recording is longer, and virtual time must stay exact."""

MIN_BODY_SIZES = {"NameOwnerChanged": 3, "PropertiesChanged": 3, "Seeked": 1}
"""How many values a signal's body has at least."""

FRESH_POSITION_SECONDS = 1.5
"""For so long a Position that was seen may answer a reading: traces poll every 0.25 to 1 s."""

SLOW = 0.75
"""A Position that went less than this part of what it should stands, or runs at another scale."""

SAME_PROCESS_SECONDS = 0.2
"""Names of one program that appear so close together are one process. Traces do not say which
process a name belongs to. VLC 3.0.24 takes its two names 2 ms apart."""

SILENCE_SECONDS = 60.0
"""After the end of the trace, so that the plays that are open end."""


@dataclass(slots=True)
class _Known:
    """The properties of one owner, as far as the trace has told them."""

    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    position_at: float = 0.0
    speed: float | None = None
    """How far Position went in a second, from the reading before the last to the last."""

    def learn(self, properties: dict[str, Any], at: float) -> None:
        """Takes what was said, or read, at second `at`."""
        before = number(self.properties.get("Position"))
        self.properties.update(properties)
        if "Position" not in properties:
            return
        after, passed = number(properties["Position"]), at - self.position_at
        if before is not None and after is not None and passed > 0:
            self.speed = (after - before) / 1e6 / passed
        self.position_at = at

    def jump(self, position: object, at: float) -> None:
        """Takes a Seeked, which does not tell how fast Position goes."""
        self.properties["Position"], self.position_at = position, at

    def position(self, at: float) -> object:
        """Returns the Position at second `at`. One that stood, or ran at another scale, goes on so;
        one that jumped runs from there."""
        position = number(self.properties.get("Position"))
        if position is None or self.properties.get("PlaybackStatus") != "Playing":
            return self.properties.get("Position")
        rate = number(self.properties.get("Rate"))
        speed = 1.0 if rate is None else rate
        if self.speed is not None and 0 <= self.speed < speed * SLOW:
            speed = self.speed
        return position + (at - self.position_at) * 1e6 * speed


class Replay:
    """Replays one trace; `run` returns the plays in the order in which they began."""

    def __init__(self, lines: Iterable[dict[str, Any]], rules: Rules) -> None:
        self._lines = lines
        self._watcher = Watcher()
        self._tracker = Tracker(rules, "trace")
        self._wall = 0.0
        self._known: dict[str, _Known] = {}
        self._waiting: list[Call] = []  # first readings that nothing can answer yet
        self._appeared: dict[str, tuple[str, float]] = {}  # owner → program, when
        self._sampled = ""  # the owner whose samples these are; "" while it is gone
        self._proxied = False  # they are of playerctld, which is no player
        self._metadata: object = {}  # of the last sample
        self._hinted = False  # the sampled player said its status alone, after its last sample
        self._plays: dict[str, Play] = {}  # by key: what is said last of a play counts

    def run(self) -> list[Play]:
        """Returns every play that the tracker made of the trace."""
        at = 0.0
        for line in self._lines:
            at = float(line["t"])
            self._foresee(line)
            self._pass_time(at)
            self._take(line, at)
        for player in self._watcher.players:
            body: list[object] = [PREFIX + player, "", ""]
            self._carry(self._watcher.handle_signal(_owner_changed(body), self._moment(at)), at)
        self._pass_time(at + SILENCE_SECONDS)
        return sorted(self._plays.values(), key=lambda play: play.start.mono)

    def _moment(self, at: float) -> Moment:
        return Moment(at, at, self._wall + at)

    def _pass_time(self, until: float) -> None:
        while (wake := self._tracker.next_wake()) is not None and wake <= until:
            self._perform(self._tracker.wake(self._moment(wake)), wake)

    def _foresee(self, line: dict[str, Any]) -> None:
        """A status that is said alone may be all that tells of another track, which the next sample
        has first: a reading between the two would have found it."""
        if line["type"] == "sample" and self._hinted and not self._proxied:
            self._hinted = False
            metadata = {name: value for name, value in _sample(line).items() if name == "Metadata"}
            self._known.setdefault(self._sampled, _Known()).properties.update(metadata)

    def _take(self, line: dict[str, Any], at: float) -> None:
        match line["type"]:
            case "header":
                self._wall = float(line.get("wall", 0.0))
                self._proxied = line.get("player") == "playerctld"
            case "sample" if not self._proxied:
                self._sample(_sample(line), at)
            case "method_return":
                if str(line.get("in_reply_to", "")).endswith(f"GetAll({PLAYER})"):
                    self._learn(str(line["sender"]), as_dict(_without_types(line["body"])[0]), at)
            case "signal":
                self._signal(line, at)
            case _:
                pass

    def _signal(self, line: dict[str, Any], at: float) -> None:
        body = cast("list[object]", _without_types(line["body"]))
        signal = Signal(str(line["sender"]), str(line["interface"]), str(line["member"]), body)
        if signal.member == "NameOwnerChanged":
            self._owner_changed(body, at)
        elif signal.member == "PropertiesChanged" and body[0] == PLAYER:
            told = as_dict(body[1])
            self._learn(signal.sender, told, at)
            if signal.sender == self._sampled:
                self._hinted = "PlaybackStatus" in told and "Metadata" not in told
        elif signal.member == "Seeked":
            self._known.setdefault(signal.sender, _Known()).jump(body[0], at)
        self._carry(self._watcher.handle_signal(signal, self._moment(at)), at)

    def _owner_changed(self, body: list[object], at: float) -> None:
        name, before, owner = (str(word) for word in body)
        if name.startswith(PREFIX) and before == self._sampled:
            self._sampled = ""  # the next one is sampled: Firefox 153 comes back as another owner
        if not name.startswith(PREFIX) or not owner:
            return
        program = name.removeprefix(PREFIX).split(".")[0]
        self._appeared.setdefault(owner, (program, at))
        self._known.pop(owner, None)  # Firefox 153 gives its name up between two tracks
        if program != "playerctld" and not self._sampled:
            self._sampled = owner

    # -- readings ---------------------------------------------------------------------------

    def _sample(self, properties: dict[str, Any], at: float) -> None:
        """Takes a sample. One without Metadata has that of the sample before, of another owner
        maybe."""
        self._metadata = properties.get("Metadata", self._metadata)
        known = self._known.get(self._sampled)
        if known is None or "Metadata" not in known.properties:
            properties = {"Metadata": self._metadata} | properties
        self._learn(self._sampled, properties, at)

    def _learn(self, owner: str, properties: dict[str, Any], at: float) -> None:
        self._known.setdefault(owner, _Known()).learn(properties, at)
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            self._answer(call, at)

    def _carry(self, output: WatcherOutput, at: float) -> None:
        for event in output.events:
            self._perform(self._tracker.handle(event), at)
        for call in output.calls:
            self._answer(call, at)

    def _answer(self, call: Call, at: float) -> None:
        answer: Answer = []
        if call.member == "GetConnectionUnixProcessID":
            answer = [self._process(call.body[0])]
        elif call.member == "GetAll" and call.body == (PLAYER,):
            known = self._known.get(call.destination)
            if known is None or "PlaybackStatus" not in known.properties:
                self._waiting.append(call)
                return
            answer = [self._properties(call.destination, at)]
        self._carry(self._watcher.handle_reply(call, answer, self._moment(at)), at)

    def _properties(self, owner: str, at: float) -> dict[str, Any]:
        known = self._known[owner]
        properties = dict(known.properties)
        if at - known.position_at > FRESH_POSITION_SECONDS:
            properties.pop("Position", None)
        elif "Position" in properties:
            properties["Position"] = known.position(at)
        return properties

    def _process(self, owner: str) -> int:
        """Returns a number that owners of one program share if they appeared together."""
        program, at = self._appeared.get(owner, ("", 0.0))
        alike = [
            number
            for number, (other, when) in enumerate(self._appeared.values(), 1)
            if other == program and abs(when - at) <= SAME_PROCESS_SECONDS
        ]
        return min(alike, default=0)

    def _perform(self, effects: Iterable[Effect], at: float) -> None:
        for effect in effects:
            if isinstance(effect, Ended):
                self._plays[effect.play.key] = effect.play
            elif isinstance(effect, Read):
                self._carry(self._watcher.read(effect.player), at)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Reads the lines of a trace. Raises InvalidArgument with the line number if one is invalid."""
    number = 0
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                yield _line(path, number, text)
        if not number:
            raise InvalidArgument(f"{path}: is empty")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(f"{path}: can't be read: {error}") from error


def _line(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        line = as_dict(json.loads(text))
        kind = str(line["type"])
        if not 0 <= float(line["t"]) < MAX_TRACE_SECONDS or not _is_complete(kind, line):
            raise ValueError
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidArgument(f"{path}: line {number} is no line of a trace") from error
    if number == 1 and (kind != "header" or line.get("format") != FORMAT):
        raise InvalidArgument(f"{path}: line 1 is no header of a trace of format {FORMAT}")
    return line


def _is_complete(kind: str, line: dict[str, Any]) -> bool:
    """Decides whether a line has all that is read of its type."""
    if kind == "header":
        return math.isfinite(float(line.get("wall", 0.0)))
    if kind not in ("signal", "method_return"):
        return True
    names = ("sender", "interface", "member") if kind == "signal" else ("sender",)
    body = line["body"]
    size = MIN_BODY_SIZES.get(str(line.get("member")), 0)
    if "GetAll" in str(line.get("in_reply_to")):
        size = 1
    return all(isinstance(line[name], str) for name in names) and (
        isinstance(body, list) and len(as_list(body)) >= size
    )


def as_json(play: Play) -> dict[str, object]:
    """Returns a play for `replay --json`; `start` is in seconds since the trace began."""
    return {
        "player": for_people(play.player),
        "artist": for_people(play.track.artist, MAX_WIRE_CHARACTERS),
        "title": for_people(play.track.title, MAX_WIRE_CHARACTERS),
        "album": for_people(play.track.album, MAX_WIRE_CHARACTERS),
        "start": round(play.start.mono, 3),
        "heard": round(play.heard, 3),
        "needed": round(play.needed, 3),
        "verdict": str(play.verdict),
        "reason": wording.of_play(play),
        "code": str(play.reason.code),
        "detail": for_people(play.reason.detail, MAX_WIRE_CHARACTERS),
        "rule": play.reason.rule,
    }


def as_line(play: Play) -> str:
    """Returns a play as a line for people."""
    title, artist = for_people(play.track.title), for_people(play.track.artist)
    who = f"{title or '(no title)'} – {artist or '(no artist)'}"
    player, words = for_people(play.player), wording.of_play(play)
    return f"{play.start.mono:8.2f} s  {player:<20} {play.verdict:<10} {who}: {words}"


def _without_types(value: Any) -> Any:
    """Returns a value of the trace without its variants, which are {"type", "data"} there."""
    if isinstance(value, list):
        return [_without_types(entry) for entry in as_list(value)]
    if isinstance(value, dict):
        entries = as_dict(value)
        if set(entries) == {"type", "data"}:
            return _without_types(entries["data"])
        return {key: _without_types(entry) for key, entry in entries.items()}
    return value


def _sample(line: dict[str, Any]) -> dict[str, Any]:
    """Returns the properties of a sample, without those that gave an error."""
    found = {name: as_dict(line.get(name)) for name in ("Position", "PlaybackStatus", "Metadata")}
    return {name: _without_types(value) for name, value in found.items() if "data" in value}


def _owner_changed(body: list[object]) -> Signal:
    return Signal(DBUS, DBUS, "NameOwnerChanged", body)
