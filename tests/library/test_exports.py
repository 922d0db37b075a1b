"""exports.py, read back by other readers; ExportLoved and ExportLovedPage of a daemon."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

from lab.daemon import Daemon
from lab.scrobbler import Scrobbler
from scrobblerd.library.exports import FORMATS, as_csv, as_json, as_m3u8
from scrobblerd.storage.library import EXPORTED
from tests.support.rows import put

NASTY = ['say "hi"', "a,b;c", "line\nbreak", "tab\t", "夜の港 🎵", "=1+1", "'", "\u2028", "#EXTINF"]


def a_track(title: str = "Fern", url: str = "", **other: Any) -> dict[str, Any]:
    """A loved track."""
    texts = {"artist": "Mira Holt", "title": title, "album": "Tidewater", "album_artist": ""}
    return {**texts, "duration": 187.4, "mbid": "", "url": url, "loved_at": 1780000000, **other}


def entries(playlist: str) -> list[tuple[str, str]]:
    """#EXTINF lines and what follows them."""
    first, *lines = playlist.removesuffix("\n").split("\n")
    assert first == "#EXTM3U"
    assert len(lines) % 2 == 0
    return list(zip(lines[::2], lines[1::2], strict=True))


# -- M3U8 -----------------------------------------------------------------------------------------


def test_a_playlist_names_files_by_their_paths() -> None:
    tracks = [
        a_track(url="file:///music/Mira%20Holt/01%20Fern%20%26%20Moss%231%25.mp3"),
        a_track("夜の港", url="file:///music/%E5%A4%9C.flac", duration=None),
        a_track(url="file:///plain,;=@.mp3", duration=0.0),
    ]
    assert entries(as_m3u8(tracks)) == [
        ("#EXTINF:187,Mira Holt - Fern", "/music/Mira Holt/01 Fern & Moss#1%.mp3"),
        ("#EXTINF:-1,Mira Holt - 夜の港", "/music/夜.flac"),
        ("#EXTINF:-1,Mira Holt - Fern", "/plain,;=@.mp3"),
    ]


def test_only_local_files_are_in_a_playlist() -> None:
    urls = ["", "https://x.invalid/a.mp3", "http://file:///x", "mtp://x"]
    assert as_m3u8([a_track(url=url) for url in urls]) == "#EXTM3U\n"


@pytest.mark.parametrize("path", [b"/caf\xe9.mp3", b"/\xff/x.mp3", b"/a\nb.mp3", b"/a\rb.mp3"])
def test_a_path_that_no_line_can_hold_stays_a_url(path: bytes) -> None:
    url = f"file://{quote_from_bytes(path)}"
    assert entries(as_m3u8([a_track(url=url)]))[0][1] == url


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://localhost/music/x.mp3", "/music/x.mp3"),
        ("file:/music/x.mp3", "/music/x.mp3"),
        ("file:%23EXTM3U", "file:%23EXTM3U"),
        ("file:#EXTINF:1,x", "file:%23EXTINF:1,x"),
        ("file://nas/music/x.mp3", "file://nas/music/x.mp3"),
        ("file:x\n/etc/passwd", "file:x%0A/etc/passwd"),
        ("file:///music/x.mp3%20", "file:///music/x.mp3%20"),
    ],
)
def test_files_are_found_however_a_player_writes_their_urls(url: str, path: str) -> None:
    assert [line for _, line in entries(as_m3u8([a_track(url=url)]))] == [path]


@pytest.mark.parametrize("title", NASTY)
def test_no_name_makes_a_line_of_a_playlist(title: str) -> None:
    tracks = [a_track(f"{title}\n/etc/passwd", url="file:///x.mp3", artist=f"\r\n{title}")]
    [(named, path)] = entries(as_m3u8(tracks))
    assert (named[:12], path) == ("#EXTINF:187,", "/x.mp3")
    assert named.isprintable()


def test_no_text_holds_what_d_bus_does_not_carry() -> None:
    for format_ in FORMATS.values():
        assert "\x00" not in format_([a_track(url="file:///a%00b.mp3")])


# -- JSON and CSV ---------------------------------------------------------------------------------


@pytest.mark.parametrize("title", NASTY)
def test_json_and_csv_give_back_what_went_in(title: str) -> None:
    tracks = [a_track(title, url="file:///a%20b.mp3"), a_track(duration=None)]
    assert json.loads(as_json(tracks)) == tracks
    rows = list(csv.DictReader(io.StringIO(as_csv(tracks), newline="")))
    texts = [
        {name: "" if value is None else str(value) for name, value in track.items()}
        for track in tracks
    ]
    texts[0]["title"] = "'=1+1" if title == "=1+1" else title
    assert rows == texts


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_csv_is_a_formula(mark: str) -> None:
    track = a_track(f"{mark}cmd|'/c calc'!A1", artist=f"{mark}1", album=f"a{mark}", duration=-1.0)
    [row] = csv.DictReader(io.StringIO(as_csv([track]), newline=""))
    assert row["title"].startswith(f"'{mark}cmd")
    assert (row["artist"], row["album"], row["duration"]) == (f"'{mark}1", f"a{mark}", "-1.0")


