"""Lines of files: what is in them, what readers make of odd texts, and which files are of a format.

The readers are those of ListenBrainz (`listens_importer/audioscrobbler.py`) and Pano Scrobbler
(`FileScrobblable.kt`), as far as they decide what a line means.
"""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd import __version__
from scrobblerd.core.model import Details, Scrobble
from scrobblerd.core.text import for_wire
from scrobblerd.history_files.formats import FORMATS, Format
from tests.support.full_scrobble import FULL, MBIDS

LOG, JSONL, PANO = (FORMATS[name] for name in ("scrobbler-log", "jsonl", "pano-jsonl"))


BARE = Scrobble("Mira Holt", "Fern", 1_790_000_000)

HEAD = f"#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/scrobblerd {__version__}\n"

TEXTS = st.text(st.characters(), min_size=1, max_size=40) | st.text('#"\t\n\r\0 a', min_size=1)
"""Lone surrogates, too."""


def read_by_listenbrainz(text: str) -> list[list[str]]:
    """The lines that its importer takes, as fields."""
    lines = io.StringIO(text, newline="")
    kept = (line for line in lines if line.strip() and not line.strip().startswith("#"))
    return list(csv.reader(kept, delimiter="\t"))


# -- lines ----------------------------------------------------------------------------------------


def test_a_line_of_a_log_has_eight_fields() -> None:
    line = f"Mira Holt & Okto\tTidewater\tFern\t3\t241\tL\t1790000000\t{MBIDS[0]}"
    assert LOG.line(FULL) == line
    assert LOG.line(BARE) == "Mira Holt\t\tFern\t\t\tL\t1790000000\t"
    assert LOG.header == HEAD


def test_a_line_of_json_has_all_that_is_known() -> None:
    assert json.loads(JSONL.line(FULL)) == {
        "timestamp": 1_790_000_000,
        "artist": "Mira Holt & Okto",
        "track": "Fern",
        "album": "Tidewater",
        "album_artist": "Various Keepers",
        "track_number": 3,
        "mbid": MBIDS[0],
        "duration": 241,
        "artists": ["Mira Holt", "Okto"],
        "album_mbid": MBIDS[1],
        "artist_mbids": MBIDS[2:],
        "url": "https://open.spotify.com/track/4u",
        "player": "Spotify",
    }
    assert json.loads(JSONL.line(BARE)) == {
        "timestamp": 1_790_000_000,
        "artist": "Mira Holt",
        "track": "Fern",
    }


def test_pano_finds_every_key_that_it_needs_and_no_other() -> None:
    assert json.loads(PANO.line(FULL)) == {
        "timeHuman": "2026-09-21 14:13:20",
        "timeMs": 1_790_000_000_000,
        "artist": "Mira Holt & Okto",
        "track": "Fern",
        "album": "Tidewater",
        "albumArtist": "Various Keepers",
        "durationMs": 241_000,
        "mediaPlayerName": "Spotify",
        "event": "scrobble",
    }
    bare = json.loads(PANO.line(BARE))
    assert bare.keys() == json.loads(PANO.line(FULL)).keys()
    assert (bare["album"], bare["albumArtist"], bare["durationMs"]) == (None, None, None)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///home/a/Fern.flac", "file:///home/a/Fern.flac"),
        (
            "https://www.youtube.com/watch?v=4u&list=1#t=3",
            "https://www.youtube.com/watch?v=4u&list=1",
        ),
        ("https://me:secret@music.lan/Fern.mp3", "https://music.lan/Fern.mp3"),
        ("https://music.lan/Audio/7/stream?api_key=secret", "https://music.lan/Audio/7/stream"),
        ("http://[", ""),
        ("https://music.lan/" + "a" * 1000, ""),
    ],
)
def test_an_address_is_told_without_what_may_be_a_login(url: str, told: str) -> None:
    line = JSONL.line(replace(BARE, details=Details(url=url)))
    assert json.loads(line).get("url", "") == told


# -- odd texts ------------------------------------------------------------------------------------


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_every_play_is_one_line_of_eight_fields_for_every_reader(
    texts: list[tuple[str, str, str]],
) -> None:
    plays = [
        replace(FULL, artist=artist, track=track, album=album, mbid="")
        for artist, track, album in texts
        if for_wire(artist)
    ]
    text = LOG.header + "".join(f"{LOG.line(play)}\n" for play in plays)
    lines = text.encode().decode().split("\n")[3:-1]
    assert [len(line.split("\t")) for line in lines] == [8] * len(plays)
    assert not [line for line in lines if line.startswith("#")]
    assert [fields[5:7] for fields in read_by_listenbrainz(text)] == [["L", "1790000000"]] * len(
        plays
    )


