"""A login that a click begins, between a stand-in Last.fm and a browser that tests play."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd.accounts.account import Account
from scrobblerd.accounts.browser_login import BrowserLogin
from scrobblerd.config.toml_file import write
from scrobblerd.core.errors import Busy
from scrobblerd.core.model import AuthState
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from tests.support.config_samples import FileLogin

USER = "quiet_otter"


@dataclass
class Login:
    """A login that has expired, and a browser: what it was shown."""

    account: Account
    approval: BrowserLogin
    changes: list[AuthState]
    pages: asyncio.Queue[str] = field(default_factory=asyncio.Queue[str])
    opens: bool = True

    async def show(self, url: str) -> bool:
        """Open a page."""
        self.pages.put_nowait(url)
        return self.opens

    async def token(self) -> str:
        """The token on the next page that is shown."""
        async with asyncio.timeout(5):
            page = await self.pages.get()
        return parse_qs(urlsplit(page).query)["token"][0]

    def click(self) -> asyncio.Task[str]:
        """What a click leads to."""
        return asyncio.create_task(self.approval.begin(self.show))


@pytest.fixture
async def login(tmp_path: Path, client: AudioscrobblerService) -> AsyncIterator[Login]:
    """quiet_otter's login has expired; it is asked every 10 ms."""
    path = tmp_path / "session.toml"
    write(path, {"username": USER, "session_key": ""})
    changes: list[AuthState] = []

    async def changed(state: AuthState, _: str) -> None:
        changes.append(state)

    account = Account(FileLogin(path), client.login, changed)
    yield Login(account, BrowserLogin(account, poll_seconds=0.01), changes)


async def asked(standin: StandIn, times: int = 2) -> None:
    """The daemon has asked so often."""

    def often(seen: StandIn) -> bool:
        return sum(one.method == "auth.getSession" for one in seen.requests) >= times

    assert await asyncio.to_thread(standin.wait_for, often)


async def test_a_login_that_is_approved_is_finished(login: Login, standin: StandIn) -> None:
    click = login.click()
    token = await login.token()
    await asked(standin)
    assert login.approval.under_way
    standin.approve(token, USER)
    assert await click == ""
    assert login.account.session is not None
    assert login.changes == [AuthState.PENDING, AuthState.AUTHENTICATED]
    assert not login.approval.under_way


async def test_who_is_logged_in_is_not_asked(login: Login, standin: StandIn) -> None:
    click = login.click()
    standin.approve(await login.token(), USER)
    await click
    assert await login.click() == ""
    assert login.pages.empty()


async def test_trouble_on_the_way_is_waited_out(login: Login, standin: StandIn) -> None:
    wrong = Behaviour.error(8), Behaviour.html(500), Behaviour.closed_before_storing()
    standin.misbehave(*wrong, method="auth.getSession")
    click = login.click()
    standin.approve(await login.token(), USER)
    assert await click == ""
    assert login.account.session is not None


@pytest.mark.parametrize("method", ["auth.getToken", "auth.getSession"])
async def test_a_login_that_can_never_be_finished_says_why(
    login: Login, standin: StandIn, method: str
) -> None:
    standin.misbehave(Behaviour.error(26), method=method)
    assert "error 26" in await login.click()
    assert login.account.session is None
    assert not login.approval.under_way


async def test_without_a_browser_it_says_so_and_asks_nobody(login: Login, standin: StandIn) -> None:
    login.opens = False
    assert "browser" in await login.click()
    assert [one.method for one in standin.requests] == ["auth.getToken"]


async def test_a_second_click_opens_the_same_page_again(login: Login, standin: StandIn) -> None:
    first = login.click()
    token = await login.token()
    assert await login.click() == ""
    assert await login.token() == token
    standin.approve(token, USER)
    assert await first == ""
    assert sum(one.method == "auth.getToken" for one in standin.requests) == 1


async def test_it_ends_when_nobody_approves(login: Login) -> None:
    login.approval = BrowserLogin(login.account, poll_seconds=0.01, login_seconds=0.05)
    assert "not approved" in await login.click()
    assert login.account.session is None


async def somebody_logs_in(account: Account, standin: StandIn) -> None:
    _, token = await account.auth_url()
    standin.approve(token, "busy_beaver")
    while account.session is None:
        try:
            await account.complete(token)
        except Busy:  # the click's login asks just then, and needs the loop to hear the answer
            await asyncio.sleep(0.001)


async def somebody_disconnects(account: Account, _: StandIn) -> None:
    await account.disconnect()


async def somebody_gives_it_up(account: Account, _: StandIn) -> None:
    await account.cancel()


SOMEBODY = (somebody_logs_in, somebody_disconnects, somebody_gives_it_up)


@pytest.mark.parametrize("somebody", SOMEBODY)
async def test_it_ends_in_silence_when_somebody_else_was_faster(
    login: Login, standin: StandIn, somebody: Callable[[Account, StandIn], Awaitable[None]]
) -> None:
    click = login.click()
    await login.token()
    await asked(standin)
    await somebody(login.account, standin)
    assert await click == ""
    assert not login.approval.under_way


async def test_a_disconnect_while_the_answer_is_on_its_way_ends_it_too(
    login: Login, standin: StandIn
) -> None:
    standin.misbehave(Behaviour.slow(30), method="auth.getSession")
    click = login.click()
    standin.approve(await login.token(), USER)
    await asked(standin, 1)
    await login.account.disconnect()
    standin.release()
    assert await click == ""
    assert login.account.session is None
