"""Music files made on the spot: the least that mutagen takes for each format, tagged by mutagen.

They hold no sound worth hearing; all say that they last about a second.
"""

import importlib
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Tags = Mapping[str, str]
"""title, artist, album, album_artist."""

TAGS: Tags = {
    "title": "夜の港",
    "artist": "Þrúður Sól",
    "album": "Tidewater",
    "album_artist": "Various Keepers",
}

RATE = 8000


def mutagen(name: str = "") -> Any:
    """mutagen, or a module of it; its types are too vague to check by."""
    return importlib.import_module(f"mutagen.{name}" if name else "mutagen")


# -- containers -----------------------------------------------------------------------------------


def _wav() -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form
    body += b"data" + struct.pack("<I", RATE) + b"\x80" * RATE
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _aiff() -> bytes:
    rate = struct.pack(">HQ", 16383 + 12, RATE << 51)  # 8000 as an 80-bit float
    common = struct.pack(">hIh", 1, RATE, 8) + rate
    body = b"AIFFCOMM" + struct.pack(">I", len(common)) + common
    body += b"SSND" + struct.pack(">III", RATE + 8, 0, 0) + b"\x00" * RATE
    return b"FORM" + struct.pack(">I", len(body)) + body


def _mp3() -> bytes:
    frame = b"\xff\xfb\x90\x64" + b"\x00" * 413  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
    return frame * 38


def _aac() -> bytes:
    size = 64
    header = 0xFFF14C40 << 24 | size << 13 | 0x1FFC  # ADTS, 48 kHz, mono
    return (header.to_bytes(7, "big") + b"\x00" * (size - 7)) * 47


def _flac() -> bytes:
    packed = RATE << 44 | 0 << 41 | 7 << 36 | RATE
    info = struct.pack(">HH", 4096, 4096) + b"\x00" * 6 + struct.pack(">Q", packed) + b"\x00" * 16
    return b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info


def _ogg(packets: list[bytes], end: int) -> bytes:
    """Each packet on a page of its own, and a last page that tells the length."""
    page, written = mutagen("ogg").OggPage, b""
    for number, packet in enumerate([*packets, b"\x00"]):
        one = page()
        one.serial, one.sequence, one.packets = 7, number, [packet]
        one.first, one.last = number == 0, number == len(packets)
        one.position = end if one.last else 0
        written += one.write()
    return written


COMMENT = struct.pack("<I", 4) + b"none" + struct.pack("<I", 0)


def _vorbis() -> bytes:
    first = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 1, RATE, 0, 64000, 0, 0xB8, 1)
    return _ogg([first, b"\x03vorbis" + COMMENT + b"\x01", b"\x05vorbis"], RATE)


def _opus() -> bytes:
    first = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    return _ogg([first, b"OpusTags" + COMMENT], 48000)


def _speex() -> bytes:
    first = b"Speex   " + b"1.2".ljust(20, b"\x00")
    first += struct.pack("<13I", 1, 80, RATE, 0, 4, 1, 64000, 160, 0, 1, 0, 0, 0)
    return _ogg([first, COMMENT], RATE)


def _ogg_flac() -> bytes:
    return _ogg([b"\x7fFLAC\x01\x00\x00\x01" + _flac(), b"\x84" + b"\x00\x00\x0c" + COMMENT], RATE)


