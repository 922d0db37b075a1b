"""Real players on the bus of a test: headless, silent, in real time, each in a folder of its own.

    with PLAYERS["vlc"].play(env, folder, [song, another]) as player:
        player.press("Pause")

At the end of the block the player quits, in its own way. What a player needs is in `needs`.
"""

import os
import subprocess
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

Env = Mapping[str, str]
Songs = Sequence[Path]
PATIENCE = 10.0
"""Seconds for a player to quit, or to answer one call; both take well under one."""

LIBRARIES = Path("/usr/lib")
MPV_MPRIS = "mpv-mpris/mpris.so"  # below /usr/lib/mpv-mpris in Debian 12: /usr/lib/mpv-mpris/mpris.so
NOBODY = 65534
"""VLC refuses to run as root."""

MPD_CONF = """\
music_directory "{music}"
db_file "{folder}/database"
pid_file "{folder}/pid"
bind_to_address "{folder}/socket"
zeroconf_enabled "no"
audio_output {{
    type "null"
    name "silence, at the speed of sound"
}}
"""
# Without one its own choice would be a sound card. Only what it can't look up itself has to be right.
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
