"""Files of plays, each with the quirks of its format: what is read of them, and what is refused."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.core.rules import Rules
from scrobblerd.history_files.entries import EARLIEST_STAMP, LeftOut, UnreadableFile
from scrobblerd.history_files.reading import opened
from scrobblerd.history_files.writing import WRITERS
from tests.support.full_scrobble import FULL, MBIDS

START = 1_609_409_472
"""2020-12-31 10:11:12 UTC."""

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of any name."""

    def written(content: str | bytes) -> Path:
        path = tmp_path / "some.file"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def plays(path: Path, zone: str = "") -> list[Scrobble]:
    """The plays of a file."""
    file = opened(path, ZoneInfo(zone) if zone else None)
    return [entry.play for entry in file.entries() if entry.play]


def left_out(path: Path) -> list[tuple[int, str | None]]:
    """The numbers of the other entries, and why they are left out."""
    return [(entry.number, entry.why) for entry in opened(path).entries() if not entry.play]


def short(play: Scrobble) -> tuple[str, str, str, int]:
    """What every format has of a play."""
    return play.artist, play.track, play.album, play.timestamp - START


# -- .scrobbler.log -------------------------------------------------------------------------------

LOG = f"""#AUDIOSCROBBLER/1.1\r
#TZ/{{zone}}\r
#CLIENT/Rockbox sansaclipplus $Revision$\r
Mira Holt\tTidewater\tFern\t3\t241\tL\t{START}\t{MBIDS[0]}\r
Mira Holt\tTidewater\tMoss\t4\t100\tS\t{START + 241}\t\r
<Untagged>\t\tLow Tide\t\t200\tL\t{START + 400}\t\r
Mira Holt\t\tNo Clock\t\t200\tL\t315532800\t\r
Mira Holt\tbroken\r
The Paper Lanterns\t\t"Slow" Harbour\t\t200\tL\t{START + 600}\r
"""


def test_a_log_has_what_was_listened_to(write: Write) -> None:
    path = write(LOG.format(zone="UTC"))
    first, last = plays(path)
    assert short(first) == ("Mira Holt", "Fern", "Tidewater", 0)
    assert (first.track_number, first.duration, first.mbid) == (3, 241, MBIDS[0])
    assert short(last) == ("The Paper Lanterns", '"Slow" Harbour', "", 600)
    assert left_out(path) == [
        (5, LeftOut.SKIPPED),
        (6, LeftOut.NO_ARTIST),
        (7, LeftOut.NO_TIME),
        (8, LeftOut.BROKEN),
    ]


@pytest.mark.parametrize("head", [LOG, LOG.replace("#TZ/{zone}\r\n", "").replace("1.1", "1.0")])
def test_local_times_of_a_device_need_a_zone(write: Write, head: str) -> None:
    path = write(head.format(zone="UNKNOWN"))
    with pytest.raises(UnreadableFile, match="--timezone"):
        plays(path)
    assert plays(path, "Europe/Berlin")[0].timestamp == START - 3600
    assert plays(path, "America/New_York")[0].timestamp == START + 5 * 3600


TIMELESS = """#AUDIOSCROBBLER/1.1
#TZ/UNKNOWN
#CLIENT/Rockbox sansac200 $Revision$ Timeless
#ARTIST #ALBUM #TITLE #TRACKNUM #LENGTH #RATING #TIMESTAMP #MUSICBRAINZ_TRACKID
Mira Holt\tTidewater\tFern\t3\t200\tL\t0\t
Mira Holt\tTidewater\tMoss\t4\t100\tS\t0\t
<UNTAGGED>\t\tLow Tide\t\t300\tL\t0\t
Mira Holt\tTidewater\tNo Length\t5\t\tL\t{other}\t
Mira Holt\tTidewater\tFern\t3\t200\tL\t315532800\t
"""
"""As Rockbox writes it on a player without a clock; other programs write times before 2000."""


def test_plays_of_a_player_without_a_clock_are_left_out_by_their_lines(write: Write) -> None:
    path = write(TIMELESS.format(other=0))
    assert plays(path) == []
    assert left_out(path) == [
        (5, LeftOut.NO_TIME),
        (6, LeftOut.SKIPPED),
        (7, LeftOut.NO_ARTIST),
        (8, LeftOut.NO_TIME),
        (9, LeftOut.NO_TIME),
    ]


