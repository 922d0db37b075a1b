"""Real players on the bus of a test: headless, silent, in real time, each in a folder of its own.

    with PLAYERS["vlc"].play(bus, folder, [song, another]) as player:
        player.press("Pause")

At the end of the block the player quits. The bus must admit guests: VLC refuses to run as root, so
there it is run as nobody, and the folder must be one that nobody can enter.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab.bus import PrivateBus
from lab.mpris import PATH, PLAYER, ROOT, bus_name
from tests.support.waiting import until

Running = AbstractContextManager[None]
Start = Callable[["Player", Path, Sequence[Path], bool], Running]
PLAYER_SECONDS = 30.0
"""For a player to start, to quit, or to answer a call; each takes about one at most."""

NOBODY = "65534"
MPV_PLUGIN = "mpv-mpris/mpris.so"
VLC_PLUGIN = "*/vlc/plugins/control/libdbus_plugin.so"
AUDACIOUS_OUTPUT = "*/audacious/Output/sdlout.so"
MPD_CONF = """\
music_directory "{folder}/music"
db_file "{folder}/database"
bind_to_address "{folder}/socket"
zeroconf_enabled "no"
audio_output {{
    type "null"
    name "silence"
}}
"""
AUDACIOUS_LOOP = "[audacious]\nrepeat=TRUE\nno_playlist_advance=TRUE\n"
# It takes the first output that starts, unless one is enabled here.
AUDACIOUS_PLUGINS = """\
format 11
output {plugin}
stamp {stamp}
version 48
flags 0
name SDL Output
domain audacious-plugins
priority 1
about 1
config 0
enabled 1
"""


@dataclass(frozen=True, slots=True)
class Player:
    """A player that runs: its name on the bus, and the environment of it and of its callers."""

    name: str
    env: Mapping[str, str]

    def press(self, member: str, interface: str = PLAYER) -> None:
        """Call a method without arguments, such as Pause."""
        self.run("busctl", "--user", "call", self.name, PATH, interface, member)

    def run(self, *command: str | Path) -> None:
        """Run a command, which must succeed."""
        subprocess.run(command, env=self.env, check=True, timeout=PLAYER_SECONDS)

    def wait_for(self, *command: str) -> None:
        """Run a command until it succeeds: its other end has just been started."""
        run = partial(subprocess.run, command, env=self.env, check=False, capture_output=True)
        until(lambda: run().returncode == 0, PLAYER_SECONDS)


@dataclass(frozen=True, slots=True)
class Kind:
    """A player that may be installed: its name on the bus, what it needs, and how it starts.

    `needs` are programs, and patterns of files below /usr/lib.
    """

    name: str
    needs: tuple[str, ...]
    start: Start

    def missing(self) -> list[str]:
        """What it needs and is not there."""
        find = {True: _library, False: shutil.which}
        return [need for need in self.needs if not find["/" in need](need)]

    @contextmanager
    def play(
        self, bus: PrivateBus, folder: Path, songs: Sequence[Path], loop: bool = False
    ) -> Generator[Player]:
        """Play the songs, or with `loop` the first of them for ever; `folder` is its home."""
        folder.mkdir(exist_ok=True)
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **bus.env()}
        player = Player(bus_name(self.name), env)
        with self.start(player, folder, songs, loop):
            yield player


def _library(pattern: str) -> Path | None:
    return next(Path("/usr/lib").glob(pattern), None)


@contextmanager
def _running(command: Sequence[str | Path], player: Player, *, quits: bool) -> Generator[None]:
    """The command runs, until it is asked over MPRIS to quit, or else is terminated."""
    process = subprocess.Popen(command, env=player.env, stdin=subprocess.DEVNULL)
    try:
        yield
        if quits and process.poll() is None:
            player.press("Quit", ROOT)
        else:
            process.terminate()
        process.wait(PLAYER_SECONDS)
    finally:
        process.kill()
        process.wait()


def _mpv(player: Player, _folder: Path, songs: Sequence[Path], loop: bool) -> Running:
    plugin = _library(MPV_PLUGIN)
    options = ["--no-config", "--ao=null", "--no-video", "--no-terminal", f"--script={plugin}"]
    looping = ["--loop-file=inf"] if loop else []
    return _running(["mpv", *options, *looping, *songs], player, quits=True)


def _vlc(player: Player, folder: Path, songs: Sequence[Path], loop: bool) -> Running:
    nobody: list[str] = []
    if os.geteuid() == 0:
        nobody = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
        shutil.chown(folder, int(NOBODY), int(NOBODY))
    options = ["--intf=dummy", "--control=dbus", "--aout=adummy", "--no-video"]
    looping = ["--repeat"] if loop else []
    return _running([*nobody, "vlc", *options, *looping, *songs], player, quits=True)


def _audacious(player: Player, folder: Path, songs: Sequence[Path], loop: bool) -> Running:
    plugin = _library(AUDACIOUS_OUTPUT)
    assert plugin
    config = folder / ".config" / "audacious"
    config.mkdir(parents=True, exist_ok=True)
    registry = AUDACIOUS_PLUGINS.format(plugin=plugin, stamp=int(plugin.stat().st_mtime))
    (config / "plugin-registry").write_text(registry)
    (config / "config").write_text(AUDACIOUS_LOOP if loop else "")
    silent = Player(player.name, {**player.env, "SDL_AUDIODRIVER": "dummy"})
    return _running(["audacious", "--headless", *songs], silent, quits=True)


@contextmanager
def _mpd(player: Player, folder: Path, songs: Sequence[Path], loop: bool) -> Generator[None]:
    """MPD, and mpDris2 beside it, which speaks MPRIS for it."""
    client = Player(player.name, {**player.env, "MPD_HOST": f"{folder}/socket"})
    music = folder / "music"
    music.mkdir(exist_ok=True)
    for song in songs:
        shutil.copy(song, music)
    conf = folder / "mpd.conf"
    conf.write_text(MPD_CONF.format(folder=folder))
    bridge = ["mpDris2", f"--music-dir={music}"]
    with _running(["mpd", "--no-daemon", "--stderr", conf], player, quits=False):
        client.wait_for("mpc", "--wait", "update")
        client.run("mpc", "add", *[song.name for song in songs])
        for mode in ("repeat", "single") if loop else ():
            client.run("mpc", mode, "on")
        with _running(bridge, client, quits=False):
            read = ("busctl", "--user", "get-property", player.name, PATH, PLAYER)
            client.wait_for(*read, "PlaybackStatus")
            client.run("mpc", "play")
            yield


PLAYERS = {
    "mpv": Kind("mpv", ("mpv", MPV_PLUGIN), _mpv),
    "vlc": Kind("vlc", ("vlc", "setpriv", VLC_PLUGIN), _vlc),
    "mpd": Kind("mpd", ("mpd", "mpc", "mpDris2"), _mpd),
    "audacious": Kind("audacious", ("audacious", AUDACIOUS_OUTPUT), _audacious),
}
