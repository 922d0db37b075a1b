"""scrobblerctl love, unlove, loved, library: loved tracks, and the music they belong to."""

import csv
import io
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from lab.lastfm import Behaviour
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_service import Feedback, Listen
from tests.support.ctl_accounts import Home
from tests.support.daemon_bench import USER, Bench, running
from tests.support.loves import loved
from tests.support.music_files import plain
from tests.support.rows import put
from tests.support.scrobblerctl import (
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    Stage,
    ctl,
    document,
    parsed,
    refused,
    said,
)
from tests.support.waiting import TIMEOUT_SECONDS

IMPORTED = {"total", "imported", "already_loved", "not_in_library"}
SCANNED = {
    *("files", "added", "changed", "unchanged", "removed", "untagged", "unreadable"),
    "unreadable_files",
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A daemon that knows a music folder."""
    (tmp_path / "Müsic").mkdir()
    tables = {**QUICK, "library": {"folders": ["~/Müsic"]}}
    with running(tmp_path, tables=tables) as running_bench:
        running_bench.lastfm.page_size_max = 50
        yield running_bench


# -- love and unlove ------------------------------------------------------------------------------


def test_a_track_is_loved_and_not_any_more(bench: Bench) -> None:
    assert said(bench, "love", "Mira Holt", "Fern") == "Loved: Fern by Mira Holt\n"
    assert loved(bench.lastfm) == [("Mira Holt", "Fern")]
    assert said(bench, "unlove", "Mira Holt", "Fern") == "Unloved: Fern by Mira Holt\n"
    assert loved(bench.lastfm) == []


def test_what_plays_now_is_loved(bench: Bench, stage: Stage) -> None:
    assert "nothing with a title and an artist is playing" in refused(bench, 1, "love")
    stage.plays(NASTY, "Mira Holt")
    words = said(bench, "love")
    assert words.startswith("Loved: ")
    assert HARMLESS in words
    assert [artist for artist, _title in loved(bench.lastfm)] == ["Mira Holt"]
    assert said(bench, "unlove").startswith("Unloved: ")
    assert loved(bench.lastfm) == []


def test_one_key_loves_what_plays_and_takes_it_back(bench: Bench, stage: Stage) -> None:
    assert "nothing with a title" in refused(bench, 1, "love", "--toggle")
    stage.plays("Fern")
    assert said(bench, "now") == "Mira Holt – Fern\n"
    assert said(bench, "love", "--toggle") == "Loved: Fern by Mira Holt\n"
    assert loved(bench.lastfm) == [("Mira Holt", "Fern")]
    stage.until(lambda: stage.current()["loved"])
    assert said(bench, "now") == "Mira Holt – Fern ♥\n"
    assert "Fern by Mira Holt ♥" in said(bench, "status")
    assert document(bench, "status")["players"][0]["loved"] is True
    shown = document(bench, "now")
    assert (shown["tooltip"], shown["alt"]) == ("Fern ♥\nMira Holt", "playing")
    assert shown["class"] == ["playing", "loved"]
    bench.lastfm.stop()
    words = said(bench, "love", "--toggle")
    assert words.startswith("queued: unlove Fern by Mira Holt: ")
    stage.until(lambda: not stage.current()["loved"])
    assert "♥" not in said(bench, "now") + said(bench, "status")
    assert document(bench, "now")["class"] == "playing"


def test_what_is_toggled_is_what_plays(bench: Bench) -> None:
    assert "leave out the names" in refused(bench, 2, "love", "--toggle", "Mira Holt", "Fern")


def test_a_toggle_that_last_fm_refuses_is_a_failure(bench: Bench, stage: Stage) -> None:
    stage.plays("Fern")
    bench.lastfm.misbehave(Behaviour.error(6, NASTY), method="track.love")
    words = said(bench, "love", "--toggle", status=1)
    assert words.startswith("rejected: love Fern by Mira Holt: ")
    assert HARMLESS in words


def test_a_love_that_cannot_be_sent_waits(bench: Bench) -> None:
    bench.lastfm.stop()
    words = said(bench, "love", NASTY, NASTY)
    assert words.startswith("queued: ")
    assert words.count(HARMLESS) == 2
    assert "can't be reached" in words
    said(bench, "logout")
    words = said(bench, "love", "Mira Holt", "Fern")
    assert words == "queued: Fern by Mira Holt: nobody is logged in; run scrobblerctl login\n"
    words = refused(bench, 4, "loved", "import")
    assert words == "scrobblerctl: nobody is logged in; run scrobblerctl login\n"


def test_a_love_that_last_fm_refuses_is_a_failure(bench: Bench) -> None:
    bench.lastfm.misbehave(Behaviour.error(6, NASTY), method="track.love")
    words = said(bench, "love", "Mira Holt", "Fern", status=1)
    assert words.startswith("rejected: Fern by Mira Holt: ")
    assert HARMLESS in words


# -- loved ----------------------------------------------------------------------------------------


def test_with_nothing_loved_there_is_nothing_to_show(bench: Bench) -> None:
    assert (
        said(bench, "loved")
        == "No loved track is known yet; scrobblerctl loved import reads those of Last.fm\n"
    )
    assert document(bench, "loved", "list") == []
    assert said(bench, "loved", "unmatched") == ("All known loved tracks are in the library\n")
    assert document(bench, "loved", "unmatched") == []
    assert parsed(said(bench, "loved", "export")) == []
    assert said(bench, "loved", "export", "--format", "m3u8") == "#EXTM3U\n"
    assert said(bench, "loved", "export", "--format", "csv").count("\n") == 1
    assert said(bench, "loved", "import").split() == ["0", "loved", "at", "Last.fm"]


def test_loved_tracks_are_imported_listed_and_exported(bench: Bench, tmp_path: Path) -> None:
    put(bench.daemon.database, "library", *({"title": title} for title in ("Fern", "Moss", "Reed")))
    others = [("Mira Holt", "Moss"), (NASTY, NASTY)]
    bench.lastfm.love_many(USER, [("MIRA HOLT", "fern"), *others])
    lines = said(bench, "loved", "import").splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]
    assert lines[2].endswith("not in the library: scrobblerctl loved unmatched")
    found = document(bench, "loved", "import")
    assert found == {"total": 3, "imported": 0, "already_loved": 2, "not_in_library": 1}
    heading, *rows = said(bench, "loved").splitlines()
    assert heading.split() == ["ARTIST", "TRACK"]
    assert sorted(row.split()[-1] for row in rows) == ["Fern", "Moss"]
    assert sorted(one["title"] for one in document(bench, "loved")) == ["Fern", "Moss"]
    heading, row = said(bench, "loved", "unmatched").splitlines()
    assert heading.split() == ["LOVED", "ARTIST", "TRACK"]
    assert row.count(HARMLESS) == 2
    [unmatched] = document(bench, "loved", "unmatched", "-n", "1")
    assert unmatched.keys() == {"artist", "title", "mbid", "loved_at"}
    assert document(bench, "status")["last_import"]["total"] == 3
    file = tmp_path / "loved.csv"
    words = said(bench, "loved", "export", "--format", "csv", str(file))
    assert words == f"Wrote loved tracks as csv to {file}\n"
    titles = {row["title"] for row in csv.DictReader(io.StringIO(file.read_text()))}
    assert titles == {"Fern", "Moss"}
    assert said(bench, "loved", "export", str(file), "--force") == words
    assert "is there already" in refused(bench, 1, "loved", "export", str(file))
    refused(bench, 2, "loved", "export", str(file.with_suffix(".jsonl")))
    refused(bench, 2, "loved", "export", "--format", "m3u8", str(file))
    playlist = file.with_suffix(".m3u8")
    assert said(bench, "loved", "export", str(playlist)).startswith("Wrote loved tracks as m3u8")
    assert playlist.read_text() == "#EXTM3U\n"
    assert sorted(tmp_path.glob("loved.*")) == [file, playlist]


def test_loved_tracks_of_another_account_are_imported_and_told_by_account(home: Home) -> None:
    home.log_in()
    put(home.bench.daemon.database, "library", *({"title": title} for title in ("Fern", "Moss")))
    home.bench.lastfm.love_many(USER, [("Mira Holt", "Moss")])
    said(home.bench, "loved", "import")
    given = Feedback(USER, None, str(uuid4()), 1, 1_790_000_000)
    listen = {"artist_name": "Mira Holt", "track_name": "Fern"}
    home.brainz.listens.append(Listen(USER, 1_790_000_000, listen, given.msid or ""))
    home.brainz.feedback += [given, replace(given, msid=str(uuid4()))]
    lines = said(home.bench, "loved", "import", "brainz").splitlines()
    assert [line.split() for line in lines] == [
        ["2", "loved", "at", "brainz"],
        ["1", "newly", "marked"],
        ["1", "not", "in", "the", "library"],
    ]
    found = document(home.bench, "loved", "import", "brainz")
    assert found == {"total": 2, "imported": 0, "already_loved": 1, "not_in_library": 1}
    tracks = document(home.bench, "loved", "list")
    assert {track["title"]: track["accounts"] for track in tracks} == {
        "Fern": ["brainz"],
        "Moss": ["lastfm"],
    }
    assert "there are lastfm, second, brainz" in refused(home.bench, 1, "loved", "import", "third")
    assert "nobody is logged in" in refused(home.bench, 4, "loved", "import", "second")


def test_a_love_names_the_account_where_it_is_not_the_same(home: Home) -> None:
    home.log_in()
    said(home.bench, "disable", "second")
    assert said(home.bench, "love", "Mira Holt", "Fern") == (
        "Loved: Fern by Mira Holt: loved at Last.fm; at brainz with the next scrobble\n"
    )
    ctl(home.bench, "enable", "second")
    assert said(home.bench, "unlove", "Mira Holt", "Fern") == (
        "Unloved: Fern by Mira Holt: not loved any more at Last.fm;"
        " at second later: nobody is logged in\n"
    )


def test_without_last_fm_a_love_does_not_speak_of_it(tmp_path: Path) -> None:
    with ListenBrainz() as brainz:
        account = {"service": "listenbrainz", "url": brainz.api_url}
        tables = {"accounts": {"brainz": account}}
        with running(tmp_path, tables=tables, login=False, configured=False) as bench:
            said(bench, "login", "brainz", given=brainz.login(USER))
            assert said(bench, "love", "Mira Holt", "Fern") == (
                "queued: Fern by Mira Holt: with the next scrobble\n"
            )


def test_more_loved_tracks_than_a_page_are_listed_once(bench: Bench) -> None:
    titles = [f"T{number:04}" for number in range(1100)]
    put(bench.daemon.database, "library", *({"title": title} for title in titles))
    with Stage(bench) as stage:
        bench.lastfm.page_size_max = 1000
        pairs = [("Mira Holt", title) for title in titles]
        bench.lastfm.love_many(USER, pairs)
        assert stage.call("ImportLovedTracks")["imported"] == 1100
    titles = [one["title"] for one in document(bench, "loved")]
    assert sorted(titles) == sorted(title for _artist, title in pairs)
    assert said(bench, "loved", "export", "--format", "csv").count("\n") == 1101
    assert said(bench, "loved", "export", "--format", "m3u8").count("#EXTM3U") == 1


def test_an_import_shows_on_a_terminal_how_far_it_is(bench: Bench) -> None:
    bench.lastfm.misbehave(Behaviour.error(6, NASTY), method="user.getLovedTracks")
    assert HARMLESS in refused(bench, 1, "loved", "import", "--json")
    bench.lastfm.love_many(USER, [("Mira Holt", f"T{number}") for number in range(120)])
    with Running(bench, "loved", "import") as importing:
        importing.expect("loved tracks")
        importing.expect("not in the library")
        assert importing.ended() == 0


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "bus"])
def test_an_import_goes_on_without_whoever_asked_for_it(bench: Bench, how: str) -> None:
    bench.lastfm.misbehave(Behaviour.slow(60), method="user.getLovedTracks")
    with Running(bench, "loved", "import") as importing:
        importing.expect("loved tracks")
        assert bench.lastfm.wait_for(lambda seen: bool(seen.requests), TIMEOUT_SECONDS)
        if how == "Ctrl-C":
            importing.press("^C")
        elif how == "SIGTERM":
            importing.process.send_signal(signal.SIGTERM)
        else:
            bench.bus.stop()
        assert importing.ended() == {"Ctrl-C": 130, "SIGTERM": 143, "bus": 3}[how]
    bench.lastfm.release()


def test_nonsense_is_refused_and_nothing_is_done(bench: Bench) -> None:
    for name in ("love", "unlove"):
        assert "name artist and track, or neither" in refused(bench, 2, name, "Mira Holt")
        assert "artist: must not be empty" in refused(bench, 1, name, " \n", "Fern")
        refused(bench, 2, name, "Mira Holt", "Fern", "Tidewater")
    assert loved(bench.lastfm) == []


# -- library --------------------------------------------------------------------------------------


def test_a_scan_tells_what_is_new(bench: Bench) -> None:
    music = bench.daemon.home / "Müsic"
    assert said(bench, "library", "scan").split() == ["0", "files"]
    for title in ("Fern", "Moss"):
        plain(music / f"{title}.mp3", title=title)
    (music / "broken\n\x1b[31m.mp3").write_bytes(b"no")
    ended = ctl(bench, "library", "scan")
    assert ended.returncode == 0
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["3", "3", "1"]
    [line] = ended.stderr.splitlines()
    assert line.startswith("unreadable: /")
    assert "\x1b" not in ended.stderr
    found = document(bench, "library", "scan")
    assert found.keys() == SCANNED
    assert (found["files"], found["unreadable"]) == (3, 1)


def test_a_scan_without_folders_says_what_to_do(tmp_path: Path) -> None:
    with running(tmp_path) as bench:
        assert "[library] folders" in refused(bench, 1, "library", "scan")


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        ([], "there are no music folders: config.toml, [library] folders, names them"),
        (["~/Music", "/media/x"], "the music folders are ~/Music, /media/x"),
    ],
)
def test_a_folder_of_which_nothing_is_known_is_named_and_what_is_known_too(
    tmp_path: Path, folders: list[str], words: str
) -> None:
    with running(tmp_path, tables={"library": {"folders": folders}}) as bench:
        for folder in ("/nowhere", str(tmp_path / "Music")):
            told = refused(bench, 1, "library", "forget", folder)
            assert f"no music file in {folder} is known; {words}\n" in told


def test_the_files_of_an_empty_folder_are_told_and_forgotten_if_asked(
    tmp_path: Path,
) -> None:
    drive = tmp_path / "Music" / "drive"
    drive.mkdir(parents=True)
    plain(drive / "x.mp3")
    with running(tmp_path, tables={"library": {"folders": ["~/Music"]}}) as bench:
        assert document(bench, "library", "scan")["added"] == 1
        (drive / "x.mp3").unlink()
        found = ctl(bench, "library", "scan")
        assert "is a drive not mounted?" in found.stderr
        assert document(bench, "library", "scan")["removed"] == 0
        assert said(bench, "library", "forget", str(drive / ".." / "drive")) == "1 file forgotten\n"
        assert document(bench, "library", "scan")["unreadable"] == 0
