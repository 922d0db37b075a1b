"""Reads an answer, JSON or Last.fm's XML, and says what it means. Pure and total.

Failures are told in the body; the HTTP status counts only if no body can be read. The order of the
questions is that of docs/protocol.md §8.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

from ...core.model import Loved, Scrobble
from ...core.submission import CorrectedNames, QueueRow, RowOutcome, RowReason, RowState
from ...core.text import MAX_WIRE_CHARACTERS, for_people, for_wire
from ...core.values import as_dict, as_int, as_list
from ..answer_rules import unreached
from ..base import Fault, LovedPage, Remedy, Reply
from ..bodies import is_web_page, json_object, redirect, seen, text_within_bounds
from ..http import HttpAnswer, Transport
from .protocol import ERRORS, RATE_LIMIT, UNDEFINED, Ignored, Profile, RequestKind

FUTURE_WAIT_SECONDS = 3600.0
"""Seconds before a scrobble that the service calls "in the future" is tried once more."""

RATE_WAIT_SECONDS = 60.0
"""Seconds to be quiet after a rate limit that names no time."""


def classify(
    kind: RequestKind,
    answer: HttpAnswer,
    expected: str,
    label: str,
    url_option: str = "api_url",
) -> Reply:
    """Returns what an answer asks for.

    `expected` is the key that a good body has ("" = any), `label` what people call the service, and
    `url_option` what config.toml calls its address.
    """
    if answer.transport is not Transport.ANSWERED:
        return unreached(answer, label)
    body = parse(answer.body)
    if body is not None and (code := error_code(body)):
        return _by_code(kind, code, answer, body, label)
    ok = 200 <= answer.status < 300
    if body is not None and (expected in body if expected else ok and "error" not in body):
        return Reply(Remedy.DONE, status=answer.status, body=body)
    if not answer.body and ok and not expected:
        return Reply(Remedy.DONE, status=answer.status)
    return _by_status(answer, label, url_option)


def _by_code(
    kind: RequestKind, code: int, answer: HttpAnswer, body: dict[str, Any], label: str
) -> Reply:
    """The service names an error."""
    meaning = ERRORS.get(code, UNDEFINED)
    remedy, fault, wait = meaning.remedy(kind), meaning.fault, answer.retry_after
    words = for_people(text_of(body.get("message")) or text_of(as_dict(body.get("error"))))
    if code == RATE_LIMIT:
        # Told apart by the text alone: the rate of requests, or the account's cap of scrobbles.
        if kind is RequestKind.WRITE and "scrobbles" in words.lower():
            remedy, fault = Remedy.HOLD, Fault.DAILY_LIMIT
        wait = wait or RATE_WAIT_SECONDS
    if fault is Fault.SERVER and answer.status < 500:  # only a 5xx may come from a row's text
        fault = Fault.UNAVAILABLE
    return Reply(
        remedy,
        code=code,
        status=answer.status,
        message=f"{label} says: {words or f'error {code}'} (error {code})",
        fault=fault,
        wait=wait,
        body=body,
    )


def _by_status(answer: HttpAnswer, label: str, url_option: str) -> Reply:
    """No body can be read: HTTP's word is all there is."""
    status, wait = answer.status, answer.retry_after
    remedy, fault = Remedy.RETRY, _fault_of(status)
    words = f"{label}'s answer could not be read (HTTP {status}, {seen(answer)})"
    if status in (413, 414):
        remedy = Remedy.HALVE
    elif status in (403, 406):
        remedy, fault = Remedy.BLOCKED, Fault.BLOCKED
        words = f"{label}'s front end refuses requests from here (HTTP {status}, {seen(answer)})"
    elif status == 429:
        fault, wait = Fault.RATE, wait or RATE_WAIT_SECONDS
    elif 300 <= status < 400:
        words = f"HTTP {status} instead of an answer: {redirect(answer, url_option)}"
    elif status in (407, 511) or (status == 200 and is_web_page(answer)):
        words = (
            f"HTTP {status} instead of an answer ({seen(answer)}):"
            " is this a network that wants a login?"
        )
    elif 400 <= status < 500 and status not in (408, 425):
        remedy, fault = Remedy.BLOCKED, Fault.ADDRESS
        words = f"HTTP {status} instead of an answer ({seen(answer)}): is {url_option} right?"
    return Reply(remedy, status=status, message=words, fault=fault, wait=wait)


