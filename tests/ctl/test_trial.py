"""What a trial remembers: the same plays that an import would find in the history."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.core.model import Scrobble
from scrobblerd.ctl.transfer.trial import Trial
from scrobblerd.storage.database import Database
from scrobblerd.storage.transfer.imported_plays import take_in

START = 1_609_409_472

plays = st.tuples(
    st.sampled_from(["Fern", "fern", "Moss"]),
    st.integers(-700, 700),
    st.sampled_from([None, 40, 200, 2000]),
    st.sampled_from(["spotify", "csv-minutes", "koito"]),
)


async def imported(path: Path, wanted: list[tuple[Scrobble, str]]) -> list[bool]:
    """Which of them are in the history when it is their turn."""
    database = await Database.open(path)
    known: list[bool] = []
    for play, kind in wanted:
        taken = await take_in(
            database, [(0, play, kind)], takers=[], now=START + 1000.0, is_trial=False
        )
        known.append(taken.known == 1)
    await database.close()
    return known


@settings(max_examples=40, deadline=None)
@given(st.lists(plays, max_size=12))
def test_a_trial_knows_what_an_import_would(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[str, int, int | None, str]]
) -> None:
    files = [
        (Scrobble("Mira Holt", title, START + second, duration=length), kind)
        for title, second, length, kind in wanted
    ]
    trial = Trial()
    path = tmp_path_factory.mktemp("history") / "scrobblerd.db"
    assert [trial.is_known(*each) for each in files] == asyncio.run(imported(path, files))
