"""library.py: what user.getLovedTracks may answer, and what an import makes of it."""

from typing import Any

import pytest

from lab.lastfm import Behaviour
from scrobblerd.core.errors import LogIn, ServiceFailed, Unreachable
from scrobblerd.core.model import Loved
from scrobblerd.core.publisher import ImportResult
from scrobblerd.storage.loves import ImportRun
from tests.support.import_bench import Importing, a_page, an_entry, mirroring
from tests.support.storage_samples import a_file

FERN = Loved("Mira Holt", "Fern", 18)


# -- shapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(),
        an_entry(artist={"name": "Mira Holt", "mbid": "", "url": "https://x.invalid"}),
        an_entry(artist={"#text": "Mira Holt"}),
        an_entry(date={"uts": 1780000000}),
        an_entry(mbid=None, streamable={"#text": "0"}, image=[], url=None),
        {"name": "Fern", "artist": "Mira Holt", "date": {"uts": "1780000000"}},
        an_entry(date={"#text": "28 May 2026, 20:26", "uts": "1780000000"}),
    ],
)
async def test_every_shape_of_a_track_is_taken(importing: Importing, entry: Any) -> None:
    await importing.has("Fern")
    importing.answers(a_page([entry]))
    assert await importing.run() == ImportResult(1, 1, 0, 0)
    [(at,)] = await importing.database.select("SELECT loved_at FROM library")
    assert at == 1780000000


@pytest.mark.parametrize("date", [None, "", {}, {"uts": ""}, {"uts": "soon"}, {"uts": "0"}, []])
async def test_without_a_date_it_is_loved_all_the_same(importing: Importing, date: Any) -> None:
    await importing.has("Fern")
    importing.answers(a_page([an_entry(date=date)]))
    assert await importing.run() == ImportResult(1, 1, 0, 0)
    assert await importing.marked() == ["Fern"]
    assert await importing.shelf.loved(9, 0) != []


@pytest.mark.parametrize(
    "body",
    [
        a_page([an_entry()]),
        a_page(an_entry()),
        a_page([an_entry()], pages=1, total=1),
        {"lovedtracks": {"track": an_entry(), "totalPages": "1", "total": "1"}},
        {"lovedtracks": {"track": [an_entry()]}},
        {"lovedtracks": {"track": [an_entry(), "", None, 7, {}, {"name": "", "artist": "x"}]}},
        a_page([an_entry()], extra={"odd": []}),
    ],
)
async def test_one_track_is_found_whatever_it_is_wrapped_in(
    importing: Importing, body: Any
) -> None:
    await importing.has("Fern")
    importing.answers(body)
    result = await importing.run()
    assert (result.total, result.imported) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        a_page([], pages="0", total="0"),
        a_page(None, pages="0", total="0"),
        a_page("", pages="1", total="0"),
        {"lovedtracks": {"@attr": {"user": "quiet_otter", "total": "0", "totalPages": "0"}}},
        {"lovedtracks": {}},
        {"lovedtracks": None},
        {"lovedtracks": ""},
        {"lovedtracks": []},
    ],
)
async def test_no_loved_tracks_are_no_error(importing: Importing, body: Any) -> None:
    importing.answers(body)
    assert await importing.run() == ImportResult()
    assert importing.pages == [1]
    assert importing.finished == [ImportResult()]


async def test_an_answer_in_xml_is_understood(importing: Importing) -> None:
    await importing.has("Fern")
    xml = b"""<?xml version="1.0"?><lfm status="ok"><lovedtracks user="quiet_otter" page="1"
        totalPages="1" total="1"><track><name>Fern</name><mbid></mbid><date uts="1780000000">28
        May</date><artist><name>Mira Holt</name></artist></track></lovedtracks></lfm>"""
    importing.fails(Behaviour.raw(xml))
    assert await importing.run() == ImportResult(1, 1, 0, 0)


@pytest.mark.parametrize("totals", ["in @attr", "beside the tracks", "nowhere"])
async def test_a_list_over_pages_is_walked_to_its_end(importing: Importing, totals: str) -> None:
    await importing.has("T 0", "T 3")
    tracks = [an_entry(f"T {number}") for number in range(4)]
    counts = {"user": "quiet_otter", "totalPages": "2", "total": "4"}
    around: dict[str, Any] = {
        "in @attr": {"@attr": counts},
        "beside the tracks": counts,
        "nowhere": {},
    }[totals]
    pages: list[list[Any]] = [tracks[:2], tracks[2:], []]
    importing.answers(*({"lovedtracks": {"track": page, **around}} for page in pages))
    assert await importing.run() == ImportResult(4, 2, 0, 2)
    assert await importing.marked() == ["T 0", "T 3"]


async def test_a_thousand_and_one_tracks_take_two_pages(importing: Importing) -> None:
    importing.lastfm.page_size_max = 1000
    importing.love("Fern", others=1000)
    await importing.has("Fern", "Other 0000")
    assert await importing.run() == ImportResult(1001, 2, 0, 999)
    assert importing.pages == [1, 2]
    assert importing.progress == [(1000, 1001), (1001, 1001)]
    assert {one.params["limit"] for one in importing.lastfm.requests} == {"1000"}


