"""Which seconds have a play at a Maloja: what is read of it, and how often."""

import json
from urllib.parse import parse_qs

import pytest

from scrobblerd.core.model import Details, Scrobble
from scrobblerd.services.base import Fault, Remedy, Reply
from scrobblerd.services.maloja.seconds import DAY_SECONDS, MAX_PAGE_PLAYS, Seconds, StoredPlay

MIDNIGHT = 1_790_035_200  # of UTC
NOON = MIDNIGHT + DAY_SECONDS // 2


class There:
    """The plays of a server: their seconds."""

    def __init__(self, *seconds: int) -> None:
        self.seconds = sorted(seconds, reverse=True)
        self.queries: list[dict[str, list[str]]] = []

    async def read(self, query: str) -> Reply:
        """Returns a page of plays, the newest first."""
        asked = parse_qs(query)
        self.queries.append(asked)
        size, page = int(asked["max"][0]), int(asked["page"][0])
        shown = self.seconds[page * size : (page + 1) * size]
        track = {"title": "Fern", "artists": ["Mira Holt", "Okto"], "album": None}
        plays = [{"time": it, "origin": f"client:{it}", "track": track} for it in shown]
        return Reply(Remedy.DONE, body={"status": "ok", "list": plays})


def play(second: int) -> StoredPlay:
    """The play of a second."""
    return StoredPlay(f"client:{second}", "fern", frozenset({"mira holt", "okto"}))


async def test_it_says_which_play_has_a_second() -> None:
    seconds = Seconds(There(NOON).read)
    assert await seconds.play_at(NOON) == play(NOON)
    assert await seconds.play_at(NOON + 1) is None


async def test_all_that_was_read_is_known_for_a_while() -> None:
    there = There(NOON)
    seconds = Seconds(there.read)
    for second in (MIDNIGHT, NOON, MIDNIGHT + DAY_SECONDS - 1):
        await seconds.play_at(second)
    assert len(there.queries) == 1
    await seconds.play_at(MIDNIGHT + DAY_SECONDS)  # another day
    await seconds.play_at(NOON)
    assert len(there.queries) == 3
    await seconds.play_at(NOON, again=True)
    assert len(there.queries) == 4


async def test_only_the_newest_plays_are_read_if_the_second_is_among_them() -> None:
    there = There(*range(NOON - 10 * MAX_PAGE_PLAYS, NOON))
    seconds = Seconds(there.read)
    assert await seconds.play_at(NOON) is None
    assert len(there.queries) == 1
    assert await seconds.play_at(NOON - 1) == play(NOON - 1)  # it is older than that
    assert len(there.queries) == 2


@pytest.mark.parametrize("plays", [MAX_PAGE_PLAYS - 1, MAX_PAGE_PLAYS, 3 * MAX_PAGE_PLAYS])
async def test_a_second_is_found_on_any_page(plays: int) -> None:
    there = There(*range(NOON, NOON + plays))
    seconds = Seconds(there.read)
    assert await seconds.play_at(NOON) == play(NOON)
    assert await seconds.play_at(NOON - 1) is None
    assert next(query["page"] for query in there.queries) == ["0"]


async def test_the_days_are_wide_enough_for_any_time_zone() -> None:
    there = There()
    await Seconds(there.read).play_at(NOON)
    assert (there.queries[0]["from"], there.queries[0]["to"]) == (["2026/09/21"], ["2026/09/23"])


async def test_what_can_not_be_read_is_not_remembered() -> None:
    broken = Reply(Remedy.RETRY, fault=Fault.UNREACHED)
    answers = [broken, Reply(Remedy.DONE, body=json.loads('{"list": [null, {}, 7]}'))]

    async def read(_query: str) -> Reply:
        return answers.pop(0)

    seconds = Seconds(read)
    assert await seconds.play_at(NOON) is broken
    assert await seconds.play_at(NOON) is None


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("artist", "title", "is_same", "resembles"),
    [
        ("Mira Holt", "Fern", True, True),
        ("MIRA HOLT", " fern", True, True),
        ("Okto", "Fern (feat. Lena)", True, True),
        ("Mira Holt", "Moss", False, True),
        ("Reed", "Fern", False, True),
        ("Reed", "Moss", False, False),
    ],
)
def test_a_play_is_compared_by_its_names(
    artist: str, title: str, is_same: bool, resembles: bool
) -> None:
    details = Details(artists=(artist, "Sedge"))
    scrobble = Scrobble(artist, title, NOON, details=details)
    assert (play(NOON).is_of(scrobble), play(NOON).resembles(scrobble)) == (is_same, resembles)


@pytest.mark.parametrize("shown", [{}, {"track": 7}, {"track": {"artists": "x", "title": None}}])
async def test_a_play_that_is_shown_in_an_odd_way_has_no_names(shown: dict[str, object]) -> None:
    async def read(_query: str) -> Reply:
        return Reply(Remedy.DONE, body={"list": [{"time": NOON, **shown}]})

    assert await Seconds(read).play_at(NOON) == StoredPlay("", "", frozenset())
