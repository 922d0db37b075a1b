"""The scanning process, on real files."""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from tests.support.music_files import MAKE, TAGS, make, mutagen, plain, tag
from tests.support.scan_bench import scan

UNTAGGED = "aac"  # raw ADTS has no place for tags that mutagen knows


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder without music."""
    folder = tmp_path / "music"
    folder.mkdir()
    return folder


# -- formats --------------------------------------------------------------------------------------


async def test_every_format_gives_its_tags(database: Database, music: Path) -> None:
    for ending in MAKE.keys() - {UNTAGGED}:
        make(music / f"x.{ending}")
    said = await scan(database, music)
    assert said.unreadable == []
    assert len(said.files) == said.total == len(MAKE) - 1
    for file in said.files.values():
        assert {key: file[key] for key in TAGS} == TAGS, file
        assert 0.9 < file["duration"] < 1.1


async def test_untagged_files_are_no_errors(database: Database, music: Path) -> None:
    for ending, bare in MAKE.items():
        (music / f"x.{ending}").write_bytes(bare())
    said = await scan(database, music)
    assert said.unreadable == []
    assert {(file["artist"], file["title"]) for file in said.files.values()} == {("", "")}


async def test_the_recording_id_is_found_in_every_kind_of_tag(
    database: Database, music: Path
) -> None:
    mbid = "11111111-2222-4333-8444-555555555555"
    mp3 = mutagen("easyid3").EasyID3(plain(music / "x.mp3"))
    mp3["musicbrainz_trackid"] = mbid
    mp3.save()
    ape = mutagen("apev2").APEv2(make(music / "x.ape"))
    ape["MUSICBRAINZ_TRACKID"] = mbid
    ape.save()
    wav = mutagen("wave").WAVE(make(music / "x.wav"))
    wav.tags.add(mutagen("id3").UFID(owner="http://musicbrainz.org", data=mbid.encode()))
    wav.save()
    found = (await scan(database, music)).files
    assert {file: tags["mbid"] for file, tags in found.items()} == dict.fromkeys(found, mbid)


@pytest.mark.parametrize("ending", ["mp3", "flac", "opus", "wav", "ape", "wma"])
async def test_of_several_artists_the_first_is_taken(
    database: Database, music: Path, ending: str
) -> None:
    file = mutagen().File(make(music / f"x.{ending}"), easy=True)
    names = {"wav": "TPE1", "ape": "Artist", "wma": "Author"}
    both = ["Mira Holt", "Björn Ål"]
    if ending == "wav":
        file.tags["TPE1"].text = both
    else:
        file.tags[names.get(ending, "artist")] = both
    file.save()
    [found] = (await scan(database, music)).files.values()
    assert found["artist"] == "Mira Holt"


# -- what a folder may hold -----------------------------------------------------------------------


async def test_endings_count_in_any_case_and_others_not_at_all(
    database: Database, music: Path
) -> None:
    for file in ("a.MP3", "b.Mp3", "c.mp3", ".mp3", "mp3", "d.mp3.part", "e.jpg", "f", "g."):
        plain(music / file)
    assert set((await scan(database, music)).files) == {b"a.MP3", b"b.Mp3", b"c.mp3", b".mp3"}


async def test_what_a_file_is_counts_and_not_what_it_is_called(
    database: Database, music: Path
) -> None:
    make(music / "really-flac.mp3", ending="flac")
    make(music / "really-mp3.ogg", ending="mp3")
    found = (await scan(database, music)).files
    assert {file["artist"] for file in found.values()} == {TAGS["artist"]}


async def test_names_need_not_be_utf_8(database: Database, music: Path) -> None:
    odd = os.fsencode(music) + b"/caf\xe9 \xff#%20?"
    os.mkdir(odd)  # noqa: PTH102 # pathlib knows no names in bytes
    plain(Path(os.fsdecode(odd + b"/\xf8re.mp3")))
    plain(Path(os.fsdecode(odd + b"/line\nbreak.mp3")))
    Path(os.fsdecode(odd + b"/\xe9 broken.mp3")).write_bytes(b"nothing")
    said = await scan(database, music)
    assert set(said.files) == {b"\xf8re.mp3", b"line\nbreak.mp3", b"\xe9 broken.mp3"}
    assert said.unreadable == [b"\xe9 broken.mp3"]
    url = said.files[b"\xf8re.mp3"]["url"]
    assert url.isascii()
    assert unquote_to_bytes(url.removeprefix("file://")) == odd + b"/\xf8re.mp3"
    assert (await scan(database, music)).kept == 3


async def test_a_folder_whose_name_is_not_utf_8_may_be_given(
    database: Database, tmp_path: Path
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xfasica"))
    folder.mkdir()
    plain(folder / "x.mp3")
    assert (await scan(database, folder)).total == 1


async def test_a_folder_inside_itself_ends(database: Database, music: Path) -> None:
    plain(music / "x.mp3")
    (music / "deep").mkdir()
    for link in ("self", "deep/up", "deep/deeper"):
        (music / link).symlink_to(music, target_is_directory=True)
    (music / "round").symlink_to(music / "about")
    (music / "about").symlink_to(music / "round")
    said = await scan(database, music, music, music / "deep")
    assert (said.total, list(said.files)) == (1, [b"x.mp3"])


async def test_two_links_to_one_folder_count_once_and_always_the_same(
    database: Database, music: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    plain(tmp_path / "elsewhere" / "x.mp3")
    for link in ("a", "b"):
        (music / link).symlink_to(tmp_path / "elsewhere")
    assert (await scan(database, music)).total == 1
    again = await scan(database, music)
    assert (again.kept, again.files, again.gone) == (1, {}, [])


async def test_what_is_no_file_is_not_opened(database: Database, music: Path) -> None:
    os.mkfifo(music / "pipe.mp3")
    (music / "folder.mp3").mkdir()
    plain(music / "folder.mp3" / "x.mp3")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(music / "socket.mp3"))
        said = await scan(database, music)
    assert (said.total, list(said.files)) == (1, [b"x.mp3"])
    (music / "zero.mp3").symlink_to("/dev/zero")
    assert (await scan(database, music)).total == 1


async def test_links_to_nowhere_and_folders_that_are_none_are_told(
    database: Database, music: Path
) -> None:
    (music / "broken.mp3").symlink_to("/nonexistent/x.mp3")
    plain(music / "x.mp3")
    said = await scan(database, music, music / "missing", music / "x.mp3")
    assert sorted(said.errors) == ["broken.mp3", "missing", "x.mp3"]
    assert said.total == 1


async def test_broken_files_cost_nothing_but_themselves(database: Database, music: Path) -> None:
    for ending in MAKE:
        whole = make(music / f"x.{ending}") if ending != UNTAGGED else music / "x.aac"
        if ending != UNTAGGED:
            whole.write_bytes(whole.read_bytes()[:20])
    (music / "empty.mp3").touch()
    (music / "words.flac").write_text("no music at all\x00\n" * 99)
    plain(music / "good.mp3")
    said = await scan(database, music)
    assert {b"empty.mp3", b"words.flac", b"x.flac", b"x.ogg"} <= set(said.unreadable)
    assert said.files[b"good.mp3"]["title"] == "Fern"
    assert all(len(file.get("error", "")) <= 200 for file in said.files.values())


async def test_tags_of_ten_megabytes_are_cut(database: Database, music: Path) -> None:
    make(music / "x.mp3", {"title": "A" * 10_000_000, "artist": "Mira\x00\n\tHolt"})
    make(music / "x.flac", {"title": "夜" * 3_000_000, "artist": "Mira Holt"})
    found = (await scan(database, music)).files
    assert {len(file["title"]) for file in found.values()} == {1000}
    assert found[b"x.flac"]["artist"] == "Mira Holt"


# -- the second time ------------------------------------------------------------------------------


async def test_only_what_has_changed_is_read_again(database: Database, music: Path) -> None:
    for file in ("same.mp3", "tagged.mp3", "touched.mp3"):
        plain(music / file)
    (music / "broken.mp3").touch()
    await scan(database, music)
    tag(music / "tagged.mp3", {"title": "Moss"})
    os.utime(music / "touched.mp3", ns=(1, 1))
    plain(music / "new.mp3")
    said = await scan(database, music)
    assert set(said.files) == {b"tagged.mp3", b"touched.mp3", b"new.mp3"}
    assert (said.total, said.kept, said.gone) == (5, 2, [])


async def test_a_new_size_is_a_change_even_at_the_same_time(
    database: Database, music: Path
) -> None:
    file = plain(music / "x.mp3")
    await scan(database, music)
    before = file.stat()
    file.write_bytes(file.read_bytes() + b"\x00")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len((await scan(database, music)).files) == 1


async def test_what_was_removed_or_renamed_is_gone(database: Database, music: Path) -> None:
    for file in ("stays.mp3", "removed.mp3", "renamed.mp3"):
        plain(music / file)
    await scan(database, music)
    (music / "removed.mp3").unlink()
    (music / "renamed.mp3").rename(music / "other.mp3")
    said = await scan(database, music)
    assert sorted(said.gone) == ["removed.mp3", "renamed.mp3"]
    assert list(said.files) == [b"other.mp3"]


async def test_a_file_that_became_something_else_is_gone(database: Database, music: Path) -> None:
    plain(music / "x.mp3")
    await scan(database, music)
    (music / "x.mp3").unlink()
    os.mkfifo(music / "x.mp3")
    assert (await scan(database, music)).gone == ["x.mp3"]


async def test_files_below_a_folder_that_is_away_are_not_gone(
    database: Database, music: Path, tmp_path: Path
) -> None:
    for folder in ("drive", "drive/deep", "drives"):
        (music / folder).mkdir()
        plain(music / folder / "x.mp3")
    plain(music / "drives" / "stays.mp3")
    await scan(database, music / "drive", music / "drives")
    (music / "drive").rename(tmp_path / "unplugged")
    (music / "drives" / "x.mp3").unlink()
    said = await scan(database, music / "drive", music / "drives")
    assert (said.errors, said.gone) == (["drive"], ["x.mp3"])
    (tmp_path / "unplugged").rename(music / "drive")
    assert (await scan(database, music / "drive", music / "drives")).kept == 3


async def test_files_below_a_link_that_leads_nowhere_for_now_are_not_gone(
    database: Database, music: Path, tmp_path: Path
) -> None:
    (tmp_path / "drive").mkdir()
    plain(tmp_path / "drive" / "x.mp3")
    (music / "drive").symlink_to(tmp_path / "drive")
    assert (await scan(database, music)).total == 1
    (tmp_path / "drive").rename(tmp_path / "unplugged")
    assert (await scan(database, music)).gone == []


# -- what is no music of the user's ---------------------------------------------------------------


@pytest.mark.parametrize(
    "folder",
    [
        *(".Trash-1000", ".hidden", "deep/.cache", "@eaDir", "#recycle", "$RECYCLE.BIN"),
        *("System Volume Information", "lost+found", "__MACOSX", "@Recycle", ".stversions/x"),
    ],
)
async def test_hidden_and_system_folders_are_left_out(
    database: Database, music: Path, folder: str
) -> None:
    for each in (".", "good", folder):
        (music / each).mkdir(parents=True, exist_ok=True)
    plain(music / "good" / "x.mp3")
    plain(music / folder / "junk.mp3")
    assert set((await scan(database, music)).files) == {b"x.mp3"}


async def test_what_macos_keeps_beside_a_file_is_left_out(database: Database, music: Path) -> None:
    plain(music / "x.mp3")
    (music / "._x.mp3").write_bytes(b"\0\5\x16\7")
    said = await scan(database, music)
    assert (set(said.files), said.errors) == ({b"x.mp3"}, [])


async def test_a_hidden_folder_that_is_named_is_scanned(database: Database, music: Path) -> None:
    (music / ".music").mkdir()
    plain(music / ".music" / "x.mp3")
    assert (await scan(database, music / ".music")).total == 1


async def test_what_an_older_scan_took_from_a_hidden_folder_is_gone(
    database: Database, music: Path
) -> None:
    (music / "trash").mkdir()
    plain(music / "trash" / "x.mp3")
    plain(music / "stays.mp3")
    await scan(database, music)
    (music / "trash").rename(music / ".Trash-1000")
    said = await scan(database, music)
    assert (said.total, said.gone) == (1, ["x.mp3"])


# -- a folder that shows nothing ------------------------------------------------------------------


@pytest.mark.parametrize("left", [None, ".directory"])
@pytest.mark.parametrize("folder", [".", "drive", "deep/drive"])
async def test_files_of_a_folder_that_is_empty_now_are_asked_about(
    database: Database, music: Path, folder: str, left: str | None
) -> None:
    (music / folder / "album").mkdir(parents=True)
    for name in ("x.mp3", "y.mp3", "album/z.mp3"):
        plain(music / folder / name)
    await scan(database, music)
    away = music.parent / "unmounted"
    (music / folder).rename(away)
    (music / folder).mkdir(parents=True)
    if left:
        (music / folder / left).touch()
    said = await scan(database, music)
    assert (said.gone, said.errors) == ([], [(music / folder).name])
    assert "held 3 music file(s)" in said.words[0]
    assert "scrobblerctl library forget" in said.words[0]
    shutil.rmtree(music / folder)
    away.rename(music / folder)
    assert (await scan(database, music)).kept == 3


async def test_a_folder_that_was_always_empty_is_no_error(database: Database, music: Path) -> None:
    (music / "new").mkdir()
    plain(music / "x.mp3")
    for _ in range(2):
        assert (await scan(database, music)).errors == []


async def test_a_folder_is_forgotten_if_the_user_says_so(database: Database, music: Path) -> None:
    for folder in ("drive", "drives", "drive/deep"):
        (music / folder).mkdir()
        plain(music / folder / "x.mp3")
    await scan(database, music)
    library = LibraryStore(database)
    assert await library.forget((music / "drive").as_uri()) == 2
    assert await library.forget((music / "drive").as_uri() + "/") == 0
    assert (await scan(database, music)).kept == 1
