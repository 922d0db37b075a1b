"""What a server that speaks ListenBrainz's API remembers, and how two listens are one.

The stand-in's state and its profile; no socket.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from lab.reply import Reply, json_reply

Json = dict[str, Any]


class Refused(Exception):
    """A request that is not carried out: `reply` is the answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.status))
        self.reply = reply


class Done(Exception):
    """The rest of a batch is forgotten, and the answer is that of a success."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A stored listen. Times are in UNIX seconds, by the stand-in's clock."""

    user: str
    listened_at: int
    metadata: Json
    msid: str = ""
    inserted_at: int = 0

    @property
    def name(self) -> tuple[str, str]:
        """Returns artist and title."""
        return (self.metadata["artist_name"], self.metadata["track_name"])

    @property
    def recording(self) -> tuple[Any, ...]:
        """Returns what ListenBrainz gives an MSID to. A duration makes another recording."""
        info = info_of(self.metadata)
        duration = info.get("duration_ms") or (info.get("duration") or 0) * 1000 or None
        return recording(self.metadata, info.get("track_number"), duration)


def info_of(metadata: Json) -> Json:
    """Returns the `additional_info`, {} if there is none."""
    return metadata.get("additional_info") or {}


def recording(metadata: Json, number: Any, duration: int | None) -> tuple[Any, ...]:
    """Returns artist, title and album without case, the number of the track, and its length."""
    names = (metadata.get(f"{name}_name") for name in ("artist", "track", "release"))
    return (*(name and name.lower() for name in names), number and str(number).lower(), duration)


@dataclass(frozen=True, slots=True)
class Deletion:
    """A request to delete what `of` holds true for; `due` is when that is done, in UNIX seconds."""

    of: Callable[[Listen], bool]
    due: float


@dataclass(frozen=True, slots=True)
class Feedback:
    """A love (1) or hate (-1)."""

    user: str
    mbid: str | None
    msid: str | None
    score: int
    created: int


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """An accepted now-playing."""

    user: str
    metadata: Json


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an endpoint. `user` is the user that the path names, "" if it names none."""

    params: Mapping[str, str]
    authorization: str
    body: str
    user: str = ""
    lost: frozenset[int] = frozenset()
    doubled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What runs, and by which HTTP method it is called."""

    http_method: str
    run: "Callable[[ListenBrainzService, Call], Any]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a server that speaks ListenBrainz's API differs from others that do."""

    roots: tuple[str, ...]
    """Paths before the name of an endpoint. The first is the one to use."""
    endpoints: Mapping[str, Endpoint]
    """By a regular expression for the rest of the path."""
    unknown: Callable[[str, str], Reply]
    """From the HTTP method and the path to an answer, if there is no such endpoint."""
    broken: Reply
    """The answer to what the server's code trips over."""
    user_of: "Callable[[ListenBrainzService, Call], str]"
    """Returns who submits, or raises Refused."""
    payload_of: "Callable[[ListenBrainzService, Call], tuple[str, list[Json]]]"
    """Returns type and listens of a submission, or raises Refused."""
    key: Callable[[Listen], Hashable]
    """Two listens with one key are one."""
    known_again: Callable[[Listen, Listen], None] = lambda _known, _listen: None
    """Is called with a listen whose key is known. Raises Done or Refused if the batch ends."""
    stored: frozenset[str] = frozenset({"single", "import"})
    """The types of which something is stored."""
    accepted: Callable[[str, list[Json]], Json] = lambda _kind, _payload: {"status": "ok"}
    json_type: str = "application/json"
    counts_requests: bool = False
    """Whether there are a limit and headers that tell of it."""


