"""An upgrade from scrobblerd 0.1.0: its configuration, settings, login and database are taken up.

`old_state/` holds what that version left behind: a song that was sent, one that was not heard
enough, a scrobble that Last.fm ignored, one that waits, a loved track that waits, a threshold that
was set over D-Bus, and a play in progress.
"""

import sqlite3
import time
from pathlib import Path

import pytest

from tests.support.installation import UNIT, Installed
from tests.support.waiting import until

OLD = Path(__file__).parent / "old_state"
STATE = Path(".local/state/scrobblerd")
HOUR = 3600
WAITING = 3
"""The row that waits."""


@pytest.fixture(scope="module")
def upgraded(installed: Installed) -> Installed:
    """The new version, started in the home of the old one."""
    session = installed.session
    session.systemctl("stop", UNIT)
    folder = session.home / STATE
    session.run("rm", "-rf", folder)
    session.run("mkdir", "-p", "-m", "700", folder)
    installed.configure((OLD / "config.toml").read_text(encoding="utf-8"))
    for name in ("session.toml", "settings.toml"):
        session.put(folder / name, (OLD / name).read_text(encoding="utf-8"))
    database = session.folder / "old.db"
    _make(database)
    database.chmod(0o644)
    session.run("install", "-m", "600", database, folder / "scrobblerd.db")
    installed.forget_log()
    session.systemctl("start", UNIT)
    return installed


def _make(database: Path) -> None:
    """The database as it was, an hour after the last play: what is old would have expired."""
    database.unlink(missing_ok=True)
    connection = sqlite3.connect(database)
    connection.executescript((OLD / "scrobblerd.sql").read_text(encoding="utf-8"))
    stamp = int(time.time()) - HOUR
    connection.execute("UPDATE scrobble_queue SET timestamp = ? WHERE id = ?", (stamp, WAITING))
    connection.commit()
    connection.close()


def test_it_starts_and_says_nothing_but_what_was_given_up(upgraded: Installed) -> None:
    assert upgraded.show("ActiveState") == "active"
    warnings = [line for line in upgraded.log if line.startswith(("WARNING", "ERROR"))]
    about_the_server = [line for line in warnings if "127.0.0.1" in line or "stay queued" in line]
    assert len(warnings) - len(about_the_server) <= 1, upgraded.log
    assert "Traceback" not in "\n".join(upgraded.log)


def test_login_settings_and_configuration_hold(upgraded: Installed) -> None:
    settings = upgraded.ask("call", "GetSettings")
    assert settings["scrobble_threshold"] == 65  # settings.toml's, over the 70 of config.toml
    assert (settings["username"], settings["authenticated"]) == ("quiet_otter", True)
    assert settings["configured"]
    status = upgraded.ask("call", "GetQueueStatus")
    assert status["requests_limit"] == 1000


def test_every_row_is_where_it_was(upgraded: Installed) -> None:
    rows = upgraded.ask("call", "ListQueue", "sux", "", "20", "0")
    assert [(row["state"], row["track"]) for row in rows] == [
        ("pending", "Slow Harbour"),
        ("rejected", "Ignored"),
        ("sent", "Fern"),
    ]
    assert rows[1]["answer_code"] == 1
    assert upgraded.ask("call", "GetQueueStatus")["loves"] == 1


@pytest.mark.parametrize(
    ("play", "words"),
    [
        ("1", ("Fern by Mira Holt", "counted", "heard 0:04 of 0:04, needed 0:02", "quiet_otter")),
        ("2", ("Moss by Mira Holt", "not counted", "heard 0:02 of 0:28 needed")),
    ],
)
def test_every_play_explains_itself_as_before(
    upgraded: Installed, play: str, words: tuple[str, ...]
) -> None:
    said = upgraded.ask("call", "Explain", "x", play)
    assert [word for word in words if word not in said] == []


def test_what_waits_is_tried_again(upgraded: Installed) -> None:
    upgraded.ask("call", "RetryQueue")
    [waiting, *_] = upgraded.ask("call", "ListQueue", "sux", "pending", "1", "0")
    assert waiting["last_error"]
    assert waiting["retry_count"] >= 1


def test_it_starts_again_on_what_it_has_made_of_it(upgraded: Installed) -> None:
    upgraded.restart()
    until(lambda: upgraded.show("ActiveState") == "active")
    assert len(upgraded.ask("call", "GetHistory", "ux", "20", "0")) >= 2
    broken = (upgraded.session.home / STATE).glob("*.broken-*")
    assert list(broken) == []