def test_plays_without_a_clock_were_heard_one_after_the_other_until_then(write: Write) -> None:
    file = opened(write(TIMELESS.format(other=0)), clockless_until=START)
    spread = [(entry.number, entry.play) for entry in file.entries() if entry.play]
    begins = [(number, play.track, play.timestamp - START) for number, play in spread]
    assert begins == [(5, "Fern", -900), (8, "No Length", -400), (9, "Fern", -200)]
    assert list(file.entries()) == list(file.entries())


def test_a_play_with_a_time_keeps_it_among_those_without(write: Write) -> None:
    path = write(TIMELESS.format(other=START - 10_000).replace("UNKNOWN", "UTC"))
    file = opened(path, clockless_until=START)
    begins = [entry.play.timestamp - START for entry in file.entries() if entry.play]
    assert begins == [-700, -10_000, -200]


def test_a_time_before_that_all_plays_do_not_fit_into_is_none(write: Write) -> None:
    file = opened(write(TIMELESS.format(other=0)), clockless_until=946_684_800 + 500)
    assert [entry.number for entry in file.entries() if entry.play] == [8, 9]


def test_summer_time_is_that_of_the_day(write: Write) -> None:
    july = START - 180 * 86400
    path = write(f"#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\nA\t\tB\t\t200\tL\t{july}\t\n")
    assert plays(path, "Europe/Berlin")[0].timestamp == july - 7200


def test_a_play_that_begins_as_a_comment_is_told(write: Write) -> None:
    """Such as of the artist #1 Dads; Rockbox marks so what it could not write."""
    play = f"Mira Holt\tTidewater\tFern\t3\t241\tL\t{START}\t\n"
    heading = "#ARTIST\t#ALBUM\t#TITLE\t#TRACKNUM\t#LENGTH\t#RATING\t#TIMESTAMP\t#MBID\n"
    path = write(f"#AUDIOSCROBBLER/1.1\n#TZ/UTC\n{heading}#{play}# FAILED - {play}{play}")
    assert left_out(path) == [(4, LeftOut.COMMENT), (5, LeftOut.COMMENT)]
    assert len(plays(path)) == 1


# -- JSON -----------------------------------------------------------------------------------------

LISTEN = {
    "inserted_at": "Thu, 31 Dec 2020 10:15:00 GMT",
    "listened_at": START,
    "recording_msid": MBIDS[3],
    "track_metadata": {
        "artist_name": "Mira Holt",
        "track_name": "Fern",
        "release_name": "Tidewater",
        "mbid_mapping": {"recording_mbid": MBIDS[2]},
        "additional_info": {
            "duration_ms": 241_004,
            "recording_mbid": MBIDS[0],
            "tracknumber": "3/12",
            "artist_names": ["Mira Holt", "Okto"],
        },
    },
}
MALOJA = {
    "time": START,
    "track": {
        "artists": ["Mira Holt", "Okto"],
        "title": "Fern",
        "album": {"artists": None, "albumtitle": "Tidewater"},
        "length": 241,
    },
    "duration": 180,
    "origin": "client:default",
}


def alias(name: str) -> dict[str, Any]:
    """A thing as Koito names it."""
    other = {"alias": "another", "source": "", "is_primary": False}
    return {"aliases": [other, {"alias": name, "source": "Canonical", "is_primary": True}]}


KOITO = {
    "listened_at": "2020-12-31T10:11:12Z",
    "client": "Navidrome",
    "track": {"mbid": None, "duration": 241, **alias("Fern")},
    "album": {"mbid": None, "various_artists": False, **alias("Tidewater")},
    "artists": [
        {"is_primary": False, **alias("Okto")},
        {"is_primary": True, **alias("Mira Holt")},
    ],
}
SPOTIFY = {
    "ts": "2020-12-31T10:15:13Z",
    "ms_played": 241_000,
    "master_metadata_track_name": "Fern",
    "master_metadata_album_artist_name": "Mira Holt",
    "master_metadata_album_album_name": "Tidewater",
    "spotify_track_uri": "spotify:track:4u",
    "episode_name": None,
    "reason_end": "trackdone",
    "incognito_mode": False,
}
ACCOUNT = {
    "endTime": "2020-12-31 10:15",
    "artistName": "Mira Holt",
    "trackName": "Fern",
    "msPlayed": 228_000,
}
RECENT: dict[str, Any] = {
    "artist": {"mbid": MBIDS[1], "#text": "Mira Holt"},
    "streamable": "0",
    "image": [{"size": "small", "#text": "https://lastfm.example/i/u/34s/c.png"}],
    "mbid": MBIDS[0],
    "album": {"mbid": "", "#text": "Tidewater"},
    "name": "Fern",
    "url": "https://www.last.fm/music/Mira+Holt/_/Fern",
    "date": {"uts": str(START), "#text": "31 Dec 2020, 10:11"},
}
PAGES = [
    {"track": [RECENT, {**RECENT, "@attr": {"nowplaying": "true"}, "date": None}]},
    {"track": {**RECENT, "name": "Moss"}, "@attr": {"page": "2"}},
]
"""As the exporter of ghan writes it: a list of pages of user.getRecentTracks."""

