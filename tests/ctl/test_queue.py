"""scrobblerctl queue: what waits to be scrobbled, and a person's hand on it."""

import csv
import io
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from lab.lastfm import Behaviour
from tests.support.daemon_bench import USER, Bench
from tests.support.rows import put
from tests.support.scrobblerctl import (
    CTL,
    HARMLESS,
    NASTY,
    Running,
    Stage,
    ctl,
    document,
    environment,
    parsed,
    refused,
    said,
)
from tests.support.terminal import Terminal

IGNORED = Behaviour.ignores({0: (1, NASTY)})
ROW = {
    *("id", "play_id", "state", "account", "artist", "track", "album", "album_artist"),
    *("timestamp", "duration", "created_at", "retry_count", "next_attempt", "sent_at"),
    *("answer_code", "last_error", "code", "detail", "account_name", "origin"),
    "player",
}


def filled(bench: Bench) -> Bench:
    """Row 1 was sent, row 2 was ignored by Last.fm, rows 3 and 4 wait; row 4 is an enemy's."""
    with Stage(bench) as stage:
        assert stage.scrobble(1200) == "success"
        bench.lastfm.misbehave(IGNORED)
        assert stage.scrobble(900, track="Moss") == "rejected"
        bench.lastfm.stop()
        assert stage.scrobble(600) == "queued"
        assert stage.scrobble(300, artist=NASTY, track=NASTY, album=NASTY) == "queued"
        stage.call("RetryQueue")  # else what is said of row 4 changes at the first try, soon
    return bench


@pytest.fixture(scope="module")
def seen(shared: Bench) -> Bench:
    """A filled queue for all tests that leave it as it is."""
    return filled(shared)


@pytest.fixture
def mixed(bench: Bench) -> Bench:
    """A filled queue of its own."""
    return filled(bench)


def shown_as(row: dict[str, Any]) -> str:
    """The state of a row as people read it."""
    state = "ignored" if row["code"] == "ignored" else row["state"]
    return "waiting" if state == "pending" else state


def states(bench: Bench, *arguments: str) -> dict[int, str]:
    """The rows that are listed, newest first, as text and as JSON."""
    found = {row["id"]: shown_as(row) for row in document(bench, "queue", *arguments)}
    lines = said(bench, "queue", *arguments).splitlines()[1:]
    shown = [line.split()[:2] for line in lines]
    assert [(int(number), state) for number, state in shown] == list(found.items())
    return found


# -- list -----------------------------------------------------------------------------------------


def test_an_empty_queue_is_told_to_be_empty(bench: Bench) -> None:
    assert said(bench, "queue") == "The queue is empty\n"
    assert said(bench, "queue", "list", "--state", "held") == "No row is held\n"
    assert document(bench, "queue") == []
    assert document(bench, "queue", "list", "--state", "sent") == []
    assert said(bench, "queue", "retry") == "Nothing waits.\n"
    assert parsed(said(bench, "queue", "export")) == []
    assert said(bench, "queue", "export", "--format", "csv").strip() == "id"
    assert said(bench, "queue", "export", "--format", "listens").strip() == ""


def test_what_is_not_sent_is_listed_newest_first(seen: Bench) -> None:
    heading = said(seen, "queue").splitlines()[0]
    assert heading.split() == ["ROW", "STATE", "PLAYED", "TRACK", "REASON"]
    assert states(seen) == {4: "waiting", 3: "waiting", 2: "ignored"}
    assert states(seen, "--state", "sent") == {1: "sent"}
    for word in ("waiting", "pending"):
        assert states(seen, "--state", word) == {4: "waiting", 3: "waiting"}
    assert states(seen, "--state", "rejected") == {2: "ignored"}
    assert states(seen, "--state", "ignored") == {2: "ignored"}
    assert states(seen, "list", "-n", "2") == {4: "waiting", 3: "waiting"}
    assert all(row.keys() == ROW for row in document(seen, "queue"))
    shown = said(seen, "queue").splitlines()
    assert shown[1].count(HARMLESS) == 2
    assert "Slow Harbour by The Paper Lanterns" in shown[2]
    assert "1 try, ignored by Last.fm" in shown[3]
    assert HARMLESS in shown[3]
    assert document(seen, "queue")[0]["track"].startswith(" ") is False


