"""Where the files are; one source of configuration: read at any time, replaced in one statement."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.config.source import (
    Config,
    ConfigSource,
    Paths,
    api_key_path,
    config_path,
    state_folder,
)
from scrobblerd.core.errors import FixTheFile
from tests.support.config_samples import config

OLD = config(Path("/nonexistent"))
NEW = replace(OLD, log_level="debug")


def refuse_debug(given: Config) -> None:
    """A check that takes everything but one level."""
    if given.log_level == "debug":
        raise FixTheFile("not this one")


def test_current_is_what_was_put_in_last():
    source = ConfigSource(OLD)
    assert source.current is OLD
    source.replace(NEW)
    assert source.current is NEW


def test_subscribers_are_told_in_order_when_it_is_in_force():
    source, told = ConfigSource(OLD), list[tuple[str, Config, Config]]()
    for name in ("first", "second"):
        source.subscribe(lambda new, name=name: told.append((name, new, source.current)))
    assert told == []
    source.replace(NEW)
    assert told == [("first", NEW, NEW), ("second", NEW, NEW)]


def test_a_refused_configuration_changes_nothing():
    source, told = ConfigSource(OLD), list[Config]()
    source.subscribe(told.append)
    source.require(refuse_debug)
    with pytest.raises(FixTheFile, match="not this one"):
        source.replace(NEW)
    assert (source.current, told) == (OLD, [])


def test_a_check_refuses_what_is_already_in_force():
    with pytest.raises(FixTheFile):
        ConfigSource(NEW).require(refuse_debug)


# -- where the files are ---------------------------------------------------------------------------


Find = Callable[[Mapping[str, str]], Path]

FOLDERS = [
    (config_path, "XDG_CONFIG_HOME", ".config", "scrobblerd/config.toml"),
    (state_folder, "XDG_STATE_HOME", ".local/state", "scrobblerd"),
]
each = pytest.mark.parametrize(("find", "variable", "fallback", "rest"), FOLDERS)


@each
def test_it_is_where_xdg_says(find: Find, variable: str, fallback: str, rest: str):
    assert find({variable: "/etc/xdg"}) == Path("/etc/xdg") / rest


@each
@pytest.mark.parametrize("given", [None, "", "relative/folder"])
def test_it_is_in_the_home_folder_if_xdg_names_no_absolute_one(
    find: Find,
    variable: str,
    fallback: str,
    rest: str,
    given: str | None,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HOME", "/home/otter")
    environment = {} if given is None else {variable: given}
    assert find(environment) == Path("/home/otter") / fallback / rest


@each
def test_without_a_home_it_says_what_to_set(
    find: Find, variable: str, fallback: str, rest: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)  # nobody has this number
    with pytest.raises(FixTheFile, match=f"set HOME or {variable}"):
        find({})


def test_each_file_has_its_name():
    paths = Paths(Path("/c/config.toml"), Path("/s"))
    assert paths.database == Path("/s/scrobblerd.db")
    assert paths.session == Path("/s/session.toml")
    assert paths.settings == Path("/s/settings.toml")
    assert api_key_path(paths.config) == Path("/c/lastfm.toml")
