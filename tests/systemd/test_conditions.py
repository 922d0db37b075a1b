"""For whom the unit of a package is started: for people, and not for login screens and root."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tests.conftest import Needs
from tests.support.installation import NOBODY, UNIT, require_user_manager
from tests.support.paths import ROOT
from tests.support.user_session import UserSession

FOLDER = "/run/systemd/user"
"""As good as /usr/lib/systemd/user, but of the session's own world."""
GREETER, ROOT_USER, PERSON = 113, 0, 1000
STARTS = "ExecStart=/usr/bin/scrobblerd"


FIRST_GREETER, LAST_GREETER = 60578, 61089
"""Users that display managers make for login screens (systemd, UIDS-GIDS.md)."""


@contextmanager
def started(needs: Needs, uid: int) -> Generator[UserSession]:
    """A session of the user, in which the unit was asked to start."""
    require_user_manager(needs)
    text = (ROOT / "systemd" / UNIT).read_text(encoding="utf-8")
    assert STARTS in text
    runnable = text.replace(STARTS, "ExecStart=sleep 600").replace("Type=notify", "Type=exec")
    with UserSession(uid) as session:
        script = f'mkdir -p {FOLDER} && printf %s "$1" >{FOLDER}/{UNIT}'
        session.run_as_root("sh", "-c", script, "put", runnable)
        session.systemctl("daemon-reload")
        session.systemctl("start", UNIT)
        yield session


@pytest.mark.parametrize(
    ("uid", "starts"),
    [(GREETER, False), (ROOT_USER, False), (PERSON, True), (NOBODY, True)],
    ids=["greeter", "root", "person", "nobody"],
)
def test_the_unit_is_started_for_people_only(needs: Needs, uid: int, starts: bool) -> None:
    with started(needs, uid) as session:
        assert session.show(UNIT, "ConditionResult") == ("yes" if starts else "no")
        assert session.show(UNIT, "ActiveState") == ("active" if starts else "inactive")


@pytest.mark.parametrize("uid", [FIRST_GREETER, FIRST_GREETER + 1, LAST_GREETER])
def test_the_unit_is_not_started_for_greeters_above_the_systems_users(
    needs: Needs, uid: int
) -> None:
    with started(needs, uid) as session:
        assert session.show(UNIT, "ActiveState") == "inactive"


@pytest.mark.parametrize("uid", [FIRST_GREETER - 1, LAST_GREETER + 1])
def test_the_users_beside_them_are_people(needs: Needs, uid: int) -> None:
    with started(needs, uid) as session:
        assert session.show(UNIT, "ActiveState") == "active"


def test_the_greeter_of_gdm_is_named_whatever_its_number() -> None:
    text = (ROOT / "systemd" / UNIT).read_text(encoding="utf-8")
    assert "\nConditionUser=!gdm-greeter\n" in text
