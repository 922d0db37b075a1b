"""Koito's own API as its source has it (f7dc41c): the listens that it shows, and deletes."""

from datetime import UTC, datetime

from lab.listenbrainz_service import Call, Json, Listen, ListenBrainzService, Refused, info_of
from lab.reply import Reply

DEFAULT_LIMIT = 100
MAX_LIMIT = 500


def get_listens(service: ListenBrainzService, call: Call) -> Json:
    """listens: a page, newest first, of all users. Anybody may read it."""
    first, last, limit, page = (
        int(call.params.get(name, default))
        for name, default in (("from", 0), ("to", 0), ("limit", DEFAULT_LIMIT), ("page", 1))
    )
    limit = limit if limit <= MAX_LIMIT else DEFAULT_LIMIT
    last = last or service.now()
    users = {listen.user for listen in service.listens}
    shown = [it for user in users for it in service.shown(user) if first <= it.listened_at <= last]
    shown.sort(key=lambda listen: listen.listened_at, reverse=True)
    offset = (max(page, 1) - 1) * limit
    items = shown[offset : offset + limit]
    return {
        "items": [_shown(listen) for listen in items],
        "total_record_count": len(shown),
        "items_per_page": limit,
        "has_next_page": offset + len(items) < len(shown),
        "current_page": max(page, 1),
    }


def _shown(listen: Listen) -> Json:
    artists = info_of(listen.metadata).get("artist_names") or [listen.name[0]]
    time = datetime.fromtimestamp(listen.listened_at, UTC)
    return {
        "time": time.isoformat().replace("+00:00", "Z"),
        "track": {
            "id": track_id(listen),
            "title": listen.name[1],
            "artists": [{"id": number, "name": name} for number, name in enumerate(artists, 1)],
            "image": None,
        },
    }


def track_id(listen: Listen) -> int:
    """Returns what Koito calls the track."""
    return 1 + sum(ord(letter) * place for place, letter in enumerate("\n".join(listen.name), 1))


def delete_listen(service: ListenBrainzService, call: Call) -> Json:
    """DELETE listens: answers that it is done to any, with nothing in it."""
    word, _, token = call.authorization.partition(" ")
    if word.lower() != "token" or token not in service.tokens:
        raise Refused(Reply(401, b'{"error":"unauthorized"}\n', {"Content-Type": "text/plain"}))
    wanted = (int(call.params["track_id"]), int(call.params["unix"]))
    service.delete(lambda listen: (track_id(listen), listen.listened_at) == wanted)
    raise Refused(Reply(204, b""))