def _fault_of(status: int) -> Fault:
    return Fault.SERVER if status >= 500 else Fault.UNREACHED


# -- the body -------------------------------------------------------------------------------------


def parse(body: bytes) -> dict[str, Any] | None:
    """Returns a body as a dictionary; None if it is neither JSON nor Last.fm's XML, or has more
    values than anybody asks for: they would take a hundred times the room of the body.

    JSON here is a mechanical translation of XML. One child may be an object or a list, numbers are
    strings, and an empty element may be "", missing or null.
    """
    text = text_within_bounds(body)
    if not text.startswith("<"):
        return json_object(body)
    if "<lfm" not in text[:400] or "<!" in text:
        return None
    try:
        return _from_xml(ElementTree.fromstring(text))  # noqa: S314 # no entities: see the line above
    except (RecursionError, ElementTree.ParseError):
        return None


def error_code(body: Mapping[str, Any]) -> int:
    """Returns the error code in a body, 0 = none. GNU FM wraps it in an object."""
    error = body.get("error")
    return as_int(as_dict(error).get("code") if isinstance(error, dict) else error)


def text_of(value: Any) -> str:
    """Returns the text of an element: a string, an object with "#text" or "name", or missing."""
    while isinstance(value, dict):  # no recursion: a server may nest deeper than Python does
        element = as_dict(value)
        value = element.get("#text") or element.get("name")
    return value if isinstance(value, str) else ""


def _from_xml(root: ElementTree.Element) -> dict[str, Any]:
    error = root.find("error")
    if error is not None or root.get("status") == "failed":
        code, text = (error.get("code"), error.text) if error is not None else (None, None)
        return {"error": code, "message": text or ""}
    return {child.tag: _element(child) for child in root}


def _element(element: ElementTree.Element) -> Any:
    """Translates XML as Last.fm itself does."""
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(child.tag, []).append(_element(child))
    if children:
        merged = {tag: values if len(values) > 1 else values[0] for tag, values in children.items()}
        return merged | ({"@attr": dict(element.attrib)} if element.attrib else {})
    text = (element.text or "").strip()
    return {**element.attrib, "#text": text} if element.attrib else text


# -- scrobbles ------------------------------------------------------------------------------------


def submitted(reply: Reply, rows: Sequence[QueueRow], profile: Profile) -> Reply:
    """Returns the reply to a good answer to `track.scrobble`, with an outcome for each row."""
    outcomes = row_outcomes(reply.body, rows, profile)
    status = reply.status
    if outcomes is None:
        words = f"{profile.label}'s answer does not fit what was sent"
        return Reply(Remedy.RETRY, status=status, message=words, fault=_fault_of(status))
    limits = [code for code, why in profile.ignored.items() if why is Ignored.DAILY_LIMIT]
    over = next((outcome.code for outcome in outcomes if outcome.code in limits), 0)
    if not over:
        return Reply(Remedy.DONE, status=status, outcomes=outcomes)
    return Reply(
        Remedy.HOLD,
        code=over,
        status=status,
        message=f"{profile.label}'s daily limit of scrobbles",
        fault=Fault.DAILY_LIMIT,
        outcomes=outcomes,
    )


