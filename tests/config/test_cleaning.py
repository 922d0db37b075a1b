"""The presets that clean tags: what they take away, what they leave, and how long that takes."""

import time
import tomllib
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.config.cleaning import CLEANING
from scrobblerd.config.loader import load
from scrobblerd.core.filters import Filters, correct_tags, corrections
from scrobblerd.core.text import MAX_WIRE_CHARACTERS
from tests.support.paths import TESTS
from tests.support.timeline import SONG

TABLE = tomllib.loads((TESTS / "config" / "cleaning.toml").read_text(encoding="utf-8"))
PAIRS = [(preset, *pair) for preset, table in TABLE.items() for pair in table["changes"]]
STAYS = [(preset, text) for preset, table in TABLE.items() for text in table["stays"]]

MAX_SECONDS = 0.05
"""Of CPU, for the longest title that there is; a usual one takes a thousandth of that."""


@pytest.fixture(scope="module", name="filters")
def all_filters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Filters]:
    """What each preset is on its own, and "all" of them."""
    folder = tmp_path_factory.mktemp("filters")
    return {
        name: preset_filters(folder, *(CLEANING if name == "all" else [name]))
        for name in (*CLEANING, "all")
    }


def preset_filters(folder: Path, *presets: str) -> Filters:
    """The filters of a config.toml with these presets."""
    path = folder / "config.toml"
    path.write_text(f"[filters]\npresets = {list(presets)}\n", encoding="utf-8")
    return load(path, {}).rules.filters


def cleaned(filters: Filters, preset: str, text: str) -> str:
    """What becomes of a tag that the preset is about."""
    field = "title" if preset == "all" else CLEANING[preset].fields[0]
    return getattr(correct_tags(filters, replace(SONG, **{field: text})), field)


def test_no_preset_cleans_tags_by_default(tmp_path: Path):
    assert (
        preset_filters(tmp_path).rewrites
        == load(tmp_path / "none.toml", {}).rules.filters.rewrites
        == ()
    )


def test_table_has_every_preset_and_a_hundred_pairs():
    assert set(TABLE) == {*CLEANING, "all"}
    assert len(PAIRS) >= 100
    assert len(STAYS) >= 50


@pytest.mark.parametrize(("preset", "before", "after"), PAIRS)
def test_mark_is_taken_away(filters: dict[str, Filters], preset: str, before: str, after: str):
    assert cleaned(filters[preset], preset, before) == after
    assert cleaned(filters[preset], preset, after) == after


@pytest.mark.parametrize(("preset", "text"), STAYS)
def test_what_is_no_mark_stays(filters: dict[str, Filters], preset: str, text: str):
    assert cleaned(filters[preset], preset, text) == text


@pytest.mark.parametrize(("preset", "before", "after"), PAIRS)
def test_letters_and_accents_may_come_apart(
    filters: dict[str, Filters], preset: str, before: str, after: str
):
    assert cleaned(filters[preset], preset, unicodedata.normalize("NFD", before)) == after


@pytest.mark.parametrize(("preset", "text"), STAYS)
def test_what_is_not_cleaned_keeps_its_characters(
    filters: dict[str, Filters], preset: str, text: str
):
    apart = unicodedata.normalize("NFD", text)
    assert cleaned(filters[preset], preset, apart) == apart


@pytest.mark.parametrize(
    ("preset", "mark"), [(name, mark) for name, each in CLEANING.items() for mark in each.marks]
)
def test_marks_that_the_documents_name_are_taken_away(
    filters: dict[str, Filters], preset: str, mark: str
):
    assert cleaned(filters[preset], preset, f"Fern {mark}") == "Fern"


@pytest.mark.parametrize(
    "piece",
    ["(", "[", "【", "(live ", "(Official ", " - ", " - Live", " - Live at ", "(Remastered ",
     "2011 ", "Remaster ", "- 2011 - ", "hd", "HD ", "official music ", "music ", " ", "ライブ",
     "リマスター", " feat. ", "(feat. ", " / ", "/ Remastered ", "()", "🅴", "e\u0301", "| ",
     "clip ", " - Topic", "digital", "and ", "the", "100th "],
)  # fmt: skip
@pytest.mark.parametrize("end", ["", "x", ")", "(", " - Live", "Remastered"])
def test_no_title_takes_long(filters: dict[str, Filters], piece: str, end: str):
    text = "Fern " + (piece * MAX_WIRE_CHARACTERS)[: MAX_WIRE_CHARACTERS - 20] + end
    track = replace(SONG, title=text, album=text, artist=text, album_artist=text)
    begun = time.thread_time()
    correct_tags(filters["all"], track)
    assert time.thread_time() - begun < MAX_SECONDS


def test_artists_lose_the_topic_one_by_one(filters: dict[str, Filters]):
    names = ("Mira Holt - Topic", "Noa Lind - Topic")
    track = replace(SONG, artist=names[0], artists=names, album_artist=names[0])
    corrected = correct_tags(filters["topic"], track)
    assert corrected.artists == ("Mira Holt", "Noa Lind")
    assert corrected.artist == corrected.album_artist == "Mira Holt"


def test_albums_are_cleaned_of_what_albums_have(filters: dict[str, Filters]):
    album = "Harbour (Remastered) [Explicit]"
    assert correct_tags(filters["all"], replace(SONG, album=album)).album == "Harbour"
    album = "Harbour (Live) (Official Video)"
    assert correct_tags(filters["all"], replace(SONG, album=album)).album == album


def test_rewrites_of_the_user_come_after_the_presets(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text(
        "[filters]\npresets = ['live']\n"
        "rewrites = [{ field = 'title', pattern = '$', replacement = '!' }]\n"
    )
    filters = load(path, {}).rules.filters
    track = replace(SONG, title="Fern (Live)")
    steps = [(step.before, step.after, step.rule) for step in corrections(filters, track)]
    assert steps == [
        ("Fern (Live)", "Fern", "[filters] presets: live"),
        ("Fern", "Fern!", "[filters] rewrites"),
    ]
