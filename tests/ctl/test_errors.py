"""Errors of the bus become one line for people, an exit status, and what to do."""

import pytest

from scrobblerd.ctl import errors
from scrobblerd.ctl.errors import Exit, Failure, is_failed_start, of_reply
from scrobblerd.installation import installation

BUS = "org.freedesktop.DBus.Error."
SERVE = installation().to_serve()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NOT_AUTHENTICATED, Exit.NOT_LOGGED_IN),
        (errors.NOT_CONFIGURED, Exit.NOT_LOGGED_IN),
        (errors.AUTH_PENDING, Exit.NOT_LOGGED_IN),
        (errors.INVALID_ARGUMENT, Exit.FAILED),
        (errors.NETWORK, Exit.FAILED),
        ("org.scrobblerd.Error.Newer", Exit.FAILED),
    ],
)
def test_an_error_of_the_daemon_keeps_its_name_and_words(error: str, status: Exit) -> None:
    failure = of_reply(error, "row 5 was sent already")
    assert (str(failure), failure.status) == ("row 5 was sent already", status)
    assert failure.error == error


@pytest.mark.parametrize(
    ("name", "words", "status"),
    [
        ("ServiceUnknown", f"the session bus can't start it; {SERVE}", Exit.NOT_RUNNING),
        ("NameHasNoOwner", f"the session bus can't start it; {SERVE}", Exit.NOT_RUNNING),
        ("NoReply", "ended before it answered; journalctl", Exit.NOT_RUNNING),
        ("TimedOut", "does not start; journalctl", Exit.NOT_RUNNING),
        ("Spawn.ExecFailed", "does not start (gone); journalctl", Exit.NOT_RUNNING),
        ("UnknownMethod", "another version; systemctl --user restart", Exit.FAILED),
        ("UnknownProperty", "another version; systemctl --user restart", Exit.FAILED),
        ("InvalidArgs", "another version; systemctl --user restart", Exit.FAILED),
        ("LimitsExceeded", "the call failed: gone", Exit.FAILED),
    ],
)
def test_an_error_of_the_bus_is_told_in_our_words(name: str, words: str, status: Exit) -> None:
    failure = of_reply(f"{BUS}{name}", "gone")
    assert words in str(failure)
    assert (failure.status, failure.error) == (status, "")


def test_a_unit_that_systemd_does_not_start_does_not_start() -> None:
    failure = of_reply("org.freedesktop.systemd1.NoSuchUnit", "Unit not found.")
    assert str(failure).startswith("scrobblerd does not start (Unit not found.)")
    assert failure.status is Exit.NOT_RUNNING


def test_an_error_without_words_shows_its_name() -> None:
    assert str(of_reply("org.example.Odd", "")) == "the call failed: org.example.Odd"


def test_a_failed_start_is_seen() -> None:
    assert is_failed_start(f"{BUS}Spawn.ChildExited")
    assert not is_failed_start(f"{BUS}NoReply")


def test_a_remedy_follows_the_message() -> None:
    failure = Failure("nobody is logged in", Exit.NOT_LOGGED_IN, errors.NOT_AUTHENTICATED)
    better = failure.with_remedy("run scrobblerctl login")
    assert str(better) == "nobody is logged in; run scrobblerctl login"
    assert (better.message, better.status, better.error) == (
        failure.message,
        failure.status,
        failure.error,
    )
    assert str(better.with_remedy("")) == "nobody is logged in"
