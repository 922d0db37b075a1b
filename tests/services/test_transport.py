"""What is carried to a server and back: addresses, bodies, and what OpenSSL reads."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd.services.http import HttpClient, Transport

FORM = {"method": "user.getInfo"}


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """The client."""
    client = HttpClient()
    yield client
    await client.close()


SELDOM_NEEDED = "httpx argparse difflib html importlib.metadata lzma rich segno shutil zipfile"
"""What some requests, errors and files need, and which takes memory."""


def test_a_daemon_that_has_started_has_not_imported_what_it_seldom_needs() -> None:
    code = "import sys, scrobblerd.app; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=30)
    assert not set(SELDOM_NEEDED.split()) & set(out.stdout.decode().split())


def test_httpx_comes_without_its_command_line() -> None:
    code = """
import asyncio, sys
from scrobblerd.services.http import HttpClient
asyncio.run(HttpClient().get("http://127.0.0.1:1/"))
sys.exit("httpx" not in sys.modules or "httpx._main" in sys.modules or "click" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0


@pytest.mark.parametrize(
    ("login", "header"),
    [
        ("mira:f%40rn@", "Basic bWlyYTpmQHJu"),
        ("mira@", "Basic bWlyYTo="),
        ("", None),
    ],
)
async def test_the_login_of_an_address_is_sent_as_a_header(
    http: HttpClient, standin: StandIn, login: str, header: str | None
) -> None:
    answer = await http.post_form(standin.api_url.replace("://", f"://{login}"), FORM)
    (request,) = standin.requests
    assert answer.transport is Transport.ANSWERED
    assert request.headers.get("authorization") == header
    assert "mira" not in request.headers["host"]


@pytest.mark.parametrize("scheme", ["https", "gopher", ""])
async def test_server_that_can_not_be_spoken_to_is_certainly_not_reached(
    http: HttpClient, standin: StandIn, scheme: str
) -> None:
    url = standin.api_url.replace("http", scheme)
    assert (await http.post_form(url, FORM)).transport is Transport.UNSENT
    assert standin.requests == []


async def test_body_of_any_size_is_read_up_to_4_mib(http: HttpClient, standin: StandIn) -> None:
    most = 4 * 2**20
    standin.misbehave(Behaviour.raw(b"x" * most), Behaviour.raw(b"x" * (most + 2**20)))
    async with asyncio.timeout(20):
        whole, cut = [await http.post_form(standin.api_url, FORM) for _ in range(2)]
    assert len(whole.body) == most
    assert most < len(cut.body) < most + 2**20


@pytest.mark.parametrize("status", [400, 404, 500, 503])
async def test_no_more_of_an_error_is_read_than_a_page(
    http: HttpClient, standin: StandIn, status: int
) -> None:
    standin.misbehave(Behaviour.raw(b"x" * 2**22, status))
    answer = await http.post_form(standin.api_url, FORM)
    assert answer.status == status
    assert 2**16 < len(answer.body) < 2**18


@pytest.mark.parametrize("variable", ["SSLKEYLOGFILE", "SSL_CERT_FILE"])
async def test_the_environment_of_openssl_stops_nothing(
    standin: StandIn, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/nonexistent/x")
    http = HttpClient()
    assert (await http.post_form(standin.api_url, FORM)).transport is Transport.ANSWERED
    await http.close()
