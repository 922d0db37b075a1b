"""[filters] of config.toml: what can't work is refused at start."""

from pathlib import Path

import pytest

from scrobblerd.config.loader import load
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.filters import VIDEO_FILES, Filters


def filters(tmp_path: Path, text: str) -> Filters:
    path = tmp_path / "config.toml"
    path.write_text(f"[filters]\n{text}", encoding="utf-8")
    return load(path, {}).rules.filters


def test_no_filters_are_the_defaults(tmp_path: Path) -> None:
    assert filters(tmp_path, "") == Filters()


def test_presets_add_to_what_is_listed(tmp_path: Path) -> None:
    found = filters(tmp_path, 'presets = ["video-files"]\nignore_file_types = ["SPX"]')
    assert found.ignore_file_types == ("spx", *VIDEO_FILES)
    assert found.ignore_urls == ()


def test_no_presets_let_all_through(tmp_path: Path) -> None:
    assert filters(tmp_path, "presets = []").ignore_file_types == ()


def test_patterns_go_by_tag(tmp_path: Path) -> None:
    found = filters(tmp_path, "ignore_artist = ['^DJ ']\nignore_album = ['live']")
    assert [each.pattern for each in found.ignore_artist] == ["^DJ "]
    assert [each.pattern for each in found.ignore_album] == ["live"]


def test_rewrites_are_kept_in_order(tmp_path: Path) -> None:
    one = "{ field = 'title', pattern = 'a', replacement = 'b' }"
    other = "{ field = 'album', pattern = '(c)', replacement = '\\1' }"
    found = filters(tmp_path, f"rewrites = [{one}, {other}]")
    assert [each.field for each in found.rewrites] == ["title", "album"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ignore_title = ['ok', 'a(b']", "ignore_title: 'a(b' is no regular expression: missing ), "
         "unterminated subpattern at position 1"),
        ("ignore_urls = ['*']", "ignore_urls: '*' is no regular expression: nothing to repeat at"),
        ("presets = ['adverts']", "presets: there is no 'adverts'; there are ads, video-files, "),
        ("artist = 'last'", "artist must be one of first, joined, album_artist, composer, "),
        ("split_titles = 'yes'", "split_titles must be one of never, streams, always, it is 'yes'"),
        ("rewrites = [{ field = 'title' }]", "rewrites 1 must have field, pattern and replacement"),
        ("rewrites = [{ field = 'title', pattern = 'a', replacement = 5 }]", "rewrites 1 must "),
        ("rewrites = [{ field = 'url', pattern = 'a', replacement = '' }]",
         "rewrites 1: field must be one of title, artist, album, album_artist"),
        ("rewrites = [{ field = 'title', pattern = '[', replacement = '' }]",
         "rewrites 1: pattern: '[' is no regular expression: unterminated character set at"),
        ("rewrites = [{ field = 'title', pattern = 'a', replacement = '\\2' }]",
         "rewrites 1: '\\\\2' can't replace what the pattern finds: invalid group reference 2 at"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_file_key_and_position(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(FixTheFile) as refused:
        filters(tmp_path, text)
    assert str(refused.value).startswith(f"{tmp_path / 'config.toml'}: [filters] {words}")
