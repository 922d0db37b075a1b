"""The error table of docs/protocol.md, cell by cell: the page itself is what the code is held to.

§8.2 says what each code asks for, §8.1 beside which HTTP statuses codes come, §8.3 what is done
where no code can be read.
"""

import gzip
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest

from lab.lastfm import Behaviour, StandIn
from lab.lastfm_answers import TOO_MANY_REQUESTS, TOO_MANY_SCROBBLES, ApiError, Shape, error_reply
from lab.reply import html_reply
from scrobblerd.core.model import Session
from scrobblerd.services.audioscrobbler.answers import classify
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.audioscrobbler.protocol import ERRORS, RequestKind
from scrobblerd.services.base import KEY_FAULTS, Fault, Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport
from tests.support.lastfm_service import rows
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

KINDS = (RequestKind.WRITE, RequestKind.AUTH, RequestKind.READ)
"""The columns of §8.2, from left to right."""

EXPECTED = {
    RequestKind.WRITE: "scrobbles",
    RequestKind.AUTH: "session",
    RequestKind.READ: "lovedtracks",
}
"""The key that a good answer has."""

EXCEPTIONS = {
    "RETRY <= 5": Remedy.RETRY_FEW,
    "message contains": Remedy.RETRY,  # by its words, see below
    "slow polling": Remedy.RETRY,
    "sign with `sk`": Remedy.REAUTH,  # as all reads are: then the login is dead
    '"not found"': Remedy.NOTHING,
    "empty result": Remedy.NOTHING,
    "skip": Remedy.NOTHING,
    "front-end block": Remedy.BLOCKED,
    "captive portal": Remedy.RETRY,
}
"""What the cells that do not begin with a remedy's name begin with."""

NEVER = "n/a"
"""The cell of what can't happen."""

MORE = 99
"""Stands for every code that is not defined."""

SHAPES: tuple[Shape, ...] = ("json", "string", "gnu", "xml")
MARKS = (b"", b"\xef\xbb\xbf")
"""What a body may begin with: nothing, or UTF-8's byte order mark."""


