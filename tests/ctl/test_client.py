"""scrobblerctl and the bus: none, one that can start the daemon, and whoever else answers there."""

import signal
import socket
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import ReplyError, ask_bus
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_PATH
from tests.support.daemon_bench import Bench, running
from tests.support.scrobblerctl import (
    NASTY,
    Running,
    Stage,
    document,
    refused,
    said,
)
from tests.support.waiting import TIMEOUT_SECONDS, until

NEEDS_A_DAEMON = [
    line.split()
    for line in (
        *("status", "status --json", "now", "now --json", "history", "explain", "queue"),
        *("queue retry", "queue drop -y 1", "queue edit 1 --track x", "queue export"),
        *("queue claim me", "love", "unlove a b", "loved", "loved import", "loved unmatched"),
        *("library scan", "players", "skip", "pause", "resume", "test-filter a b", "settings"),
        *("reload", "settings enabled on", "login", "logout", "stats", "stats --json"),
    )
]


@contextmanager
def on_a_bus(home: Path, run: str = "") -> Generator[Bench]:
    """A bus on which nothing runs, but where `run` is what starts the daemon."""
    services = home / "services"
    services.mkdir()
    if run:
        words = f"[D-BUS Service]\nName={SCROBBLER}\nExec={run}\n"
        (services / f"{SCROBBLER}.service").write_text(words)
    with PrivateBus([services]) as bus, StandIn() as lastfm:
        yield Bench(bus, lastfm, Daemon(bus, lastfm, home))


def started_by_the_bus(home: Path) -> str:
    """What a D-Bus service file says to start the daemon of this home."""
    nowhere = "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent"
    return f"/usr/bin/env HOME={home} {nowhere} {sys.executable} -m scrobblerd"


# -- no bus ---------------------------------------------------------------------------------------


def test_without_a_bus_that_is_said_in_one_line(tmp_path: Path) -> None:
    nowhere = tmp_path / "bus"
    with on_a_bus(tmp_path) as bench:
        for address in (
            *("", "nonsense", "unix:", "unix:path=", f"unix:path={nowhere}", "autolaunch:"),
            *("tcp:host=127.0.0.1,port=none", f"unix:path={NASTY}", f"unix:path={tmp_path}"),
        ):
            words = refused(bench, 3, "status", env={"DBUS_SESSION_BUS_ADDRESS": address})
            assert words.startswith("scrobblerctl: there is no session bus to connect to")


def test_a_bus_that_hangs_up_is_no_bus(tmp_path: Path) -> None:
    with (
        on_a_bus(tmp_path) as bench,
        listening(tmp_path) as (address, bus),
        Running(bench, "status", columns=None, env=address) as status,
    ):
        bus.accept()[0].close()
        status.expect("there is no session bus to connect to")
        assert status.ended() == 3


def test_a_bus_that_says_nothing_can_be_given_up(tmp_path: Path) -> None:
    with (
        on_a_bus(tmp_path) as bench,
        listening(tmp_path) as (address, bus),
        Running(bench, "status", columns=None, env=address) as status,
        bus.accept()[0] as connection,
    ):
        assert connection.recv(1) == b"\x00"
        status.process.send_signal(signal.SIGINT)
        assert status.ended() == 130


