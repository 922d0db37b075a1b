"""Says what an answer means. Pure and total.

`RULES` is the table of docs/protocol.md §12.8: 200 is no success by itself, and the type of a body
means nothing. 409 is never "done": Maloja says by it that another track has that second, and
multi-scrobbler that the token is wrong.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...core.submission import QueueRow, RowOutcome, RowReason, RowState
from ...core.text import for_people, for_wire, normalise
from ...core.values import as_dict, as_int
from ..base import Fault, Remedy, Reply
from ..bodies import is_web_page, json_object, redirect, seen
from ..http import HttpAnswer, Transport

RATE_WAIT_SECONDS = 10.0
"""Seconds to be quiet after a rate limit that names no time: ListenBrainz's own window."""

FUTURE_WAIT_SECONDS = 3600.0
"""Seconds before a listen that is "too high" is tried once more: the clock may be wrong."""


class Shape(StrEnum):
    """What a body looks like."""

    ERROR = "error"  # JSON with an error in words
    OBJECT = "object"  # other JSON
    PAGE = "page"  # of the web
    OTHER = "other"  # nothing, or what can't be read


JSON = (Shape.ERROR, Shape.OBJECT)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer asks for that has one of `statuses` and `shapes` (() = any), and `error` in
    its words. `words` is what people are told before the server's own."""

    statuses: Container[int]
    remedy: Remedy
    fault: Fault = Fault.UNKNOWN
    words: str = ""
    shapes: tuple[Shape, ...] = ()
    error: str = ""

    def fits(self, status: int, shape: Shape, error: str) -> bool:
        """Whether the rule is about such an answer."""
        return (
            status in self.statuses
            and (not self.shapes or shape in self.shapes)
            and re.search(self.error, error, re.IGNORECASE) is not None
        )


_PORTAL = "is this a network that wants a login?"
_ADDRESS = "there is no ListenBrainz at this address: is the url right?"
_OK, _REDIRECTS, _SERVER_ERRORS = range(200, 300), range(300, 400), range(500, 600)

RULES = (
    Rule(_OK, Remedy.STOP, Fault.ADDRESS, _ADDRESS, JSON),
    Rule(_OK, Remedy.RETRY, Fault.UNREACHED, _PORTAL, (Shape.PAGE,)),
    Rule(_OK, Remedy.RETRY, Fault.UNREACHED, "the answer could not be read"),
    Rule(_REDIRECTS, Remedy.RETRY, Fault.UNREACHED),
    Rule((400,), Remedy.DROP, shapes=(Shape.ERROR,)),
    Rule((400,), Remedy.STOP, words="it can't read what was sent", shapes=(Shape.PAGE,)),
    Rule((400,), Remedy.RETRY_FEW),
    Rule((401,), Remedy.STOP, shapes=(Shape.ERROR,), error=r"paused|e-?mail"),
    Rule((401,), Remedy.REAUTH, Fault.LOGIN),
    Rule((403, 406), Remedy.BLOCKED, Fault.BLOCKED, "requests from here are refused"),
    Rule((404, 405, 410), Remedy.STOP, Fault.ADDRESS, _ADDRESS),
    Rule((407, 511), Remedy.RETRY, Fault.UNREACHED, _PORTAL),
    Rule((408, 425), Remedy.RETRY, Fault.UNREACHED),
    Rule((409,), Remedy.DROP, shapes=(Shape.ERROR,), error="timestamp"),  # Maloja since 3.2.4
    Rule((409,), Remedy.REAUTH, Fault.LOGIN, shapes=(Shape.ERROR,)),  # multi-scrobbler
    Rule((409,), Remedy.RETRY, Fault.UNREACHED),
    Rule((413, 414), Remedy.HALVE),
    Rule((429,), Remedy.RETRY, Fault.RATE),
    Rule(range(400, 500), Remedy.RETRY_FEW, shapes=(Shape.ERROR,)),
    Rule(range(400, 500), Remedy.BLOCKED, Fault.ADDRESS, "is the url right?"),
    Rule((500,), Remedy.RETRY_FEW, Fault.SERVER, error="^Unspecified server error"),  # Maloja
    Rule((503,), Remedy.RETRY, Fault.UNAVAILABLE, shapes=(Shape.ERROR,)),
    Rule(_SERVER_ERRORS, Remedy.RETRY, Fault.SERVER),
)
"""What the first rule says that fits is what an answer asks for, unless it is good."""

_ELSE = Rule(range(1000), Remedy.RETRY, Fault.UNREACHED)

Good = Callable[[Mapping[str, Any]], bool]
"""Whether a body is that of a good answer."""


def is_ok(body: Mapping[str, Any]) -> bool:
    """Whether the body says that what was asked for is done."""
    return body.get("status") == "ok"


