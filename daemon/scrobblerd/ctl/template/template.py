"""What the templates of `now --format` consist of, and what they show.

What stands in braces is a field, a function, or begins and ends a part that is only shown if
something holds:

    {artist} – {trunc(title, 30)}{if loved} ♥{end}
    {if status == "Paused"}paused{else}{heard} of {length}{end}

Functions have the names that playerctl gives them. Nothing is evaluated but this language, and it
is bounded: a template can neither loop nor grow. `template_reader` reads it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...core.text import characters, isolated
from ..display import formats

Value = str | float | int | bool | None
"""What a field has: a text, a time (float, seconds), another number (int), yes or no. None and 0
stand for unknown."""

EMOJI = {"playing": "▶️", "paused": "⏸️", "stopped": "⏹️"}
"""What playerctl 2.4 makes of the status."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


def escape(text: str) -> str:
    """Returns a text for Pango, whose markup has entities like XML."""
    return text.translate(_ENTITIES)


# -- what a template consists of ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes, or a number. `is_time`, here and below: `duration` takes it."""

    value: str | int

    @property
    def is_time(self) -> bool:
        return isinstance(self.value, int)

    def of(self, values: Mapping[str, Value]) -> Value:
        """Returns its value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Field:
    """A field."""

    name: str
    is_time: bool

    def of(self, values: Mapping[str, Value]) -> Value:
        """Returns its value."""
        return values[self.name]


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts one after the other."""

    parts: "tuple[Expression, ...]"
    is_time: bool = False

    def of(self, values: Mapping[str, Value]) -> Value:
        """Returns its value."""
        return "".join(shown(part.of(values)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of FUNCTIONS."""

    function: str
    arguments: "tuple[Expression, ...]"
    is_time: bool = False

    def of(self, values: Mapping[str, Value]) -> Value:
        """Returns its value."""
        return FUNCTIONS[self.function].work(*(each.of(values) for each in self.arguments))


Expression = Literal | Field | Joined | Call


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether something is there, or, with `other`, the same as another; `negated`: it is not."""

    subject: Expression
    other: Expression | None = None
    negated: bool = False

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Returns whether it is so. Upper and lower case are the same."""
        value = self.subject.of(values)
        if self.other is None:
            return bool(value) is not self.negated
        same = shown(value).casefold() == shown(self.other.of(values)).casefold()
        return same is not self.negated


@dataclass(frozen=True, slots=True)
class Choice:
    """Parts that are shown if something holds, and parts that are shown otherwise."""

    condition: Condition
    then: "tuple[Part, ...]"
    otherwise: "tuple[Part, ...]" = ()


Part = str | Literal | Field | Joined | Call | Choice


def shown(value: Value) -> str:
    """Returns a value as a template shows it: a time as a clock, what is so as a heart."""
    match value:
        case bool():
            return "♥" if value else ""
        case float():
            return formats.clock(value)
        case None:
            return ""
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read. `fields` are those that it names."""

    parts: tuple[Part, ...]
    fields: frozenset[str]

    def fill(
        self, values: Mapping[str, Value], *, markup: bool = False, isolates: bool = False
    ) -> str:
        """Returns the line. `markup`: what stands in braces is escaped for Pango; `isolates`: names
        that run from right to left are `isolated`."""

        def filled(parts: Sequence[Part]) -> str:
            return "".join(map(piece, parts))

        def piece(part: Part) -> str:
            if isinstance(part, str):
                return part
            if isinstance(part, Choice):
                return filled(part.then if part.condition.holds(values) else part.otherwise)
            text = shown(part.of(values))
            if markup and not (isinstance(part, Call) and part.function == "markup_escape"):
                text = escape(text)
            return isolated(text) if isolates else text

        return filled(self.parts)


# -- functions ------------------------------------------------------------------------------------


_TAKEN: Mapping[str, Callable[[Expression], bool]] = {
    "a value": lambda _: True,
    "a number of characters": lambda each: (
        isinstance(each, Literal) and isinstance(each.value, int)
    ),
    "a time": lambda each: each.is_time,
    "status or loved": lambda each: isinstance(each, Field) and each.name in ("status", "loved"),
}
"""What a function can take, and what tells it."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: how it is called, what it gives, and the work. `takes`: what of _TAKEN each of
    its values is."""

    call: str
    what: str
    work: Callable[..., Value]
    takes: tuple[str, ...] = ("a value",)

    def refuses(self, arguments: Sequence[Expression]) -> str:
        """Returns why it does not take these; "" if it does."""
        count = len(self.takes)
        if len(arguments) != count:
            return f"takes {formats.count(count, 'value')}, not {len(arguments)}"
        both = zip(self.takes, arguments, strict=True)
        return next((f"takes {kind}" for kind, each in both if not _TAKEN[kind](each)), "")


def _trunc(value: Value, length: int) -> str:
    text = shown(value)
    split = characters(text)
    return "".join(split[:length]) + "…" if len(split) > length else text


def _default(value: Value, other: Value) -> Value:
    return value or other


def _markup_escape(value: Value) -> str:
    return escape(shown(value))


def _duration(value: float | None) -> float | None:
    return None if value is None else float(value)


def _lc(value: Value) -> str:
    return shown(value).lower()


def _uc(value: Value) -> str:
    return shown(value).upper()


def _emoji(value: Value) -> str:
    if isinstance(value, bool):
        return "❤️" if value else ""
    return EMOJI.get(shown(value).casefold(), "")


FUNCTIONS: Mapping[str, Function] = {
    "trunc": Function(
        "trunc(title, 30)",
        "its first 30 characters, and an ellipsis if it has more",
        _trunc,
        takes=("a value", "a number of characters"),
    ),
    "default": Function(
        'default(album, "no album")',
        "the first, or the second if the first is empty",
        _default,
        takes=("a value", "a value"),
    ),
    "markup_escape": Function(
        "markup_escape(title)", "for Pango, as `--markup` does it with all", _markup_escape
    ),
    "duration": Function(
        "duration(length)",
        "a time or a number of seconds, such as 3:07",
        _duration,
        takes=("a time",),
    ),
    "lc": Function("lc(status)", "in lower case", _lc),
    "uc": Function("uc(artist)", "in upper case", _uc),
    "emoji": Function(
        "emoji(status)",
        "a sign for it; `emoji(loved)` is a red heart, or nothing",
        _emoji,
        takes=("status or loved",),
    ),
}
"""All functions, by the names that playerctl gives them."""
