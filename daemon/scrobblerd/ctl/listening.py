"""stats: a picture of listening, in bars, as a page, or as figures."""

from argparse import Namespace
from datetime import date

from . import figures
from .client import Client
from .failures import Exit, Failure
from .files import write
from .screen import Screen


async def listening(client: Client, options: Namespace, screen: Screen) -> None:
    """What was listened to since then."""
    if options.json and options.html is not None:
        raise Failure("--json and --html don't go together: ask for one of them", Exit.USAGE)
    answer = await client.call("GetStats", "x", options.since)
    document = figures.document(answer, options.since, date.today())
    if options.json:
        screen.document(document)
    elif options.html is not None:
        from .page import page  # noqa: PLC0415 # not all need it

        content = page(document)
        if options.html == "-" and not screen.blocks:  # an output that is not UTF-8
            content = content.encode("ascii", "xmlcharrefreplace").decode()
        write(screen, options.html, content, "the page")
    elif not document["plays"]:
        screen.line("No plays" + (" since then" if options.since else " yet"))
    else:
        from .charts import picture  # noqa: PLC0415 # likewise; rich costs time

        for line in picture(document, screen.width, screen.blocks):
            screen.line(line)
