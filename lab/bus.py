"""A private session bus: a dbus-daemon of its own in a folder of its own, gone without a trace.

Nothing of the desktop is visible on it: no players, no services but those of the folders given.
"""

import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote
from xml.sax.saxutils import escape

TIMEOUT_SECONDS = 10.0  # seconds; a dbus-daemon starts and ends in a few ms

# Whatever ends us, a SIGKILL included, closes the pipe that this reads from, and so ends the bus:
# the dbus-daemon and what it activated are one process group. Our own stop does the same.
LIFELINE = """\
folder=$1; shift
"$@" 2>"$folder/log" &
exec >&-
read -r _
trap "" TERM
kill -TERM 0
wait
rm -rf "$folder"
"""

# As the session.conf of dbus: everyone may own, send and receive everything, as much as they like.
CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
{service_dirs}
  <policy context="default">
{guests}    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit>
  <limit name="service_start_timeout">120000</limit>
  <limit name="max_completed_connections">100000</limit>
  <limit name="max_connections_per_user">100000</limit>
  <limit name="max_names_per_connection">50000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""
GUESTS = '    <allow user="*"/>\n'  # otherwise who started the bus, alone, and root


class BusError(RuntimeError):
    """The private bus cannot be started. The text says why."""


class PrivateBus:
    """A dbus-daemon of its own. As a context manager it runs for the block.

    `service_dirs` are folders of D-Bus .service files. Their services may be activated, and end
    with the bus. With `guests`, programs of other users may connect too.
    """

    def __init__(self, service_dirs: Iterable[Path | str] = (), *, guests: bool = False) -> None:
        self._guests = guests
        self._service_dirs = [str(folder) for folder in service_dirs]
        self._folder: Path | None = None
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """Returns the D-Bus address, the same after a restart; "" before the first start."""
        return self._address

    @property
    def folder(self) -> Path | None:
        """Returns the folder of the socket, which exists while the bus runs; None before that."""
        return self._folder

    def env(self) -> dict[str, str]:
        """Returns what the environment of a process needs, so that this is its session bus."""
        return {"DBUS_SESSION_BUS_ADDRESS": self.address}

    def start(self) -> None:
        """Starts the dbus-daemon, and returns when it accepts connections.

        Raises BusError if there is no dbus-daemon, or if it does not start.
        """
        if self._process:
            return
        program = shutil.which("dbus-daemon")
        if program is None:
            raise BusError("dbus-daemon is not installed: install the package dbus (dbus-daemon)")
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="private-bus-"))
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if self._guests:
            self._folder.chmod(0o711)
        try:
            self._run(program, self._folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the dbus-daemon and all that it started, and removes its folder.

        Every connection is cut, and every name is gone. A second stop does nothing.
        """
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        if self._folder is not None:  # it never ran, or had to be killed
            shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """Starts a new bus at the same address."""
        self.stop()
        self.start()

    @contextmanager
    def standing_still(self) -> Generator[None]:
        """Within the block the bus takes no message and answers none."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def _run(self, program: str, folder: Path) -> None:
        config = folder / "bus.conf"
        config.write_text(self._config(folder / "bus"))
        daemon = [program, f"--config-file={config}", "--nofork", "--print-address"]
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", LIFELINE, "lifeline", str(folder), *daemon],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us alone, and the group is the bus alone
        )
        printed = _first_line(self._process)
        if not printed:
            raise BusError(f"dbus-daemon does not start: {(folder / 'log').read_text().strip()}")
        # The guid is another after a restart, and clients would refuse the bus for it.
        self._address = printed.partition(",guid=")[0]

    def _config(self, socket: Path) -> str:
        folders = (f"  <servicedir>{escape(folder)}</servicedir>" for folder in self._service_dirs)
        return CONFIG.format(
            socket=escape(quote(str(socket))),
            service_dirs="\n".join(folders),
            guests=GUESTS if self._guests else "",
        )


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    with process.stdout as printed:
        ready, _, _ = select.select([printed], [], [], TIMEOUT_SECONDS)
        return printed.readline().strip() if ready else ""


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
