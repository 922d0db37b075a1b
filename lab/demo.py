"""The main job in half a minute: a player plays, Last.fm and ListenBrainz get the play, and
scrobblerctl controls it.

`python -m lab.demo` needs no account, key, desktop or session bus: bus, player, servers and state
folder are its own, and leave nothing behind. The scrobblerd is the real one.
"""

import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
from dbus_next.errors import DBusError

from lab.bus import BusError, PrivateBus
from lab.daemon import Daemon, DaemonError
from lab.dbus import Arrivals, connect
from lab.demo_screen import Bar, Screen, listen_to
from lab.lastfm import Request, StandIn
from lab.listenbrainz import ListenBrainz
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler

NEEDED = 6.0
"""Seconds that count as heard here, so that nobody has to wait half a song."""

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Signals after which nothing is left behind, as after Ctrl-C: a terminal may be closed."""

CONFIG = {"scrobble": {"minimum_seconds": NEEDED, "maximum_seconds": NEEDED}}
BEAT = 0.4
"""Seconds between lines that would else all come at once; only where somebody watches."""


@dataclass(frozen=True, slots=True)
class Song:
    """A track that the player plays; `length` in seconds."""

    title: str
    artist: str
    album: str
    length: float

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.length), 60)
        return f"{self.title} by {self.artist} ({minutes}:{seconds:02})"


HEARD = Song("Slow Harbour", "Paper Lanterns", "Tidewater", 215.0)
SKIPPED = Song("Fern", "Mira Holt", "Understorey", 187.0)
OFFLINE = Song("夜の港", "Þrúður Sól", "Ljós", 241.0)


class Demo:
    """The story of the demo, and the parts that it needs."""

    def __init__(
        self, screen: Screen, daemon: Daemon, lastfm: StandIn, brainz: ListenBrainz
    ) -> None:
        self.screen = screen
        self.daemon = daemon
        self.lastfm = lastfm
        self.brainz = brainz
        self.requests = Arrivals[Request]()
        self.bar = Bar(screen)
        self.scrobbler: Scrobbler
        self.player: FakePlayer

    async def run(self, address: str) -> None:
        """Runs all parts on the bus at `address`."""
        listen_to(self.lastfm, self.requests)
        async with AsyncExitStack() as stack:
            bus = await stack.enter_async_context(await connect(address))
            self.scrobbler = await Scrobbler.start(bus)
            bus.add_message_handler(self.bar.receive)
            self.player = await stack.enter_async_context(
                await FakePlayer.start(address, "demo", identity="Demo player")
            )
            async with asyncio.timeout(60):
                await self.log_in()
                await self.hear_a_track()
                await self.skip_a_track()
                await self.lose_everything_but_the_play()
                self.sum_up()

    # -- the parts --------------------------------------------------------------------------

    async def log_in(self) -> None:
        """Logs in to Last.fm on a page, and to ListenBrainz with a token."""
        self.screen.heading("You log in")
        async with self.running("login", "--no-browser") as login:
            page = await self.address(login)
            async with httpx.AsyncClient(trust_env=False) as browser:
                answer = await browser.get(page)
            allowed = re.sub(r"<title>.*</title>|<[^>]*>", "", answer.text).strip()
            await self.say("browser", allowed)
            await self.tell(login)
        token = self.daemon.home / "token.txt"
        token.touch(mode=0o600)
        token.write_text(self.brainz.login(self.lastfm.browser_user), encoding="utf-8")
        await self.command("login", "brainz", "--token-file", token.name)

    async def hear_a_track(self) -> None:
        """Plays, pauses, and plays on. The track counts when enough was heard."""
        self.screen.heading("A track is heard")
        await self.play(HEARD)
        async with self.bar.shown(HEARD.title):
            await self.bar.until(NEEDED / 2)
            await self.player.pause()
            await self.say("player", "pauses; a pause does not count")
            await asyncio.sleep(2.0)
            await self.player.resume()
            await self.say("player", "plays on")
            await self.queued()
        await self.received()
        await self.scrobbler.said("ScrobbleStatus", "sent")
        await self.listened(HEARD)
        await self.say("scrobblerd", "sent to both")

    async def skip_a_track(self) -> None:
        """Skips a track too early: it does not count, and the daemon says why."""
        self.screen.heading("A track is skipped")
        await self.play(SKIPPED)
        async with self.bar.shown(SKIPPED.title):
            await self.bar.until(NEEDED / 3)
        await self.play(OFFLINE, "skips to")
        await self.command("explain", "2")

    async def lose_everything_but_the_play(self) -> None:
        """Stops Last.fm and kills the daemon. The play is sent all the same."""
        self.screen.heading("Everything goes wrong")
        self.lastfm.stop()
        await self.say("Last.fm", "is down")
        async with self.bar.shown(OFFLINE.title):
            await self.queued()
        await self.listened(OFFLINE)
        await self.command("queue", "retry")
        await self.player.stop()
        self.daemon.kill()
        await self.say("scrobblerd", "is killed (kill -9)")
        await asyncio.to_thread(self.daemon.start)
        await self.say("scrobblerd", "starts again")
        await self.command("explain", "3")
        self.lastfm.start()
        await self.say("Last.fm", "is up again")
        await self.command("queue", "retry")
        await self.received()

    def sum_up(self) -> None:
        """Checks what Last.fm has in the end. Raises DemoFailed if that is not the two plays."""
        scrobbles = [scrobble.track for scrobble in self.lastfm.scrobbles]
        if scrobbles != [HEARD.title, OFFLINE.title]:
            raise DemoFailed(f"Last.fm has {scrobbles}")
        if self.brainz.titles() != scrobbles:
            raise DemoFailed(f"ListenBrainz has {self.brainz.titles()}")
        self.screen.heading("Three tracks played, two heard: two scrobbles, each once at both")

    # -- what is said -----------------------------------------------------------------------

    async def say(self, who: str, text: str) -> None:
        """Writes a line, and gives time to read it."""
        self.screen.say(who, text)
        if self.screen.live:
            await asyncio.sleep(BEAT)

    async def play(self, song: Song, verb: str = "plays") -> None:
        """Plays a song from its start, and waits until Last.fm knows of it."""
        await self.player.play(song.title, [song.artist], song.album, song.length)
        self.screen.say("player", f"{verb} {song}")
        request = await self.requests.next("track.updateNowPlaying", 10.0)
        self.screen.say("Last.fm", f"now playing: {described(request)}")

    async def queued(self) -> None:
        """Waits until the play counts."""
        *_, reason = await self.scrobbler.said("ScrobbleStatus", "queued", within=NEEDED + 10)
        self.screen.say("scrobblerd", f"it counts ({reason}) and is queued")

    async def received(self) -> None:
        """Waits until Last.fm has the scrobble, and checks that it is the right one."""
        request = await self.requests.next("track.scrobble", 10.0)
        started = int(request.params["timestamp[0]"])
        clock = time.strftime("%H:%M:%S", time.localtime(started))
        self.screen.say("Last.fm", f"scrobble: {described(request)}")
        age = f"{time.time() - started:.0f} s ago"
        await self.say("Last.fm", f"begun at {clock}, {age}; answers {request.answered}")
        if request.answered != "ok":
            raise DemoFailed("Last.fm did not take the scrobble")

    async def listened(self, song: Song) -> None:
        """Waits until ListenBrainz has the play."""
        has_it = await asyncio.to_thread(
            self.brainz.wait_for, lambda seen: song.title in seen.titles(), 10.0
        )
        if not has_it:
            raise DemoFailed(f"ListenBrainz does not have {song}")
        await self.say("brainz", f"listen: {song}")

    # -- commands ---------------------------------------------------------------------------

    async def command(self, *arguments: str) -> None:
        """Runs scrobblerctl, and shows what it prints."""
        async with self.running(*arguments) as process:
            await self.tell(process)

    @asynccontextmanager
    async def running(self, *arguments: str) -> AsyncGenerator[Process]:
        """Starts scrobblerctl. It has ended after the block."""
        await self.say("you", " ".join(("scrobblerctl", *arguments)))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "scrobblerd.ctl", *arguments),
            env=self.daemon.env() | {"PYTHONDEVMODE": "", "PYTHONUTF8": "1"},
            cwd=self.daemon.home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def lines(self, process: Process) -> AsyncGenerator[str]:
        """Yields the lines that a command prints, and shows them without the token of a login."""
        assert process.stdout
        async for line in process.stdout:
            if text := line.decode().strip():
                await self.say("scrobblerd", re.sub(r"=[^&]+", "=...", text))
                yield text

    async def tell(self, process: Process) -> None:
        """Shows what a command prints until it ends."""
        async for _line in self.lines(process):
            pass
        await process.wait()

    async def address(self, login: Process) -> str:
        """Returns the address of the page on which a login waits to be allowed."""
        page = ""
        async for line in self.lines(login):
            if line.startswith("http"):
                page = line
            elif page:
                return page
        raise DemoFailed("the login names no page")


class DemoFailed(RuntimeError):
    """Something was not as it should be. The text says what."""


def described(request: Request) -> str:
    """Returns the track of a request, as the server read it."""
    names = ("artist", "track", "album", "duration")
    values = [request.params.get(name) or request.params.get(f"{name}[0]", "") for name in names]
    return ", ".join(values) + " s"


@contextmanager
def stage(screen: Screen) -> Generator[tuple[str, Demo]]:
    """Runs a bus, whose address is given, servers and a daemon. Nothing of them is left
    afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="scrobblerd-demo-") as home,
        PrivateBus() as bus,
        StandIn() as lastfm,
        ListenBrainz() as brainz,
    ):
        screen.say("bus", "a session bus of its own")
        screen.say("Last.fm", f"a stand-in at {lastfm.api_url}")
        screen.say("brainz", f"a ListenBrainz at {brainz.api_url}")
        accounts = {"brainz": {"service": "listenbrainz", "url": brainz.api_url}}
        daemon = Daemon(bus, lastfm, Path(home), {**CONFIG, "accounts": accounts})
        try:
            with daemon:
                screen.say("scrobblerd", "the real one, ready")
                yield bus.address, Demo(screen, daemon, lastfm, brainz)
        except (TimeoutError, DBusError, OSError, DemoFailed) as error:
            screen.clear()
            print(f"\nscrobblerd's log:\n{daemon.log}", file=sys.stderr)
            raise DemoFailed(str(error) or type(error).__name__) from error


def as_an_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Ends the demo as Ctrl-C does, which asyncio handles between two steps. An exception in the
    middle of a step could lose what wakes a task, and the demo would never end."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    signal.raise_signal(signal.SIGINT)


def main() -> int:
    """Runs the demo. Returns 0 if all went well."""
    for number in ENDINGS:
        signal.signal(number, as_an_interrupt)
    screen = Screen(sys.stdout, os.environ)
    screen.text(
        "scrobblerd in half a minute. Bus, player, servers and state folder belong to this demo"
        f" alone. Here a play counts after {NEEDED:.0f} s; usually it takes half of the track, or"
        " 4 minutes."
    )
    screen.text()
    try:
        with stage(screen) as (address, demo):
            asyncio.run(demo.run(address))
    except (DemoFailed, DaemonError, BusError) as error:
        print(f"the demo failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        screen.clear()
        return 130
    screen.text(
        "Next: make install sets it up for your own players, and scrobblerctl login logs you in."
        " README.md says how, and what else it can do."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
