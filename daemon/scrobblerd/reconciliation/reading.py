"""Reads all that a service shows of a stretch of time, page by page, within the account's limits.

The pace of requests is that of the account's own client. Each request counts as one of the day, and
the last ones of a day are left to scrobbles.
"""

import asyncio
from collections.abc import Callable

from ..core.errors import LogIn, ScrobblerdError, ServiceFailed, TryLater, Unreachable
from ..core.model import Session
from ..core.text import count
from ..scrobbling.context import WorkerContext
from ..services.base import Fault, Listen, ListensPage, Remedy, Reply

MAX_LISTENS = 50_000
"""Of one stretch, some 30 MB: more are not from a person, or the service shows them again and
again."""

MAX_PAGES = 1_000
"""Of one stretch: a service may give empty pages without end."""

MAX_PAGE_TRIES = 3
"""How often one page is asked for before the reading gives up."""

FIRST_WAIT_SECONDS = 2.0
"""Seconds before a page is asked for again; doubled each time."""

MAX_WAIT_SECONDS = 60.0
"""A service that wants to be left alone for longer is asked again by the user."""


async def listens_between(
    context: WorkerContext,
    session: Session,
    since: int,
    until: int,
    *,
    first_wait: float = FIRST_WAIT_SECONDS,
    told: Callable[[int], object] = lambda listens: None,
) -> list[Listen]:
    """Returns all listens from `since` to `until`, both inclusive, in UNIX seconds. `told` is
    called after each page with how many there are so far; `first_wait`: seconds before a second
    try. Raises LogIn, TryLater."""
    listens, cursor = list[Listen](), ""
    for _ in range(MAX_PAGES):
        page = await _page(context, session, (since, until, cursor), first_wait)
        listens += (each for each in page.listens if since <= each.listened_at <= until)
        told(len(listens))
        cursor = page.next
        if not cursor:
            return listens
        if len(listens) > MAX_LISTENS:
            break
    label = context.service.label
    raise ServiceFailed(f"{label} shows more plays of a month than anybody can hear")


async def _page(
    context: WorkerContext, session: Session, asked: tuple[int, int, str], first_wait: float
) -> ListensPage:
    """Returns one page. Raises LogIn, TryLater."""
    for attempt in range(MAX_PAGE_TRIES):
        _check_limit(context)
        answer = await context.service.listens(session, *asked)
        if isinstance(answer, ListensPage):
            context.budget.spend(context.wall)
            return answer
        if answer.reached:
            context.budget.spend(context.wall)
        if answer.remedy is Remedy.REAUTH and answer.fault is not Fault.PRIVATE:
            await context.login.refused(session)
        last = attempt == MAX_PAGE_TRIES - 1
        if last or answer.remedy is not Remedy.RETRY or answer.wait > MAX_WAIT_SECONDS:
            raise failure(answer)
        await asyncio.sleep(max(answer.wait, first_wait * 2**attempt))
    raise AssertionError


def _check_limit(context: WorkerContext) -> None:
    """Raises TryLater if the rest of the day's requests is left to scrobbles."""
    if not context.budget.may_announce(context.wall):
        raise TryLater(
            "few of the day's requests are left, and those are for scrobbles; try again tomorrow"
        )


def failure(reply: Reply) -> ScrobblerdError:
    """Returns what is raised because a service did not show what it has."""
    if reply.remedy is Remedy.REAUTH:
        return LogIn(reply.message)
    minutes = count(round(reply.wait / 60), "minute")
    when = f"in {minutes}" if reply.wait > MAX_WAIT_SECONDS else "later"
    kind = Unreachable if reply.unreachable else ServiceFailed
    error = kind(f"{reply.message}; try again {when}")
    error.wait = reply.wait
    return error