@pytest.mark.parametrize("form", [JSONL, PANO], ids=["jsonl", "pano"])
@given(artist=TEXTS, track=TEXTS)
def test_every_play_is_one_line_of_json(form: Format, artist: str, track: str) -> None:
    play = replace(FULL, artist=artist, track=track, details=Details(artists=(artist, track)))
    line = form.line(play).encode().decode()
    assert len(line.splitlines()) == 1
    assert json.loads(line).get("artist", "") == for_wire(artist)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\tb\nc\rd\0e", "a b c d e"),
        ("a\ud800b", "a b"),
        ("a\u2028b\x85c", "a b c"),
        ('"Fern"', '"Fern"'),
        ('12" Mix', '12" Mix'),
        ('"Fern', "“Fern"),
        ("Fern #1", "Fern #1"),
        ("夜の港 🌊", "夜の港 🌊"),
    ],
)
def test_a_text_stays_as_it_is_unless_a_reader_would_stumble(text: str, written: str) -> None:
    assert LOG.line(replace(BARE, track=text)).split("\t")[2] == written


def test_an_artist_never_makes_a_comment_of_a_line() -> None:
    assert LOG.line(replace(BARE, artist="#1 Dads")).startswith("＃1 Dads\t")


# -- what a line is -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("play", [BARE, replace(FULL, mbid="")], ids=["bare", "full"])
def test_a_line_is_whole_and_no_part_of_it_is(form: Format, play: Scrobble) -> None:
    line = form.line(play)
    assert form.is_whole(line)
    assert [cut for cut in range(len(line)) if form.is_whole(line[:cut])] == []
    assert not form.is_whole("\0" * 20)


def test_a_line_that_lacks_its_last_field_is_the_same_play() -> None:
    line = LOG.line(FULL)
    [part] = [line[:cut] for cut in range(len(line)) if LOG.is_whole(line[:cut])]
    assert part == line.removesuffix(MBIDS[0])
    assert LOG.identity(part) == LOG.identity(line)


# -- what a file is -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_file_of_ours_is_known_wherever_it_was_broken_off(form: Format) -> None:
    text = form.header + form.line(FULL) + "\n" + form.line(BARE) + "\n"
    assert [cut for cut in range(len(text) + 1) if form.why_foreign(text[:cut])] == []


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("#AUDIOSCROBBLER/1.0\n#TZ/UTC\n", "it does not begin with #AUDIOSCROBBLER/1.1"),
        ("#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n#CLIENT/Rockbox\n", "its times are not in UTC"),
        ("#AUDIOSCROBBLER/1.1\r\n#TZ/UTC\r\n", "it does not begin with"),
        ("\ufeff#AUDIOSCROBBLER/1.1\n#TZ/UTC\n", "it does not begin with"),
        ("SQLite format 3\0", "it does not begin with"),
        ("\n", "it does not begin with"),
        ('{"timestamp":1}\n', "it does not begin with"),
    ],
)
def test_another_file_is_no_log(head: str, why: str) -> None:
    assert why in LOG.why_foreign(head)


def test_a_log_of_another_program_is_one_if_its_times_are_in_utc() -> None:
    assert LOG.why_foreign("#AUDIOSCROBBLER/1.1\n#CLIENT/Other 2\n#TZ/UTC\nA\t\tB\n") == ""


@pytest.mark.parametrize("form", [JSONL, PANO], ids=["jsonl", "pano"])
@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        '{"a":1}',
        '{\n  "timestamp": 1\n}\n',
        '{"timestamp":1,"level":"info"}\n',
        "[]\n",
        "null\n",
        "\n",
        "[" * 100_000,
    ],
)
def test_another_file_is_none_of_json_lines(form: Format, head: str) -> None:
    assert "is no JSON object with" in form.why_foreign(head)


def test_the_two_kinds_of_json_lines_are_told_apart() -> None:
    line: dict[str, Any] = {"jsonl": JSONL.line(FULL), "pano": PANO.line(FULL)}
    assert PANO.why_foreign(line["jsonl"])
    assert JSONL.why_foreign(line["pano"])