async def test_the_same_track_in_two_writings_counts_once(importing: Importing) -> None:
    await importing.has("Don’t Look")
    importing.love("don't look", "DON´T  LOOK", "Don’t Look")
    result = await importing.run()
    assert (result.imported, result.already_loved, result.not_in_library) == (1, 0, 0)
    assert await importing.marked() == ["Don’t Look"]


async def test_what_is_odd_in_a_list_breaks_nothing(importing: Importing) -> None:
    odd = ["\x00", "\ud83d", "A" * 5000, "'; DROP TABLE loved; --", "\u202e", "%", "🎵" * 300]
    importing.answers(a_page([an_entry(title, artist) for title in odd for artist in odd]))
    result = await importing.run()
    assert result.total > 20
    assert len(await importing.loved.unmatched(200)) == result.total


# -- matching -------------------------------------------------------------------------------------


async def test_a_track_that_comes_later_as_it_is_written_is_marked_beside_a_decorated_one(
    importing: Importing,
) -> None:
    await importing.loved.take_page([FERN], ImportRun("quiet_otter", 1))
    await importing.has("Fern (Live)")
    await importing.has("Fern")
    assert "Fern" in await importing.marked()


@mirroring
async def test_what_is_found_in_mid_import_keeps_its_mark(importing: Importing) -> None:
    await importing.loved.take_page([FERN], ImportRun("quiet_otter", 7))
    await importing.has("Fern")
    await importing.loved.finish_import(ImportRun("quiet_otter", 7), whole=True, mirror=True)
    assert await importing.marked() == ["Fern"]


async def test_an_mbid_finds_the_track_under_another_name(importing: Importing) -> None:
    await importing.shelf.scanned([a_file("1", title="Farn", mbid="m-1")])
    importing.answers(a_page([an_entry(mbid="m-1"), an_entry("Moss", mbid="")]))
    assert await importing.run() == ImportResult(2, 1, 0, 1)


# -- refusals -------------------------------------------------------------------------------------


async def test_a_user_that_last_fm_does_not_know_is_told(importing: Importing) -> None:
    importing.lastfm.loved.clear()
    with pytest.raises(ServiceFailed, match="User not found"):
        await importing.run()
    assert importing.pages == [1]


async def test_a_private_list_is_read_with_the_login(importing: Importing) -> None:
    importing.love("Fern")
    importing.fails(Behaviour.error(17))
    assert (await importing.run()).total == 1
    first, second = importing.lastfm.requests
    assert "sk" not in first.params
    assert second.params["sk"] == importing.session.key


async def test_a_list_that_stays_private_kills_no_login(importing: Importing) -> None:
    importing.fails(Behaviour.error(17), Behaviour.error(17))
    with pytest.raises(LogIn, match="required to be logged in"):
        await importing.run()
    assert importing.expired == []


@pytest.mark.parametrize("code", [4, 9, 14])
async def test_a_login_that_is_not_taken_any_more_is_told(importing: Importing, code: int) -> None:
    importing.fails(Behaviour.error(17), Behaviour.error(code))
    with pytest.raises(LogIn):
        await importing.run()
    assert importing.expired == [importing.session]


async def test_another_users_answer_is_asked_for_again(importing: Importing) -> None:
    importing.love("Fern")
    wrong = a_page([an_entry("Not mine")])
    wrong["lovedtracks"]["@attr"]["user"] = "somebody_else"
    importing.answers(wrong, wrong)
    assert (await importing.run()).total == 1
    assert [track["title"] for track in await importing.loved.unmatched(9)] == ["Fern"]
    importing.answers(*[wrong] * 3)
    with pytest.raises(ServiceFailed, match="another user"):
        await importing.run()


async def test_a_name_in_another_case_is_the_same_user(importing: Importing) -> None:
    body = a_page([an_entry()])
    body["lovedtracks"]["@attr"]["user"] = "Quiet_Otter"
    importing.answers(body)
    assert (await importing.run()).total == 1


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Behaviour.error(8), ServiceFailed),
        (Behaviour.error(16), ServiceFailed),
        (Behaviour.html(502), Unreachable),
        (Behaviour.truncated(), Unreachable),
        (Behaviour.cut_mid_body(), Unreachable),
        (Behaviour.wrong_keys(), Unreachable),
        (Behaviour.empty(), Unreachable),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_a_page_is_asked_for_three_times(
    importing: Importing, wrong: Behaviour, error: type[Exception]
) -> None:
    importing.love("Fern")
    importing.fails(wrong, wrong)
    assert (await importing.run()).total == 1
    importing.fails(wrong, wrong, wrong)
    with pytest.raises(error, match="try again later"):
        await importing.run()
    assert importing.pages == [1] * 6
