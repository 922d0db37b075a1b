"""scrobblerctl login NAME: logins with a page or a token, and which account is meant."""

import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.behaviour import Behaviour
from tests.support.ctl_accounts import Home
from tests.support.ctl_login import asked, hold
from tests.support.daemon_bench import USER, Bench
from tests.support.scrobblerctl import Running, ctl, refused, said

WRONG = "00000000-1111-2222-3333-444444444444"
"""A token that no server knows."""


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


def test_the_name_lastfm_is_the_account_of_lastfm(shared: Bench) -> None:
    assert said(shared, "login", "lastfm") == said(shared, "login")


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
