"""One source of configuration: read at any time, replaced in one statement."""

from dataclasses import replace
from pathlib import Path

import pytest

from scrobblerd.config.source import Config, ConfigSource
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
