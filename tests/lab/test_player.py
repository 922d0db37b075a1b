"""What the fake player answers and says, seen and heard by a second real connection."""

import pytest
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.dbus import Connection, ReplyError, SignalLog, call
from lab.mpris import PATH, PLAYER, ROOT
from lab.player import FakePlayer, RemotePlayer

INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"

# What it answers


async def test_get_all_gives_the_properties_and_the_position(
    player: FakePlayer, remote: RemotePlayer
) -> None:
    assert await remote.get_all() == player.properties | {"Position": Variant("x", 0)}


async def test_get_all_of_the_root_gives_the_identity(
    player: FakePlayer, remote: RemotePlayer
) -> None:
    assert (await remote.get_all(ROOT))["Identity"] == Variant("s", "VLC")


async def test_a_desktop_entry_is_there_only_when_given(
    bus: PrivateBus, player: FakePlayer, listener: Connection
) -> None:
    async with await FakePlayer.start(bus.address, "mpv", desktop_entry="mpv"):
        found = [await RemotePlayer(listener, name).get_all(ROOT) for name in ("vlc", "mpv")]
    assert [root.get("DesktopEntry") for root in found] == [None, Variant("s", "mpv")]


@pytest.mark.parametrize(
    "odd",
    [
        Variant("s", "one artist"),
        Variant("d", 10_000_000.0),
        Variant("t", 2**64 - 1),
        Variant("ay", b"\x00\xff"),
        Variant("a{sa(iv)}", {"deep": [[1, Variant("v", Variant("o", "/"))]]}),
    ],
    ids=lambda odd: odd.signature,
)
async def test_any_type_arrives_as_it_was_sent(
    player: FakePlayer, remote: RemotePlayer, odd: Variant
) -> None:
    player.properties["Metadata"] = Variant("a{sv}", {"xesam:odd": odd})
    assert (await remote.get_all())["Metadata"].value == {"xesam:odd": odd}


async def test_a_property_may_have_a_wrong_type(player: FakePlayer, remote: RemotePlayer) -> None:
    player.properties["Position"] = Variant("s", "here")
    assert await remote.get("Position") == Variant("s", "here")


async def test_get_gives_one_property(player: FakePlayer, remote: RemotePlayer) -> None:
    assert await remote.get("PlaybackStatus") == Variant("s", "Stopped")


async def test_an_unknown_property_is_an_error(player: FakePlayer, remote: RemotePlayer) -> None:
    with pytest.raises(ReplyError, match="no property Mood"):
        await remote.get("Mood")


async def test_an_unknown_interface_is_an_error(player: FakePlayer, remote: RemotePlayer) -> None:
    with pytest.raises(ReplyError, match="no interface lab"):
        await remote.get_all("lab.Other")


async def test_introspection_is_refused(player: FakePlayer, listener: Connection) -> None:
    with pytest.raises(ReplyError, match="no Introspect"):
        await call(listener, player.names[0], PATH, INTROSPECTABLE, "Introspect")


# What it says


async def test_play_says_metadata_and_playing_at_once(player: FakePlayer, log: SignalLog) -> None:
    await player.play("Song", ["A", "B"], "Album", 215.0)
    said = await log.next("PropertiesChanged")
    assert said.body == [
        PLAYER,
        {
            "PlaybackStatus": Variant("s", "Playing"),
            "Metadata": Variant(
                "a{sv}",
                {
                    "mpris:trackid": Variant("o", f"{PATH}/Track/1"),
                    "mpris:length": Variant("x", 215_000_000),
                    "xesam:title": Variant("s", "Song"),
                    "xesam:artist": Variant("as", ["A", "B"]),
                    "xesam:album": Variant("s", "Album"),
                },
            ),
        },
        [],
    ]


async def test_raw_metadata_wins_over_the_rest(player: FakePlayer, log: SignalLog) -> None:
    await player.play("Song", metadata={"xesam:title": Variant("i", 7)})
    said = await log.next("PropertiesChanged")
    assert said.body[1]["Metadata"].value["xesam:title"] == Variant("i", 7)


async def test_each_track_has_its_own_id(player: FakePlayer) -> None:
    await player.play("Song")
    first = player.properties["Metadata"].value["mpris:trackid"]
    await player.play("Song")
    assert player.properties["Metadata"].value["mpris:trackid"] != first


async def test_pause_resume_and_stop_say_the_status_only(
    player: FakePlayer, log: SignalLog
) -> None:
    await player.pause()
    await player.resume()
    await player.stop()
    said = [(await log.next("PropertiesChanged")).body[1] for _ in range(3)]
    statuses = ("Paused", "Playing", "Stopped")
    assert said == [{"PlaybackStatus": Variant("s", status)} for status in statuses]


async def test_what_was_said_is_what_is_answered(
    player: FakePlayer, remote: RemotePlayer, log: SignalLog
) -> None:
    await player.metadata({"xesam:title": Variant("s", "Other")})
    said = await log.next("PropertiesChanged")
    assert said.body[1]["Metadata"] == await remote.get("Metadata")


async def test_seek_says_where(player: FakePlayer, log: SignalLog) -> None:
    await player.seek(12.5)
    assert (await log.next("Seeked")).body == [12_500_000]


async def test_an_invalidated_property_is_named_without_its_value(
    player: FakePlayer, log: SignalLog
) -> None:
    await player.change({}, invalidated=["Metadata"])
    assert (await log.next("PropertiesChanged")).body == [PLAYER, {}, ["Metadata"]]


async def test_a_set_property_is_answered_and_not_said(
    player: FakePlayer, remote: RemotePlayer, log: SignalLog
) -> None:
    player.set({"PlaybackStatus": Variant("s", "Playing")})
    assert await remote.get("PlaybackStatus") == Variant("s", "Playing")
    assert log.of("PropertiesChanged") == []


async def test_play_and_stop_go_to_zero_and_pause_stays(player: FakePlayer) -> None:
    player.clock = lambda: 5.0
    for act, position in ((player.pause, 99), (player.play, 0), (player.stop, 0)):
        player.position = 99
        await act()
        assert player.position == position


async def test_seek_moves(player: FakePlayer, remote: RemotePlayer) -> None:
    await player.seek(60)
    assert await remote.get("Position") == Variant("x", 60_000_000)


async def test_any_signal_can_be_sent(player: FakePlayer, log: SignalLog) -> None:
    await player.signal("Seeked", "s", ["nowhere"], interface="lab.Other")
    said = await log.next("Seeked")
    assert (said.interface, said.signature, said.body) == ("lab.Other", "s", ["nowhere"])


async def test_signals_come_from_the_unique_name(player: FakePlayer, log: SignalLog) -> None:
    await player.seek(1)
    assert (await log.next("Seeked")).sender == player.unique_name
