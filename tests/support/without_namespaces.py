"""Run a command where no user namespace can be made, as some machines have it for everybody.

    python tests/support/without_namespaces.py COMMAND [ARG...]

Needs root. The command runs in a user namespace that is like the machine's own (its users are the
same ones) but for its limit: it may have no further ones below it.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
USERS = "0 0 65536"
"""As the kernel wants it: these ids inside, these outside, so many."""


def main() -> None:
    """Enter such a world, and become the command."""
    ours, theirs = os.pipe(), os.pipe()
    me = Path("/proc") / str(os.getpid())
    if os.fork() == 0:  # only from outside can more than one user be mapped
        os.read(ours[0], 1)
        for table in ("uid_map", "gid_map"):
            (me / table).write_text(USERS)
        os.write(theirs[1], b".")
        os._exit(0)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        sys.exit(f"unshare: {os.strerror(ctypes.get_errno())}")
    os.write(ours[1], b".")
    os.read(theirs[0], 1)
    os.wait()
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