STATS = {"track": "Fern", "artist": "Mira Holt", "album": "Tidewater", "date": START * 1000}
PANO = {
    "timeHuman": "2020-12-31 11:11:12",
    "timeMs": START * 1000 + 7,
    "artist": "Mira Holt",
    "track": "Fern",
    "album": "Tidewater",
    "albumArtist": None,
    "durationMs": 241_000,
    "event": "scrobble",
}


@pytest.mark.parametrize(
    ("content", "artist", "album"),
    [
        (json.dumps(LISTEN) + "\n", "Mira Holt", "Tidewater"),
        (json.dumps([LISTEN]), "Mira Holt", "Tidewater"),
        (json.dumps({"maloja": {"export_time": 1}, "scrobbles": [MALOJA]}, indent=3), *("", "")),
        (json.dumps({"version": "1", "user": "a[", "listens": [KOITO]}, indent=2), *("", "")),
        ("\ufeff" + json.dumps([SPOTIFY]), "Mira Holt", "Tidewater"),
        (json.dumps([ACCOUNT], indent=2), "Mira Holt", "-"),
        (json.dumps(PANO) + "\n", "Mira Holt", "Tidewater"),
        (json.dumps({"status": "ok", "list": [MALOJA]}), *("", "")),
        (json.dumps(PAGES[:1]), "Mira Holt", "Tidewater"),
        (json.dumps({"recenttracks": {"track": [RECENT]}}), "Mira Holt", "Tidewater"),
        (json.dumps({"username": "mira", "scrobbles": [STATS]}), "Mira Holt", "Tidewater"),
    ],
    ids=[
        *("listens", "list of listens", "maloja", "koito", "spotify", "spotify, a year", "pano"),
        *("maloja's API", "ghan", "Last.fm's API", "lastfmstats"),
    ],
)
def test_an_export_of_json_is_known_by_its_content(
    write: Write, content: str, artist: str, album: str
) -> None:
    [play] = plays(write(content))
    expected = (artist or "Mira Holt, Okto", "Fern", (album or "Tidewater").strip("-"), 0)
    assert short(play) == expected


PAGE = {"recenttracks": {"track": [RECENT], "@attr": {"page": "1"}}}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([SPOTIFY]) + "\n" + json.dumps([SPOTIFY, SPOTIFY], indent=1) + "\n",
        (json.dumps(PAGE) + "\n") * 3,
        json.dumps({"listens": [], "list": [MALOJA], "more": "x" * 200_000, "track": [MALOJA] * 2}),
    ],
    ids=["lists put together", "pages in lines", "several lists"],
)
def test_what_follows_on_a_list_is_not_lost(write: Write, content: str) -> None:
    entries = list(opened(write(content)).entries())
    assert [entry.number for entry in entries if entry.play] == [1, 2, 3]


@pytest.mark.parametrize("date", [START * 1000, START, str(START), "2020-12-31T10:11:12Z"])
def test_what_is_like_lastfmstats_may_have_other_times(write: Write, date: object) -> None:
    [play] = plays(write(json.dumps([{**STATS, "date": date}])))
    assert play.timestamp == START


def test_both_histories_of_spotify_are_kinds_of_their_own(write: Write) -> None:
    assert opened(write(json.dumps([SPOTIFY]))).kind == "spotify"
    assert opened(write(json.dumps([ACCOUNT]))).kind == "spotify-account"
    packed_account = packed({"StreamingHistory_music_0.json": json.dumps([ACCOUNT])})
    assert opened(write(packed_account)).kind == "spotify-account"


BLANK_FIRST = [
    LOG.format(zone="UTC"),
    json.dumps(LISTEN) + "\n",
    json.dumps([LISTEN]),
    json.dumps([LISTEN], indent=1),
    f"time,artist,track,album\n{START},Mira Holt,Fern,Tidewater\n",
    'Mira Holt,Tidewater,Fern,"31 Dec 2020, 10:11:12"\n',
    f"{START}\tFern\tMira Holt\tTidewater\t\t\t\n",
]


