"""notifier.py with a real login, and a notification server and a portal on the bus."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.dbus import Connection, round_trip
from lab.lastfm import StandIn
from scrobblerd.accounts.account import Account
from scrobblerd.config.toml_file import write
from scrobblerd.core.model import AuthState, Scrobble
from scrobblerd.core.publisher import Alert, AlertKind
from scrobblerd.core.submission import ScrobbleStatus
from scrobblerd.desktop.notification_server import NotificationServer
from scrobblerd.desktop.notifications import Slot
from scrobblerd.desktop.notifier import Notifier, Timing
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.lastfm import LASTFM
from tests.support.config_samples import FileLogin
from tests.support.desktop_services import Files, Portal, Server, Shown

USER = "quiet_otter"
FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)
QUICK = Timing(digest=0.02, login_poll=0.01)
LIBRARY = f"https://www.last.fm/user/{USER}/library"


@dataclass
class Scene:
    """A notifier and all that it has to do with."""

    wire: Connection
    server: Server
    desktop: NotificationServer
    account: Account
    folder: Path

    def __post_init__(self) -> None:
        self.notify_with(QUICK)

    def notify_with(self, timing: Timing) -> None:
        """Take another notifier."""
        self.notifier = Notifier(self.desktop, self.account, LASTFM.pages, self.folder, timing)

    async def answered(self, *statuses: str, message: str = "") -> None:
        """What the service says of scrobbles."""
        for status in statuses:
            await self.notifier.scrobble_changed(ScrobbleStatus(status), FERN, message)

    async def settled(self) -> list[Shown]:
        """What was shown and not yet looked at, once nothing is under way any more."""
        last = Alert(AlertKind.FAULT, "That was all")
        self.desktop.alert(last)
        found: list[Shown] = []
        while (one := await self.server.next_shown()).body != last.words:
            found.append(one)
        return found

    async def clicked(self, notice: Alert) -> None:
        """A notice is shown, and clicked on."""
        self.desktop.alert(notice)
        await self.server.click((await self.server.next_shown()).id)


@pytest.fixture
async def account(tmp_path: Path, client: AudioscrobblerService) -> Account:
    """Nobody is logged in, but quiet_otter was."""
    path = tmp_path / "session.toml"
    write(path, {"username": USER, "session_key": ""})

    async def changed(state: AuthState, username: str) -> None:
        pass

    return Account(FileLogin(path), client.login, changed)


@pytest.fixture
async def scene(
    listener: Connection, server: Server, tmp_path: Path, account: Account
) -> AsyncIterator[Scene]:
    """A notifier that gathers for 20 ms, under "all"."""
    desktop = NotificationServer(listener, lambda: "all")
    made = Scene(listener, server, desktop, account, tmp_path / "a folder")
    yield made
    await made.notifier.stop()
    await desktop.stop()


# -- scrobbles ------------------------------------------------------------------------------------


async def test_a_scrobble_that_was_sent_is_named(scene: Scene) -> None:
    await scene.answered("sent")
    assert await scene.server.next() == "Scrobbled: Fern by Mira Holt"


async def test_a_backlog_is_one_notification_that_counts(scene: Scene) -> None:
    await scene.answered(*["sent"] * 362)
    first = await scene.server.next_shown()
    await scene.answered(*["sent"] * 50)
    second = await scene.server.next_shown()
    assert [first.body, second.body] == ["Scrobbled 362 plays", "Scrobbled 412 plays"]
    assert second.replaces == first.id
    assert await scene.settled() == []


async def test_a_play_long_after_the_last_one_is_named_again(scene: Scene) -> None:
    scene.notify_with(replace(QUICK, burst=0.0))
    await scene.answered("sent", "sent")
    assert await scene.server.next() == "Scrobbled 2 plays"
    await scene.answered("sent")
    assert await scene.server.next() == "Scrobbled: Fern by Mira Holt"


async def test_with_errors_what_was_sent_is_not_told(scene: Scene) -> None:
    scene.desktop.show = lambda: "errors"
    await scene.answered("sent", "held", "queued", "expired", "ignored")
    assert "Not scrobbled" in await scene.server.next()
    assert await scene.settled() == []


async def test_rejections_count_until_their_notification_is_closed(scene: Scene) -> None:
    await scene.answered("rejected", "ignored", message="too old")
    first = await scene.server.next_shown()
    assert first.body.startswith("2 plays were not scrobbled")
    await scene.answered("ignored", message="artist filtered")
    second = await scene.server.next_shown()
    assert second.replaces == first.id
    assert second.body.startswith("3 plays were not scrobbled")
    assert "artist filtered" in second.body
    await scene.server.says("NotificationClosed", "uu", second.id, 2)
    await round_trip(scene.server.connection)
    await round_trip(scene.wire)
    await scene.answered("rejected")
    third = await scene.server.next_shown()
    assert (third.replaces, third.body[:14]) == (0, "Not scrobbled:")


async def test_switched_off_rejections_are_logged_together(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.desktop.show = lambda: "off"
    await scene.answered(*["rejected"] * 50)
    scene.desktop.show = lambda: "errors"
    first = await scene.server.next_shown()
    assert [record.message for record in caplog.records] == [first.body]


@pytest.mark.parametrize("kind", [AlertKind.KEY_FAULT, AlertKind.BLOCKED, AlertKind.FAULT])
async def test_a_fault_is_over_when_a_scrobble_goes_out(scene: Scene, kind: AlertKind) -> None:
    scene.desktop.alert(Alert(kind, "Scrobbles wait: suspended"))
    shown = await scene.server.next_shown()
    await scene.answered(*["sent"] * 5)
    await scene.desktop.done()
    assert scene.server.closed.get_nowait() == shown.id
    assert scene.server.closed.empty()


async def test_what_loved_tracks_wait_for_is_over_when_they_go_out(scene: Scene) -> None:
    scene.desktop.alert(Alert(AlertKind.LOVES, "Loved tracks wait: suspended"))
    shown = await scene.server.next_shown()
    scene.notifier.loves_resumed()
    await scene.desktop.done()
    assert scene.server.closed.get_nowait() == shown.id


async def test_trouble_of_the_database_is_over_when_it_works_again(scene: Scene) -> None:
    scene.desktop.database_fails("The disk is full")
    full = await scene.server.next_shown()
    scene.desktop.salvaged("A new one was begun")
    await scene.server.next_shown()
    for _ in range(2):
        scene.desktop.database_fails("")
    await scene.desktop.done()
    assert scene.server.closed.get_nowait() == full.id
    assert scene.server.closed.empty()


# -- the login ------------------------------------------------------------------------------------


async def test_a_login_that_has_expired_is_told_until_it_is_mended(scene: Scene) -> None:
    scene.desktop.show = lambda: "errors"
    scene.notifier.login_changed(AuthState.EXPIRED, USER)
    shown = await scene.server.next_shown()
    assert f"login of {USER}" in shown.body
    scene.notifier.login_changed(AuthState.PENDING, USER)
    scene.notifier.login_changed(AuthState.AUTHENTICATED, USER)
    await scene.desktop.done()
    assert scene.server.closed.get_nowait() == shown.id
    assert scene.server.shown.empty()


async def test_with_all_a_login_is_told_in_its_place(scene: Scene) -> None:
    scene.notifier.login_changed(AuthState.EXPIRED, USER)
    expired = await scene.server.next_shown()
    scene.notifier.login_changed(AuthState.AUTHENTICATED, USER)
    done = await scene.server.next_shown()
    assert (done.body, done.replaces) == (f"Logged in as {USER}", expired.id)


async def test_after_a_disconnect_nobody_is_asked_to_log_in(scene: Scene) -> None:
    scene.notifier.login_changed(AuthState.EXPIRED, USER)
    shown = await scene.server.next_shown()
    scene.notifier.login_changed(AuthState.DISCONNECTED, "")
    await scene.desktop.done()
    assert scene.server.closed.get_nowait() == shown.id


# -- clicks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        (AlertKind.REJECTED, LIBRARY),
        (AlertKind.EXPIRING, LIBRARY),
        (AlertKind.DAILY_LIMIT, LIBRARY),
        (AlertKind.KEY_FAULT, "https://www.last.fm/api/account/create"),
    ],
)
async def test_a_click_opens_the_right_page(
    scene: Scene, portal: Portal, kind: AlertKind, url: str
) -> None:
    await scene.clicked(Alert(kind, "Click here"))
    assert await portal.next() == url


async def test_a_click_on_trouble_of_the_database_opens_its_folder(
    bus: PrivateBus, scene: Scene
) -> None:
    async with await Files.start(bus.address) as files:
        await scene.clicked(Alert(AlertKind.DATABASE, "The disk is full"))
        assert await files.next() == scene.folder.as_uri()


@pytest.mark.parametrize("kind", [AlertKind.LOGIN_EXPIRED, AlertKind.UNSENT])
async def test_a_click_begins_a_login_and_the_daemon_finishes_it(
    scene: Scene, portal: Portal, standin: StandIn, kind: AlertKind
) -> None:
    await scene.clicked(Alert(kind, "Log in"))
    page = await portal.next()
    [token] = standin.tokens
    assert page.startswith(standin.auth_url)
    assert page.endswith(token)
    standin.approve(token, USER)

    def finished(seen: StandIn) -> bool:
        return [one.answered for one in seen.requests if one.method == "auth.getSession"][-1:] == [
            "ok"
        ]

    assert await asyncio.to_thread(standin.wait_for, finished)


async def test_a_login_that_comes_to_nothing_says_why_and_can_be_clicked_again(
    scene: Scene, portal: Portal, standin: StandIn
) -> None:
    standin.suspended = True
    scene.desktop.show = lambda: "errors"
    await scene.clicked(Alert(AlertKind.LOGIN_EXPIRED, "Log in"))
    failed = await scene.server.next_shown()
    assert "Not logged in" in failed.body
    assert "error 26" in failed.body
    standin.suspended = False
    await scene.server.click(failed.id)
    assert (await portal.next()).startswith(standin.auth_url)


async def test_under_errors_the_login_of_a_click_is_told(scene: Scene, portal: Portal) -> None:
    scene.desktop.show = lambda: "errors"
    await scene.clicked(Alert(AlertKind.LOGIN_EXPIRED, "Log in"))
    await portal.next()
    scene.notifier.login_changed(AuthState.AUTHENTICATED, USER)
    assert await scene.server.next() == f"Logged in as {USER}"


async def test_nothing_is_left_when_it_stops(scene: Scene, portal: Portal) -> None:
    before = asyncio.all_tasks()
    await scene.clicked(Alert(AlertKind.LOGIN_EXPIRED, "Log in"))
    await portal.next()
    await scene.answered("rejected", "sent")
    await scene.notifier.stop()
    await scene.clicked(Alert(AlertKind.LOGIN_EXPIRED, "Log in"))
    await round_trip(scene.wire)
    await scene.desktop.stop()
    assert asyncio.all_tasks() <= before
    assert not scene.desktop.stands(Slot.REJECTED)
    assert scene.desktop.stands(Slot.LOGIN)


# -- several accounts -----------------------------------------------------------------------------


def trouble(account: str, words: str = "Scrobbles wait: refused") -> Alert:
    """What a worker says of an account."""
    return Alert(AlertKind.FAULT, words, account)


async def test_an_alert_names_its_account_unless_it_is_that_of_lastfm(scene: Scene) -> None:
    scene.notifier.alert(trouble("lastfm"))
    assert await scene.server.next() == "Scrobbles wait: refused"
    await scene.answered("sent")
    scene.notifier.alert(trouble("attic"))
    shown = [await scene.server.next_shown() for _ in range(1)]
    while not shown[-1].body.startswith("attic"):
        shown.append(await scene.server.next_shown())
    assert shown[-1].body == "attic: Scrobbles wait: refused"


async def test_trouble_of_several_accounts_is_one_notification(scene: Scene) -> None:
    shown: list[Shown] = []
    for account in ("attic", "lastfm", "second", "attic"):
        scene.notifier.alert(trouble(account))
        shown.append(await scene.server.next_shown())
    assert [each.body for each in shown] == [
        "attic: Scrobbles wait: refused",
        "2 accounts have trouble (attic, lastfm), the last one: Scrobbles wait: refused",
        "3 accounts have trouble (attic, lastfm, second), the last one:"
        " second: Scrobbles wait: refused",
        "3 accounts have trouble (lastfm, second, attic), the last one:"
        " attic: Scrobbles wait: refused",
    ]
    assert [each.replaces for each in shown[1:]] == [each.id for each in shown[:-1]]


async def test_what_is_told_of_an_account_stands_until_it_is_well(scene: Scene) -> None:
    for account in ("attic", "lastfm"):
        scene.notifier.alert(trouble(account))
        await scene.server.next_shown()
    await scene.notifier.scrobble_changed(ScrobbleStatus.SENT, FERN, "")
    assert scene.desktop.stands(Slot.FAULT)
    await scene.notifier.scrobble_changed(ScrobbleStatus.SENT, FERN, "", "attic")
    await scene.desktop.done()
    assert not scene.desktop.stands(Slot.FAULT)


@pytest.mark.parametrize(
    "kind", [AlertKind.KEY_FAULT, AlertKind.EXPIRING, AlertKind.UNSENT, AlertKind.DAILY_LIMIT]
)
async def test_a_click_leads_nobody_to_lastfm_who_is_told_of_another_account(
    scene: Scene, kind: AlertKind
) -> None:
    scene.notifier.alert(Alert(kind, "words", "attic"))
    shown = await scene.server.next_shown()
    assert (shown.body, list(shown.actions)) == ("attic: words", [])


async def test_a_login_that_another_account_needs_says_which_command_to_run(scene: Scene) -> None:
    scene.notifier.login_changed(AuthState.EXPIRED, USER, "attic")
    shown = await scene.server.next_shown()
    assert shown.body == (
        f"attic: the login of {USER} is not taken any more: run scrobblerctl login attic;"
        " nothing is lost"
    )
    assert list(shown.actions) == []
    scene.notifier.login_changed(AuthState.AUTHENTICATED, USER, "attic")
    await scene.desktop.done()
    assert not scene.desktop.stands(Slot.ACCOUNT_LOGIN)


async def test_what_another_account_refuses_is_told_with_its_name(scene: Scene) -> None:
    await scene.notifier.scrobble_changed(ScrobbleStatus.REJECTED, FERN, "no", "attic")
    shown = await scene.server.next_shown()
    assert shown.body == "Not scrobbled: Fern by Mira Holt (attic: no)"
    assert list(shown.actions) == []
