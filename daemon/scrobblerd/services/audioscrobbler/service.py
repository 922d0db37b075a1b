"""A service that speaks the protocol: scrobbles, now-playing, love, the list of loved tracks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...core.model import ApiAccess, Loved, Scrobble, Session
from ...core.submission import QueueRow
from ...core.values import as_dict, as_list
from ..base import Capabilities, Fault, LovedPage, Pages, Reply
from ..http import HttpClient
from .answers import loved_page, loved_track, submitted
from .client import ApiClient
from .errors import RequestKind
from .login import TokenLogin
from .parameters import now_playing_params, scrobble_params
from .profile import Profile

TRACKS_BEFORE_PAUSE = 200
"""Tracks of a page that are read before others may work."""


class AudioscrobblerService:
    """The `Service` that a profile describes. `access` returns the API key and the addresses that
    are in force."""

    def __init__(self, profile: Profile, access: Callable[[], ApiAccess], http: HttpClient) -> None:
        self.api = ApiClient(access, http, profile.label)
        self.login = TokenLogin(self.api, profile)
        self._profile = profile

    @property
    def kind(self) -> str:
        """The word for it in the database and the configuration."""
        return self._profile.kind

    @property
    def label(self) -> str:
        """Its name for people."""
        return self._profile.label

    @property
    def can(self) -> Capabilities:
        """What it can do, and what it takes."""
        return self._profile.can

    @property
    def pages(self) -> Pages:
        """Its web pages."""
        return self._profile.pages

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Announces what plays now: `track.updateNowPlaying`."""
        return await self.api.call(
            "track.updateNowPlaying",
            now_playing_params(scrobble),
            kind=RequestKind.WRITE,
            expected="nowplaying",
            session_key=session.key,
        )

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Sends rows: `track.scrobble`. An answer that does not fit them is no answer."""
        reply = await self.api.call(
            "track.scrobble",
            scrobble_params([row.scrobble for row in rows]),
            kind=RequestKind.WRITE,
            expected="scrobbles",
            session_key=session.key,
        )
        if not reply.ok:
            return reply
        reply = submitted(reply, rows, self._profile)
        outcomes = (
            replace(outcome, message=self.api.discreet(outcome.message, session.key))
            for outcome in reply.outcomes
        )
        return replace(reply, outcomes=tuple(outcomes))

    async def love(self, session: Session, artist: str, title: str, loved: bool) -> Reply:
        """Loves a track, or takes that back: `track.love`, `track.unlove`."""
        return await self.api.call(
            "track.love" if loved else "track.unlove",
            {"artist": artist, "track": title},
            kind=RequestKind.WRITE,
            session_key=session.key,
        )

    async def loved_page(self, session: Session, page: int) -> LovedPage | Reply:
        """Returns a page of the tracks that the user loves: `user.getLovedTracks`."""
        reply = await self._loved_tracks(session.username, page)
        if reply.fault is Fault.PRIVATE:  # a private profile is read with its own login
            reply = await self._loved_tracks(session.username, page, session.key)
        if not reply.ok:
            return reply
        loved_tracks = as_dict(reply.body.get("lovedtracks"))
        tracks: list[Loved] = []
        for number, entry in enumerate(as_list(loved_tracks.get("track"))):
            if number % TRACKS_BEFORE_PAUSE == 0:
                await asyncio.sleep(0)
            if track := loved_track(entry):
                tracks.append(track)
        return loved_page(loved_tracks, tracks)

    async def _loved_tracks(self, user: str, page: int, session_key: str = "") -> Reply:
        return await self.api.call(
            "user.getLovedTracks",
            {"user": user, "limit": self._profile.loved_page_tracks, "page": page},
            kind=RequestKind.READ,
            expected="lovedtracks",
            session_key=session_key,
        )

    async def check(self, session: Session | None) -> Reply:
        """Asks for the login's own user, or for one whom everybody may ask for: `user.getInfo`."""
        return await self.api.call(
            "user.getInfo",
            {} if session else {"user": self._profile.public_user},
            kind=RequestKind.READ,
            expected="user",
            session_key=session.key if session else "",
        )