def _box(name: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + name + body


def _m4a() -> bytes:
    length = struct.pack(">IIIII", 0, 0, 0, RATE, RATE)
    handler = _box(b"hdlr", struct.pack(">II4s", 0, 0, b"soun"), b"\x00" * 13)
    media = _box(b"mdia", _box(b"mdhd", length, b"\x00" * 4), handler)
    movie = _box(b"moov", _box(b"mvhd", length, b"\x00" * 80), _box(b"trak", media))
    return _box(b"ftyp", b"M4A \x00\x00\x02\x00M4A mp42isom") + movie + _box(b"mdat", b"\x00" * 64)


def _ape() -> bytes:
    header = b"MAC " + struct.pack("<H", 3990) + b"\x00" * 50
    return header + struct.pack("<IIIHHI", RATE, RATE, 1, 16, 1, RATE) + b"\x00" * 64


def _wavpack() -> bytes:
    flags = 9 << 23 | 4  # 44.1 kHz, mono
    return b"wvpk" + struct.pack("<IHBBIIIII", 24, 0x410, 0, 0, 44100, 0, 44100, flags, 0)


def _trueaudio() -> bytes:
    return b"TTA1" + struct.pack("<HHHIII", 1, 1, 8, RATE, RATE, 0) + b"\x00" * 64


def _musepack() -> bytes:
    return b"MP+\x07" + struct.pack("<I", 38) + b"\x00" * 64


def _dsf() -> bytes:
    rate, samples = 2822400, 2822400
    form = struct.pack("<QIIIIIIQII", 52, 1, 0, 1, 1, rate, 1, samples, 4096, 0)
    sound = b"data" + struct.pack("<Q", 12 + 64) + b"\x00" * 64
    body = b"fmt " + form + sound
    return b"DSD " + struct.pack("<QQQ", 28, 28 + len(body), 0) + body


def _asf() -> bytes:
    guid = bytes.fromhex("A1DCAB8C47A9CF118EE400C00C205365")  # file properties
    body = b"\x00" * 16 + struct.pack("<QQQQQQIIII", 0, 0, 0, 10_000_000, 0, 0, 0, 0, 0, 0)
    properties = guid + struct.pack("<Q", len(body) + 24) + body
    head = bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C")
    return head + struct.pack("<QIBB", len(properties) + 30, 1, 1, 2) + properties


MAKE: Mapping[str, Callable[[], bytes]] = {
    "wav": _wav,
    "aif": _aiff,
    "aiff": _aiff,
    "mp3": _mp3,
    "flac": _flac,
    "ogg": _vorbis,
    "opus": _opus,
    "spx": _speex,
    "oga": _ogg_flac,
    "m4a": _m4a,
    "m4b": _m4a,
    "ape": _ape,
    "wv": _wavpack,
    "tta": _trueaudio,
    "mpc": _musepack,
    "dsf": _dsf,
    "wma": _asf,
    "aac": _aac,
}
"""An untagged file of each ending."""


# -- tags -----------------------------------------------------------------------------------------

ID3 = {"title": "TIT2", "artist": "TPE1", "album": "TALB", "album_artist": "TPE2"}
ASF = {
    "title": "Title",
    "artist": "Author",
    "album": "WM/AlbumTitle",
    "album_artist": "WM/AlbumArtist",
}
APE = {"title": "Title", "artist": "Artist", "album": "Album", "album_artist": "Album Artist"}
EASY = {"title": "title", "artist": "artist", "album": "album", "album_artist": "albumartist"}
NAMES = {
    **dict.fromkeys(("wav", "aif", "aiff", "dsf"), ID3),
    **dict.fromkeys(("ape", "wv", "mpc"), APE),
    "wma": ASF,
}
"""What tags are called, where not as in EASY."""


def make(path: Path, tags: Tags = TAGS, ending: str = "") -> Path:
    """A tagged file of the format that goes with `ending`, by default the path's own; `path`."""
    ending = ending or path.suffix.lower().removeprefix(".")
    made = path.with_name(f"just made.{ending}")  # before 1.47 mutagen goes by the name as well
    made.write_bytes(MAKE[ending]())
    return tag(made, tags, ending).rename(path)


def tag(path: Path, tags: Tags, ending: str = "") -> Path:
    """Put these tags into a file; `path`."""
    ending = ending or path.suffix.lower().removeprefix(".")
    names = NAMES.get(ending, EASY)
    file: Any = mutagen().File(path, easy=names is EASY)
    if not hasattr(file.tags, "keys"):
        file.add_tags()
    for name, value in tags.items():
        if names is ID3:
            frame = getattr(mutagen("id3"), ID3[name])
            file.tags.add(frame(encoding=3, text=[value]))
        else:
            file.tags[names[name]] = value
    file.save()
    return path


def plain(path: Path, title: str = "Fern", artist: str = "Mira Holt") -> Path:
    """A small MP3 of this title and artist; `path`."""
    return make(path, {"title": title, "artist": artist}, "mp3")
