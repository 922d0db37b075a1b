"""stats: shows what was listened to, in figures."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import date
from typing import Any

from ..client import Client
from ..display import statistics
from ..display.files import Target, format_by_ending
from ..display.screen import Screen
from ..errors import Exit, Failure

MAX_PERIODS = 400
"""Periods of which the daemon tells figures at once."""


async def stats(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what was listened to since then."""
    if options.json and options.html is not None:
        raise Failure("--json and --html don't go together: ask for one of them", Exit.USAGE)
    target = _page_target(options)
    answer = await client.call("GetStats", "x", options.since)
    theirs = [name for name, *_ in answer["days"]]
    answer["days"] = await _days(client, statistics.local_days(theirs, options.since))
    document = statistics.document(answer, options.since, date.today())
    if options.json:
        screen.document(document)
    elif target:
        from ..display.html_page import page  # noqa: PLC0415 # not all need it

        content = page(document)
        if target.is_output and not screen.blocks:  # an output that is not UTF-8
            content = content.encode("ascii", "xmlcharrefreplace").decode()
        target.write(screen, content, "the page")
    elif not document["plays"]:
        screen.line("No plays" + (" since then" if options.since else " yet"))
    else:
        from ..display.charts import picture  # noqa: PLC0415 # rich costs time

        for line in picture(document, screen.width, screen.blocks):
            screen.line(line)


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
        figures |= zip(some[:-1], await client.call("CountPlays", "ax", some), strict=True)
    return [[day.name, *figures[day.begin][1:]] for day in days if figures[day.begin][0]]