@pytest.mark.parametrize("blank", ["\n", "\r\n", "  \n\n", "\ufeff\r\n"])
@pytest.mark.parametrize("content", BLANK_FIRST)
def test_a_file_may_begin_with_blank_lines(write: Write, blank: str, content: str) -> None:
    first, *_ = opened(write(blank + content)).entries()
    assert first.play
    assert short(first.play) == ("Mira Holt", "Fern", "Tidewater", 0)
    if not content.startswith("["):
        before = blank.count("\n") + content.partition("Fern")[0].count("\n")
        assert first.number == before + 1


def test_what_listenbrainz_maps_is_not_what_was_sent(write: Write) -> None:
    [play] = plays(write(json.dumps(LISTEN)))
    assert (play.mbid, play.duration, play.track_number) == (MBIDS[0], 241, 3)
    assert play.details.artists == ("Mira Holt", "Okto")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ms_played": 29_000}, LeftOut.NOT_HEARD),
        ({"ms_played": 200_000, "reason_end": "fwdbtn"}, LeftOut.NOT_HEARD),
        ({"ms_played": 240_000, "reason_end": "fwdbtn"}, None),
        ({"ms_played": 31_000}, None),
        ({"incognito_mode": True}, LeftOut.PRIVATE),
        ({"episode_name": "A talk", "master_metadata_track_name": None}, LeftOut.NOT_MUSIC),
        ({"master_metadata_track_name": None}, LeftOut.NO_TRACK),
        ({"ts": "soon"}, LeftOut.NO_TIME),
    ],
)
def test_spotify_is_judged_by_what_was_heard(
    write: Write, changed: dict[str, Any], why: LeftOut | None
) -> None:
    path = write(json.dumps([{**SPOTIFY, **changed}]))
    assert left_out(path) == ([(1, why)] if why else [])


def test_spotify_is_judged_by_the_rules_of_the_user(write: Write) -> None:
    rules = Rules(maximum_seconds=100.0, minimum_track_seconds=250.0, minimum_seconds=300.0)
    skipped = {**SPOTIFY, "ms_played": 100_000, "reason_end": "fwdbtn"}
    path = write(json.dumps([{**SPOTIFY, "ms_played": 251_000}, SPOTIFY, skipped]))
    why = [entry.why for entry in opened(path, rules=rules).entries()]
    assert why == [None, LeftOut.NOT_HEARD, LeftOut.NOT_HEARD]
    looser = Rules(maximum_seconds=100.0, minimum_track_seconds=0.0)
    assert all(entry.play for entry in opened(path, rules=looser).entries())
    year = write(json.dumps([ACCOUNT, {**ACCOUNT, "msPlayed": 300_000}]))
    assert [entry.number for entry in opened(year, rules=rules).entries() if entry.play] == [2]


def test_pages_of_last_fm_have_tracks_and_what_plays_now_is_no_play(write: Write) -> None:
    path = write(json.dumps(PAGES))
    first, second = plays(path)
    assert (first.track, second.track) == ("Fern", "Moss")
    assert (first.mbid, first.details.artist_mbids) == (MBIDS[0], (MBIDS[1],))
    assert left_out(path) == [(2, LeftOut.NOT_HEARD)]


def test_koito_knows_the_ids_of_artists(write: Write) -> None:
    artists = [{"is_primary": False, "mbid": MBIDS[1], **alias("Mira Holt")}]
    [play] = plays(write(json.dumps({"listens": [{**KOITO, "artists": artists}]})))
    assert (play.artist, play.details.artist_mbids) == ("Mira Holt", (MBIDS[1],))


def test_a_love_of_pano_is_no_play(write: Write) -> None:
    path = write(json.dumps(PANO) + "\n" + json.dumps({**PANO, "event": "love"}) + "\n")
    assert (len(plays(path)), len(left_out(path))) == (1, 1)


