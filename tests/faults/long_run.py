"""The pump over hours and days of virtual time: plays come in, the disk fails, it is restarted.

What the pipeline does is done here too: a play that the disk refuses is kept and tried again.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl

from lab.behaviour import Ending
from lab.lastfm import Behaviour, Request, StandIn
from lab.reply import Reply
from scrobblerd.core import wording
from scrobblerd.core.account_rules import Recipient
from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.model import AuthState, Moment, Play, PlayReason, Reason, Track, Verdict
from scrobblerd.services.base import terms_of
from scrobblerd.services.http import Timeouts
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import STORE_RETRY_SECONDS, Database
from scrobblerd.storage.plays import PlayStore
from tests.support.worker_bench import NOW, SubmitterBench

HEARD = 120.0
"""Seconds from a play's start until it is queued."""

LOST = [
    Behaviour.closed_after_storing(),
    Behaviour.cut_mid_body(),
    Behaviour.reset_mid_body(),
    Behaviour.truncated(),
    Behaviour.items_missing(),
]
"""All is stored, and the answer says nothing of it."""

Form = tuple[tuple[str, str], ...]
"""What a request says of one play, by parameter, without the index."""

Mood = Callable[[str, int], Behaviour | None]
"""Last.fm's method and how many plays a request holds → what is done to it, None = nothing."""


@dataclass
class LongPump(SubmitterBench):
    """`wall` is what our clock shows. CLOCK_BOOTTIME is `ahead` seconds less; who sets the clock
    changes both. `plays` = all that were heard."""

    ahead: float = NOW - 1000.0
    plays: list[Play] = field(default_factory=list[Play])
    unwritten: list[Play] = field(default_factory=list[Play])

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.lastfm.clock = lambda: self.wall
        await self.restart()
        return self

    async def restart(self, politely: bool = True, timeouts: Timeouts | None = None) -> None:
        """Begin anew from the files. `politely`: the old one had a chance to write things down."""
        self.timeouts = timeouts or self.timeouts
        if politely:
            await self.worker.stop()
        await self.close()
        await self.open()

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        self.store = PlayStore(self.database, self.boot_id)

    async def open_database(self) -> Database:
        """Open the file; what is wrong with it is told as an alert is."""
        return await Database.open(self.path, self.alerts.append, self.alerts.append)

    async def _auth_changed(self, state: AuthState, username: str) -> None:
        await super()._auth_changed(state, username)
        if state is AuthState.AUTHENTICATED:
            await self.queue.logged_in(username)
            self.submitter.retry_now()

    # -- time -------------------------------------------------------------------------------

    def clock(self) -> Moment:
        """The moment it is."""
        uptime = self.wall - self.ahead
        return Moment(uptime, uptime, self.wall)

    def set_clock(self, seconds: float) -> None:
        """Somebody sets our clock forward, or back where negative."""
        self.wall += seconds
        self.ahead += seconds

    async def turn(self) -> float | None:
        """One turn, with a disk that may fail."""
        try:
            await self.write_down()
            return await super().turn()
        except StoreFailed:
            return STORE_RETRY_SECONDS

    # -- plays ------------------------------------------------------------------------------

    async def hear(self, title: str, start: Moment | None = None) -> Play:
        """A play, due now: it began HEARD ago, if nothing else is said."""
        begin = start or self.clock().moved(-HEARD)
        track = Track(title, "Þrúður & Sól+Dur", "夜の港", "Various Keepers", 241.0, number=3)
        key = f"mpv {begin.wall:.3f} {title}"
        play = Play(
            key, "mpv", track, begin, HEARD, HEARD, Verdict.COUNTED, Reason(PlayReason.HEARD)
        )
        self.plays.append(play)
        self.unwritten.append(play)
        with suppress(StoreFailed):
            await self.write_down()
        return play

    async def write_down(self) -> None:
        """Record what was heard, as the pipeline would."""
        while self.unwritten:
            play = self.unwritten[0]
            await self.store.record(
                [play],
                [],
                recipients=[Recipient(LASTFM_ACCOUNT, self.account.username)],
                now=self.wall,
                boot=self.wall - self.ahead,
            )
            del self.unwritten[0]

    async def disk_fails(self, fails: bool) -> None:
        """From now on writing fails, or works again."""
        await self.database.select(f"PRAGMA query_only = {int(fails)}")

    # -- what became of them ----------------------------------------------------------------

    async def outcomes(self) -> dict[str, tuple[str, int, str]]:
        """By title: the row's state, its start, and why it is in that state."""
        query = "SELECT track, state, timestamp, reason, detail FROM scrobble_queue"
        return {
            track: (state, stamp, wording.of_row(reason, detail, terms_of(self.service)))
            for track, state, stamp, reason, detail in await self.database.select(query)
        }

    def stored(self) -> list[tuple[str, int]]:
        """Titles and starts at the stand-in, in the order in which they came."""
        return [(scrobble.track, scrobble.timestamp) for scrobble in self.lastfm.scrobbles]

    def heard(self) -> list[tuple[str, int]]:
        """Titles and starts of all plays."""
        return [(play.track.title, int(play.start.wall)) for play in self.plays]


class Diary(StandIn):
    """A stand-in that notes when each request came, on its own clock, in the order of `requests`.

    `mood` is asked how to answer each request (by Last.fm's method and how many plays it holds).
    """

    def __init__(self, mood: Mood | None = None) -> None:
        super().__init__(clock=lambda: NOW)
        self.times: list[float] = []
        self.mood = mood
        self.reached_by = ""

    @property
    def api_url(self) -> str:
        """The API root: its own, or `reached_by`, where something stands before it."""
        return self.reached_by or super().api_url

    def receive(
        self, http_method: str, target: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Reply, Ending | None]:
        """Answer a request."""
        self.times.append(self.now())
        if self.mood is not None:
            method = dict(parse_qsl(body)).get("method", "")
            self.outage = self.mood(method, body.count("timestamp"))
        return super().receive(http_method, target, body, headers)

    def sendings(self) -> list[Request]:
        """The requests with plays in them."""
        return [request for request in self.requests if request.method == "track.scrobble"]

    def forms(self) -> dict[str, list[Form]]:
        """By title: what each request said of it that held it."""
        found: defaultdict[str, list[Form]] = defaultdict(list)
        for request in self.sendings():
            for form in plays_of(request):
                found[dict(form)["track"]].append(form)
        return found


def plays_of(request: Request) -> list[Form]:
    """What a request says of each of its plays, in their order."""
    plays: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for name, value in request.params.items():
        if indexed := re.fullmatch(r"(\w+)\[(\d+)\]", name):
            plays[int(indexed[2])].append((indexed[1], value))
    return [tuple(plays[number]) for number in sorted(plays)]