def row_outcomes(
    body: Mapping[str, Any], rows: Sequence[QueueRow], profile: Profile
) -> tuple[RowOutcome, ...] | None:
    """Returns one outcome per row from the body of an answer; None if it does not fit them."""
    items = [as_dict(item) for item in as_list(as_dict(body.get("scrobbles")).get("scrobble"))]
    if len(items) != len(rows):
        stamped = {as_int(item.get("timestamp")): item for item in items}
        items = [stamped.get(row.scrobble.timestamp, {}) for row in rows]
    if any(_code(item) < 0 for item in items):
        return None
    return tuple(_outcome(item, row, profile) for item, row in zip(items, rows, strict=True))


def _code(item: Mapping[str, Any]) -> int:
    """Why the item was ignored, 0 = it was not, -1 = the answer does not say."""
    return as_int(_ignored(item).get("code"), -1)


def _ignored(item: Mapping[str, Any]) -> dict[str, Any]:
    lowered = {key.lower(): value for key, value in item.items()}
    return as_dict(lowered.get("ignoredmessage"))


def _outcome(item: Mapping[str, Any], row: QueueRow, profile: Profile) -> RowOutcome:
    code = _code(item)
    why = profile.ignored.get(code)
    if code == 0 or why is Ignored.KNOWN:
        return RowOutcome(row, RowState.SENT, corrected=_corrected(item, row.scrobble))
    words = for_people(text_of(_ignored(item))) or why or f"code {code}"
    ignored = RowOutcome(row, RowState.REJECTED, code, words, reason=RowReason.IGNORED)
    if why is Ignored.DAILY_LIMIT:
        return replace(ignored, state=RowState.PENDING, void_tries=1)
    if why is not Ignored.IN_FUTURE:
        return ignored
    ignored = replace(ignored, void_tries=row.retry_count + 1)  # it was in the future before, too
    if profile.ignored.get(row.answer_code) is Ignored.IN_FUTURE:
        return ignored
    return replace(ignored, state=RowState.PENDING, wait=FUTURE_WAIT_SECONDS)


def _corrected(item: Mapping[str, Any], sent: Scrobble) -> CorrectedNames:
    """Returns the names under which the service keeps a scrobble, as far as it says others."""
    lowered = {key.lower(): value for key, value in item.items()}
    return CorrectedNames(
        artist=_other_name(lowered.get("artist"), sent.artist),
        track=_other_name(lowered.get("track"), sent.track),
        album=_other_name(lowered.get("album"), sent.album),
        album_artist=_other_name(lowered.get("albumartist"), sent.album_artist),
    )


def _other_name(element: Any, sent: str) -> str:
    """Returns a name that the service has corrected; "" if it has not, or if it is no name."""
    if as_int(as_dict(element).get("corrected")) != 1:
        return ""
    text = text_of(element)
    is_name = text == for_wire(text[: MAX_WIRE_CHARACTERS + 1])
    return text if is_name and text != sent else ""


# -- loved tracks ---------------------------------------------------------------------------------


def loved_page(loved_tracks: Mapping[str, Any], tracks: Sequence[Loved]) -> LovedPage:
    """Returns a page from the "lovedtracks" object of an answer, and its tracks."""
    attributes = as_dict(loved_tracks.get("@attr"))
    numbers = attributes or loved_tracks
    pages = as_int(numbers.get("totalPages"), -1)
    return LovedPage(
        tracks=tuple(tracks),
        entries=len(as_list(loved_tracks.get("track"))),
        user=text_of(numbers.get("user")),
        total=as_int(numbers["total"]) if "total" in numbers else None,
        pages=pages if pages >= 0 else None,
    )


def loved_track(entry: object) -> Loved | None:
    """Returns a track of a page; None if it has no artist or no title."""
    track = as_dict(entry)
    loved = Loved(
        artist=for_wire(text_of(track.get("artist"))),
        title=for_wire(text_of(track.get("name"))),
        at=as_int(as_dict(track.get("date")).get("uts")),
        mbid=for_wire(text_of(track.get("mbid"))),
    )
    return loved if loved.artist and loved.title else None
