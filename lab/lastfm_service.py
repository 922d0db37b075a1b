"""What the stand-in remembers and how it judges a request: Last.fm without a socket.

Checks run in one order: method known (3), key known (10) and not suspended (26), writes by POST
(6), signature there (6) and right (13), session key live (9), parameters complete (6), cap (29).
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from lab.lastfm_answers import ApiError, Ignored, Tree, error_reply
from lab.reply import JSON_TYPE, Reply

API_KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
API_SECRET = "5e1f0c2a9b7d46388f10aa4c3d2b6e97"

TOKEN_SECONDS = 60 * 60
DAY_SECONDS = 24 * 60 * 60


def _lastfm_error(error: ApiError, as_json: bool) -> Reply:
    return error_reply(error, "json" if as_json else "xml")


TooOld = Literal["code 3", "code 1", "vanishes"]
"""What 14-day-old plays get: the documented code, the one mostly seen, or "accepted" and lost."""


@dataclass(frozen=True, slots=True)
class Token:
    """A request token. `approved_by` is a user name, "" before the approval."""

    issued_at: float
    approved_by: str = ""
    consumed: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The login that a session key stands for."""

    user: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Scrobble:
    """A stored play. `timestamp` is in UNIX seconds, `duration` in seconds, text as it was sent."""

    user: str
    artist: str
    track: str
    timestamp: int
    album: str = ""
    album_artist: str = ""
    track_number: str = ""
    mbid: str = ""
    duration: int | None = None
    chosen_by_user: str = ""
    stored_at: float = 0.0  # by the stand-in's wall clock


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """An accepted now-playing; `at` is in monotonic seconds."""

    at: float
    user: str
    artist: str
    track: str
    album: str
    duration: int | None
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Loved:
    """A loved track; `at` is in UNIX seconds."""

    artist: str
    track: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has passed the checks. `user` is the user of its session key, or ""."""

    params: Mapping[str, str]
    user: str
    ignored: Mapping[int, Ignored]


@dataclass(frozen=True, slots=True)
class Method:
    """A Last.fm method: what the checks need, and what runs if they pass."""

    run: "Callable[[LastFm, Call], Tree]"
    required: tuple[str, ...] = ()
    signed: bool = False
    needs_session: bool = False
    write: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """How a server that speaks Last.fm's protocol differs from others that do."""

    methods: Mapping[str, Method]
    error: Callable[[ApiError, bool], Reply] = _lastfm_error
    """From an error, and whether JSON is asked for, to an answer."""
    json_type: str = JSON_TYPE
    checks_key: bool = True
    """Whether an API key and a signature are asked for."""
    moved: str = ""
    """A path that leads to the API by a redirect."""


def signature(params: Mapping[str, str], secret: str) -> str:
    """Returns Last.fm's `api_sig` over decoded parameters, with names sorted by their bytes."""
    unsigned = {"format", "callback", "api_sig"}
    names = sorted((n for n in params if n not in unsigned), key=lambda name: name.encode())
    text = "".join(name + params[name] for name in names) + secret
    return hashlib.md5(text.encode()).hexdigest()


