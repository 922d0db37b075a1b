"""desktop.py with a notification server on the bus, with an odd one, and without one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dbus_next.message import Message

from lab.bus import PrivateBus
from lab.dbus import Connection, connect, round_trip
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.core.publisher import Alert, AlertKind
from scrobblerd.desktop.notification_server import MAX_CHARACTERS, NAME, PATH, NotificationServer
from scrobblerd.desktop.notifications import Slot
from tests.support.daemon_bench import log_in, scrobble_ago, started
from tests.support.desktop_services import ALL, Files, Server, Shown

EXPIRED = Alert(AlertKind.LOGIN_EXPIRED, "Log in again")
REJECTED = Alert(AlertKind.REJECTED, "Not scrobbled: Fern by Mira Holt")
FAULT = Alert(AlertKind.FAULT, "Something is wrong")
SENT = Alert(AlertKind.SCROBBLED, "Scrobbled: Fern by Mira Holt")


@pytest.fixture
async def wire(bus: PrivateBus) -> AsyncIterator[Connection]:
    """The connection of the desktop."""
    async with await connect(bus.address) as connection:
        yield connection


@pytest.fixture
async def desktop(wire: Connection) -> AsyncIterator[NotificationServer]:
    """What is to be shown goes to that bus."""
    made = NotificationServer(wire, lambda: "all")
    yield made
    await made.stop()


@pytest.fixture
def clicks(desktop: NotificationServer) -> asyncio.Queue[tuple[AlertKind, str]]:
    """The clicks that were heard."""
    heard: asyncio.Queue[tuple[AlertKind, str]] = asyncio.Queue()
    desktop.on_click(lambda kind, token: heard.put_nowait((kind, token)))
    return heard


async def shown(desktop: NotificationServer, server: Server, notice: Alert) -> Shown:
    """The notification that a notice becomes."""
    desktop.alert(notice)
    return await server.next_shown()


async def heard(clicks: asyncio.Queue[tuple[AlertKind, str]]) -> tuple[AlertKind, str]:
    async with asyncio.timeout(5):
        return await clicks.get()


async def settled(desktop: NotificationServer, server: Server) -> list[Shown]:
    """What was shown but not yet looked at, once nothing is under way any more."""
    last = Alert(AlertKind.FAULT, "That was all")
    desktop.alert(last)
    found: list[Shown] = []
    while (one := await server.next_shown()).body != last.words:
        found.append(one)
    return found


async def arrived(server: Server, wire: Connection) -> None:
    """What the server has sent so far was seen by the desktop."""
    await round_trip(server.connection)
    await round_trip(wire)


# -- words ----------------------------------------------------------------------------------------

ODD = Alert(AlertKind.FAULT, "<b>Fern</b> & co\nwait\x1b[31m")
ESCAPED = "&lt;b&gt;Fern&lt;/b&gt; &amp; co wait [31m"
PLAIN = "<b>Fern</b> & co wait [31m"


@pytest.mark.parametrize(
    ("capabilities", "summary", "body"),
    [
        (("body", "body-markup"), "Scrobbling", ESCAPED),
        (("body",), "Scrobbling", PLAIN),
        ((), PLAIN, ""),
    ],
)
async def test_words_are_shown_as_plain_text_whatever_the_server_can(
    desktop: NotificationServer,
    server: Server,
    capabilities: tuple[str, ...],
    summary: str,
    body: str,
) -> None:
    server.capabilities = capabilities
    found = await shown(desktop, server, ODD)
    assert (found.summary, found.body) == (summary, body)


async def test_long_words_are_cut(desktop: NotificationServer, server: Server) -> None:
    found = await shown(desktop, server, Alert(AlertKind.FAULT, "x" * 10_000))
    assert len(found.body) == MAX_CHARACTERS


async def test_news_that_pass_are_of_low_urgency_and_not_kept(
    desktop: NotificationServer, server: Server
) -> None:
    desktop.alert(SENT)
    desktop.alert(EXPIRED)
    passing, lasting = await server.next_shown(), await server.next_shown()
    assert passing.hints == {"urgency": 0, "desktop-entry": "scrobblerd", "transient": True}
    assert lasting.hints == {"urgency": 1, "desktop-entry": "scrobblerd"}


@pytest.mark.parametrize("variable", ["XDG_DATA_HOME", "XDG_DATA_DIRS"])
async def test_it_shows_our_icon_if_that_is_installed(
    desktop: NotificationServer,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    assert (await shown(desktop, server, EXPIRED)).icon == "audio-x-generic"
    folder = tmp_path / "share/icons/hicolor/scalable/apps"
    folder.mkdir(parents=True)
    (folder / "scrobblerd.svg").touch()
    monkeypatch.setenv(variable, str(tmp_path / "share"))
    assert (await shown(desktop, server, EXPIRED)).icon == "scrobblerd"


# -- the setting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("show", "bodies"),
    [("off", []), ("errors", [EXPIRED.words]), ("all", [EXPIRED.words, SENT.words])],
)
async def test_the_setting_decides_what_is_shown_from_the_next_notice_on(
    desktop: NotificationServer, server: Server, show: str, bodies: list[str]
) -> None:
    await shown(desktop, server, SENT)
    desktop.show = lambda: show
    desktop.alert(EXPIRED)
    desktop.alert(SENT)
    desktop.show = lambda: "all" if show == "off" else show
    assert [one.body for one in await settled(desktop, server)] == bodies


async def test_switched_off_the_log_has_it_all_the_same(
    desktop: NotificationServer, caplog: pytest.LogCaptureFixture
) -> None:
    desktop.show = lambda: "off"
    desktop.alert(EXPIRED)
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", EXPIRED.words)
    ]
    assert not desktop.stands(Slot.LOGIN)


# -- places ---------------------------------------------------------------------------------------


async def test_a_notice_replaces_the_one_in_its_place_until_that_was_closed(
    wire: Connection, desktop: NotificationServer, server: Server
) -> None:
    first = await shown(desktop, server, EXPIRED)
    other = await shown(desktop, server, REJECTED)
    second = await shown(desktop, server, Alert(AlertKind.LOGIN_FAILED, "Not logged in"))
    assert (other.replaces, second.replaces, second.id) == (0, first.id, first.id)
    await server.says("NotificationClosed", "uu", first.id, 2)
    await arrived(server, wire)
    assert not desktop.stands(Slot.LOGIN)
    assert (await shown(desktop, server, EXPIRED)).replaces == 0


async def test_what_is_no_longer_so_is_taken_away(
    desktop: NotificationServer, server: Server
) -> None:
    desktop.withdraw(Slot.LOGIN)
    found = await shown(desktop, server, EXPIRED)
    desktop.withdraw(Slot.LOGIN)
    desktop.withdraw(Slot.REJECTED)
    assert await settled(desktop, server) == []
    assert [server.closed.get_nowait()] == [found.id]
    assert server.closed.empty()
    assert not desktop.stands(Slot.LOGIN)


async def test_while_a_server_hangs_only_the_newest_of_each_place_waits(
    desktop: NotificationServer, server: Server
) -> None:
    held: asyncio.Queue[Message] = asyncio.Queue()
    server.odd["Notify"] = held.put_nowait
    desktop.alert(EXPIRED)
    first = await held.get()
    for number in range(500):
        desktop.alert(Alert(AlertKind.REJECTED, f"{number} plays were not scrobbled"))
    del server.odd["Notify"]
    await server.connection.transmit(Message.new_method_return(first, "u", [7]))
    assert await server.next() == "499 plays were not scrobbled"
    assert await settled(desktop, server) == []


# -- clicks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capabilities", "notice", "actions"),
    [
        (ALL, EXPIRED, ["default", "Log in"]),
        (ALL, REJECTED, ["default", "Open your Last.fm library"]),
        (ALL, Alert(AlertKind.KEY_FAULT, "-"), ["default", "Get an API key"]),
        (ALL, FAULT, []),
        (ALL, Alert(AlertKind.DATABASE, "no file manager here"), []),
        (("body",), EXPIRED, []),
    ],
)
@pytest.mark.usefixtures("portal")
async def test_a_click_is_offered_where_it_opens_something(
    desktop: NotificationServer,
    server: Server,
    capabilities: tuple[str, ...],
    notice: Alert,
    actions: list[str],
) -> None:
    server.capabilities = capabilities
    assert (await shown(desktop, server, notice)).actions == actions


async def test_a_click_on_trouble_of_the_database_needs_a_file_manager(
    bus: PrivateBus, desktop: NotificationServer, server: Server
) -> None:
    async with await Files.start(bus.address):
        found = await shown(desktop, server, Alert(AlertKind.DATABASE, "full"))
        assert found.actions == ["default", "Open the folder"]


async def test_no_click_is_offered_without_a_portal(
    desktop: NotificationServer, server: Server
) -> None:
    assert (await shown(desktop, server, EXPIRED)).actions == []


@pytest.mark.usefixtures("portal")
async def test_a_click_is_heard_once_with_what_brings_the_window_to_the_front(
    wire: Connection,
    desktop: NotificationServer,
    server: Server,
    clicks: asyncio.Queue[tuple[AlertKind, str]],
) -> None:
    found = await shown(desktop, server, EXPIRED)
    await server.click(found.id, "another action")
    await server.says("ActivationToken", "us", found.id, "front-please")
    await server.click(found.id)
    await server.click(found.id)
    assert await heard(clicks) == (AlertKind.LOGIN_EXPIRED, "front-please")
    await server.says("NotificationClosed", "uu", found.id, 2)
    await arrived(server, wire)
    assert not desktop.stands(Slot.LOGIN)
    assert clicks.empty()


@pytest.mark.usefixtures("portal")
async def test_a_click_on_the_heels_of_the_id_is_heard(
    desktop: NotificationServer, server: Server, clicks: asyncio.Queue[tuple[AlertKind, str]]
) -> None:
    def quick(message: Message) -> None:
        server.connection.send(Message.new_method_return(message, "u", [server.show(message)]))
        server.connection.send(
            Message.new_signal(message.path, NAME, "ActionInvoked", "us", [7, "default"])
        )

    server.odd["Notify"] = quick
    desktop.alert(EXPIRED)
    assert await heard(clicks) == (AlertKind.LOGIN_EXPIRED, "")


@pytest.mark.usefixtures("portal")
async def test_a_flood_of_foreign_ids_and_odd_signals_does_no_harm(
    desktop: NotificationServer,
    server: Server,
    clicks: asyncio.Queue[tuple[AlertKind, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = await shown(desktop, server, EXPIRED)
    for number in range(2000):
        await server.click(number + 1000)
    await server.says("ActionInvoked", "")
    await server.says("ActionInvoked", "s", "default")
    await server.says("ActionInvoked", "uu", found.id, 1)
    await server.says("ActionInvoked", "us", found.id, "")
    await server.says("NotificationClosed", "us", found.id, "default")
    await server.click(found.id)
    assert await heard(clicks) == (AlertKind.LOGIN_EXPIRED, "")
    assert clicks.empty()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.usefixtures("portal")
async def test_only_the_server_that_gave_the_id_is_heard(
    wire: Connection,
    desktop: NotificationServer,
    server: Server,
    listener: Connection,
    clicks: asyncio.Queue[tuple[AlertKind, str]],
) -> None:
    found = await shown(desktop, server, EXPIRED)
    await desktop.done()
    lie = Message.new_signal(PATH, NAME, "ActionInvoked", "us", [found.id, "default"])
    lie.destination = wire.unique_name or ""
    await listener.transmit(lie)
    await round_trip(listener)
    await round_trip(wire)
    assert clicks.empty()


# -- servers that come, go and err ----------------------------------------------------------------


async def test_without_a_server_nobody_minds(
    desktop: NotificationServer, caplog: pytest.LogCaptureFixture
) -> None:
    desktop.alert(Alert(AlertKind.FAULT, "Nobody sees this"))
    await desktop.done()
    assert [record.message for record in caplog.records] == ["Nobody sees this"]


async def test_a_server_that_comes_later_shows_what_is_still_worth_it(
    bus: PrivateBus, desktop: NotificationServer
) -> None:
    for notice in (EXPIRED, SENT, FAULT, REJECTED):
        desktop.alert(notice)
    await desktop.done()
    desktop.withdraw(Slot.REJECTED)
    async with await Server.start(bus.address) as late:
        assert await late.next() == EXPIRED.words
        assert await settled(desktop, late) == []


async def test_a_server_is_asked_once_what_it_can(
    desktop: NotificationServer, server: Server
) -> None:
    await shown(desktop, server, EXPIRED)
    await shown(desktop, server, REJECTED)
    assert server.calls == ["GetCapabilities", "Notify", "Notify"]


async def test_ids_and_abilities_belong_to_the_server_that_gave_them(
    bus: PrivateBus, wire: Connection, desktop: NotificationServer, server: Server
) -> None:
    await shown(desktop, server, EXPIRED)
    await server.leave()
    async with await Server.start(bus.address) as other:
        await arrived(other, wire)
        other.capabilities = ()
        found = await shown(desktop, other, EXPIRED)
        assert (found.replaces, found.summary) == (0, EXPIRED.words)
        assert other.calls == ["GetCapabilities", "Notify"]


async def test_a_server_that_dies_in_mid_call_is_not_tried_with_the_same_again(
    bus: PrivateBus, desktop: NotificationServer, server: Server
) -> None:
    dying: list[asyncio.Task[None]] = []
    server.odd["Notify"] = lambda _: dying.append(asyncio.create_task(server.leave()))
    desktop.alert(EXPIRED)
    await desktop.done()
    await asyncio.gather(*dying)
    async with await Server.start(bus.address) as other:
        assert await settled(desktop, other) == []


@pytest.mark.parametrize(
    ("method", "signature", "body"),
    [
        ("GetCapabilities", "s", ["actions"]),
        ("GetCapabilities", "aas", [[["actions"]]]),
        ("GetCapabilities", "", []),
        ("Notify", "u", [0]),
        ("Notify", "s", ["7"]),
        ("Notify", "", []),
    ],
)
async def test_nonsense_from_a_server_is_passed_over(
    desktop: NotificationServer, server: Server, method: str, signature: str, body: list[object]
) -> None:
    def nonsense(message: Message) -> Message:
        if method == "Notify":
            server.show(message)
        return Message.new_method_return(message, signature, body)

    server.odd[method] = nonsense
    assert (await shown(desktop, server, REJECTED)).body == REJECTED.words
    assert (await shown(desktop, server, REJECTED)).replaces in (0, 7)


async def test_a_server_that_refuses_is_left_alone_until_the_next_notice(
    desktop: NotificationServer, server: Server
) -> None:
    refusal = "org.freedesktop.Notifications.Error.ExcessNotificationGeneration"
    server.odd["Notify"] = lambda message: Message.new_error(message, refusal, "enough")
    desktop.alert(EXPIRED)
    await desktop.done()
    del server.odd["Notify"]
    assert await settled(desktop, server) == []


async def test_a_server_that_never_answers_is_given_up(wire: Connection, server: Server) -> None:
    hasty = NotificationServer(wire, lambda: "all", timeout_seconds=0.5)
    assert await settled(hasty, server) == []  # the server is known
    server.odd["Notify"] = lambda _: None
    hasty.alert(EXPIRED)
    await hasty.done()
    del server.odd["Notify"]
    assert await settled(hasty, server) == []
    await hasty.stop()


async def test_nothing_is_left_of_a_call_that_hangs_when_it_stops(
    desktop: NotificationServer, server: Server
) -> None:
    called = asyncio.Event()
    server.odd["Notify"] = lambda _: called.set()
    before = asyncio.all_tasks()
    desktop.alert(EXPIRED)
    await called.wait()
    await desktop.stop()
    assert asyncio.all_tasks() <= before


# -- the daemon -----------------------------------------------------------------------------------


@started(tables={"notifications": {"show": "all"}})
@pytest.mark.parametrize(("code", "words"), [(9, "login of quiet_otter"), (26, "error 26")])
async def test_what_only_the_user_can_mend_is_shown_once(
    scrobbler: Scrobbler, lastfm: StandIn, server: Server, code: int, words: str
) -> None:
    lastfm.outage = Behaviour.error(code)
    for age in (600, 300):
        await scrobbler.call(*scrobble_ago(age)[1])
        await scrobbler.call("RetryQueue")
    lastfm.outage = None
    await log_in(scrobbler, lastfm)
    assert words in await server.next()
    assert await server.next() == "Logged in as quiet_otter"
