"""Which proxy leads to a server, by the configuration and by environments as desktops make them."""

import sys

import pytest

from scrobblerd.services.proxy import UnusableProxy, proxy_for

URL = "https://ws.audioscrobbler.com/2.0/"
HERE = "http://127.0.0.1:8080/2.0/"
PROXY = "http://127.0.0.1:3128"
VARIABLES = ("http", "https", "all", "no", "ftp")


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy at all."""
    for name in VARIABLES:
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)


@pytest.mark.parametrize(
    ("environment", "url", "leads_through"),
    [
        ({}, URL, ""),
        ({"https_proxy": PROXY}, URL, PROXY),
        ({"HTTPS_PROXY": PROXY}, URL, PROXY),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, URL, ""),
        ({"https_proxy": PROXY}, HERE, ""),
        ({"http_proxy": PROXY}, HERE, PROXY),
        ({"all_proxy": PROXY}, HERE, PROXY),
        ({"https_proxy": "127.0.0.1:3128"}, URL, PROXY),
        ({"ALL_PROXY": "socks://127.0.0.1:1080/"}, URL, "socks5://127.0.0.1:1080/"),
        ({"all_proxy": "socks5h://127.0.0.1:1080"}, URL, "socks5://127.0.0.1:1080"),
        ({"all_proxy": "socks5://a:b@[::1]:1080"}, URL, "socks5://a:b@[::1]:1080"),
        ({"all_proxy": "socks://127.0.0.1:1", "https_proxy": PROXY}, URL, PROXY),
        ({"http_proxy": PROXY, "no_proxy": "localhost,[::1]"}, HERE, PROXY),
        ({"http_proxy": PROXY, "no_proxy": "fd00::/8,127.0.0.0/8"}, HERE, ""),
        ({"http_proxy": PROXY, "no_proxy": "fd00::/8,[::1]"}, "http://[fd00::7]/", ""),
        ({"http_proxy": PROXY, "no_proxy": "[::1]"}, "http://[::1]:8080/2.0/", ""),
        ({"http_proxy": PROXY, "no_proxy": "127.0.0.1:8080"}, HERE, ""),
        ({"http_proxy": PROXY, "no_proxy": "127.0.0.1:8081"}, HERE, PROXY),
        ({"https_proxy": PROXY, "no_proxy": "audioscrobbler.com"}, URL, ""),
        ({"https_proxy": PROXY, "no_proxy": ".AudioScrobbler.com"}, URL, ""),
        ({"https_proxy": PROXY, "no_proxy": "*.audioscrobbler.com"}, URL, ""),
        ({"https_proxy": PROXY, "no_proxy": "scrobbler.com"}, URL, PROXY),
        ({"https_proxy": PROXY, "no_proxy": " , ,/,[,::/x,*.,\t"}, URL, PROXY),
        ({"https_proxy": PROXY, "NO_PROXY": "*"}, URL, ""),
    ],
    ids=repr,
)
def test_the_environment_says_which_proxy_leads_to_a_server(
    environment: dict[str, str], url: str, leads_through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("socksio")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url, "system") == leads_through


@pytest.mark.parametrize(
    ("setting", "leads_through"),
    [("none", ""), ("http://other.example:1", "http://other.example:1")],
)
def test_what_is_configured_wins_over_the_environment(
    setting: str, leads_through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", PROXY)
    assert proxy_for(URL, setting) == leads_through


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:8080x", "http://", "://", "ftp://h:21", "socks4://h:1", "http://[::1", "h:99999"],
)
def test_what_is_no_address_of_a_proxy_is_named_and_not_shown(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(UnusableProxy, match=r"^https_proxy is not the address") as raised:
        proxy_for(URL, "system")
    assert address not in str(raised.value)


def test_a_socks_proxy_without_its_package_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(UnusableProxy, match=r"package socksio: run \S+ -m pip install socksio"):
        proxy_for(URL, "socks5://127.0.0.1:1080")