def test_a_long_queue_is_listed_and_exported_whole(bench: Bench) -> None:
    put(bench.daemon.database, "scrobble_queue", *({"track": f"T{n}"} for n in range(450)))
    assert len(document(bench, "queue")) == 20
    assert [row["id"] for row in document(bench, "queue", "-n", "0")] == list(range(450, 0, -1))
    assert len(document(bench, "queue", "-n", "201")) == 201
    found = parsed(said(bench, "queue", "export"))
    assert [row["id"] for row in found] == list(range(1, 451))


# -- retry ----------------------------------------------------------------------------------------


def test_retry_sends_all_that_waits(mixed: Bench) -> None:
    words = said(mixed, "queue", "retry", status=1)
    assert words.startswith("2 waiting; tried again by itself, scrobblerctl status says why")
    mixed.lastfm.start()
    assert said(mixed, "queue", "retry") == "2 plays sent.\n"
    assert states(mixed, "--state", "sent").keys() == {1, 3, 4}


def test_retry_under_a_hold_tells_where_to_look(bench: Bench, stage: Stage) -> None:
    bench.lastfm.outage = Behaviour.too_many_scrobbles()
    stage.scrobble()
    words = said(bench, "queue", "retry", status=1)
    assert words == "1 waiting; scrobblerctl status says why.\n"


def test_retry_says_each_row_once(bench: Bench, stage: Stage) -> None:
    bench.lastfm.stop()
    stage.scrobble(600)
    stage.scrobble(300, track="Moss")
    bench.lastfm.start()
    bench.lastfm.misbehave(Behaviour.ignores({0: (1, "Artist was ignored")}))
    assert said(bench, "queue", "retry", status=1) == "1 play sent, 1 not taken.\n"


def test_single_rows_are_sent_again(mixed: Bench) -> None:
    mixed.lastfm.start()
    assert said(mixed, "queue", "retry", "2") == "1 row to be sent again\n"
    assert refused(mixed, 1, "queue", "retry", "1") == "scrobblerctl: row 1 was sent already\n"
    words = refused(mixed, 1, "queue", "retry", "99")
    assert words == "scrobblerctl: there is no row 99 in the queue; scrobblerctl queue lists them\n"


def test_without_a_login_nothing_is_sent(bench: Bench, stage: Stage) -> None:
    said(bench, "logout")
    said(bench, "settings", "enabled", "on")
    assert stage.scrobble() == "queued"
    words = refused(bench, 4, "queue", "retry")
    assert words == "scrobblerctl: nobody is logged in; run scrobblerctl login\n"


# -- drop -----------------------------------------------------------------------------------------


def test_drop_takes_rows_out(mixed: Bench) -> None:
    assert said(mixed, "queue", "drop", "2", "4", "--yes") == "Dropped 2 rows for good\n"
    assert states(mixed) == {3: "waiting"}
    words = refused(mixed, 1, "queue", "drop", "-y", "1")
    assert words == "scrobblerctl: row 1 was sent already; nothing takes it back\n"


def test_what_was_dropped_before_a_row_that_cannot_be_is_told(mixed: Bench) -> None:
    ended = ctl(mixed, "queue", "drop", "2", "99", "4", "--yes")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "there is no row 99 in the queue" in ended.stderr
    assert "1 row" in ended.stderr
    with Running(mixed, "queue", "drop", "4") as drop:
        drop.expect("[y/N]")
        drop.press("Y")
        drop.expect("Dropped 1 row for good")
        assert drop.ended() == 0
    assert states(mixed) == {3: "waiting"}


