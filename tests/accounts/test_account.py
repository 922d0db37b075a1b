"""A login: the API key that it belongs to, users who are refused, and tokens handed over."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.lastfm import API_KEY, API_SECRET, StandIn
from lab.listenbrainz import ListenBrainz
from scrobblerd.accounts.account import Account
from scrobblerd.accounts.session_file import StoredLogin
from scrobblerd.config.credentials import HandedToken
from scrobblerd.core.errors import InvalidArgument, LogIn, TryLater
from scrobblerd.core.model import NOBODY, ApiAccess, AuthState, Session, mark_of
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.base import LoginFlow, LoginKind
from scrobblerd.services.file.file_service import FileService
from scrobblerd.services.http import HttpClient
from scrobblerd.services.kinds import service_of
from scrobblerd.services.lastfm import LASTFM
from tests.support.config_samples import FileLogin

USER = "quiet_otter"


class Scene:
    """A login in a file, and what it said of itself."""

    def __init__(self, path: Path, flow: LoginFlow) -> None:
        self.path = path
        self.refused = ""
        self.changes: list[AuthState] = []
        self._flow = flow
        self.account = self.again()

    def again(self) -> Account:
        """The account after a restart."""
        self.account = Account(
            store=FileLogin(self.path),
            flow=self._flow,
            changed=self._changed,
            name="mine",
            check_user=self._check,
        )
        return self.account

    async def _changed(self, state: AuthState, _: str) -> None:
        self.changes.append(state)

    def _check(self, session: Session) -> None:
        if session.username == self.refused:
            raise LogIn("refused")

    def kept(self) -> StoredLogin:
        """What is in the file."""
        return FileLogin(self.path).read()


# -- the API key ----------------------------------------------------------------------------------


class KeyScene(Scene):
    """A login at a stand-in Last.fm, with an API key that may be changed."""

    def __init__(self, path: Path, standin: StandIn, http: HttpClient) -> None:
        self.standin = standin
        self.access = ApiAccess(API_KEY, API_SECRET, standin.api_url, standin.auth_url)
        super().__init__(path, AudioscrobblerService(LASTFM, lambda: self.access, http).login)

    async def log_in(self, user: str = USER) -> str:
        """The user approves a login, and it is finished."""
        _, token = await self.account.auth_url()
        self.standin.approve(token, user)
        return await self.account.complete(token)

    def change_key(self, key: str = "f" * 32) -> None:
        """Another key is in force."""
        self.access = replace(self.access, key=key)


@pytest.fixture
async def keys(tmp_path: Path, standin: StandIn) -> AsyncIterator[KeyScene]:
    """Nobody is logged in."""
    http = HttpClient()
    yield KeyScene(tmp_path / "session.toml", standin, http)
    await http.close()


async def test_with_another_key_the_login_has_expired_and_with_its_own_it_is_good(
    keys: KeyScene,
) -> None:
    await keys.log_in()
    session = keys.account.session
    for account in (keys.account, keys.again()):
        keys.change_key()
        assert (account.session, account.dead_session, account.has_expired) == (None, None, True)
        assert account.absence == f"the login of {USER} belongs to another API key: log in again"
        with pytest.raises(LogIn, match="belongs to another API key"):
            account.login()
        keys.change_key(API_KEY)
        assert (account.session, account.has_expired) == (session, False)


async def test_a_new_login_belongs_to_the_new_key(keys: KeyScene) -> None:
    await keys.log_in()
    keys.change_key()
    keys.standin.api_key = keys.access.key
    assert await keys.log_in() == USER
    assert keys.account.session
    assert keys.kept().made_with == mark_of(keys.access.key)


async def test_without_any_key_the_login_stays_what_it_was(keys: KeyScene) -> None:
    await keys.log_in()
    keys.access = replace(keys.access, key="", secret="")
    assert keys.account.session
    assert not keys.account.configured


async def test_a_login_that_was_kept_without_its_key_is_that_of_the_key_in_force(
    keys: KeyScene,
) -> None:
    await FileLogin(keys.path).write(StoredLogin(USER, "a-session-key"))
    await keys.again().begin()
    assert keys.kept() == StoredLogin(USER, "a-session-key", made_with=mark_of(API_KEY))


async def test_a_user_who_is_refused_leaves_the_login_that_there_is(keys: KeyScene) -> None:
    await keys.log_in()
    before, keys.refused = keys.kept(), "loud_heron"
    with pytest.raises(LogIn, match="refused"):
        await keys.log_in("loud_heron")
    assert keys.account.username == USER
    assert keys.kept() == replace(before, token=keys.kept().token, token_at=keys.kept().token_at)
    assert keys.changes.count(AuthState.AUTHENTICATED) == 1


async def test_a_login_is_not_used_while_it_is_that_of_another_account(keys: KeyScene) -> None:
    await keys.log_in()
    keys.account.stop("twice")
    assert (keys.account.session, keys.account.has_expired) == (None, False)
    assert keys.account.absence == keys.account.stopped == "twice"
    keys.account.stop("")
    assert keys.account.session


# -- tokens ---------------------------------------------------------------------------------------


class TokenScene(Scene):
    """A login at a stand-in ListenBrainz."""

    def __init__(self, path: Path, brainz: ListenBrainz, http: HttpClient) -> None:
        access = ApiAccess(api_url=brainz.api_url)
        super().__init__(path, service_of("listenbrainz", lambda: access, http).login)
        self.brainz = brainz
        self.token = brainz.login(USER)

    def hand_over(self, token: str) -> None:
        """The environment has a token."""
        self.account.hand_over(HandedToken(token, "SCROBBLERD_TOKEN_MINE", is_lasting=True))


@pytest.fixture
def brainz() -> Iterator[ListenBrainz]:
    """A server that answers."""
    with ListenBrainz() as server:
        yield server


@pytest.fixture
async def tokens(tmp_path: Path, brainz: ListenBrainz) -> AsyncIterator[TokenScene]:
    """Nobody is logged in."""
    http = HttpClient()
    yield TokenScene(tmp_path / "login-mine.toml", brainz, http)
    await http.close()


def test_where_a_token_is_the_login_an_api_key_is_not_missed(tokens: TokenScene) -> None:
    assert tokens.account.configured


async def test_a_token_that_is_handed_over_is_checked_once_and_never_kept(
    tokens: TokenScene,
) -> None:
    tokens.hand_over(tokens.token)
    assert tokens.account.awaits_check
    assert tokens.account.absence == "the token in SCROBBLERD_TOKEN_MINE was not checked yet"
    await tokens.account.log_in_by_token()
    assert tokens.account.session == Session(USER, tokens.token)
    tokens.again()
    assert tokens.account.session is None
    tokens.hand_over(tokens.token)
    assert tokens.account.session == Session(USER, tokens.token)
    assert tokens.token not in tokens.path.read_text()


async def test_a_token_that_is_refused_says_where_it_is(tokens: TokenScene) -> None:
    tokens.hand_over("no-such-token")
    with pytest.raises(LogIn):
        await tokens.account.log_in_by_token()
    assert tokens.account.absence.startswith("the token in SCROBBLERD_TOKEN_MINE: ListenBrainz ")
    assert "no-such-token" not in tokens.account.absence


async def test_if_the_server_is_away_the_token_was_not_checked(tokens: TokenScene) -> None:
    tokens.brainz.stop()
    tokens.hand_over(tokens.token)
    with pytest.raises(TryLater):
        await tokens.account.log_in_by_token()
    assert tokens.account.awaits_check
    assert tokens.account.absence == "the token in SCROBBLERD_TOKEN_MINE was not checked yet"
    tokens.brainz.start()


async def test_a_token_wins_over_a_login_by_command_until_it_is_taken_away(
    tokens: TokenScene,
) -> None:
    await tokens.account.complete(tokens.token)
    assert tokens.kept().key == tokens.token
    other = tokens.brainz.login("loud_heron")
    tokens.hand_over(other)
    assert tokens.account.session is None
    await tokens.account.log_in_by_token()
    assert tokens.account.session == Session("loud_heron", other)
    assert tokens.kept().key == ""
    tokens.account.hand_over(HandedToken())
    assert tokens.account.session is None


async def test_a_token_by_command_is_kept(tokens: TokenScene) -> None:
    tokens.account.hand_over(HandedToken(tokens.token, "a file"))
    assert not tokens.account.is_handed
    await tokens.account.complete(tokens.token)
    assert tokens.again().session == Session(USER, tokens.token)


# -- a service without logins ---------------------------------------------------------------------


async def test_nobody_logs_in_where_there_is_no_login(tmp_path: Path) -> None:
    path = tmp_path / "session.toml"
    before_it = StoredLogin(USER, "of a service that had the name before")
    await FileLogin(path).write(before_it)
    before = path.read_bytes()
    changes: list[AuthState] = []

    async def changed(state: AuthState, _: str) -> None:
        changes.append(state)

    account = Account(FileLogin(path), FileService(ApiAccess).login, changed, "log")
    assert account.login_kind is LoginKind.NONE
    assert (account.session, account.login(), account.username) == (NOBODY, NOBODY, "")
    assert (account.absence, account.waits_for, account.dead_session) == ("", "", None)
    assert await account.auth_url() == ("", "")
    for ask in (account.complete(""), account.complete("token"), account.disconnect()):
        with pytest.raises(InvalidArgument, match="account: log has no login"):
            await ask
    await account.begin()
    await account.cancel()
    assert (account.session, changes, path.read_bytes()) == (NOBODY, [], before)
