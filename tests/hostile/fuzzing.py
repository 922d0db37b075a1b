"""How long the fuzz tests look for faults, and what they feed.

By default they take seconds and are the same each time. SCROBBLERD_FUZZ_TIMES=150 in the
environment tries 150 times as many examples, others at each run: an hour or so for all of them.
"""

import os
import re
from collections.abc import Callable
from typing import Any, cast

from dbus_next.message import Message
from dbus_next.signature import SignatureTree, Variant
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("SCROBBLERD_FUZZ_TIMES", "1"))

RAW = ("\x1b[31m", "\x00", "\x07", "\r", "\n", "\x7f", "\x9b", "\u2028", "\u2029")
BIDI = ("\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069")
"""What a terminal obeys, and what turns round a line: nobody wants to meet it in a log."""

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff" + "".join(BIDI) + "]")

NASTY = (
    *("", " ", "\ufeff", "'", '"', "\\", "%s%n{0}", "${HOME}", "../../etc/passwd", "-1", "NaN"),
    *("<b>&amp;</b>", "]]>", "; DROP TABLE plays; --", "\U0010ffff", "\ufffe"),
    "e" + "\u0301" * 500,
    *("夜に駆ける", "ß" * 3000, "\u00ad\u200b\u2060", "ﷺ" * 500, "İ", "\U0001f468\u200d\U0001f469"),
    *(f"before{mark}after" for mark in (*RAW, *BIDI)),
)
"""Texts on which programs stumbled before."""

NUMBERS = (
    *(0, 1, -1, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, -(2**63)),
    *(2**64 - 1, 0.0, -0.0, 0.1, 1e9, 1e15, 1e16, 1e300, -1e300, 5e-324, 1.8e308),
    *(float("inf"), float("-inf"), float("nan")),
)
"""Numbers at the edges of their types, and beyond."""


def unsafe(shown: str) -> list[str]:
    """The characters in it that no log and no terminal should ever get."""
    return [ascii(each) for each in _UNSAFE.findall(shown)]


def fuzz(examples: int) -> Callable[[Any], Any]:
    """Settings of a fuzz test that tries so many examples by default."""
    return settings(
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        max_examples=examples * TIMES,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.function_scoped_fixture,
            HealthCheck.data_too_large,
            HealthCheck.filter_too_much,
        ],
    )


def texts(surrogates: bool = True) -> st.SearchStrategy[str]:
    """Texts of any kind; `surrogates` = lone ones too, which JSON may hold and D-Bus may not."""
    alphabet = st.characters() if surrogates else st.characters(exclude_categories=["Cs"])
    lone = ["\ud800", "a\udfffb"] if surrogates else []
    return st.one_of(st.sampled_from([*NASTY, *lone]), st.text(alphabet, max_size=40))


def numbers() -> st.SearchStrategy[int | float]:
    """Numbers of any kind."""
    return st.one_of(st.sampled_from(NUMBERS), st.integers(), st.floats())


def nested(
    leaf: st.SearchStrategy[Any], keys: st.SearchStrategy[str], size: int = 3, leaves: int = 6
) -> st.SearchStrategy[Any]:
    """Lists and dictionaries of such leaves, and of one another; each of up to `size` entries."""
    return st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=size) | st.dictionaries(keys, inner, max_size=size),
        max_leaves=leaves,
    )


# -- D-Bus --------------------------------------------------------------------------------------

_RANGES = {
    "y": (0, 2**8 - 1),
    "n": (-(2**15), 2**15 - 1),
    "q": (0, 2**16 - 1),
    "i": (-(2**31), 2**31 - 1),
    "u": (0, 2**32 - 1),
    "x": (-(2**63), 2**63 - 1),
    "t": (0, 2**64 - 1),
}
_PATHS = ("/", "/a", "/org/mpris/MediaPlayer2", "/" + "a" * 200)
_SIGNATURES = ("", "s", "a{sv}", "(ii)", "aaaaai")
BASIC = "ybnqiuxtdsog"

SIGNATURES = st.recursive(
    st.sampled_from([*BASIC, "v"]),
    lambda inner: st.one_of(
        inner.map(lambda one: f"a{one}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda all_: f"({''.join(all_)})"),
        st.tuples(st.sampled_from(BASIC), inner).map(lambda two: f"a{{{two[0]}{two[1]}}}"),
    ),
    max_leaves=4,
)
"""One complete D-Bus type."""


def values(signature: str, depth: int = 2) -> st.SearchStrategy[Any]:
    """Values of one complete D-Bus type."""
    tree = cast("Any", SignatureTree)  # what dbus-next keeps to itself
    return _values(tree._get(signature).types[0], depth)


def _values(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    token = type_.token
    if token == "v":
        return variants(depth - 1)
    if token == "(":
        return st.tuples(*(_values(child, depth) for child in type_.children)).map(list)
    if token == "a":
        child = type_.children[0]
        if child.token == "{":
            pair = (_values(one, depth) for one in child.children)
            return st.dictionaries(*pair, max_size=3)
        if child.token == "y":
            return st.binary(max_size=20)
        return st.lists(_values(child, depth), max_size=3)
    return _basic(token)


def _basic(token: str) -> st.SearchStrategy[Any]:
    if token in _RANGES:
        low, high = _RANGES[token]
        edges = [each for each in NUMBERS if isinstance(each, int) and low <= each <= high]
        return st.one_of(st.sampled_from(edges), st.integers(low, high))
    return {
        "b": st.booleans(),
        "d": st.floats() | st.sampled_from([float(each) for each in NUMBERS]),
        "o": st.sampled_from(_PATHS),
        "g": st.sampled_from(_SIGNATURES),
    }.get(token, texts(surrogates=False).map(lambda text: text.replace("\0", "")))


def variants(depth: int = 2) -> st.SearchStrategy[Variant]:
    """Variants of any type."""
    types = SIGNATURES if depth > 0 else st.sampled_from(BASIC)
    return types.flatmap(
        lambda signature: values(signature, depth).map(lambda value: Variant(signature, value))
    )


def dictionaries(*keys: str) -> st.SearchStrategy[dict[str, Variant]]:
    """An `a{sv}` with these keys, and others."""
    names = st.sampled_from(keys) | texts(surrogates=False).map(lambda key: key.replace("\0", ""))
    return st.dictionaries(names, variants(), max_size=6)


def is_sound(message: Message) -> bool:
    """Whether a message can be put on the wire at all: values nest no deeper than D-Bus allows."""
    try:
        cast("Any", message)._marshall()
    except Exception:  # noqa: BLE001 # dbus-next says in many ways what it can't
        return False
    return True
