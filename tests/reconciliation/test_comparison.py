"""What is shown, missing, doubled, changed and foreign."""

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import Cause
from scrobblerd.reconciliation.comparison import Comparison, compare
from scrobblerd.services.base import Listen
from scrobblerd.storage.reconciliation.sent_plays import SentPlay

NOW = 1_790_000_000
IMPORTER = "ListenBrainz lastfm importer v2"

MAX_CROWDED_SECONDS = 1.5
"""Of CPU for 60 plays and 600 listens of one second, about ten times what it takes."""


def a_play(
    second: int = 0, track: str = "Fern", artist: str = "Mira Holt", album: str = ""
) -> SentPlay:
    return SentPlay(Scrobble(artist, track, NOW + second, album), play_id=second + 1)


def a_listen(
    second: int = 0,
    track: str = "Fern",
    artist: str = "Mira Holt",
    album: str = "",
    client: str = "scrobblerd",
) -> Listen:
    return Listen(NOW + second, artist, track, album, id=f"{second}{track}{client}", client=client)


def counts(comparison: Comparison) -> dict[str, int]:
    """How many there are in each list that is not empty."""
    names = ("shown", "changed", "missing", "deleted", "doubled", "foreign")
    return {name: len(each) for name in names if (each := getattr(comparison, name))}


@pytest.mark.parametrize(
    ("listens", "found"),
    [
        ([a_listen(track="Old")], {"missing": 1, "deleted": 1}),
        ([a_listen(track="Old"), a_listen()], {"shown": 1, "deleted": 1}),
        ([a_listen(track="Old"), a_listen(track="Ferns")], {"changed": 1, "deleted": 1}),
        ([a_listen(track="Old"), a_listen(track="Old")], {"changed": 1, "deleted": 1}),
        ([a_listen(1, track="Old")], {"missing": 1, "foreign": 1}),
        ([a_listen()], {"shown": 1}),
        ([], {"missing": 1}),
    ],
)
def test_what_is_being_deleted_is_nothing_else(
    listens: list[Listen], found: dict[str, int]
) -> None:
    before = replace(a_play(track="Old"), is_awaited=False)
    assert counts(compare([a_play()], listens, deleted=[before])) == found


@pytest.mark.parametrize(
    "listen",
    [
        a_listen(),
        a_listen(2),
        a_listen(-2),
        a_listen(track="FERN"),
        a_listen(artist="Mira  Holt "),
        a_listen(client="another"),
        a_listen(album="Moss"),
    ],
)
def test_shown_if_the_names_are_the_same_within_two_seconds(listen: Listen) -> None:
    assert counts(compare([a_play()], [listen])) == {"shown": 1}


@pytest.mark.parametrize(
    ("play", "track"),
    [
        (a_play(track="Don’t Look – Back"), "Don't Look - Back"),
        (a_play(track="Ｆｅｒｎ"), "fern"),
        (a_play(track="Caf\u00e9"), "Cafe\u0301"),
    ],
)
def test_writing_makes_no_other_name(play: SentPlay, track: str) -> None:
    assert counts(compare([play], [a_listen(track=track)])) == {"shown": 1}


@pytest.mark.parametrize("second", [3, -3])
def test_missing_if_nothing_is_near(second: int) -> None:
    comparison = compare([a_play()], [a_listen(second)])
    assert counts(comparison) == {"missing": 1, "foreign": 1}
    assert comparison.missing == [a_play()]


def test_what_need_not_be_shown_is_never_missing_and_not_foreign_either() -> None:
    may_be = replace(a_play(), is_awaited=False)
    assert counts(compare([may_be], [])) == {}
    assert counts(compare([may_be], [a_listen()])) == {"shown": 1}


@pytest.mark.parametrize(
    "listen",
    [
        a_listen(artist="The Mira Holt"),
        a_listen(track="Fern (Live)"),
        a_listen(artist="Мира Холт"),  # the title is as it was
        a_listen(artist="Mira Holt & Okto", track="Farn"),
        a_listen(track="Fern", artist="Holt, M.", client=""),
        a_listen(track="Something", artist="Somebody"),  # by our own client
    ],
)
def test_changed_if_a_listen_of_its_second_resembles_it(listen: Listen) -> None:
    comparison = compare([a_play()], [listen])
    assert comparison.changed == [(a_play(), listen)]
    assert counts(comparison) == {"changed": 1}


def test_another_track_of_the_same_second_is_no_other_name() -> None:
    other = a_listen(track="Slow Harbour", artist="The Paper Lanterns", client="phone")
    assert counts(compare([a_play()], [other])) == {"missing": 1, "foreign": 1}


def test_names_under_which_a_service_is_known_to_have_a_play_are_its_own() -> None:
    play = replace(a_play(), known_as=(("The Holts", "Farn"),))
    listen = a_listen(1, "Farn", "The Holts", client="")
    assert counts(compare([play], [listen])) == {"shown": 1}


