"""Traces of any content: replayed, or refused in one line that names the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.rules import Rules
from scrobblerd.traces.replay import Replay, read
from tests.hostile.fuzzing import fuzz, nested, numbers, texts, unsafe
from tests.support.paths import RECORDINGS

JSON = nested(
    st.none() | st.booleans() | numbers() | texts(surrogates=False),
    st.sampled_from(["type", "data", "x"]),
)
LINES = [
    line
    for trace in sorted(RECORDINGS.glob("*/*.jsonl"))[:4]
    for line in trace.read_text(encoding="utf-8").splitlines()[:40]
]
HEADER = '{"t": 0, "type": "header", "format": 1, "wall": 1790000000}'


@st.composite
def _mangled(draw: st.DrawFn) -> str:
    """A line of a real trace, with some of it replaced."""
    line: dict[str, Any] = json.loads(draw(st.sampled_from(LINES)))
    for key in draw(st.lists(st.sampled_from(sorted(line)), max_size=2)):
        line[key] = draw(JSON)
    if isinstance(line.get("body"), list) and line["body"] and draw(st.booleans()):
        line["body"][draw(st.integers(0, len(line["body"]) - 1))] = draw(JSON)
    return json.dumps(line)


TRACE_LINES = st.one_of(
    st.sampled_from(LINES),
    _mangled(),
    st.fixed_dictionaries(
        {"t": numbers(), "type": st.sampled_from(["signal", "method_return", "sample", "header"])},
        optional=dict.fromkeys(
            ("body", "sender", "interface", "member", "in_reply_to", "wall", "Metadata", "format"),
            JSON,
        ),
    ).map(json.dumps),
    texts(surrogates=False).map(lambda text: text.replace("\n", "").replace("\r", "")),
    st.sampled_from(
        ["[" * 5000, "{}", "null", "[]", '{"t": ' + "9" * 5000 + "}", "\0", "\x1b[31m"]
    ),
)


@fuzz(250)
@given(st.lists(TRACE_LINES, max_size=25))
def test_a_trace_is_replayed_or_refused_naming_the_line(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    try:
        Replay(read(path), Rules()).run()
    except InvalidArgument as error:
        assert str(path) in str(error)
        assert not unsafe(str(error))


@fuzz(60)
@given(
    st.binary(max_size=300) | st.sampled_from([b"", b"\n", b"[" * 9000, b"\xff\xfe{", b"{}\n{}"])
)
def test_a_trace_of_any_bytes_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidArgument):
        Replay(read(path), Rules()).run()
