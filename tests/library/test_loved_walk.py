"""library.py: imports over many pages, whose list shifts, or that are broken off and taken up."""

import asyncio
from pathlib import Path

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd.core.errors import ScrobblerdError
from scrobblerd.core.publisher import ImportResult
from tests.support.import_bench import USER, Importing, a_page, after, an_entry, as_asked, mirroring


def loving(lastfm: StandIn, title: str) -> Behaviour:
    """A page; then the user loves this track elsewhere."""
    return after(lambda: lastfm.love_many(USER, [("Mira Holt", title)]))


def unloving(lastfm: StandIn, *titles: str) -> Behaviour:
    """A page; then the user takes the love of these tracks back elsewhere."""

    def change() -> None:
        loved = lastfm.loved_by(USER)
        loved[:] = [one for one in loved if one.track not in titles]

    return after(change)


# -- a list that shifts ---------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2, 3])
async def test_what_is_loved_meanwhile_is_found_on_the_first_page(
    importing: Importing, page: int
) -> None:
    importing.love(others=130)
    await importing.has("Meanwhile")
    importing.fails(*[as_asked()] * (page - 1), loving(importing.lastfm, "Meanwhile"))
    result = await importing.run()
    if page < 3:
        assert (result.total, await importing.marked()) == (131, ["Meanwhile"])
        assert importing.pages == [1, 2, 3, 1], "the others were seen"
    assert (await importing.run()).total == 131
    assert await importing.marked() == ["Meanwhile"]


@pytest.mark.parametrize("importing", [False, True], indirect=True, ids=["", "mirror"])
async def test_what_slips_to_a_page_behind_is_not_missed(importing: Importing) -> None:
    importing.love(others=130)  # newest first: page 1 is 129 … 80, page 2 is 79 … 30
    await importing.has("Other 0079", "Other 0100")
    await importing.run()
    assert await importing.marked() == ["Other 0079", "Other 0100"]
    importing.fails(unloving(importing.lastfm, "Other 0100"))
    await importing.run()
    assert "Other 0079" in await importing.marked()
    assert [one["title"] for one in await importing.loved.unmatched(200)].count("Other 0078") == 1


async def test_one_loved_and_one_unloved_meanwhile_end_in_a_whole_list(
    importing: Importing,
) -> None:
    importing.love(others=130)
    await importing.has("New", "Other 0079")
    both = unloving(importing.lastfm, "Other 0001").also(loving(importing.lastfm, "New"))
    importing.fails(both)
    await importing.run()
    assert await importing.marked() == ["New", "Other 0079"]


async def test_a_list_that_shrinks_under_the_walk_ends(importing: Importing) -> None:
    importing.love(others=130)
    importing.fails(unloving(importing.lastfm, *[f"Other {n:04}" for n in range(125)]))
    result = await importing.run()
    assert result.total >= 5
    assert len(importing.pages) <= 6


async def test_a_list_that_never_stands_still_ends(importing: Importing) -> None:
    importing.love(others=130)
    importing.fails(*[loving(importing.lastfm, f"New {number}") for number in range(200)])
    assert (await importing.run()).total >= 130
    assert len(importing.pages) < 20


@pytest.mark.parametrize("refused", [False, True], ids=["empty page", "error 6"])
async def test_a_page_past_the_end_is_the_end(importing: Importing, refused: bool) -> None:
    importing.lastfm.past_end_is_error = refused
    importing.love(others=3)
    body = a_page([an_entry(f"Other 000{number}") for number in range(3)], pages="4")
    importing.answers(body)
    assert (await importing.run()).total == 3
    assert importing.pages == [1, 2]


async def test_a_total_that_is_too_high_does_not_walk_for_ever(importing: Importing) -> None:
    importing.answers(*[a_page([an_entry()], total="5")] * 9)
    assert (await importing.run()).total == 1
    assert len(importing.pages) <= 3


ODD = {
    "no title": [an_entry(""), an_entry("Fern")],
    "no artist": [an_entry("Moss", ""), an_entry("Fern")],
    "nothing": [{}, an_entry("Fern")],
    "no table": ["", None, 5, an_entry("Fern")],
    "two spellings": [an_entry("Fern"), an_entry("FERN"), an_entry("  fern")],
    "twice": [an_entry("Fern")] * 2,
}


@mirroring
@pytest.mark.parametrize("entries", ODD.values(), ids=ODD)
async def test_a_list_with_fewer_tracks_than_entries_is_whole(
    importing: Importing, entries: list[object]
) -> None:
    await importing.has("Fern", "Moss")
    importing.love("Moss")
    await importing.run()
    assert await importing.marked() == ["Moss"]
    asked = len(importing.pages)
    importing.answers(a_page(entries))
    result = await importing.run()
    assert (result.total, await importing.marked()) == (1, ["Fern"])
    assert len(importing.pages) == asked + 1, "there is nothing to look for again"
    assert importing.progress[-1] == (len(entries), len(entries))


@mirroring
async def test_a_page_that_names_no_track_is_not_the_end(importing: Importing) -> None:
    await importing.has("Fern", "Moss")
    importing.answers(
        a_page([an_entry("")] * 2, pages="2", total="3"),
        a_page([an_entry("Fern")], pages="2", total="3"),
    )
    assert (await importing.run()).total == 1
    assert (importing.pages, await importing.marked()) == ([1, 2], ["Fern"])


