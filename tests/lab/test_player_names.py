"""How the fake player comes to the bus, shares and loses its names, and goes."""

import asyncio
import signal
import subprocess
import sys

import pytest
from dbus_next.constants import NameFlag, RequestNameReply
from dbus_next.errors import DBusError
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.dbus import Connection, ReplyError, SignalLog, ask_bus, round_trip
from lab.mpris import ROOT
from lab.player import FakePlayer, RemotePlayer
from tests.support.paths import ROOT as CHECKOUT

VLC = "org.mpris.MediaPlayer2.vlc"
SECOND = "org.mpris.MediaPlayer2.vlc.instance7"


async def test_both_names_have_one_owner(bus: PrivateBus, listener: Connection) -> None:
    async with await FakePlayer.start(bus.address, "vlc", also=("vlc.instance7",)) as player:
        owners = [await ask_bus(listener, "GetNameOwner", "s", name) for name in (VLC, SECOND)]
    assert owners == [[player.unique_name], [player.unique_name]]


async def test_both_names_answer(bus: PrivateBus, listener: Connection) -> None:
    async with await FakePlayer.start(bus.address, "vlc", also=("vlc.instance7",), identity="V"):
        ends = [RemotePlayer(listener, name) for name in (VLC, SECOND)]
        assert [await end.get("Identity", ROOT) for end in ends] == [Variant("s", "V")] * 2


async def test_a_full_name_is_kept(bus: PrivateBus) -> None:
    async with await FakePlayer.start(bus.address, VLC) as player:
        assert player.names == [VLC]


async def test_a_taken_name_is_an_error(bus: PrivateBus) -> None:
    async with await FakePlayer.start(bus.address, "vlc"):
        with pytest.raises(DBusError, match="vlc has an owner already"):
            await FakePlayer.start(bus.address, "vlc")


async def test_without_a_bus_there_is_no_player() -> None:
    with pytest.raises(OSError):
        await FakePlayer.start("unix:path=/nonexistent", "vlc")


async def test_a_released_name_has_no_owner(bus: PrivateBus, listener: Connection) -> None:
    async with await FakePlayer.start(bus.address, "vlc") as player:
        await player.release()
        assert await ask_bus(listener, "NameHasOwner", "s", VLC) == [False]


async def test_a_name_returns_to_the_same_connection(bus: PrivateBus, log: SignalLog) -> None:
    async with await FakePlayer.start(bus.address, "vlc") as player:
        await player.release()
        await player.request()
        changes = [(await log.next("NameOwnerChanged")).body for _ in range(3)]
        own = player.unique_name
    assert changes == [[VLC, "", own], [VLC, own, ""], [VLC, "", own]]


async def test_a_vanished_player_loses_all_its_names(bus: PrivateBus, log: SignalLog) -> None:
    player = await FakePlayer.start(bus.address, "vlc", also=["vlc.instance7"])
    own = player.unique_name
    await player.vanish()
    changes = [(await log.next("NameOwnerChanged")).body for _ in range(4)]
    assert sorted(changes[2:]) == [[VLC, own, ""], [SECOND, own, ""]]


async def test_a_vanished_player_signals_no_more(bus: PrivateBus) -> None:
    player = await FakePlayer.start(bus.address, "vlc")
    await player.vanish()
    with pytest.raises(ConnectionError):
        await player.pause()


async def test_a_player_vanishes_while_it_answers(bus: PrivateBus, remote: RemotePlayer) -> None:
    player = await FakePlayer.start(bus.address, "vlc")
    player.delay = 60
    asking = asyncio.create_task(remote.get_all())
    await player.called("GetAll")
    await player.vanish()
    with pytest.raises(ReplyError) as failure:
        await asking
    assert failure.value.name == "org.freedesktop.DBus.Error.NoReply"


async def test_a_vanished_player_returns_with_another_owner(
    bus: PrivateBus, log: SignalLog
) -> None:
    first = await FakePlayer.start(bus.address, "vlc")
    await first.vanish()
    async with await FakePlayer.start(bus.address, "vlc") as second:
        changes = [(await log.next("NameOwnerChanged")).body for _ in range(3)]
    assert changes == [
        [VLC, "", first.unique_name],
        [VLC, first.unique_name, ""],
        [VLC, "", second.unique_name],
    ]


