"""scrobblerctl doctor and record: what is wrong, and what players say, for a bug report."""

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from tests.support.ctl_accounts import Home
from tests.support.daemon_bench import USER, Bench
from tests.support.queue_samples import OTHER, fill
from tests.support.scrobblerctl import (
    NASTY,
    QUICK,
    Running,
    Stage,
    ctl,
    document,
    refused,
    said,
)
from tests.support.waiting import until

DAEMON = {"tables": QUICK}

CHECKS = [
    *("bus", "name", "version", "keys", "login", "server", "queue", "players", "database"),
    *("disk", "clock", "unit", "library"),
]


def service_file(folder: Path) -> Path:
    """A folder with a D-Bus service file by which a bus could start the daemon."""
    folder.mkdir()
    words = "[D-BUS Service]\nName=org.scrobblerd.Scrobbler1\nExec=/bin/false\n"
    (folder / "org.scrobblerd.Scrobbler1.service").write_text(words)
    return folder


def test_doctor_finds_a_healthy_daemon_well(tmp_path: Path) -> None:
    services = service_file(tmp_path / "services")
    with PrivateBus([services]) as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, tmp_path / "home")
        daemon.login(lastfm)
        with daemon:
            bench = Bench(bus, lastfm, daemon)
            words = said(bench, "doctor")
            found = document(bench, "doctor")
    assert [line.split()[1] for line in words.splitlines()] == CHECKS
    assert {line.split()[0] for line in words.splitlines()} == {"ok"}
    assert [one["check"] for one in found] == CHECKS
    assert all(one.keys() == {"check", "ok", "message", "remedy"} for one in found)


def test_doctor_says_what_to_do_in_words_of_this_command(bench: Bench, stage: Stage) -> None:
    bench.lastfm.stop()
    stage.scrobble()
    assert "scrobblerctl queue retry" in said(bench, "doctor", status=1)
    said(bench, "logout")
    words = said(bench, "doctor", status=1)
    ill = {line.split()[1]: line for line in words.splitlines() if line.startswith("FAIL")}
    assert {"name", "login", "server"} <= ill.keys()
    assert "scrobblerctl login" in ill["login"]
    assert "plays are kept until there is a login" in words
    members = ("GetAuthUrl", "CompleteAuth", "RetryQueue", "ListQueue")
    assert not [member for member in members if member in words]
    found = {one["check"]: one for one in document(bench, "doctor", status=1)}
    assert found["server"]["ok"] is False
    assert all(one["remedy"] for one in found.values() if not one["ok"])


def test_doctor_knows_what_to_do_about_a_key_that_is_not_taken(bench: Bench, stage: Stage) -> None:
    bench.lastfm.misbehave(Behaviour.error(10), method="track.scrobble")
    stage.scrobble()
    found = {one["check"]: one for one in document(bench, "doctor", status=1)}
    assert "error 10" in found["keys"]["message"]
    assert "scrobblerctl login --new-key" in found["keys"]["remedy"]
    assert "queue retry" not in found["queue"]["remedy"]
    bench.lastfm.misbehave(Behaviour.error(2), method="track.scrobble")
    said(bench, "queue", "retry", status=1)
    found = {one["check"]: one for one in document(bench, "doctor", status=1)}
    assert found["keys"]["ok"]  # the program is at fault


def test_doctor_tells_that_nothing_runs(bench: Bench) -> None:
    bench.daemon.stop()
    words = said(bench, "doctor", status=3)
    assert words.splitlines()[1].startswith("FAIL  name")
    found = document(bench, "doctor", status=3)
    assert [(one["check"], one["ok"]) for one in found] == [("bus", True), ("name", False)]
    assert found[1]["remedy"].endswith("scrobblerctl service install")
    assert found[1]["message"].endswith("the session bus can't start it")


def test_doctor_shows_no_secret(bench: Bench) -> None:
    shown = json.dumps(document(bench, "doctor", status=1))
    assert not [secret for secret in (API_KEY, API_SECRET) if secret in shown]


# -- other accounts -------------------------------------------------------------------------------


def findings(home: Home) -> dict[str, tuple[bool, str, str]]:
    """What doctor finds of the other accounts."""
    listed = json.loads(ctl(home.bench, "doctor", "--json").stdout)
    return {
        finding["check"].removeprefix("accounts."): (
            finding["ok"],
            finding["message"],
            finding["remedy"],
        )
        for finding in listed
        if finding["check"].startswith("accounts.")
    }


def test_doctor_checks_each_other_account_without_needless_requests(home: Home) -> None:
    said(home.bench, "disable", "second")
    not_in = (False, "ListenBrainz: not logged in", "scrobblerctl login brainz")
    assert findings(home) == {"second": (True, "Last.fm: off", ""), "brainz": not_in}
    assert (home.second.requests, home.brainz.requests) == ([], [])
    home.log_in()
    words = f"logged in as {USER} at ListenBrainz ({home.brainz.api_url})"
    assert findings(home)["brainz"] == (True, words, "")


