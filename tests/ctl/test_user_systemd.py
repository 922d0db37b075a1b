"""Whether there is a systemd for users, and what it tells."""

import pytest

from scrobblerd.ctl.service.user_systemd import (
    PROPERTIES,
    Presence,
    last_words,
    presence,
    properties,
)
from tests.conftest import Needs


def test_without_its_command_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert presence() is Presence.ABSENT
    assert last_words() == "see the log of your session"


def test_where_none_answers_nothing_is_known(monkeypatch: pytest.MonkeyPatch, needs: Needs) -> None:
    needs("systemctl")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    assert presence() is Presence.SILENT
    assert properties() == dict.fromkeys(PROPERTIES, "")
