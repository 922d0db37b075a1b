"""A module of the daemon in a process of its own, and libraries that not everybody needs."""

from pathlib import Path

import pytest

from scrobblerd.runtime.child_process import is_installed, started


async def test_a_module_runs_and_ends() -> None:
    process = await started("runtime.clock")
    assert await process.communicate() == (b"", b"")
    assert process.returncode == 0


async def test_what_lies_in_the_current_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "time.py").write_text("raise SystemExit('imported')")
    (tmp_path / "asyncio.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    process = await started("runtime.supervision")
    assert await process.communicate() == (b"", b"")


async def test_a_line_longer_than_the_limit_is_an_error() -> None:
    process = await started("no.such.module", max_line_bytes=16)
    assert process.stderr
    with pytest.raises(ValueError, match="limit"):
        await process.stderr.readline()
    await process.wait()


# -- libraries that not everybody needs ------------------------------------------------------------


def test_what_is_there_is_told_from_what_is_not() -> None:
    assert is_installed("mutagen")
    assert not is_installed("not_there")
