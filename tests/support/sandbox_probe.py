"""Tries what a sandbox may forbid, and says line by line what came of it.

Debian's own Python runs it, as a step of the service's start and outside of it.
"""

import ctypes
import errno
import mmap
import os
import resource
import socket
import stat
import sys
import tempfile
from collections.abc import Callable

ADDR_NO_RANDOMIZE = 0x0040000
CLONE_NEWUSER = 0x10000000
ANY = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC


def called(name: str, argument: int) -> None:
    """A function of the C library; raises OSError."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(argument) == -1:
        raise OSError(ctypes.get_errno(), name)


def in_a_child(name: str, argument: int) -> None:
    """Likewise, without a trace in this process."""
    pid = os.fork()
    if pid == 0:
        try:
            called(name, argument)
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    if code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise OSError(code, name)


def called_back() -> None:
    """C calls Python."""
    function = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)
    assert function() == 7


def main() -> None:
    """Try everything."""
    with tempfile.NamedTemporaryFile() as file:
        attempts: dict[str, Callable[[], object]] = {
            "writable code": lambda: mmap.mmap(-1, mmap.PAGESIZE, prot=ANY),
            "a netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
            "a user namespace": lambda: in_a_child("unshare", CLONE_NEWUSER),
            "a setuid file": lambda: os.chmod(file.name, stat.S_ISUID | stat.S_IRUSR),  # noqa: PTH101
            "an owner": lambda: os.chown(file.name, os.getuid(), os.getgid()),
            "another personality": lambda: in_a_child("personality", ADDR_NO_RANDOMIZE),
            "a processor": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
            "being nice": lambda: os.nice(1),
            "a callback": called_back,
            "an internet socket": lambda: socket.socket(socket.AF_INET6),
        }
        found = {name: outcome(attempt) for name, attempt in attempts.items()}
    found["core dumps"] = str(resource.getrlimit(resource.RLIMIT_CORE)[1])
    found["umask"] = f"{os.umask(0):o}"
    sys.stdout.writelines(f"{name}: {word}\n" for name, word in found.items())


def outcome(attempt: Callable[[], object]) -> str:
    """`granted`, or the name of the error."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "granted"


if __name__ == "__main__":
    main()
