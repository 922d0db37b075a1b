"""What a verify finds and sends again: each play ends there exactly once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.lastfm import StandIn
from scrobblerd.core.errors import Busy, InvalidArgument, LogIn, TryLater
from scrobblerd.core.publisher import VerifyResult
from scrobblerd.core.submission import Cause, FindingKind
from scrobblerd.reconciliation import verifier
from scrobblerd.reconciliation.verifier import Verifiers, Wanted
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.scrobbling.workers import Workers
from scrobblerd.services.base import Fault, Listen, Remedy, Reply
from tests.support.shelf import Fate, ShelfBench
from tests.support.worker_bench import DAY, NOW


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[ShelfBench]:
    with StandIn(clock=lambda: NOW) as lastfm:
        async with ShelfBench(lastfm, tmp_path) as made:
            yield made


async def findings(bench: ShelfBench) -> list[tuple[str, str, str]]:
    """Kind, cause and track of what is found, in the order of time."""
    newest = await bench.verifier.findings.newest(200, 0)
    in_order = sorted(newest, key=lambda finding: finding.listened_at)
    return [(each.kind, each.cause, each.track) for each in in_order]


def figures(result: VerifyResult) -> dict[str, int]:
    """The figures that are not 0."""
    names = ("sent", "shown", "changed", "missing", "doubled", "sent_again", "taken", "too_old")
    return {name: value for name in (*names, "deleted") if (value := getattr(result, name))}


async def test_all_is_shown(bench: ShelfBench) -> None:
    await bench.play(*"abcdefghij")
    result = await bench.verify()
    assert figures(result) == {"sent": 10, "shown": 10}
    assert await findings(bench) == []
    assert (result.since, result.until) == (NOW - 7200, bench.wall - 600)
    assert bench.progress[-1] == ("lastfm", 10, 10)
    assert bench.finished == [result]


async def test_nothing_was_sent_then_nothing_is_asked(bench: ShelfBench) -> None:
    assert figures(await bench.verify()) == {}
    assert bench.shelf.pages == []


async def test_each_kind_is_found_with_its_cause(bench: ShelfBench) -> None:
    fates = [Fate.KEPT, Fate.LOST, Fate.COPIED, Fate.SHIFTED, Fate.RENAMED]
    await bench.play("kept", "lost", "copied", "shifted", "renamed", fates=fates)
    bench.shelf.put(Listen(int(NOW) - 6000, "Okto", "Moss", client="phone"))
    bench.shelf.put(Listen(int(NOW) - 6100, "Okto", "Reed"))
    bench.shelf.put(Listen(int(NOW) - 6200, "Okto", "Fern", client="phone"))
    result = await bench.verify()
    assert figures(result) == {"sent": 5, "shown": 3, "missing": 1, "changed": 1, "doubled": 2}
    assert result.foreign_by == [("phone", 2), ("", 1)]
    assert await findings(bench) == [
        (FindingKind.MISSING, "", "lost"),
        (FindingKind.DOUBLED, Cause.COPIED, "copied"),
        (FindingKind.DOUBLED, Cause.OTHER_PROGRAM, "shifted"),
        (FindingKind.CHANGED, "", "renamed"),
    ]
    assert len(bench.shelf.sent) == 5


@pytest.mark.parametrize(
    ("tells_apart", "sends_length", "cause"),
    [(True, True, Cause.NO_LENGTH), (True, False, Cause.COPIED), (False, True, Cause.COPIED)],
)
async def test_a_copy_without_its_length_is_another_play_for_some_services(
    bench: ShelfBench, tells_apart: bool, sends_length: bool, cause: Cause
) -> None:
    service = bench.context.service
    service.can = replace(service.can, length_tells_apart=tells_apart)
    config = bench.worker.config()
    rules = replace(config.rules, send_duration=sends_length)
    bench.worker.config = lambda: replace(config, rules=rules)
    await bench.play("Fern", fates=[Fate.COPIED])
    await bench.verify()
    assert await findings(bench) == [(FindingKind.DOUBLED, cause, "Fern")]


async def test_what_is_missing_goes_out_again_as_it_was(bench: ShelfBench) -> None:
    await bench.play("a", "b", "c", fates=[Fate.KEPT, Fate.LOST, Fate.LOST])
    first = list(bench.shelf.sent)
    result = await bench.verify(repair=True)
    assert figures(result) == {"sent": 3, "shown": 1, "missing": 2, "sent_again": 2, "taken": 2}
    assert bench.shelf.sent == [*first, *first[1:]]
    assert await findings(bench) == [(FindingKind.MISSING, Cause.SENT_AGAIN, each) for each in "bc"]
    assert ("queued", "b") in bench.told
    assert figures(await bench.verify(repair=True)) == {"sent": 3, "shown": 3}
    assert await findings(bench) == []


async def test_what_was_just_sent_again_is_not_sent_once_more(bench: ShelfBench) -> None:
    await bench.play("a", fates=[Fate.LOST, Fate.LATE])
    await bench.verify(repair=True)
    bench.wall += 400  # it is not shown yet
    result = await bench.verifier.verify(Wanted(repair=True))
    assert figures(result) == {}
    assert len(bench.shelf.sent) == 2
    assert figures(await bench.verify(repair=True)) == {"sent": 1, "shown": 1}


async def test_what_was_sent_just_now_need_not_be_shown_however_old_it_is(
    bench: ShelfBench,
) -> None:
    await bench.play("a", fates=[Fate.LATE])
    assert figures(await bench.verifier.verify(Wanted(repair=True))) == {}
    assert len(bench.shelf.sent) == 1


async def test_what_need_not_be_shown_is_not_counted_however_it_is_shown(
    bench: ShelfBench,
) -> None:
    await bench.play("a")
    bench.wall += 700
    await bench.play("b", fates=[Fate.RENAMED], first=NOW - 3600)
    result = await bench.verifier.verify(Wanted())
    assert figures(result) == {"sent": 1, "shown": 1}
    assert await findings(bench) == [(FindingKind.CHANGED, "", "b")]


async def test_a_play_that_has_left_the_queue_goes_out_again(tmp_path: Path) -> None:
    with StandIn(clock=lambda: NOW) as lastfm:
        async with ShelfBench(lastfm, tmp_path, oldest=None) as bench:
            await bench.play("a", "b", fates=[Fate.KEPT, Fate.LOST])
            bench.wall += 31 * DAY
            await bench.queue.tidy(bench.clock())
            assert await bench.database.select("SELECT 1 FROM scrobble_queue") == []
            result = await bench.verify(repair=True)
            assert figures(result) == {
                "sent": 2,
                "shown": 1,
                "missing": 1,
                "sent_again": 1,
                "taken": 1,
            }
            assert bench.shelf.sent[2:] == bench.shelf.sent[1:2]
            assert figures(await bench.verify()) == {"sent": 2, "shown": 2}


async def test_what_is_too_old_is_told_and_not_sent(bench: ShelfBench) -> None:
    await bench.play("a", fates=[Fate.LOST])
    bench.wall += 14 * DAY
    for repair in (False, True):
        result = await bench.verify(repair=repair)
        assert figures(result) == {"sent": 1, "missing": 1, "too_old": 1}
        assert await findings(bench) == [(FindingKind.MISSING, Cause.TOO_OLD, "a")]
    assert len(bench.shelf.sent) == 1


async def test_only_the_stretch_is_verified(bench: ShelfBench) -> None:
    await bench.play(*"abcde", fates=[Fate.LOST] * 5)
    first = int(NOW) - 7200
    result = await bench.verify(since=first + 60, until=first + 180)
    assert figures(result) == {"sent": 3, "missing": 3}
    assert [track for *_, track in await findings(bench)] == [*"bcd"]
    await bench.verify(since=first + 120, until=first + 120)
    assert [track for *_, track in await findings(bench)] == [*"bcd"]


async def test_years_are_verified_in_slices(
    bench: ShelfBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "MAX_SLICE_PLAYS", 3)
    fates = [Fate.LOST if number % 4 == 3 else Fate.SHIFTED for number in range(20)]
    await bench.play(*map(str, range(20)), fates=fates)
    result = await bench.verify()
    assert figures(result) == {"sent": 20, "shown": 15, "missing": 5, "doubled": 15}
    stretches = sorted(set(bench.shelf.pages))
    assert len(stretches) == 7
    assert len(await findings(bench)) == 20


async def test_second_listens_are_deleted_if_that_is_wanted(bench: ShelfBench) -> None:
    await bench.play("a", "b", "c", fates=[Fate.COPIED, Fate.SHIFTED, Fate.KEPT])
    result = await bench.verify(delete=True)
    assert figures(result) == {"sent": 3, "shown": 3, "doubled": 2, "deleted": 2}
    assert [(each.track, each.client) for each in bench.shelf.shown] == [
        (track, "scrobblerd") for track in "abc"
    ]
    assert await findings(bench) == []


async def test_a_listen_that_can_not_be_told_from_the_first_is_never_deleted(
    bench: ShelfBench,
) -> None:
    await bench.play("a")
    [(shown_at, listen)] = bench.shelf.listens
    nameless = replace(listen, id="", client="")
    bench.shelf.listens = [(shown_at, nameless), (shown_at, nameless)]
    result = await bench.verify(delete=True)
    assert figures(result) == {"sent": 1, "shown": 1, "doubled": 1}
    assert len(bench.shelf.shown) == 2


async def test_a_service_that_shows_nothing_can_not_be_verified(bench: ShelfBench) -> None:
    service = bench.context.service
    service.can = replace(service.can, read=False)
    with pytest.raises(InvalidArgument, match="does not show what it has"):
        await bench.verify()


async def test_a_service_that_lets_nobody_delete_keeps_all(bench: ShelfBench) -> None:
    service = bench.context.service
    service.can = replace(service.can, delete=False)
    await bench.play("a", "b", fates=[Fate.KEPT, Fate.COPIED])
    with pytest.raises(InvalidArgument, match="lets no program delete"):
        await bench.verify(delete=True)
    assert len(bench.shelf.shown) == 3


async def test_without_a_login_nothing_is_asked(bench: ShelfBench) -> None:
    await bench.account.disconnect()
    with pytest.raises(LogIn):
        await bench.verify()
    assert bench.shelf.pages == []


async def test_a_service_that_fails_ends_it_and_changes_nothing(bench: ShelfBench) -> None:
    await bench.play("a", "b", fates=[Fate.LOST])
    await bench.verify()
    bench.shelf.wrong = [Reply(Remedy.STOP, 10, 200, "no such key", Fault.KEY)]
    with pytest.raises(TryLater, match="no such key"):
        await bench.verify(repair=True)
    assert await findings(bench) == [(FindingKind.MISSING, "", "a")]
    assert len(bench.shelf.sent) == 2


async def test_a_second_call_joins_and_another_one_is_told_to_wait(bench: ShelfBench) -> None:
    await bench.play("a", "b", fates=[Fate.LOST])
    bench.wall += 700
    one, two = (asyncio.create_task(bench.verifier.verify(Wanted())) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="another verify of lastfm is under way"):
        await bench.verifier.verify(Wanted(repair=True))
    assert await one is await two
    assert len(bench.shelf.pages) == 1


async def test_it_goes_on_without_its_caller_and_ends_with_the_daemon(bench: ShelfBench) -> None:
    await bench.play("a", fates=[Fate.LOST])
    bench.wall += 700
    caller = asyncio.create_task(bench.verifier.verify(Wanted()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    assert figures(await bench.verifier.verify(Wanted())) == {"sent": 1, "missing": 1}
    other = asyncio.create_task(bench.verifier.verify(Wanted(repair=True)))
    await asyncio.sleep(0)
    await bench.verifier.stop()
    with pytest.raises(TryLater, match="broken off"):
        await other
    assert len(bench.shelf.sent) == 1


# -- any service ----------------------------------------------------------------------------------


FATES = st.lists(st.sampled_from(Fate), max_size=25)


async def _is_there_once(tracks: int, fates: list[Fate], folder: Path) -> None:
    with StandIn(clock=lambda: NOW) as lastfm:
        async with ShelfBench(lastfm, folder) as bench:
            await bench.play(*map(str, range(tracks)), fates=fates)
            while (await bench.verify(repair=True, delete=True)).missing:
                pass
            kept = [listen.listened_at for listen in bench.shelf.shown]
            assert len(set(kept)) == len(kept)
            assert len(kept) == tracks
            lost = (fates[: len(fates) - len(bench.shelf.fates)]).count(Fate.LOST)
            assert len(bench.shelf.sent) == tracks + lost


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), FATES)
def test_each_play_is_there_exactly_once_whatever_the_service_did(
    tracks: int, fates: list[Fate]
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_is_there_once(tracks, fates, Path(folder)))


async def test_an_account_that_came_back_has_a_verifier_of_its_own(bench: ShelfBench) -> None:
    workers = Workers(lambda _: True)
    workers.add("lastfm", bench.worker, list)
    verifiers = Verifiers(workers)
    first = verifiers["lastfm"]
    assert verifiers["lastfm"] is first
    with pytest.raises(InvalidArgument):
        verifiers["nobody"]
    await bench.play("a")
    bench.wall += 700
    running = asyncio.create_task(first.verify(Wanted()))
    await asyncio.sleep(0)
    other = Worker(bench.context, bench.queue, bench.loves, bench.worker.config)
    workers.add("lastfm", other, list)
    assert verifiers["lastfm"] is not first
    with pytest.raises(TryLater):
        await running
    await verifiers.stop()
