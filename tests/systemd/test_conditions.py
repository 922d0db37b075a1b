"""For whom the unit of a package is started: for people, and not for login screens and root."""

import pytest

from tests.conftest import Needs
from tests.support.installation import NOBODY, UNIT, require_user_manager
from tests.support.paths import ROOT
from tests.support.user_session import UserSession

FOLDER = "/run/systemd/user"
"""As good as /usr/lib/systemd/user, but of the session's own world."""
GREETER, ROOT_USER, PERSON = 113, 0, 1000
STARTS = "ExecStart=/usr/bin/scrobblerd"


@pytest.mark.parametrize(
    ("uid", "starts"),
    [(GREETER, False), (ROOT_USER, False), (PERSON, True), (NOBODY, True)],
    ids=["greeter", "root", "person", "nobody"],
)
def test_the_unit_is_started_for_people_only(needs: Needs, uid: int, starts: bool) -> None:
    require_user_manager(needs)
    text = (ROOT / "systemd" / UNIT).read_text(encoding="utf-8")
    assert STARTS in text
    runnable = text.replace(STARTS, "ExecStart=sleep 600").replace("Type=notify", "Type=exec")
    with UserSession(uid) as session:
        script = f'mkdir -p {FOLDER} && printf %s "$1" >{FOLDER}/{UNIT}'
        session.run_as_root("sh", "-c", script, "put", runnable)
        session.systemctl("daemon-reload")
        session.systemctl("start", UNIT)
        assert session.show(UNIT, "ConditionResult") == ("yes" if starts else "no")
        assert session.show(UNIT, "ActiveState") == ("active" if starts else "inactive")


def test_the_greeter_of_gdm_above_the_systems_users_is_named() -> None:
    text = (ROOT / "systemd" / UNIT).read_text(encoding="utf-8")
    assert "\nConditionUser=!gdm-greeter\n" in text