@pytest.mark.parametrize(
    ("second", "cause"),
    [
        (a_listen(client=IMPORTER), Cause.COPIED),
        (a_listen(1, client="mpris-scrobbler"), Cause.OTHER_PROGRAM),
        (a_listen(album="Moss"), Cause.SAME_SECOND),
        (a_listen(-2), Cause.SHIFTED),
        (a_listen(2, client=""), Cause.SHIFTED),
    ],
)
def test_a_second_listen_of_a_play_tells_why_it_is_there(second: Listen, cause: Cause) -> None:
    comparison = compare([a_play()], [second, a_listen()])
    assert counts(comparison) == {"shown": 1, "doubled": 1}
    [doubled] = comparison.doubled
    assert (doubled.first, doubled.second, doubled.cause) == (a_listen(), second, cause)


def test_of_two_listens_of_a_second_ours_is_the_first() -> None:
    play, ours, copy = a_play(album="Moss"), a_listen(album="Moss"), a_listen(client=IMPORTER)
    for listens in ([ours, copy], [copy, ours]):
        assert [each.second for each in compare([play], listens).doubled] == [copy]
    nameless = [replace(each, client="") for each in (copy, ours)]
    assert compare([play], nameless).doubled[0].second.album == ""


def test_a_listen_under_another_name_may_be_doubled_too() -> None:
    changed = [a_listen(track="Fern!", client=""), a_listen(1, track="Fern!", client="")]
    assert counts(compare([a_play()], changed)) == {"changed": 1, "doubled": 1}


def test_a_track_on_repeat_takes_no_listen_of_its_other_plays() -> None:
    plays = [a_play(2 * number) for number in range(5)]
    listens = [a_listen(2 * number) for number in range(5) if number != 2]
    comparison = compare(plays, listens)
    assert comparison.missing == [plays[2]]
    assert counts(comparison) == {"shown": 4, "missing": 1}


def test_the_nearest_play_gets_the_listen_whatever_their_order() -> None:
    plays = [a_play(0), a_play(2)]
    for order in (plays, plays[::-1]):
        assert compare(order, [a_listen(2)]).missing == [plays[0]]


def test_two_plays_of_a_second_need_a_listen_each() -> None:
    plays = [a_play(track="Fern"), a_play(track="Moss")]
    assert counts(compare(plays, [a_listen(track="Moss")])) == {"shown": 1, "missing": 1}
    both = [a_listen(track="Moss"), a_listen(track="Farn", client="")]
    assert counts(compare(plays, both)) == {"shown": 1, "changed": 1}


def test_a_service_with_one_play_a_second_is_compared_by_seconds() -> None:
    plays = [a_play(0), a_play(1, "Moss"), a_play(2, "Reed")]
    listens = [
        a_listen(0, "Fern", "Mira Holt, Okto", client=""),
        a_listen(2, "Other", "Names", client=""),
    ]
    comparison = compare(plays, listens, one_a_second=True)
    assert comparison.missing == [plays[1]]
    assert counts(comparison) == {"shown": 2, "missing": 1}


def test_a_service_with_one_play_a_second_can_have_one_twice() -> None:
    listens = [a_listen(0, artist="Okto", client=""), a_listen(1, artist="Okto", client="phone")]
    comparison = compare([a_play(artist="Mira Holt & Okto")], listens, one_a_second=True)
    assert counts(comparison) == {"shown": 1, "doubled": 1}
    assert comparison.doubled[0].cause is Cause.OTHER_PROGRAM


SECONDS = st.integers(0, 6)
TRACKS = st.sampled_from(["Fern", "fern", "Moss", "Moss (Live)"])


@given(
    plays=st.lists(st.builds(a_play, SECONDS, TRACKS), max_size=6, unique_by=repr),
    listens=st.lists(st.builds(a_listen, SECONDS, TRACKS), max_size=8),
    one_a_second=st.booleans(),
)
def test_each_play_and_each_listen_is_judged_once(
    plays: list[SentPlay], listens: list[Listen], one_a_second: bool
) -> None:
    comparison = compare(plays, listens, one_a_second=one_a_second)
    pairs = comparison.shown + comparison.changed
    judged = [play for play, _ in pairs] + comparison.missing
    assert sorted(map(repr, judged)) == sorted(map(repr, plays))
    seen = [listen for _, listen in pairs] + [each.second for each in comparison.doubled]
    assert sorted(map(repr, seen + comparison.foreign)) == sorted(map(repr, listens))


@given(plays=st.lists(st.builds(a_play, SECONDS, TRACKS), max_size=6, unique_by=repr))
def test_what_is_shown_as_it_was_sent_is_never_missing(plays: list[SentPlay]) -> None:
    listens = [
        Listen(play.scrobble.timestamp, play.scrobble.artist, play.scrobble.track)
        for play in plays[::-1]
    ]
    assert counts(compare(plays, listens)) == ({"shown": len(plays)} if plays else {})


def test_a_crowded_second_is_compared_in_time() -> None:
    plays = [a_play(track=f"{'Fern ' * 100}{number}") for number in range(60)]
    listens = [
        replace(a_listen(client=""), artist=f"Jonas Ek {number}", track=f"{'Moss ' * 100}{number}")
        for number in range(600)
    ]
    begun = process_time()
    assert len(compare(plays, listens).missing) == 60
    assert process_time() - begun < MAX_CROWDED_SECONDS