def tables(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of the page, without its head, row by row."""
    lines = PAGE.split(f"\n### {heading} ")[1].split("\n#")[0].splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in cells[2:]]


def codes_of(cell: str) -> list[int]:
    """The codes of "18, 20-25" or "28, > 29"."""
    codes: list[int] = []
    for part in cell.split(", "):
        first, _, last = part.partition("-")
        if first.startswith(">"):
            codes += [int(first[1:]) + 1, MORE]
        else:
            codes += range(int(first), int(last or first) + 1)
    return codes


def remedy_of(cell: str) -> Remedy:
    """What a cell asks for: its first word, but for the exceptions."""
    for beginning, remedy in EXCEPTIONS.items():
        if cell.startswith(beginning):
            return remedy
    return Remedy(re.findall(r"\w+", cell.lower())[0])


def page() -> Iterator[tuple[int, RequestKind, str]]:
    """§8.2, cell by cell."""
    for codes, _, *cells in tables("8.2"):
        for kind, cell in zip(KINDS, cells, strict=True):
            yield from ((code, kind, cell) for code in codes_of(codes))


CELLS = list(page())
STATUSES = sorted(
    {200, *(int(one) for row in tables("8.1") for one in re.findall(r"\d{3}", row[1]))}
)
"""Every HTTP status that any error was seen with; servers disagree which goes with which."""


def answered(kind: RequestKind, status: int, body: bytes, expected: str | None = None) -> Reply:
    """What is made of an answer."""
    raw = HttpAnswer(Transport.ANSWERED, status, body)
    return classify(kind, raw, EXPECTED[kind] if expected is None else expected, "Last.fm")


def bodies(error: ApiError) -> Iterator[bytes]:
    """The error in every form that is understood."""
    for shape, mark in itertools.product(SHAPES, MARKS):
        yield mark + error_reply(error, shape).body


# Answers with a code


def test_page_speaks_of_every_code_that_the_program_knows_and_of_no_other():
    writes = {code: cell for code, kind, cell in CELLS if kind is RequestKind.WRITE}
    assert sorted(writes) == [*range(1, 31), MORE]
    defined = {code for code, cell in writes.items() if not cell.startswith("RETRY <= 5")}
    assert set(ERRORS) == defined


def test_page_tells_the_statuses_that_errors_were_seen_with():
    assert STATUSES == [200, 400, 403, 404, 406, 429, 500, 502, 503]


@pytest.mark.parametrize(("code", "kind", "cell"), [cell for cell in CELLS if cell[2] != NEVER])
def test_code_asks_for_what_the_page_says_in_every_shape_and_beside_every_status(
    code: int, kind: RequestKind, cell: str
):
    wanted = (remedy_of(cell), code, True, 60.0 if code == 29 else 0.0)
    found = {
        (status, body): (reply.remedy, reply.code, reply.reached, reply.wait)
        for status in STATUSES
        for body in bodies(ApiError(code))
        for reply in [answered(kind, status, body)]
    }
    assert {answer: got for answer, got in found.items() if got != wanted} == {}


@pytest.mark.parametrize(("code", "kind", "cell"), [cell for cell in CELLS if cell[2] == NEVER])
def test_code_that_can_not_come_at_a_login_ends_it_all_the_same(
    code: int, kind: RequestKind, cell: str
):
    assert kind is RequestKind.AUTH
    found = {answered(kind, 403, body).remedy for body in bodies(ApiError(code))}
    assert found < {Remedy.STOP, Remedy.RESTART}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", [TOO_MANY_SCROBBLES, TOO_MANY_REQUESTS])
def test_29_holds_scrobbles_where_it_speaks_of_them_and_else_waits_a_minute(
    kind: RequestKind, words: str
):
    capped = kind is RequestKind.WRITE and words is TOO_MANY_SCROBBLES
    found = {
        (reply.remedy, reply.wait)
        for status in STATUSES
        for body in bodies(ApiError(29, words))
        for reply in [answered(kind, status, body)]
    }
    assert found == {(Remedy.HOLD if capped else Remedy.RETRY, 60.0)}


# Answers without one


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of §8.3 item 6: patterns of statuses such as "5xx", and the remedy."""

    patterns: tuple[str, ...]
    remedy: Remedy

    def speaks_of(self, status: int) -> bool:
        """Whether it is about this status."""
        return any(fnmatch(str(status), pattern.replace("x", "?")) for pattern in self.patterns)


def clauses() -> list[Clause]:
    """§8.3 item 6 in its order; of redirects §1 says that they are a captive portal's, too."""
    [table] = re.findall(
        r"^6\. The body can't be used: .*?(?=^7\. )", PAGE, re.MULTILINE | re.DOTALL
    )
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("   | ")][1:]
    read = [
        Clause(tuple(re.findall(r"\b\d[\dx]{2}\b", left)), remedy_of(right.strip()))
        for left, right in rows
    ]
    return [*read, Clause(("3xx",), Remedy.RETRY)]


CLAUSES = clauses()
UNREADABLE = {
    "HTML": html_reply(502).body,
    "an empty body": b"",
    "truncated JSON": b'{"scrobbles":{"scrobble":[{"artist":{"corr',
    "truncated error": b'{"error":9,"message":"Invalid sess',
    "truncated XML": b'<lfm status="failed"><error code="9">Inv',
    "a list": b"[]",
    "JSON that speaks of something else": b'{"weather":{"sky":"grey"}}',
    "an error in words": b'{"error":"out of order"}',
    "plain text": b"Service Unavailable",
    "a number": b"29",
    "rubbish": bytes(range(256)),
    "a cut gzip": gzip.compress(b'{"error":9}')[:-9],
    "10 MB of spaces": b" " * 10_000_000,
}
UNCODED = [
    *(200, 204, 301, 302, 303, 307, 308, 399),
    *(400, 401, 403, 404, 405, 406, 407, 408, 410, 413, 414, 425, 429, 451, 499),
    *(500, 502, 503, 504, 511, 599),
]


def by_the_page(status: int) -> Remedy:
    """What §8.3 says of a status without a code: the first clause that speaks of it."""
    return next(clause.remedy for clause in CLAUSES if clause.speaks_of(status))


def odd(found: Mapping[tuple[RequestKind, int], Remedy]) -> dict[tuple[RequestKind, int], Remedy]:
    """What is not as the page has it."""
    return {what: got for what, got in found.items() if got is not by_the_page(what[1])}


