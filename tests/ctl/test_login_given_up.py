"""scrobblerctl login, given up at every stage: nothing is left half done.

Ctrl-C, Ctrl-D, SIGTERM, a terminal that is closed, a daemon or a bus that goes.
"""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.lastfm import API_KEY, API_SECRET
from tests.support.ctl_login import afresh, asked, give_key, has_key, hold, key_file, left, settings
from tests.support.daemon_bench import Bench, running
from tests.support.scrobblerctl import Running

Stage = Callable[[Bench, Running], None]


DAEMON = {"configured": False, "login": False}


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """The daemon, as if nobody had used it yet."""
    return afresh(shared)


# -- how far it came ------------------------------------------------------------------------------


def at_the_key(_: Bench, login: Running) -> None:
    """Key and secret are asked for."""
    login.expect("API key: ")


def at_the_secret(_: Bench, login: Running) -> None:
    """The key was typed."""
    login.expect("API key: ")
    login.press(API_KEY)
    login.expect("Shared secret: ")
    assert not login.echoes


def judged(bench: Bench, login: Running) -> None:
    """Last.fm is asked about the key, and takes its time."""
    hold(bench.lastfm, "auth.getToken")
    give_key(login)
    asked(bench.lastfm, "auth.getToken")


def begun(bench: Bench, login: Running) -> None:
    """The key is good; Last.fm is asked for a token, and takes its time."""
    hold(bench.lastfm, "auth.getToken")
    give_key(login)
    asked(bench.lastfm, "auth.getToken")
    hold(bench.lastfm, "auth.getToken")
    bench.lastfm.release()
    asked(bench.lastfm, "auth.getToken", 2)


def waiting(bench: Bench, login: Running) -> None:
    """Last.fm is asked whether access is allowed."""
    hold(bench.lastfm)
    give_key(login)
    login.expect("Waiting until access is allowed")
    asked(bench.lastfm)


TYPING = [at_the_key, at_the_secret]
ASKING = [judged, begun, waiting]


def given_up(bench: Bench, login: Running) -> None:
    """Ctrl-C, and what Last.fm has to say comes afterwards."""
    login.press("^C")
    assert login.ended() == 130
    assert login.echoes
    assert API_SECRET not in login.heard
    for token in bench.lastfm.tokens:
        bench.lastfm.approve(token)
    bench.lastfm.release()
    assert settings(bench)["authenticated"] is False


# -- Ctrl-C ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [*TYPING, judged])
def test_ctrl_c_before_the_first_key_is_taken_leaves_nothing(bench: Bench, stage: Stage) -> None:
    was = left(bench)
    with Running(bench, "login", "--no-browser") as login:
        stage(bench, login)
        given_up(bench, login)
    assert left(bench) == was


@pytest.mark.parametrize("stage", [begun, waiting])
def test_ctrl_c_after_the_first_key_was_taken_keeps_it(bench: Bench, stage: Stage) -> None:
    was = left(bench)
    with Running(bench, "login", "--no-browser") as login:
        stage(bench, login)
        given_up(bench, login)
    assert API_KEY in key_file(bench).read_text()
    assert left(bench)["session"] == was["session"]


@pytest.mark.parametrize("stage", [*TYPING, *ASKING])
def test_ctrl_c_puts_the_old_key_back(bench: Bench, stage: Stage) -> None:
    has_key(bench)
    key_file(bench).chmod(0o640)
    was = left(bench)
    with Running(bench, "login", "--new-key", "--no-browser") as login:
        stage(bench, login)
        given_up(bench, login)
    assert left(bench) == was


def test_ctrl_c_takes_a_new_key_away_where_the_old_one_is_in_config_toml(tmp_path: Path) -> None:
    with running(tmp_path, login=False) as bench:
        was = left(bench)
        with Running(bench, "login", "--new-key", "--no-browser") as login:
            waiting(bench, login)
            given_up(bench, login)
        assert left(bench) == was


def test_ctrl_c_leaves_the_login_that_was(tmp_path: Path) -> None:
    with running(tmp_path) as bench:
        was = left(bench)
        with Running(bench, "login", "--new-key", "--no-browser") as login:
            waiting(bench, login)
            login.press("^C")
            login.expect("The earlier API key is back.")
            assert login.ended() == 130
        bench.lastfm.release()
        assert left(bench) == was
        assert settings(bench)["authenticated"] is True


# -- other ways to end it -------------------------------------------------------------------------


@pytest.mark.parametrize("stage", TYPING)
def test_ctrl_d_is_no_key(bench: Bench, stage: Stage) -> None:
    was = left(bench)
    with Running(bench, "login", "--no-browser") as login:
        stage(bench, login)
        login.press("^D")
        login.expect("scrobblerctl: no API key was given; nothing was changed\n")
        assert login.ended() == 4
    assert left(bench) == was


@pytest.mark.parametrize("stage", [*TYPING, waiting])
def test_sigterm_ends_it_as_ctrl_c_does(bench: Bench, stage: Stage) -> None:
    has_key(bench)
    was = left(bench)
    with Running(bench, "login", "--new-key", "--no-browser") as login:
        stage(bench, login)
        login.process.send_signal(signal.SIGTERM)
        assert login.ended() == 143
        assert login.echoes
    assert left(bench) == was


def test_a_terminal_that_is_closed_ends_it_as_ctrl_c_does(bench: Bench) -> None:
    has_key(bench)
    was = left(bench)
    with Running(bench, "login", "--new-key", "--no-browser") as login:
        waiting(bench, login)
        login.process.send_signal(signal.SIGHUP)
        login.ended()
    assert left(bench) == was


@pytest.mark.parametrize("gone", ["daemon", "bus"])
def test_when_the_daemon_goes_the_old_key_is_put_back(tmp_path: Path, gone: str) -> None:
    with running(tmp_path, configured=False, login=False) as bench:
        has_key(bench)
        was = left(bench)
        with Running(bench, "login", "--new-key", "--no-browser") as login:
            waiting(bench, login)
            if gone == "bus":
                bench.bus.stop()
            else:
                bench.daemon.kill()
            assert login.ended() == 3
            gone_words = {"daemon": "scrobblerd ended before it answered", "bus": "bus has gone"}
            assert gone_words[gone] in login.heard
            assert login.heard.count("scrobblerctl: ") == 1
        assert left(bench) == was | {"session": left(bench)["session"]}
        bench.lastfm.release()
