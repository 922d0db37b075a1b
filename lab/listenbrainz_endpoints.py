"""ListenBrainz's endpoints, one function each: state and a call in, the answer's tree out."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

from lab.listenbrainz_payload import parsed
from lab.listenbrainz_service import (
    Call,
    Done,
    Endpoint,
    Feedback,
    Json,
    Listen,
    ListenBrainzService,
    NowPlaying,
    info_of,
    recording,
    refused,
)

DEFAULT_COUNT = 25
MAX_COUNT = 1000
WINDOW_SECONDS = 30 * 86400
MAX_PASSES = 9
FUTURE_SECONDS = 600

PAUSED = (
    "User account is paused and is currently not accepting listens. Feel free to contact us if you "
    "have any questions about this. https://metabrainz.org/contact"
)


def submit(service: ListenBrainzService, call: Call) -> Json:
    """submit-listens: stores one listen after the other, as the profile says."""
    profile = service.profile
    user = profile.user_of(service, call)
    kind, payload = profile.payload_of(service, call)
    answer = profile.accepted(kind, payload)
    if kind == "playing_now":
        return {**answer, **_announce(service, call, user, payload[0])}
    try:
        for index, item in enumerate(payload if kind in profile.stored else []):
            if index not in call.lost:
                listen = Listen(user, item["listened_at"], item["track_metadata"])
                _store(service, listen, doubled=index in call.doubled)
    except Done:
        pass
    return answer


def _announce(service: ListenBrainzService, call: Call, user: str, item: Json) -> Json:
    metadata = item["track_metadata"]
    service.now_playing.append(NowPlaying(user, metadata))
    service.playing[user] = metadata
    if "return_msid" not in call.params:
        return {}
    # Without the length, which every listen has; and the id of a new recording is never committed.
    number = info_of(metadata).get("tracknumber")
    return {"recording_msid": service.msids.get(recording(metadata, number, None), str(uuid4()))}


def _store(service: ListenBrainzService, listen: Listen, *, doubled: bool) -> None:
    key = listen.recording
    if key not in service.msids:
        service.msids[key] = service.new_msid(key)
    msid = service.msids[key]
    stored = replace(listen, msid=msid, inserted_at=service.now())
    service.store(stored)
    if doubled:
        service.listens.append(replace(stored, msid=str(uuid4())))


def submitter(service: ListenBrainzService, call: Call) -> str:
    """Returns whose token a call has, whatever word stands before it."""
    user = known_user(service, call)
    if user in service.paused:
        raise refused(401, PAUSED)
    return user


def known_user(service: ListenBrainzService, call: Call) -> str:
    """Returns whose token a call has, also if the user is paused."""
    if not call.authorization:
        raise refused(401, "You need to provide an Authorization header.")
    _, _, token = call.authorization.partition(" ")
    if not token:
        raise refused(401, "Provided Authorization header is invalid.")
    if token not in service.tokens:
        raise refused(401, "Invalid authorization token.")
    return service.tokens[token]


def validate_token(service: ListenBrainzService, call: Call) -> Json:
    """validate-token: 200 for a wrong token, too."""
    word, _, token = call.authorization.partition(" ")
    token = token if word.lower() == "token" else call.params.get("token", "")
    if not token:
        raise refused(400, "You need to provide an Authorization token.")
    return told_of(service.tokens.get(token, ""))


def told_of(user: str) -> Json:
    """Returns what is said of the token of a user, "" = of nobody."""
    valid: Json = {"message": "Token valid.", "valid": True, "user_name": user}
    return {"code": 200, **(valid if user else {"message": "Token invalid.", "valid": False})}


def get_listens(service: ListenBrainzService, call: Call) -> Json:
    """user/…/listens: a page, newest first."""
    user = service.user_named(call.user)
    first, last, count = (_whole(call.params, name) for name in ("min_ts", "max_ts", "count"))
    if first and last and last <= first:
        raise refused(400, "max_ts should be greater than min_ts")
    count = min(DEFAULT_COUNT if count is None else count, MAX_COUNT)
    if count < 0:
        raise refused(400, "Number of items requested should be positive")
    mine = service.shown(user)
    stamps = [listen.listened_at for listen in mine] or [0]
    page = [_shown(service, listen) for listen in _page(mine, first, last, count, service.now())]
    ends = {"latest_listen_ts": max(stamps), "oldest_listen_ts": min(stamps)}
    return {"payload": {"count": len(page), "listens": page, **ends, "user_id": call.user}}


def _whole(params: Mapping[str, str], name: str) -> int | None:
    try:
        return int(params[name]) if name in params else None
    except ValueError:
        told = f"Incorrect {name} timestamp argument: {params[name]}"
        raise refused(400, told) from None


def _page(
    listens: list[Listen], first: int | None, last: int | None, count: int, now: int
) -> list[Listen]:
    """Walks as the server does: in windows, each three times as long as the one before. So a page
    may be short before a gap, and is empty if it begins before the oldest listen."""
    if not listens:
        return []
    up, both = first is not None, first is not None and last is not None
    stamps = [listen.listened_at for listen in listens]
    window = WINDOW_SECONDS
    if first is None:
        last = max(stamps) + 1 if last is None else last
        first = last - window
    last = first + window if last is None else last
    page: list[Listen] = []
    for _ in range(MAX_PASSES):
        inside = [listen for listen in listens if first < listen.listened_at < last]
        inside.sort(key=lambda listen: (listen.listened_at * (1 if up else -1), listen.msid))
        page += inside[: count - len(page)]
        if len(page) >= count or both or first < min(stamps) - 1 or last > now + FUTURE_SECONDS:
            break
        if up:
            first, window, last = first + window - 1, window * 3, last + window * 3
        else:
            first, window, last = first - window * 4, window * 3, last - window
    return page[::-1] if up else page


def _shown(service: ListenBrainzService, listen: Listen) -> Json:
    info = {**info_of(listen.metadata), "recording_msid": listen.msid}
    mbid = service.catalogue.get(listen.name)
    mapping = {"mbid_mapping": {"recording_mbid": mbid}} if mbid else {}
    return {
        "inserted_at": listen.inserted_at,
        "listened_at": listen.listened_at,
        "recording_msid": listen.msid,
        "track_metadata": {**listen.metadata, "additional_info": info, **mapping},
        "user_name": listen.user,
    }


def listen_count(service: ListenBrainzService, call: Call) -> Json:
    """user/…/listen-count."""
    user = service.user_named(call.user)
    return {"payload": {"count": sum(listen.user == user for listen in service.listens)}}


def get_playing_now(service: ListenBrainzService, call: Call) -> Json:
    """user/…/playing-now."""
    user = service.user_named(call.user)
    playing = [service.playing[user]] if user in service.playing else []
    shown = [{"playing_now": True, "track_metadata": it, "user_name": user} for it in playing]
    payload = {"count": len(shown), "listens": shown, "playing_now": True, "user_id": call.user}
    return {"payload": payload}


def delete_playing_now(service: ListenBrainzService, call: Call) -> Json:
    """playing-now/delete: another client's stays."""
    user = known_user(service, call)
    client = parsed(call.body).get("client") if call.body else None
    playing = service.playing.get(user)
    if playing is None:
        return {"status": "ok", "message": "Playing now was already cleared"}
    if client is not None and client != info_of(playing).get("submission_client"):
        raise refused(404, "No playing now listen found for the specified client.")
    del service.playing[user]
    return {"status": "ok", "message": "Playing now cleared successfully"}


