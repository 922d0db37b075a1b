"""The few errors of the program, named by what mends them.

    ScrobblerdError            one line for people: what is wrong, and what to do
    ├── FixTheFile             a file of the user's is wrong          (exit 78)
    ├── AlreadyRunning         the bus name or state folder is taken  (exit 69)
    ├── BusLost                the session bus is not there, or gone  (exit 1)
    ├── StoreFailed            the database can't be read or written
    ├── InvalidArgument        what a caller passed is wrong
    ├── Busy                   the same thing is under way already
    ├── NotConfigured          no API key
    ├── LogIn                  no login, or it is not valid any more
    │   └── AuthPending        the user has not yet approved in the browser
    └── TryLater               nothing wrong here; the same again later will do
        ├── Unreachable        nothing came back, or nothing that could be read
        └── ServiceFailed      the service answered, with an error

No message ever holds a secret, or a character that a terminal obeys.
"""

from .text import for_people

MAX_MESSAGE_CHARACTERS = 1000
"""Characters of an error."""


class ScrobblerdError(Exception):
    """One line for people: what is wrong, and what to do. It may quote a file, a caller or a
    server, and goes to the log, the terminal and the bus."""

    def __str__(self) -> str:
        return for_people(super().__str__(), MAX_MESSAGE_CHARACTERS)


class FixTheFile(ScrobblerdError):
    """A file of the user's is wrong; the message names file, key and remedy."""


class AlreadyRunning(ScrobblerdError):
    """Another scrobblerd owns the bus name or the state folder."""


class BusLost(ScrobblerdError):
    """The session bus is not there, or has gone."""


class StoreFailed(ScrobblerdError):
    """The database can't be opened, read or written."""


class InvalidArgument(ScrobblerdError):
    """What a caller passed is wrong; the message names the field."""


class Busy(ScrobblerdError):
    """The same thing is under way already."""


class NotConfigured(ScrobblerdError):
    """There is no API key."""


class LogIn(ScrobblerdError):
    """There is no login, or it is not valid any more."""


class AuthPending(LogIn):
    """The user has not yet approved the token in the browser."""


class TryLater(ScrobblerdError):
    """Nothing is wrong here; the same again later will do. `wait`: the seconds for which a service
    wants to be left alone, 0 = it did not say."""

    wait = 0.0


class Unreachable(TryLater):
    """Nothing came back from the service, or nothing that could be read."""


class ServiceFailed(TryLater):
    """The service answered, with an error."""
