"""What the user corrected or deleted is deleted at the service, and then sent anew: each once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from lab.behaviour import Behaviour
from lab.lastfm import StandIn
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_profiles import KOITO
from scrobblerd.core.account_rules import Recipient
from scrobblerd.core.model import ApiAccess
from scrobblerd.core.submission import Correction
from scrobblerd.reconciliation.deleter import MAX_LAG_SECONDS, Deleter
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.services.listenbrainz.client import ListenBrainzService
from scrobblerd.services.listenbrainz.profiles import LISTENBRAINZ
from scrobblerd.storage.editing.deletions import DeletionQueue
from scrobblerd.storage.editing.play_editing import PlayEditor
from scrobblerd.storage.editing.row_editing import Reach
from scrobblerd.storage.plays import PlayStore
from tests.support.storage_samples import a_play
from tests.support.worker_bench import DAY, HOUR, NOW, USER, SubmitterBench

TAGS = {"artist": "The Paper Lantern", "track": "Slow Harbor"}
REACHES = {1: Reach(Recipient(1, USER), 0, can_delete=True)}
BEFORE = {"artist": "The Paper Lanterns", "track": "Slow Harbour"}
BEGUN = NOW - 500


@dataclass
class DeleterBench(SubmitterBench):
    """A submitter and a deleter at a stand-in of ListenBrainz, which run when they are told to."""

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        if not hasattr(self, "brainz"):
            self.brainz = ListenBrainz(clock=lambda: self.wall)
            self.brainz.start()
            self.brainz.login(USER, self.key)
        access = ApiAccess(api_url=self.brainz.root_url)
        service = ListenBrainzService(LISTENBRAINZ, lambda: access, self.http)
        context = replace(self.context, service=service)
        self.worker = Worker(context, self.queue, self.loves, self.worker.config)
        self.submitter = self.worker.submitter
        await service.check(self.account.session)
        self.deletions = DeletionQueue(self.database, 1)
        self.deleter = Deleter(context, self.deletions, self.submitter.wake)
        self.editor = PlayEditor(self.database)

    async def heard(self) -> None:
        """Play 1, which the server has."""
        store = PlayStore(self.database, "an earlier boot")
        recipients = [Recipient(1, USER)]
        await store.record([a_play(BEGUN)], [], recipients=recipients, now=self.wall)
        await self.submitter.turn()
        assert self.brainz.titles() == ["Slow Harbour"]

    async def edit(self) -> None:
        """Corrects play 1, and looks at once at what is to be done."""
        self.queue.edited()
        corrected = await self.editor.edit(1, TAGS, REACHES, self.wall)
        assert [each.correction for each in corrected.accounts] == [Correction.REPLACING]

    async def run_until(self, wall: float) -> None:
        """Lets both work, while the clock runs."""
        while self.wall < wall:
            waits = [await self.deleter.turn(), await self.submitter.turn()]
            wait = min((each for each in waits if each is not None), default=wall)
            self.wall = min(wall, self.wall + wait)

    async def restart(self) -> None:
        """As after a kill."""
        await self.close()
        await self.open()

    def shown(self) -> list[tuple[str, int]]:
        """Title and start of what the server has when all that is asked of it is done."""
        self.wall += 2 * HOUR
        shown = self.brainz.shown(USER)
        return [(listen.name[1], listen.listened_at) for listen in shown]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[DeleterBench]:
    with StandIn(clock=lambda: NOW) as lastfm:
        async with DeleterBench(lastfm, tmp_path) as made:
            yield made
        made.brainz.stop()


def requests(bench: DeleterBench, method: str) -> int:
    """How often the server was asked for something."""
    return sum(request.method == method for request in bench.brainz.requests)


async def test_a_play_is_deleted_and_then_sent_anew(bench: DeleterBench) -> None:
    await bench.heard()
    await bench.edit()
    await bench.submitter.turn()
    assert requests(bench, "submit-listens") == 1  # not before it is deleted
    await bench.run_until(NOW + 60)
    methods = [each.method for each in bench.brainz.requests]
    assert methods.index("delete-listen") < len(methods) - 1 - methods[::-1].index("submit-listens")
    assert bench.shown() == [("Slow Harbor", int(BEGUN))]
    assert requests(bench, "submit-listens") == 2
    assert await bench.deletions.next(USER, bench.wall) is None


async def test_an_album_alone_is_corrected_too(bench: DeleterBench) -> None:
    await bench.heard()
    bench.queue.edited()
    await bench.editor.edit(1, {"album": "Moss"}, REACHES, bench.wall)
    await bench.run_until(NOW + 60)
    assert bench.shown() == [("Slow Harbour", int(BEGUN))]
    [listen] = bench.brainz.shown(USER)
    assert listen.metadata["release_name"] == "Moss"


async def test_a_play_that_the_user_deletes_is_not_sent_anew(bench: DeleterBench) -> None:
    await bench.heard()
    await bench.editor.delete(1, REACHES, bench.wall)
    await bench.run_until(NOW + 60)
    assert bench.shown() == []
    assert requests(bench, "submit-listens") == 1


async def test_an_edit_that_is_taken_back_while_the_listen_is_looked_for_deletes_nothing(
    bench: DeleterBench,
) -> None:
    await bench.heard()
    await bench.edit()
    taken_back = bench.editor.edit(1, BEFORE, REACHES, bench.wall)
    await asyncio.gather(bench.deleter.turn(), taken_back)
    assert requests(bench, "delete-listen") == 0
    await bench.run_until(NOW + 60)
    assert bench.shown() == [("Slow Harbour", int(BEGUN))]


@pytest.mark.parametrize("pause", [60, 1800])
async def test_an_edit_that_is_taken_back_later_is_sent_when_the_first_listen_is_gone(
    bench: DeleterBench, pause: float
) -> None:
    """ListenBrainz deletes once an hour; until then it takes the same listen for known."""
    bench.brainz.deleting_lag = HOUR
    await bench.heard()
    await bench.edit()
    await bench.run_until(NOW + pause)
    bench.queue.edited()
    await bench.editor.edit(1, BEFORE, REACHES, bench.wall)
    await bench.run_until(NOW + 4 * HOUR)
    assert bench.shown() == [("Slow Harbour", int(BEGUN))]


async def test_a_listen_that_is_not_shown_yet_is_waited_for(bench: DeleterBench) -> None:
    await bench.heard()
    bench.brainz.reading_lag = 600.0
    await bench.edit()
    await bench.run_until(NOW + 300)
    assert requests(bench, "delete-listen") == 0
    assert requests(bench, "submit-listens") == 1
    await bench.run_until(NOW + 2000)
    assert requests(bench, "delete-listen") == 1
    assert bench.shown() == [("Slow Harbor", int(BEGUN))]


async def test_a_listen_that_is_never_shown_is_taken_for_absent(bench: DeleterBench) -> None:
    await bench.heard()
    bench.brainz.lose("Slow Harbour")
    await bench.edit()
    await bench.run_until(NOW + MAX_LAG_SECONDS - 60)
    assert requests(bench, "submit-listens") == 1
    await bench.run_until(NOW + 3 * MAX_LAG_SECONDS)
    assert requests(bench, "delete-listen") == 0
    assert bench.shown() == [("Slow Harbor", int(BEGUN))]


async def test_a_clock_that_is_set_back_holds_nothing_up(bench: DeleterBench) -> None:
    bench.wall = NOW + 5 * DAY
    await bench.heard()
    bench.brainz.lose("Slow Harbour")
    await bench.edit()
    await bench.deleter.turn()
    bench.wall = NOW
    await bench.run_until(NOW + HOUR)
    assert requests(bench, "submit-listens") == 2


async def test_a_service_that_refuses_keeps_what_it_has_and_the_user_is_told(
    bench: DeleterBench,
) -> None:
    await bench.heard()
    refusal = Behaviour.raw(b'{"code": 400, "error": "no"}', 400)
    bench.brainz.misbehave(refusal, method="delete-listen")
    await bench.edit()
    await bench.run_until(NOW + 60)
    assert bench.shown() == [("Slow Harbour", int(BEGUN))]
    assert any("was not deleted" in words for words in bench.alerts)
    rows = await bench.database.select("SELECT track, state, reason FROM scrobble_queue")
    assert rows == [("Slow Harbour", "sent", "not_replaced")]


async def test_other_listens_of_the_second_stay(bench: DeleterBench) -> None:
    await bench.heard()
    store = PlayStore(bench.database, "an earlier boot")
    moss = a_play(BEGUN, track=replace(a_play().track, title="Moss"))
    await store.record([moss], [], recipients=[Recipient(1, USER)], now=bench.wall)
    await bench.submitter.turn()
    await bench.edit()
    await bench.run_until(NOW + 60)
    assert sorted(title for title, _ in bench.shown()) == ["Moss", "Slow Harbor"]


async def at_koito(bench: DeleterBench) -> None:
    """A play of two artists, which Koito shows both."""
    bench.brainz.stop()
    bench.brainz = ListenBrainz(profile=KOITO, clock=lambda: bench.wall)
    bench.brainz.start()
    bench.brainz.login(USER, bench.key)
    await bench.restart()
    track = replace(a_play().track, artists=("The Paper Lanterns", "Mira Holt"))
    store = PlayStore(bench.database, "an earlier boot")
    recipients = [Recipient(1, USER)]
    await store.record([a_play(BEGUN, track=track)], [], recipients=recipients, now=bench.wall)
    await bench.run_until(bench.wall + 1)


async def test_a_listen_that_is_shown_under_other_names_is_deleted(bench: DeleterBench) -> None:
    await at_koito(bench)
    await bench.edit()
    await bench.run_until(NOW + 60)
    assert bench.shown() == [("Slow Harbor", int(BEGUN))]


async def test_another_play_of_the_second_is_not_taken_for_one_with_other_names(
    bench: DeleterBench,
) -> None:
    await at_koito(bench)
    store = PlayStore(bench.database, "an earlier boot")
    moss = a_play(BEGUN, track=replace(a_play().track, title="Moss"))
    await store.record([moss], [], recipients=[Recipient(1, USER)], now=bench.wall)
    await bench.run_until(bench.wall + 1)
    bench.brainz.lose("Slow Harbour")
    await bench.editor.delete(1, REACHES, bench.wall)
    await bench.run_until(NOW + 2 * MAX_LAG_SECONDS)
    assert bench.shown() == [("Moss", int(BEGUN))]


async def test_without_a_login_it_waits_and_goes_on_with_it(bench: DeleterBench) -> None:
    await bench.heard()
    await bench.edit()
    login = bench.account.session
    assert login is not None
    bench.worker.context.is_on = lambda: False
    assert await bench.deleter.turn() is None
    bench.worker.context.is_on = lambda: True
    bench.deleter.retry_now()
    await bench.run_until(NOW + 60)
    assert bench.shown() == [("Slow Harbor", int(BEGUN))]


LOSSES = (
    Behaviour.closed_before_storing(),
    Behaviour.closed_after_storing(),
    Behaviour.html(502),
    Behaviour.cut_mid_body(),
)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_answer_is_lost_and_whenever_it_is_killed_the_play_is_there_once(
    bench: DeleterBench, seed: int
) -> None:
    chance = Random(seed)  # the same each time
    bench.brainz.reading_lag = chance.choice([0.0, 5.0, 120.0])
    bench.brainz.deleting_lag = chance.choice([0.0, 3600.0])
    await bench.heard()
    await bench.edit()
    for method in ("user/listens", "delete-listen", "submit-listens"):
        lost = [chance.choice(LOSSES) for _ in range(chance.randrange(3))]
        bench.brainz.misbehave(*lost, method=method)
    for _ in range(6):
        for _ in range(chance.randrange(3)):
            turns = [bench.deleter.turn, bench.submitter.turn]
            await chance.choice(turns)()
        await bench.restart()
        bench.wall += chance.choice([1.0, 40.0, 700.0])
    await bench.run_until(bench.wall + 4 * HOUR)
    assert bench.shown() == [("Slow Harbor", int(BEGUN))]
