"""API key and secret as systemd credentials, under a real user manager: there, missing, wrong."""

import stat
from collections.abc import Iterator

import pytest

from lab.lastfm import API_KEY, API_SECRET, StandIn
from tests.support.installation import NAME, NOBODY, OBJECT, UNIT, Installed
from tests.support.paths import ROOT
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])

NAMES = ("lastfm_api_key", "lastfm_api_secret")
LOADED = "[Service]\n" + "".join(f"LoadCredential={name}:%h/.secrets/{name}\n" for name in NAMES)
OR_EMPTY = LOADED + "".join(f"SetCredential={name}:\\n\n" for name in NAMES)
ENCRYPTED = LOADED.replace("LoadCredential=", "LoadCredentialEncrypted=")
EXIT_CREDENTIALS = "243"
"""systemd's own status for a credential that it can't hand over (systemd.exec(5))."""


@pytest.fixture
def keys(installed: Installed, lastfm: StandIn) -> Iterator[Installed]:
    """Two files with the keys, and no other place that has them; afterwards all is as before."""
    installed.configure(f'[lastfm]\napi_url = "{lastfm.api_url}"\nauth_url = "{lastfm.auth_url}"\n')
    put(installed, API_KEY, API_SECRET)
    yield installed
    for name in ("credentials", "hurry"):
        installed.drop_in(name, "")
    installed.configure("")
    installed.stop()


def put(installed: Installed, key: str, secret: str) -> None:
    """What is in the files."""
    for name, value in zip(NAMES, (key, secret), strict=True):
        installed.session.put(installed.session.home / ".secrets" / name, value)


def started(installed: Installed, drop_in: str) -> int:
    """Start the service with this drop-in; systemctl's exit status."""
    installed.stop()
    installed.drop_in("credentials", drop_in)
    installed.forget_log()
    return installed.start()


def test_the_unit_as_it_is_shipped_wants_no_credential(installed: Installed) -> None:
    assert "Credential" not in (ROOT / "systemd" / UNIT).read_text()
    assert installed.show("ActiveState") == "active"


def test_keys_come_from_systemd(keys: Installed, lastfm: StandIn) -> None:
    assert started(keys, LOADED) == 0
    _url, token = keys.ask("call", "GetAuthUrl")
    assert token in lastfm.tokens, "the request was signed with them"
    folder = keys.runtime / "credentials" / UNIT
    found = keys.session.run("stat", "--format=%a", folder, *(folder / name for name in NAMES))
    assert found.stdout.split() == ["500", "400", "400"]
    environment = keys.session.run("cat", f"/proc/{keys.show('MainPID')}/environ").stdout
    assert f"CREDENTIALS_DIRECTORY={folder}" in environment
    assert API_SECRET not in environment


def test_white_space_around_a_key_is_no_part_of_it(keys: Installed, lastfm: StandIn) -> None:
    put(keys, f" {API_KEY}\n", f"{API_SECRET}\r\n")
    assert started(keys, LOADED) == 0
    assert keys.ask("call", "GetAuthUrl")[1] in lastfm.tokens


def test_they_are_read_at_the_start_alone(keys: Installed, lastfm: StandIn) -> None:
    put(keys, API_KEY, "f" * 32)
    assert started(keys, LOADED) == 0
    put(keys, API_KEY, API_SECRET)
    assert keys.reload().returncode == 0
    get = "busctl", "--user", "call", NAME, OBJECT, NAME, "GetAuthUrl"
    assert keys.session.run(*get, check=False).returncode != 0
    keys.restart()
    assert keys.ask("call", "GetAuthUrl")[1] in lastfm.tokens


def test_a_reload_and_a_login_say_that_only_a_restart_reads_others(keys: Installed) -> None:
    assert started(keys, LOADED) == 0
    keys.forget_log()
    control = keys.session.home / ".local/bin/scrobblerctl"
    told = keys.session.run(control, "reload")
    assert "the API key stays: it is in the credentials of scrobblerd" in told.stderr
    assert any("read again, but for the API key in its credentials" in line for line in keys.log)
    refused = keys.session.run(control, "login", "--new-key", check=False)
    assert refused.returncode == 1
    assert "put another there, and restart scrobblerd" in refused.stderr
    assert keys.session.run(control, "settings", "key_from").stdout == "credentials\n"


def test_a_source_that_is_missing_fails_the_start(keys: Installed) -> None:
    keys.drop_in("hurry", "[Unit]\nStartLimitBurst=3\n")
    keys.session.run("rm", keys.session.home / ".secrets" / NAMES[1])
    assert started(keys, LOADED) != 0
    until(lambda: keys.show("ActiveState") == "failed")
    assert keys.show("ExecMainStatus") == EXIT_CREDENTIALS
    assert int(keys.show("NRestarts")) > 1, "systemd tries again, up to its limit"
    assert keys.log == [], "the daemon never ran"
    put(keys, API_KEY, API_SECRET)
    assert started(keys, LOADED) == 0


def test_with_an_empty_value_to_fall_back_on_it_starts_without_a_key(keys: Installed) -> None:
    keys.session.run("rm", keys.session.home / ".secrets" / NAMES[1])
    assert started(keys, OR_EMPTY) == 0
    assert '"configured" b false' in keys.call("call", "GetSettings")
    put(keys, API_KEY, API_SECRET)
    keys.restart()
    assert '"configured" b true' in keys.call("call", "GetSettings")


def test_a_source_that_is_no_text_is_said_once(keys: Installed) -> None:
    path = keys.session.home / ".secrets" / NAMES[1]
    keys.session.run("sh", "-c", 'printf "\\377\\376%s" "$2" >"$1"', "put", path, API_SECRET)
    assert started(keys, LOADED) != 0
    assert [keys.show(name) for name in ("ActiveState", "ExecMainStatus")] == ["failed", "78"]
    [line] = keys.log
    assert f"{NAMES[1]}: is no text" in line
    assert API_SECRET not in line


def test_encrypted_ones_are_not_for_user_managers_before_256(keys: Installed) -> None:
    version = int(keys.session.run("systemctl", "--version").stdout.split()[1])
    if version >= 256:
        pytest.skip(f"systemd {version} has them")
    keys.drop_in("hurry", "[Unit]\nStartLimitBurst=1\n")
    assert started(keys, ENCRYPTED) != 0
    assert keys.show("ExecMainStatus") == EXIT_CREDENTIALS


def test_its_files_are_the_users_alone(keys: Installed) -> None:
    assert started(keys, LOADED) == 0
    state = keys.session.home / ".local/state/scrobblerd"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [state, *state.iterdir()]}
    assert modes.pop(state.name) == 0o700
    assert set(modes.values()) == {0o600}
