"""The page of figures: whole in itself, readable for all, harmless whatever names are in it."""

import re
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.ctl.display.html_page import page
from tests.support.scrobblerctl import harmless
from tests.support.stats_samples import TODAY, Outline, answered, by_name


def a_page(answer: Any = None) -> str:
    """The page of an answer."""
    return page(by_name(answer))


def test_page_asks_the_network_for_nothing():
    drawn = a_page()
    outline = Outline(drawn)
    [policy] = [one for one in outline.all("meta") if "http-equiv" in one]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert (policy["content"] or "").startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert {tag for tag, _ in outline.elements} & {"script", "link", "img", "iframe", "a"} == set()
    names = {name for _, attributes in outline.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href", "style")]
    assert not re.search(r"https?:|url\(|@import|//", drawn)


def test_page_says_how_it_is_to_be_read():
    outline = Outline(a_page())
    assert outline.all("html") == [{"lang": "en"}]
    assert outline.all("meta")[0] == {"charset": "utf-8"}
    named = {one["name"]: one["content"] for one in outline.all("meta") if "name" in one}
    assert named == {
        "viewport": "width=device-width, initial-scale=1",
        "color-scheme": "light dark",
    }
    assert "What was listened to since 2026-09-20" in outline.texts


def test_charts_have_words_and_tables():
    outline = Outline(a_page())
    names = [one.get("id") for _, one in outline.elements if "id" in one]
    assert len(names) == len(set(names))
    drawn = outline.all("svg")
    images = [one for one in drawn if one.get("role") == "img"]
    assert len(images) == 2
    for image in images:
        assert set((image["aria-labelledby"] or "").split()) <= set(names)
    assert all(one.get("aria-hidden") == "true" for one in drawn if one not in images)
    assert "2 columns, 2026-09-20 to 2026-09-21; the most is 7 min, 2026-09-20." in outline.texts
    assert len(outline.all("table")) == len(outline.all("caption")) == 5
    assert {one.get("scope") for one in outline.all("th")} == {"col", "row"}


def test_empty_days_are_drawn_as_such():
    days = [["2026-09-18", 1, 60.0]]
    outline = Outline(a_page(answered(days)))
    assert [one["class"] for one in outline.all("rect") if "class" in one].count("nothing") == 6
    assert "2026-09-19: 0 plays" in outline.texts


def test_foreign_text_stays_text():
    drawn = a_page(answered(name='</title><script>alert("x")</script>&amp;'))
    outline = Outline(drawn)
    assert outline.all("script") == []
    assert '</title><script>alert("x")</script>&amp;' in outline.texts


@given(st.text())
def test_no_name_breaks_the_page(name: str):
    drawn = a_page(answered(name=name))
    harmless(drawn)
    Outline(drawn)


def test_a_name_without_end_is_cut():
    assert len(a_page(answered(name="x" * 1000))) < len(a_page()) + 1000


def test_ten_years_make_a_page_of_months():
    days = [[(TODAY - timedelta(number)).isoformat(), 5, 900.0] for number in range(3650, -1, -1)]
    drawn = a_page(answered(days))
    outline = Outline(drawn)
    assert "Heard per month" in outline.texts
    assert len(outline.all("g")) == 2 * 121
    assert len(drawn) < 80_000


def test_a_page_of_nothing_says_so():
    outline = Outline(a_page(answered([], plays=0)))
    assert "No plays were heard." in outline.texts
    assert outline.all("svg") == []


def test_plays_whose_days_no_calendar_has_are_told_without_a_chart_of_days():
    outline = Outline(a_page(answered([])))
    assert "Heard per day" not in outline.texts
    assert "Artists" in outline.texts
