"""Proxies on loopback: HTTP (absolute addresses) and SOCKS5, as few lines as a test needs.

with Proxy() as proxy:
    ... f"http://{proxy.address}", f"socks5://{proxy.address}"
    assert proxy.seen == ["127.0.0.1:8080"]
"""

import socket
import struct
import threading
from contextlib import closing, suppress
from urllib.parse import urlsplit

from lab.tcp_server import TcpServer

SOCKS_VERSION = 5
CHUNK_BYTES = 65536


class Proxy(TcpServer):
    """Speaks both protocols on one port: SOCKS5 if the first byte is a 5. `seen` are the servers
    that it was asked for, `authorizations` the logins at the proxy itself."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.authorizations: list[str] = []

    def serve(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError), closing(client):
            first = client.recv(CHUNK_BYTES)
            server = self._socks(client) if first[:1] == b"\x05" else self._http(first)
            with closing(server):
                threading.Thread(target=_pour, args=(server, client), daemon=True).start()
                _pour(client, server)

    def _socks(self, client: socket.socket) -> socket.socket:
        client.sendall(bytes([SOCKS_VERSION, 0]))  # no login
        _, _, _, kind = client.recv(4)
        if kind == 3:
            host = client.recv(client.recv(1)[0]).decode()
        else:
            host = socket.inet_ntop(
                *(
                    (socket.AF_INET, client.recv(4))
                    if kind == 1
                    else (socket.AF_INET6, client.recv(16))
                )
            )
        [port] = struct.unpack("!H", client.recv(2))
        server = self._connected(host, port)
        client.sendall(bytes([SOCKS_VERSION, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        return server

    def _http(self, first: bytes) -> socket.socket:
        """Passes on a request whose address is absolute, for as long as the connection lasts."""
        method, target, rest = first.split(b" ", 2)
        url = urlsplit(target.decode())
        for line in rest.split(b"\r\n"):
            if line.lower().startswith(b"proxy-authorization:"):
                self.authorizations.append(line.decode())
        server = self._connected(url.hostname or "", url.port or 80)
        server.sendall(b" ".join((method, url.path.encode(), rest)))
        return server

    def _connected(self, host: str, port: int) -> socket.socket:
        self.seen.append(f"{host}:{port}")
        return socket.create_connection((host, port))


def _pour(source: socket.socket, target: socket.socket) -> None:
    """Passes on all that comes until one side is done."""
    with suppress(OSError):
        while chunk := source.recv(CHUNK_BYTES):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
