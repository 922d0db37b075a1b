"""A TCP server on loopback, with a thread for each client."""

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self


class TcpServer(ABC):
    """Listens for as long as it is a context manager; `address` is its host and port."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    @abstractmethod
    def serve(self, client: socket.socket) -> None:
        """Speaks with one client, and closes it."""
