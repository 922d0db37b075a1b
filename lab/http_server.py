"""A stand-in's sockets and threads: HTTP/1.1 on loopback, and every way to break it off.

What is said is decided elsewhere: `receive` takes a request and gives the answer to write.
"""

import socket
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition, Thread
from typing import Any, cast

from lab.behaviour import Ending
from lab.reply import Reply

Receive = Callable[[str, str, str, Mapping[str, str]], tuple[Reply, Ending | None]]
"""(HTTP method, target, body, headers by lower-case name) → what to write, how to end."""


class Server(ThreadingHTTPServer):
    """Accepts connections in a daemon thread, and serves each in a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, opened: Callable[[], None], receive: Receive) -> None:
        self.receive = receive
        self._opened = opened
        self._stopping = False
        self._open: set[socket.socket] = set()
        self._closed_one = Condition()
        self._accepting = Thread(target=self._accept, name="stand-in", daemon=True)
        super().__init__(("127.0.0.1", port), Handler)

    def start(self) -> None:
        """Begins to accept connections."""
        self._accepting.start()

    def hang_up(self) -> None:
        """Refuses new connections, breaks the open ones, and waits until their threads end."""
        self._stopping = True
        self.socket.shutdown(socket.SHUT_RDWR)  # on Linux this wakes whoever waits to accept
        self._accepting.join()
        self.server_close()
        with self._closed_one:
            for connection in self._open:
                with suppress(OSError):  # the other end was quicker
                    connection.shutdown(socket.SHUT_RDWR)
            self._closed_one.wait_for(lambda: not self._open, timeout=5)

    def _accept(self) -> None:
        while not self._stopping:
            self.handle_request()  # serve_forever would look twice a second whether to stop

    def server_bind(self) -> None:
        """Binds without HTTPServer's question to the resolver about our own name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = cast(tuple[str, int], self.server_address)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Counts a new connection."""
        with self._closed_one:
            self._open.add(request)
        self._opened()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets a connection that is over."""
        super().shutdown_request(request)
        with self._closed_one:
            self._open.discard(request)
            self._closed_one.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores a client that hangs up. Any other error is a fault of ours, and is raised."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            raise error


class Handler(BaseHTTPRequestHandler):
    """Serves one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: Nagle would cost 40 ms

    def do_GET(self) -> None:
        """Answers a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answers a POST."""
        self._serve()

    def do_DELETE(self) -> None:
        """Answers a DELETE."""
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Logs nothing, because requests are recorded."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the client gave up half way: nothing has arrived
            self.close_connection = True
            return
        # A broken byte becomes U+FFFD, which then fails a signature, as it would out there.
        text = body.decode("utf-8", "replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        receive = cast(Server, self.server).receive
        self._write(*receive(self.command, self.path, text, headers))

    def _write(self, reply: Reply, ending: Ending | None) -> None:
        self.close_connection = self.close_connection or ending is not None
        if ending is Ending.CLOSE:
            return
        self.send_response_only(reply.status)
        for name, value in {"Date": self.date_time_string(), **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if ending in {Ending.CUT, Ending.RESET}:
            self.wfile.write(reply.body[: len(reply.body) // 2])
        else:
            self.wfile.write(reply.body)
        if ending is Ending.RESET:
            self._reset()

    def _reset(self) -> None:
        """Closes without lingering, which TCP does by a reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()  # it shares the descriptor, which closes with the last of the two
        self.connection.close()
