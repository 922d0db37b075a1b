"""scrobblerctl import: other programs' history, once, however often a file is imported."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.history_files.writing import WRITERS
from tests.support.daemon_bench import Bench
from tests.support.rows import put
from tests.support.scrobblerctl import CTL, QUICK, document, environment, refused, said
from tests.support.waiting import until

DAEMON = {"tables": QUICK}
START = 1_609_409_472


def log(
    path: Path, number: int = 3, zone: str = "UTC", apart: int = 300, start: int = START
) -> Path:
    """A log of plays, `apart` seconds from one to the next, and of one that was skipped."""
    line = "Mira Holt\tTidewater\tT{}\t\t215\tL\t{}\t\n"
    lines = [line.format(n, start + apart * n) for n in range(number)]
    lines.append(f"Mira Holt\tTidewater\tMoss\t\t215\tS\t{START}\t\n")
    path.write_text(f"#AUDIOSCROBBLER/1.1\n#TZ/{zone}\n" + "".join(lines), encoding="utf-8")
    return path


def tracks(bench: Bench) -> list[str]:
    """What the history has, by the starts."""
    return [json.loads(line)["track"] for line in said(bench, "export").splitlines()]


def figures(report: Any) -> tuple[int, int, int]:
    """How many are new, were known, and wait."""
    return report["added"], report["known"], report["queued"]


def test_a_file_is_imported_once(bench: Bench, tmp_path: Path) -> None:
    path = str(log(tmp_path / "a.log"))
    words = said(bench, "import", path, env={"TZ": "UTC"})
    assert words == (
        f"{path}, line 6 was skipped\n3  plays added to your history\n1  left out: it was skipped\n"
        "The first play began 2020-12-31 10:11, the last one 2020-12-31 10:21.\n"
    )
    assert tracks(bench) == ["T0", "T1", "T2"]
    again = document(bench, "import", path)
    assert figures(again) == (0, 3, 0)
    [left_out] = again["left_out"]
    assert (left_out["line"], left_out["reason"]) == (6, "skipped")
    assert tracks(bench) == ["T0", "T1", "T2"]
    assert (
        said(bench, "explain", "1", env={"TZ": "UTC"})
        .strip()
        .endswith(
            "T0 by Mira Holt, 2020-12-31 10:11:12: counted: imported from a file of a portable"
            " player. It is in the history only, and was not to be sent."
        )
    )
    assert "  3:35   imported  T2 by Mira Holt" in said(bench, "history")  # nobody knows more
    statistics = document(bench, "stats", "--since", "all")
    assert (statistics["counted"], statistics["heard"]) == (3, 3 * 215)
    assert [each["heard"] for each in statistics["tracks"]] == [215] * 3
    assert "Nothing" in said(bench, "queue") or "empty" in said(bench, "queue")


def test_a_trial_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    path = str(log(tmp_path / "a.log"))
    assert "3  plays would be added" in said(bench, "import", "--dry-run", path)
    assert tracks(bench) == []


def test_a_trial_of_several_files_has_the_figures_of_the_import(
    bench: Bench, tmp_path: Path
) -> None:
    first, other = str(log(tmp_path / "a.log")), tmp_path / "lastfm.csv"
    rows = [("t0", "31 Dec 2020, 10:11"), ("t1", "31 Dec 2020, 10:16"), ("t9", "1 Jan 2021, 10:00")]
    other.write_text("".join(f'mira holt,,{name},"{time}"\n' for name, time in rows))
    paths = first, str(other), first
    words = said(bench, "import", "--dry-run", *paths)
    assert "4  plays would be added to your history\n5  plays that were there already\n" in words
    trial = document(bench, "import", "--dry-run", *paths)
    assert (figures(trial), trial["plays"]) == ((4, 5, 0), 9)
    assert document(bench, "import", *paths) == trial
    assert document(bench, "import", "--dry-run", *paths) | {"added": 4, "known": 5} == trial


def test_one_of_a_kind_is_named_so(bench: Bench, tmp_path: Path) -> None:
    path = str(log(tmp_path / "a.log", 1, start=int(time.time()) - 3600))
    words = said(bench, "import", path, "--to", "lastfm")
    assert "1  play added to your history\n1  play queued for accounts\n" in words
    assert "1  play that was there already\n" in said(bench, "import", "--dry-run", path)


def test_an_odd_number_costs_no_play(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "listens.jsonl"
    metadata = {"artist_name": "Mira Holt", "track_name": "Fern"}
    odd = [{"tracknumber": "-3"}, {"duration_ms": -1}, {"tracknumber": 2**40, "duration": 1e300}]
    listens = [
        {"listened_at": START + n, "track_metadata": {**metadata, "additional_info": each}}
        for n, each in enumerate(odd)
    ]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in listens), encoding="utf-8")
    assert figures(document(bench, "import", str(path))) == (3, 0, 0)


def test_what_was_heard_here_is_not_doubled(bench: Bench, tmp_path: Path) -> None:
    put(bench.daemon.database, "plays", {"title": "T1", "start": START + 300 - 90})
    assert figures(document(bench, "import", str(log(tmp_path / "a.log")))) == (2, 1, 0)


def test_another_file_with_other_seconds_has_the_same_plays(bench: Bench, tmp_path: Path) -> None:
    said(bench, "import", str(log(tmp_path / "a.log")))
    other = tmp_path / "lastfm.csv"
    other.write_text('mira holt,Tidewater,t0,"31 Dec 2020, 10:11"\n', encoding="utf-8")
    assert figures(document(bench, "import", str(other))) == (0, 1, 0)


def test_tables_of_two_programs_have_the_same_plays(bench: Bench, tmp_path: Path) -> None:
    minutes, seconds = tmp_path / "lastfm-to-csv.csv", tmp_path / "ghan.csv"
    minutes.write_text('Mira Holt,Tidewater,T0,"31 Dec 2020, 10:11"\n', encoding="utf-8")
    row = f'"{START}","31 Dec 2020, 10:11","Mira Holt","","Tidewater","","T0",""\n'
    heading = "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
    seconds.write_text(heading + row, encoding="utf-8")
    assert figures(document(bench, "import", str(minutes))) == (1, 0, 0)
    assert figures(document(bench, "import", str(seconds))) == (0, 1, 0)
    assert "from a file of Last.fm's kind." in said(bench, "explain", "1")


def test_what_is_exported_is_imported_without_a_loss(bench: Bench, tmp_path: Path) -> None:
    plays = [
        Scrobble("Mira Holt", f"T{n}", START + 300 * n, "=Tide", duration=215) for n in range(120)
    ]
    path = tmp_path / "plays.jsonl"
    path.write_text("".join(map(WRITERS["jsonl"].line, plays)), encoding="utf-8")
    assert figures(document(bench, "import", str(path))) == (120, 0, 0)
    for kind in ("csv", "jsonl"):
        again = said(bench, "export", "--format", kind)
        assert again.count("\n") == 120 + (kind == "csv")
    assert said(bench, "export") == path.read_text(encoding="utf-8")


def test_plays_go_to_accounts_that_take_them(bench: Bench, tmp_path: Path) -> None:
    path = str(log(tmp_path / "a.log", 2))
    report = document(bench, "import", path, "--to", "lastfm")
    assert figures(report) == (2, 0, 0)
    old = [each for each in report["left_out"] if each["reason"] == "too_old"]
    assert [(each["line"], each["account"]) for each in old] == [(3, "lastfm"), (4, "lastfm")]
    assert "there is no account 'none'" in refused(bench, 1, "import", path, "--to", "none")


def test_accounts_and_files_may_come_in_any_order(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.log", "plays"):
        log(Path(name), 2)
    for words in (
        ("--to", "lastfm", "a.log"),
        ("a.log", "--to", "lastfm"),
        ("--to", "lastfm", "--to", "lastfm", "./plays"),
        ("--to", "lastfm,lastfm", "--dry-run", "plays"),
        ("--to", "lastfm", "plays"),
        ("a.log", "--to", "lastfm", "lastfm"),
    ):
        report = document(bench, "import", *words)
        assert {each["account"] for each in report["left_out"]} == {"lastfm", ""}
    assert tracks(bench) == ["T0", "T1"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("x.log", "--to", "a.log"), "'a.log' is a file: write --to ACCOUNT FILE"),
        (("a.log", "--to", "Some/one"), "'Some/one' is no name of an account"),
        (("a.log", "--to", ""), "'' is no name of an account"),
        (("--to", "lastfm"), "arguments are required: FILE"),
    ],
)
def test_a_file_in_the_place_of_an_account_is_told(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    log(Path("a.log"))
    assert why in refused(bench, 2, "import", *words)


def test_plays_of_a_player_without_a_clock_are_put_before_a_time(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / ".scrobbler-timeless.log"
    line = "Mira Holt\tTidewater\t{}\t\t200\tL\t0\t\n"
    path.write_text("#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n" + line.format("A") + line.format("B"))
    words = said(bench, "import", str(path))
    assert "line 3 says no time" in words
    assert "--clockless-until" in words
    assert tracks(bench) == []
    ended = ("--clockless-until", "2020-12-31T10:00")
    for figures_then in ((2, 0, 0), (0, 2, 0)):
        report = document(bench, "import", str(path), *ended, env={"TZ": "UTC"})
        assert figures(report) == figures_then
    stamps = [json.loads(each)["timestamp"] for each in said(bench, "export").splitlines()]
    assert stamps == [1_609_408_800 - 400, 1_609_408_800 - 200]


@pytest.mark.parametrize("moment", ["today", "2h", "now", "2999-01-01"])
def test_a_time_that_moves_or_is_to_come_gives_no_play_its_time(bench: Bench, moment: str) -> None:
    words = refused(bench, 2, "import", "a.log", "--clockless-until", moment)
    assert "--clockless-until" in words


def test_spotify_is_judged_by_the_rules_of_config_toml(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "Streaming_History_Audio_2020.json"
    play = {
        "ts": "2020-12-31T10:15:13Z",
        "ms_played": 100_000,
        "master_metadata_track_name": "Fern",
        "master_metadata_album_artist_name": "Mira Holt",
        "reason_end": "fwdbtn",
    }
    path.write_text(json.dumps([play]))
    assert document(bench, "import", "--dry-run", str(path))["added"] == 1
    with bench.daemon.config_path.open("a", encoding="utf-8") as file:
        file.write("\n[players.spotify]\nmaximum_seconds = 101\n")
    assert document(bench, "import", "--dry-run", str(path))["added"] == 0


def test_times_of_a_device_need_a_zone(bench: Bench, tmp_path: Path) -> None:
    path = str(log(tmp_path / "a.log", 1, "UNKNOWN"))
    assert "--timezone" in refused(bench, 1, "import", path)
    said(bench, "import", path, "--timezone", "Europe/Berlin")
    assert json.loads(said(bench, "export"))["timestamp"] == START - 3600
    assert "is no time zone" in refused(bench, 2, "import", path, "--timezone", "Atlantis")


def test_a_file_that_can_not_be_read_to_its_end_changes_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    sound, broken = log(tmp_path / "a.log"), tmp_path / "b.jsonl"
    line = WRITERS["jsonl"].line(Scrobble("A", "B", START))
    broken.write_text(line * 200 + "\0" * 512 + "\n")
    words = refused(bench, 1, "import", str(sound), str(broken))
    assert "b.jsonl: line 201 has a NUL: it is no text; nothing was imported" in words
    assert tracks(bench) == []


@pytest.mark.parametrize(("kind", "unit"), [("lines", "line"), ("list", "entry")])
def test_of_a_file_that_was_broken_off_the_rest_is_added_when_it_is_whole(
    bench: Bench, tmp_path: Path, kind: str, unit: str
) -> None:
    entries = [
        {"listened_at": START + 300 * n, "track_metadata": {"artist_name": "Möss", "track_name": t}}
        for n, t in enumerate(("T0", "T1", "T2"))
    ]
    lines = "".join(f"{json.dumps(each)}\n" for each in entries)
    whole = lines if kind == "lines" else json.dumps(entries)
    path = tmp_path / "listens.json"
    path.write_text(whole[:-20], encoding="utf-8")
    trial = document(bench, "import", "--dry-run", str(path))
    assert document(bench, "import", str(path)) == trial
    assert figures(trial) == (2, 0, 0)
    [cut] = trial["left_out"]
    assert (cut[unit], cut["reason"]) == (3, "cut_off")
    words = said(bench, "import", str(path))
    assert f"{path}, {unit} 3 is not whole, or missing: the file ends in the middle\n" in words
    assert "Get a file that is cut off again: its import adds what is missing.\n" in words
    path.write_text(whole, encoding="utf-8")
    report = document(bench, "import", str(path))
    assert (figures(report), report["left_out"]) == ((1, 2, 0), [])
    assert tracks(bench) == ["T0", "T1", "T2"]


@pytest.mark.parametrize(
    ("words", "seconds"),
    [(("--shift=-1h",), -3600), (("--shift", "-1d"), -86400), (("--shift", "1h30m"), 5400)],
)
def test_a_clock_that_was_wrong_is_put_right(
    bench: Bench, tmp_path: Path, words: tuple[str, ...], seconds: int
) -> None:
    path = str(log(tmp_path / "a.log", zone="UNKNOWN"))
    command = ("import", path, "--timezone", "Europe/Berlin", *words)
    first = START - 3600 + seconds
    span = {"first": first, "last": first + 600}
    trial = document(bench, *command, "--dry-run")
    assert (figures(trial), tracks(bench)) == ((3, 0, 0), [])
    assert trial | span == trial
    assert document(bench, *command) == trial
    stamps = [json.loads(line)["timestamp"] for line in said(bench, "export").splitlines()]
    assert stamps == [first, first + 300, first + 600]
    again = document(bench, *command)
    assert (figures(again), again | span) == ((0, 3, 0), again)
    assert figures(document(bench, *command, "--dry-run")) == (0, 3, 0)


def test_plays_that_a_shift_puts_into_the_future_are_left_out(bench: Bench, tmp_path: Path) -> None:
    began = int(time.time()) - 7200
    path = str(log(tmp_path / "a.log", start=began, apart=3000))
    for more in (("--dry-run",), ()):
        report = document(bench, "import", path, "--shift", "1h30m", *more)
        assert figures(report) == (1, 0, 0)
        reasons = [(each["line"], each["reason"]) for each in report["left_out"]]
        assert sorted(reasons) == [(4, "future"), (5, "future"), (6, "skipped")]
        assert (report["first"], report["last"]) == (began + 5400, began + 5400 + 6000)
    assert tracks(bench) == ["T0"]


def test_files_without_plays_have_no_first_and_no_last(bench: Bench, tmp_path: Path) -> None:
    path = str(log(tmp_path / "a.log", 0))
    report = document(bench, "import", path)
    assert (report["first"], report["last"]) == (None, None)
    assert "began" not in said(bench, "import", path)


@pytest.mark.parametrize("given", ["0", "--1h", "1x", "-", "an hour", ""])
def test_what_is_no_duration_shifts_nothing(bench: Bench, given: str) -> None:
    assert "is no duration" in refused(bench, 2, "import", "a.log", f"--shift={given}")


def test_times_that_the_user_gives_are_not_shifted(bench: Bench, tmp_path: Path) -> None:
    path = log(tmp_path / "a.log", 1)
    with path.open("a", encoding="utf-8") as file:
        file.write("Mira Holt\tTidewater\tNo Clock\t\t200\tL\t0\t\n")
    options = ("--shift", "1h", "--clockless-until", "2021-01-31T10:00")
    said(bench, "import", str(path), *options, env={"TZ": "UTC"})
    stamps = [json.loads(line)["timestamp"] for line in said(bench, "export").splitlines()]
    assert stamps == [START + 3600, 1_612_087_200 - 200]


def test_an_import_that_is_interrupted_says_so(bench: Bench, tmp_path: Path) -> None:
    began = int(time.time()) - 9 * 86400
    path = log(tmp_path / "a.log", MANY, apart=190, start=began)
    command = [*CTL, "import", str(path)]
    first = subprocess.Popen(command, env=environment(bench), stderr=subprocess.PIPE, text=True)
    until(lambda: bench.daemon.rows("SELECT count(*) FROM plays") >= [(MANY // 10,)])
    first.send_signal(signal.SIGINT)
    _, told = first.communicate()
    assert first.returncode == 130
    assert "were added before it ended; the same command adds the rest" in told
    assert document(bench, "import", str(path))["plays"] == MANY


MANY = 4000
"""Plays of an import that is killed on its way, which takes a second or more."""


@pytest.mark.parametrize("killed", ["command", "daemon", "both"])
def test_an_import_that_is_killed_is_finished_by_the_next(
    bench: Bench, tmp_path: Path, killed: str
) -> None:
    began = int(time.time()) - 9 * 86400
    path = log(tmp_path / "a.log", MANY, apart=190, start=began)
    words = ["import", str(path), "--to", "lastfm"]
    first = subprocess.Popen([*CTL, *words], env=environment(bench), stderr=subprocess.DEVNULL)
    until(lambda: bench.daemon.rows("SELECT count(*) FROM plays") >= [(MANY // 10,)])
    if killed != "command":
        bench.daemon.kill()
    if killed != "daemon":
        first.kill()
    assert first.wait() != 0
    [(plays, rows)] = bench.daemon.rows(BOTH)
    assert 0 < plays < MANY
    assert rows == 2 * plays
    if killed != "command":
        bench.daemon.start()
    report = document(bench, *words)
    assert report["known"] >= plays
    assert figures(report) == (MANY - report["known"], report["known"], report["added"])
    assert bench.daemon.rows(BOTH) == [(MANY, 2 * MANY)]
    each_once = "SELECT count(DISTINCT start), count(DISTINCT title) FROM plays"
    assert bench.daemon.rows(each_once) == [(MANY, MANY)]
    assert figures(document(bench, *words)) == (0, MANY, 0)
    assert bench.daemon.rows("SELECT sum(play_count) FROM library") == [(MANY,)]


BOTH = """
SELECT (SELECT count(*) FROM plays), count(DISTINCT play_id) + count(*) FROM scrobble_queue
WHERE origin = 'import'"""
"""How many plays there are, and twice as many rows if each has one."""