@contextmanager
def listening(home: Path) -> Generator[tuple[dict[str, str], socket.socket]]:
    """Something that listens as a bus would, and says nothing by itself."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(home / "socket"))
        bus.listen()
        yield {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={home / 'socket'}"}, bus


# -- no daemon ------------------------------------------------------------------------------------


def test_where_nothing_can_start_the_daemon_every_command_says_so(tmp_path: Path) -> None:
    with on_a_bus(tmp_path) as bench:
        for arguments in NEEDS_A_DAEMON:
            words = refused(bench, 3, *arguments)
            assert "is not running, and the session bus can't start it" in words


def test_a_call_starts_a_daemon_that_the_bus_can_start(tmp_path: Path) -> None:
    with on_a_bus(tmp_path, started_by_the_bus(tmp_path)) as bench:
        assert said(bench, "settings", "configured") == "on\n"
        assert document(bench, "status")["players"] == []


def test_a_daemon_that_ends_before_it_answers_does_not_start(tmp_path: Path) -> None:
    with on_a_bus(tmp_path, started_by_the_bus(tmp_path)) as bench:
        bench.daemon.config_path.write_text("[scrobble]\nsettel_ms = 5\n")
        words = refused(bench, 3, "status")
        assert words.startswith("scrobblerctl: scrobblerd does not start: ")
        assert "did you mean settle_ms" in words
        bench.daemon.config_path.unlink()
        bench.daemon.state.parent.mkdir(parents=True)
        bench.daemon.state.write_text("no folder")
        words = refused(bench, 3, "status")
        assert words.startswith("scrobblerctl: scrobblerd does not start (")
        assert "journalctl --user -u scrobblerd says why" in words


def test_while_the_bus_waits_for_a_daemon_that_has_failed_what_is_wrong_is_said(
    tmp_path: Path,
) -> None:
    script = tmp_path / "failed"
    script.write_text("#!/bin/sh\nexec sleep 100\n")  # as a bus sees a unit that has failed
    script.chmod(0o755)
    with on_a_bus(tmp_path, str(script)) as bench:
        bench.daemon.config_path.write_text("[scrobble]\nsettel_ms = 5\n")
        assert "did you mean settle_ms" in refused(bench, 3, "settings")


def test_a_daemon_that_is_not_installed_does_not_start(tmp_path: Path) -> None:
    with on_a_bus(tmp_path, "/nonexistent/scrobblerd") as bench:
        assert "scrobblerd does not start (" in refused(bench, 3, "status")
        assert "scrobblerd does not start (" in refused(bench, 3, "now", "--json")


def test_a_daemon_that_does_not_get_ready_can_be_given_up(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    script = tmp_path / "hangs"
    script.write_text(f"#!/bin/sh\n: >{begun}\nexec sleep 100\n")
    script.chmod(0o755)
    with on_a_bus(tmp_path, str(script)) as bench, Running(bench, "status") as status:
        until(begun.exists)
        status.press("^C")
        assert status.ended() == 130


# -- a daemon that goes ---------------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["daemon", "bus"])
def test_what_goes_in_the_middle_of_a_call_is_told(tmp_path: Path, gone: str) -> None:
    with running(tmp_path) as bench:
        bench.lastfm.misbehave(Behaviour.slow(60), method="user.getLovedTracks")
        with Running(bench, "loved", "import", columns=None) as importing:
            assert bench.lastfm.wait_for(lambda seen: bool(seen.requests), TIMEOUT_SECONDS)
            if gone == "daemon":
                bench.daemon.kill()
                importing.expect("scrobblerctl: scrobblerd ended before it answered; ")
            else:
                bench.bus.stop()
                importing.expect("scrobblerctl: the session bus has gone\n")
            assert importing.ended() == 3
            assert importing.heard.count("\n") == 1
        bench.lastfm.release()


def test_at_a_terminal_it_is_told_that_an_answer_takes_long(tmp_path: Path) -> None:
    with running(tmp_path) as bench:
        bench.lastfm.misbehave(Behaviour.slow(60), method="user.getInfo")
        with Running(bench, "doctor") as doctor:
            doctor.expect("Waiting for scrobblerd, which may wait for Last.fm")
            assert bench.lastfm.wait_for(lambda seen: bool(seen.requests), TIMEOUT_SECONDS)
            bench.lastfm.release()
            doctor.expect("server")
            assert doctor.ended() == 1  # nothing starts this daemon


def test_a_daemon_that_is_asked_to_its_end_ends_all_the_same(tmp_path: Path) -> None:
    async def ask(scrobbler: Scrobbler) -> None:
        with suppress(ReplyError):
            while True:
                await scrobbler.call("GetQueueStatus")

    with running(tmp_path) as bench, Stage(bench) as stage:
        asking = [stage.begin(ask(stage.scrobbler)) for _ in range(20)]
        said(bench, "status")
        assert bench.daemon.stop() == 0
        for one in asking:
            one.result(TIMEOUT_SECONDS)


# -- somebody else's answers ----------------------------------------------------------------------

PLAYING = {
    "player": "demo",
    "status": "Playing",
    "artist": NASTY,
    "title": NASTY,
    "album": "",
    "start": 2**62,
    "length": float("inf"),
    "needed": float("nan"),
    "heard": float("-inf"),
    "rate": float("nan"),
    "as_of": -(2**62),
    "verdict": "pondered_over",
}
"""What no daemon of ours says of a player."""
TYPES = {str: "s", int: "x", float: "d", bool: "b"}


def variants(values: dict[str, Any]) -> dict[str, Variant]:
    """Values as D-Bus has them."""
    return {name: Variant(TYPES[type(value)], value) for name, value in values.items()}


@contextmanager
def answering(bench: Bench, answers: Mapping[str, tuple[str, list[Any]]]) -> Generator[None]:
    """Somebody who has the daemon's name, and answers these calls only."""

    def answer(call: Message) -> Message | None:
        if call.path != SCROBBLER_PATH or not call.member:
            return None
        if call.member in answers:
            return Message.new_method_return(call, *answers[call.member])
        return Message.new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", NASTY)

    with Stage(bench) as stage:
        stage.do(ask_bus(stage.bus, "RequestName", "su", SCROBBLER, 4))
        stage.bus.add_message_handler(answer)
        yield
        stage.bus.remove_message_handler(answer)