@mirroring
async def test_an_odd_list_that_was_broken_off_is_walked_once_more(importing: Importing) -> None:
    await importing.has("Fern", "Moss")
    importing.love("Moss")
    await importing.run()
    first, second = (
        a_page([an_entry(""), an_entry(title)], pages="2", total="4") for title in ("Fern", "Other")
    )
    importing.answers(first)
    importing.fails(*[Behaviour.html(500)] * 3)
    with pytest.raises(ScrobblerdError):
        await importing.run()
    importing.answers(second, first, second)
    await importing.run()
    assert await importing.marked() == ["Fern"]


# -- broken off -----------------------------------------------------------------------------------


async def test_an_import_whose_server_goes_away_goes_on_with_the_next_page(
    importing: Importing,
) -> None:
    importing.love("Fern", others=230)
    await importing.has("Fern", "Other 0000")
    importing.fails(as_asked(), as_asked(), *[Behaviour.closed_before_storing()] * 3)
    with pytest.raises(ScrobblerdError, match="goes on where it was"):
        await importing.run()
    assert importing.pages == [1, 2, 3, 3, 3]
    assert await importing.run() == ImportResult(231, 2, 0, 229)
    assert importing.pages[5:] == [3, 4, 5]
    assert importing.finished == [ImportResult(231, 2, 0, 229)]
    assert importing.progress[-1] == (231, 231)


async def test_an_import_goes_on_after_a_restart(importing: Importing) -> None:
    importing.love(others=230)
    importing.fails(as_asked(), as_asked(), Behaviour.slow(30))
    run = asyncio.create_task(importing.run())
    await importing.asked(3)
    await importing.restart()
    with pytest.raises(ScrobblerdError, match="broken off"):
        await run
    importing.lastfm.release()
    assert (await importing.run()).total == 230
    assert importing.pages == [1, 2, 3, 3, 4, 5]
    assert (await importing.run()).total == 230
    assert importing.pages[6:] == [1, 2, 3, 4, 5], "this one was through"


async def test_an_import_that_goes_on_sees_what_was_loved_since(importing: Importing) -> None:
    importing.love(others=130)
    await importing.has("Since")
    importing.fails(as_asked(), *[Behaviour.closed_before_storing()] * 3)
    with pytest.raises(ScrobblerdError):
        await importing.run()
    importing.love("Since")
    assert (await importing.run()).total == 131
    assert await importing.marked() == ["Since"]


async def test_another_user_begins_anew(importing: Importing) -> None:
    importing.love(others=130)
    importing.love("Theirs", user="loud_heron")
    importing.fails(as_asked(), *[Behaviour.closed_before_storing()] * 3)
    with pytest.raises(ScrobblerdError):
        await importing.run()
    assert (await importing.run("loud_heron")).total == 1
    assert importing.lastfm.requests[-1].params["page"] == "1"
    assert (await importing.run()).total == 130


@pytest.mark.parametrize(
    "columns",
    [
        "'', 0, 0, 0, 0, 0, 0, 0, 0",
        "'quiet_otter', 'x', 2, 3, 4, 5, 6, 7, 8",
        "'quiet_otter', 1e300, 9, 9, 9, 9, 9, 9, 9",
        "'quiet_otter', 1000000000000000000, 9, 9, 9, 9, 9, 9, 9",
        "'quiet_otter', 5, x'ff', 'x', -1, 1e300, '', 0, 0",
        "x'ff', 5, 9, 9, 9, 9, 9, 9, 9",
    ],
)
async def test_an_import_that_is_odd_or_old_is_as_none(importing: Importing, columns: str) -> None:
    importing.love(others=3)
    await importing.database.select(f"INSERT INTO imports VALUES (1, {columns})")
    assert (await importing.run()).total == 3
    assert importing.pages == [1]


async def test_a_second_user_does_not_join_the_import_of_the_first(importing: Importing) -> None:
    importing.love("Fern", "Moss")
    importing.love("Theirs", user="loud_heron")
    importing.fails(Behaviour.slow(30))
    first = asyncio.create_task(importing.run())
    await importing.asked(1)
    second = asyncio.create_task(importing.run("loud_heron"))
    await asyncio.sleep(0.05)
    importing.lastfm.release()
    await asyncio.gather(first, return_exceptions=True)
    assert (await second).total == 1


async def test_two_calls_are_one_import_and_the_next_is_another(importing: Importing) -> None:
    importing.love(others=3)
    assert await importing.run() == (await asyncio.gather(importing.run(), importing.run()))[0]
    assert importing.pages == [1, 1]
    assert len(importing.finished) == 2


async def test_a_database_that_fails_in_mid_import_is_told_and_it_goes_on_later(
    importing: Importing, tmp_path: Path
) -> None:
    importing.love(others=130)
    importing.fails(as_asked(), Behaviour.slow(30))
    run = asyncio.create_task(importing.run())
    await importing.asked(2)
    await importing.database.close()
    importing.path.rename(tmp_path / "away")
    importing.path.mkdir()
    importing.lastfm.release()
    with pytest.raises(ScrobblerdError, match="can't be"):
        await run
    importing.path.rmdir()
    (tmp_path / "away").rename(importing.path)
    await importing.restart()
    assert (await importing.run()).total == 130
    assert importing.pages == [1, 2, 2, 3]
