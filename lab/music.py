"""Tagged sound files made on the spot: WAV with the tags of its LIST/INFO chunk, all silence."""

import struct
import wave
from pathlib import Path

RATE = 8000  # samples a second; one byte each


def make(path: Path, seconds: float, title: str, artist: str, album: str = "") -> Path:
    """Writes a silent, tagged file of `seconds` to `path`. Returns `path`."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(b"\x80" * int(seconds * RATE))
    tags = {"INAM": title, "IART": artist, "IPRD": album}
    body = b"INFO" + b"".join(_chunk(name, text.encode()) for name, text in tags.items() if text)
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(_chunk("LIST", body))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))
    return path


def _chunk(name: str, content: bytes) -> bytes:
    padded = content + b"\x00" * (len(content) % 2)
    return name.encode() + struct.pack("<I", len(content)) + padded
