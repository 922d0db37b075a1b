"""scrobblerctl login NAME: logins with a page or a token, and which account is meant."""

import re
import stat
import subprocess
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.behaviour import Behaviour
from lab.dbus import ReplyError
from lab.listenbrainz import ListenBrainz
from tests.support.ctl_accounts import Home
from tests.support.ctl_login import asked, hold
from tests.support.daemon_bench import USER, Bench, running
from tests.support.scrobblerctl import Running, Stage, ctl, refused, said
from tests.support.waiting import until

WRONG = "00000000-1111-2222-3333-444444444444"
"""A token that no server knows."""


@contextmanager
def overheard(home: Home, heard: Path) -> Generator[None]:
    """All messages on the bus within the block are written to a file."""
    with heard.open("wb") as out:
        command = ["dbus-monitor", "--session"]
        with subprocess.Popen(command, env=home.bench.daemon.env(), stdout=out) as monitor:
            until(lambda: heard.stat().st_size)
            yield
            monitor.terminate()


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


@pytest.mark.parametrize("token", ["good", WRONG])
@pytest.mark.parametrize(
    "arguments",
    [
        ("brainz",),
        ("listenbrainz", "--token-file", "-"),
        ("brainz", "--token-file", "{file}"),
        ("attic", "--url", "http://maloja.lan"),
        ("brainz", "--url", "https://other.example.org"),
    ],
)
def test_a_token_never_crosses_the_bus(home: Home, arguments: tuple[str, ...], token: str) -> None:
    token, heard = home.token if token == "good" else token, home.bench.daemon.home / "heard"
    file = home.bench.daemon.home / "token"
    file.write_text(token)
    with overheard(home, heard):
        given = [argument.format(file=file) for argument in arguments]
        ended = ctl(home.bench, "login", *given, given=token)
        until(lambda: "ListAccounts" in heard.read_text(errors="replace"))
    assert token not in heard.read_text(errors="replace")
    assert token not in ended.stdout + ended.stderr + home.bench.daemon.log
    file.unlink()


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
    until(lambda: home.account("brainz")["state"] == "active")
    assert said(home.bench, "login", "brainz").startswith(f"{USER} is logged in already")
    said(home.bench, "logout", "brainz")
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


def test_a_login_that_is_given_up_is_cancelled(home: Home) -> None:
    hold(home.second)
    with Running(home.bench, "login", "second", "--no-browser") as login:
        token = asked(home.second)
        login.expect(f"token={token}")
        login.press("^C")
        assert login.ended() == 130
    home.second.release()
    home.second.approve(token, "loud_heron")
    with (
        Stage(home.bench) as stage,
        pytest.raises(ReplyError, match="no login was begun"),
    ):
        stage.call("CompleteLogin", "ss", "second", "")
    assert home.account("second")["state"] == "logged_out"


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
    assert f"there is no account {name!r}; there are lastfm, second, brainz\n" in ended.stderr


def test_a_table_has_the_address_that_was_given(home: Home) -> None:
    told = ctl(home.bench, "login", "attic", "--url", "http://maloja.lan:42010/").stderr
    assert '    service = "listenbrainz"\n    url = "http://maloja.lan:42010/"\nthen' in told
    assert str(home.bench.daemon.config_path) in told
    assert "then: scrobblerctl reload, and scrobblerctl login attic\n" in told
    told = ctl(home.bench, "login", "koito", "--url", "https://k.example.org").stderr
    assert '[accounts.koito]\n    service = "koito"\n    url = "https://k.example.org"\n' in told
    told = ctl(home.bench, "login", "audioscrobbler").stderr
    assert 'url = "https://…"\n    auth_url = "https://…"\n' in told


def test_a_table_that_is_shown_can_be_pasted(home: Home) -> None:
    path, url = home.bench.daemon.config_path, home.brainz.root_url
    before = path.read_text()
    told = ctl(home.bench, "login", "attic", "--url", url).stderr
    table = re.findall(r"^    (.*)$", told, re.MULTILINE)
    assert path.read_text() == before
    path.write_text("\n".join([before, *table, ""]))
    words = refused(home.bench, 1, "login", "attic")
    assert "scrobblerd has not read it yet; scrobblerctl reload, and scrobblerctl login" in words
    said(home.bench, "reload")
    words = said(home.bench, "login", "attic", given=home.token)
    assert words.startswith(f"Logged in as {USER} at ListenBrainz ({url}/1).")  # which answered
    assert said(home.bench, "status", "--account", "attic").count(f"{url}/1\n") == 1


