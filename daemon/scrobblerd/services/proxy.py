"""Decides which proxy leads to a server: by `[network] proxy`, or by the environment.

Desktops export addresses that no library takes (GNOME: all_proxy=socks://…), and people write odd
ones. What can't be used is said as such. A password in an address is never told.
"""

import contextlib
import importlib.util
import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..installation import installation

SYSTEM = "system"
"""The proxies of the environment: http_proxy, https_proxy, all_proxy and no_proxy, in any case."""

NO_PROXY = "none"
"""No proxy, whatever the environment says."""

PROXY_SCHEMES: Mapping[str, str] = {
    "http": "http",
    "https": "https",
    "socks": "socks5",  # as GNOME exports it
    "socks5": "socks5",
    "socks5h": "socks5",  # names are resolved by the proxy in any case
}
"""How the address of a proxy may begin, and how httpx has it."""


class UnusableProxy(ValueError):
    """A proxy is set that can't be used; the text says which, and why."""


def proxy_for(url: str, setting: str) -> str:
    """Returns the address of the proxy that leads to `url`, "" = none. `setting` is what `[network]
    proxy` says. Raises UnusableProxy."""
    if setting != SYSTEM:
        return "" if setting == NO_PROXY else _usable("[network] proxy", setting)
    target, proxies = urlsplit(url), _of_the_environment()
    if _is_bypassed(target.hostname or "", target.netloc, proxies.get("no", "")):
        return ""
    names = [name for name in (target.scheme, "all") if proxies.get(name)]
    return _usable(f"{names[0]}_proxy", proxies[names[0]]) if names else ""


def _of_the_environment() -> Mapping[str, str]:
    """Returns the addresses of proxies by the scheme that they are for; `no` = who goes past
    them."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return {}
    from urllib.request import getproxies_environment  # noqa: PLC0415 # 1 MB that few need

    return getproxies_environment()


def _is_bypassed(host: str, netloc: str, no_proxy: str) -> bool:
    """Whether `no_proxy` leaves a host out: *, a name and all below it, or an IP network."""
    for entry in no_proxy.lower().replace(",", " ").split():
        name = entry.strip("[]").removeprefix("*").lstrip(".")
        if entry == "*" or netloc.lower() == entry or f".{host}".endswith(f".{name}"):
            return True
        with contextlib.suppress(ValueError):  # names are no networks
            if ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False):
                return True
    return False


def _usable(where: str, address: str) -> str:
    """Returns the address of a proxy as httpx takes it; a password in it is never told."""
    url = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    scheme = url.partition("://")[0].lower()
    if not is_address or scheme not in PROXY_SCHEMES:
        raise UnusableProxy(f"{where} is not the address of an HTTP or SOCKS5 proxy")
    if PROXY_SCHEMES[scheme] == "socks5" and importlib.util.find_spec("socksio") is None:
        remedy = installation().how_to_add("socksio")
        raise UnusableProxy(f"{where} is a SOCKS proxy, which needs the package socksio: {remedy}")
    return f"{PROXY_SCHEMES[scheme]}://{url.partition('://')[2]}"
