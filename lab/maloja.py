"""Maloja, as a profile of the stand-in for ListenBrainz: its ListenBrainz entrance and, of its
native API, what a client needs.

Its answers are those of 3.2.9; 3.2.3 has another for two plays in one second. The real one can be
had too: `tests/maloja`.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from lab.listenbrainz_endpoints import submit, told_of
from lab.listenbrainz_service import (
    Call,
    Done,
    Endpoint,
    Json,
    Listen,
    ListenBrainzService,
    Profile,
    Refused,
    info_of,
    refused,
)
from lab.reply import Reply, html_reply, json_reply

JSON_TYPE = "application/json"
ENTRANCE, NATIVE = "/apis/listenbrainz/1/", "/apis/mlj_1/"
DAY_SECONDS = 86400


def _refused(status: int, /, **tree: Any) -> Refused:
    return Refused(json_reply(tree, status, JSON_TYPE))


# -- the ListenBrainz entrance --------------------------------------------------------------------

NO_HEADER = "You need to provide an Authorization header."


def _user(service: ListenBrainzService, call: Call) -> str:
    word, _, token = call.authorization.partition(" ")
    token = call.params.get("token") or (token if word in {"token", "Token"} else "")
    if not token:
        raise refused(401, NO_HEADER)
    if token not in service.tokens:
        raise refused(401, "Incorrect Authorization")
    return service.tokens[token]


def _payload(service: ListenBrainzService, call: Call) -> tuple[str, list[Json]]:
    """Checks next to nothing. What is no time is now; names that are blank break the server."""
    tree = _document(call.body or "{}")
    if tree.keys() < {"listen_type", "payload"}:
        raise refused(400, "Invalid JSON document submitted.")
    kind, payload = tree["listen_type"], tree["payload"]
    if kind == "playing_now":
        return kind, payload
    if kind not in {"single", "import"}:
        raise _broken()
    return kind, [_listen(service, listen) for listen in payload]


def _listen(service: ListenBrainzService, listen: Json) -> Json:
    metadata = listen["track_metadata"]
    if not metadata.keys() >= {"artist_name", "track_name"}:
        raise refused(400, "Invalid JSON document submitted.")
    names = (metadata["artist_name"].strip(), metadata["track_name"].strip())
    if not all(names) or metadata.get("additional_info", {}) is None:
        raise _broken()
    try:
        stamp = int(listen["listened_at"])
    except (KeyError, ValueError):
        stamp = 0
    return {"listened_at": stamp or service.now(), "track_metadata": metadata}


def _document(body: str) -> Json:
    try:
        tree = json.loads(body)
    except ValueError:
        raise Refused(html_reply(400, "Invalid JSON")) from None
    if not isinstance(tree, dict):
        raise Refused(html_reply(500))
    return cast(Json, tree)


def _broken() -> Refused:
    return _refused(500, code=500, error="Unspecified server error.")


def _known_again(known: Listen, listen: Listen) -> None:
    """The same again ends the batch without a word; another one at that second is an error."""
    if [name.casefold() for name in known.name] == [name.casefold() for name in listen.name]:
        raise Done
    raise _refused(409, error="Scrobble with the same timestamp already exists.")


def _validate(service: ListenBrainzService, call: Call) -> Json:
    return told_of(_user(service, call))


# -- the native API -------------------------------------------------------------------------------


def _new_scrobble(service: ListenBrainzService, call: Call) -> Json:
    """newscrobble: tells each outcome apart. Without a body there is no key in it."""
    sent = _document(call.body or "{}")
    if sent.get("key") not in service.tokens:
        told = "Invalid or missing authentication"
        raise _refused(403, status="failure", error={"type": "authentication_fail", "desc": told})
    missing: Any = [f"track_{name}" for name in ("artists", "title") if not sent.get(name)]
    if not missing and not any(name.strip() for name in sent["artists"]):
        missing = "artist"  # a blank title is taken
    if missing:
        told = "The scrobble is missing needed parameters."
        error = {"type": "missing_scrobble_data", "value": missing, "desc": told}
        raise _refused(400, status="failure", error=error)
    names = ", ".join(sent["artists"])
    metadata = {"artist_name": names, "track_name": sent["title"].strip(), "native": sent}
    listen = Listen(
        user=service.tokens[sent["key"]],
        listened_at=sent.get("time") or service.now(),
        metadata=metadata,
        inserted_at=service.now(),
    )
    try:
        service.store(listen)
    except Done:
        return {"status": "success", "track": {}, **EXISTS}
    except Refused:
        raise _clash(listen, sent) from None
    track = {"artists": sent["artists"], "title": sent["title"]}
    return {"status": "success", "track": track, "desc": f"Scrobbled {sent['title']} by {names}"}


EXISTS: Json = {
    "desc": "The scrobble is present in the database.",
    "warnings": [
        {
            "type": "scrobble_exists",
            "value": None,
            "desc": "This scrobble exists in the database (same timestamp and track). "
            "The submitted scrobble was not added.",
        }
    ],
}


def _clash(listen: Listen, sent: Json) -> Refused:
    shown = _shown(listen)
    track = {name: value for name, value in shown["track"].items() if name != "album"}
    raw = {"track_artists": sent["artists"], "track_title": sent["title"]}
    raw["scrobble_time"] = listen.listened_at
    error = {
        "type": "duplicate_timestamp",
        "value": {**shown, "track": track, "extra": {}, "rawscrobble": raw},
        "desc": "A scrobble is already registered with this timestamp.",
    }
    return _refused(409, status="error", error=error)


def _scrobbles(service: ListenBrainzService, call: Call) -> Json:
    """scrobbles: newest first. Without `from`, only what came after the server's start, if it was
    empty then."""
    page, size = (int(call.params.get(name, n)) for name, n in (("page", "0"), ("max", "100")))
    plays = _stretch(service, call)
    shown = [_shown(listen) for listen in plays[page * size : (page + 1) * size]]
    path = f"{NATIVE}scrobbles?page="
    pagination = {
        "page": page,
        "perpage": size,
        "next_page": f"{path}{page + 1}&perpage={size}" if len(plays) > (page + 1) * size else None,
        "prev_page": f"{path}{page - 1}&perpage={size}" if page else None,
    }
    return {"status": "ok", "list": shown, "pagination": pagination}


def _stretch(service: ListenBrainzService, call: Call) -> list[Listen]:
    first = _day(call.params["from"]) if "from" in call.params else service.started_at
    last = _day(call.params["to"]) if "to" in call.params else service.now() // DAY_SECONDS
    last = last if "to" in call.params else last * DAY_SECONDS
    users = {play.user for play in service.listens}
    shown = [play for user in users for play in service.shown(user)]
    plays = [play for play in shown if first <= play.listened_at < last + DAY_SECONDS]
    return sorted(plays, key=lambda play: play.listened_at, reverse=True)


def _day(text: str) -> int:
    return int(datetime.strptime(text, "%Y/%m/%d").replace(tzinfo=UTC).timestamp())


def _shown(listen: Listen) -> Json:
    metadata, info = listen.metadata, info_of(listen.metadata)
    native: Json = metadata.get("native") or {
        "artists": [metadata["artist_name"]],
        "title": metadata["track_name"],
        "album": metadata.get("release_name"),
        "length": info.get("duration"),
    }
    artists = native.get("albumartists") or native["artists"]
    album = {"artists": artists, "albumtitle": native["album"]} if native.get("album") else None
    track = {name: native.get(name) for name in ("artists", "title", "length")}
    return {
        "time": listen.listened_at,
        "track": {**track, "album": album},
        "duration": native.get("duration"),
        "origin": metadata.get("origin", "client:default"),
    }


def _count(service: ListenBrainzService, call: Call) -> Json:
    return {"status": "ok", "amount": len(_stretch(service, call))}


def _test(service: ListenBrainzService, call: Call) -> Json:
    if call.params.get("key") not in service.tokens:
        raise _refused(403, status="error", error="Wrong API key")
    return {"status": "ok"}


def _info(service: ListenBrainzService, _call: Call) -> Json:
    database = {"healthy": True, "rebuildinprogress": False, "complete": True}
    name = next(iter(service.tokens.values()), "")
    about = {"name": name, "version": ["3", "2", "9"], "versionstring": "3.2.9"}
    return {**about, "db_status": database}


# -- profiles -------------------------------------------------------------------------------------


def _unknown(_http_method: str, path: str) -> Reply:
    if path.startswith(ENTRANCE):
        return json_reply({"code": 200, "error": "Invalid Method"}, 200, JSON_TYPE)
    error = "Not found" if path.startswith(NATIVE) else "Invalid API"
    return json_reply({"error": error}, 404, JSON_TYPE)


MALOJA = Profile(
    roots=(ENTRANCE, NATIVE),
    endpoints={
        "submit-listens/?": Endpoint("", submit),
        "validate-token/?": Endpoint("", _validate),
        "newscrobble": Endpoint("POST", _new_scrobble),
        "scrobbles": Endpoint("GET", _scrobbles),
        "numscrobbles": Endpoint("GET", _count),
        "test": Endpoint("GET", _test),
        "serverinfo": Endpoint("GET", _info),
    },
    unknown=_unknown,
    broken=_broken().reply,
    user_of=_user,
    payload_of=_payload,
    key=lambda listen: listen.listened_at,
    known_again=_known_again,
)


def _known_again_3_2_3(known: Listen, listen: Listen) -> None:
    try:
        _known_again(known, listen)
    except Refused:
        raise _broken() from None


MALOJA_3_2_3 = replace(MALOJA, known_again=_known_again_3_2_3)
