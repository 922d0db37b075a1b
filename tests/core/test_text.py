"""Text is compared in one form, and made fit for the wire and for people."""

import doctest
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.core import text
from scrobblerd.core.text import for_people, for_wire, normalise

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Also what is no text at all: lone surrogates, noncharacters, controls."""


def categories(shown: str) -> set[str]:
    """The Unicode categories of the characters in `shown`."""
    return {unicodedata.category(character) for character in shown}


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(text) == doctest.TestResults(failed=0, attempted=13)


# Comparing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fern", "fERN"),
        ("STRASSE", "straße"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("Caf\u00e9", "Cafe\u0301"),  # NFC, NFD
        ("ﬁne", "fine"),
        ("ＡＢＣ", "abc"),
        (" Slow  Harbour\t", "Slow Harbour"),
        ("Slow\u3000Harbour", "Slow\u00a0Harbour"),
    ],
)
def test_spelling_that_only_looks_different_is_the_same(one: str, other: str):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fern", "Ferns"),
        ("Cafe", "Café"),
        ("Slow Harbour", "SlowHarbour"),
        ("Fern", "Fern (live)"),
        ("夜", "波"),
    ],
)
def test_other_words_stay_other_words(one: str, other: str):
    assert normalise(one) != normalise(other)


@settings(deadline=None)
@given(ANY_TEXT)
def test_normalised_text_is_its_own_normal_form(raw: str):
    assert normalise(normalise(raw)) == normalise(raw)


@settings(deadline=None)
@given(ANY_TEXT)
def test_composed_and_decomposed_text_compare_equal(raw: str):
    assert normalise(unicodedata.normalize("NFD", raw)) == normalise(
        unicodedata.normalize("NFC", raw)
    )


# Sending


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        ("Slow Harbour", "Slow Harbour"),
        ("  Slow   Harbour ", "Slow Harbour"),
        ("Slow\r\nHarbour\t", "Slow Harbour"),
        ("Slow\u3000Harbour\u2028", "Slow Harbour"),
        ("Harbour\x00\x1b\x7f\x9f", "Harbour"),
        ("\ud83dHarbour\udc00", "Harbour"),
        ("\ufffeHarbour\uffff", "Harbour"),
        ("夜の港 — 波🌊", "夜の港 — 波🌊"),
        ("Cafe\u0301", "Cafe\u0301"),
        ("+ & % = <b>", "+ & % = <b>"),
        (" \n\x00 ", ""),
        ("", ""),
    ],
)
def test_what_is_sent_is_clean_and_otherwise_raw(raw: str, sent: str):
    assert for_wire(raw) == sent


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, "x" * 1000),
        ("x" * 10_000_000, "x" * 1000),
        ("🌊" * 1001, "🌊" * 1000),
        ("\x00" * 2000 + "x" * 1000, "x" * 1000),
        ("x" * 999 + " y", "x" * 999),
    ],
)
def test_what_is_sent_is_at_most_a_thousand_characters(raw: str, sent: str):
    assert for_wire(raw) == sent


@settings(deadline=None)
@given(ANY_TEXT)
def test_whatever_comes_in_can_be_sent(raw: str):
    sent = for_wire(raw)
    assert not categories(sent) & {"Cc", "Cs"}
    assert sent == sent.strip()
    assert sent == for_wire(sent)
    assert "  " not in sent


# Showing


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Fern by Mira Holt", "Fern by Mira Holt"),
        ("夜の港 — 波🌊", "夜の港 — 波🌊"),
        ("Fern\nSTATUS=x\r\n", "Fern STATUS=x"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\u202eb\u2066c\u200fd\u061ce", "a b c d e"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\x85b\ud800c", "a b c"),
    ],
)
def test_what_is_shown_is_one_harmless_line(raw: str, shown: str):
    assert for_people(raw) == shown


@pytest.mark.parametrize(
    ("length", "limit", "shown"),
    [
        (200, 200, "x" * 200),
        (201, 200, "x" * 199 + "…"),
        (10_000_000, 200, "x" * 199 + "…"),
        (60, 60, "x" * 60),
        (61, 60, "x" * 59 + "…"),
    ],
)
def test_long_text_is_shown_with_an_ellipsis(length: int, limit: int, shown: str):
    assert for_people("x" * length, limit) == shown


def test_people_are_shown_at_most_200_characters_unless_told_otherwise():
    assert len(for_people("x" * 500)) == 200


@settings(deadline=None)
@given(ANY_TEXT)
def test_usual_text_is_sent_as_any_other(raw: str) -> None:
    """It takes a shorter way, which a control character before it bars."""
    assert for_wire(raw) == for_wire(f"\x00{raw}")


@given(ANY_TEXT, st.integers(1, 300))
def test_whatever_comes_in_can_be_shown(raw: str, limit: int):
    shown = for_people(raw, limit)
    assert not categories(shown) & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(
        "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ) & set(shown)
    assert len(shown) <= limit


# -- whole characters -----------------------------------------------------------------------------

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    "one",
    [
        *(FAMILY, "e\u0301", "👍🏽", "🇩🇪", "ห้", "\u1112\u1161\u11ab", "❤\ufe0f", "ｶﾞ", "नि"),
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_a_character_of_several_code_points_is_one_and_never_cut(one: str) -> None:
    whole = f"a{one}{one}b"
    assert text.characters(whole) == ["a", one, one, "b"]
    cuts = {text.whole(whole, limit) for limit in range(len(whole) + 2)}
    assert cuts == {"", "a", f"a{one}", f"a{one}{one}", whole}
    assert for_people(one * 100, 20) == one * (19 // len(one)) + "…"


def test_a_character_without_end_is_cut_all_the_same() -> None:
    endless = "e" + "\u0301" * 5000
    assert len(text.whole(endless, 100)) == 100
    assert len(for_people(endless)) == 200
    assert max(map(len, text.characters(endless))) == text.MAX_MARKS


@given(ANY_TEXT)
def test_nothing_is_lost_between_characters(words: str) -> None:
    assert "".join(text.characters(words)) == words
    assert words.startswith(text.whole(words, 7))
    assert len(text.whole(words, 7)) <= 7


@pytest.mark.parametrize(
    ("heard", "needed", "words"),
    [
        (59.0, 94.0, "heard 0:59 of 1:34 needed"),
        (59.4, 59.9, "heard 0:59.4 of 0:59.9 needed"),
        (59.97, 60.0, "heard 0:59.9 of 1:00.0 needed"),
        (3599.0, 3600.0, "heard 59:59 of 1:00:00 needed"),
    ],
)
def test_too_little_is_never_said_to_be_enough(heard: float, needed: float, words: str) -> None:
    assert text.too_little(heard, needed) == words


# -- names that run from right to left ------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Fern by Mira Holt", [("Fern by Mira Holt", False)]),
        (f"{text.isolated('שרך (Live)')} 3", [("שרך (Live)", True), (" 3", False)]),
        (
            "heard 12 of שרך, سرخس: 3",
            [("heard 12 of ", False), ("שרך, سرخس", True), (": 3", False)],
        ),
        ("שרך by سرخس", [("שרך", True), (" by ", False), ("سرخس", True)]),
        ("x שיר (הופעה חיה) 3", [("x ", False), ("שיר (הופעה חיה)", True), (" 3", False)]),
        ("\u2068Fern\u2069", [("Fern", False)]),
        ("a\u2069שרך\u202eb", [("a ", False), ("שרך", True), (" b", False)]),
        ("", []),
    ],
)
def test_what_runs_from_right_to_left_is_a_part_of_its_own(
    words: str, expected: list[tuple[str, bool]]
) -> None:
    assert list(text.pieces(words)) == expected


@given(st.text(alphabet="שרך سرخس12 ab.(\u2068\u2069\u202e"))
def test_no_part_has_a_mark_of_direction(words: str) -> None:
    shown = "".join(part for part, _ in text.pieces(words))
    assert not set(shown) & set("\u2068\u2069\u202e")
