"""scrobblerctl settings and reload: what can be changed while the daemon runs."""

import time

import pytest

from tests.support.daemon_bench import USER, Bench
from tests.support.scrobblerctl import NASTY, ctl, document, refused, said

SHARED = True
"""Each test leaves the settings as they were."""

ALL = {
    "enabled": True,
    "username": USER,
    "authenticated": True,
    "configured": True,
    "scrobble_threshold": 50,
    "paused_until": 0,
    "private": False,
}


def test_all_settings_are_shown(bench: Bench) -> None:
    shown = dict(line.split(maxsplit=1) for line in said(bench, "settings").splitlines())
    assert shown.keys() == ALL.keys()
    assert (shown["enabled"], shown["username"]) == ("on", USER)
    assert document(bench, "settings") == ALL


def test_one_setting_is_shown_for_a_script(bench: Bench) -> None:
    assert said(bench, "settings", "scrobble_threshold") == "50\n"
    assert said(bench, "settings", "enabled") == "on\n"
    assert said(bench, "settings", "username") == f"{USER}\n"
    assert document(bench, "settings", "enabled") == {"enabled": True}


def test_a_setting_is_changed_and_shown_as_it_is_then(bench: Bench) -> None:
    for written, read in (("off", "off"), ("YES", "on"), ("0", "off"), ("true", "on")):
        assert said(bench, "settings", "enabled", written) == f"{read}\n"
    assert said(bench, "settings", "scrobble_threshold", "75") == "75\n"
    ended = ctl(bench, "settings", "scrobble_threshold", "999")
    assert (ended.returncode, ended.stdout) == (0, "100\n")
    assert ended.stderr == "scrobble_threshold: 999 is above 100: set to 100\n"
    ended = ctl(bench, "settings", "scrobble_threshold", "10")
    assert (ended.returncode, ended.stdout) == (0, "25\n")
    assert ended.stderr == "scrobble_threshold: 10 is below 25: set to 25\n"
    assert "scrobble_threshold: 10 is below 25: set to 25" in bench.daemon.log
    assert document(bench, "settings", "scrobble_threshold", "50") == {"scrobble_threshold": 50}
    assert document(bench, "settings") == ALL


def test_a_pause_is_told_as_people_tell_it(bench: Bench) -> None:
    said(bench, "pause", "1w")
    shown = dict(line.split(maxsplit=1) for line in said(bench, "settings").splitlines())
    said(bench, "resume")
    assert shown["enabled"] == "off, while it is paused"
    until = time.localtime(time.time() + 7 * 86400)
    assert shown["paused_until"].startswith(time.strftime("%Y-%m-", until))


def test_nonsense_is_refused_in_one_line(bench: Bench) -> None:
    for arguments, why in (
        (("volume",), "'volume' is no setting; there are enabled, "),
        ((NASTY,), "is no setting"),
        (("",), "is no setting"),
        (("username", "me"), "'username' can't be set here"),
        (("volume", "11"), "'volume' can't be set here"),
        (("enabled", "perhaps"), "enabled: 'perhaps' is neither on nor off"),
        (("enabled", ""), "is neither on nor off"),
        (("scrobble_threshold", "half"), "scrobble_threshold: 'half' is no whole number"),
        (("scrobble_threshold", "-5"), "is no whole number"),
        (("scrobble_threshold", "50", "60"), "unrecognized arguments"),
    ):
        assert why in refused(bench, 2, "settings", *arguments)
    assert document(bench, "settings") == ALL


def test_a_changed_file_is_read_again(bench: Bench) -> None:
    config = bench.daemon.config_path
    before = config.read_text()
    config.write_text(f"{before}\n[limits]\nrequests_per_day = 7\n")
    assert said(bench, "reload") == "The configuration was read again\n"
    assert document(bench, "status")["queue"]["requests_limit"] == 7
    config.write_text(before)
    said(bench, "reload")


def test_it_is_told_what_the_file_says_in_vain(bench: Bench) -> None:
    config = bench.daemon.config_path
    before = config.read_text()
    said(bench, "settings", "scrobble_threshold", "60")
    config.write_text(before.replace("[lastfm]", "[scrobble]\nscrobble_threshold = 70\n[lastfm]"))
    ended = ctl(bench, "reload")
    said(bench, "settings", "scrobble_threshold", "70")
    assert said(bench, "reload") == "The configuration was read again\n"
    config.write_text(before)
    said(bench, "settings", "scrobble_threshold", "50")
    assert ended.stdout == "The configuration was read again\n"
    assert ended.stderr == (
        "scrobble_threshold stays 60: it was set since, which wins over the 70 of config.toml;"
        " scrobblerctl settings scrobble_threshold 70 changes it\n"
    )


def test_what_the_file_has_out_of_range_is_said(bench: Bench) -> None:
    config = bench.daemon.config_path
    before = config.read_text()
    config.write_text(before.replace("[lastfm]", "[scrobble]\nscrobble_threshold = 10\n[lastfm]"))
    ended = ctl(bench, "reload")
    config.write_text(before)
    said(bench, "reload")
    words = "[scrobble] scrobble_threshold: 10 is below 25: set to 25"
    assert words in bench.daemon.log
    assert (ended.returncode, ended.stderr.splitlines()[0]) == (0, f"config.toml: {words}")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("\n[scrobble]\nsettel_ms = 5\n", "did you mean settle_ms"),
        ("\n[scrobble\n", "mend or remove it"),
        ("\n[\x1b[31m]\n", "config.toml"),
    ],
)
def test_a_broken_file_is_told_and_changes_nothing(bench: Bench, broken: str, why: str) -> None:
    config = bench.daemon.config_path
    before = config.read_text()
    config.write_text(before + broken)
    words = refused(bench, 1, "reload")
    assert why in words
    assert str(config) in words
    config.write_text(before)
    assert document(bench, "settings") == ALL
