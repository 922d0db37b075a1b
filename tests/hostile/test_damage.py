"""Database files that are damaged, at the start or in use: never an exception of another kind than
ours, never a hang, and what is played afterwards is kept."""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.storage.shape import MIGRATIONS
from tests.hostile.databases import copied, keep_a_play, opened, survive, use
from tests.hostile.fuzzing import fuzz

PAGE = 4096
INTERIOR = 5
"""The first byte of a table's page that leads to others."""


Damage = Callable[[bytes], bytes]


def _flipped(places: list[tuple[int, int]]) -> Damage:
    def flip(content: bytes) -> bytes:
        damaged = bytearray(content)
        for place, bit in places:
            damaged[place % len(damaged)] ^= 1 << bit
        return bytes(damaged)

    return flip


def _page(number: int, seed: int) -> Damage:
    def overwrite(content: bytes) -> bytes:
        first = number % (len(content) // PAGE) * PAGE
        return content[:first] + random.Random(seed).randbytes(PAGE) + content[first + PAGE :]

    return overwrite


def _swapped(one: int, other: int) -> Damage:
    def swap(content: bytes) -> bytes:
        pages = [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
        here, there = one % len(pages), other % len(pages)
        pages[here], pages[there] = pages[there], pages[here]
        return b"".join(pages)

    return swap


def _header(place: int, value: int) -> Damage:
    def write(content: bytes) -> bytes:
        return content[:place] + value.to_bytes(4, "big") + content[place + 4 :]

    return write


def _cut(size: int) -> Damage:
    return lambda content: content[: size % len(content)]


def _longer(size: int) -> Damage:
    return lambda content: content + random.Random(size).randbytes(size % 9000)


def _instead(head: bytes, rubbish: bytes) -> Damage:
    return lambda _: head + rubbish


def _of_our_shape(content: bytes) -> bytes:
    """Without damage to the shape's number: a file of a newer shape is left alone."""
    if len(content) < 64:
        return content
    return content[:60] + len(MIGRATIONS).to_bytes(4, "big") + content[64:]


NUMBER = st.integers(0, 2**31)
DAMAGES: st.SearchStrategy[Damage] = st.one_of(
    st.lists(st.tuples(NUMBER, st.integers(0, 7)), min_size=1, max_size=40).map(_flipped),
    st.builds(_page, NUMBER, NUMBER),
    st.builds(_swapped, NUMBER, NUMBER),
    NUMBER.map(_cut),
    NUMBER.map(_longer),
    st.builds(_header, st.integers(0, 96), st.integers(0, 2**32 - 1)),
    st.builds(_instead, st.sampled_from([b"", b"SQLite format 3\0"]), st.binary(max_size=200)),
)


@fuzz(60)
@given(DAMAGES)
def test_a_damaged_file_is_opened_and_what_is_played_is_kept(
    folder: Path, whole: Path, damage: Damage
) -> None:
    path = copied(whole, folder)
    path.write_bytes(_of_our_shape(damage(whole.read_bytes())))
    asyncio.run(survive(path))
    shutil.rmtree(path.parent)


@fuzz(25)
@given(DAMAGES)
def test_a_file_that_is_damaged_while_it_is_used_keeps_what_is_played(
    folder: Path, whole: Path, damage: Damage
) -> None:
    path = copied(whole, folder)

    async def run() -> None:
        async with opened(path) as database:
            await use(database)
            damaged = _of_our_shape(damage(path.read_bytes()))
            with path.open("r+b") as file:  # in its place, as a bad disk does
                file.write(damaged)
                file.truncate(len(damaged))
            await use(database)
            await keep_a_play(database)

    asyncio.run(run())
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("table", ["plays", "scrobble_queue"])
@pytest.mark.parametrize("bit", range(7))
def test_rows_that_are_out_of_order_hide_none_that_come(
    folder: Path, whole: Path, table: str, bit: int
) -> None:
    """The last byte of a root page is the number that leads to the first rows."""
    content = whole.read_bytes()
    root = _root(whole, table)
    assert content[(root - 1) * PAGE] == INTERIOR
    path = copied(whole, folder)
    path.write_bytes(_flipped([(root * PAGE - 1, bit)])(content))
    asyncio.run(survive(path))


def _root(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        return database.execute(query, (table,)).fetchone()[0]
