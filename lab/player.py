"""An MPRIS player on the real wire, without music: it says what it is told to say.

Any type, order or silence can be sent, right or wrong; nothing is checked or repaired.

`python -m lab.player --title … --artist … --length 40` plays one track on the session bus.
"""

import argparse
import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Self

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import ErrorType, MessageFlag, MessageType, NameFlag, RequestNameReply
from dbus_next.errors import DBusError, InvalidAddressError
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab import mpris
from lab.dbus import Arrivals, Connection, ask_bus, call, connect
from scrobblerd.dbus.names import PROPERTIES

FIRST = NameFlag.ALLOW_REPLACEMENT | NameFlag.DO_NOT_QUEUE
TAKE = FIRST | NameFlag.REPLACE_EXISTING

Reply = tuple[str, list[Any]]
Method = Callable[..., Awaitable[Reply | None]]


class FakePlayer(mpris.PlayerState):
    """A player with one connection and one or more names. Positions and lengths are in seconds.

    As an async context manager, it vanishes at the end of the block.

    With `hang`, no call is answered. `delay` is in seconds. `fail` maps a member such as GetAll, or
    a property, to the name of the error that is answered. `bus` is the connection.
    """

    def __init__(self, bus: Connection, names: Iterable[str], root: mpris.Properties) -> None:
        """Use `start()`."""
        super().__init__(root)
        self.names = list(names)
        self.hang = False
        self.delay = 0.0
        self.bus = bus
        self._received = Arrivals[list[Any]]()
        self._answers: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []
        self._track_numbers = itertools.count(1)
        self._methods = self._method_table()
        bus.add_message_handler(self._receive)

    @classmethod
    async def start(
        cls,
        address: str | None,
        name: str,
        *,
        also: Iterable[str] = (),
        identity: str | None = None,
        desktop_entry: str | None = None,
    ) -> Self:
        """Connects to the bus at `address` (None: the session bus), and takes the names.

        The MPRIS prefix is added to names without it. Raises OSError if there is no bus, and
        DBusError if a name has an owner.
        """
        names = [mpris.bus_name(name) for name in (name, *also)]
        bus = await connect(address)
        player = cls(bus, names, mpris.root_properties(identity or name, desktop_entry))
        for wanted in names:
            if await player.request(wanted, FIRST) is RequestNameReply.EXISTS:
                await player.vanish()
                raise DBusError(ErrorType.FAILED, f"{wanted} has an owner already")
        return player

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.vanish()

    # What it plays

    async def play(
        self,
        title: str | None = None,
        artist: list[str] | None = None,
        album: str | None = None,
        length: float | None = None,
        metadata: mpris.Properties | None = None,
    ) -> None:
        """Starts a track: Metadata and Playing in one signal, position 0, and a new trackid.

        Only what is given is sent. `metadata` adds raw keys, and wins over the rest.
        """
        trackid = f"{mpris.PATH}/Track/{next(self._track_numbers)}"
        tags = mpris.tags(title, artist, album, length, trackid) | (metadata or {})
        self.position = 0.0
        await self.change({"Metadata": Variant("a{sv}", tags), **mpris.status("Playing")})

    async def resume(self) -> None:
        """Plays on from where it is."""
        await self.change(mpris.status("Playing"))

    async def pause(self) -> None:
        """Pauses where it is."""
        await self.change(mpris.status("Paused"))

    async def play_pause(self) -> None:
        """Pauses if it is Playing, and resumes otherwise."""
        status = self.properties["PlaybackStatus"].value
        await (self.pause() if status == "Playing" else self.resume())

    async def stop(self) -> None:
        """Stops, and goes to 0. The Metadata stays."""
        self.position = 0.0
        await self.change(mpris.status("Stopped"))

    async def seek(self, seconds: float) -> None:
        """Moves to `seconds` from the start, and signals Seeked."""
        self.position = seconds
        await self.signal("Seeked", "x", [mpris.microseconds(seconds)])

    async def metadata(self, metadata: mpris.Properties) -> None:
        """Replaces the Metadata, and signals it. The position runs on."""
        await self.change({"Metadata": Variant("a{sv}", metadata)})

    async def change(self, changed: mpris.Properties, invalidated: Iterable[str] = ()) -> None:
        """Sets properties, and signals them. `invalidated` are only named, and stay as they are."""
        self.set(changed)
        body = [mpris.PLAYER, changed, list(invalidated)]
        await self.signal("PropertiesChanged", "sa{sv}as", body, PROPERTIES)

    async def signal(
        self, member: str, signature: str, body: list[Any], interface: str = mpris.PLAYER
    ) -> None:
        """Sends any signal, as it is given, from the object of MPRIS."""
        signal = Message.new_signal(mpris.PATH, interface, member, signature, body)
        await self.bus.transmit(signal)

    # Who it is on the bus

    @property
    def unique_name(self) -> str:
        """Returns the name of its connection, such as ":1.7"."""
        return str(self.bus.unique_name)

    async def request(self, name: str | None = None, flags: NameFlag = TAKE) -> RequestNameReply:
        """Asks for `name` (None: its first). By default it takes it from another FakePlayer."""
        [reply] = await ask_bus(self.bus, "RequestName", "su", self._full(name), int(flags))
        return RequestNameReply(reply)

    async def release(self, name: str | None = None) -> None:
        """Gives `name` (None: its first) back to the bus, and stays connected."""
        await ask_bus(self.bus, "ReleaseName", "s", self._full(name))

    async def hand_over(self, other: "FakePlayer", name: str | None = None) -> None:
        """Gives `name` (None: its first) to `other` without a gap."""
        await other.request(self._full(name))

    async def vanish(self) -> None:
        """Drops the connection, as in a crash. Raises an error that an answer ended in."""
        pending = list(self._answers)
        for answer in pending:
            answer.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        await self.bus.close()
        if self._failures:
            raise self._failures.pop()

    def _full(self, name: str | None) -> str:
        return self.names[0] if name is None else mpris.bus_name(name)

    # What it is asked

    @property
    def calls(self) -> list[tuple[str, list[Any]]]:
        """Returns all (member, arguments) received so far, answered or not."""
        return self._received.all

    async def called(self, member: str, within: float = 5.0) -> list[Any]:
        """Returns the arguments of the first call `member` that was not returned yet.

        Raises TimeoutError if none came `within` seconds.
        """
        return await self._received.next(member, within)

    def _receive(self, message: Message) -> bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        self._received.add(message.member, message.body)
        if not self.hang:
            answer = asyncio.create_task(self._answer(message))
            self._answers.add(answer)
            answer.add_done_callback(self._answered)
        return True

    def _answered(self, answer: asyncio.Task[None]) -> None:
        self._answers.discard(answer)
        if not answer.cancelled() and (failure := answer.exception()):
            self._failures.append(failure)

    async def _answer(self, call: Message) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        with suppress(ConnectionError):  # without a bus nobody waits for the answer
            try:
                signature, body = await self._result(call) or ("", [])
                reply = Message.new_method_return(call, signature, body)
            except mpris.RefusedError as refused:
                reply = Message.new_error(call, refused.name, str(refused))
            if not call.flags & MessageFlag.NO_REPLY_EXPECTED:
                await self.bus.transmit(reply)

    async def _result(self, call: Message) -> Reply | None:
        self.refuse(call.member)
        signature, method = self._methods.get((call.interface, call.member), ("", None))
        if call.path != mpris.PATH or method is None:
            raise mpris.RefusedError(
                ErrorType.UNKNOWN_METHOD.value, f"no {call.member} at {call.path}"
            )
        if call.signature != signature:
            raise mpris.RefusedError(
                ErrorType.INVALID_ARGS.value, f"{call.member} takes '{signature}'"
            )
        return await method(*call.body)

    def _method_table(self) -> dict[tuple[str, str], tuple[str, Method]]:
        return {
            (PROPERTIES, "Get"): ("ss", self._get),
            (PROPERTIES, "GetAll"): ("s", self._get_all),
            (PROPERTIES, "Set"): ("ssv", self._set),
            (mpris.PLAYER, "Play"): ("", self.resume),
            (mpris.PLAYER, "Pause"): ("", self.pause),
            (mpris.PLAYER, "PlayPause"): ("", self.play_pause),
            (mpris.PLAYER, "Stop"): ("", self.stop),
            (mpris.PLAYER, "Seek"): ("x", self._seek_by),
            (mpris.PLAYER, "SetPosition"): ("ox", self._set_position),
        }

    async def _get(self, interface: str, name: str) -> Reply:
        return "v", [self.get(interface, name)]

    async def _get_all(self, interface: str) -> Reply:
        return "a{sv}", [self.get_all(interface)]

    async def _set(self, interface: str, name: str, value: Variant) -> None:
        self.get(interface, name)  # an error if there is no such property
        await self.change({name: value})

    async def _seek_by(self, offset: int) -> None:
        await self.seek(max(0.0, self.position + offset / 1_000_000))

    async def _set_position(self, _trackid: str, position: int) -> None:
        await self.seek(position / 1_000_000)