def test_doctor_hints_at_imports_that_bring_plays_twice(home: Home) -> None:
    def hints() -> list[str]:
        return re.findall(r"^warn  duplicates +(.*)$", ctl(home.bench, "doctor").stdout, re.M)

    home.log_in()
    [hint] = hints()
    assert "ListenBrainz can import from Last.fm, too; plays are there twice then" in hint
    assert "set send_duration = false in [accounts.brainz]" in hint
    table = {"service": "listenbrainz", "url": home.brainz.api_url}
    home.bench.configure(accounts={"brainz": {**table, "send_duration": False}})
    said(home.bench, "reload")
    assert hints() == []
    attic = {"service": "maloja", "url": "http://127.0.0.1:9"}
    home.bench.configure(accounts={"brainz": {**table, "send_duration": False}, "attic": attic})
    said(home.bench, "reload")
    assert hints() == [
        "attic: Maloja can hand plays on; those at lastfm and brainz are there twice then"
        " – see that Maloja does not"
    ]
    said(home.bench, "disable", "attic")
    assert hints() == []


def test_doctor_tells_what_waits_for_an_account(home: Home) -> None:
    home.log_in()
    for _ in ("what plays now", "the play"):
        home.brainz.misbehave(Behaviour.slow(120), method="submit-listens")
    with Stage(home.bench) as stage:
        stage.plays("Slow Harbour")
        assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
        assert findings(home)["brainz"][1].endswith("), 1 waiting")
    home.brainz.release()


def test_doctor_finds_a_login_that_the_server_does_not_take(home: Home) -> None:
    home.log_in()
    del home.brainz.tokens[home.token]
    is_ok, message, remedy = findings(home)["brainz"]
    assert (is_ok, "not valid" in message) == (False, True)
    assert "scrobblerctl logout brainz, and scrobblerctl login brainz" in remedy


def test_doctor_finds_a_server_that_is_away(home: Home) -> None:
    home.log_in()
    home.brainz.stop()
    is_ok, message, _remedy = findings(home)["brainz"]
    assert (is_ok, "can't be reached" in message) == (False, True)


def test_doctor_names_plays_that_wait_for_the_user(bench: Bench) -> None:
    fill(bench.daemon.database)
    lines = ctl(bench, "doctor").stdout.splitlines()
    assert [re.split("  +", line) for line in lines if line.startswith("warn")] == [
        ["warn", "held", f"1 play of another user is held – scrobblerctl queue claim {OTHER}"],
        ["warn", "rejected", "1 play was rejected – scrobblerctl queue --state rejected"],
    ]
    found = {one["check"]: one for one in json.loads(ctl(bench, "doctor", "--json").stdout)}
    assert (found["held"]["ok"], found["rejected"]["ok"]) == (True, True)


def test_doctor_says_at_which_account_plays_are_held(home: Home) -> None:
    fill(home.bench.daemon.database)
    home.bench.daemon.change("UPDATE scrobble_queue SET account_id = 3")
    words = ctl(home.bench, "doctor").stdout
    claim = f"scrobblerctl queue claim {OTHER} --account brainz"
    assert f"1 play of another user is held at brainz – {claim}" in words
    assert "1 play was rejected by brainz – scrobblerctl queue --state rejected" in words


# -- record ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_what_plays_is_recorded_until_it_is_ended(
    shared: Bench, tmp_path: Path, how: signal.Signals, status: int
) -> None:
    trace = tmp_path / "夜 trace.jsonl"
    with Running(shared, "record", str(trace), columns=None) as record, Stage(shared) as stage:
        record.expect(f"Recording the players into {trace}; Ctrl-C ends it.\n")
        stage.plays(f"{how.name} {NASTY}", name=how.name)
        until(lambda: "evil" in trace.read_text())
        record.process.send_signal(how)
        assert record.ended() == status
    assert all(json.loads(line) for line in trace.read_text().strip().split("\n"))
    replayed = shared.run([sys.executable, "-m", "scrobblerd", "replay", str(trace)])
    assert (replayed.returncode, replayed.stderr) == (0, "")


def test_a_recording_needs_a_bus_and_no_daemon(bench: Bench, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert "there is no session bus" in refused(bench, 3, "record", str(trace), env=nowhere)
    assert not trace.exists()
    assert "can't be written" in refused(bench, 1, "record", str(tmp_path / "no" / "trace"))
    assert "can't be written" in refused(bench, 1, "record", str(tmp_path))
    refused(bench, 2, "record")
    bench.daemon.stop()
    with Running(bench, "record", str(trace)) as record:
        record.expect("Ctrl-C ends it.\n")
        record.press("^C")
        assert record.ended() == 0


def test_a_recording_that_is_there_stays_unless_it_may_go(shared: Bench, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text("mine")
    words = refused(shared, 1, "record", str(trace))
    assert words == f"scrobblerctl: {trace} is there already; --force replaces it\n"
    daemon = [sys.executable, "-m", "scrobblerd", "record", str(trace)]
    ended = shared.run(daemon)
    assert (ended.returncode, words.partition(": ")[2] in ended.stderr) == (1, True)
    assert trace.read_text() == "mine"
    with Running(shared, "record", "--force", str(trace), columns=None) as record:
        record.expect("Ctrl-C ends it.\n")
        until(lambda: "header" in trace.read_text())
        record.process.send_signal(signal.SIGINT)
        assert record.ended() == 0
    assert "mine" not in trace.read_text()


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_a_recording_may_go_to_the_output(shared: Bench, name: str) -> None:
    with Running(shared, "record", name, columns=None) as record:
        record.expect("Recording the players into the output; Ctrl-C ends it.\n")
        record.expect('"type": "header"')
        record.process.send_signal(signal.SIGINT)
        assert record.ended() == 0
