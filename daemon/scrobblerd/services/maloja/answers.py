"""Says what an answer of Maloja's own API means (docs/protocol.md §12.4). Pure and total."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...core.submission import QueueRow, RowOutcome, RowState
from ...core.text import for_people
from ...core.values import as_dict
from ..answer_rules import FRONT_END_RULES, JSON, OK, Rule, Shape, Table, refused, second_taken
from ..base import Fault, Remedy, Reply

_NO_MALOJA = "there is no Maloja at this address: is the url right?"

RULES = (
    Rule(OK, Remedy.STOP, Fault.ADDRESS, _NO_MALOJA, JSON),
    Rule((400,), Remedy.DROP, shapes=(Shape.ERROR,), error="^missing_scrobble_data"),
    Rule((400,), Remedy.STOP, words="it can't read what was sent", shapes=(Shape.PAGE,)),
    Rule((400,), Remedy.RETRY_FEW),
    Rule((401, 403), Remedy.REAUTH, Fault.LOGIN, error="^authentication_fail"),
    Rule((404, 405, 410), Remedy.STOP, Fault.ADDRESS, _NO_MALOJA),
    Rule((409,), Remedy.MOVE, error="^duplicate_timestamp"),
    Rule((409,), Remedy.RETRY_FEW, shapes=JSON),
    Rule((409,), Remedy.RETRY, Fault.UNREACHED),
    Rule((500,), Remedy.RETRY_FEW, Fault.SERVER, shapes=(Shape.ERROR,)),
    Rule((503,), Remedy.RETRY, Fault.UNAVAILABLE, error="^server_not_ready"),  # being upgraded
    *FRONT_END_RULES,
)
"""What the first rule says that fits is what an answer asks for, unless it is good."""


def error_of(body: Mapping[str, Any]) -> str:
    """Returns type and words of an error, "" = none."""
    error = body.get("error")
    if isinstance(error, str):
        return for_people(error)
    told = as_dict(error)
    parts = [told[name] for name in ("type", "desc") if isinstance(told.get(name), str)]
    return for_people(": ".join(parts))


TABLE = Table(RULES, error_of)


def is_stored(body: Mapping[str, Any]) -> bool:
    """Whether the body says that a play is stored now, or was before (`scrobble_exists`)."""
    return body.get("status") == "success"


def is_list(body: Mapping[str, Any]) -> bool:
    """Whether the body has a list of plays."""
    return body.get("status") == "ok" and isinstance(body.get("list"), list)


def is_maloja(body: Mapping[str, Any]) -> bool:
    """Whether the body is Maloja's answer to serverinfo."""
    return "versionstring" in body


def submitted(reply: Reply, row: QueueRow) -> Reply:
    """Returns the reply to a submission of `row`, with its outcome if that is clear."""
    match reply.remedy:
        case Remedy.DONE:
            return replace(reply, outcomes=(RowOutcome(row, RowState.SENT),))
        case Remedy.DROP:
            return refused(reply, row)
        case Remedy.MOVE:
            return second_taken(reply, row)
        case _:
            return reply