@dataclass(eq=False)
class LastFm:
    """State and switches. Hold `changed` to read more than one thing at once."""

    api_key: str = API_KEY
    secret: str = API_SECRET
    clock: Callable[[], float] = time.time
    profile: Profile = field(default_factory=lambda: Profile({}))

    changed: threading.Condition = field(default_factory=threading.Condition)
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    scrobbles: list[Scrobble] = field(default_factory=list[Scrobble])
    now_playing: list[NowPlaying] = field(default_factory=list[NowPlaying])
    loved: dict[str, list[Loved]] = field(default_factory=dict[str, list[Loved]])  # oldest first

    daily_cap: int | None = None
    """Scrobbles per user and 24 h. At the cap every track.scrobble is error 29; what exceeds it
    within a batch is ignored with code 5."""
    suspended: bool = False
    too_old: TooOld = "code 3"
    future_seconds: float = 60.0
    """How far ahead of the clock a timestamp may be."""
    expired_token_code: int = 15
    page_size_max: int = 1000
    """getLovedTracks' perPage never exceeds it; asking for more than 1000 is always error 6."""
    private: set[str] = field(default_factory=set[str])
    """Users whose plays are shown to their own session keys only."""
    reading_lag: float = 0.0
    """Seconds after which a play that is stored is shown."""
    single_as_object: bool = False
    past_end_is_error: bool = False

    _skipped: float = 0.0
    _keys: set[tuple[str, str, str, int]] = field(default_factory=set[tuple[str, str, str, int]])

    def now(self) -> float:
        """Returns the time of the stand-in's wall clock, in UNIX seconds."""
        return self.clock() + self._skipped

    def advance(self, seconds: float) -> None:
        """Moves the wall clock forward."""
        with self.changed:
            self._skipped += seconds

    def approve(self, token: str, user: str = "quiet_otter") -> None:
        """Approves a token, as the user does. Raises KeyError if it was never issued."""
        with self.changed:
            self.tokens[token] = replace(self.tokens[token], approved_by=user)
            self.changed.notify_all()

    def issue_token(self) -> str:
        """Returns a new request token: 32 characters, URL-safe base64, as the real ones."""
        with self.changed:
            token = secrets.token_urlsafe(24)
            self.tokens[token] = Token(self.now())
            return token

    def consume(self, token: str) -> None:
        """Makes a token worthless, because it was exchanged."""
        with self.changed:
            self.tokens[token] = replace(self.tokens[token], consumed=True)

    def login(self, user: str = "quiet_otter", session_key: str = "") -> str:
        """Logs a user in without an approval. Returns the session key, given or new."""
        with self.changed:
            key = session_key or secrets.token_urlsafe(24)
            self.sessions[key] = Session(user)
            self.loved_by(user)
            return key

    def revoke(self, session_key: str) -> None:
        """Revokes a session key, as the user does. It is answered with 9 from now on."""
        with self.changed:
            self.sessions[session_key] = replace(self.sessions[session_key], revoked=True)

    def love_many(self, user: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Adds (artist, track) pairs that the user loved elsewhere, oldest first, 1 s apart."""
        with self.changed:
            tracks = list(pairs)
            first = int(self.now()) - len(tracks) + 1
            new = [Loved(artist, track, first + i) for i, (artist, track) in enumerate(tracks)]
            self.loved_by(user).extend(new)

    def loved_by(self, user: str) -> list[Loved]:
        """Returns the user's loved tracks, oldest first. Makes the user known."""
        return self.loved.setdefault(user, [])

    def known_user(self, name: str) -> str:
        """Returns the user's name in its own case. Raises error 6 with 404 for a stranger."""
        names = {user.casefold(): user for user in self.loved}
        if name.casefold() not in names:
            raise ApiError(6, "User not found", status=404)
        return names[name.casefold()]

    def scrobbled_today(self, user: str) -> int:
        """Returns how many of the user's plays were stored in the last 24 hours."""
        since = self.now() - DAY_SECONDS
        return sum(s.user == user and s.stored_at > since for s in self.scrobbles)

    def stores(self, play: Scrobble) -> bool:
        """Returns whether the play is new. If it comes again, it is accepted, but not stored."""
        return (play.user, play.artist, play.track, play.timestamp) not in self._keys

    def store(self, play: Scrobble) -> None:
        """Stores the play, unless it is known."""
        if self.stores(play):
            self._keys.add((play.user, play.artist, play.track, play.timestamp))
            self.scrobbles.append(play)

    def shown(self, user: str, params: Mapping[str, str]) -> list[Scrobble]:
        """Returns the plays of a user that are shown by now, newest first, of the stretch that
        `params` name. Both bounds are exclusive, as in GNU FM's source."""
        first, last = float(params.get("from", 0)), float(params.get("to", "inf"))
        shown_since = self.now() - self.reading_lag
        plays = [
            (play.timestamp, place, play)
            for place, play in enumerate(self.scrobbles)
            if play.user == user and play.stored_at <= shown_since and first < play.timestamp < last
        ]
        return [play for *_, play in sorted(plays, key=lambda each: each[:2], reverse=True)]

    def lose(self, title: str) -> None:
        """Forgets the plays of a title, as if they had never come."""
        with self.changed:
            self.remove(lambda play: play.track == title)

    def remove(self, is_gone: Callable[[Scrobble], bool]) -> int:
        """Forgets the plays that `is_gone` holds true for. Returns how many those were."""
        gone = [play for play in self.scrobbles if is_gone(play)]
        self.scrobbles[:] = [play for play in self.scrobbles if play not in gone]
        self._keys -= {(play.user, play.artist, play.track, play.timestamp) for play in gone}
        return len(gone)

    def double(self, title: str, *, seconds: int = 0) -> None:
        """Shows the plays of a title once more, so many seconds later."""
        with self.changed:
            self.scrobbles += [
                replace(play, timestamp=play.timestamp + seconds)
                for play in self.scrobbles
                if play.track == title
            ]

    def rename(self, title: str, *, artist: str = "", track: str = "") -> None:
        """Gives the plays of a title other names, as a service corrects them. What was sent is
        known again."""
        with self.changed:
            self.scrobbles[:] = [
                replace(play, artist=artist or play.artist, track=track or title)
                if play.track == title
                else play
                for play in self.scrobbles
            ]

    def perform(
        self, http_method: str, params: Mapping[str, str], ignored: Mapping[int, Ignored]
    ) -> Tree:
        """Checks and carries out a request. Returns the tree of the answer, or raises ApiError."""
        method = self.profile.methods.get(params.get("method", "").lower())
        if method is None:
            raise ApiError(3)
        self._check_key(params)
        if method.write and http_method != "POST":
            raise ApiError(6, "Invalid parameters - This method must be called by POST")
        self._check_signature(params, method.signed)
        user = self._session_user(params, method.needs_session)
        if not all(params.get(name) for name in method.required):
            raise ApiError(6)
        return method.run(self, Call(params, user, ignored))

    def _check_key(self, params: Mapping[str, str]) -> None:
        if self.profile.checks_key and params.get("api_key") != self.api_key:
            raise ApiError(10)
        if self.suspended:
            raise ApiError(26)

    def _check_signature(self, params: Mapping[str, str], needed: bool) -> None:
        if not self.profile.checks_key:
            return
        if needed and not params.get("api_sig"):
            raise ApiError(6)
        if "api_sig" in params and params["api_sig"] != signature(params, self.secret):
            raise ApiError(13)

    def _session_user(self, params: Mapping[str, str], needed: bool) -> str:
        session = self.sessions.get(params.get("sk", ""))
        if session is not None and not session.revoked:
            return session.user
        if needed or "sk" in params:
            raise ApiError(9 if self.profile.checks_key or "sk" in params else 6)
        return ""
