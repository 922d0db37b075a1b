"""How the watcher reads players: again, one by one, and whatever they answer."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.core.events import ReadFailed, Snapshot
from scrobblerd.core.model import Status
from scrobblerd.dbus.names import PROPERTIES
from scrobblerd.mpris.watcher import PLAYER, PROPERTY_NAMES, RETRY_SECONDS, ROOT, Answer
from tests.support.watcher_dialogue import FERN, NOW, TAGS, Talk, known, wanted

# -- readings -------------------------------------------------------------------------------------


REFUSED: Answer = []


def first_reading(answers: Sequence[Answer]) -> Talk:
    """A talk whose first reading was answered so, each time it was tried."""
    talk = Talk().owner("mpv", "", ":1.5").answer([{}], "GetAll", ROOT)
    talk.answer([42], "GetConnectionUnixProcessID").news()
    for answer in answers:
        talk.answer(answer, "GetAll", PLAYER)
    return talk


@pytest.mark.parametrize("failure", [None, []])
def test_a_first_reading_is_tried_again_a_few_times(failure: Answer) -> None:
    talk, waits = first_reading([]), list[float]()
    for _ in RETRY_SECONDS:
        talk.answer(failure, "GetAll", PLAYER)
        for name in PROPERTY_NAMES if failure == REFUSED else ():
            talk.answer(failure, "Get", name)
        waits.append(next(call.after for call in talk.open if call.body == (PLAYER,)))
    assert (waits, talk.news()) == (list(RETRY_SECONDS), [])
    talk.answer([{"PlaybackStatus": "Playing", "Metadata": TAGS}], "GetAll", PLAYER)
    assert talk.news() == [Snapshot("mpv", NOW, Status.PLAYING, FERN)]


def test_a_first_reading_that_never_comes_has_failed() -> None:
    talk = first_reading([None] * (len(RETRY_SECONDS) + 1))
    assert talk.news() == [ReadFailed("mpv", NOW)]
    assert [call for call in talk.open if call.body == (PLAYER,)] == []


def test_a_player_that_speaks_after_all_is_read_again() -> None:
    talk = first_reading([None] * (len(RETRY_SECONDS) + 1))
    talk.open.clear()
    talk.news()
    talk.says(":1.5", {"PlaybackStatus": "Playing"})
    assert wanted(talk) == [("GetAll", PLAYER)]
    assert talk.says(":1.5", {"PlaybackStatus": "Playing"}).open == talk.open[:1]


def test_a_first_reading_that_is_refused_is_done_one_by_one_at_once() -> None:
    talk = first_reading([REFUSED])
    assert [call.body for call in talk.open if call.member == "Get"] == [
        (PLAYER, name) for name in PROPERTY_NAMES
    ]
    talk.answer(["Playing"], "Get", "PlaybackStatus").answer([TAGS], "Get", "Metadata")
    talk.answer([], "Get", "Rate").answer(None, "Get", "LoopStatus")
    assert talk.news() == []
    talk.answer([3_000_000], "Get", "Position").answer([0.5], "Get", "Volume")
    assert talk.news() == [Snapshot("mpv", NOW, Status.PLAYING, FERN, position=3.0, volume=0.5)]


def test_a_later_reading_that_is_refused_is_done_one_by_one_at_once() -> None:
    talk = known()
    talk.take(talk.watcher.read("mpv")).answer([], "GetAll", PLAYER)
    assert [word for _, word in wanted(talk)] == list(PROPERTY_NAMES)


def test_a_later_reading_without_an_answer_has_failed() -> None:
    talk = known()
    talk.take(talk.watcher.read("mpv")).answer(None, "GetAll", PLAYER)
    assert (talk.news(), talk.open) == ([ReadFailed("mpv", NOW)], [])


@pytest.mark.parametrize("failure", [None, []])
def test_a_reading_one_by_one_that_brings_nothing_has_failed(failure: Answer) -> None:
    talk = known()
    talk.take(talk.watcher.read("mpv")).answer([], "GetAll", PLAYER)
    for name in PROPERTY_NAMES:
        talk.answer(failure, "Get", name)
    assert talk.news() == [ReadFailed("mpv", NOW)]


def test_a_name_that_blinks_while_it_is_read_one_by_one_is_read_anew() -> None:
    talk = known()
    talk.take(talk.watcher.read("mpv")).answer([], "GetAll", PLAYER)
    talk.owner("mpv", ":1.5", "").owner("mpv", "", ":1.5")
    talk.news()
    for name in PROPERTY_NAMES:
        talk.answer(["Playing"], "Get", name)
    assert talk.news() == []
    talk.answer([{"PlaybackStatus": "Paused"}], "GetAll", PLAYER)
    assert talk.news() == [Snapshot("mpv", NOW, Status.PAUSED, None)]


# -- anything -------------------------------------------------------------------------------------

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ONCE = PLAIN | st.binary(max_size=3) | st.lists(PLAIN, max_size=3)
VALUES = ONCE | st.lists(ONCE, max_size=3) | st.dictionaries(st.text(max_size=5), ONCE, max_size=3)
KEYS = st.sampled_from(["PlaybackStatus", "Metadata", "Rate", "LoopStatus", "Position", "Identity"])


@given(st.dictionaries(KEYS, VALUES), VALUES, st.lists(VALUES, max_size=2) | st.none())
@settings(deadline=None, derandomize=True, max_examples=100, database=None)
def test_whatever_is_said_nothing_is_raised(
    changes: dict[str, object], invalidated: object, answer: Answer
) -> None:
    talk = Talk().owner("mpv", "", ":1.5")
    talk.signal(":1.5", PROPERTIES, "PropertiesChanged", PLAYER, changes, invalidated)
    for _ in range(12):
        if talk.open:
            talk.take(talk.watcher.handle_reply(talk.open.pop(), answer, NOW))
    talk.take(talk.watcher.read("mpv"))
    assert talk.watcher.players == ["mpv"]
