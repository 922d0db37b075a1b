"""stats: shows what was listened to, in bars, as a page, or as figures."""

from argparse import Namespace
from datetime import date

from ..client import Client
from ..display import statistics
from ..display.files import write
from ..display.screen import Screen
from ..errors import Exit, Failure


async def stats(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what was listened to since then."""
    if options.json and options.html is not None:
        raise Failure("--json and --html don't go together: ask for one of them", Exit.USAGE)
    answer = await client.call("GetStats", "x", options.since)
    document = statistics.document(answer, options.since, date.today())
    if options.json:
        screen.document(document)
    elif options.html is not None:
        from ..display.html_page import page  # noqa: PLC0415 # not all need it

        content = page(document)
        if options.html == "-" and not screen.blocks:  # an output that is not UTF-8
            content = content.encode("ascii", "xmlcharrefreplace").decode()
        write(screen, options.html, content, "the page")
    elif not document["plays"]:
        screen.line("No plays" + (" since then" if options.since else " yet"))
    else:
        from ..display.charts import picture  # noqa: PLC0415 # rich costs time

        for line in picture(document, screen.width, screen.blocks):
            screen.line(line)
