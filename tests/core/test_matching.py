"""matching.py: pairs of an artist and a title that are one track, or are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.matching import key, plain_artist, plain_title, search_key

EXACT, PLAIN, NO = "exact", "plain", "no"

# a title here, a title there, and whether they are one track: exactly, or with decorations aside
TITLES = [
    ("Slow Harbour", "slow harbour", EXACT),
    ("Slow  Harbour ", " Slow\tHarbour", EXACT),
    ("Ｓｌｏｗ Ｈａｒｂｏｕｒ", "Slow Harbour", EXACT),
    ("Slow\u00a0Harbour", "Slow Harbour", EXACT),
    ("Slow\u200bHarbour", "SlowHarbour", EXACT),
    ("Don’t Look Back", "Don't Look Back", EXACT),
    ("Don´t Look Back", "Don`t Look Back", EXACT),
    ("“Heroes”", '"Heroes"', EXACT),
    ("Fern – Moss", "Fern - Moss", EXACT),
    ("Fern — Moss", "Fern ‐ Moss", EXACT),
    ("Wait…", "Wait...", EXACT),
    ("Straße", "STRASSE", EXACT),
    ("Café", "Cafe\u0301", EXACT),
    ("Ångström", "A\u030angstro\u0308m", EXACT),
    ("Tiếng Việt", "Tie\u0302\u0301ng Vie\u0323\u0302t", EXACT),
    ("Işık", "IŞIK", EXACT),
    ("Işık", "işik", EXACT),
    ("İstanbul", "istanbul", EXACT),
    ("ISTANBUL", "ıstanbul", EXACT),
    ("夜の港", "夜の港", EXACT),
    ("ｶﾀｶﾅ", "カタカナ", EXACT),
    ("がく", "か\u3099く", EXACT),
    ("夜〜港", "夜～港", EXACT),
    ("①番", "1番", EXACT),
    ("ﻣﺮﺣﺒﺎ", "مرحبا", EXACT),
    ("مـــرحبا", "مرحبا", EXACT),
    ("ПРИВЕТ", "привет", EXACT),
    ("ΟΔΟΣ", "οδος", EXACT),
    ("ΟΔΟΣ", "οδός", NO),
    ("ﬁne", "fine", EXACT),
    ("Slow Harbour (Live)", "Slow Harbour", PLAIN),
    ("Slow Harbour - Live", "Slow Harbour", PLAIN),
    ("Slow Harbour (Live at the Pier, 1998)", "Slow Harbour", PLAIN),
    ("Slow Harbour - Remastered 2011", "Slow Harbour", PLAIN),
    ("Slow Harbour - 2011 Remaster", "Slow Harbour", PLAIN),
    ("Slow Harbour (2011 Digital Remaster)", "Slow Harbour", PLAIN),
    ("Slow Harbour [Remastered]", "Slow Harbour", PLAIN),
    ("Slow Harbour (feat. Mira Holt)", "Slow Harbour", PLAIN),
    ("Slow Harbour ft. Mira Holt", "Slow Harbour", PLAIN),
    ("Slow Harbour [featuring Mira Holt]", "Slow Harbour (feat. M. Holt)", PLAIN),
    ("Slow Harbour (feat. Mira Holt) [Live]", "Slow Harbour", PLAIN),
    ("Slow Harbour - Radio Edit", "Slow Harbour", PLAIN),
    ("Slow Harbour (Single Version)", "Slow Harbour - Album Version", PLAIN),
    ("Slow Harbour (Mono)", "Slow Harbour - Stereo Mix", PLAIN),
    ("Slow Harbour (Official Video)", "Slow Harbour", PLAIN),
    ("Slow Harbour (Official Music Video) [HD]", "Slow Harbour", PLAIN),
    ("Slow Harbour (Deluxe Edition)", "Slow Harbour", PLAIN),
    ("Slow Harbour (Bonus Track)", "Slow Harbour", PLAIN),
    ("夜の港 (Live)", "夜の港", PLAIN),
    ("夜の港（Live）", "夜の港", PLAIN),
    ("Slow Harbour (Remix)", "Slow Harbour", NO),
    ("Slow Harbour (Björn Ål Remix)", "Slow Harbour", NO),
    ("Slow Harbour (Acoustic)", "Slow Harbour", NO),
    ("Slow Harbour (Instrumental)", "Slow Harbour", NO),
    ("Slow Harbour (Reprise)", "Slow Harbour", NO),
    ("Slow Harbour (Part 2)", "Slow Harbour", NO),
    ("Slow Harbour, Pt. 1", "Slow Harbour, Pt. 2", NO),
    ("Slow Harbour (Demo)", "Slow Harbour", NO),
    ("Live Forever", "Forever", NO),
    ("Live", "Slow Harbour", NO),
    ("(Live)", "", NO),
    ("1999", "", NO),
    ("Feather", "Feat", NO),
    ("Café", "Cafe", NO),
    ("はな", "ハナ", NO),
    ("か", "が", NO),
    ("Fern", "Ferns", NO),
]

ARTISTS = [
    ("The Paper Lanterns", "the paper lanterns", EXACT),
    ("Guns N’ Roses", "Guns N' Roses", EXACT),
    ("Mira Holt feat. Björn Ål", "Mira Holt", PLAIN),
    ("Mira Holt ft. Björn Ål", "mira holt", PLAIN),
    ("Mira Holt (featuring Björn Ål)", "Mira Holt", PLAIN),
    ("Mira Holt & Björn Ål", "Mira Holt", NO),
    ("Mira Holt, Björn Ål", "Mira Holt", NO),
    ("The Paper Lanterns", "Paper Lanterns", NO),
    ("Feather", "Feat", NO),
    ("Daft", "Daft Punk", NO),
]


@pytest.mark.parametrize(("here", "there", "how"), TITLES)
def test_titles(here: str, there: str, how: str) -> None:
    one, other = key(here), key(there)
    assert (one == other) is (how == EXACT)
    assert (plain_title(one) == plain_title(other)) is (how != NO)


@pytest.mark.parametrize(("here", "there", "how"), ARTISTS)
def test_artists(here: str, there: str, how: str) -> None:
    one, other = key(here), key(there)
    assert (one == other) is (how == EXACT)
    assert (plain_artist(one) == plain_artist(other)) is (how != NO)


@given(st.text(max_size=60))
def test_a_key_is_its_own_key_and_a_plain_title_its_own(text: str) -> None:
    assert key(key(text)) == key(text)
    assert plain_title(plain_title(key(text))) == plain_title(key(text))
    assert not key(text) or plain_title(key(text))


def test_a_long_title_takes_no_time() -> None:
    assert len(plain_title(key("a (live" * 2000 + " - live" * 2000))) > 0


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_ascii_is_compared_as_all_text_is(text: str) -> None:
    assert key(text) == key(f"{text}\u200b")


SEARCHES = [
    ("bjork", "Björk", True),
    ("BJÖRK", "Bjork", True),
    ("mo", "MØ", True),
    ("royksopp", "Røyksopp", True),
    ("michal", "Michał", True),
    ("aether", "Æther", True),
    ("strasse", "Straße", True),
    ("tieng viet", "Tiếng Việt", True),
    ("dont", "Don’t", False),
    ("don't", "Don’t", True),
    ("don't", "Don´t", True),
    ("σισυφος", "ΣΊΣΥΦΟΣ", True),
    ("σισυφοσ", "Σίσυφος", True),
    ("istanbul", "İstanbul", True),
    ("ISIK", "ışık", True),
    ("ışık", "Isik", True),
    ("Ｆｅｒｎ", "fern", True),
    ("fern", "Ｆｅｒｎ", True),
    ("マイク", "ﾏｲｸ", True),
    ("か", "が", False),
    ("は", "ぱ", False),
    ("ガク", "ｶﾞｸ", True),
    ("مرحبا", "مَرْحَبًا", True),
    ("احمد", "أحمد", True),
    ("مرحبا", "مـــرحبا", True),
    ("שלום", "שָׁלוֹם", True),
    ("елка", "ёлка", True),
    ("각", "각", True),
    ("가", "각", False),
    ("กิน", "กัน", False),
    ("कि", "क", False),
    ("ाम", "राम", True),
    ("❤", "❤\ufe0f", True),
]
"""What somebody writes who searches, a name, and whether it is found."""


@pytest.mark.parametrize(("wanted", "name", "is_found"), SEARCHES)
def test_a_search_passes_over_accents(wanted: str, name: str, is_found: bool) -> None:
    assert (search_key(wanted) in search_key(name)) is is_found


@pytest.mark.parametrize(("here", "there"), [pair for *pair, how in TITLES if how == EXACT])
def test_what_is_one_name_is_found_by_both_spellings(here: str, there: str) -> None:
    assert search_key(here) == search_key(there)


@given(st.text(max_size=60))
def test_a_name_is_found_however_its_accents_are_written(text: str) -> None:
    wanted = search_key(text)
    assert search_key(wanted) == wanted
    for form in ("NFC", "NFD"):
        assert search_key(unicodedata.normalize(form, text)) == wanted


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_ascii_is_searched_as_it_is_compared(text: str) -> None:
    assert search_key(text) == key(text)