# -- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        (
            "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
            f'"{START}","31 Dec 2020, 10:11","Mira Holt","","Tidewater","","Fern",""\n',
            0,
        ),
        ('Mira Holt,Tidewater,Fern,"31 Dec 2020, 10:11"\n', -12),
        ("Mira Holt,Tidewater,Fern,31 Dec 2020 10:11\n", -12),
        ("Artist;Album;Track;Date\nMira Holt;Tidewater;Fern;2020-12-31 10:11:12\n", 0),
        (f"time,artist,track,album\n{START},Mira Holt,Fern,Tidewater\n", 0),
        (f"{START}\tFern\tMira Holt\tTidewater\t\t\t\n", 0),
        ("date\tartist\ttrack\talbum\n2020-12-31T11:11:12+01:00\tMira Holt\tFern\tTidewater\n", 0),
        (
            "ISO time\tunixtime\ttrack name\ttrack mbid\tartist name\tartist mbid"
            "\tuncorrected track name\tuncorrected artist name\talbum name\talbum artist name\n"
            f"2020-12-31T10:11:12\t{START}\tFern\t\tMira Holt\t\tfern\tM. Holt\tTidewater\t\n",
            0,
        ),
        (
            '"Artist";"Album";"AlbumId";"Track";"Date#mira"\n'
            f'"Mira Holt";"Tidewater";"";"Fern";"{START}000"\n',
            0,
        ),
    ],
    ids=[
        *("ghan", "lastfm-to-csv", "without a comma", "semicolons", "libre.fm", "lastexport"),
        *("iso", "Last.fm's old archive", "lastfmstats"),
    ],
)
def test_tables_are_known_by_their_columns(write: Write, content: str, seconds: int) -> None:
    assert [short(play) for play in plays(write(content))] == [
        ("Mira Holt", "Fern", "Tidewater", seconds)
    ]


@pytest.mark.parametrize(
    ("time", "kind"),
    [
        ("31 Dec 2020, 10:11", "csv-minutes"),
        ("31 Dec 2020, 10:11:00", "csv"),
        (str(START), "csv"),
        ("none", "csv"),
    ],
)
def test_tables_without_seconds_are_a_kind_of_their_own(write: Write, time: str, kind: str) -> None:
    path = write(f'date,artist,track\n,Mira Holt,Moss\n"{time}",Mira Holt,Fern\n')
    assert opened(path).kind == kind


def test_what_plays_now_may_come_first(write: Write) -> None:
    """lastfm-to-csv writes it without a time, and once a page."""
    row = "Mira Holt,Tidewater,{},{}\n"
    path = write(row.format("Moss", "") + row.format("Fern", "31 Dec 2020 10:11"))
    assert [play.track for play in plays(path)] == ["Fern"]
    assert left_out(path) == [(1, LeftOut.NO_TIME)]


def test_a_program_may_write_a_line_before_the_heading(write: Write) -> None:
    path = write(f"sep=;\nartist;track;time\nMira Holt;Fern;{START}\n")
    assert [play.track for play in plays(path)] == ["Fern"]
    assert left_out(path) == [(1, LeftOut.BROKEN)]


def test_names_in_tables_with_tabs_keep_their_quotation_marks(write: Write) -> None:
    names = ['"Heroes"', '"Weird" Fern', '"Open']
    path = write("".join(f"{START + n}\t{each}\tMira Holt\t\n" for n, each in enumerate(names)))
    assert [play.track for play in plays(path)] == names


def test_a_row_of_our_own_table_that_was_cut_is_left_out(write: Write) -> None:
    heading, row = WRITERS["csv"].header, WRITERS["csv"].line(FULL)
    for cut in range(1, row.count(",") - 2):
        path = write(f"{heading}{row.rsplit(',', cut)[0]}\r\n{row}")
        assert left_out(path) == [(2, LeftOut.BROKEN)]
        assert plays(path) == [FULL]


def test_a_time_may_have_decimals_as_other_programs_make_of_whole_numbers(write: Write) -> None:
    path = write(f"artist,track,uts\nMira Holt,Fern,{START}.0\n")
    assert [play.timestamp for play in plays(path)] == [START]


def test_plays_of_a_minute_are_spread_in_their_order(write: Write) -> None:
    rows = [("C", "10:12"), ("B", "10:11"), ("A", "10:11")]
    newest_first = [f'Mira Holt,,{name},"31 Dec 2020, {at}"\n' for name, at in rows]
    for lines in (newest_first, newest_first[::-1]):
        spread = {play.track: play.timestamp - START + 12 for play in plays(write("".join(lines)))}
        assert spread == {"A": 0, "B": 1, "C": 60}


def test_a_time_without_a_zone_is_one_of_the_zone_that_is_named(write: Write) -> None:
    path = write("Mira Holt,,Fern,31 Dec 2020 11:11:12\n")
    assert plays(path, "Europe/Berlin")[0].timestamp == START


