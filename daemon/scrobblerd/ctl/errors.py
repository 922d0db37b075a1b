"""How a command ends: the exit statuses, and the one error that carries one."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit statuses of scrobblerctl."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    NOT_LOGGED_IN = 4


class Failure(Exception):
    """One line for people: what is wrong, why, and what to do; the exit status; and the D-Bus
    error that it was, "" for none."""

    def __init__(self, words: str, status: Exit = Exit.FAILED, error: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.error = error