def test_at_a_terminal_it_asks_before_it_drops(seen: Bench) -> None:
    for answer in ("n", "yes please", "^D", "^C"):
        with Running(seen, "queue", "drop", "2") as drop:
            drop.expect(" by ")  # the track, for a number is soon mistaken
            drop.expect("Drop 1 row for good? The plays stay in the history")
            drop.expect("[y/N]")
            drop.press(answer)
            assert drop.ended() == (130 if answer == "^C" else 1)
            assert ("nothing was dropped" in drop.heard) is (answer != "^C")
    assert 2 in states(seen)


def test_where_nobody_can_be_asked_nothing_is_dropped(seen: Bench) -> None:
    assert "--yes drops without a question" in refused(seen, 2, "queue", "drop", "2")
    assert "at a pipe" in refused(seen, 2, "queue", "drop", "2", given="y\n")
    assert 2 in states(seen)


def test_at_a_terminal_whose_output_is_piped_nothing_is_dropped_unseen(mixed: Bench) -> None:
    program = " ".join(map(shlex.quote, CTL))
    for rest, status in ((" | cat", 2), (" --yes | cat", 0)):
        command = ["bash", "-c", f"set -o pipefail; {program} queue drop 2{rest}"]
        with Terminal(command, environment(mixed)) as drop:
            assert drop.ended() == status
            assert ("nobody can be asked at a pipe" in drop.heard) is bool(status)
    assert mixed.daemon.rows("SELECT id FROM scrobble_queue WHERE id = 2") == []


# -- edit and claim -------------------------------------------------------------------------------


def test_a_rejected_row_is_sent_with_other_tags(mixed: Bench) -> None:
    mixed.lastfm.start()
    words = said(mixed, "queue", "edit", "2", "--artist", "Mira Holt", "--album", "")
    assert words == "Row 2 is sent with the new tags\n"
    assert mixed.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 4)
    [edited] = [one for one in mixed.lastfm.scrobbles if one.track == "Moss"]
    assert (edited.artist, edited.album) == ("Mira Holt", "")


def test_an_edit_that_cannot_be_is_refused(seen: Bench) -> None:
    for arguments, status, why in (
        (("2",), 2, "nothing to change; name one of --artist, --title, --album, --album-artist"),
        (("2", "--artist", " \n"), 1, "artist: must not be empty"),
        (("2", "--title", "a\x1bb"), 1, "track: must have no control characters"),
        (("2", "--title", "x" * 1001), 1, "track: must have 1000 characters at most"),
        (("2", "--title", "Moss"), 1, "nothing to change: row 2 has these tags already"),
        (("1", "--artist", "Mira Holt"), 1, "row 1 was sent already\n"),
        (("99", "--track", NASTY), 1, "there is no row 99 in the queue"),
    ):
        assert why in refused(seen, status, "queue", "edit", *arguments)


def test_a_row_that_waits_is_put_right_before_it_goes_out(mixed: Bench) -> None:
    words = said(mixed, "queue", "edit", "3", "--track", "Fern")  # as the option was called
    assert words == "Row 3 is sent with the new tags\n"
    mixed.lastfm.start()
    said(mixed, "queue", "retry")
    assert "Fern" in [each.track for each in mixed.lastfm.scrobbles]
    assert len(mixed.lastfm.scrobbles) == 3


def test_a_row_that_was_tried_is_left_as_it_is(bench: Bench, stage: Stage) -> None:
    bench.lastfm.outage = Behaviour.error(16)
    stage.scrobble()
    refusal = refused(bench, 1, "queue", "edit", "1", "--title", "Fern")
    assert "row 1 was tried, and Last.fm may have it as it is" in refusal


