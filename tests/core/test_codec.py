"""codec.py: what is kept comes back as it was, and nothing else is taken for it."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.codec import StateError, dump, load
from scrobblerd.core.model import Moment, Track


class Mood(StrEnum):
    CALM = "calm"
    LOUD = "loud"


@dataclass(frozen=True, slots=True)
class Leaf:
    at: float
    name: str = ""


@dataclass(slots=True)
class Tree:
    leaves: tuple[Leaf, ...] = ()
    first: Leaf | None = None
    pair: tuple[str, float] | None = None
    moods: list[Mood] = field(default_factory=list[Mood])
    ids: set[int] = field(default_factory=set[int])
    times: dict[str, float] = field(default_factory=dict[str, float])
    mood: Mood = Mood.CALM
    number: int | None = None
    on: bool = False


finite = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.builds(Leaf, finite, st.text())
trees = st.builds(
    Tree,
    leaves=st.lists(leaves).map(tuple),
    first=st.none() | leaves,
    pair=st.none() | st.tuples(st.text(), finite),
    moods=st.lists(st.sampled_from(Mood)),
    ids=st.sets(st.integers()),
    times=st.dictionaries(st.text(), finite),
    mood=st.sampled_from(Mood),
    number=st.none() | st.integers(),
    on=st.booleans(),
)


@given(trees)
def test_what_is_kept_comes_back_as_it_was(tree: Tree):
    assert load(Tree, json.loads(json.dumps(dump(tree)))) == tree


def test_real_values_come_back():
    track = Track("Fern", "Mira Holt", artists=("Mira Holt", "Jo"), length=187.0)
    moment = Moment(1.0, 2.5, 1.7e9)
    assert load(Track, json.loads(json.dumps(dump(track)))).artists == ("Mira Holt", "Jo")
    assert load(Moment, json.loads(json.dumps(dump(moment)))) == moment


def test_an_int_is_taken_for_a_float_and_becomes_one():
    assert isinstance(load(Leaf, {"at": 3}).at, float)


def test_a_field_that_is_missing_takes_its_default():
    assert load(Leaf, {"at": 1.0}) == Leaf(1.0, "")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "Tree is None, not Tree"),
        ([], "Tree is [], not Tree"),
        ({"leaf": 1}, "Tree has no field 'leaf'"),
        ({"first": {}}, "Tree.first.at is missing"),
        ({"first": {"at": "soon"}}, "Tree.first.at is 'soon', not float"),
        ({"first": {"at": True}}, "Tree.first.at is True, not float"),
        ({"first": {"at": float("nan")}}, "Tree.first.at is nan, not float"),
        ({"leaves": [{"at": float("inf")}]}, "Tree.leaves[].at is inf, not float"),
        ({"leaves": {}}, "Tree.leaves is {}, not a list"),
        ({"pair": ["one"]}, "Tree.pair has 1 entries, not 2"),
        ({"moods": ["sad"]}, "Tree.moods[] is 'sad', not Mood"),
        ({"ids": [1.5]}, "Tree.ids[] is 1.5, not int"),
        ({"times": {"a": None}}, "Tree.times.a is None, not float"),
        ({"times": 3}, "Tree.times is 3, not a dict"),
        ({"number": True}, "Tree.number is True, not int"),
        ({"on": 1}, "Tree.on is 1, not bool"),
    ],
)
def test_anything_else_is_one_error_that_names_the_field(state: object, words: str):
    with pytest.raises(StateError) as raised:
        load(Tree, state)
    assert str(raised.value) == words


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(list(Tree.__slots__)), json_values) | json_values)
def test_no_value_raises_anything_else(state: object):
    try:
        tree = load(Tree, state)
    except StateError:
        return
    assert load(Tree, dump(tree)) == tree
