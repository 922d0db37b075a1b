"""The main job in half a minute: a player plays, Last.fm and ListenBrainz get the play, D-Bus
controls it.

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
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import httpx
from dbus_next.errors import DBusError

from lab.bus import BusError, PrivateBus
from lab.daemon import Daemon, DaemonError
from lab.dbus import Arrivals, ReplyError, connect
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
        """Logs in: GetAuthUrl, approval, CompleteAuth."""
        self.screen.heading("You log in, over D-Bus")
        url, _token = await self.scrobbler.call("GetAuthUrl")
        await self.say("you", "GetAuthUrl")
        await self.say("scrobblerd", re.sub(r"=[^&]+", "=...", url))
        try:
            await self.scrobbler.call("CompleteAuth", "s", "")
        except ReplyError as error:
            await self.say("you", "CompleteAuth, too early")
            await self.say("scrobblerd", f"{error.name.rpartition('.')[2]}: {error}")
        else:
            raise DemoFailed("a login went through without approval")
        async with httpx.AsyncClient(trust_env=False) as browser:
            page = await browser.get(url)
        await self.say("browser", re.sub(r"<title>.*</title>|<[^>]*>", "", page.text).strip())
        [username] = await self.scrobbler.call("CompleteAuth", "s", "")
        await self.say("you", "CompleteAuth")
        await self.say("scrobblerd", f"logged in as {username}")
        await self.say("you", "BeginLogin brainz, and put your token of ListenBrainz into its file")
        await self.scrobbler.call("BeginLogin", "s", "brainz")
        tokens = self.daemon.config_path.parent / "tokens"
        tokens.mkdir(mode=0o700)
        token = self.brainz.login(username)
        (tokens / "brainz.toml").write_text(f'token = "{token}"\n', encoding="utf-8")
        [username] = await self.scrobbler.call("CompleteLogin", "ss", "brainz", "")
        await self.say("you", "CompleteLogin brainz")
        await self.say("scrobblerd", f"logged in there as {username}, too")

    async def hear_a_track(self) -> None:
        """Plays, pauses, and plays on. The track counts when enough was heard."""
        self.screen.heading("A track is heard")
        await self.play(HEARD)
        async with self.bar.shown(HEARD.title):
            await self.bar.until(NEEDED / 2)
            await self.player.pause()
            await self.say("player", "pauses; silence does not count")
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
        reason = await self.verdict_on(SKIPPED)
        await self.say("scrobblerd", f"{SKIPPED.title} is not scrobbled: {reason}")

    async def verdict_on(self, song: Song) -> str:
        """Returns why a play counted, or did not, from the daemon's history."""
        [plays] = await self.scrobbler.call("GetHistory", "ux", 10, 0)
        return next(play["reason"] for play in plays if play["title"] == song.title)

    async def lose_everything_but_the_play(self) -> None:
        """Stops Last.fm and kills the daemon. The play is sent all the same."""
        self.screen.heading("Everything goes wrong")
        self.lastfm.stop()
        await self.say("Last.fm", "is down")
        async with self.bar.shown(OFFLINE.title):
            await self.queued()
        await self.listened(OFFLINE)
        await self.retry()
        await self.player.stop()
        self.daemon.kill()
        await self.say("scrobblerd", "is killed (kill -9)")
        await asyncio.to_thread(self.daemon.start)
        [queue] = await self.scrobbler.call("GetQueueStatus")
        await self.say("scrobblerd", f"starts again; {queue['queued']} waiting on disk")
        self.lastfm.start()
        await self.say("Last.fm", "is up again")
        await self.retry()
        await self.received()

    def sum_up(self) -> None:
        """Checks what Last.fm has in the end. Raises DemoFailed if that is not the two plays."""
        scrobbles = [scrobble.track for scrobble in self.lastfm.scrobbles]
        if scrobbles != [HEARD.title, OFFLINE.title]:
            raise DemoFailed(f"Last.fm has {scrobbles}")
        if self.brainz.titles() != scrobbles:
            raise DemoFailed(f"ListenBrainz has {self.brainz.titles()}")
        self.screen.heading("Three tracks played, two heard: two scrobbles, each once everywhere")

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

    async def retry(self) -> None:
        """Calls RetryQueue, and shows its answer."""
        [retried] = await self.scrobbler.call("RetryQueue")
        [queue] = await self.scrobbler.call("GetQueueStatus")
        await self.say("you", "RetryQueue")
        figures = f"{retried['submitted']} sent, {retried['remaining']} waiting"
        why = f"; {queue['last_error']}" if queue["last_error"] else ""
        await self.say("scrobblerd", f"{retried['status']}: {figures}{why}")


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
        screen.say("bus", "a private session bus")
        screen.say("Last.fm", f"a stand-in at {lastfm.api_url}")
        screen.say("brainz", f"a ListenBrainz at {brainz.api_url}")
        accounts = {"brainz": {"service": "listenbrainz", "url": brainz.api_url}}
        daemon = Daemon(bus, lastfm, Path(home), {**CONFIG, "accounts": accounts})
        try:
            with daemon:
                screen.say("scrobblerd", "the real one, ready: org.scrobblerd.Scrobbler1")
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
        f" alone. Here a play counts after {NEEDED:.0f} s; usually after half of the track, or"
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
        "Next: make install sets it up for your own players. README.md tells how to get an API"
        " key, how to log in, and all that can be asked of it."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