def test_rows_of_another_account_are_claimed(bench: Bench, stage: Stage) -> None:
    bench.lastfm.stop()
    stage.scrobble()
    bench.lastfm.start()
    _url, token = stage.call("GetAuthUrl")
    bench.lastfm.approve(token, "loud_heron")
    stage.call("CompleteAuth", "s", token)
    assert states(bench) == {1: "held"}
    is_held = f"scrobblerctl: row 1 is held: belongs to another user, {USER}"
    helps = f"scrobblerctl queue claim {USER} sends it from here\n"
    assert refused(bench, 1, "queue", "retry", "1") == f"{is_held}; {helps}"
    assert said(bench, "queue", "edit", "1", "--artist", "Mira") == "Row 1 has the new tags\n"
    assert f"belongs to another user, {USER}" in said(bench, "queue", "--state", "held")
    words = refused(bench, 1, "queue", "claim", NASTY)
    assert f"there are rows of {USER}" in words
    assert said(bench, "queue", "claim", USER) == f"1 play of {USER} to be sent from here\n"
    assert bench.lastfm.wait_for(lambda seen: bool(seen.scrobbles))
    assert bench.lastfm.scrobbles[0].user == "loud_heron"


# -- export ---------------------------------------------------------------------------------------


def exported(bench: Bench, *arguments: str) -> str:
    """What an export writes to the output."""
    ended = ctl(bench, "queue", "export", *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_the_queue_is_exported_oldest_first(seen: Bench) -> None:
    found = parsed(exported(seen))
    assert [row["id"] for row in found] == [2, 3, 4]
    assert HARMLESS in found[2]["track"]
    table = list(csv.DictReader(io.StringIO(exported(seen, "--format", "csv"))))
    assert [row["id"] for row in table] == ["2", "3", "4"]
    assert table[2]["track"] == found[2]["track"]
    lines = exported(seen, "--format", "listens", "--state", "pending").splitlines()
    listens: list[Any] = [json.loads(line) for line in lines]
    assert [one["listened_at"] for one in listens] == [row["timestamp"] for row in found[1:]]
    assert listens[0]["track_metadata"] == {
        "artist_name": "The Paper Lanterns",
        "track_name": "Slow Harbour",
        "release_name": "Tidewater",
        "additional_info": {
            "duration_ms": 215_000,
            "submission_client": "scrobblerd",
        },
    }


def test_an_export_may_go_to_a_file(seen: Bench, tmp_path: Path) -> None:
    target = tmp_path / "夜 queue.json"
    assert said(seen, "queue", "export", str(target)) == f"Wrote 3 plays to {target}\n"
    assert target.read_text() == exported(seen)
    words = refused(seen, 1, "queue", "export", str(target))
    assert words == f"scrobblerctl: {target} is there already; --force replaces it\n"
    table = tmp_path / "queue.CSV"
    table.write_text("mine")
    refused(seen, 1, "queue", "export", str(table))
    assert table.read_text() == "mine"
    said(seen, "queue", "export", str(table), "--force")
    assert table.read_text() == exported(seen, "--format", "csv")
    assert "can't be written" in refused(seen, 1, "queue", "export", "~nobody-of-that-name/q")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("queue.txt",), "no format here ends in .txt; end it in .json or .csv or .jsonl"),
        (("queue.csv", "--format", "json"), "queue.csv is the name of a csv file"),
        (("--format=listens", "queue.json"), "its format is listens; end it in .jsonl"),
    ],
)
def test_a_name_that_says_another_format_is_refused(
    seen: Bench, arguments: tuple[str, ...], words: str
) -> None:
    assert words in refused(seen, 2, "queue", "export", *arguments)
    assert not Path(arguments[-1]).exists()


def test_an_export_goes_where_the_shell_has_it_go(seen: Bench, tmp_path: Path) -> None:
    whole, target = exported(seen), tmp_path / "queue.json"
    program = " ".join(map(shlex.quote, CTL))
    for line, expected in (
        ("/dev/stdout > {0}", whole),
        ("/dev/stdout >> {0}", whole + whole),
        ("{0} > {0}", whole),
        ("- > {0}", whole),
        ("/dev/fd/3 3>> {0} > /dev/null", whole + whole),
    ):
        done = seen.run(["bash", "-c", f"{program} queue export {line.format(target)}"])
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert target.read_text() == expected, line
