"""`verify`: what is told of what services show, and what helps, at real stand-ins."""

import re
import time
from datetime import date
from pathlib import Path

import pytest

from lab.behaviour import Behaviour
from tests.support.ctl_accounts import Home
from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import Running, ctl, document, refused, said
from tests.support.sent_long_ago import DAY, figures, wait_until_sent
from tests.support.waiting import until

TITLES = ("Fern", "Moss", "Reed", "Slow Harbour", "Tide", "Ash")
IMPORTER = "ListenBrainz lastfm importer v2"
LISTENS = "user/quiet_otter/listens"


@pytest.fixture
def home(home: Home, tmp_path: Path) -> Home:
    """A daemon that sent plays of yesterday to two accounts an hour ago."""
    home.log_in()
    first = int(time.time()) - DAY
    plays = (
        f"Mira Holt\tTidewater\t{title}\t1\t187\tL\t{first + 300 * number}\t\n"
        for number, title in enumerate(TITLES)
    )
    log = tmp_path / "a.scrobbler.log"
    log.write_text("".join(("#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/x\n", *plays)))
    said(home.bench, "import", str(log), "--to", "lastfm", "brainz")
    wait_until_sent(home.bench.daemon, 12)
    return home


def spoil(home: Home) -> None:
    """Both services show something else than they were sent."""
    home.bench.lastfm.lose("Fern")
    home.brainz.lose("Moss")
    home.brainz.double("Reed", client=IMPORTER)
    home.brainz.double("Ash", seconds=1, client="mpris-scrobbler")
    home.brainz.rename("Tide", artist="Mira Holt Trio")


def without_time(text: str) -> str:
    """A table without the column of the time, and without what aligns it."""
    return re.sub(r" +(\w{3} )?\d\d:\d\d +| {2,}", "  ", text)


def test_all_is_there(home: Home) -> None:
    assert said(home.bench, "verify") == (
        "lastfm: all 6 plays are there\nbrainz: all 6 plays are there\nsecond: not logged in\n"
    )
    assert said(home.bench, "verify", "brainz") == "brainz: all 6 plays are there\n"
    assert said(home.bench, "verify", "brainz", "--since", "2019", "--until", "2019") == (
        "brainz: nothing to look for; what was sent in the last 10 minutes may not be shown yet\n"
    )


def test_each_finding_is_told_with_what_helps(home: Home) -> None:
    spoil(home)
    home.brainz.double("Fern", seconds=4000, client="a phone")
    shown = without_time(said(home.bench, "verify", status=1))
    assert shown == (
        "lastfm: 5 of 6 plays are there, 1 missing\n"
        "PLAY  WHEN  FINDING  TRACK\n"
        "1  missing  Fern by Mira Holt\n"
        "scrobblerctl verify lastfm --repair sends again what is missing\n"
        "brainz: 4 of 6 plays are there, 1 under other names, 1 missing, 2 doubled\n"
        "1 other listen: 1 from a phone\n"
        "PLAY  WHEN  FINDING  TRACK\n"
        "2  missing  Moss by Mira Holt\n"
        f"3  doubled  Reed by Mira Holt – {IMPORTER} has copied it without its length\n"
        "5  changed  Tide by Mira Holt – there as Tide by Mira Holt Trio\n"
        "6  doubled  Ash by Mira Holt – mpris-scrobbler has scrobbled it, too\n"
        "set send_duration = false in [accounts.brainz] of config.toml, so that both are one; or"
        " end that import\n"
        "let one program scrobble a player: not_players in [accounts.brainz] of config.toml leaves"
        " it to the other one\n"
        "scrobblerctl verify brainz --repair sends again what is missing\n"
        "scrobblerctl verify brainz --delete-doubled deletes the second listens\n"
        "second: not logged in\n"
    )


def test_a_repair_brings_back_what_is_missing_once(home: Home) -> None:
    spoil(home)
    shown = without_time(said(home.bench, "verify", "brainz", "--repair"))
    assert "1 missing, 2 doubled, 1 sent again\n" in shown
    assert "2  missing  Moss by Mira Holt – sent again\n" in shown
    assert "in 10 minutes, scrobblerctl verify brainz tells whether it is there" in shown
    assert home.brainz.titles().count("Moss") == 1
    wait_until_sent(home.bench.daemon, 12)
    assert "all 6 plays are there, 2 doubled" in said(home.bench, "verify", "brainz")
    assert len(home.bench.lastfm.scrobbles) == 5
    said(home.bench, "verify", "--repair")
    assert len(home.bench.lastfm.scrobbles) == 6