class RemotePlayer:
    """A player as other programs see it: the owner of `name` at each call. The prefix is added.

    All methods raise as `lab.dbus.call` does.
    """

    def __init__(self, bus: MessageBus, name: str) -> None:
        self.name = mpris.bus_name(name)
        self._bus = bus

    async def get_all(self, interface: str = mpris.PLAYER) -> mpris.Properties:
        """Returns all properties of `interface`, with the types that they came with."""
        body = [interface]
        [values] = await call(self._bus, self.name, mpris.PATH, PROPERTIES, "GetAll", "s", body)
        return values

    async def get(self, name: str, interface: str = mpris.PLAYER) -> Variant:
        """Returns a property, with the type that it came with."""
        body = [interface, name]
        [value] = await call(self._bus, self.name, mpris.PATH, PROPERTIES, "Get", "ss", body)
        return value

    async def set(self, name: str, value: Variant) -> None:
        """Sets a property of the Player interface."""
        body = [mpris.PLAYER, name, value]
        await call(self._bus, self.name, mpris.PATH, PROPERTIES, "Set", "ssv", body)

    async def press(self, member: str, signature: str = "", *body: Any) -> None:
        """Calls a method of the Player interface, such as Pause."""
        await call(self._bus, self.name, mpris.PATH, mpris.PLAYER, member, signature, list(body))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.player", description=main.__doc__)
    parser.add_argument("--address", help="D-Bus address (the session bus)")
    parser.add_argument(
        "--name", default="demo", help="after org.mpris.MediaPlayer2. (%(default)s)"
    )
    parser.add_argument("--title", default="Demo title")
    parser.add_argument("--artist", action="append", help="may be given several times")
    parser.add_argument("--album")
    parser.add_argument("--length", type=float, default=40.0, help="seconds (%(default)s)")
    return parser.parse_args(arguments)


async def _run(wanted: argparse.Namespace) -> None:
    async with await FakePlayer.start(wanted.address, wanted.name) as player:
        artist = wanted.artist or ["Demo artist"]
        await player.play(wanted.title, artist, wanted.album, wanted.length)
        print(
            f"{player.names[0]} plays {wanted.title}, {wanted.length:g} s; Ctrl-C ends it",
            flush=True,
        )
        while True:
            await asyncio.sleep(max(wanted.length - player.position, 0.1))
            if player.position >= wanted.length:
                await player.stop()


def main(arguments: list[str] | None = None) -> None:
    """Play one track until its end, and stay for Play, Pause, Stop and Seek until Ctrl-C."""
    wanted = _parse(arguments)
    with suppress(KeyboardInterrupt):
        try:
            asyncio.run(_run(wanted))
        except (OSError, InvalidAddressError, DBusError) as error:
            sys.exit(f"no player on the bus: {error}")


if __name__ == "__main__":
    main()
