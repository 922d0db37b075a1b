"""scrobblerctl history edit and delete, with the real command, a real bus and several accounts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.behaviour import Behaviour
from tests.support.ctl_accounts import Home, several_accounts
from tests.support.scrobblerctl import CTL, NASTY, Stage, ctl, document, environment, refused, said
from tests.support.terminal import Terminal
from tests.support.waiting import until

ONE_DAY = "https://www.last.fm/user/quiet_otter/library?from="


def at_accounts(answer: dict[str, Any]) -> dict[str, str]:
    """What becomes of a play at each account, by its name."""
    return {each["account"]: each["state"] for each in answer["accounts"]}


def play(home: Home, title: str) -> None:
    """Scrobbles a play by hand; Last.fm and ListenBrainz have it then."""
    said(home.bench, "scrobble", "Mira Holt", title, "--at", "10m", "--duration", "3:00")
    assert home.brainz.wait_for(lambda seen: title in seen.titles())
    until(lambda: document(home.bench, "history", "-n", "1")[0]["result"].get("lastfm") == "sent")


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Home]:
    """Play 1, which Last.fm and ListenBrainz have; nobody is logged in to the account `second`."""
    with several_accounts(tmp_path) as home:
        home.brainz.deleting_lag = 0.0
        home.log_in()
        play(home, "Fern")
        yield home


def test_a_play_is_corrected_wherever_it_is(played: Home) -> None:
    words = said(played.bench, "history", "edit", "1", "--title", "Ferns", "--album", "Moss")
    first, *accounts = words.splitlines()
    assert first == "Play 1 is Ferns by Mira Holt (Moss) now"
    assert accounts[0].startswith(f"Last.fm: can't be changed from here; open {ONE_DAY}")
    assert accounts[1:] == [
        "second: goes out with the new tags",
        "brainz: being deleted there, and sent anew after that",
        "scrobblerctl explain 1 tells when that is done",
    ]
    assert played.brainz.wait_for(lambda seen: seen.titles()[-1:] == ["Ferns"])
    until(lambda: [each.name[1] for each in played.brainz.shown("quiet_otter")] == ["Ferns"])
    [row] = document(played.bench, "queue", "--account", "second")
    assert (row["track"], row["album"], row["state"]) == ("Ferns", "Moss", "pending")
    [kept] = document(played.bench, "history")
    assert (kept["title"], kept["album"], kept["code"]) == ("Ferns", "Moss", "by_hand")
    assert document(played.bench, "history", "--title", "ferns")
    stats = document(played.bench, "stats")
    assert [(each["title"], each["counted"]) for each in stats["tracks"]] == [("Ferns", 1)]
    exported = said(played.bench, "export")
    assert [json.loads(line)["track"] for line in exported.splitlines()] == ["Ferns"]
    assert "as Fern by Mira Holt" in said(played.bench, "explain", "1")


def test_a_script_is_told_a_state_for_each_account(played: Home) -> None:
    answer = document(played.bench, "history", "edit", "1", "--artist", "MIRA HOLT")
    assert answer.keys() == {
        *("play", "artist", "title", "album", "album_artist", "start", "accounts")
    }
    assert (answer["play"], answer["artist"]) == (1, "MIRA HOLT")
    assert at_accounts(answer) == {
        "lastfm": "not_possible",
        "second": "edited",
        "brainz": "unchanged",
    }
    pages = {each["account"]: each["page"] for each in answer["accounts"]}
    assert pages["lastfm"].startswith(ONE_DAY)
    assert (pages["second"], pages["brainz"]) == ("", "")


def test_what_cannot_be_edited_is_refused_in_one_line(played: Home) -> None:
    before = document(played.bench, "history"), document(played.bench, "queue")
    for arguments, status, why in (
        (("1",), 2, "nothing to change; name one of --artist, --title, --album, --album-artist"),
        (("1", "--artist", ""), 1, "artist: must not be empty"),
        (("1", "--title", "x" * 1001), 1, "title: must have 1000 characters at most"),
        (("1", "--title", "a\nb"), 1, "title: must have no control characters"),
        (("1", "--title", NASTY), 1, "title: must have no control characters"),
        (("1", "--title", "Fern"), 1, "nothing to change: play 1 has these tags already"),
        (("99", "--title", "x"), 1, "there is no play 99; scrobblerctl history lists them"),
        (("fern", "--title", "x"), 2, "is no whole number"),
    ):
        assert why in refused(played.bench, status, "history", "edit", *arguments)
    assert (document(played.bench, "history"), document(played.bench, "queue")) == before


def test_what_plays_is_edited_when_it_has_ended(home: Home) -> None:
    with Stage(home.bench) as stage:
        stage.plays("Fern")
        until(lambda: document(home.bench, "history") != [])
        words = "play 1 is playing; try again when it has ended"
        for arguments in (("edit", "1", "--title", "x"), ("delete", "1", "--yes")):
            assert words in refused(home.bench, 1, "history", *arguments)


def test_plays_are_deleted_wherever_they_are(played: Home) -> None:
    play(played, "Moss")
    words = said(played.bench, "history", "delete", "1", "2", "--yes")
    lines = words.splitlines()
    assert lines[0] == "Deleted Fern by Mira Holt"
    assert lines[1].startswith(f"Last.fm: can't be deleted from here; open {ONE_DAY}")
    assert lines[2:5] == [
        "second: not sent",
        "brainz: being deleted there, too",
        "Deleted Moss by Mira Holt",
    ]
    assert lines[8:] == ["scrobblerctl verify brainz tells whether that is done"]
    until(lambda: played.brainz.shown("quiet_otter") == [])
    assert document(played.bench, "history") == []
    assert document(played.bench, "queue") == []
    assert said(played.bench, "export") == ""
    assert "there is no play 1" in refused(played.bench, 1, "history", "delete", "1", "--yes")


def test_a_script_is_told_of_each_deleted_play(played: Home) -> None:
    [deleted] = document(played.bench, "history", "delete", "1", "--yes")
    assert (deleted["play"], deleted["title"]) == (1, "Fern")
    assert at_accounts(deleted) == {
        "lastfm": "not_possible",
        "second": "dropped",
        "brainz": "deleting",
    }


def test_what_was_deleted_is_told_though_the_next_play_can_t_be(played: Home) -> None:
    play(played, "Moss")
    ended = ctl(played.bench, "history", "delete", "1", "99", "2", "--yes")
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[0] == "Deleted Fern by Mira Holt"
    assert f"Last.fm: can't be deleted from here; open {ONE_DAY}" in ended.stdout
    assert ended.stderr == "scrobblerctl: there is no play 99; scrobblerctl history lists them\n"
    ended = ctl(played.bench, "history", "delete", "2", "99", "--yes", "--json")
    assert ended.returncode == 1
    assert [each["title"] for each in json.loads(ended.stdout)] == ["Moss"]
    assert document(played.bench, "history") == []


def test_the_end_of_a_replacement_is_told(played: Home) -> None:
    played.brainz.misbehave(*[Behaviour.html(502)] * 9, method="delete-listen")
    said(played.bench, "history", "edit", "1", "--title", "Ferns")
    waits = "brainz: Waiting to be sent to quiet_otter: brainz has it with the old tags"
    until(lambda: waits in said(played.bench, "explain", "1"))
    played.brainz.behave()
    said(played.bench, "queue", "retry")
    until(lambda: "brainz: Sent to quiet_otter" in said(played.bench, "explain", "1"))
    said(played.bench, "history", "edit", "1", "--title", "Fern")  # which was deleted just now
    waits = "brainz: Waiting to be sent to quiet_otter, not before"
    until(lambda: waits in said(played.bench, "explain", "1"))


def test_it_asks_before_it_deletes(played: Home) -> None:
    assert "--yes deletes without a question" in refused(played.bench, 2, "history", "delete", "1")
    for answer, status in (("n", 1), ("y", 0)):
        command = [*CTL, "history", "delete", "1"]
        with Terminal(command, environment(played.bench)) as asked:
            asked.expect("Delete 1 play for good? [y/N]")
            assert "1  Fern by Mira Holt" in asked.heard
            asked.type(f"{answer}\n")
            assert asked.ended() == status
        assert len(document(played.bench, "history")) == status


def test_an_import_does_not_bring_back_what_was_deleted_or_corrected(
    played: Home, tmp_path: Path
) -> None:
    play(played, "Moss")
    before = tmp_path / "before.jsonl"
    said(played.bench, "export", str(before))
    said(played.bench, "history", "edit", "1", "--title", "Ferns")
    said(played.bench, "history", "delete", "2", "--yes")
    said(played.bench, "import", str(before))
    assert [each["title"] for each in document(played.bench, "history")] == ["Ferns"]
