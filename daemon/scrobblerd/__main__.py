"""The command: argv → configuration → run → exit status.

0 asked to stop, 1 failed (systemd starts it again), 69 already running, 78 a file must be mended.
"""

import asyncio
import logging
import os
import sys
import types
from collections.abc import Sequence
from typing import Any, TextIO, cast

from . import app
from .config.loader import load
from .config.source import Config, config_path
from .core.errors import AlreadyRunning, FixTheFile, ScrobblerdError
from .core.text import for_people, printable
from .runtime.stop import can_write

EXIT_STATUS: dict[type[ScrobblerdError], int] = {
    FixTheFile: os.EX_CONFIG,
    AlreadyRunning: os.EX_UNAVAILABLE,
}

log = logging.getLogger("scrobblerd")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        config = _configured(given)
        if config is None:
            return 0
        _log_to_stderr(config)
        asyncio.run(app.run(config))
    except (ScrobblerdError, BaseExceptionGroup) as error:
        return _failed(error)
    return 0


def _configured(arguments: Sequence[str]) -> Config | None:
    """The configuration to run with; None = something else was asked for, and is done."""
    if not arguments:  # as the service is started
        return load(config_path(os.environ), os.environ)
    from .command_line import perform  # noqa: PLC0415 # a service needs none of it

    return perform(arguments)


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