def test_a_row_without_a_time_is_named_by_its_line(write: Write) -> None:
    row = 'Mira Holt,,{},"31 Dec 2020, 10:11"\n'
    path = write(row.format("Fern") + row.format('"Mo\nss"') + "Mira Holt,,Moss,\nshort\n")
    assert left_out(path) == [(4, LeftOut.NO_TIME), (5, LeftOut.BROKEN)]


# -- what we write --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*WRITERS])
def test_what_is_written_is_read_again(write: Write, kind: str) -> None:
    writer = WRITERS[kind]
    written = [FULL, Scrobble("'=Mira", "\u2028Fern", START), Scrobble("A", "ü\"'", START + 1)]
    content = writer.header + "".join(map(writer.line, written))
    [full, *bare] = plays(write(content))
    again = writer.header + "".join(map(writer.line, [full, *bare]))
    assert again == content
    if kind in ("jsonl", "csv"):
        assert full == FULL


# -- archives -------------------------------------------------------------------------------------


def packed(files: Mapping[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_an_archive_of_listenbrainz_has_a_file_a_month(write: Write) -> None:
    later = {**LISTEN, "listened_at": START + 86400}
    names = {"user.json": "{}", "feedback.jsonl": "{}\n"}
    listens = {
        "listens/2021/1.jsonl": json.dumps(later),
        "listens/2020/12.jsonl": f"{json.dumps(LISTEN)}\n{{}}\n",
    }
    path = write(packed(names | listens))
    file = opened(path)
    assert (file.kind, file.unit) == ("listenbrainz", "line")
    entries = list(file.entries())
    assert [(entry.part, entry.why) for entry in entries] == [
        ("listens/2020/12.jsonl", None),
        ("listens/2020/12.jsonl", LeftOut.NO_ARTIST),
        ("listens/2021/1.jsonl", None),
    ]


@pytest.mark.parametrize("name", ["listens.jsonl", "export/listens-2020.jsonl"])
def test_what_was_packed_for_listenbrainz_is_read_again(write: Write, name: str) -> None:
    path = write(packed({name: WRITERS["listenbrainz"].line(FULL), "feedback.jsonl": "{}"}))
    assert [play.track for play in plays(path)] == [FULL.track]


def test_an_archive_of_spotify_has_lists(write: Write) -> None:
    name = "Spotify Extended Streaming History/Streaming_History_Audio_2020_1.json"
    path = write(packed({name: json.dumps([SPOTIFY])}))
    assert (opened(path).kind, opened(path).unit, len(plays(path))) == ("spotify", "entry", 1)


def test_a_file_of_an_archive_may_be_empty(write: Write) -> None:
    names = ["Streaming_History_Audio_0.json", "Streaming_History_Audio_1.json"]
    contents = ["[]", json.dumps([ACCOUNT])]
    path = write(packed(dict(zip(names, contents, strict=True))))
    assert (opened(path).kind, len(plays(path))) == ("spotify-account", 1)
    listens = {"listens/2020/1.jsonl": "", "listens/2020/2.jsonl": json.dumps(LISTEN)}
    path = write(packed(listens))
    assert (opened(path).kind, len(plays(path))) == ("listenbrainz", 1)


def test_videos_of_spotify_may_be_music(write: Write) -> None:
    path = write(packed({"Streaming_History_Video_2018-2024.json": json.dumps([SPOTIFY])}))
    assert len(plays(path)) == 1


LINE = json.dumps(LISTEN) + "\n"

# -- files that were broken off ------------------------------------------------------------------


def test_a_file_of_lines_that_was_broken_off_lacks_its_last_line_only(write: Write) -> None:
    content = "".join(WRITERS["jsonl"].line(replace(FULL, track="Möss 夜")) for _ in range(2))
    raw = content.encode()
    whole = len(raw) // 2
    for size in range(whole + 1, len(raw) - 1):
        entries = [(entry.number, entry.why) for entry in opened(write(raw[:size])).entries()]
        assert entries == [(1, None), (2, LeftOut.CUT_OFF)]
    assert len(plays(write(raw[:-1]))) == 2  # it lacks only its end
    assert left_out(write(raw[: whole + 9] + b"\n" + raw[whole:])) == [(2, LeftOut.BROKEN)]


@pytest.mark.parametrize(
    ("head", "layout"), [("", {}), ('{"listens": ', {"indent": 1, "ensure_ascii": False})]
)
def test_a_list_that_was_broken_off_lacks_its_last_entry_only(
    write: Write, head: str, layout: dict[str, Any]
) -> None:
    odd = {"master_metadata_track_name": 'Möss "\\ 夜🌊', "offset": -1.5e-7, "skipped": None}
    entry = {**SPOTIFY, **odd, "shuffle": True}
    content = head + json.dumps([entry, entry], **layout)
    raw = content.encode()
    first_ends = len((head + json.dumps([entry], **layout)).encode().rstrip(b"]").rstrip())
    for size in range(first_ends, len(raw)):
        known = 1 + (size >= len(raw.rstrip(b"]").rstrip()))
        entries = [(entry.number, entry.why) for entry in opened(write(raw[:size])).entries()]
        assert entries == [(n, None) for n in range(1, known + 1)] + [(known + 1, LeftOut.CUT_OFF)]
    assert (len(plays(write(raw))), left_out(write(raw))) == (2, [])


@pytest.mark.parametrize(
    "content",
    ["#AUDIOSCROBBLER/1.1\n#TZ/UTC\n{}", "artist,track,uts\n{}"],
    ids=["a log", "a table"],
)
def test_a_line_that_ends_within_a_character_costs_only_itself(write: Write, content: str) -> None:
    log_line = f"Mira Holt\tTidewater\tFern\t3\t241\tL\t{START}\t\n"
    row = log_line if "TZ" in content else f"Mira Holt,Fern,{START}\n"
    raw = content.format(row).encode() + "Mira Holt,M\u00f6".encode()[:-1]
    assert [play.track for play in plays(write(raw))] == ["Fern"]
    assert [why for _, why in left_out(write(raw))] == [LeftOut.BROKEN]


def test_a_file_of_an_archive_may_have_been_broken_off(write: Write) -> None:
    files = {"listens/2020/1.jsonl": LINE + LINE[:50], "listens/2020/2.jsonl": LINE}
    path = write(packed(files))
    entries = [(entry.part[-7:], entry.number, entry.why) for entry in opened(path).entries()]
    assert entries == [
        *(("1.jsonl", 1, None), ("1.jsonl", 2, LeftOut.CUT_OFF)),
        ("2.jsonl", 1, None),
    ]


# -- clocks that were wrong -----------------------------------------------------------------------


@pytest.mark.parametrize("shift", [-86400, -3600, 1, 5400])
@pytest.mark.parametrize(
    "content",
    [
        LOG.format(zone="UTC"),
        f"time,artist,track\n{START},Mira Holt,Fern\n",
        "Mira Holt,,B,31 Dec 2020 10:11\nMira Holt,,A,31 Dec 2020 10:11\n",
        json.dumps(LISTEN) + "\n",
        json.dumps([SPOTIFY]),
        packed({"listens/2020/1.jsonl": json.dumps(LISTEN)}),
    ],
    ids=["a log", "a table", "minutes", "lines", "a list", "an archive"],
)
def test_all_times_of_a_file_are_shifted(write: Write, content: str | bytes, shift: int) -> None:
    path = write(content)
    later = [entry.play for entry in opened(path, shift=shift).entries()]
    expected = [
        entry.play and replace(entry.play, timestamp=entry.play.timestamp + shift)
        for entry in opened(path).entries()
    ]
    assert later == expected


def test_an_instant_is_shifted_and_no_clock_on_the_wall(write: Write) -> None:
    """In Berlin the clocks were put forward at 01:00 UTC on 2021-03-28, and back at 01:00 UTC on
    2021-10-31."""
    line = "Mira Holt\t\tFern\t\t200\tL\t{}\t\n"
    for before, after in (
        ("2021-03-28T01:30+01:00", "2021-03-28T03:30+02:00"),
        ("2021-10-31T02:30+02:00", "2021-10-31T02:30+01:00"),
    ):
        stamps = [int(datetime.fromisoformat(each).timestamp()) for each in (before, after)]
        assert stamps[1] - stamps[0] == 3600
        local = int(datetime.fromisoformat(before).replace(tzinfo=UTC).timestamp())
        path = write("#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n" + line.format(local))
        for shift, expected in ((0, stamps[0]), (3600, stamps[1]), (-3600, stamps[0] - 3600)):
            [entry] = opened(path, ZoneInfo("Europe/Berlin"), shift=shift).entries()
            assert entry.play
            assert entry.play.timestamp == expected


def test_only_plays_with_a_time_are_shifted(write: Write) -> None:
    path = write(TIMELESS.format(other=START - 86400).replace("UNKNOWN", "UTC"))
    shifted = [entry for entry in opened(path, shift=60).entries() if entry.play]
    assert [(each.number, each.play and each.play.timestamp) for each in shifted] == [
        (8, START - 86400 + 60)
    ]
    both = opened(path, clockless_until=START, shift=60).entries()
    stamps = {entry.number: entry.play.timestamp - START for entry in both if entry.play}
    assert stamps == {5: -700, 8: 60 - 86400, 9: -200}


def test_what_is_shifted_to_before_2000_has_no_time(write: Write) -> None:
    path = write(json.dumps(LISTEN) + "\n")
    [entry] = opened(path, shift=EARLIEST_STAMP - START - 1).entries()
    assert entry.why is LeftOut.NO_TIME
    [entry] = opened(path, shift=EARLIEST_STAMP - START).entries()
    assert entry.play


# -- hostile files --------------------------------------------------------------------------------

HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "it is empty"),
    "blank": (" \n\n", "it is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is not UTF-8|NUL"),
    "a page": ("<html><body>Sign in</body></html>", "none of the files"),
    "UTF-16": (LINE.encode("utf-16"), "is not UTF-8|NUL"),
    "not UTF-8": (LINE.encode() + b"\xff\n", "line 2 is not UTF-8"),
    "NUL": (LINE + "\0\n", "line 2 has a NUL"),
    "a log that is not UTF-8": (b"#AUDIOSCROBBLER/1.1\n#TZ/UTC\nM\xf6ss\n", "line 3 is not UTF-8"),
    "a line without end": (LINE + "x" * (2**20 + 1), "line 2 is longer than 1 MB"),
    "a list without end": ('[{"a": "' + "x" * (2**20 + 2**17), "cut off|longer than 1 MB"),
    "a first line cut off": (LINE[:50], "no list of plays"),
    "a list cut off at once": (json.dumps([SPOTIFY])[:-40], "entry 1 is cut off"),
    "a list that is broken": (json.dumps([SPOTIFY])[:-1] + ', {"ts": }, 1]', "2 is no JSON"),
    "a list of which an entry is broken": ('[{"ts": x}, {"ts": 1}]', "entry 1 is no JSON"),
    "another list": ('[{"name": "x"}]', "another kind"),
    "another object": ('{"name": "x"}', "no list of plays"),
    "numbers": ("[1, 2]", "another kind"),
    "an empty list": ("[]", "no plays"),
    "deep": ("[" * 100_000, "no play|no JSON|cut off|another kind"),
    "another table": ("name,size\nx,1\n", "scrobblerctl import --help names them"),
    "a list and more": (json.dumps([SPOTIFY]) + " x", "no list after entry 1"),
    "an archive without entries": (packed({"listens/2020/1.jsonl": "\n"}), "no plays"),
    "a byte order mark": ("\ufeff", "it is empty"),
    "a torn archive": (packed({"listens/2020/1.jsonl": LINE})[:-30], "no whole zip"),
    "a table with old ends of lines": ("artist,track,date\rMira Holt,Fern,x\r\n", "none of"),
    "an archive of bzip2": (packed({"listens/2020/1.jsonl": LINE}, zipfile.ZIP_BZIP2), "packed"),
    "another archive": (packed({"a.txt": "x"}), "without plays"),
    "a bomb": (packed({"listens/2020/1.jsonl": " " * 10**7}), "too much"),
}


@pytest.mark.parametrize("name", [*HOSTILE])
def test_what_is_no_file_of_plays_is_refused(write: Write, name: str) -> None:
    content, words = HOSTILE[name]
    with pytest.raises(UnreadableFile, match=words):
        list(opened(write(content)).entries())


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no file"):
        opened(tmp_path)
    with pytest.raises(UnreadableFile, match="can't be read: No such file"):
        opened(tmp_path / "none")


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_an_archive_with_a_broken_byte_is_read_or_refused(write: Write, method: int) -> None:
    whole = packed({"listens/2020/1.jsonl": LINE, "Übersicht.json": "{}"}, method)
    reasons: set[str] = set()
    for place in range(4, len(whole)):
        path = write(whole[:place] + bytes([whole[place] ^ 0xA5]) + whole[place + 1 :])
        try:
            plays(path)
        except UnreadableFile as error:
            reasons.add(str(error))
    assert reasons
    assert not [reason for reason in reasons if "None" in reason]