async def test_a_name_is_handed_over_without_a_gap(bus: PrivateBus, log: SignalLog) -> None:
    async with (
        await FakePlayer.start(bus.address, "vlc") as old,
        await FakePlayer.start(bus.address, "mpv") as new,
    ):
        await old.hand_over(new)
        changes = [(await log.next("NameOwnerChanged")).body for _ in range(3)]
    assert changes[2] == [VLC, old.unique_name, new.unique_name]


async def test_the_new_owner_answers_for_the_name(bus: PrivateBus, remote: RemotePlayer) -> None:
    async with (
        await FakePlayer.start(bus.address, "vlc", identity="old") as old,
        await FakePlayer.start(bus.address, "mpv", identity="new") as new,
    ):
        await old.hand_over(new)
        assert (await remote.get("Identity", ROOT)).value == "new"


async def test_a_queued_player_gets_the_name_when_its_owner_goes(
    bus: PrivateBus, log: SignalLog
) -> None:
    owner = await FakePlayer.start(bus.address, "vlc")
    async with await FakePlayer.start(bus.address, "mpv") as waiting:
        assert await waiting.request("vlc", NameFlag.NONE) is RequestNameReply.IN_QUEUE
        await owner.vanish()
        changes = [(await log.next("NameOwnerChanged")).body for _ in range(3)]
    assert changes[2] == [VLC, owner.unique_name, waiting.unique_name]


async def test_what_fails_while_answering_is_raised_at_the_end(
    bus: PrivateBus, remote: RemotePlayer
) -> None:
    player = await FakePlayer.start(bus.address, "vlc")
    player.properties["Metadata"].value["not a variant"] = 1
    asking = asyncio.create_task(remote.get_all())
    await player.called("GetAll")
    await round_trip(player.bus)
    with pytest.raises(AttributeError, match="signature"):
        await player.vanish()
    with pytest.raises(ReplyError):
        await asking


async def test_without_its_bus_a_player_signals_no_more(
    bus: PrivateBus, player: FakePlayer
) -> None:
    bus.stop()
    with pytest.raises(ConnectionError):
        await player.pause()


async def test_a_player_vanishes_quietly_after_its_bus(bus: PrivateBus) -> None:
    player = await FakePlayer.start(bus.address, "vlc")
    bus.stop()
    await player.vanish()
    assert not player.bus.connected


def test_the_command_plays_on_the_session_bus_until_ctrl_c() -> None:
    program = [sys.executable, "-m", "lab.player", "--name", "me", "--title", "Song"]
    with (
        PrivateBus() as bus,
        subprocess.Popen(
            program, env=bus.env(), cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
        ) as running,
    ):
        assert running.stdout
        said = running.stdout.readline()
        running.send_signal(signal.SIGINT)
        try:
            assert running.wait(5) == 0
        finally:
            running.kill()
    assert said == "org.mpris.MediaPlayer2.me plays Song, 40 s; Ctrl-C ends it\n"


async def test_the_command_stops_at_the_end_of_the_track(bus: PrivateBus, log: SignalLog) -> None:
    program = [sys.executable, "-m", "lab.player", "--address", bus.address, "--length", "0.1"]
    running = await asyncio.create_subprocess_exec(
        *program, cwd=CHECKOUT, stdout=subprocess.DEVNULL
    )
    said = [(await log.next("PropertiesChanged")).body[1] for _ in range(2)]
    running.send_signal(signal.SIGINT)
    await running.wait()
    assert [changed["PlaybackStatus"].value for changed in said] == ["Playing", "Stopped"]


def test_the_command_without_a_bus_says_so() -> None:
    program = [sys.executable, "-m", "lab.player", "--address", "unix:path=/nonexistent"]
    ended = subprocess.run(program, check=False, cwd=CHECKOUT, capture_output=True, text=True)
    assert ended.stderr.startswith("no player on the bus: ")
