"""library.py and loves.py: marks that an import must not take away, or bring back."""

import asyncio
from typing import Any

import pytest

from lab.lastfm import Behaviour
from scrobblerd.core.publisher import ImportResult
from tests.support.import_bench import USER, Importing, a_page, as_asked, mirroring


@mirroring
@pytest.mark.parametrize(
    "body",
    [
        a_page([], pages="1", total="2"),
        a_page([{"name": "", "artist": ""}], pages="1", total="2"),
    ],
)
async def test_an_answer_that_contradicts_itself_takes_no_mark_away(
    importing: Importing, body: dict[str, Any]
) -> None:
    importing.love("Fern", "Moss")
    await importing.has("Fern", "Moss")
    await importing.run()
    importing.answers(*[body] * 9)
    await asyncio.gather(importing.run(), return_exceptions=True)
    assert await importing.marked() == ["Fern", "Moss"]


@mirroring
async def test_pages_that_are_refused_half_way_take_no_mark_away(importing: Importing) -> None:
    importing.love("Fern", others=120)
    importing.lastfm.loved_by(USER).reverse()  # Fern is on the last page
    await importing.has("Fern")
    await importing.run()
    importing.fails(*[as_asked(), Behaviour.error(6)] * 5)
    await asyncio.gather(importing.run(), return_exceptions=True)
    assert await importing.marked() == ["Fern"]


@pytest.mark.parametrize("importing", [False, True], indirect=True, ids=["keeps", "mirrors"])
async def test_loved_mirror_decides_what_becomes_of_marks_that_are_gone(
    importing: Importing,
) -> None:
    importing.love("Fern", "Moss")
    await importing.has("Fern", "Moss")
    await importing.run()
    importing.lastfm.loved_by(USER).pop()
    assert await importing.run() == ImportResult(1, 0, 1, 0)
    assert await importing.marked() == (["Fern"] if importing.mirror else ["Fern", "Moss"])


@mirroring
async def test_what_the_user_loves_during_an_import_keeps_its_mark(importing: Importing) -> None:
    importing.love("Moss")
    await importing.has("Fern", "Moss")
    importing.fails(Behaviour.slow_after_storing(30))
    run = asyncio.create_task(importing.run())
    await importing.asked(1)
    request = await importing.queue_love("Fern", True)
    await importing.loves.done(request, USER)
    importing.lastfm.release()
    await run
    assert await importing.marked() == ["Fern", "Moss"]


async def test_what_the_user_unloves_during_an_import_gets_no_mark(importing: Importing) -> None:
    importing.love("Fern")
    await importing.has("Fern")
    importing.fails(Behaviour.slow_after_storing(30))
    run = asyncio.create_task(importing.run())
    await importing.asked(1)
    await importing.queue_love("Fern", False)
    importing.lastfm.release()
    await run
    assert await importing.marked() == []


async def test_a_love_taken_back_that_waits_for_the_network_gets_no_mark_from_an_import(
    importing: Importing,
) -> None:
    importing.love("Fern", "Moss")
    await importing.has("Fern", "Moss")
    await importing.run()
    await importing.queue_love("Fern", False)
    await importing.run()
    assert await importing.marked() == ["Moss"]


@mirroring
async def test_a_love_that_waits_for_the_network_outlives_an_import(importing: Importing) -> None:
    importing.love("Moss")
    await importing.has("Fern", "Moss")
    await importing.queue_love("Fern", True)
    await importing.queue_love("Reed", True)
    await importing.run()
    assert await importing.marked() == ["Fern", "Moss"]
    assert [one["title"] for one in await importing.loved.unmatched(9)] == ["Reed"]
    await importing.has("Reed")
    assert await importing.marked() == ["Fern", "Moss", "Reed"]
