"""Types are read from annotations, and what D-Bus does not have fails at import."""

from dataclasses import dataclass
from typing import Any

import pytest
from dbus_next.signature import Variant
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.control.signatures import (
    Method,
    Signal,
    entry_types,
    fitted,
    members_of,
    method,
    signal,
    signature_of,
    variants,
)
from scrobblerd.core.values import Int32, Int64, UInt32


@dataclass(frozen=True, slots=True)
class Song:
    """An answer."""

    title: str
    length: float
    plays: UInt32
    loved_at: Int64
    tags: list[str]
    loved: bool
    rating: Int32
    places: list[tuple[str, UInt32]]
    remark: str | None = None


FERN = Song("Fern", 187.5, 3, 1_790_000_000, ["folk"], True, -1, [("mpv", 2)])


class Interface:
    """What members look like."""

    @method("songs")
    async def Find(self, title: str, most: UInt32) -> list[Song]:
        """Find."""
        return [FERN]

    @method("text", "pages")
    async def Print(self) -> tuple[str, UInt32]:
        """Print."""
        return "", 1

    @method(entries={"length": "d"})
    async def Keep(self, tags: dict[str, object]) -> None:
        """Keep."""

    @staticmethod
    @signal
    def Found(title: str, song: Song) -> None:
        """Found."""


MEMBERS = members_of(Interface)


# -- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hint", "signature"),
    [
        (str, "s"),
        (bool, "b"),
        (float, "d"),
        (UInt32, "u"),
        (Int32, "i"),
        (Int64, "x"),
        (str | None, "s"),
        (list[str], "as"),
        (list[tuple[str, UInt32, float]], "a(sud)"),
        (dict[str, Variant], "a{sv}"),
        (Song, "a{sv}"),
        (list[Song], "aa{sv}"),
        (Song | None, "a{sv}"),
    ],
    ids=str,
)
def test_a_type_has_a_signature(hint: Any, signature: str):
    assert signature_of(hint) == signature


@pytest.mark.parametrize(
    "hint", [int, bytes, object, Any, list[int], int | str, set[str], type], ids=str
)
def test_a_type_that_the_bus_does_not_have_is_refused(hint: Any):
    with pytest.raises(TypeError):
        signature_of(hint)


def test_entries_have_the_types_of_the_fields():
    assert entry_types(Song) == {
        "title": "s",
        "length": "d",
        "plays": "u",
        "loved_at": "x",
        "tags": "as",
        "loved": "b",
        "rating": "i",
        "places": "a(su)",
        "remark": "s",
    }


@dataclass(frozen=True, slots=True)
class Unsized:
    """An answer that no bus can carry."""

    plays: int


def test_a_member_with_a_type_that_the_bus_does_not_have_fails_at_import():
    with pytest.raises(TypeError, match="needs a size, such as UInt32"):

        class Answers:
            @method("answer")
            async def Answer(self) -> Unsized:
                return Unsized(1)

        assert not Answers

    with pytest.raises(TypeError, match="needs a size, such as UInt32"):

        class Takes:
            @method()
            async def Take(self, plays: int) -> None:
                """Take."""

        assert not Takes


@pytest.mark.parametrize("names", [(), ("first", "second")], ids=str)
def test_a_member_that_names_more_or_less_than_it_returns_fails_at_import(names: tuple[str, ...]):
    with pytest.raises(TypeError, match="Answer does not return"):

        class Answers:
            @method(*names)
            async def Answer(self) -> str:
                return ""

        assert not Answers


# -- members --------------------------------------------------------------------------------------


def test_a_member_has_the_types_of_its_annotations():
    assert list(MEMBERS) == ["Find", "Print", "Keep", "Found"]
    find, printed, keep, found = MEMBERS.values()
    assert (find.takes, find.gives) == ({"title": "s", "most": "u"}, {"songs": "aa{sv}"})
    assert printed.gives == {"text": "s", "pages": "u"}
    assert (keep.takes, keep.gives) == ({"tags": "a{sv}"}, {})
    assert (found.takes, found.gives) == ({}, {"title": "s", "song": "a{sv}"})
    assert isinstance(find, Method)
    assert isinstance(found, Signal)


def test_a_member_has_its_meaning_and_the_types_of_the_entries():
    assert MEMBERS["Find"].meaning == "Find."
    assert MEMBERS["Find"].entries == entry_types(Song)
    assert MEMBERS["Keep"].entries == {"length": "d"}


def test_a_signal_carries_its_arguments():
    message = Interface.Found("Fe\0rn", song=FERN)
    assert (message.member, message.signature) == ("Found", "sa{sv}")
    assert message.body == ["Fe rn", variants(FERN)]


# -- values ---------------------------------------------------------------------------------------


def test_an_answer_is_a_dictionary_of_variants():
    assert variants(FERN) == {
        "title": Variant("s", "Fern"),
        "length": Variant("d", 187.5),
        "plays": Variant("u", 3),
        "loved_at": Variant("x", 1_790_000_000),
        "tags": Variant("as", ["folk"]),
        "loved": Variant("b", True),
        "rating": Variant("i", -1),
        "places": Variant("a(su)", [["mpv", 2]]),
    }


def test_an_entry_that_only_sometimes_comes_is_left_out_while_there_is_none():
    song = Song("Fern", 1.0, 1, 0, [], False, 0, [], remark="rare")
    assert variants(song)["remark"] == Variant("s", "rare")
    assert "remark" not in variants(FERN)


@pytest.mark.parametrize(
    ("signature", "value", "expected"),
    [
        ("s", None, ""),
        ("s", b"F\xffrn", "F\ufffdrn"),
        ("s", "Fe\0rn", "Fe rn"),
        ("s", "\udc80", "?"),
        ("s", 7, "7"),
        ("u", -1, 0),
        ("u", 2**40, 2**32 - 1),
        ("u", "many", 0),
        ("u", 2.5, 2),
        ("x", 2**63 - 1, 2**63 - 1),
        ("x", 2**70, 2**63 - 1),
        ("i", -(2**40), -(2**31)),
        ("d", None, 0.0),
        ("d", float("nan"), 0.0),
        ("as", [None, "Folk"], ["", "Folk"]),
        ("a(su)", [("mpv", -1)], [["mpv", 0]]),
        ("a{sv}", None, {}),
    ],
)
def test_a_value_that_a_disk_got_wrong_is_fitted(signature: str, value: object, expected: object):
    assert fitted(signature, value) == expected


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


@given(*[ANYTHING] * 5)
def test_an_answer_of_any_values_can_be_sent(title: Any, length: Any, plays: Any, at: Any, by: Any):
    variants(Song(title, length, plays, at, [title, by], True, plays, [(by, at)], by))