def test_second_listens_are_deleted(home: Home) -> None:
    spoil(home)
    home.brainz.deleting_lag = 0.0
    assert "2 doubled, 2 deleted" in said(
        home.bench, "verify", "brainz", "--delete-doubled", status=1
    )
    assert "doubled" not in said(home.bench, "verify", "brainz", status=1)
    titles = home.brainz.titles()
    assert (titles.count("Reed"), titles.count("Ash")) == (1, 1)
    home.bench.lastfm.double("Reed", seconds=1)
    assert "lets no program delete a play" in refused(
        home.bench, 1, "verify", "lastfm", "--delete-doubled"
    )


def test_where_nothing_can_be_deleted_all_else_is_done_and_told(home: Home) -> None:
    spoil(home)
    home.bench.lastfm.double("Reed", seconds=1)
    lastfm, brainz = said(home.bench, "verify", "--delete-doubled", status=1).split("brainz: ", 1)
    assert lastfm.startswith("lastfm: 5 of 6 plays are there, 1 missing, 1 doubled\n")
    assert lastfm.endswith("\nLast.fm lets no program delete a play\n")
    assert "Reed by Mira Holt" in lastfm
    assert "2 doubled, 2 deleted\n" in brainz


def test_what_was_found_is_told_though_the_rest_fails(home: Home) -> None:
    spoil(home)
    failing = [Behaviour.html(502)] * 9
    home.brainz.misbehave(*failing, method="delete-listen")
    words = said(home.bench, "verify", "brainz", "--repair", "--delete-doubled", status=1)
    assert re.match(r"brainz: .*; try again later\nbrainz: 4 of 6 .* 1 sent again\n", words)
    assert "mpris-scrobbler has scrobbled it, too" in words
    home.brainz.misbehave(*failing, method="delete-listen")
    _, brainz, _ = document(home.bench, "verify", "--delete-doubled", status=1)
    assert (brainz["doubled"], brainz["deleted"], len(brainz["findings"])) == (2, 0, 2)
    assert "try again later" in brainz["error"]


def test_what_is_being_deleted_is_no_other_listen(home: Home) -> None:
    home.brainz.deleting_lag = 3600.0
    said(home.bench, "history", "delete", "1", "--yes")
    said(home.bench, "history", "edit", "3", "--title", "Reeds")
    until(lambda: "Reeds" in home.brainz.titles())
    words = said(home.bench, "verify", "brainz")
    assert words == "brainz: all 4 plays are there, 2 being deleted\n"
    home.brainz.double("Moss", seconds=1, client="a phone")
    assert "1 doubled, 1 deleted, 2 being deleted\n" in said(
        home.bench, "verify", "brainz", "--delete-doubled"
    )
    [brainz] = document(home.bench, "verify", "brainz")
    assert (brainz["being_deleted"], brainz["doubled"], brainz["foreign_by"]) == (3, 0, [])
    home.brainz.clock = lambda: time.time() + 3700
    assert said(home.bench, "verify", "brainz") == "brainz: all 4 plays are there\n"


def test_a_server_that_was_not_called_since_the_start_is_verified(home: Home) -> None:
    home.brainz.lose("Moss")
    said(home.bench, "verify", status=1)
    home.bench.restart()
    checks = document(home.bench, "doctor", status=1)
    assert [each["message"] for each in checks if each["check"] == "verify"] == [
        "brainz: verifying did not find 1 play"
    ]
    home.brainz.double("Reed", client=IMPORTER)
    words = said(home.bench, "verify", status=1)
    assert "brainz: 5 of 6 plays are there, 1 missing, 1 doubled\n" in words
    assert "scrobblerctl verify brainz --delete-doubled deletes the second listens\n" in words


def test_what_helps_is_for_the_time_that_was_verified(home: Home) -> None:
    home.brainz.lose("Fern")
    yesterday = f"{date.fromtimestamp(time.time() - DAY)}"
    span = ("--since", "2019", "--until", yesterday)
    words = said(home.bench, "verify", "brainz", *span, status=1)
    remedy = f"scrobblerctl verify brainz --since 2019-01-01 --until {yesterday} --repair"
    assert f"{remedy} sends again what is missing\n" in words
    assert "1 sent again" in said(home.bench, *remedy.split()[1:])


