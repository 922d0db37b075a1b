"""Going through listens page by page."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.services.base import Listen, ListensPage, Remedy, Reply
from scrobblerd.services.paging import (
    MAX_GIVEN,
    MAX_REPEATS,
    Position,
    Walk,
    listens_of,
    text_of,
)

SINCE, UNTIL = 10, 30

plays = st.lists(st.builds(Listen, st.integers(0, 40), st.just("Mira Holt"), st.sampled_from("ab")))


def read(
    stored: Sequence[Listen], size: int, *, falls: bool, tells: bool, newcomers: Sequence[Listen]
) -> list[Listen]:
    """Reads a list of a service that numbers its pages, and into which something comes before each
    of them. `tells`: whether it says that there is more."""
    walk, stored = Walk("Attic", SINCE, UNTIL, falls), list(stored)
    coming = list(newcomers)
    got: list[Listen] = []
    cursor = ""
    for _ in range(1000):
        at = walk.position(cursor)
        bounds = range(SINCE, at.second + 2) if falls else range(at.second - 1, UNTIL + 1)
        listed = sorted(
            (it for it in stored if it.listened_at in bounds),
            key=lambda it: it.listened_at,
            reverse=falls,
        )
        page = listed[at.repeats * size : (at.repeats + 1) * size]
        is_more = len(listed) > (at.repeats + 1) * size
        has_more = is_more if tells else (True if len(page) >= size else None)
        reply = walk.page(at, page, has_more=has_more)
        assert isinstance(reply, ListensPage)
        got += reply.listens
        if not (cursor := reply.next):
            return got
        stored += coming[:1]
        del coming[:1]
    raise AssertionError("it is asked on and on")


def key(listen: Listen) -> tuple[int, str]:
    """What listens are sorted by here."""
    return listen.listened_at, listen.track


@given(plays, st.integers(1, 7), st.booleans(), st.booleans())
def test_each_listen_of_a_stretch_is_given_as_often_as_it_is_there(
    stored: list[Listen], size: int, falls: bool, tells: bool
) -> None:
    seconds = Counter(it.listened_at for it in stored)
    if any(seconds[at] + seconds[at + 1] >= size for at in range(41)):
        stored = list(dict.fromkeys(stored))  # the same ones of two seconds fill no page
    got = read(stored, size, falls=falls, tells=tells, newcomers=[])
    there = [it for it in stored if SINCE <= it.listened_at <= UNTIL]
    assert sorted(got, key=key) == sorted(there, key=key)


@given(plays, plays, st.integers(1, 7), st.booleans())
def test_what_comes_meanwhile_takes_nothing_away_and_doubles_nothing(
    stored: list[Listen], newcomers: list[Listen], size: int, falls: bool
) -> None:
    distinct = {it.listened_at: it for it in stored}
    others = [it for it in newcomers if it.listened_at not in distinct]
    got = read([*distinct.values()], size, falls=falls, tells=True, newcomers=others)
    there = [it for it in distinct.values() if SINCE <= it.listened_at <= UNTIL]
    assert sorted((it for it in got if it in distinct.values()), key=key) == sorted(there, key=key)


def test_a_cursor_is_the_position_that_it_was_made_of() -> None:
    position = Position(20, 3, ("id", 'Mira\nMoss "\\', "ü"))
    assert Walk("Attic", SINCE, UNTIL).position(position.cursor) == position


def test_a_list_that_stands_still_or_grows_without_an_end_is_left() -> None:
    walk = Walk("Attic", SINCE, UNTIL)
    for stuck in (Position(20, MAX_REPEATS), Position(20, 0, ("name",) * MAX_GIVEN)):
        again = [Listen(20, "Mira Holt", "Moss")] * (1 if stuck.given else 0)
        reply = walk.page(stuck, again, has_more=True)
        assert isinstance(reply, Reply)
        assert reply.remedy is Remedy.RETRY_FEW
        assert "Attic" in reply.message


async def test_an_entry_without_a_time_or_a_name_is_left_out() -> None:
    good = Listen(1, "Mira Holt", "Moss")
    made = [good, Listen(0, "Mira Holt", "Moss"), Listen(1, "", "Moss"), Listen(1, "Mira Holt", "")]
    entries = [{"at": number} for number in range(4)]

    def read(entry: dict[str, Any]) -> Listen:
        number: int = entry.get("at", 1)
        return made[number]

    assert await listens_of(entries, read) == [good]
    assert await listens_of([None, 5, "x"], read) == []


def test_a_text_is_as_it_may_be_kept() -> None:
    assert text_of(" Mira\0Holt \ud800") == "Mira Holt"
    nothing: list[object] = [None, 5, [], {}]
    assert [text_of(value) for value in nothing] == [""] * 4


def test_a_cursor_stays_short_however_long_names_are() -> None:
    walk = Walk("Attic", SINCE, UNTIL)
    listens = [Listen(20, f"{number} é{'x' * 990}", "y" * 1000) for number in range(200)]
    page = walk.page(walk.position(""), listens, has_more=True)
    assert isinstance(page, ListensPage)
    assert len(page.next) < 200 * 80
    again = walk.page(walk.position(page.next), listens, has_more=False)
    assert again == ListensPage(), "they are known again"
