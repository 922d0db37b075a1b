"""Whatever the user's environment says, the daemon starts, stays and counts.

The variables are those that httpx, httpcore, OpenSSL, asyncio, SQLite, locale, time, tempfile and
dbus-next read. Each has been seen to end or to silence a program that reads it.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.proxies import Proxy
from lab.scrobbler import Scrobbler
from tests.conftest import require
from tests.support.daemon_bench import Bench, check_log, scrobble_ago

NOWHERE = "/nonexistent/x"

HARMLESS: Mapping[str, str] = {
    # httpx and httpcore
    "HTTPS_PROXY": "127.0.0.1:8080x",
    "https_proxy": "nonsense",
    "ftp_proxy": "://",
    "no_proxy": "localhost,[::1],fd00::/8,*.,/",
    "REQUESTS_CA_BUNDLE": NOWHERE,
    "CURL_CA_BUNDLE": NOWHERE,
    "HTTPX_LOG_LEVEL": "nonsense",
    "HTTPCORE_LOG_LEVEL": "nonsense",
    # ssl, OpenSSL
    "SSLKEYLOGFILE": NOWHERE,
    "SSL_CERT_FILE": NOWHERE,
    "SSL_CERT_DIR": NOWHERE,
    "OPENSSL_CONF": NOWHERE,
    "OPENSSL_MODULES": NOWHERE,
    # asyncio, the resolver
    "PYTHONASYNCIODEBUG": "nonsense",
    "RES_OPTIONS": "nonsense",
    "LOCALDOMAIN": "nonsense",
    "HOSTALIASES": NOWHERE,
    # SQLite, tempfile
    "SQLITE_TMPDIR": NOWHERE,
    "TMPDIR": NOWHERE,
    "TEMP": NOWHERE,
    "TMP": NOWHERE,
    # locale, time
    "LC_ALL": "xx_YY.nonsense",
    "LANG": "nonsense",
    "LANGUAGE": "::",
    "TZ": "Nowhere/Nonsense",
    # dbus-next, systemd, the desktop
    "DBUS_SYSTEM_BUS_ADDRESS": "nonsense",
    "DBUS_STARTER_ADDRESS": "nonsense",
    "DISPLAY": "nonsense",
    "WATCHDOG_USEC": "nonsense",
    "WATCHDOG_PID": "nonsense",
    "LISTEN_FDS": "nonsense",
    "XDG_RUNTIME_DIR": NOWHERE,
    "XDG_DATA_DIRS": "::",
    "CREDENTIALS_DIRECTORY": NOWHERE,
}
"""Nothing of it stands in the way of a request to a server on loopback."""

ALONE = [
    {"no_proxy": "localhost,[::1]"},
    {"no_proxy": "fd00::/8,127.0.0.0/8"},
    {"SSLKEYLOGFILE": NOWHERE},
    {"HTTPS_PROXY": "127.0.0.1:8080x"},
]

IN_THE_WAY = {
    "ALL_PROXY": "socks://127.0.0.1:1/",
    "all_proxy": "socks5://127.0.0.1:1",
    "http_proxy": "127.0.0.1:8080x",
    "HTTP_PROXY": "ftp://nowhere",
}
"""A proxy that is not there, or none at all: nothing can be sent through it."""


class Desktop(Daemon):
    """A daemon whose environment has more in it."""

    more: Mapping[str, str] = {}

    def env(self) -> dict[str, str]:
        """Without what keeps proxies away from other tests."""
        return {**super().env(), **self.more}


async def scrobbled(
    home: Path, more: Mapping[str, str], tables: Mapping[str, Mapping[str, object]] | None = None
) -> tuple[str, str, str, int]:
    """What a daemon in this environment says of a scrobble, and why the queue waits; and how many
    plays have arrived."""
    with PrivateBus() as bus, StandIn() as lastfm:
        daemon = Desktop(bus, lastfm, home, tables)
        daemon.more = more
        daemon.login(lastfm)
        with daemon:
            async with await connect(bus.address) as connection:
                caller = await Scrobbler.start(connection)
                status, message = await caller.call(*scrobble_ago(300)[1])
                [queue] = await caller.call("GetQueueStatus")
                [findings] = await caller.call("Diagnose")
        check_log(Bench(bus, lastfm, daemon))
        assert daemon.log.count("Traceback") == 0
    server = next(finding for finding in findings if finding["check"] == "server")
    assert server["ok"] is (status == "success")
    assert status == "success" or server["message"] == message == queue["last_error"]
    return status, message, server["remedy"], len(lastfm.scrobbles)


@pytest.mark.parametrize("more", [HARMLESS, *ALONE], ids=lambda more: " ".join(more)[:40])
async def test_nonsense_does_not_stand_in_the_way(tmp_path: Path, more: Mapping[str, str]) -> None:
    assert (await scrobbled(tmp_path, more))[0::3] == ("success", 1)


@pytest.mark.parametrize("name", IN_THE_WAY)
async def test_a_proxy_that_can_not_be_used_is_told_and_the_play_is_kept(
    tmp_path: Path, name: str
) -> None:
    status, message, remedy, arrived = await scrobbled(tmp_path, {name: IN_THE_WAY[name]})
    assert (status, arrived) == ("queued", 0)
    assert message.startswith("Last.fm can't be reached (")
    assert "[network] proxy" in remedy


async def test_a_proxy_that_can_not_be_used_is_not_used_if_none_is_wanted(tmp_path: Path) -> None:
    answer = await scrobbled(tmp_path, IN_THE_WAY, {"network": {"proxy": "none"}})
    assert answer[0::3] == ("success", 1)


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks"])
@pytest.mark.parametrize("is_configured", [False, True], ids=["environment", "configured"])
async def test_requests_go_through_a_proxy(
    tmp_path: Path, scheme: str, is_configured: bool
) -> None:
    if scheme != "http":
        require(importlib.util.find_spec("socksio"), "socksio is missing (the extra socks)")
    with Proxy() as proxy:
        address = f"{scheme}://{proxy.address}"
        if is_configured:
            address = address.replace("socks://", "socks5h://")
            answer = await scrobbled(tmp_path, {}, {"network": {"proxy": address}})
        else:
            answer = await scrobbled(tmp_path, {"all_proxy": address})
        assert answer[0::3] == ("success", 1)
        assert proxy.seen


async def test_no_login_of_netrc_is_sent(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("default login quiet_otter password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    with PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, tmp_path)
        daemon.login(lastfm)
        with daemon:
            async with await connect(bus.address) as connection:
                caller = await Scrobbler.start(connection)
                assert (await caller.call(*scrobble_ago(300)[1]))[0] == "success"
    assert all("authorization" not in request.headers for request in lastfm.requests)
