"""old_sentences.py: every sentence of the shape before becomes a code; odd ones become no error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.model import PlayReason
from scrobblerd.storage.migrations.old_sentences import (
    old_code,
    old_detail,
    old_outcome,
    old_outcome_at,
    old_rule,
)


def read(verdict: str, words: str) -> tuple[str, str, str]:
    """Code, detail and rule."""
    values = verdict.encode(), words.encode()
    return old_code(*values), old_detail(*values), old_rule(*values)


@pytest.mark.parametrize(
    ("words", "code", "detail", "rule"),
    [
        ("files of type mkv are ignored ([filters] presets: video-files)", "file_type", "mkv", ""),
        ("the genre Pop (live) is ignored ([filters] ignore_genres)", "genre", "Pop (live)", ""),
        ("its title matches '(\\\\d+)' ([filters] ignore_title)", "title", r"(\d+)", ""),
        ("its title matches 'not closed ([filters] ignore_title)", "title", "'not closed", ""),
        ("skipped by hand", "skipped", "", ""),
        ("a (b) reported the same play, and that one counted", "duplicate", "a (b)", ""),
        ("something else", "other", "something else", ""),
        ("", "other", "", ""),
    ],
)
def test_a_sentence_becomes_a_code_with_its_detail(
    words: str, code: str, detail: str, rule: str
) -> None:
    found = read("unwanted", words)
    assert found[:2] == (code, detail)
    assert found[2] == words.rpartition(" (")[2].removesuffix(")") or "([" not in words


def test_figures_belong_to_the_verdict() -> None:
    words = "heard 100.0 s of 200 s, needed 100.0 s"
    assert read("counted", words) == ("heard", "", "")
    assert read("not_heard", words) == ("not_heard", "", "")
    assert read("duplicate", words)[0] == "other"
    assert read("counted", f"{words}; sent at an unknown time") == ("heard", "", "")


@pytest.mark.parametrize(
    ("words", "outcome", "dated"),
    [
        ("x; sent 2026-09-21 14:13:20", "sent", True),
        ("x; sent 9999-99-99 99:99:99", "sent", False),
        ("x; sent at an unknown time", "sent", False),
        ("x; taken out of the queue by hand", "dropped", False),
        ("x; sent 2026", "", False),
        ("sent 2026-09-21 14:13:20", "", False),
        ("", "", False),
    ],
)
def test_what_was_appended_becomes_an_outcome(words: str, outcome: str, dated: bool) -> None:
    assert old_outcome(words.encode()) == outcome
    assert (old_outcome_at(words.encode()) is not None) is dated


@given(st.binary(max_size=12), st.binary(max_size=60))
def test_no_bytes_are_too_odd(verdict: bytes, words: bytes) -> None:
    assert PlayReason(old_code(verdict, words))
    assert isinstance(old_detail(verdict, words) + old_rule(verdict, words), str)
    assert old_outcome(words) in ("", "sent", "dropped")
    old_outcome_at(words)