def properties(**values: Variant) -> dict[str, tuple[str, list[Any]]]:
    """The answer of GetAll."""
    return {"GetAll": ("a{sv}", [values])}


def test_a_daemon_that_lacks_a_member_is_of_another_version(tmp_path: Path) -> None:
    asleep = properties(Version=Variant("s", "9.9"), Current=Variant("aa{sv}", []))
    nothing = ("a{sv}", [dict[str, Variant]()])
    with on_a_bus(tmp_path) as bench:
        for answers in (
            {},
            asleep,
            properties(),
            {"GetSettings": nothing, "GetQueueStatus": nothing, **asleep},
        ):
            with answering(bench, answers):
                for arguments in (("status",), ("status", "--json"), ("history",)):
                    assert "is of another version" in refused(bench, 1, *arguments)
                words = said(bench, "doctor", status=1)
                assert "another version" in words or "but this command is" in words


def test_odd_numbers_and_words_are_shown_all_the_same(tmp_path: Path) -> None:
    current = properties(Current=Variant("aa{sv}", [variants(PLAYING)]))
    play = PLAYING | {"id": 7, "reason": f"{NASTY}\n", "heard": float("inf")}
    logged_in = {"authenticated": Variant("b", True), "configured": Variant("b", True)}
    history = {
        "GetHistory": ("aa{sv}", [[variants(play)]]),
        "GetPlay": ("a{sv}", [variants(play)]),
        "Explain": ("s", [NASTY]),
        "GetOutcomes": ("aa{sv}", [list[dict[str, Variant]]()]),
        "GetSettings": ("a{sv}", [logged_in]),
    }
    with on_a_bus(tmp_path) as bench, answering(bench, current | history):
        for arguments in (("now",), ("history",), ("explain",)):
            assert "[red]x[/red]" in said(bench, *arguments)
            document(bench, *arguments)
        assert document(bench, "history")[0]["length"] == 0.0


def test_an_error_of_many_lines_is_one_line(tmp_path: Path) -> None:
    with on_a_bus(tmp_path) as bench, Stage(bench) as stage:

        def answer(call: Message) -> Message | None:
            ours = call.path == SCROBBLER_PATH and call.interface in (SCROBBLER, PROPERTIES)
            error = "org.scrobblerd.Error.Service"
            return Message.new_error(call, error, f"{NASTY}\n\n{NASTY}") if ours else None

        stage.do(ask_bus(stage.bus, "RequestName", "su", SCROBBLER, 4))
        stage.bus.add_message_handler(answer)
        assert refused(bench, 1, "status").count("[red]x[/red]") == 2
        assert refused(bench, 1, "queue", "--json").count("[red]x[/red]") == 2


def test_a_doctor_of_another_version_says_so(tmp_path: Path) -> None:
    answers = properties(Version=Variant("s", f"9.9{NASTY}"))
    with on_a_bus(tmp_path) as bench, answering(bench, answers | {"Diagnose": ("aa{sv}", [[]])}):
        words = said(bench, "doctor", status=1)
    assert "systemctl --user restart scrobblerd" in words