def test_the_same_command_joins_a_verify_that_was_left(home: Home) -> None:
    home.brainz.misbehave(Behaviour.slow(60), method=LISTENS)
    with Running(home.bench, "verify", "brainz") as first:
        assert home.brainz.wait_for(
            lambda seen: any(LISTENS in each.path for each in seen.requests)
        )
        first.press("^C")
        assert first.ended() == 130
    until(lambda: time.time() % 1 < 0.1)  # another second: "7 days ago" is another one, too
    other = ctl(home.bench, "verify", "brainz", "--since", "1d")
    assert "another verify of brainz is under way" in other.stderr
    with Running(home.bench, "verify", "brainz", columns=None) as second:
        home.brainz.release()
        second.expect("brainz: all 6 plays are there")
        assert second.ended() == 0


def test_a_daemon_that_ends_meanwhile_is_told(home: Home) -> None:
    home.brainz.misbehave(Behaviour.slow(60), method=LISTENS)
    with Running(home.bench, "verify", columns=None) as verify:
        assert home.brainz.wait_for(
            lambda seen: any(LISTENS in each.path for each in seen.requests)
        )
        home.bench.daemon.kill()
        verify.expect("scrobblerctl: scrobblerd ended before it answered")
        assert verify.ended() == 3
    home.brainz.release()
    home.bench.daemon.start()


def test_what_is_doubled_is_told_also_if_nothing_has_to_be_there_yet(home: Home) -> None:
    home.bench.daemon.change("UPDATE scrobble_queue SET sent_at = sent_at + 3600")
    home.brainz.double("Reed", client=IMPORTER)
    assert said(home.bench, "verify", "brainz").startswith(
        "brainz: what was sent in the last 10 minutes may not be shown yet, 1 doubled\n"
    )


def test_as_json(home: Home) -> None:
    spoil(home)
    lastfm, brainz, second = document(home.bench, "verify", status=1)
    assert figures(lastfm) == {"sent": 6, "shown": 5, "missing": 1}
    assert figures(brainz) == {"sent": 6, "shown": 4, "changed": 1, "missing": 1, "doubled": 2}
    assert second == {"account": "second", "error": "not logged in"}
    assert [each["kind"] for each in brainz["findings"]] == [
        *("missing", "doubled", "changed", "doubled")
    ]
    assert {each["account"] for each in brainz["findings"]} == {"brainz"}
    [before] = document(home.bench, "verify", "lastfm", "--until", "2d")
    assert (figures(before), before["findings"]) == ({}, [])


def test_what_was_found_is_told_of_the_play_and_by_doctor(home: Home) -> None:
    spoil(home)
    said(home.bench, "verify", status=1)
    again = "Verifying has not found it there: scrobblerctl verify {} --repair sends it again."
    assert again.format("lastfm") in said(home.bench, "explain", "1")
    assert again.format("brainz") in said(home.bench, "explain", "2")
    copied = f"It is there twice: {IMPORTER} has copied it without its length."
    assert copied in said(home.bench, "explain", "3")
    assert "It has it as Tide by Mira Holt Trio." in said(home.bench, "explain", "5")
    checks = {
        (each["message"], each["remedy"])
        for each in document(home.bench, "doctor", status=1)
        if each["check"] == "verify"
    }
    assert checks == {
        (f"{name}: verifying did not find 1 play", f"scrobblerctl verify {name} --repair")
        for name in ("lastfm", "brainz")
    }


def test_a_terminal_sees_the_same(home: Home) -> None:
    spoil(home)
    for columns in (80, 44):
        with Running(home.bench, "verify", columns=columns) as running:
            running.expect("mpris-scrobbler")
            assert running.ended() == 1


def test_an_account_that_can_not_be_verified_is_told(home: Home) -> None:
    assert refused(home.bench, 4, "verify", "second") == (
        "scrobblerctl: nobody is logged in; run scrobblerctl login second\n"
    )
    assert "there is no account 'nobody'" in refused(home.bench, 1, "verify", "nobody")
    home.brainz.stop()
    ended = said(home.bench, "verify", status=1)
    assert ended.startswith("lastfm: all 6 plays are there\nbrainz: ")
    assert "try again later" in ended


def test_a_time_that_ends_before_it_begins_is_wrong_usage(bench: Bench) -> None:
    told = refused(bench, 2, "verify", "--since", "1d", "--until", "2d")
    assert told == "scrobblerctl: --until must be later than --since\n"


def test_without_a_login_there_is_nothing_to_verify(bench: Bench) -> None:
    said(bench, "logout", "lastfm")
    assert refused(bench, 1, "verify") == (
        "scrobblerctl: no account can be verified: lastfm: off\n"
    )
