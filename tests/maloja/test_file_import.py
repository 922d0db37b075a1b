"""The real importer of Maloja reads the file that the service `file` writes."""

from pathlib import Path

import pytest

from scrobblerd.core.model import NOBODY, ApiAccess, Scrobble
from scrobblerd.core.submission import QueueRow
from scrobblerd.history_files.writing import WRITERS
from scrobblerd.services.file.file_service import FileService
from tests.support.lastfm_service import SONG
from tests.support.maloja import VERSIONS, Start

NAMES = [
    (SONG.artist, SONG.track),
    ("Mira Holt", "Fern\t\n1"),
    ("Mira Holt", '"Moss'),
    ("Mira Holt", '12" Mix'),
    ("#1 Dads", "Low Tide"),
]


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_play_of_the_file_is_there_once(
    maloja: Start, tmp_path: Path, version: str
) -> None:
    path = tmp_path / ".scrobbler.log"
    access = ApiAccess(api_url=str(path), format="scrobbler-log")
    plays = [
        Scrobble(artist, title, 1_700_000_000 + number * 300, "Tidewater", duration=241)
        for number, (artist, title) in enumerate(NAMES)
    ]
    plays.append(Scrobble("Mira Holt", "Without a length", 1_700_009_000))
    rows = [QueueRow(number, "", play) for number, play in enumerate(plays)]
    assert (await FileService(lambda: access).submit(NOBODY, rows)).ok
    server = maloja(version)
    server.kill()
    said = server.take_in(path)
    assert f"Successfully imported {len(plays)} scrobbles" in said
    server.start()
    stored = [(play["time"], play["track"]["title"]) for play in server.scrobbles()]
    assert stored == [
        (1_700_000_000, SONG.track),
        (1_700_000_300, "Fern 1"),
        (1_700_000_600, "“Moss"),
        (1_700_000_900, '12" Mix'),
        (1_700_001_200, "Low Tide"),
        (1_700_009_000, "Without a length"),
    ]


@pytest.mark.parametrize("name", [".scrobbler.log", "recenttracks-all.csv"])
async def test_what_is_exported_is_there_too(maloja: Start, tmp_path: Path, name: str) -> None:
    writer = WRITERS["scrobbler-log" if name.endswith("log") else "csv"]
    plays = [
        Scrobble("Mira Holt", f"Fern {number}", 1_700_000_000 + number * 300, "Tidewater")
        for number in range(3)
    ]
    path = tmp_path / name
    path.write_text(writer.header + "".join(map(writer.line, plays)), encoding="utf-8", newline="")
    server = maloja(VERSIONS[-1])
    server.kill()
    assert "Successfully imported 3 scrobbles" in server.take_in(path)
    server.start()
    stored = [(play["time"], play["track"]["title"]) for play in server.scrobbles()]
    assert stored == [(play.timestamp, play.track) for play in plays]
