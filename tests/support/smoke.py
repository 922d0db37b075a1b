"""What an installation must do at the least, run by its Python: `python -m tests.support.smoke`.

A real daemon on a private bus hears a play from D-Bus, sends it to a stand-in Last.fm, and tells
scrobblerctl. Nothing of pytest's is needed, and nothing of this checkout's package: only `lab`.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler

SHARED = (
    "applications/scrobblerd.desktop",
    "bash-completion/completions/scrobblerctl",
    "fish/vendor_completions.d/scrobblerctl.fish",
    "icons/hicolor/scalable/apps/scrobblerd.svg",
    "man/man1/scrobblerctl.1",
    "man/man5/scrobblerd.toml.5",
    "man/man8/scrobblerd.8",
    "metainfo/org.scrobblerd.scrobblerd.metainfo.xml",
    "zsh/site-functions/_scrobblerctl",
)
"""What a package puts into share/."""


def main() -> None:
    """Raises where something does not work."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, Path(home), dev=False)
        daemon.login(lastfm)
        with daemon:
            asyncio.run(_played(bus))
            lastfm.wait_for(lambda seen: bool(seen.scrobbles))
            assert [one.track for one in lastfm.scrobbles] == ["Fern"], daemon.log
            status = _ctl(daemon, "status", "--json")
            assert status["settings"]["username"] == "quiet_otter", status
            assert [row["state"] for row in _ctl(daemon, "queue", "--state", "sent", "--json")] == [
                "sent"
            ]
            loved = subprocess.run(
                _command("love", "Mira Holt", "Fern"), env=daemon.env(), check=False
            )
            assert loved.returncode == 0
        assert "Traceback" not in daemon.log, daemon.log
    sys.stdout.write(f"it works, with {sys.version}\n")


async def _played(bus: PrivateBus) -> None:
    async with await connect(bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        values = ("Mira Holt", "Fern", "Understorey", int(time.time()) - 300, 187, 120)
        status = await scrobbler.call("Scrobble", "sssxuu", *values)
        assert status[0] == "success", status


def _ctl(daemon: Daemon, *words: str) -> Any:
    """What scrobblerctl answers."""
    done = subprocess.run(
        _command(*words), env=daemon.env(), stdout=subprocess.PIPE, check=True, timeout=30
    )
    return json.loads(done.stdout)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "scrobblerd.ctl", *words]


if __name__ == "__main__":
    main()
