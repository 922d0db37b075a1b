"""scrobblerctl accounts, logout, enable, disable and status with several accounts."""

import re
from pathlib import Path
from typing import Any

import pytest

from lab.listenbrainz import ListenBrainz
from scrobblerd.core.submission import WaitReason
from scrobblerd.ctl.display.accounts import summary, trouble
from tests.support.ctl_accounts import Home, lines_of
from tests.support.daemon_bench import SOON, USER, Bench, running
from tests.support.scrobblerctl import Stage, ctl, document, refused, said
from tests.support.waiting import until

UNREACHED = "can't be reached|is away since"
"""A server is away as soon as another one has answered since."""

# -- accounts -------------------------------------------------------------------------------------


def test_accounts_are_listed_with_how_they_stand(home: Home) -> None:
    heading, *lines = said(home.bench, "accounts").splitlines()
    assert heading.split()[:2] == ["ACCOUNT", "SERVICE"]
    assert [line.split() for line in lines] == [
        ["lastfm", "Last.fm", USER, "logged", "in", "empty"],
        ["second", "Last.fm", "not", "logged", "in", "empty"],
        ["brainz", "ListenBrainz", "not", "logged", "in", "empty"],
    ]
    assert [entry["account"] for entry in document(home.bench, "accounts")] == [
        *("lastfm", "second", "brainz")
    ]


def test_the_account_of_lastfm_alone_is_one_line(shared: Bench) -> None:
    _heading, line = said(shared, "accounts").splitlines()
    assert line.split() == ["lastfm", "Last.fm", USER, "logged", "in", "empty"]


def test_what_waits_for_an_account_is_told_and_why(home: Home) -> None:
    home.log_in()
    home.brainz.stop()
    with Stage(home.bench) as stage:
        stage.plays("Slow Harbour")
        assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
        until(lambda: home.account()["last_error"])
    *_, second, brainz = said(home.bench, "accounts").splitlines()
    assert second.split()[2:] == ["not", "logged", "in", "1", "waiting"]
    assert brainz.split()[2:7] == [USER, "logged", "in", "1", "waiting"]
    assert re.search(UNREACHED, brainz)


# -- logout, enable, disable ----------------------------------------------------------------------


@pytest.mark.parametrize("command", ["logout", "enable", "disable"])
def test_other_commands_name_the_accounts_that_are_there(home: Home, command: str) -> None:
    assert "there are lastfm, second, brainz" in refused(home.bench, 1, command, "third")


def test_logout_forgets_the_login_of_one_account(home: Home) -> None:
    assert said(home.bench, "logout", "brainz") == "Nobody was logged in at brainz\n"
    assert home.account()["state"] == "logged_out"
    home.log_in()
    assert said(home.bench, "logout", "brainz").startswith(f"Logged out {USER} of brainz")
    assert home.account()["username"] == ""
    assert home.account("lastfm")["username"] == USER
    told = lines_of(said(home.bench, "status"))["brainz"]
    assert told == "off at ListenBrainz: scrobblerctl login brainz"


def test_an_account_is_switched_off_and_on(home: Home) -> None:
    home.log_in()
    assert said(home.bench, "disable", "brainz").startswith("No plays go to brainz")
    assert home.account()["state"] == "off"
    assert said(home.bench, "enable", "brainz") == "Plays go to brainz\n"
    assert home.account()["state"] == "active"
    ended = ctl(home.bench, "enable", "second")
    assert ended.stderr == "not logged in: scrobblerctl login second\n"


# -- status ---------------------------------------------------------------------------------------


def test_status_has_a_line_for_each_other_account(home: Home) -> None:
    home.log_in()
    shown = lines_of(said(home.bench, "status"))
    assert shown["Account"] == f"{USER} at Last.fm"
    assert shown["second"] == "not logged in at Last.fm: scrobblerctl login second"
    assert shown["brainz"] == f"{USER} at ListenBrainz"
    told = document(home.bench, "status")["accounts"]
    assert told == document(home.bench, "accounts")


def test_status_tells_what_waits_for_an_account(home: Home) -> None:
    home.log_in()
    home.brainz.stop()
    with Stage(home.bench) as stage:
        stage.plays("Slow Harbour")
        until(lambda: home.account()["last_error"])
    shown = lines_of(said(home.bench, "status"))
    assert shown["brainz"].startswith(f"{USER} at ListenBrainz, 1 waiting, ")
    assert re.search(UNREACHED, shown["brainz"])
    assert shown["second"].endswith("at Last.fm, 1 waiting: scrobblerctl login second")
    assert re.search(r", next try \d\d:\d\d$", shown["brainz"])
    assert document(home.bench, "status")["queue"]["hold_reason"].startswith("second: ")
    assert not {"Held", "Last error"} & shown.keys()  # their lines say so
    assert shown["Queue"] == "2 waiting"


def test_status_tells_where_plays_go_if_they_do_not_go_to_lastfm(home: Home) -> None:
    said(home.bench, "settings", "enabled", "off")
    shown = lines_of(said(home.bench, "status"))
    assert shown["Scrobbling"] == "off at Last.fm, on at second, brainz"
    said(home.bench, "disable", "second")
    said(home.bench, "disable", "brainz")
    shown = lines_of(said(home.bench, "status"))
    assert shown["Scrobbling"] == "off: scrobblerctl settings enabled on"


