"""What the unit lets the service do under a real user manager, as docs/hardening.md has it."""

import json
import re
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from lab.lastfm import API_KEY, API_SECRET, StandIn
from scrobblerd.ctl.service.service_files import MAX_SYSTEM_UID
from tests.conftest import Needs, require
from tests.support import music_files
from tests.support.installation import (
    NOBODY,
    UNIT,
    UNIT_FILE,
    Installed,
    installed_for,
    require_user_manager,
)
from tests.support.paths import ROOT
from tests.support.user_session import UserSession

DOCUMENT = (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8")
SHIPPED = (ROOT / "systemd" / UNIT).read_text(encoding="utf-8")
PROBE = ROOT / "tests" / "support" / "sandbox_probe.py"
ARTIST, LENGTH = "Þrúður Sól", 40.0

GRANTED = {"being nice", "a callback", "an internet socket"}
NO_SUCH_FAMILY = "a netlink socket"

VALUES = {
    "CapabilityBoundingSet": "",
    "DevicePolicy": "closed",
    "IPAddressDeny": "any",
    "KeyringMode": "private",
    "MemoryHigh": "512M",
    "ProcSubset": "pid",
    "ProtectHome": "read-only",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "ReadOnlyPaths": "/usr",
    "RestrictFileSystems": "ext4",
    "SecureBits": "noroot",
    "SocketBindDeny": "any",
    "StateDirectory": "elsewhere",
    "TemporaryFileSystem": "/mnt",
    **dict.fromkeys(("DynamicUser", "PrivateDevices", "PrivateIPC", "PrivateMounts"), "yes"),
    **dict.fromkeys(("PrivateNetwork", "PrivateTmp", "PrivateUsers", "ProtectClock"), "yes"),
    **dict.fromkeys(("ProtectControlGroups", "ProtectHostname", "ProtectKernelLogs"), "yes"),
    **dict.fromkeys(("ProtectKernelModules", "ProtectKernelTunables"), "yes"),
}
"""With what each left out is tried."""


def section(title: str) -> str:
    """A section of the document."""
    return DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The table of a section, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def directives(cell: str) -> list[str]:
    """The directives that a cell names."""
    return re.findall(r"`(\w+)=", cell)


STRICTER = section("More, if your machine allows it").partition("```ini\n")[2].partition("```")[0]
LEFT_OUT = {name: row[1] for row in rows("What it does not say") for name in directives(row[0])}


def systemd() -> str:
    """The version of systemd, such as 252."""
    said = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[1]


# -- the document ---------------------------------------------------------------------------------


def test_the_sandbox_of_the_unit_is_what_the_document_explains() -> None:
    told = [row[0].strip("`") for row in rows("What the unit says")]
    sandbox = SHIPPED.partition("# The sandbox")[2].partition("[Install]")[0]
    assert sorted(told) == sorted(re.findall(r"^\w+=.*$", sandbox, re.MULTILINE))


def test_every_measure_that_systemd_knows_is_taken_or_left_out_with_its_reason(
    needs: Needs,
) -> None:
    needs("systemd-analyze")
    command = "systemd-analyze", "security", "--offline=true", "--json=short"
    done = subprocess.run([*command, ROOT / "systemd" / UNIT], capture_output=True, check=True)
    known = {entry["name"].partition("=")[0] for entry in json.loads(done.stdout)}
    assert known - set(re.findall(r"^(\w+)=", SHIPPED, re.MULTILINE)) <= set(
        directives(section("What it does not say"))
    )


# -- in force -------------------------------------------------------------------------------------


def probed(said: str) -> dict[str, str]:
    """What the probe found."""
    return dict(line.split(": ") for line in said.splitlines())


def test_the_service_can_do_what_it_needs_and_no_more(installed: Installed) -> None:
    session = installed.session
    session.put(session.home / "probe.py", PROBE.read_text(encoding="utf-8"))
    free = probed(session.run("/usr/bin/python3", session.home / "probe.py").stdout)
    words = "/usr/bin/python3 %h/probe.py >%t/probed"
    installed.drop_in("probe", f"[Service]\nExecStartPre=/bin/sh -c 'exec {words}'\n")
    session.systemctl("restart", UNIT)
    bound = probed(session.run("cat", installed.runtime / "probed").stdout)
    installed.drop_in("probe", "")
    session.run("rm", session.home / "probe.py")
    assert (bound.pop("core dumps"), bound.pop("umask")) == ("0", "77")
    assert {what for what in free if free[what] == "granted"} == bound.keys(), "out of the sandbox"
    assert {what for what in bound if bound[what] == "granted"} == GRANTED
    assert bound[NO_SUCH_FAMILY] == "EAFNOSUPPORT"
    assert {bound[what] for what in bound.keys() - GRANTED - {NO_SUCH_FAMILY}} <= {
        "EPERM",
        "EACCES",
    }


def test_systemd_has_taken_the_limits(installed: Installed) -> None:
    shown = {name: installed.show(name) for name in ("TasksMax", "MemoryMax", "OOMPolicy")}
    assert shown == {"TasksMax": "64", "MemoryMax": str(2**30), "OOMPolicy": "continue"}


def test_the_filter_holds_for_the_daemon_itself(installed: Installed) -> None:
    status = installed.session.run("cat", f"/proc/{installed.show('MainPID')}/status").stdout
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\t2$", status, re.MULTILINE)


# -- the work -------------------------------------------------------------------------------------


@contextmanager
def logged_in(installed: Installed) -> Generator[StandIn]:
    """A Last.fm, found by its name as the real one is, where quiet_otter is logged in."""
    music = installed.session.folder / "music"
    music.mkdir(exist_ok=True)
    with StandIn() as lastfm:
        address = lastfm.api_url.replace("127.0.0.1", "localhost")
        installed.configure(
            f'[lastfm]\napi_key = "{API_KEY}"\napi_secret = "{API_SECRET}"\n'
            f'api_url = "{address}"\n[library]\nfolders = ["{music}"]\n'
            "[scrobble]\nminimum_seconds = 1\nmaximum_seconds = 2\n"
        )
        installed.reload().check_returncode()
        _url, token = installed.ask("call", "GetAuthUrl")
        lastfm.approve(token)
        assert installed.ask("call", "CompleteAuth", "s", "") == "quiet_otter"
        yield lastfm
        installed.ask("call", "Disconnect")
    installed.configure("")
    installed.reload().check_returncode()


def works(installed: Installed, title: str) -> None:
    """It hears a track and scrobbles it over HTTP, and reads a music folder."""
    with logged_in(installed) as lastfm, installed.playing(title, ARTIST, LENGTH):
        assert lastfm.wait_for(lambda seen: bool(seen.scrobbles), timeout=60)
        assert [(one.artist, one.track) for one in lastfm.scrobbles] == [(ARTIST, title)]
        music = installed.session.folder / "music"
        for name in ("one.mp3", "two.mp3"):
            music_files.plain(music / name, title=name)
        found = installed.ask("call", "ScanLibrary")
        assert (found["files"], found["unreadable"], found["untagged"]) == (2, 0, 0)


def test_a_play_is_scrobbled_and_a_music_folder_read(installed: Installed) -> None:
    works(installed, "夜の港")


def has_namespaces(session: UserSession) -> bool:
    """Whether what this user's systemd starts can make a user namespace."""
    command = "systemd-run", "--user", "--wait", "--quiet", "unshare", "--user", "true"
    return session.run(*command, check=False).returncode == 0


@pytest.fixture
def namespaces(installed: Installed) -> Iterator[None]:
    """The machine lets this user make user namespaces, and systemd is ready for it."""
    require(has_namespaces(installed.session), "user namespaces are forbidden here")
    for folder in ("unit-root", "mount-rootfs"):  # the system's systemd makes them, if there is one
        installed.session.run_as_root("mkdir", "-p", f"/run/systemd/{folder}")
    yield
    installed.drop_in("stricter", "")
    installed.restart()


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])
def test_the_stricter_drop_in_works_where_user_namespaces_are_allowed(installed: Installed) -> None:
    installed.drop_in("stricter", STRICTER)
    installed.restart()
    process = installed.show("MainPID")
    assert installed.session.run_as_root("cat", f"/proc/{process}/uid_map").stdout.split()[2] == "1"
    works(installed, "Fern")


