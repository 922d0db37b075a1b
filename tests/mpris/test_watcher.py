"""What the watcher makes of what the bus says, and of what players answer when they are read."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.core import PREFIX
from scrobblerd.core.events import Changed, Identified, ReadFailed, Seeked, Snapshot, Vanished
from scrobblerd.core.model import Status, Track
from scrobblerd.dbus.names import DBUS, PROPERTIES
from scrobblerd.mpris.roster import MAX_NAMES_PER_OWNER, MAX_PLAYERS
from scrobblerd.mpris.watcher import (
    MATCH_RULES,
    MAX_OWNERS_ASKED,
    PATH,
    PLAYER,
    PROPERTY_NAMES,
    RETRY_SECONDS,
    ROOT,
    Answer,
    WatcherOutput,
)
from tests.support.watcher_dialogue import FERN, NOW, TAGS, Talk, known, wanted

# -- names and owners -----------------------------------------------------------------------------


def test_three_match_rules_serve_all_players() -> None:
    assert len(MATCH_RULES) == 3
    assert all(rule.startswith("type='signal',") for rule in MATCH_RULES)
    assert sum(f"path='{PATH}'" in rule for rule in MATCH_RULES) == 2


def test_who_is_there_is_asked_at_the_start() -> None:
    talk = Talk()
    talk.take(talk.watcher.start())
    names = [":1.5", DBUS, PREFIX + "mpv", PREFIX + "playerctld", "org.example.Else"]
    talk.answer([names], "ListNames")
    assert wanted(talk) == [("GetNameOwner", PREFIX + "mpv")]
    talk.answer([":1.5"], "GetNameOwner")
    assert {call.destination for call in talk.open} == {DBUS, ":1.5"}
    assert talk.watcher.players == ["mpv"]


@pytest.mark.parametrize("answer", [None, [], [5], [["mpv", 7, None]], [{}]])
def test_an_odd_list_of_names_is_nobody(answer: Answer) -> None:
    talk = Talk()
    talk.take(talk.watcher.start())
    assert talk.answer(answer, "ListNames").open == []


@pytest.mark.parametrize("answer", [None, [], [""], [7]])
def test_a_name_that_went_before_its_owner_was_told_is_nobody(answer: Answer) -> None:
    talk = Talk()
    talk.take(talk.watcher.start())
    talk.answer([[PREFIX + "mpv"]], "ListNames").answer(answer, "GetNameOwner")
    assert (talk.watcher.players, talk.open) == ([], [])


def test_a_name_that_came_while_it_was_asked_for_is_asked_once() -> None:
    talk = Talk()
    talk.take(talk.watcher.start())
    talk.answer([[PREFIX + "mpv"]], "ListNames").owner("mpv", "", ":1.5")
    calls = wanted(talk)
    talk.answer([":1.5"], "GetNameOwner")
    assert wanted(talk) == [call for call in calls if call[0] != "GetNameOwner"]


def test_who_came_went_or_changed_hands_unnoticed_is_found_out() -> None:
    talk = Talk().owner("gone", "", ":1.3").owner("same", "", ":1.4").owner("other", "", ":1.5")
    talk.open.clear()
    talk.take(talk.watcher.start())
    talk.answer([[PREFIX + "other", PREFIX + "same", PREFIX + "new"]], "ListNames")
    assert talk.news() == [Vanished("gone", NOW)]
    for owner in (":1.7", ":1.4", ":1.8"):
        talk.answer([owner], "GetNameOwner")
    assert talk.news() == [Vanished("other", NOW)]
    asked = {call.destination for call in talk.open}
    assert asked == {DBUS, ":1.7", ":1.8"}, "of those that are new"
    assert talk.watcher.players == ["same", "other", "new"]


@pytest.mark.parametrize("answer", [None, []])
def test_a_list_that_never_came_ends_no_player(answer: Answer) -> None:
    talk = Talk().owner("mpv", "", ":1.5")
    talk.take(talk.watcher.start())
    talk.answer(answer, "ListNames")
    assert (talk.news(), talk.watcher.players) == ([], ["mpv"])


def test_a_player_that_appears_is_identified_and_read() -> None:
    talk = Talk().owner("mpv", "", ":1.5")
    assert wanted(talk) == [
        ("GetConnectionUnixProcessID", ":1.5"),
        ("GetAll", ROOT),
        ("GetAll", PLAYER),
    ]
    talk.answer([42], "GetConnectionUnixProcessID")
    talk.answer([{"Identity": "mpv Media Player", "DesktopEntry": "mpv"}], "GetAll", ROOT)
    assert talk.news() == [
        Identified("mpv", NOW, ":1.5", 42),
        Identified("mpv", NOW, ":1.5", 42, "mpv Media Player", "mpv"),
    ]
    read = {"PlaybackStatus": "Playing", "Metadata": TAGS, "Rate": 1.0, "Position": 2_500_000}
    talk.answer([read | {"LoopStatus": "Track"}], "GetAll", PLAYER)
    assert talk.news() == [Snapshot("mpv", NOW, Status.PLAYING, FERN, 1.0, "Track", 2.5)]


@pytest.mark.parametrize("answer", [None, [], ["42"], [None], [True]])
def test_a_process_that_is_not_told_is_unknown(answer: Answer) -> None:
    talk = Talk().owner("mpv", "", ":1.5").answer(answer, "GetConnectionUnixProcessID")
    assert talk.news() == [Identified("mpv", NOW, ":1.5", 0)]


def test_playerctld_is_never_a_player() -> None:
    talk = Talk().owner("playerctld", "", ":1.9").says(":1.9", {"PlaybackStatus": "Playing"})
    talk.owner("playerctld", ":1.9", "")
    assert (talk.open, talk.events, talk.watcher.players) == ([], [], [])


def test_a_signal_is_news_of_every_name_of_its_owner_and_of_no_other() -> None:
    talk = known("firefox.instance_1_4", "librewolf")
    talk.owner("mpv", "", ":1.6").says(":1.5", {"PlaybackStatus": "Paused"})
    talk.signal(":1.5", PLAYER, "Seeked", 0).says(":1.99", {"PlaybackStatus": "Playing"})
    names = ["firefox.instance_1_4", "librewolf"]
    assert talk.news() == [
        *(Changed(name, NOW, Status.PAUSED) for name in names),
        *(Seeked(name, NOW) for name in names),
    ]


@pytest.mark.parametrize(
    ("sender", "interface", "member"),
    [
        (":1.5", PLAYER, "PropertiesChanged"),
        (":1.5", PROPERTIES, "Seeked"),
        (":1.5", "org.example", "Seeked"),
        (":1.5", DBUS, "NameOwnerChanged"),
    ],
)
def test_other_signals_are_nothing(sender: str, interface: str, member: str) -> None:
    talk = known().signal(sender, interface, member, PREFIX + "mpv", "", "")
    assert (talk.news(), talk.watcher.players) == ([], ["mpv"])


def test_a_name_that_goes_has_vanished() -> None:
    talk = known().owner("mpv", ":1.5", "")
    assert talk.news() == [Vanished("mpv", NOW)]
    assert talk.says(":1.5", {"PlaybackStatus": "Playing"}).news() == []
    assert talk.watcher.read("mpv") == WatcherOutput()


def test_a_name_that_goes_unknown_is_nothing() -> None:
    assert Talk().owner("mpv", ":1.5", "").events == []


def test_a_name_that_changes_hands_vanishes_and_appears() -> None:
    talk = known().owner("mpv", ":1.5", ":1.8")
    assert talk.news() == [Vanished("mpv", NOW)]
    assert talk.asked("GetAll", PLAYER).destination == ":1.8"
    assert talk.says(":1.5", {"PlaybackStatus": "Playing"}).news() == []
    assert talk.says(":1.8", {"PlaybackStatus": "Paused"}).news() == [
        Changed("mpv", NOW, Status.PAUSED)
    ]


@pytest.mark.parametrize("new", ["", ":1.8"])
def test_answers_of_an_owner_before_are_ignored(new: str) -> None:
    talk = Talk().owner("mpv", "", ":1.5")
    stale, talk.open = talk.open, []
    talk.owner("mpv", ":1.5", new)
    talk.news()
    before = list(talk.open)
    for call in stale:
        talk.take(talk.watcher.handle_reply(call, [{"PlaybackStatus": "Playing"}], NOW))
    assert (talk.news(), talk.open) == ([], before)


def test_an_answer_counts_once() -> None:
    talk = known()
    talk.take(talk.watcher.read("mpv"))
    call = talk.asked("GetAll", PLAYER)
    assert len(talk.watcher.handle_reply(call, [{}], NOW).events) == 1
    assert talk.watcher.handle_reply(call, [{}], NOW) == WatcherOutput()


# -- properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({"PlaybackStatus": "Stopped"}, Changed("mpv", NOW, Status.STOPPED)),
        ({"Metadata": TAGS}, Changed("mpv", NOW, track=FERN)),
        ({"Metadata": {}}, Changed("mpv", NOW, track=Track())),
        ({"Rate": 0.0}, Changed("mpv", NOW, rate=0.0)),
        ({"LoopStatus": "Track", "Volume": 1.0}, Changed("mpv", NOW, loop="Track", volume=1.0)),
        ({"Volume": 0}, Changed("mpv", NOW, volume=0.0)),
        ({"Rate": 2, "PlaybackStatus": "Odd"}, Changed("mpv", NOW, rate=2.0)),
    ],
)
def test_a_change_tells_what_it_named(changes: dict[str, object], event: Changed) -> None:
    talk = known().says(":1.5", changes)
    assert (talk.news(), talk.open) == ([event], [])


@pytest.mark.parametrize("changes", [{}, {"Volume": "loud"}, {"Position": 5}, {"CanPlay": True}])
def test_a_change_of_nothing_that_matters_is_nothing(changes: dict[str, object]) -> None:
    talk = known().says(":1.5", changes, ["Volume"])
    assert (talk.news(), talk.open) == ([], [])


@pytest.mark.parametrize("name", ["Metadata", "PlaybackStatus"])
def test_what_is_only_invalidated_is_read(name: str) -> None:
    talk = known().says(":1.5", {}, [name])
    talk.answer([{"PlaybackStatus": "Paused", "Metadata": TAGS}], "GetAll", PLAYER)
    assert talk.news() == [Snapshot("mpv", NOW, Status.PAUSED, FERN)]


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


# -- too many -------------------------------------------------------------------------------------


def crowded(*more: str) -> Talk:
    """A talk with a connection that has as many names as are followed, and these."""
    talk = known(*(f"n{number}" for number in range(MAX_NAMES_PER_OWNER)))
    for name in more:
        talk.owner(name, "", ":1.5")
    return talk


def test_a_name_too_many_of_a_connection_is_neither_asked_nor_heard() -> None:
    talk = crowded("late")
    assert (talk.open, "late" in talk.watcher.players) == ([], False)
    talk.says(":1.5", {"PlaybackStatus": "Paused"})
    assert len(talk.news()) == MAX_NAMES_PER_OWNER


def test_a_name_that_was_left_out_appears_when_another_has_gone() -> None:
    talk = crowded("late").owner("n0", ":1.5", "")
    assert talk.news() == [Vanished("n0", NOW)]
    assert wanted(talk)[-1] == ("GetAll", PLAYER)
    assert talk.watcher.players[-1] == "late"


def test_a_name_that_was_left_out_may_go_or_change_hands() -> None:
    talk = crowded("late", "later").owner("late", ":1.5", "").owner("later", ":1.5", ":1.6")
    assert talk.news() == []
    assert talk.watcher.players[-1] == "later"
    assert talk.asked("GetAll", PLAYER).destination == ":1.6"


def test_names_that_were_left_out_are_not_asked_for_again() -> None:
    talk = crowded("late")
    talk.take(talk.watcher.start())
    listed = [*talk.watcher.players, "late", "new"]
    talk.answer([[PREFIX + name for name in listed]], "ListNames")
    asked = [name for member, name in wanted(talk) if member == "GetNameOwner"]
    assert asked == [PREFIX + name for name in listed if name != "late"]


def test_a_list_of_too_many_names_is_asked_for_in_part() -> None:
    talk = Talk()
    talk.take(talk.watcher.start())
    names = [f"{PREFIX}n{number}" for number in range(MAX_OWNERS_ASKED + 10)]
    talk.answer([names], "ListNames")
    assert len(talk.open) == MAX_OWNERS_ASKED


def test_a_program_with_too_many_players_loses_one_for_another() -> None:
    talk = Talk()
    for number in range(MAX_PLAYERS):
        talk.owner(f"p{number}", "", f":1.{number}")
        talk.answer([42], "GetConnectionUnixProcessID")
    talk.owner("mpv", "", ":1.9999").news()
    talk.answer([7], "GetConnectionUnixProcessID")
    newest = f"p{MAX_PLAYERS - 1}"
    assert talk.news() == [Identified("mpv", NOW, ":1.9999", 7), Vanished(newest, NOW)]
    talk.says(f":1.{MAX_PLAYERS - 1}", {"PlaybackStatus": "Playing"})
    assert talk.news() == []