def classify(answer: HttpAnswer, label: str, good: Good = is_ok) -> Reply:
    """Returns what an answer asks for; `label` is what people call the server."""
    if answer.transport is not Transport.ANSWERED:
        return Reply(
            Remedy.RETRY,
            message=f"{label} can't be reached ({for_people(answer.error)})",
            fault=Fault.UNREACHED,
            reached=answer.transport is not Transport.UNSENT,
        )
    body = json_object(answer.body)
    if body is not None and answer.status == 200 and good(body):
        return Reply(Remedy.DONE, status=200, body=body)
    shape, error = _shape(answer, body), error_of(body)
    rule = next((rule for rule in RULES if rule.fits(answer.status, shape, error)), _ELSE)
    return Reply(
        rule.remedy,
        code=answer.status if shape is Shape.ERROR else 0,
        status=answer.status,
        message=_words(answer, label, rule, error),
        fault=rule.fault,
        wait=_wait(answer),
        body=body or {},
    )


def error_of(body: Mapping[str, Any] | None) -> str:
    """Returns the error that a body tells in words, "" = none."""
    error = (body or {}).get("error")
    return for_people(error) if isinstance(error, str) else ""


def _shape(answer: HttpAnswer, body: Mapping[str, Any] | None) -> Shape:
    if body is not None:
        return Shape.ERROR if error_of(body) else Shape.OBJECT
    return Shape.PAGE if is_web_page(answer) else Shape.OTHER


def _words(answer: HttpAnswer, label: str, rule: Rule, error: str) -> str:
    if answer.status in _REDIRECTS:
        return f"HTTP {answer.status} instead of an answer from {label}: {redirect(answer, 'url')}"
    added = f": {rule.words}" if rule.words else ""
    if error:
        return f"{label} says: {error} (HTTP {answer.status}){added}"
    return f"{label} answered HTTP {answer.status} ({seen(answer)}){added}"


def _wait(answer: HttpAnswer) -> float:
    if answer.status == 429:
        return answer.reset_in or answer.retry_after or RATE_WAIT_SECONDS
    return answer.retry_after


# -- listens --------------------------------------------------------------------------------------


def submitted(reply: Reply, rows: Sequence[QueueRow], label: str) -> Reply:
    """Returns the reply to a submission of `rows`, with an outcome for each row that it is about.

    A good answer is about all rows. One that refuses all because of a row is about that row only,
    if it names it; the others were surely not stored.
    """
    if reply.remedy is Remedy.DROP:
        row = guilty_row(reply.body, rows)
        return _with(reply, [_refused(row, reply)]) if row else reply
    if not reply.ok:
        return reply
    payload = as_dict(reply.body.get("payload"))
    if not _is_ignored(payload):
        return _with(reply, [RowOutcome(row, RowState.SENT) for row in rows])
    words = f"{label} ignored it"
    if len(rows) > 1:  # which of them, it does not say
        return Reply(Remedy.HALVE, status=reply.status, message=words)
    ignored = RowOutcome(rows[0], RowState.REJECTED, message=words, reason=RowReason.IGNORED)
    return _with(reply, [ignored])


def _with(reply: Reply, outcomes: Sequence[RowOutcome]) -> Reply:
    return Reply(
        reply.remedy,
        code=reply.code,
        status=reply.status,
        message=reply.message,
        fault=reply.fault,
        outcomes=tuple(outcomes),
    )


def _is_ignored(payload: Mapping[str, Any]) -> bool:
    """Whether something was ignored, as Rocksky says with "ok"."""
    taken = as_int(payload.get("submitted_listens"), 1)
    return as_int(payload.get("ignored_listens")) > 0 or taken == 0


def guilty_row(body: Mapping[str, Any], rows: Sequence[QueueRow]) -> QueueRow | None:
    """Returns the row whose listen stands in the body of an error; None if that is not clear.

    Its time is missing if only the names were merged in, as ListenBrainz does for some texts.
    """
    if len(rows) == 1:
        return rows[0]
    names = as_dict(body.get("track_metadata")) or body
    told = (_name(names.get("artist_name")), _name(names.get("track_name")))
    stamp = as_int(body.get("listened_at"))
    matches = [
        row
        for row in rows
        if (_name(row.scrobble.artist), _name(row.scrobble.track)) == told
        and stamp in (0, row.scrobble.timestamp)
    ]
    return matches[0] if len(matches) == 1 else None


def _name(value: object) -> str:
    return normalise(for_wire(value)) if isinstance(value, str) else ""


def _refused(row: QueueRow, reply: Reply) -> RowOutcome:
    is_in_future = "listened_at is too high" in reply.message
    again = is_in_future and row.answer_code != reply.code
    return RowOutcome(
        row,
        RowState.PENDING if again else RowState.REJECTED,
        code=reply.code,
        message=reply.message,
        wait=FUTURE_WAIT_SECONDS if again else 0.0,
        reason=RowReason.IGNORED if again else RowReason.REFUSED,
        void_tries=row.retry_count + 1 if is_in_future else 1,
    )