def delete_listen(service: ListenBrainzService, call: Call) -> Json:
    """delete-listen: is answered at once, and takes effect later."""
    user = known_user(service, call)
    wish: Json = parsed(call.body)
    stamp, msid = wish.get("listened_at"), wish.get("recording_msid")
    if not isinstance(stamp, int):
        raise refused(400, f"{stamp}: Listen timestamp invalid.")
    if msid is None:
        raise refused(400, "Recording MSID missing.")
    wanted = (user, stamp, msid)
    service.delete(lambda listen: (listen.user, listen.listened_at, listen.msid) == wanted)
    return {"status": "ok"}


def look_up(service: ListenBrainzService, call: Call) -> Json:
    """metadata/lookup: a recording by its names, {} if there is none. As documented."""
    known_user(service, call)
    names = (call.params["artist_name"], call.params["recording_name"])
    mbid = service.catalogue.get(names)
    return {"recording_mbid": mbid, "recording_name": names[1]} if mbid else {}


def give_feedback(service: ListenBrainzService, call: Call) -> Json:
    """feedback/recording-feedback: replaces what there was for either id."""
    user = known_user(service, call)
    wish: Json = parsed(call.body)
    ids = ("recording_mbid", "recording_msid")
    if "score" not in wish or not any(name in wish for name in ids):
        told = "must contain either recording_msid or recording_mbid, and score top level keys"
        raise refused(400, f"JSON document {told}")
    if wish.keys() - {*ids, "score"}:
        told = "may only contain recording_msid, recording_mbid and score top level keys"
        raise refused(400, f"JSON document {told}")
    mbid, msid = (wish.get(name) for name in ids)
    score = _checked(wish)
    service.feedback[:] = [
        given
        for given in service.feedback
        if given.user != user
        or not ((mbid and given.mbid == mbid) or (msid and given.msid == msid))
    ]
    if score:
        service.feedback.append(Feedback(user, mbid, msid, score, service.now()))
    return {"status": "ok"}


