"""stats: shows what was listened to, in figures."""

import time
from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from typing import Any

from ..client import READING_CALL_SECONDS, Client
from ..display import moments, statistics
from ..display.files import Target, format_by_ending
from ..display.screen import Screen
from ..errors import Exit, Failure

DEFAULT_DAYS = 30
"""Days of which figures are shown if no beginning is given."""

MAX_PERIODS = 400
"""Periods of which the daemon tells figures at once."""


async def stats(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what was listened to since then."""
    if options.json and options.html is not None:
        raise Failure("--json and --html don't go together: ask for one of them", Exit.USAGE)
    target = _page_target(options)
    since, until = _span(options)
    answer = await client.call("GetPeriodStats", "xx", since, until, within=READING_CALL_SECONDS)
    theirs = [name for name, *_ in answer["days"]]
    answer["days"] = await _days(client, statistics.local_days(theirs, since, until))
    before = await _before(client, since, until)
    document = statistics.document(answer, since, date.today(), until=until, before=before)
    if options.json:
        screen.document(document)
    elif target:
        from ..display.html_page import page  # noqa: PLC0415 # not all need it

        content = page(document)
        if target.is_output and not screen.blocks:  # an output that is not UTF-8
            content = content.encode("ascii", "xmlcharrefreplace").decode()
        target.write(screen, content, "the page")
    elif not document["plays"]:
        screen.line(f"No plays {'then' if until else 'since then' if since else 'yet'}")
    else:
        from ..display.charts import picture  # noqa: PLC0415 # rich costs time

        for line in picture(document, screen.width, screen.blocks):
            screen.line(line)


def _span(options: Namespace) -> moments.Period:
    """Returns the time that the options name; 0 = ever. Raises Failure."""
    if options.period and (options.since is not None or options.until):
        raise Failure("PERIOD is a --since and an --until: leave one of them out", Exit.USAGE)
    if options.period:
        begin, end = options.period
        return moments.Period(begin, 0 if begin == end else end)  # 30d is a moment
    return moments.stretch(options.since, options.until, days=DEFAULT_DAYS)


async def _before(client: Client, since: int, until: int) -> dict[str, Any] | None:
    """Returns the totals of the time before, which is as long; None if there is none."""
    begin = moments.before(moments.Period(since, until or int(time.time()))).begin if since else 0
    if not 0 < begin < since:
        return None
    [[plays, counted, heard]] = await _totals(client, [begin, since])
    return {"plays": plays, "counted": counted, "heard": round(heard, 3)}


def _page_target(options: Namespace) -> Target | None:
    """Returns where the page goes; None if there is none."""
    if options.html is None:
        return None
    format_by_ending("html", options.html, ("html",))
    return Target(options.html, options.force)


async def _days(client: Client, days: Sequence[statistics.Day]) -> list[list[Any]]:
    """Returns the figures of those of `days` in which a play began."""
    borders = sorted({moment for day in days for moment in (day.begin, day.end)})
    figures: dict[int, list[Any]] = {}
    for number in range(0, len(borders) - 1, MAX_PERIODS):
        some = borders[number : number + MAX_PERIODS + 1]
        figures |= zip(some[:-1], await _totals(client, some), strict=True)
    return [[day.name, *figures[day.begin][1:]] for day in days if figures[day.begin][0]]


async def _totals(client: Client, borders: Sequence[int]) -> list[list[Any]]:
    """Returns the figures of the periods between `borders`: plays, plays that counted, seconds."""
    return await client.call("CountPlays", "ax", borders, within=READING_CALL_SECONDS)
