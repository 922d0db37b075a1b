"""Libraries that not everybody needs: what to do where one is missing."""

import sys

import pytest

from scrobblerd.runtime.optional import how_to_install, is_installed


def test_what_is_there_is_told_from_what_is_not() -> None:
    assert is_installed("mutagen")
    assert not is_installed("not_there")


def test_in_an_environment_its_own_pip_is_named_ready_to_be_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", "/home/ann smith/venv")
    monkeypatch.setattr(sys, "executable", "/home/ann smith/venv/bin/python")
    words = "run '/home/ann smith/venv/bin/python' -m pip install mutagen"
    assert how_to_install("mutagen") == words


def test_the_systems_python_takes_packages_of_the_distribution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert how_to_install("mutagen") == "install your distribution's python3-mutagen"