def _checked(wish: Json) -> int:
    """Returns the score. Words its refusals as pydantic does."""
    for name in ("recording_mbid", "recording_msid"):
        try:
            UUID(wish.get(name) or str(uuid4()))
        except ValueError:
            one = f"{name}: '{wish[name]}' must be a valid UUID. (type=value_error)"
            other = "at least one of recording_msid or recording_mbid should be specified"
            told = f"2 validation errors for Feedback {one} __root__: {other} (type=value_error)"
            raise refused(400, f"Invalid JSON document submitted: {told}") from None
    if str(wish["score"]) not in {"1", "0", "-1"}:
        told = "score: Score can have a value of 1, 0 or -1. (type=value_error)"
        told = f"1 validation error for Feedback {told}"
        raise refused(400, f"Invalid JSON document submitted: {told}")
    return int(wish["score"])


def get_feedback(service: ListenBrainzService, call: Call) -> Json:
    """feedback/user/…/get-feedback: a page, newest first."""
    user = service.user_named(call.user)
    score = call.params.get("score", "0")
    if score not in {"1", "0", "-1"}:
        raise refused(400, "Score can have a value of 1 or -1.")
    given = [
        feedback
        for feedback in reversed(service.feedback)
        if feedback.user == user and score in {"0", str(feedback.score)}
    ]
    offset = int(call.params.get("offset", "0"))
    page = given[offset : offset + min(int(call.params.get("count", "25")), MAX_COUNT)]
    named = call.params.get("metadata") == "true"
    shown = [_shown_feedback(service, feedback, named) for feedback in page]
    return {"count": len(page), "feedback": shown, "offset": offset, "total_count": len(given)}


def _shown_feedback(service: ListenBrainzService, feedback: Feedback, named: bool) -> Json:
    """What is loved by an MBID has no names here: the server's own catalogue would know them."""
    listen = next((it for it in service.listens if it.msid == feedback.msid), None)
    metadata = None
    if named and listen is not None:
        names = {name: value for name, value in listen.metadata.items() if name.endswith("_name")}
        metadata = {**names, "additional_info": {"recording_msid": listen.msid}}
    return {
        "created": feedback.created,
        "recording_mbid": feedback.mbid,
        "recording_msid": feedback.msid,
        "score": feedback.score,
        "track_metadata": metadata,
        "user_id": feedback.user,
    }


def get_latest_import(service: ListenBrainzService, call: Call) -> Json:
    """latest-import, read."""
    user = service.user_named(call.params["user_name"])
    latest = service.latest_import.get(user, 0)
    return {"error": None, "latest_import": latest, "musicbrainz_id": user, "status": None}


def set_latest_import(service: ListenBrainzService, call: Call) -> Json:
    """latest-import, written."""
    service.latest_import[known_user(service, call)] = parsed(call.body)["ts"]
    return {"status": "ok"}


NAMED = r"user/(?P<user>[^/]+)"

ENDPOINTS: dict[str, Endpoint] = {
    "submit-listens": Endpoint("POST", submit),
    "validate-token": Endpoint("GET", validate_token),
    f"{NAMED}/listens": Endpoint("GET", get_listens),
    f"{NAMED}/listen-count": Endpoint("GET", listen_count),
    f"{NAMED}/playing-now": Endpoint("GET", get_playing_now),
    "playing-now/delete": Endpoint("POST", delete_playing_now),
    "delete-listen": Endpoint("POST", delete_listen),
    "feedback/recording-feedback": Endpoint("POST", give_feedback),
    "metadata/lookup/": Endpoint("GET", look_up),
    f"feedback/{NAMED}/get-feedback": Endpoint("GET", get_feedback),
    "latest-import": Endpoint("GET", get_latest_import),
    "latest-import(?P<write>)": Endpoint("POST", set_latest_import),
}
"""By a regular expression for the path. The only endpoint with two methods stands there twice."""
