"""Says what an answer in JSON means, by a table of rules. Pure and total.

200 is no success by itself, and the type of a body means nothing: a front end, a captive portal or
another server may have answered.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ..core.submission import QueueRow, RowOutcome, RowReason, RowState
from ..core.text import for_people
from .base import Fault, Remedy, Reply
from .bodies import is_web_page, json_object, redirect, seen
from .http import HttpAnswer, Transport

RATE_WAIT_SECONDS = 10.0
"""Seconds to be quiet after a rate limit that names no time: ListenBrainz's own window."""

MAX_MOVED_SECONDS = 300
"""How much later than it began a play may be said to have begun if another one has its second: else
its place among the others would be wrong."""


class Shape(StrEnum):
    """What a body looks like."""

    ERROR = "error"  # JSON with an error in words
    OBJECT = "object"  # other JSON
    PAGE = "page"  # of the web
    OTHER = "other"  # nothing, or what can't be read


JSON = (Shape.ERROR, Shape.OBJECT)

OK, REDIRECTS, SERVER_ERRORS = range(200, 300), range(300, 400), range(500, 600)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an answer asks for that has one of `statuses` and `shapes` (() = any), and `error` in
    its words. `words` is what people are told after the server's own."""

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

FRONT_END_RULES = (
    Rule(OK, Remedy.RETRY, Fault.UNREACHED, _PORTAL, (Shape.PAGE,)),
    Rule(OK, Remedy.RETRY, Fault.UNREACHED, "the answer could not be read"),
    Rule(REDIRECTS, Remedy.RETRY, Fault.UNREACHED),
    Rule((403, 406), Remedy.BLOCKED, Fault.BLOCKED, "requests from here are refused"),
    Rule(
        (404, 405, 410), Remedy.STOP, Fault.ADDRESS, "it is not at this address: is the url right?"
    ),
    Rule((407, 511), Remedy.RETRY, Fault.UNREACHED, _PORTAL),
    Rule((408, 425), Remedy.RETRY, Fault.UNREACHED),
    Rule((413, 414), Remedy.HALVE),
    Rule((429,), Remedy.RETRY, Fault.RATE),
    Rule(range(400, 500), Remedy.RETRY_FEW, shapes=(Shape.ERROR,)),
    Rule(range(400, 500), Remedy.BLOCKED, Fault.ADDRESS, "is the url right?"),
    Rule((503,), Remedy.RETRY, Fault.UNAVAILABLE, shapes=(Shape.ERROR,)),
    Rule(SERVER_ERRORS, Remedy.RETRY, Fault.SERVER),
)
"""What an answer asks for that may as well be of what stands before a service. A service puts its
own rules before these."""

_ELSE = Rule(range(1000), Remedy.RETRY, Fault.UNREACHED)

Body = Mapping[str, Any]


def unreached(answer: HttpAnswer, label: str) -> Reply:
    """Returns what it asks for that nothing came back; `label` is what people call the server."""
    return Reply(
        Remedy.RETRY,
        message=f"{label} can't be reached ({for_people(answer.error)})",
        fault=Fault.UNREACHED,
        reached=answer.transport is not Transport.UNSENT,
    )


@dataclass(frozen=True, slots=True)
class Table:
    """The rules of one protocol: the first that fits is what an answer asks for, unless it is good.
    `error_of` returns the error that a body tells in words, "" = none."""

    rules: Sequence[Rule]
    error_of: Callable[[Body], str]

    def judge(self, answer: HttpAnswer, label: str, is_good: Callable[[Body], bool]) -> Reply:
        """Returns what an answer asks for; `label` is what people call the server."""
        if answer.transport is not Transport.ANSWERED:
            return unreached(answer, label)
        body = json_object(answer.body)
        if body is not None and answer.status == 200 and is_good(body):
            return Reply(Remedy.DONE, status=200, body=body)
        error = self.error_of(body or {})
        shape = _shape(answer, body, error)
        fitting = (rule for rule in self.rules if rule.fits(answer.status, shape, error))
        rule = next(fitting, _ELSE)
        return Reply(
            rule.remedy,
            code=answer.status if shape is Shape.ERROR else 0,
            status=answer.status,
            message=_words(answer, label, rule, error),
            fault=rule.fault,
            wait=_wait(answer),
            body=body or {},
        )


def _shape(answer: HttpAnswer, body: Body | None, error: str) -> Shape:
    if body is not None:
        return Shape.ERROR if error else Shape.OBJECT
    return Shape.PAGE if is_web_page(answer) else Shape.OTHER


def _words(answer: HttpAnswer, label: str, rule: Rule, error: str) -> str:
    if answer.status in REDIRECTS:
        return f"HTTP {answer.status} instead of an answer from {label}: {redirect(answer, 'url')}"
    added = f": {rule.words}" if rule.words else ""
    if error:
        return f"{label} says: {error} (HTTP {answer.status}){added}"
    return f"{label} answered HTTP {answer.status} ({seen(answer)}){added}"


def _wait(answer: HttpAnswer) -> float:
    if answer.status == 429:
        return answer.reset_in or answer.retry_after or RATE_WAIT_SECONDS
    return answer.retry_after


def refused(reply: Reply, row: QueueRow) -> Reply:
    """Returns the reply that refuses a row, with the outcome of that."""
    outcome = RowOutcome(
        row=row,
        state=RowState.REJECTED,
        code=reply.code,
        message=reply.message,
        reason=RowReason.REFUSED,
        void_tries=1,
    )
    return replace(reply, remedy=Remedy.DROP, outcomes=(outcome,))


def second_taken(reply: Reply, row: QueueRow) -> Reply:
    """Returns the reply that says that another play has the second of a row: it goes out with a
    later one. It is refused if it has gone too far already."""
    start = row.scrobble.details.start or row.scrobble.timestamp
    if row.scrobble.timestamp - start >= MAX_MOVED_SECONDS:
        return refused(reply, row)
    outcome = RowOutcome(row, RowState.PENDING, void_tries=row.retry_count + 1, move=True)
    return replace(reply, outcomes=(outcome,))