def test_settings_name_the_other_accounts_that_are_on(home: Home) -> None:
    shown = lines_of(said(home.bench, "settings"))
    assert shown["accounts"] == "second, brainz"
    assert said(home.bench, "settings", "accounts") == "second, brainz\n"


def test_status_of_one_account_has_all_of_it(home: Home) -> None:
    shown = lines_of(said(home.bench, "status", "--account", "brainz"))
    assert shown["Service"] == f"ListenBrainz, {home.brainz.api_url}"
    assert (shown["User"], shown["State"]) == ("nobody", "not logged in")
    assert shown["To do"] == "scrobblerctl login brainz"
    assert (shown["Queue"], shown["Today"]) == ("empty", "0 scrobbles, 0 requests")
    assert "Last error" not in shown
    assert document(home.bench, "status", "--account", "brainz") == home.account()
    assert lines_of(said(home.bench, "status", "--account", "lastfm"))["User"] == USER
    assert "there are lastfm, second, brainz" in refused(
        home.bench, 1, "status", "--account", "third"
    )


def test_status_with_one_account_tells_of_no_others(shared: Bench) -> None:
    assert "accounts" not in document(shared, "status")
    assert "lastfm" not in said(shared, "status")


# -- without Last.fm ------------------------------------------------------------------------------


def test_who_has_no_account_at_lastfm_hears_nothing_of_it(tmp_path: Path) -> None:
    with ListenBrainz() as brainz:
        accounts = {"brainz": {"service": "listenbrainz", "url": brainz.root_url}}
        tables = {**SOON, "accounts": accounts}
        with running(tmp_path, tables=tables, login=False, configured=False) as bench:
            said(bench, "login", "brainz", given=brainz.login(USER))
            with Stage(bench) as stage:
                stage.plays("Slow Harbour")
                assert brainz.wait_for(lambda _: bool(brainz.titles()))
                until(lambda: "Queue       empty" in said(bench, "status"))
            shown = said(bench, "status")
            [listed] = document(bench, "accounts")[1:]
            line = document(bench, "status")["status"]
            wrong = refused(bench, 4, "loved", "import") + refused(bench, 4, "queue", "claim", "x")
            checks = ctl(bench, "doctor").stdout.splitlines()
            asked = bench.lastfm.requests
    assert not re.search("Last.fm|API key|2,800|Account", shown)
    lines = lines_of(shown)
    assert lines["brainz"] == f"{USER} at ListenBrainz"
    assert re.fullmatch(r"1 scrobble, \d+ requests", lines["Today"])
    assert [line for line in checks if line.startswith("FAIL")] == [
        line for line in checks if " name " in line
    ]
    assert [line.split()[:2] for line in checks if "Last.fm" in line] == [["ok", "keys"]]
    assert asked == []
    assert line.endswith(f"; logged in as {USER} at brainz")
    assert "run scrobblerctl login" not in wrong
    assert listed["last_sent"] > 0


# -- in words -------------------------------------------------------------------------------------

ACCOUNT: dict[str, Any] = {
    "account": "brainz",
    "label": "ListenBrainz",
    "username": USER,
    "state": "active",
    **dict.fromkeys(("words", "hold_reason", "hold_code", "last_error"), ""),
    **dict.fromkeys(("queued", "held", "rejected", "expired", "next_attempt"), 0),
}
"""What ListAccounts says of an account that is well."""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, f"{USER} at ListenBrainz"),
        ({"queued": 1, "rejected": 2}, f"{USER} at ListenBrainz, 1 waiting, 2 rejected"),
        ({"last_error": "it is away"}, f"{USER} at ListenBrainz"),
        (
            {"queued": 2, "last_error": "it is away"},
            f"{USER} at ListenBrainz, 2 waiting, it is away",
        ),
        (
            {"state": "off"},
            "off at ListenBrainz: scrobblerctl enable brainz",
        ),
        (
            {"state": "logged_out", "username": "", "queued": 1, "hold_code": "login"},
            "not logged in at ListenBrainz, 1 waiting: scrobblerctl login brainz",
        ),
        (
            {"state": "expired", "words": "it is refused", "hold_code": "login"},
            "the login has expired at ListenBrainz, it is refused: scrobblerctl login brainz",
        ),
        (
            {"state": "stopped", "words": "lastfm has the same login"},
            "stopped at ListenBrainz, lastfm has the same login",
        ),
        (
            {"state": "waits", "words": "the keyring is locked; unlock it", "queued": 1},
            "waits for the keyring at ListenBrainz, 1 waiting, the keyring is locked; unlock it",
        ),
        ({"state": "dreaming"}, "dreaming at ListenBrainz"),
    ],
)
def test_a_line_says_how_an_account_stands(changes: dict[str, Any], words: str) -> None:
    line = summary({**ACCOUNT, **changes}, 0.0)
    assert "".join(span if isinstance(span, str) else span[0] for span in line) == words


@pytest.mark.parametrize("reason", WaitReason)
def test_why_the_queue_waits_is_told_unless_the_state_says_it(reason: WaitReason) -> None:
    is_told_by_state = reason in (WaitReason.LOGIN, WaitReason.OFF, WaitReason.GONE)
    waiting = {**ACCOUNT, "queued": 1, "hold_code": str(reason), "hold_reason": "it is late"}
    assert trouble(waiting) == ("" if is_told_by_state else "it is late")