@dataclass(eq=False)
class ListenBrainzService:
    """State and switches. Hold `changed` to read more than one thing at once."""

    profile: Profile
    clock: Callable[[], float]
    changed: threading.Condition

    tokens: dict[str, str] = field(default_factory=dict[str, str])
    """Token → user."""
    paused: set[str] = field(default_factory=set[str])
    """Users whose submissions are refused."""
    listens: list[Listen] = field(default_factory=list[Listen])
    now_playing: list[NowPlaying] = field(default_factory=list[NowPlaying])
    playing: dict[str, Json] = field(default_factory=dict[str, Json])
    """User → the metadata of what plays."""
    feedback: list[Feedback] = field(default_factory=list[Feedback])
    msids: dict[Hashable, str] = field(default_factory=dict[Hashable, str])
    """Recording → MSID."""
    new_msid: Callable[[Hashable], str] = lambda _recording: str(uuid4())
    catalogue: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Artist and title → the recording's MBID, as MusicBrainz has it."""
    reading_lag: float = 0.0
    """Seconds after which a listen that is stored is shown."""
    deleting_lag: float = 3600.0
    """Seconds after which a listen that is deleted is gone: ListenBrainz does it once an hour."""
    latest_import: dict[str, int] = field(default_factory=dict[str, int])
    requests_per_window: int = 30
    requests_left: int = 30
    window_ends: int = 0

    _keys: dict[Hashable, Listen] = field(default_factory=dict[Hashable, Listen])
    _deletions: list[Deletion] = field(default_factory=list[Deletion])

    def __post_init__(self) -> None:
        self.started_at = self.now()

    def now(self) -> int:
        """Returns the time of the stand-in's clock, in whole UNIX seconds."""
        return int(self.clock())

    def login(self, user: str = "quiet_otter", token: str = "") -> str:
        """Makes a user known. Returns the token, given or new."""
        with self.changed:
            token = token or str(uuid4())
            self.tokens[token] = user
            return token

    def user_named(self, name: str) -> str:
        """Returns the user's name in its own case. Raises Refused for a stranger."""
        names = {user.casefold(): user for user in self.tokens.values()}
        if name.casefold() not in names:
            raise refused(404, f"Cannot find user: {name}")
        return names[name.casefold()]

    def store(self, listen: Listen) -> None:
        """Stores a listen, unless its key is known."""
        self._sweep()
        key = self.profile.key(listen)
        if key in self._keys:
            self.profile.known_again(self._keys[key], listen)
            return
        self._keys[key] = listen
        self.listens.append(listen)

    def shown(self, user: str) -> list[Listen]:
        """Returns the listens of a user that are shown by now."""
        self._sweep()
        shown_since = self.clock() - self.reading_lag
        return [it for it in self.listens if it.user == user and it.inserted_at <= shown_since]

    def delete(self, of: Callable[[Listen], bool]) -> None:
        """Takes a request to delete the listens that `of` holds true for."""
        self._deletions.append(Deletion(of, self.clock() + self.deleting_lag))

    def _sweep(self) -> None:
        """Deletes what is due."""
        now = self.clock()
        for deletion in [it for it in self._deletions if it.due <= now]:
            self._deletions.remove(deletion)
            self._remove(deletion.of)

    def lose(self, title: str) -> None:
        """Forgets the listens of a title, as if they had never come."""
        with self.changed:
            self._remove(lambda listen: listen.name[1] == title)

    def _remove(self, is_gone: Callable[[Listen], bool]) -> None:
        self.listens[:] = [listen for listen in self.listens if not is_gone(listen)]
        self._keys = {key: it for key, it in self._keys.items() if not is_gone(it)}

    def double(self, title: str, *, seconds: int = 0, client: str = "an importer") -> None:
        """Shows the listens of a title once more, so many seconds later, from another program."""
        with self.changed:
            for listen in [it for it in self.listens if it.name[1] == title]:
                info = {**info_of(listen.metadata), "submission_client": client}
                other = {**listen.metadata, "additional_info": info, "origin": f"client:{client}"}
                second = listen.listened_at + seconds
                self.listens.append(
                    replace(listen, listened_at=second, metadata=other, msid=str(uuid4()))
                )

    def rename(self, title: str, *, artist: str = "", track: str = "") -> None:
        """Gives the listens of a title other names, as a service or its user corrects them."""
        with self.changed:
            self.listens[:] = [_renamed(it, title, artist, track) for it in self.listens]
            self._keys = {key: _renamed(it, title, artist, track) for key, it in self._keys.items()}

    def titles(self) -> list[str]:
        """Returns the stored titles, in the order in which they came."""
        return [listen.name[1] for listen in self.listens]


def _renamed(listen: Listen, title: str, artist: str, track: str) -> Listen:
    if listen.name[1] != title:
        return listen
    names = {"artist_name": artist or listen.name[0], "track_name": track or title}
    metadata: Json = {**listen.metadata, **names}
    if "native" in metadata:
        native: Json = metadata["native"]
        artists: Json = {"artists": [artist]} if artist else {}
        metadata["native"] = {**native, **artists, "title": names["track_name"]}
    return replace(listen, metadata=metadata)


def refused(status: int, error: str, payload: Json | None = None) -> Refused:
    """Returns a refusal as ListenBrainz words it. The keys of `payload` stand beside it."""
    body = {**(payload or {}), "code": status, "error": error}
    return Refused(json_reply(body, status, "application/json"))
