"""What ListenBrainz accepts as a submission: the checks of its `validate_listen`, in their order.

Pure. Read from listenbrainz-server 0a11984, and compared with recorded answers.
"""

import json
from typing import Any, cast
from uuid import UUID

from lab.listenbrainz_service import Json, refused

MAX_LISTENS = 1000
MAX_LISTEN_BYTES = 10240
OLDEST = 1033430400  # 2002-10-01
FUTURE_SECONDS = 3600
MAX_TAGS, MAX_TAG_CHARACTERS = 50, 64
MAX_DURATION_SECONDS = 24 * 86400
TYPES = ("playing_now", "single", "import")

TOO_LOW = (
    "Value for key listened_at is too low. listened_at timestamp should be greater than "
    "1033410600 (2002-10-01 00:00:00 UTC)."
)

PARSER = {
    "Expecting property name enclosed in double quotes": "unexpected character, expected a string "
    "key",
    "Expecting value": "Input is a zero-length, empty document",
}
"""What json calls it → what the server's parser calls it."""


def parsed(body: str) -> Any:
    """Returns the JSON of a body. Raises Refused if it is none."""
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno} (char {error.pos})"
        told = f"{PARSER.get(error.msg, error.msg)}: {place}"
        raise refused(400, f"Cannot parse JSON document: {told}") from None


def checked(body: str, now: int) -> tuple[str, list[Json]]:
    """Returns type and listens of a submission. Names come stripped, numbers whole."""
    size = len(body.encode())
    if size > MAX_LISTENS * MAX_LISTEN_BYTES:
        limit = MAX_LISTENS * MAX_LISTEN_BYTES
        raise refused(400, f"Payload too large. Payload cannot exceed {limit} bytes")
    document = parsed(body)
    if not isinstance(document, dict):
        told = "Top level of JSON document should be a json object."
        raise refused(400, f"Invalid JSON document submitted. {told}")
    tree = cast(Json, document)
    if "payload" not in tree:
        raise refused(400, "Invalid JSON document submitted.")
    listens = _listens(tree["payload"], size)
    if "listen_type" not in tree:
        raise refused(400, "Invalid JSON document submitted.")
    kind = tree["listen_type"]
    if kind not in TYPES:
        raise refused(400, "JSON document requires a valid listen_type key.")
    if kind != "import" and len(listens) > 1:
        told = "JSON document contains more than listen for a single/playing_now."
        raise refused(400, f"{told} It should contain only one.")
    for listen in listens:
        _check(listen, kind, now)
    return kind, listens


def _listens(payload: Any, size: int) -> list[Json]:
    if not isinstance(payload, list):
        told = "The payload in the JSON document should be a list of listens."
        raise refused(400, told, cast(Json, payload) if isinstance(payload, dict) else None)
    listens = cast(list[Json], payload)
    if not listens:
        raise refused(400, "JSON document does not contain any listens")
    if len(listens) > MAX_LISTENS:
        told = f"You may not submit more than {MAX_LISTENS} listens at once."
        raise refused(400, f"Too many listens. {told}")
    if size > len(listens) * MAX_LISTEN_BYTES:
        told = f"Each listens may not be larger than {MAX_LISTEN_BYTES} bytes."
        raise refused(400, f"JSON document is too large. {told}")
    return listens


def _check(listen: Json, kind: str, now: int) -> None:
    if kind == "playing_now" and "listened_at" in listen:
        told = "JSON document must not contain listened_at while submitting playing_now."
        raise refused(400, told, listen)
    if kind != "playing_now":
        _check_time(listen, now)
    if "track_metadata" not in listen:
        told = "JSON document must contain the key track_metadata at the top level."
        raise refused(400, told, listen)
    if len(listen) > 1 + (kind != "playing_now"):
        allowed = "only contain listened_at and track_metadata top level keys"
        raise refused(400, f"JSON document may {allowed}", listen)
    if listen["track_metadata"] is None:
        raise refused(400, "JSON document may not have track_metadata with null value.", listen)
    for name in ("track_name", "artist_name", "release_name"):
        _check_name(listen, name)
    if "additional_info" in listen["track_metadata"]:
        _check_info(listen, listen["track_metadata"]["additional_info"])
    _check_nul(listen)


