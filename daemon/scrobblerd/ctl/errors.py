"""How a command ends: the exit statuses, and the one error that carries one."""

from enum import IntEnum

from ..dbus.names import DBUS, SCROBBLER_ERROR

NOT_AUTHENTICATED = f"{SCROBBLER_ERROR}.NotAuthenticated"
NOT_CONFIGURED = f"{SCROBBLER_ERROR}.NotConfigured"
AUTH_PENDING = f"{SCROBBLER_ERROR}.AuthPending"
INVALID_ARGUMENT = f"{SCROBBLER_ERROR}.InvalidArgument"
BUSY = f"{SCROBBLER_ERROR}.Busy"
NETWORK = f"{SCROBBLER_ERROR}.Network"
SERVICE = f"{SCROBBLER_ERROR}.Service"
"""The daemon's errors, as docs/dbus.md names them."""


class Exit(IntEnum):
    """The exit statuses of scrobblerctl."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    NOT_LOGGED_IN = 4


class Failure(Exception):
    """Ends a command. Its text is one line for people: what is wrong, and what to do.

    `status` is the exit status, `error` the name of the D-Bus error, "" if it was none, `remedy`
    what to do, "" if `message` says so already.
    """

    def __init__(
        self, message: str, status: Exit = Exit.FAILED, error: str = "", remedy: str = ""
    ) -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.message = message
        self.status = status
        self.error = error

    def with_remedy(self, remedy: str) -> "Failure":
        """Returns the same failure with another remedy; "" = none."""
        return Failure(self.message, self.status, self.error, remedy)


def other_version() -> Failure:
    """Returns the failure of a call whose member or answer the daemon does not know."""
    message = "the scrobblerd that runs does not know this: it is of another version"
    return Failure(message, remedy="systemctl --user restart scrobblerd")


def bus_gone() -> Failure:
    """Returns the failure of a call while the bus is not there any more."""
    return Failure("the session bus has gone", Exit.NOT_RUNNING)


def of_reply(error: str, message: str) -> Failure:
    """Returns the failure for a D-Bus error: its name, and the text that came with it."""
    if error.startswith(f"{SCROBBLER_ERROR}."):
        needs_login = error in (NOT_AUTHENTICATED, AUTH_PENDING, NOT_CONFIGURED)
        return Failure(message, Exit.NOT_LOGGED_IN if needs_login else Exit.FAILED, error)
    name = error.removeprefix(f"{DBUS}.Error.")
    if name in ("UnknownMethod", "UnknownProperty", "InvalidArgs"):
        return other_version()
    if is_failed_start(error) or ".systemd1." in error:
        return _not_running(f"scrobblerd does not start ({message})")
    if name in _ABSENT:
        from ..installation import installation  # noqa: PLC0415 # seldom needed

        message = "scrobblerd is not running, and the session bus can't start it"
        return _not_running(message, installation().to_serve())
    if name in _NOT_RUNNING:
        return _not_running(*_NOT_RUNNING[name])
    return Failure(f"the call failed: {message or error}")


def is_failed_start(error: str) -> bool:
    """Returns whether the bus tried to start the daemon, and could not."""
    return ".Spawn." in error


_LOG = "journalctl --user -u scrobblerd says why"
_ABSENT = ("ServiceUnknown", "NameHasNoOwner")
_NOT_RUNNING = {
    "NoReply": ("scrobblerd ended before it answered", _LOG),
    "TimedOut": ("scrobblerd does not start", _LOG),
}
"""Message and remedy for errors of the bus if the daemon does not run."""


def _not_running(message: str, remedy: str = _LOG) -> Failure:
    return Failure(message, Exit.NOT_RUNNING, remedy=remedy)
