"""The servers that speak ListenBrainz's API, as profiles of its stand-in.

`LISTENBRAINZ` and `MULTI_SCROBBLER` (0.16.4) answer as was recorded, and so does Maloja, which has
a module of its own; `KOITO` (f7dc41c) and `ROCKSKY` (d706c40) answer as their source says.
"""

import json
from html import escape
from typing import Any, cast

from lab import koito
from lab.listenbrainz_endpoints import (
    ENDPOINTS,
    submit,
    submitter,
    told_of,
)
from lab.listenbrainz_payload import MAX_LISTENS, checked
from lab.listenbrainz_service import (
    Call,
    Endpoint,
    Json,
    ListenBrainzService,
    Profile,
    Refused,
    refused,
)
from lab.maloja import MALOJA
from lab.reply import HTML_TYPE, TEXT_TYPE, Reply, html_reply, json_reply

JSON_TYPE = "application/json"


def _json(status: int, content_type: str = JSON_TYPE, /, **tree: Any) -> Refused:
    return Refused(json_reply(tree, status, content_type))


# -- ListenBrainz ---------------------------------------------------------------------------------

NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check "
    "your spelling and try again."
)


def _listenbrainz_unknown(_http_method: str, _path: str) -> Reply:
    return refused(404, NOT_FOUND).reply


LISTENBRAINZ = Profile(
    roots=("/1/",),
    endpoints=ENDPOINTS,
    unknown=_listenbrainz_unknown,
    broken=html_reply(500),
    user_of=submitter,
    payload_of=lambda service, call: checked(call.body, service.now()),
    key=lambda listen: (listen.user, listen.listened_at, listen.recording),
    counts_requests=True,
)


# -- Koito ----------------------------------------------------------------------------------------

KOITO_TYPES: dict[str, type] = {
    **dict.fromkeys(("media_player", "submission_client", "submission_client_version"), str),
    **dict.fromkeys(("release_mbid", "release_group_mbid", "recording_mbid", "albumartist"), str),
    **dict.fromkeys(("artist_mbids", "artist_names", "tags"), list),
    **dict.fromkeys(("duration_ms", "duration"), int),
}
"""Go reads numbers as whole ones, and refuses a document with another type."""


def _koito_user(service: ListenBrainzService, call: Call) -> str:
    word, _, token = call.authorization.partition(" ")
    if word.lower() != "token" or token not in service.tokens:
        raise _koito_error(401, "unauthorized")
    return service.tokens[token]


def _koito_error(status: int, error: str) -> Refused:
    return _json(status, TEXT_TYPE, error=error)


def _koito_payload(service: ListenBrainzService, call: Call) -> tuple[str, list[Json]]:
    try:
        tree: Json = json.loads(call.body)
        kind, payload = tree.get("listen_type", ""), cast(list[Json], tree.get("payload") or [])
        readable = all(_koito_reads(listen) for listen in payload)
    except (AttributeError, TypeError, ValueError):
        kind, payload, readable = "", [], False
    kind = kind if kind in {"playing_now", "import"} else "single"
    nameless = "Artist name or track name are missing"
    one_only = "payload must only contain one listen for non-import requests"
    reasons = (
        (not readable, "failed to decode request"),
        (not payload, "payload is nil"),
        (len(payload) > MAX_LISTENS, "payload exceeds max listens per request"),
        (kind != "import" and len(payload) > 1, one_only),
        (not all(_koito_names(listen) for listen in payload), nameless),
    )
    for applies, error in reasons:
        if applies:
            raise _koito_error(400, error)
    now = service.now()
    return kind, [{**listen, "listened_at": listen.get("listened_at") or now} for listen in payload]


def _koito_reads(listen: Json) -> bool:
    info: Json = listen["track_metadata"].get("additional_info") or {}
    typed = ((value, KOITO_TYPES.get(name, object)) for name, value in info.items())
    whole = isinstance(listen.get("listened_at", 0), int)
    return whole and all(
        value is None or type(value) is kind or kind is object for value, kind in typed
    )


def _koito_names(listen: Json) -> bool:
    return all(listen["track_metadata"].get(name) for name in ("artist_name", "track_name"))


def _koito_validate(service: ListenBrainzService, call: Call) -> Json:
    return told_of(_koito_user(service, call))


KOITO = Profile(
    roots=("/apis/listenbrainz/1/", "/apis/web/v1/"),
    endpoints={
        "submit-listens": Endpoint("POST", submit),
        "validate-token": Endpoint("GET", _koito_validate),
        "listens": Endpoint("GET", koito.get_listens),
        "listens(?P<delete>)": Endpoint("DELETE", koito.delete_listen),
    },
    unknown=lambda _http_method, _path: html_reply(404),
    broken=_json(500, TEXT_TYPE, status="internal server error").reply,
    user_of=_koito_user,
    payload_of=_koito_payload,
    key=lambda listen: (listen.name, listen.listened_at),
    json_type=TEXT_TYPE,
)