def _check_time(listen: Json, now: int) -> None:
    if "listened_at" not in listen:
        told = "JSON document must contain the key listened_at at the top level."
        raise refused(400, told, listen)
    try:
        stamp = int(listen["listened_at"])
    except (TypeError, ValueError):
        told = "JSON document must contain an int value for listened_at."
        raise refused(400, told, listen) from None
    listen["listened_at"] = stamp
    if stamp >= now + FUTURE_SECONDS:
        raise refused(400, "Value for key listened_at is too high.", listen)
    if stamp < OLDEST:
        raise refused(400, TOO_LOW, listen)


def _check_name(listen: Json, name: str) -> None:
    metadata = listen["track_metadata"]
    required = name != "release_name"
    if name not in metadata:
        if required:
            told = f"JSON document does not contain required field track_metadata.{name}."
            raise refused(400, told, listen)
        return
    if not isinstance(metadata[name], str):
        raise refused(400, f"track_metadata.{name} must be a single string.", listen)
    metadata[name] = metadata[name].strip()
    if not metadata[name]:
        if required:
            raise refused(400, f"field track_metadata.{name} is empty.", listen)
        del metadata[name]


def _check_info(listen: Json, info: Json) -> None:
    """Checks `additional_info`. If it is null, the server trips over it, and so do we."""
    tags = cast(list[str], info.get("tags", []))
    where = "track_metadata.additional_info.tags"
    if len(tags) > MAX_TAGS:
        told = f"JSON document may not contain more than {MAX_TAGS} items in {where}."
        raise refused(400, told, listen)
    if any(len(tag) > MAX_TAG_CHARACTERS for tag in tags):
        told = f"JSON document may not contain {where} longer than {MAX_TAG_CHARACTERS} characters."
        raise refused(400, told, listen)
    if "duration" in info and "duration_ms" in info:
        told = "JSON document should not contain both duration and duration_ms."
        raise refused(400, told, listen)
    _check_duration(listen, "duration", MAX_DURATION_SECONDS)
    _check_duration(listen, "duration_ms", MAX_DURATION_SECONDS * 1000)
    for name in ("release_mbid", "recording_mbid", "release_group_mbid", "track_mbid"):
        _check_mbids(listen, name, [info.get(name)])
    for name in ("artist_mbids", "work_mbids"):
        _check_mbids(listen, name, info.get(name) or [])


def _check_duration(listen: Json, name: str, most: int) -> None:
    info = listen["track_metadata"]["additional_info"]
    if name not in info:
        return
    try:
        length = int(float(info[name]))
    except (TypeError, ValueError):
        length = 0
    if length <= 0:
        told = f"Value for {name} is invalid, should be a positive integer."
        raise refused(400, told, listen)
    if length > most:
        told = f"Value for {name} is too large, max permitted value is {most}"
        raise refused(400, told, listen)
    info[name] = length


def _check_mbids(listen: Json, name: str, mbids: Any) -> None:
    """Checks ids. None, "" and an empty list are dropped."""
    info = listen["track_metadata"]["additional_info"]
    if name in info and not info[name]:
        del info[name]
    for mbid in filter(None, mbids):
        try:
            UUID(mbid)
        except (AttributeError, ValueError):
            raise refused(400, f"{name} MBID format invalid.", listen) from None


def _check_nul(tree: Json) -> None:
    """Raises Refused with the object that directly holds a text with a NUL."""
    for value in tree.values():
        for item in cast(list[Any], value) if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _check_nul(cast(Json, item))
            elif isinstance(item, str) and "\0" in item:
                raise refused(400, f"{item} contains a unicode null", tree)
