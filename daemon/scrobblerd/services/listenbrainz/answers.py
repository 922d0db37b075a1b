"""Says what an answer means. Pure and total.

`RULES` is the table of docs/protocol.md §12.8: 200 is no success by itself, and the type of a body
means nothing. 409 is never "done": Maloja says by it that another track has that second, and
multi-scrobbler that the token is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.submission import QueueRow, RowOutcome, RowReason, RowState
from ...core.text import for_people, for_wire, normalise
from ...core.values import as_dict, as_int
from ..answer_rules import FRONT_END_RULES, JSON, OK, Rule, Shape, Table, second_taken
from ..base import Fault, Remedy, Reply
from ..http import HttpAnswer

FUTURE_WAIT_SECONDS = 3600.0
"""Seconds before a listen that is "too high" is tried once more: the clock may be wrong."""

_ADDRESS = "there is no ListenBrainz at this address: is the url right?"

RULES = (
    Rule(OK, Remedy.STOP, Fault.ADDRESS, _ADDRESS, JSON),
    Rule((400,), Remedy.DROP, shapes=(Shape.ERROR,)),
    Rule((400,), Remedy.STOP, words="it can't read what was sent", shapes=(Shape.PAGE,)),
    Rule((400,), Remedy.RETRY_FEW),
    Rule((401,), Remedy.STOP, shapes=(Shape.ERROR,), error=r"paused|e-?mail"),
    Rule((401,), Remedy.REAUTH, Fault.LOGIN),
    Rule((404, 405, 410), Remedy.STOP, Fault.ADDRESS, _ADDRESS),
    Rule((409,), Remedy.MOVE, shapes=(Shape.ERROR,), error="same timestamp"),  # Maloja since 3.2.4
    Rule((409,), Remedy.REAUTH, Fault.LOGIN, shapes=(Shape.ERROR,)),  # multi-scrobbler
    Rule((409,), Remedy.RETRY, Fault.UNREACHED),
    Rule((500,), Remedy.RETRY_FEW, Fault.SERVER, error="^Unspecified server error"),  # Maloja
    *FRONT_END_RULES,
)
"""What the first rule says that fits is what an answer asks for, unless it is good."""

Good = Callable[[Mapping[str, Any]], bool]
"""Whether a body is that of a good answer."""


def is_ok(body: Mapping[str, Any]) -> bool:
    """Whether the body says that what was asked for is done."""
    return body.get("status") == "ok"


def classify(answer: HttpAnswer, label: str, good: Good = is_ok) -> Reply:
    """Returns what an answer asks for; `label` is what people call the server."""
    return _TABLE.judge(answer, label, good)


def error_of(body: Mapping[str, Any] | None) -> str:
    """Returns the error that a body tells in words, "" = none."""
    error = (body or {}).get("error")
    return for_people(error) if isinstance(error, str) else ""


_TABLE = Table(RULES, error_of)


# -- listens --------------------------------------------------------------------------------------


def submitted(reply: Reply, rows: Sequence[QueueRow], label: str) -> Reply:
    """Returns the reply to a submission of `rows`, with an outcome for each row that it is about.

    A good answer is about all rows. One that refuses all because of a row is about that row only,
    if it names it; the others were surely not stored.
    """
    if reply.remedy is Remedy.DROP:
        row = guilty_row(reply.body, rows)
        return _with(reply, [_refused(row, reply)]) if row else reply
    if reply.remedy is Remedy.MOVE and len(rows) == 1:
        return second_taken(reply, rows[0])
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