# -- multi-scrobbler ------------------------------------------------------------------------------


def _express_page(status: int, text: str) -> Reply:
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n'
        f"</head>\n<body>\n<pre>{escape(text)}</pre>\n</body>\n</html>\n"
    )
    return Reply(status, page.encode(), {"Content-Type": HTML_TYPE})


def _multi_user(service: ListenBrainzService, call: Call) -> str:
    """A wrong token is a 409, and half of the token stands in the answer."""
    _, _, token = call.authorization.partition(" ")
    if token not in service.tokens:
        shown = f"{token[:3]}****" if token else "(no token)"
        told = f"No Listenbrainz endpoint config matched => Slug: (no slug) | Token: {shown}"
        raise _json(409, error=told, code=409)
    return service.tokens[token]


def _multi_payload(service: ListenBrainzService, call: Call) -> tuple[str, list[Json]]:
    try:
        tree: Json = json.loads(call.body)
    except ValueError:
        raise Refused(_express_page(400, "Bad Request")) from None
    if not all(_koito_names(listen) for listen in tree["payload"]):
        raise Refused(MULTI_SCROBBLER.broken)
    now = service.now()
    listens = [{"listened_at": now, **listen} for listen in tree["payload"]]
    return tree["listen_type"], listens


def _multi_validate(service: ListenBrainzService, call: Call) -> Json:
    _, _, token = call.authorization.partition(" ")
    return told_of(service.tokens.get(token, "Multi-Scrobbler"))


def _multi_unknown(http_method: str, path: str) -> Reply:
    if path.startswith("/1/"):
        return Reply(404, b"Not Found", {"Content-Type": TEXT_TYPE})
    return _express_page(404, f"Cannot {http_method} {path}")


MULTI_SCROBBLER = Profile(
    roots=("/1/", "/api/listenbrainz/1/", "/api/listenbrainz/lz/1/"),
    endpoints={
        "submit-listens": Endpoint("POST", submit),
        "validate-token": Endpoint("GET", _multi_validate),
    },
    unknown=_multi_unknown,
    broken=_express_page(500, "Internal Server Error"),
    user_of=_multi_user,
    payload_of=_multi_payload,
    key=lambda listen: (listen.name, listen.listened_at),
)


# -- Rocksky --------------------------------------------------------------------------------------


def _rocksky_user(service: ListenBrainzService, call: Call) -> str:
    token = call.authorization.rpartition(" ")[2]
    if not token:
        raise Refused(Reply(401, b""))
    if token not in service.tokens:
        raise Refused(Reply(401, b"Invalid token: Invalid API key", {"Content-Type": TEXT_TYPE}))
    return service.tokens[token]


def _rocksky_payload(service: ListenBrainzService, call: Call) -> tuple[str, list[Json]]:
    """Takes the first listen alone."""
    try:
        tree: Json = json.loads(call.body)
        kind, first = tree["listen_type"], tree["payload"][0]
    except (LookupError, TypeError, ValueError) as error:
        raise Refused(Reply(400, str(error).encode(), {"Content-Type": TEXT_TYPE})) from None
    return kind, [{"listened_at": service.now(), **first}]


def _rocksky_accepted(kind: str, _payload: list[Json]) -> Json:
    taken = int(kind == "single")
    return {
        "status": "ok",
        "payload": {"submitted_listens": taken, "ignored_listens": 1 - taken},
    }


def _rocksky_validate(service: ListenBrainzService, call: Call) -> Json:
    if not call.authorization:
        return {"code": 200, "message": "Token valid.", "valid": True}
    return told_of(service.tokens.get(call.authorization.rpartition(" ")[2], ""))


ROCKSKY = Profile(
    roots=("/1/",),
    endpoints={
        "submit-listens": Endpoint("POST", submit),
        "validate-token": Endpoint("GET", _rocksky_validate),
    },
    unknown=lambda _http_method, _path: Reply(404, b""),
    broken=Reply(500, b""),
    user_of=_rocksky_user,
    payload_of=_rocksky_payload,
    key=lambda listen: (listen.user, listen.name, listen.listened_at),
    stored=frozenset({"single"}),
    accepted=_rocksky_accepted,
)

PROFILES = {
    "listenbrainz": LISTENBRAINZ,
    "maloja": MALOJA,
    "koito": KOITO,
    "multi-scrobbler": MULTI_SCROBBLER,
    "rocksky": ROCKSKY,
}
