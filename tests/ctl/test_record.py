"""scrobblerctl record: what the players say, in a file for a bug report."""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon_bench import Bench, running
from tests.support.scrobblerctl import NASTY, QUICK, Running, Stage, refused, until


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon and its bus."""
    with running(tmp_path_factory.mktemp("home"), tables=QUICK) as running_bench:
        yield running_bench


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_what_plays_is_recorded_until_it_is_ended(
    bench: Bench, tmp_path: Path, how: signal.Signals, status: int
) -> None:
    trace = tmp_path / "夜 trace.jsonl"
    with Running(bench, "record", str(trace), columns=None) as record, Stage(bench) as stage:
        record.expect(f"Recording the players into {trace}; Ctrl-C ends it.\n")
        stage.plays(f"{how.name} {NASTY}", name=how.name)
        until(lambda: "evil" in trace.read_text())
        record.process.send_signal(how)
        assert record.ended() == status
    assert all(json.loads(line) for line in trace.read_text().strip().split("\n"))
    replayed = bench.run([sys.executable, "-m", "scrobblerd", "replay", str(trace)])
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
