"""The command: argv → configuration → run → exit status.

0 asked to stop, 1 failed (systemd starts it again), 69 already running, 78 a file must be mended.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import types
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, cast

from . import __version__, app
from .config.loader import load
from .config.source import Config, config_path
from .core.errors import AlreadyRunning, FixTheFile, ScrobblerdError
from .core.rules import Rules, clamp_threshold
from .core.text import for_people, printable
from .runtime.stop import can_write
from .traces import recorder, replay

EXIT_STATUS: dict[type[ScrobblerdError], int] = {
    FixTheFile: os.EX_CONFIG,
    AlreadyRunning: os.EX_UNAVAILABLE,
}

log = logging.getLogger("scrobblerd")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "replay":
            _replay(options)
            return 0
        if options.command == "record":
            asyncio.run(_record(options.file, options.force))
            return 0
        config = load(options.config or config_path(os.environ), os.environ)
        _log_to_stderr(config)
        asyncio.run(app.run(config))
    except (ScrobblerdError, BaseExceptionGroup) as error:
        return _failed(error)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scrobblerd",
        description="Scrobbles what every MPRIS player plays to Last.fm. Runs in the foreground.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of config.toml")
    version = f"scrobblerd {__version__}"
    parser.add_argument("-V", "--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", title="instead of running", metavar="COMMAND")
    trace = commands.add_parser(
        "replay",
        help="show the plays in a recorded bus trace",
        description="Shows the plays in a recorded bus trace. The rules are those of the file that"
        " --config names before replay, otherwise those that are without a file; what is given here"
        " comes first.",
    )
    trace.add_argument("file", type=Path, metavar="FILE")
    trace.add_argument("--threshold", type=int, metavar="PER_CENT")
    trace.add_argument("--minimum-seconds", type=float, metavar="S")
    trace.add_argument("--minimum-track-seconds", type=float, metavar="S")
    trace.add_argument("--json", action="store_true", help="a JSON list instead of lines")
    record = commands.add_parser("record", help="record a trace of the players, for a bug report")
    record.add_argument("file", type=Path, metavar="FILE", help="written until Ctrl-C; - = output")
    record.add_argument("--force", action="store_true", help="replace a FILE that is there")
    return parser


async def _record(path: Path, force: bool) -> None:
    """Record until SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    says = f"Recording the players into {path}; Ctrl-C ends it."
    recording = asyncio.create_task(
        recorder.record(path, lambda: print(says, file=sys.stderr), force)
    )
    ending = asyncio.create_task(asked.wait())
    await asyncio.wait({recording, ending}, return_when=asyncio.FIRST_COMPLETED)
    recording.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await recording


def _replay(options: argparse.Namespace) -> None:
    rules = load(options.config, os.environ).rules if options.config else Rules()
    if options.threshold is not None:
        rules = replace(rules, scrobble_threshold=clamp_threshold(options.threshold))
    for name in ("minimum_seconds", "minimum_track_seconds"):
        if (given := getattr(options, name)) is not None:
            rules = replace(rules, **{name: given})
    plays = replay.Replay(replay.read(options.file), rules).run()
    if options.json:
        print(json.dumps([replay.as_json(play) for play in plays], ensure_ascii=False, indent=2))
    else:
        print("\n".join(map(replay.as_line, plays)) or "no plays")


def _log_to_stderr(config: Config) -> None:
    handler = PatientHandler()
    handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=config.log_level.upper(), handlers=[handler])
    sys.excepthook = _tell
    for library in ("httpx", "httpcore", "aiosqlite"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _tell(
    kind: type[BaseException], fault: BaseException, trace: types.TracebackType | None
) -> None:
    """What ends the program goes through the log as well, which lets nothing raw pass."""
    log.critical("an error inside scrobblerd", exc_info=(kind, fault, trace))


class PatientHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr, but nothing while nobody reads there: a log must not hold up the daemon."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is None or can_write(sys.stderr.fileno()):
            super().emit(record)


class OneLine(logging.Formatter):
    """What players, servers and files say is quoted in many places: none may break a line, or
    hold what a terminal obeys."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # logging's own
        record.message = for_people(record.message, 2000)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 # logging's own
        """A traceback quotes them too: it stays of many lines, each of which is indented."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"  {printable(line)[:2000]}" for line in lines)


def _failed(error: BaseException) -> int:
    """Say the first error in one line; its exit status. What is no error of ours is raised."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseException", error.exceptions[0])
    if not isinstance(error, ScrobblerdError):
        raise error
    print(f"scrobblerd: {error}", file=sys.stderr)
    return next((code for kind, code in EXIT_STATUS.items() if isinstance(error, kind)), 1)


if __name__ == "__main__":
    sys.exit(main())
