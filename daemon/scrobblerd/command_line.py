"""What the command does if it has arguments: record, replay, --config, --version."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import __version__
from .config.loader import load
from .config.runtime_settings import PrivateSwitch
from .config.source import Config, Paths, config_path, state_folder
from .core import wording
from .core.rules import Rules, clamp_threshold
from .traces import recorder, replay


def perform(arguments: Sequence[str]) -> Config | None:
    """Does what the arguments ask for. Returns the configuration if that is to run the daemon.
    Raises ScrobblerdError, and SystemExit as argparse does."""
    options = _parser().parse_args(arguments)
    if options.command == "replay":
        _replay(options)
        return None
    if options.command == "record":
        asyncio.run(_record(options.file, options.force))
        return None
    return load(options.config or config_path(os.environ), os.environ)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scrobblerd",
        description="Scrobbles what MPRIS players play. Runs in the foreground.",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="read FILE instead of config.toml"
    )
    version = f"scrobblerd {__version__}"
    parser.add_argument("-V", "--version", action="version", version=version)
    commands = parser.add_subparsers(
        dest="command",
        title="commands",
        description="Without one it runs as the service.",
        metavar="COMMAND",
    )
    trace = commands.add_parser(
        "replay",
        help="show the plays in a recorded bus trace",
        description="Shows the plays in a recorded bus trace. The rules are those of the file that"
        " --config names before replay, otherwise the defaults; an option given here wins over"
        " both.",
    )
    trace.add_argument("file", type=Path, metavar="FILE")
    trace.add_argument("--threshold", type=int, metavar="PER_CENT")
    trace.add_argument("--minimum-seconds", type=float, metavar="S")
    trace.add_argument("--minimum-track-seconds", type=float, metavar="S")
    trace.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    record = commands.add_parser("record", help="record a trace of the players, for a bug report")
    record.add_argument(
        "file", type=Path, metavar="FILE", help="where to write, until Ctrl-C; - = standard output"
    )
    record.add_argument("--force", action="store_true", help="replace an existing FILE")
    return parser


async def _record(path: Path, force: bool) -> None:
    """Record until SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    switch = PrivateSwitch(Paths(config_path(os.environ), state_folder(os.environ)).settings)
    says = f"Recording the players into {path}; Ctrl-C ends it."
    recording = asyncio.create_task(
        recorder.record(path, lambda: print(says, file=sys.stderr), switch, force)
    )
    ending = asyncio.create_task(asked.wait())
    await asyncio.wait({recording, ending}, return_when=asyncio.FIRST_COMPLETED)
    recording.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await recording


def _replay(options: argparse.Namespace) -> None:
    rules = load(options.config, os.environ).rules if options.config else Rules()
    if options.threshold is not None:
        threshold = clamp_threshold(options.threshold)
        if threshold != options.threshold:
            words = wording.of_clamped(options.threshold, threshold)
            print(f"--threshold: {words}", file=sys.stderr)
        rules = replace(rules, scrobble_threshold=threshold)
    for name in ("minimum_seconds", "minimum_track_seconds"):
        if (given := getattr(options, name)) is not None:
            rules = replace(rules, **{name: given})
    plays = replay.Replay(replay.read(options.file), rules).run()
    if options.json:
        print(json.dumps([replay.as_json(play) for play in plays], ensure_ascii=False, indent=2))
    else:
        print("\n".join(map(replay.as_line, plays)) or "no plays")
