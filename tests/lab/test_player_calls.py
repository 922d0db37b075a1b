"""What the fake player is asked: kept, answered or not, and obeyed."""

import asyncio
from typing import Any

import pytest
from dbus_next.constants import MessageFlag
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.dbus import Connection, ReplyError, SignalLog, call, round_trip
from lab.mpris import PATH, PLAYER, ROOT, status
from lab.player import FakePlayer, RemotePlayer

VLC = "org.mpris.MediaPlayer2.vlc"
NOT_SUPPORTED = "org.freedesktop.DBus.Error.NotSupported"


# What it is asked, and does not answer


async def test_calls_are_kept_in_order(player: FakePlayer, remote: RemotePlayer) -> None:
    await remote.get_all()
    await remote.get("Rate")
    assert player.calls == [("GetAll", [PLAYER]), ("Get", [PLAYER, "Rate"])]


async def test_a_call_is_awaited(player: FakePlayer, remote: RemotePlayer) -> None:
    async with asyncio.TaskGroup() as group:
        awaited = group.create_task(player.called("GetAll"))
        await remote.get_all(ROOT)
    assert awaited.result() == [ROOT]


async def test_each_call_is_awaited_once(player: FakePlayer, remote: RemotePlayer) -> None:
    await remote.get_all()
    await player.called("GetAll")
    with pytest.raises(TimeoutError, match=r"no GetAll within 0\.0 s; came: \['GetAll'\]"):
        await player.called("GetAll", within=0.0)


async def test_a_hanging_player_hears_and_does_not_answer(
    player: FakePlayer, listener: Connection, remote: RemotePlayer
) -> None:
    player.hang = True
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(remote.get_all())
        await player.called("GetAll")
        await round_trip(player.bus)
        await round_trip(listener)
        assert not asking.done()
        asking.cancel()


async def test_a_player_that_hung_answers_the_next_call(
    player: FakePlayer, listener: Connection, remote: RemotePlayer
) -> None:
    player.hang = True
    with pytest.raises(TimeoutError):
        await call(listener, VLC, PATH, PLAYER, "Play", within=0.01)
    player.hang = False
    assert await remote.get("Rate") == Variant("d", 1.0)


async def test_a_slow_player_signals_before_it_answers(
    player: FakePlayer, remote: RemotePlayer, log: SignalLog
) -> None:
    player.delay = 60
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(remote.get_all())
        await player.called("GetAll")
        await player.seek(1)
        await log.next("Seeked")
        assert not asking.done()
        asking.cancel()


async def test_a_slow_player_answers_as_it_is_by_then(
    player: FakePlayer, remote: RemotePlayer
) -> None:
    player.delay = 0.01
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(remote.get("PlaybackStatus"))
        await player.called("Get")
        player.set(status("Paused"))
    assert asking.result() == Variant("s", "Paused")


async def test_a_failing_member_answers_its_error(player: FakePlayer, remote: RemotePlayer) -> None:
    player.fail = {"GetAll": NOT_SUPPORTED}
    with pytest.raises(ReplyError) as failure:
        await remote.get_all()
    assert failure.value.name == NOT_SUPPORTED


async def test_a_failing_property_answers_its_error(
    player: FakePlayer, remote: RemotePlayer
) -> None:
    player.fail = {"Position": NOT_SUPPORTED}
    with pytest.raises(ReplyError, match="Position fails"):
        await remote.get("Position")


async def test_a_failing_property_is_missing_among_all(
    player: FakePlayer, remote: RemotePlayer
) -> None:
    player.fail = {"Position": NOT_SUPPORTED}
    assert set(await remote.get_all()) == set(player.properties)


async def test_a_call_that_wants_no_reply_gets_none(
    player: FakePlayer, listener: Connection, remote: RemotePlayer, log: SignalLog
) -> None:
    answered: list[str] = []
    listener.add_message_handler(lambda message: answered.append(message.sender))
    flags = MessageFlag.NO_REPLY_EXPECTED
    await listener.transmit(
        Message(destination=VLC, path=PATH, interface=PLAYER, member="Seeek", flags=flags)
    )
    await player.called("Seeek")
    await remote.get("Rate")
    assert answered == [player.unique_name]


# What is pressed from outside


async def test_play_pressed_plays(player: FakePlayer, remote: RemotePlayer, log: SignalLog) -> None:
    await remote.press("Play")
    said = await log.next("PropertiesChanged")
    assert said.body[1] == {"PlaybackStatus": Variant("s", "Playing")}


@pytest.mark.parametrize(
    ("member", "before", "after"),
    [
        ("Pause", "Playing", "Paused"),
        ("PlayPause", "Playing", "Paused"),
        ("PlayPause", "Paused", "Playing"),
        ("Stop", "Playing", "Stopped"),
    ],
)
async def test_a_press_changes_the_status(
    player: FakePlayer, remote: RemotePlayer, member: str, before: str, after: str
) -> None:
    player.set(status(before))
    await remote.press(member)
    assert await remote.get("PlaybackStatus") == Variant("s", after)


@pytest.mark.parametrize(
    ("member", "signature", "values", "position"),
    [
        ("Seek", "x", [5_000_000], 15_000_000),
        ("Seek", "x", [-15_000_000], 0),
        ("SetPosition", "ox", ["/track", 20_000_000], 20_000_000),
    ],
)
async def test_seeking_from_outside_moves_but_not_before_the_start(
    player: FakePlayer,
    remote: RemotePlayer,
    log: SignalLog,
    member: str,
    signature: str,
    values: list[Any],
    position: int,
) -> None:
    player.position = 10
    await remote.press(member, signature, *values)
    assert (await log.next("Seeked")).body == [position]


async def test_a_property_set_from_outside_is_said(
    player: FakePlayer, remote: RemotePlayer, log: SignalLog
) -> None:
    await remote.set("Rate", Variant("d", 2.0))
    assert (await log.next("PropertiesChanged")).body[1] == {"Rate": Variant("d", 2.0)}


async def test_wrong_arguments_are_an_error(player: FakePlayer, remote: RemotePlayer) -> None:
    with pytest.raises(ReplyError, match="Seek takes 'x'"):
        await remote.press("Seek", "s", "far")