def test_page_tells_what_to_do_without_a_code():
    assert len(CLAUSES) == 7
    remedies = {clause.remedy for clause in CLAUSES}
    assert remedies == {Remedy.RETRY, Remedy.HALVE, Remedy.BLOCKED}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_body_without_a_code_is_judged_by_its_status_as_the_page_says(body: bytes):
    replies = {(kind, status): answered(kind, status, body) for kind in KINDS for status in UNCODED}
    assert odd({what: reply.remedy for what, reply in replies.items()}) == {}
    assert {reply.code for reply in replies.values()} == {0}
    assert all(reply.reached for reply in replies.values())  # only the identical may follow
    assert {(what[1], reply.wait) for what, reply in replies.items() if reply.wait} == {(429, 60.0)}
    assert all(str(reply.status) in reply.message for reply in replies.values())


@pytest.mark.parametrize("name", UNREADABLE)
def test_love_needs_no_word_of_success_but_takes_no_page_for_one(name: str):
    taken = {"an empty body", "JSON that speaks of something else"}
    found = {
        status: answered(RequestKind.WRITE, status, UNREADABLE[name], "").remedy
        for status in UNCODED
    }
    good = {status for status, remedy in found.items() if remedy is Remedy.DONE}
    assert good == ({200, 204} if name in taken else set())
    rest = {(RequestKind.WRITE, status): found[status] for status in found.keys() - good}
    assert odd(rest) == {}


# Over the wire

WRAPPED = {
    "BOM": Behaviour.bom(),
    "gzip": Behaviour.gzipped(),
    "BOM in gzip": Behaviour.bom().also(Behaviour.gzipped()),
}
CUT = {
    "truncated": Behaviour.truncated(),
    "truncated in gzip": Behaviour.truncated().also(Behaviour.gzipped()),
    "truncated gzip": Behaviour.gzipped().also(Behaviour.truncated()),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
async def test_error_is_read_through_what_servers_wrap_it_in(
    client: AudioscrobblerService, standin: StandIn, session: Session, wrap: Behaviour, shape: Shape
):
    codes = (6, 8, 9, 10)
    standin.misbehave(*(Behaviour.error(code, shape=shape).also(wrap) for code in codes))
    replies = [await client.submit(session, rows(2)) for _ in codes]
    assert [reply.code for reply in replies] == list(codes)
    assert [reply.remedy for reply in replies] == [ERRORS[code].write for code in codes]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
async def test_error_that_is_cut_short_is_judged_by_its_status(
    client: AudioscrobblerService, standin: StandIn, session: Session, cut: Behaviour, shape: Shape
):
    statuses = (200, 400, 403, 413, 429, 503)
    errors = [Behaviour.error(9, status=status, shape=shape) for status in statuses]
    standin.misbehave(*(error.also(cut) for error in errors))
    replies = [await client.submit(session, rows(2)) for _ in statuses]
    assert [(reply.code, reply.reached) for reply in replies] == [(0, True)] * len(statuses)
    assert [reply.remedy for reply in replies] == [by_the_page(status) for status in statuses]


# -- faults -------------------------------------------------------------------------------------


def fault(body: bytes, status: int) -> Fault:
    """What is wrong by an answer to a scrobble."""
    answer = HttpAnswer(Transport.ANSWERED, status, body)
    return classify(RequestKind.WRITE, answer, "scrobbles", "Last.fm").fault


def test_another_key_mends_10_13_and_26_alone():
    assert {code for code, meaning in ERRORS.items() if meaning.fault in KEY_FAULTS} == {10, 13, 26}


def test_17_alone_asks_for_a_list_to_be_read_with_its_own_login():
    assert {code for code, each in ERRORS.items() if each.fault is Fault.PRIVATE} == {17}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b'{"error":8}', 500, Fault.SERVER),
        (b'{"error":8}', 200, Fault.UNAVAILABLE),
        (b'{"error":11}', 503, Fault.UNAVAILABLE),
        (b'{"error":19}', 500, Fault.UNKNOWN),
        (b'{"error":29,"message":"Too many scrobbles"}', 429, Fault.DAILY_LIMIT),
        (b'{"error":29,"message":"Rate limit"}', 429, Fault.RATE),
        (b"", 502, Fault.SERVER),
        (b"", 200, Fault.UNREACHED),
        (b"", 403, Fault.BLOCKED),
        (b"", 404, Fault.ADDRESS),
        (b"", 429, Fault.RATE),
        (b'{"scrobbles":{}}', 200, Fault.NONE),
    ],
)
def test_an_answer_tells_what_is_wrong(body: bytes, status: int, expected: Fault):
    assert fault(body, status) is expected
