"""Answers of any content: whatever a server says asks for something, and takes no time to see."""

import gzip
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow, RowState
from scrobblerd.services import transport
from scrobblerd.services.audioscrobbler import answers
from scrobblerd.services.audioscrobbler.answers import classify, row_outcomes
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy
from scrobblerd.services.http import HttpAnswer, Transport
from scrobblerd.services.lastfm import LASTFM
from tests.hostile.fuzzing import fuzz, nested, numbers, texts, unsafe

MEGABYTE = 2**20
ROWS = [
    QueueRow(n, "quiet_otter", Scrobble("Mira Holt", f"Song {n}", 1_790_000_000 + n))
    for n in range(3)
]


JSON = nested(
    st.none() | st.booleans() | numbers() | texts(),
    st.sampled_from(["error", "message", "code", "#text", "name", "@attr", "scrobble", "a"]),
    size=4,
    leaves=12,
)

ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "ignoredMessage": JSON,
        "ignoredmessage": st.fixed_dictionaries({"code": JSON}, optional={"#text": JSON}),
        "timestamp": JSON,
    },
)

ANSWERS: st.SearchStrategy[Any] = st.one_of(
    JSON,
    st.fixed_dictionaries({"error": JSON}, optional={"message": JSON}),
    st.fixed_dictionaries({"scrobbles": JSON}),
    st.fixed_dictionaries(
        {"scrobbles": st.fixed_dictionaries({"scrobble": ITEMS | st.lists(ITEMS, max_size=4)})}
    ),
)

XML = st.recursive(
    texts(surrogates=False).map(lambda text: text.replace("<", "&lt;")),
    lambda inner: st.lists(inner, max_size=3).map(lambda each: f"<b a='1'>{''.join(each)}</b>"),
    max_leaves=6,
)

BODIES = st.one_of(
    st.binary(max_size=200),
    ANSWERS.map(lambda answer: json.dumps(answer).encode("utf-8", "surrogatepass")),
    ANSWERS.map(lambda answer: json.dumps(answer).encode("utf-16", "surrogatepass")),
    st.tuples(ANSWERS.map(json.dumps), st.integers(0, 60)).map(
        lambda cut: cut[0][: cut[1]].encode()
    ),
    XML.map(lambda inner: f"<lfm status='ok'>{inner}</lfm>".encode()),
    XML.map(lambda inner: f"<lfm status='failed'><error code='9'>{inner}</error></lfm>".encode()),
)


@fuzz(400)
@given(
    st.sampled_from(RequestKind),
    st.integers(-1, 1000),
    BODIES,
    st.sampled_from(["", "scrobbles", "token", "error"]),
    st.floats(0, 1e5),
    texts(),
)
def test_whatever_is_answered_asks_for_something(
    kind: RequestKind, status: int, body: bytes, expected: str, wait: float, said: str
) -> None:
    raw = HttpAnswer(Transport.ANSWERED, status, body, wait, said)
    reply = classify(kind, raw, expected, "Last.fm")
    assert reply.remedy in Remedy
    assert not unsafe(reply.message)
    found = row_outcomes(reply.body, ROWS, LASTFM)
    for verdict in found or ():
        assert verdict.state in (RowState.SENT, RowState.PENDING, RowState.REJECTED)
        assert verdict.wait >= 0


DEPTHS = (10, 100, 300, 500, 900, *range(950, 1000, 3), 1100, 1500, 3000, 9000, 100_000)
"""How deep values are nested: around the limits of each Python, and far beyond."""


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(
    ("head", "opens", "closes", "tail"),
    [
        ('{"error":', "[", "]", "}"),
        ('{"error":{"code":8,"name":', '{"name":', "}", "}}"),
        ('{"error":8,"message":', "[", "]", "}"),
        ('{"error":8,"message":', '{"#text":', "}", "}"),
        ('{"scrobbles":{"scrobble":{"ignoredMessage":{"code":', "[", "]", "}}}}"),
        ('{"scrobbles":{"scrobble":{"ignoredMessage":{"code":1,"#text":', '{"name":', "}", "}}}}"),
        ('{"token":', '{"#text":', "}", "}"),
        ('<lfm status="ok">', "<a>", "</a>", "</lfm>"),
        ('<lfm status="ok"><token>', "<name>", "</name>", "</token></lfm>"),
    ],
)
def test_values_within_values_are_no_trouble(
    head: str, opens: str, closes: str, tail: str, depth: int
) -> None:
    inner = "" if opens in "[<a><name>" else '"x"'
    body = head + opens * depth + inner + closes * depth + tail
    raw = HttpAnswer(Transport.ANSWERED, 200, body.encode())
    for expected in ("token", "scrobbles", ""):
        reply = classify(RequestKind.WRITE, raw, expected, "Last.fm")
        row_outcomes(reply.body, ROWS[:1], LASTFM)
        answers.text_of(reply.body.get("token"))


@pytest.mark.parametrize("many", [b"<b/>", b"<b>x</b>", b"<b><c/></b>", b"<b c='d'/>"])
def test_many_elements_take_no_longer_each(many: bytes) -> None:
    """A page of a thousand loved tracks has as many."""
    body = b"<lfm status='ok'><token>" + many * 60_000 + b"</token></lfm>"
    found = answers.parse(body)
    assert found is not None
    assert len(found["token"]["b"]) == 60_000


def attributes(count: int) -> bytes:
    """That many of an element, each with a name of its own."""
    return b"".join(b" a%d = ''" % number for number in range(count))


@pytest.mark.parametrize(
    "body",
    [
        b"<lfm status='ok'><token>" + b"<b/>" * 4_000_000 + b"</token></lfm>",
        b"<lfm status='ok'><token" + attributes(600_000) + b"/></lfm>",
        b"<lfm status='ok' " + attributes(600_000) + b"><token>x</token></lfm>",
        b"<lfm status='ok'>" + (b"<b" + attributes(100) + b"/>") * 10_000 + b"</lfm>",
        b'{"token":[' + b"[]," * 5_000_000 + b"0]}",
        b'{"token":"x"' + b',"a":{}' * 2_000_000 + b"}",
    ],
    ids=["elements", "attributes", "of-the-root", "of-many-elements", "lists", "entries"],
)
def test_an_answer_of_too_many_values_is_not_taken_apart(body: bytes) -> None:
    tracemalloc.start()
    try:
        assert answers.parse(body) is None
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE
    finally:
        tracemalloc.stop()


def test_what_comes_after_the_end_of_a_packed_answer_is_not_kept() -> None:
    gathered = transport.BoundedBody("gzip", MEGABYTE)
    gathered.add(gzip.compress(b"{}"))
    tracemalloc.start()
    try:
        while not gathered.full:
            gathered.add(b"x" * 4096)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTE / 4
    finally:
        tracemalloc.stop()
    assert gathered.body == b"{}"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 16 * MEGABYTE,
        b'{"error":' + b"9" * 16 * MEGABYTE + b"}",
        b'{"error":8,"message":"' + b"x" * 16 * MEGABYTE + b'"}',
        b"<lfm>" + b"<a" + b" " * 16 * MEGABYTE + b"/></lfm>",
        b"\xff\xfe" * 8 * MEGABYTE,
        b" " * 16 * MEGABYTE,
        b"",
    ],
    ids=["open", "digits", "message", "xml", "bytes", "blanks", "nothing"],
)
def test_a_long_answer_is_classified(body: bytes) -> None:
    raw = HttpAnswer(Transport.ANSWERED, 200, body)
    assert classify(RequestKind.WRITE, raw, "scrobbles", "Last.fm").remedy in Remedy
