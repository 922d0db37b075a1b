"""What stands between the client and the stand-in: TLS, or a line over which answers drip in."""

import asyncio
import ssl
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from lab.lastfm import API_PATH, StandIn

DRIPPING = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)
DROP = b"1\r\n \r\n"


class Relay:
    """Carries what comes on its own port to the stand-in and back, for one block.

    `context` = what it shows to whoever comes, None = plain HTTP. `drips`: requests get there, and
    instead of the answer comes one that is well-formed, slow and never ends.
    """

    def __init__(
        self, lastfm: StandIn, context: ssl.SSLContext | None = None, drips: bool = False
    ) -> None:
        self._port = urlsplit(lastfm.api_url).port
        self._context = context
        self._drips = drips
        self._lines: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The API root behind it."""
        scheme = "https" if self._context else "http"
        port = self._server.sockets[0].getsockname()[1]
        return f"{scheme}://127.0.0.1:{port}{API_PATH}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0, ssl=self._context)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _carry(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        there, forth = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(here, forth))
                group.create_task(_drip(there, back) if self._drips else _copy(there, back))
        finally:
            for writer in (back, forth):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65536):
            sink.write(some)
            await sink.drain()
        sink.close()


async def _drip(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await source.read(1)  # the request has been carried out
        sink.write(DRIPPING)
        while True:
            sink.write(DROP)
            await sink.drain()
            await asyncio.sleep(0.01)
