"""opening.py with a portal and a file manager on the bus, and without."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from dbus_next.message import Message

from lab.bus import PrivateBus
from lab.dbus import connect
from scrobblerd.desktop.opener import FILES, PORTAL, Opener
from tests.support.desktop_services import Files, Portal

PAGE = "https://www.last.fm/user/quiet_otter/library"


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """Where the bus looks for services that it can start."""
    folder = tmp_path / "services"
    folder.mkdir()
    return folder


@pytest.fixture
def bus(services: Path) -> Iterator[PrivateBus]:
    with PrivateBus([services]) as private:
        yield private


@pytest.fixture
async def opener(bus: PrivateBus) -> AsyncIterator[Opener]:
    async with await connect(bus.address) as connection:
        yield Opener(connection)


async def test_without_anybody_nothing_can_be_opened(opener: Opener) -> None:
    assert not await opener.can_open(folder=False)
    assert not await opener.can_open(folder=True)
    assert not await opener.open(PAGE)
    assert not await opener.open("file:///tmp")


async def test_a_portal_opens_pages(bus: PrivateBus, opener: Opener) -> None:
    async with await Portal.start(bus.address) as portal:
        assert await opener.can_open(folder=False)
        assert not await opener.can_open(folder=True)
        assert await opener.open(PAGE)
        assert await opener.open(PAGE, "to-the-front")
        assert [await portal.next(), await portal.next()] == [PAGE, PAGE]
        assert portal.tokens == ["", "to-the-front"]


async def test_a_file_manager_opens_folders(bus: PrivateBus, opener: Opener) -> None:
    async with await Files.start(bus.address) as files:
        assert await opener.can_open(folder=True)
        assert not await opener.can_open(folder=False)
        assert await opener.open("file:///home/otter/a%20folder", "to-the-front")
        assert await files.next() == "file:///home/otter/a%20folder"
        assert files.tokens == ["to-the-front"]


@pytest.mark.parametrize(("name", "folder"), [(PORTAL, False), (FILES, True)])
async def test_who_can_be_started_counts_as_there(services: Path, name: str, folder: bool) -> None:
    (services / "one.service").write_text(f"[D-BUS Service]\nName={name}\nExec=/bin/false\n")
    with PrivateBus([services]) as private:
        async with await connect(private.address) as connection:
            opener = Opener(connection)
            assert await opener.can_open(folder)
            assert not await opener.can_open(not folder)
            assert not await opener.open("file:///tmp" if folder else PAGE)  # it does not start


async def test_a_portal_that_refuses_has_not_opened_anything(
    bus: PrivateBus, opener: Opener
) -> None:
    async with await Portal.start(bus.address) as portal:
        refusal = "org.freedesktop.portal.Error.NotAllowed"
        portal.odd["OpenURI"] = lambda message: Message.new_error(message, refusal, "no")
        assert not await opener.open(PAGE)


async def test_a_portal_that_never_answers_is_given_up(bus: PrivateBus) -> None:
    async with await Portal.start(bus.address) as portal, await connect(bus.address) as connection:
        portal.odd["OpenURI"] = lambda _: None
        assert not await Opener(connection, timeout_seconds=0.05).open(PAGE)


async def test_when_the_bus_has_gone_nothing_is_opened(bus: PrivateBus) -> None:
    async with await connect(bus.address) as connection:
        opener = Opener(connection)
        bus.stop()
        assert not await opener.open(PAGE)
        assert not await opener.can_open(folder=False)
