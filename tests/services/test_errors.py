"""What is wrong, by Last.fm's codes: the faults that generic parts act on."""

import pytest

from scrobblerd.services.audioscrobbler.answers import classify
from scrobblerd.services.audioscrobbler.protocol import ERRORS, RequestKind
from scrobblerd.services.base import KEY_FAULTS, Fault
from scrobblerd.services.http import HttpAnswer, Transport


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