def test_csv_is_rfc_4180() -> None:
    text = as_csv([a_track('say "hi", you')])
    assert text.count("\r\n") == 2
    assert '"say ""hi"", you"' in text


def test_nothing_loved_is_a_whole_file_too() -> None:
    assert as_m3u8([]) == "#EXTM3U\n"
    assert json.loads(as_json([])) == []
    assert list(csv.reader(io.StringIO(as_csv([])))) == [list(EXPORTED)]


def test_odd_lengths_break_nothing() -> None:
    for duration in (1e18, -3.0, 1.8e12):
        as_m3u8([a_track(url="file:///x.mp3", duration=duration)])


# -- over D-Bus -----------------------------------------------------------------------------------


def fill(daemon: Daemon, tracks: Iterable[dict[str, Any]], loved: bool = True) -> None:
    """Put tracks into the library."""
    put(daemon.database, "library", *({**track, "lastfm_loved": loved} for track in tracks))


def numbered(count: int, album: str = "Tidewater") -> list[dict[str, Any]]:
    """So many tracks with files."""
    return [
        a_track(f"Track {n:05}", f"file:///music/{n:05}%20%E5%A4%9C.mp3", album=album)
        for n in range(count)
    ]


async def test_all_formats_cross_the_bus(scrobbler: Scrobbler, daemon: Daemon) -> None:
    tracks = [a_track(title, "file:///caf%E9%20%0A.mp3") for title in sorted(NASTY)]
    fill(daemon, tracks)
    fill(daemon, [a_track("Not loved")], loved=False)
    by_title = {one["title"]: one for one in tracks}
    [text] = await scrobbler.call("ExportLoved", "s", "json")
    assert {one["title"]: one for one in json.loads(text)} == by_title
    [text] = await scrobbler.call("ExportLoved", "s", "csv")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    assert {row["title"].removeprefix("'") or "'" for row in rows} == set(by_title)
    [text] = await scrobbler.call("ExportLoved", "s", "m3u8")
    assert text.count("file:///caf%E9%20%0A.mp3") == len(tracks)


async def test_nothing_loved_is_exported_as_nothing(scrobbler: Scrobbler) -> None:
    assert await scrobbler.call("ExportLoved", "s", "m3u8") == ["#EXTM3U\n"]
    assert await scrobbler.call("ExportLovedPage", "su", "m3u8", 1) == ["#EXTM3U\n", 1]


@pytest.mark.parametrize("kind", ["", "M3U8", "xspf", "json "])
async def test_another_format_is_refused_with_those_there_are(
    scrobbler: Scrobbler, kind: str
) -> None:
    for member, signature, *page in (("ExportLoved", "s"), ("ExportLovedPage", "su", 1)):
        name, words = await scrobbler.refused(str(member), str(signature), kind, *page)
        assert (name, words) == ("InvalidArgument", "format: must be one of m3u8, json, csv")


async def test_more_than_five_thousand_come_by_pages(scrobbler: Scrobbler, daemon: Daemon) -> None:
    tracks = numbered(5001)
    fill(daemon, tracks[:5000])
    [text] = await scrobbler.call("ExportLoved", "s", "json")
    assert json.loads(text) == tracks[:5000]
    fill(daemon, tracks[5000:])
    name, words = await scrobbler.refused("ExportLoved", "s", "json")
    assert (name, "ExportLovedPage" in words) == ("InvalidArgument", True)
    found: list[Any] = []
    for page in range(1, 7):
        text, pages = await scrobbler.call("ExportLovedPage", "su", "json", page)
        assert pages == 6
        found += json.loads(text)
    assert found == tracks
    for page in (0, 7, 2**32 - 1):
        name, words = await scrobbler.refused("ExportLovedPage", "su", "json", page)
        assert (name, words) == ("InvalidArgument", "page: must be between 1 and 6")


async def test_a_very_large_answer_does_not_break_the_connection(
    scrobbler: Scrobbler, daemon: Daemon
) -> None:
    fill(daemon, numbered(5000, album="夜" * 1000))
    [text] = await scrobbler.call("ExportLoved", "s", "csv")
    assert len(text.encode()) > 15_000_000
    assert (await scrobbler.call("GetQueueStatus"))[0]["loves"] == 0


async def test_a_path_with_a_null_byte_does_not_cost_the_daemon_its_bus(
    scrobbler: Scrobbler, daemon: Daemon
) -> None:
    fill(daemon, [a_track(url="file:///a%00b.mp3")])
    [text] = await scrobbler.call("ExportLoved", "s", "m3u8")
    assert text.startswith("#EXTM3U\n")
    assert (await scrobbler.call("GetQueueStatus"))[0]["loves"] == 0