def test_where_user_namespaces_are_forbidden_it_works_too(needs: Needs) -> None:
    require_user_manager(needs)
    with installed_for(NOBODY, namespaces=False) as installed:
        assert not has_namespaces(installed.session)
        works(installed, "Slow Harbour")


# -- the figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])
def test_the_recorded_scores_are_true(installed: Installed) -> None:
    recorded = {row[0]: [float(cell) for cell in row[1:]] for row in rows("The figures")}
    require(systemd() in recorded, f"no score is recorded for systemd {systemd()}")
    stricter = SHIPPED.replace("[Install]", STRICTER.replace("[Service]", "") + "[Install]")
    bare = "[Service]\nExecStart=/usr/bin/scrobblerd\n"
    units = SHIPPED, stricter, bare
    assert [score(installed.session, unit) for unit in units] == recorded[systemd()]


def score(session: UserSession, unit: str) -> float:
    """What `systemd-analyze --user security` says of a unit."""
    file = session.home / "scored" / UNIT
    session.put(file, unit)
    command = "systemd-analyze", "--user", "security", "--offline=true", file
    said = session.run(*command).stdout
    session.run("rm", "-r", file.parent)
    return float(re.findall(r"Overall exposure level for .*: ([\d.]+)", said)[0])


@pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])
def test_what_is_left_out_behaves_as_the_document_says(installed: Installed) -> None:
    require(systemd() == "252", "the document speaks of systemd 252")
    session, found = installed.session, dict[str, str]()
    for name, value in VALUES.items():
        tried = f"[Service]\nType=oneshot\nExecStart=/bin/true\n{name}={value}\n"
        session.put(session.drop_ins / "tried.service", tried)
        session.systemctl("daemon-reload")
        started = session.run("systemctl", "--user", "start", "tried.service", check=False)
        code = session.show("tried.service", "ExecMainStatus")
        found[name] = f"fails with {code}" if started.returncode else "starts"
    told = {name: LEFT_OUT[name] for name in VALUES}
    starting = {"ignored": "starts", "works": "starts"}
    expected = {name: starting.get(re.split("[;,]", word)[0], word) for name, word in told.items()}
    assert found == {name: re.split("[;,]", word)[0] for name, word in expected.items()}


def test_the_installed_unit_is_the_shipped_one_but_for_its_command(installed: Installed) -> None:
    unit = (installed.session.home / UNIT_FILE).read_text()
    head, section, rest = unit.partition("[Unit]\n")
    assert [line for line in head.splitlines() if not line.startswith("#")] == []
    expected = SHIPPED
    if installed.session.uid <= MAX_SYSTEM_UID:  # who asks for it, though packages would not
        expected = re.sub(r"(?:#.*\n)*(?:ConditionUser=.*\n)+", "", SHIPPED)
    [command] = re.findall(r"^ExecStart=.*/bin/scrobblerd$", unit, re.MULTILINE)
    assert section + rest == re.sub(r"^ExecStart=.*$", command, expected, flags=re.MULTILINE)
