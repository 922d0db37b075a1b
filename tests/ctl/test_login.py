"""scrobblerctl login and logout: the browser, the wait for an approval, and what it ends in."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import segno

from lab.lastfm import API_KEY, API_SECRET, Behaviour
from scrobblerd.ctl.commands.login import QUIET_ZONE_MODULES
from tests.support.ctl_login import Browser, afresh, approve, asked, has_key, hold, left, settings
from tests.support.daemon_bench import USER, Bench, running
from tests.support.queue_samples import OTHER, fill
from tests.support.scrobblerctl import (
    ASCII,
    HARMLESS,
    NASTY,
    Running,
    Stage,
    ctl,
    document,
    refused,
    said,
)
from tests.support.waiting import until

DAEMON = {"login": False}


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """The daemon, as if nobody had used it yet."""
    return afresh(shared)


@pytest.fixture
def browser(bench: Bench) -> Iterator[Browser]:
    """A desktop with a browser."""
    opened = Browser(bench)
    yield opened
    opened.close()


def who(bench: Bench) -> str:
    """Who is logged in; "" for nobody."""
    found = settings(bench)
    return found["username"] if found["authenticated"] else ""


# -- the dance ------------------------------------------------------------------------------------


def test_login_opens_the_page_and_waits_until_access_is_allowed(
    bench: Bench, browser: Browser
) -> None:
    hold(bench.lastfm)
    with Running(bench, "login", env=browser.env) as login:
        url = browser.page()
        assert url.startswith(bench.lastfm.auth_url)
        login.expect(f"\n{url}\n")
        login.expect("Waiting until access is allowed")
        approve(bench.lastfm)
        login.expect(f"Logged in as {USER}")
        assert login.ended() == 0
    assert who(bench) == USER
    assert settings(bench)["enabled"] is True


def test_it_asks_until_access_is_allowed_whatever_happens_meanwhile(bench: Bench) -> None:
    with Running(bench, "login", "--no-browser", columns=None) as login:
        token = asked(bench.lastfm)
        login.expect(f"token={token}\n")
        bench.lastfm.misbehave(Behaviour.html(502), method="auth.getSession")
        login.expect("trying again")
        bench.lastfm.approve(token)
        login.expect(f"Logged in as {USER}")
        assert login.ended() == 0


def test_who_is_logged_in_already_is_told_so(bench: Bench) -> None:
    hold(bench.lastfm)
    with Running(bench, "login", "--no-browser") as login:
        approve(bench.lastfm)
        assert login.ended() == 0
    before = left(bench), len(bench.lastfm.requests)
    assert f"{USER} is logged in already" in said(bench, "login")
    assert (left(bench), len(bench.lastfm.requests)) == before


def test_a_login_names_plays_that_wait_for_the_user(bench: Bench) -> None:
    fill(bench.daemon.database)
    hold(bench.lastfm)
    with ThreadPoolExecutor() as pool:
        login = pool.submit(ctl, bench, "login", "--no-browser")
        approve(bench.lastfm)
        told = login.result().stdout
    held = f"1 play of another user is held: scrobblerctl queue claim {OTHER}\n"
    rejected = "1 play was rejected: scrobblerctl queue --state rejected\n"
    assert told.endswith(f"scrobbled now.\n{held}{rejected}")
    assert said(bench, "login").endswith(held + rejected)
    bench.daemon.change("DELETE FROM scrobble_queue")
    bench.daemon.change("DELETE FROM plays")  # or each login would offer to send them


def test_a_name_that_is_markup_is_shown_as_it_is(bench: Bench) -> None:
    hold(bench.lastfm)
    with ThreadPoolExecutor() as pool:
        login = pool.submit(ctl, bench, "login", "--no-browser")
        approve(bench.lastfm, HARMLESS)
        assert HARMLESS in login.result().stdout
    assert HARMLESS in said(bench, "status")
    assert who(bench) == HARMLESS
    assert HARMLESS in said(bench, "logout")


# -- what ends it ---------------------------------------------------------------------------------


def test_a_token_that_last_fm_takes_no_more_ends_it(bench: Bench) -> None:
    hold(bench.lastfm)
    before = left(bench)
    with Running(bench, "login", "--no-browser") as login:
        asked(bench.lastfm)
        bench.lastfm.advance(61 * 60)
        bench.lastfm.release()
        login.expect("begin again; run scrobblerctl login\n")
        assert login.ended() == 4
    assert left(bench) == before | {"session": left(bench)["session"]}
    assert not any(left(bench)["session"].values())


def test_somebody_else_may_complete_a_login_meanwhile(bench: Bench) -> None:
    hold(bench.lastfm)
    with Stage(bench) as stage, ThreadPoolExecutor() as pool:
        _url, token = stage.call("GetAuthUrl")
        other = pool.submit(stage.call, "CompleteAuth", "s", token)
        asked(bench.lastfm)  # the daemon is at it, and says Busy to everybody else
        with Running(bench, "login", "--no-browser") as login:
            until(lambda: "the login is being finished already" in bench.daemon.log)
            bench.lastfm.approve(token)
            bench.lastfm.release()
            assert other.result() == USER
            login.expect(f"Logged in as {USER}")
            assert login.ended() == 0


@pytest.mark.parametrize(
    ("code", "status"), [(26, 4), (11, 1)], ids=["a key that is suspended", "an outage"]
)
def test_where_last_fm_refuses_it_does_not_begin(bench: Bench, code: int, status: int) -> None:
    before = left(bench)
    bench.lastfm.misbehave(Behaviour.error(code, NASTY), method="auth.getToken")
    assert HARMLESS in refused(bench, status, "login")
    assert left(bench) == before


# -- without a browser ----------------------------------------------------------------------------


def drawn(code: str) -> list[list[bool]]:
    """The modules of a QR code as it is on the screen, True = dark; two rows are in a line."""
    halves = {"█": (0, 0), " ": (1, 1), "▀": (0, 1), "▄": (1, 0)}
    lines = [[halves[character] for character in line] for line in code.split("\n")]
    return [[bool(cell[half]) for cell in line] for line in lines for half in (0, 1)]


def wanted(url: str) -> list[list[bool]]:
    """The modules of a QR code as it should be, with its quiet zone and the half line below."""
    code = segno.make(url, error="l", micro=False)
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET_ZONE_MODULES)]
    return [*rows, [True] * len(rows[0])]


def test_without_a_browser_the_page_is_shown_with_its_code(bench: Bench) -> None:
    hold(bench.lastfm)
    with Running(bench, "login") as login:
        login.expect("Open this page in a browser, here or on your phone, and allow access:\n")
        url = login.expect("\n")
        assert url.endswith(f"token={asked(bench.lastfm)}")
        login.expect("Ctrl-C gives up.\n")
        approve(bench.lastfm)
        code = login.expect("\n\x1b[32mLogged in as")
        assert drawn(code) == wanted(url)
        assert code.count("\n") < 23  # of a terminal's 24 lines
        assert login.ended() == 0


@pytest.mark.parametrize(
    ("columns", "env"),
    [(40, {}), (80, ASCII), (80, {"TERM": "dumb"}), (None, {})],
    ids=["narrow", "ascii", "dumb", "pipe"],
)
def test_where_the_code_does_not_fit_the_page_is_enough(
    bench: Bench, columns: int | None, env: dict[str, str]
) -> None:
    hold(bench.lastfm)
    with Running(bench, "login", columns=columns, env=env) as login:
        before = login.expect("http")
        assert set("█▀▄").isdisjoint(before)
        approve(bench.lastfm)
        login.expect(f"Logged in as {USER}")
        assert login.ended() == 0


@pytest.mark.parametrize(
    "missing", [{"DISPLAY": ""}, {"PATH": "/nonexistent"}], ids=["no display", "no xdg-open"]
)
def test_a_browser_is_not_opened_where_there_is_none(
    bench: Bench, browser: Browser, missing: dict[str, str]
) -> None:
    hold(bench.lastfm)
    with Running(bench, "login", env=browser.env | missing) as login:
        login.expect("Open this page in a browser, here or on your phone")
        approve(bench.lastfm)
        assert login.ended() == 0


@pytest.mark.parametrize(
    ("env", "is_opened"),
    [
        ({"BROWSER": "w3m", "DISPLAY": ""}, False),
        ({"BROWSER": "/usr/bin/lynx -accept_all_cookies %s:links", "DISPLAY": ""}, False),
        ({"BROWSER": "www-browser", "SSH_CONNECTION": "1"}, False),
        ({"BROWSER": "w3m:/opt/editor/open-here.sh", "DISPLAY": "", "SSH_TTY": "1"}, True),
        ({"SSH_CONNECTION": "1", "programs": "w3m"}, False),
        ({"SSH_CONNECTION": "1", "programs": "firefox"}, True),
        ({"BROWSER": "lynx"}, True),  # at a desktop xdg-open asks the desktop
    ],
    ids=["named", "path", "ssh", "editor", "server", "server with a window", "desktop"],
)
def test_a_browser_for_terminals_is_none(
    bench: Bench, browser: Browser, env: dict[str, str], is_opened: bool
) -> None:
    programs = bench.daemon.home / "few"
    shutil.rmtree(programs, ignore_errors=True)
    shutil.copytree(bench.daemon.home / "bin", programs)
    for name in filter(None, ("sh", env.get("programs", ""))):
        (programs / name).symlink_to("/bin/sh")
    hold(bench.lastfm)
    with Running(bench, "login", env={**browser.env, "PATH": str(programs), **env}) as login:
        if is_opened:
            assert browser.page().startswith(bench.lastfm.auth_url)
        else:
            login.expect("Open this page in a browser, here or on your phone")
        approve(bench.lastfm)
        code = login.expect("Logged in as")
        assert ("▀" in code) is not is_opened
        assert login.ended() == 0


# -- logout ---------------------------------------------------------------------------------------


def test_logout_forgets_the_login_and_keeps_the_queue(tmp_path: Path) -> None:
    with running(tmp_path) as bench:
        bench.lastfm.stop()
        with Stage(bench) as stage:
            stage.scrobble()
        assert said(bench, "logout").startswith(f"Logged out {USER}; the queue is kept")
        assert who(bench) == ""
        assert len(document(bench, "queue")) == 1


def test_logout_where_nobody_is_logged_in_changes_nothing(bench: Bench) -> None:
    before = settings(bench)
    assert said(bench, "logout") == "Nobody was logged in\n"
    assert settings(bench) == before


def test_no_secret_is_shown(bench: Bench) -> None:
    has_key(bench)
    for command in ("status", "settings", "doctor"):
        shown = ctl(bench, command, "--json").stdout
        assert not {API_KEY, API_SECRET} & set(shown.split('"'))