def test_a_file_that_is_broken_is_told_in_place_of_a_table(home: Home) -> None:
    home.bench.configure(accounts={"attic": {"service": "maloia"}})
    words = refused(home.bench, 1, "login", "attic")
    assert "[accounts.attic] service = 'maloia'" in words


def test_another_address_than_that_of_the_file_does_not_count(home: Home) -> None:
    words = refused(home.bench, 2, "login", "brainz", "--url", "https://other.example.org")
    assert f"brainz is at {home.brainz.api_url}, and that counts" in words
    assert "[accounts.brainz] url in config.toml changes it" in words
    assert words == refused(
        home.bench, 2, "login", "listenbrainz", "--url", "https://x.example.org"
    )
    words = refused(home.bench, 2, "login", "--url", "https://other.example.org")
    assert "[lastfm] api_url in config.toml changes it" in words
    url = f"{home.brainz.api_url}/"
    assert said(home.bench, "login", "brainz", "--url", url, given=home.token)
    assert said(home.bench, "login", "--url", home.bench.lastfm.api_url).startswith(USER)


def test_of_several_accounts_at_a_service_one_must_be_named(home: Home) -> None:
    accounts = {
        name: {"service": "listenbrainz", "url": f"{home.brainz.root_url}{path}"}
        for name, path in (("brainz", ""), ("attic", "/1"))
    }
    home.bench.configure(accounts=accounts)
    said(home.bench, "reload")
    words = refused(home.bench, 2, "login", "listenbrainz")
    assert "brainz and attic are accounts at listenbrainz: say which one" in words
    url = f"{home.brainz.root_url}/1"
    said(home.bench, "login", "listenbrainz", "--url", url, given=home.token)
    assert home.account("attic")["state"] == "active"


def test_an_account_that_is_off_is_switched_on_and_asked_for_no_token(home: Home) -> None:
    home.log_in()
    said(home.bench, "disable", "brainz")
    words = said(home.bench, "login", "brainz")
    assert words.startswith(f"{USER} is logged in already at ListenBrainz")
    assert "scrobblerctl enable brainz lets plays go there" in words
    del home.brainz.tokens[home.token]  # the login is no good any more
    words = refused(home.bench, 4, "login", "brainz")
    assert "token is needed" in words


def test_who_has_no_key_of_lastfm_is_told_of_the_account_only(tmp_path: Path) -> None:
    accounts = {"attic": {"service": "koito", "url": "http://127.0.0.1:9/"}}
    with running(tmp_path, tables={"accounts": accounts}, login=False, configured=False) as bench:
        words = refused(bench, 1, "login", "attic", given=WRONG)
        assert "Koito can't be reached" in words
        with ListenBrainz() as server:
            accounts["attic"]["url"] = f"{server.root_url}/nowhere/1"
            bench.configure(accounts=accounts)
            said(bench, "reload")
            words = refused(bench, 4, "login", "attic", given=WRONG)
        assert "there is no Koito API at 127.0.0.1" in words
        assert "Last.fm" not in words


@pytest.mark.parametrize("arguments", [("{}",), ("brainz", "--url", "{}"), ("--url", "{}")])
def test_a_token_in_the_wrong_place_is_not_told(home: Home, arguments: tuple[str, ...]) -> None:
    given = (argument.format(home.token) for argument in arguments)
    ended = ctl(home.bench, "login", *given)
    assert ended.returncode != 0
    assert home.token not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "url", ["", "maloja.lan", "ftp://maloja.lan", "https://", "https://[x", "http://a\u202eb"]
)
def test_what_is_no_address_is_wrong_usage(shared: Bench, url: str) -> None:
    assert "that is no address" in refused(shared, 2, "login", "attic", "--url", url)


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
