"""All pages of a stretch are read, within the limits of the account; what a service makes of it."""

from collections.abc import Callable

import pytest

from scrobblerd.core.errors import LogIn, ScrobblerdError, ServiceFailed, TryLater, Unreachable
from scrobblerd.core.model import Session
from scrobblerd.core.submission import Limits
from scrobblerd.reconciliation import reading
from scrobblerd.reconciliation.reading import listens_between
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.base import Fault, Listen, ListensPage, Remedy, Reply
from tests.support.worker_bench import NOW, USER, SubmitterBench

SINCE, UNTIL = int(NOW) - 1000, int(NOW)
LOST = Reply(Remedy.RETRY, message="no answer", fault=Fault.UNREACHED, reached=False)
BUSY = Reply(Remedy.RETRY, 29, 200, "too many requests", Fault.RATE)

Answer = ListensPage | Reply


class Shown(AudioscrobblerService):
    """A Last.fm that shows the pages of a test; each has the number of the next for its cursor."""

    answers: list[Answer] | Callable[[str], Answer]
    asked: list[tuple[int, int, str]]

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        self.asked.append((since, until, cursor))
        return self.answers(cursor) if callable(self.answers) else self.answers.pop(0)


def shown(bench: SubmitterBench, answers: list[Answer] | Callable[[str], Answer]) -> Shown:
    """Puts the pages of a test in the place of the service's."""
    service = bench.service
    assert isinstance(service, AudioscrobblerService)
    service.__class__ = Shown
    assert isinstance(service, Shown)
    service.answers, service.asked = answers, []
    return service


def a_page(*seconds: int, following: str = "") -> ListensPage:
    listens = (Listen(SINCE + second, "Mira Holt", f"Track {second}") for second in seconds)
    return ListensPage(tuple(listens), following)


async def read(bench: SubmitterBench, told: list[int] | None = None) -> list[int]:
    """The seconds of what is read."""
    session = Session(USER, bench.key)
    listens = await listens_between(
        bench.context,
        session,
        SINCE,
        UNTIL,
        first_wait=0.01,
        told=(told if told is not None else []).append,
    )
    return [listen.listened_at - SINCE for listen in listens]


async def test_all_pages_are_read_each_with_the_cursor_of_the_one_before(
    bench: SubmitterBench,
) -> None:
    service = shown(bench, [a_page(9, 8, following="b"), a_page(following="c"), a_page(2)])
    told = list[int]()
    assert await read(bench, told) == [9, 8, 2]
    assert service.asked == [(SINCE, UNTIL, cursor) for cursor in ("", "b", "c")]
    assert told == [2, 2, 3]
    assert bench.budget.today(NOW) == (3, 0)


async def test_what_lies_outside_of_the_stretch_is_left_out(bench: SubmitterBench) -> None:
    shown(bench, [a_page(-1, 0, 1000, 1001)])
    assert await read(bench) == [0, 1000]


@pytest.mark.parametrize("failed", [LOST, BUSY])
async def test_a_page_that_fails_is_asked_for_again(bench: SubmitterBench, failed: Reply) -> None:
    shown(bench, [a_page(1, following="b"), failed, failed, a_page(2)])
    assert await read(bench) == [1, 2]
    assert bench.budget.today(NOW)[0] == 2 + 2 * failed.reached


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([LOST] * 3, Unreachable, "no answer; try again later"),
        ([BUSY] * 3, ServiceFailed, "too many requests; try again later"),
        ([Reply(Remedy.STOP, 10, 200, "no such key")], ServiceFailed, "no such key"),
        ([Reply(Remedy.NOTHING, message="it shows nothing")], ServiceFailed, "it shows nothing"),
        (
            [Reply(Remedy.RETRY, 29, 200, "too many", Fault.RATE, wait=600.0)],
            ServiceFailed,
            "too many; try again in 10 minutes",
        ),
        (
            [Reply(Remedy.RETRY, 29, 200, "too many", Fault.RATE, wait=61.0)],
            ServiceFailed,
            "too many; try again in 1 minute$",
        ),
        ([Reply(Remedy.REAUTH, 9, 200, "log in", Fault.PRIVATE)], LogIn, "log in"),
    ],
)
async def test_what_a_service_does_not_show_is_an_error(
    bench: SubmitterBench, answers: list[Answer], error: type[ScrobblerdError], words: str
) -> None:
    service = shown(bench, answers)
    with pytest.raises(error, match=words):
        await read(bench)
    assert service.answers == []


async def test_a_login_that_is_refused_is_looked_at(bench: SubmitterBench) -> None:
    shown(bench, [Reply(Remedy.REAUTH, 9, 200, "log in again", Fault.LOGIN)])
    bench.lastfm.revoke(bench.key)
    with pytest.raises(LogIn, match="log in again"):
        await read(bench)
    assert bench.account.session is None
    assert bench.account.has_expired


async def test_a_service_that_pages_for_ever_is_left(
    bench: SubmitterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_PAGES", 30)
    service = shown(bench, lambda cursor: a_page(following=f"{cursor}x"))
    with pytest.raises(ServiceFailed, match="than anybody can hear"):
        await read(bench)
    assert len(service.asked) == 30


async def test_a_service_that_shows_too_much_is_left(
    bench: SubmitterBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_LISTENS", 10)
    service = shown(bench, lambda _: a_page(1, 2, 3, following="again"))
    with pytest.raises(ServiceFailed, match="shows more plays of a month"):
        await read(bench)
    assert len(service.asked) == 4


async def test_the_last_requests_of_the_day_are_left_to_scrobbles(bench: SubmitterBench) -> None:
    bench.limits = Limits(0, 10, 0)
    service = shown(bench, lambda cursor: a_page(1, following=f"{cursor}x"))
    with pytest.raises(TryLater, match="left, and those are for scrobbles; try again tomorrow"):
        await read(bench)
    assert len(service.asked) == 8
