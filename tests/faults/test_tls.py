"""Certificates that are not to be trusted, and a server that speaks no TLS at all."""

import ssl
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Needs
from tests.faults.long_run import Diary, LongPump
from tests.faults.relay import Relay
from tests.support.worker_bench import HOUR

OURS = "subjectAltName=IP:127.0.0.1"
ANOTHERS = "subjectAltName=DNS:login.example.invalid"


class Certificates:
    """Makes self-signed certificates in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def made(self, name: str = OURS, days: int = 2) -> Path:
        """One for `name` that is good for `days`, with its key in the same file."""
        key, whole = self._folder / "key.pem", self._folder / f"{days} {name}.pem"
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        subject = ["-subj", "/CN=127.0.0.1", "-addext", name]
        _openssl("req", "-x509", *curve, *subject, "-days", "2", "-keyout", key, "-out", whole)
        _openssl("x509", "-in", whole, "-signkey", key, "-days", str(days), "-out", whole)
        with whole.open("ab") as file:
            file.write(key.read_bytes())
        return whole


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture
def certificates(needs: Needs, tmp_path: Path) -> Certificates:
    needs("openssl")
    return Certificates(tmp_path)


def shown(certificate: Path) -> ssl.SSLContext:
    """What a server with this certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def refuses(pump: LongPump, url: str, *words: str) -> None:
    """The pump does not speak to the server at `url`, says so in these words, and keeps all."""
    assert isinstance(pump.lastfm, Diary)
    pump.lastfm.reached_by = url
    await pump.restart()
    for number in range(3):
        await pump.hear(f"Harbour {number}")
        await pump.turns(pump.wall + HOUR)
    assert pump.lastfm.requests == []
    rows = "SELECT state, retry_count, detail FROM scrobble_queue"
    found = await pump.database.select(rows)
    why = pump.submitter.backoff.last_error
    assert found == [("pending", 0, why)] * 3, "retry_count 0: certainly not stored"
    assert [word for word in words if word not in why] == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    pump: LongPump, lastfm: Diary, certificates: Certificates
) -> None:
    async with Relay(lastfm, shown(certificates.made())) as relay:
        await refuses(pump, relay.url, "certificate verify failed", "self-signed certificate")


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        (OURS, -1, "certificate has expired"),
        (ANOTHERS, 2, "certificate is not valid for '127.0.0.1'"),
    ],
    ids=["expired", "of another"],
)
async def test_a_trusted_certificate_is_refused_where_it_does_not_fit(
    pump: LongPump,
    lastfm: Diary,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    days: int,
    words: str,
) -> None:
    certificate = certificates.made(name, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with Relay(lastfm, shown(certificate)) as relay:
        await refuses(pump, relay.url, words)


async def test_with_a_good_certificate_all_goes_out_in_the_end(
    pump: LongPump, lastfm: Diary, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificates.made()
    async with Relay(lastfm, shown(certificate)) as relay:
        await refuses(pump, relay.url, "certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await pump.restart()
        await pump.turns(pump.wall + HOUR)
        await pump.http.close()
    assert pump.stored() == pump.heard()
    assert len(lastfm.sendings()) == 1


async def test_a_server_that_speaks_no_tls_is_never_spoken_to(
    pump: LongPump, lastfm: Diary
) -> None:
    await refuses(pump, lastfm.api_url.replace("http://", "https://"), "SSL")
