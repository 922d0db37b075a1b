"""Servers that answer anything, over the wire: no exception, little memory, no endless waiting."""

import asyncio
import gzip
import json
import resource
import tracemalloc
import zlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.errors import ScrobblerdError
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy, Reply
from scrobblerd.services.http import HttpClient
from tests.hostile.fuzzing import fuzz, texts, unsafe
from tests.support.lastfm_service import service_at

MEGABYTE = 2**20
ROOM = 24 * MEGABYTE
"""Bytes that an answer may cost at the most: the longest that is read is 4 MB."""

Answer = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def served(answer: Answer) -> AsyncGenerator[AudioscrobblerService]:
    """A client of a server that answers each request with what `answer` writes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await answer(writer)
            await writer.drain()
        except ConnectionError:
            pass  # the client has had enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    http = HttpClient()
    try:
        yield service_at(http, url)
    finally:
        await http.close()
        server.close()


def writes(head: bytes, body: bytes = b"", times: int = 1) -> Answer:
    """Writes a head, and a body several times."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        for _ in range(times):
            writer.write(body)
            await writer.drain()

    return answer


@pytest.fixture
def little_memory() -> Iterator[None]:
    """What goes wrong here would otherwise take the whole machine along."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, hard))
    tracemalloc.start()
    yield
    tracemalloc.stop()
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


async def asked(client: AudioscrobblerService) -> Reply:
    """What comes of one request; TimeoutError after a minute and a half."""
    async with asyncio.timeout(90):
        return await client.api.call("user.getInfo", {}, kind=RequestKind.READ, expected="user")


OK = b"HTTP/1.1 200 OK\r\n"
ZEROS = zlib.compress(bytes(64 * MEGABYTE), 9)


@lru_cache
def _gzipped(times: int) -> bytes:
    """Half a gigabyte of blanks, compressed as often."""
    if times > 1:
        return gzip.compress(_gzipped(times - 1))
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(512)) + packer.flush()


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.usefixtures("little_memory")
async def test_a_bomb_is_read_no_further_than_any_answer(times: int) -> None:
    packed = _gzipped(times)
    head = OK + b"Content-Encoding: " + b", ".join([b"gzip"] * times)
    head += b"\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with served(writes(head, packed)) as client:
        tracemalloc.reset_peak()
        assert (await asked(client)).remedy is Remedy.RETRY
        assert tracemalloc.get_traced_memory()[1] < ROOM


@pytest.mark.parametrize(
    "encoding", [b"deflate", b"br", b"zstd", b"compress", b"gzip,,gzip", b"\xff"]
)
@pytest.mark.usefixtures("little_memory")
async def test_an_answer_that_is_packed_oddly_is_none(encoding: bytes) -> None:
    head = OK + b"Content-Encoding: " + encoding + b"\r\nContent-Length: %d\r\n\r\n" % len(ZEROS)
    async with served(writes(head, ZEROS)) as client:
        assert not (await asked(client)).ok
        assert tracemalloc.get_traced_memory()[1] < 2 * ROOM


@pytest.mark.parametrize("head", [OK, OK + b"Content-Length: 104857600\r\n"], ids=["", "length"])
@pytest.mark.usefixtures("little_memory")
async def test_a_body_of_100_megabytes_is_not_read_to_its_end(head: bytes) -> None:
    async with served(writes(head + b"\r\n", b" " * MEGABYTE, 100)) as client:
        assert not (await asked(client)).ok
        assert tracemalloc.get_traced_memory()[1] < ROOM


HEADS = {
    "nothing": b"",
    "no-http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "bytes": bytes(range(256)) * 40,
    "half": OK[:10],
    "no-reason": b"HTTP/1.1 200\r\n\r\n",
    "odd-status": b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}",
    "status-0": b"HTTP/1.1 000 Zero\r\n\r\n",
    "old": b"HTTP/0.9 200 OK\r\n\r\n{}",
    "future": b"HTTP/3.0 200 OK\r\n\r\n{}",
    "minus": OK + b"Content-Length: -1\r\n\r\n{}",
    "two-lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "short": OK + b"Content-Length: 200\r\n\r\n{}",
    "chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "huge-chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n",
    "many-headers": OK + b"X: y\r\n" * 100_000 + b"\r\n{}",
    "long-header": OK + b"X: " + b"y" * 10 * MEGABYTE + b"\r\n\r\n{}",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + OK + b"\r\n{}",
    "upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
    "cookies": OK + b"Set-Cookie: \xff=\x00\r\n\r\n{}",
    "cookie": OK + b"Set-Cookie: a=b; expires=Thu, 99 Foo 99999 99:99:99\r\n\r\n{}",
    "charset": OK + b"Content-Type: text/xml; charset=\xff\xfe;;=\r\n\r\n{}",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.usefixtures("little_memory")
async def test_a_server_that_speaks_oddly_is_answered_by_waiting(head: bytes) -> None:
    async with served(writes(head)) as client:
        reply = await asked(client)
        assert not reply.ok
        assert not unsafe(reply.message)
        assert tracemalloc.get_traced_memory()[1] < ROOM


WAITS = (
    *("", " ", "-1", "1e9", "9" * 400, "٣", "inf", "Thu", "Mon, 01 Jan", "0000", "12:00", "\xff"),
    *("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 1 Jan 0001 00:00:00 +2359", ",", ":", "-", "a, b, c"),
    *("Tue, 99 Foo 2026 99:99:99", "Tue, 15 Nov 1994 08:12:31 +9999999999"),
    "1 Jan 99999999999999999999",
)


@fuzz(40)
@given(st.sampled_from(WAITS) | st.text(st.characters(min_codepoint=32, max_codepoint=255)))
def test_any_wait_that_a_server_asks_for_is_bounded(value: str) -> None:
    words = value.replace("\x7f", "").encode("latin-1", "ignore")

    async def run() -> None:
        head = b"HTTP/1.1 429 Slow\r\nRetry-After: " + words + b"\r\nContent-Length: 0\r\n\r\n"
        async with served(writes(head)) as client:
            assert 0 <= (await asked(client)).wait <= 86400

    asyncio.run(run())


NAMES = st.text(st.characters(exclude_characters="\r\n"), max_size=20) | texts()


@fuzz(30)
@given(NAMES, NAMES, NAMES)
def test_a_login_of_any_name_is_a_name_or_an_error(name: str, key: str, token: str) -> None:
    """What a server calls a user and a token goes over the bus, into a file and into the log."""
    words = json.dumps({"token": token, "session": {"name": name, "key": key}}).encode()
    head = OK + b"Content-Length: %d\r\n\r\n" % len(words)

    async def run() -> None:
        async with served(writes(head, words)) as client:
            for call in (client.login.token, lambda: client.login.session("t")):
                try:
                    found = await call()
                except ScrobblerdError:
                    continue
                shown = [found] if isinstance(found, str) else [found.username, found.key]
                for each in shown:
                    assert not unsafe(each)

    asyncio.run(run())
