"""What hangs, for one block: a resolver, servers and proxies, a disk."""

import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lab.tcp_server import TcpServer
from tests.conftest import require

HANGS_SECONDS = 10.0
"""Within which it must be seen that somebody waits."""

Talk = Callable[[socket.socket], None]


class HangingServer(TcpServer):
    """A TCP server that lets clients in and does with each what `talk` does, which need not end.
    `visited` is set as soon as one was there."""

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self._talk = talk
        self.visited = threading.Event()
        self.ended = threading.Event()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        super().__exit__()

    def serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(1)
            self.visited.set()
            self._talk(client)
            self.ended.wait()


def says(first: bytes, drop: bytes = b"") -> Talk:
    """Says something, and goes on with drops for ever."""

    def talk(client: socket.socket) -> None:
        client.sendall(first)
        while drop:
            client.sendall(drop)
            time.sleep(0.02)

    return talk


@contextmanager
def full_backlog() -> Generator[str]:
    """The address of a server that lets nobody in."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        for client in waiting:
            client.close()


class SilentResolver:
    """A name server on loopback that answers nothing. `wrapper` is a command that runs another one
    where all names are asked of it. As a context manager it lasts for the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(HANGS_SECONDS)

    def __enter__(self) -> "SilentResolver":
        reason = "a resolver of our own takes root, unshare(1) and a mount namespace"
        require(os.geteuid() == 0, reason)
        self._socket.bind(("127.0.0.77", 53))
        resolv, switch = self._folder / "resolv.conf", self._folder / "nsswitch.conf"
        resolv.write_text("nameserver 127.0.0.77\n")
        switch.write_text("hosts: files dns\n")
        bind = f"mount --bind {resolv} /etc/resolv.conf && mount --bind {switch} /etc/nsswitch.conf"
        unshare = ("unshare", "--mount", "--propagation", "private", "--", "sh", "-c")
        self.wrapper: Sequence[str] = (*unshare, f'{bind} && exec "$@"', "sh")
        done = subprocess.run([*self.wrapper, "true"], capture_output=True, check=False)
        require(done.returncode == 0, reason)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def wait(self) -> None:
        """Waits until somebody asks."""
        self._socket.recv(512)


def _require_of_kernel(condition: object, reason: str) -> None:
    """Skips the test unless `condition`, also where all is required: no package brings a kernel
    that mounts such a file system, and containers may not have the devices."""
    if not condition:
        pytest.skip(reason)


class HangingDisk:
    """A FUSE file system at `folder` that answers no request but the first: who looks into it can't
    be killed. As a context manager it is mounted for the block."""

    INIT_REPLY = struct.pack("<IIIIHHIIHHII6I", 7, 31, 65536, 0, 12, 9, 65536, 1, 0, 0, *[0] * 8)
    """Version 7.31 of the protocol, and no features (fuse_init_out)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "HangingDisk":
        reason = "mounting a FUSE file system takes root and /dev/fuse"
        _require_of_kernel(os.geteuid() == 0 and Path("/dev/fuse").exists(), reason)
        self._folder.mkdir(parents=True)
        self._device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0"
        mount = ["mount", "--internal-only", "--types", "fuse", "--options", options, "hanging"]
        done = subprocess.run(
            [*mount, self._folder], pass_fds=[self._device], capture_output=True, check=False
        )
        _require_of_kernel(done.returncode == 0, reason)
        self._reading = threading.Thread(target=self._read, daemon=True)
        self.asked = threading.Event()
        self._reading.start()
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", "--force", self._folder], check=True)
        self._reading.join(HANGS_SECONDS)
        os.close(self._device)  # whoever waits is let go

    def _read(self) -> None:
        with suppress(OSError):  # it is unmounted
            while request := os.read(self._device, 2**17):
                _, opcode, unique = struct.unpack_from("<IIQ", request)
                if opcode == 26:  # FUSE_INIT
                    head = struct.pack("<IiQ", 16 + len(self.INIT_REPLY), 0, unique)
                    os.write(self._device, head + self.INIT_REPLY)
                else:
                    self.asked.set()


class FrozenDisk:
    """An ext4 file system at `folder`, on which what it has stays. As a context manager it is
    mounted for the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._image = folder.with_name(f"{folder.name}.img")

    def __enter__(self) -> "FrozenDisk":
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self._folder.with_name(f"{self._folder.name}.before")
        self._folder.rename(beside)
        self._folder.mkdir(mode=0o700)
        self._image.touch()
        os.truncate(self._image, 16 * 2**20)
        make = ["mkfs.ext4", "-q", "-d", beside, self._image]
        made = subprocess.run(make, capture_output=True, check=False)
        mount = ["mount", "-o", "loop", self._image, self._folder]
        mounted = subprocess.run(mount, capture_output=True, check=False)
        possible = made.returncode == mounted.returncode == 0
        _require_of_kernel(possible, "an ext4 file system takes root, mkfs.ext4 and a loop device")
        self._folder.chmod(0o700)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", self._folder], check=True)

    @contextmanager
    def frozen(self) -> Generator[None]:
        """Within the block it takes nothing, and whoever writes waits."""
        subprocess.run(["fsfreeze", "--freeze", self._folder], check=True)
        try:
            yield
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", self._folder], check=True)


def is_connecting(address: str) -> bool:
    """Whether somebody waits for a server to take a connection."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[2].endswith(port) and line.split()[3] == "02" for line in lines)
