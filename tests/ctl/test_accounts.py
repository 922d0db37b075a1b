"""scrobblerctl and several accounts: what it shows of them, and logins with a page or a token."""

import json
import re
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.behaviour import Behaviour
from lab.lastfm import StandIn
from lab.listenbrainz import ListenBrainz
from tests.support.ctl_login import asked, hold
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, running
from tests.support.scrobblerctl import Running, Stage, ctl, document, refused, said
from tests.support.waiting import until

WRONG = "00000000-1111-2222-3333-444444444444"
"""A token that no server knows."""


@dataclass(frozen=True, slots=True)
class Home:
    """A daemon with three accounts: quiet_otter's at Last.fm, which is logged in, another user's
    there, and one at ListenBrainz."""

    bench: Bench
    second: StandIn
    brainz: ListenBrainz
    token: str

    @property
    def token_file(self) -> Path:
        """Where a token is for the daemon while a login is under way."""
        return self.bench.daemon.config_path.parent / "tokens" / "brainz.toml"

    def log_in(self) -> None:
        """Logs in at ListenBrainz."""
        said(self.bench, "login", "brainz", given=self.token)

    def account(self, name: str = "brainz") -> dict[str, Any]:
        """How an account stands."""
        accounts = document(self.bench, "accounts")
        return next(account for account in accounts if account["account"] == name)

    def leaked(self) -> list[Path]:
        """The files of the user's home, but for that of the login, that hold the token."""
        files = (path for path in self.bench.daemon.home.rglob("*") if path.is_file())
        kept = self.bench.daemon.state / "login-brainz.toml"
        return [path for path in files if path != kept and self.token in path.read_text("latin-1")]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A daemon that runs. The token of a login is nowhere when the test is over."""
    with StandIn() as second, ListenBrainz() as brainz:
        accounts = {
            "second": {"service": "lastfm", "url": second.api_url},
            "brainz": {"service": "listenbrainz", "url": brainz.api_url},
        }
        tables = {**SOON, **UNLIMITED, "accounts": accounts}
        with running(tmp_path, tables=tables) as bench:
            home = Home(bench, second, brainz, brainz.login(USER))
            yield home
            assert not home.token_file.exists()
        assert home.token not in bench.daemon.log
        assert home.leaked() == []


@pytest.fixture(scope="module")
def alone(shared: Bench) -> Bench:
    """A daemon with the account of Last.fm only."""
    return shared


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


def test_the_account_of_lastfm_alone_is_one_line(alone: Bench) -> None:
    _heading, line = said(alone, "accounts").splitlines()
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
    assert "can't be reached" in brainz


# -- login with a token ---------------------------------------------------------------------------


def test_a_token_is_asked_for_and_not_shown(home: Home) -> None:
    with Running(home.bench, "login", "brainz", "--no-browser") as login:
        login.expect("This page shows your token:")
        login.expect("Token: ")
        assert not login.echoes
        login.press("with space")
        login.expect("That can't be it")
        login.expect("Token: ")
        login.press(home.token)
        login.expect(f"Logged in as {USER}")
        login.expect(home.brainz.api_url)
        assert login.ended() == 0
        assert home.token not in login.heard
        assert login.echoes
    assert (home.account()["state"], home.account()["username"]) == ("active", USER)


@pytest.mark.parametrize("way", ["input", "file", "-"])
def test_a_token_is_read_from_the_input_or_a_file(home: Home, way: str) -> None:
    given: str | None = f"\ufeff  {home.token}\r\n"
    arguments = {"input": (), "-": ("--token-file", "-")}.get(way)
    with_file = home.bench.daemon.home / "token"
    if arguments is None:
        with_file.write_text(given or "")
        arguments, given = ("--token-file", str(with_file)), None
    words = said(home.bench, "login", "brainz", *arguments, given=given)
    assert words.startswith(f"Logged in as {USER} at ListenBrainz ({home.brainz.api_url}).")
    assert home.token not in words
    assert home.account()["state"] == "active"
    with_file.unlink(missing_ok=True)


def test_a_token_that_is_refused_is_not_kept_and_not_told(home: Home) -> None:
    words = refused(home.bench, 4, "login", "brainz", given=WRONG)
    assert "run scrobblerctl login brainz" in words
    assert WRONG not in words + home.bench.daemon.log
    assert not home.token_file.exists()
    assert home.account()["state"] == "logged_out"


@pytest.mark.parametrize("given", [None, "\n", "two words\n", "caf\u00e9\n", "x" * 1025])
def test_what_can_be_no_token_is_refused_before_it_is_written(
    home: Home, given: str | None
) -> None:
    words = refused(home.bench, 4, "login", "brainz", given=given)
    assert "token is needed as one line of the input" in words
    assert not home.token_file.parent.exists()
    assert home.brainz.requests == []


def test_the_token_is_in_a_file_of_the_users_alone_while_the_server_checks_it(home: Home) -> None:
    home.brainz.misbehave(Behaviour.slow(120), method="validate-token")
    with ThreadPoolExecutor() as pool:
        login = pool.submit(ctl, home.bench, "login", "brainz", given=home.token)
        assert home.brainz.wait_for(lambda seen: bool(seen.requests))
        file, folder = home.token_file.stat(), home.token_file.parent.stat()
        shown = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, check=True)
        home.brainz.release()
        assert login.result().returncode == 0
    assert (stat.S_IMODE(file.st_mode), stat.S_IMODE(folder.st_mode)) == (0o600, 0o700)
    assert home.token.encode() not in shown.stdout


def test_a_login_that_is_given_up_leaves_no_token(home: Home) -> None:
    home.brainz.misbehave(Behaviour.slow(120), method="validate-token")
    with Running(home.bench, "login", "brainz", "--no-browser") as login:
        login.expect("Token: ")
        login.press(home.token)
        assert home.brainz.wait_for(lambda seen: bool(seen.requests))
        login.press("^C")
        assert login.ended() == 130
    assert not home.token_file.exists()
    home.brainz.release()


def test_a_server_that_is_away_is_told_and_leaves_no_token(home: Home) -> None:
    home.brainz.stop()
    assert "can't be reached" in refused(home.bench, 1, "login", "brainz", given=home.token)
    assert not home.token_file.exists()


def test_a_token_that_the_daemon_has_from_elsewhere_is_not_asked_for(home: Home) -> None:
    place = home.bench.daemon.home / "token"
    place.write_text(home.token)
    account = {"service": "listenbrainz", "url": home.brainz.api_url, "token_file": str(place)}
    home.bench.configure(accounts={"brainz": account})
    said(home.bench, "reload")
    assert said(home.bench, "login", "brainz").startswith(f"Logged in as {USER}")
    place.unlink()


# -- login with a page ----------------------------------------------------------------------------


def test_an_account_with_a_page_waits_until_access_is_allowed(home: Home) -> None:
    hold(home.second)
    with Running(home.bench, "login", "second", "--no-browser") as login:
        token = asked(home.second)
        login.expect(f"token={token}")
        home.second.approve(token, "loud_heron")
        home.second.release()
        login.expect("Logged in as loud_heron")
        assert login.ended() == 0
    assert home.account("second")["username"] == "loud_heron"
    assert home.account("lastfm")["username"] == USER


# -- which account --------------------------------------------------------------------------------


def test_the_name_lastfm_is_the_account_of_lastfm(alone: Bench) -> None:
    assert said(alone, "login", "lastfm") == said(alone, "login")


def test_who_is_logged_in_already_is_told_so(home: Home) -> None:
    home.log_in()
    words = said(home.bench, "login", "brainz")
    assert words.startswith(f"{USER} is logged in already at ListenBrainz")
    assert "scrobblerctl logout brainz" in words


def test_a_service_is_name_enough_if_one_account_is_at_it(home: Home) -> None:
    said(home.bench, "login", "listenbrainz", given=home.token)
    assert home.account()["state"] == "active"


def test_a_token_in_place_of_its_file_is_not_told(home: Home) -> None:
    words = refused(home.bench, 1, "login", "brainz", "--token-file", home.token)
    assert "can't be read" in words
    assert home.token not in words


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("third", '[accounts.third]\n    service = "listenbrainz"\nthen'),
        ("maloja", '[accounts.maloja]\n    service = "maloja"\n    url = "https://…"\nthen'),
    ],
)
def test_a_name_that_is_not_there_brings_the_table_for_it(
    home: Home, name: str, table: str
) -> None:
    ended = ctl(home.bench, "login", name)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert table in ended.stderr
    assert f"{name!r} is none; there are lastfm, second, brainz\n" in ended.stderr


@pytest.mark.parametrize("command", ["logout", "enable", "disable"])
def test_other_commands_name_the_accounts_that_are_there(home: Home, command: str) -> None:
    assert "there are lastfm, second, brainz" in refused(home.bench, 1, command, "third")


@pytest.mark.parametrize(
    "arguments",
    [
        ("login", "--token-file", "-"),
        ("login", "second", "--token-file", "-"),
        ("login", "brainz", "--new-key"),
    ],
)
def test_an_option_that_the_account_does_not_know_is_wrong_usage(
    home: Home, arguments: tuple[str, ...]
) -> None:
    refused(home.bench, 2, *arguments)


# -- logout, enable, disable ----------------------------------------------------------------------


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


def lines_of(text: str) -> dict[str, str]:
    """What stands beside each label."""
    parts = (re.split(r"  +", line, maxsplit=1) for line in text.splitlines())
    return dict(parts)


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
    assert "can't be reached" in shown["brainz"]
    assert shown["second"].endswith("at Last.fm, 1 waiting: scrobblerctl login second")


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


def test_status_with_one_account_tells_of_no_others(alone: Bench) -> None:
    assert "accounts" not in document(alone, "status")
    assert "lastfm" not in said(alone, "status")


# -- doctor ---------------------------------------------------------------------------------------


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
    assert findings(home)["brainz"] == (True, f"logged in as {USER} at ListenBrainz", "")


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
