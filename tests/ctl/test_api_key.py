"""The API key that scrobblerctl login asks for: asked once, kept whole, judged by Last.fm.

Where it is not taken, every file is as it was, byte by byte.
"""

import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import API_KEY, API_SECRET, StandIn
from tests.support.ctl_login import (
    KEY_PAGE,
    OTHER_KEY,
    Browser,
    afresh,
    approve,
    asked,
    give_key,
    has_key,
    hold,
    key_file,
    left,
    settings,
)
from tests.support.daemon_bench import USER, Bench, running
from tests.support.scrobblerctl import CTL, Running, ctl, refused

KEYS = {"api_key": API_KEY, "api_secret": API_SECRET}
TYPED = f"{API_KEY}\n{API_SECRET}\n"


DAEMON = {"configured": False, "login": False}


@pytest.fixture
def bench(shared: Bench) -> Bench:
    """The daemon, as if nobody had used it yet."""
    return afresh(shared)


def kept(path: Path) -> tuple[dict[str, str], int]:
    """What a key file holds, and who may read it."""
    return tomllib.loads(path.read_text()), stat.S_IMODE(path.stat().st_mode)


# -- asked ----------------------------------------------------------------------------------------


def test_the_first_login_asks_for_a_key_and_keeps_it(bench: Bench) -> None:
    browser = Browser(bench)
    hold(bench.lastfm)
    with Running(bench, "login", env=browser.env) as login:
        login.expect(KEY_PAGE)
        assert browser.page() == KEY_PAGE
        give_key(login)
        login.expect(f"is kept in {key_file(bench)}")
        assert browser.page().startswith(f"{bench.lastfm.auth_url}?api_key={API_KEY}")
        approve(bench.lastfm)
        login.expect(f"Logged in as {USER}")
        assert login.ended() == 0
        assert API_SECRET not in login.heard
        assert login.echoes
    browser.close()
    assert kept(key_file(bench)) == (KEYS, 0o600)
    assert [path.name for path in key_file(bench).parent.glob("lastfm*")] == ["lastfm.toml"]


def test_what_can_be_no_key_is_asked_for_again(bench: Bench) -> None:
    hold(bench.lastfm)
    with Running(bench, "login", "--no-browser") as login:
        for wrong in ("", "my key", API_KEY[:-1], API_KEY + "0", "g" * 32):
            login.expect("API key: ")
            login.press(wrong)
            login.expect("API key is 32 letters and digits")
        login.expect("API key: ")
        login.press(f"  {API_KEY} ")
        for wrong in ("hunter2", f"{API_SECRET}x"):
            login.expect("Shared secret: ")
            login.press(wrong)
            login.expect("shared secret is 32 letters and digits")
        login.expect("Shared secret: ")
        login.press(API_SECRET)
        approve(bench.lastfm)
        assert login.ended() == 0
        assert not {"hunter2", API_SECRET} & set(login.heard.split())
    assert kept(key_file(bench)) == (KEYS, 0o600)


def test_what_is_no_text_is_no_key(bench: Bench) -> None:
    with Running(bench, "login", "--no-browser", env={"PYTHONIOENCODING": "utf-8:strict"}) as login:
        login.expect("API key: ")
        login.press("\udcff")
        login.expect("API key is 32 letters and digits")
        login.press("^C")
        assert login.ended() == 130
    assert refused_key(bench, "\udcff\n\udcff\n", {"PYTHONIOENCODING": "utf-8:strict"})


def refused_key(bench: Bench, given: str | None, env: dict[str, str] | None = None) -> bool:
    """Whether key and secret on the input are refused with a word about their shape."""
    before = left(bench)
    words = refused(bench, 4, "login", given=given, env=env)
    assert left(bench) == before
    return "as two lines of input; each is 32 letters and digits" in words


def test_without_a_terminal_two_lines_are_needed(bench: Bench) -> None:
    nearly = f"{API_KEY}\n{API_SECRET[:-1]}\n"
    for given in (None, "\n\n", API_KEY, nearly, "\x00\x1b[31m\n" * 2):
        assert refused_key(bench, given)


def test_key_and_secret_may_be_two_lines_of_input(bench: Bench) -> None:
    hold(bench.lastfm)
    given = bench.daemon.home / "key"
    given.write_text(TYPED.replace("\n", "\r\n"))
    with given.open() as lines, Running(bench, "login", columns=None, given=lines) as login:
        approve(bench.lastfm)
        login.expect(f"Logged in as {USER}")
        assert login.ended() == 0
        assert API_SECRET not in login.heard
    assert kept(key_file(bench)) == (KEYS, 0o600)


def test_without_an_input_at_all_there_is_no_key(bench: Bench) -> None:
    ended = bench.run(f"{' '.join(CTL)} login <&-")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.startswith("scrobblerctl: an API key is needed")


# -- judged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "before", "check"),
    [
        ((OTHER_KEY, API_SECRET), None, "(error 10): check api_key and api_secret"),
        ((API_KEY, OTHER_KEY), "", "(error 13): the API key is right, but not its secret"),
        ((OTHER_KEY, OTHER_KEY), '# mine\napi_key = ""\n', "check api_key and api_secret"),
    ],
    ids=["key", "secret", "both"],
)
def test_a_key_that_last_fm_refuses_is_not_kept(
    bench: Bench, wrong: tuple[str, str], before: str | None, check: str
) -> None:
    if before is not None:
        key_file(bench).write_text(before)
        key_file(bench).chmod(0o640)
    was = left(bench)
    words = refused(bench, 4, "login", given="\n".join(wrong))
    assert check in words
    assert words.endswith("run scrobblerctl login --new-key, which asks for both\n")
    assert left(bench) == was
    assert settings(bench)["configured"] is False


def test_another_key_that_is_refused_leaves_the_one_that_was(bench: Bench) -> None:
    has_key(bench)
    was = left(bench)
    refused(bench, 4, "login", "--new-key", given=f"{OTHER_KEY}\n{OTHER_KEY}\n")
    assert left(bench) == was
    assert settings(bench)["configured"] is True


def test_a_key_that_last_fm_takes_no_more_is_asked_for_anew(bench: Bench) -> None:
    has_key(bench, f'api_key = "{OTHER_KEY}"\napi_secret = "{OTHER_KEY}"\n')
    hold(bench.lastfm)
    with Running(bench, "login", "--no-browser") as login:
        login.expect("check api_key and api_secret")
        give_key(login)
        approve(bench.lastfm)
        assert login.ended() == 0
    assert kept(key_file(bench)) == (KEYS, 0o600)


def test_where_last_fm_cannot_be_asked_a_key_of_the_right_shape_is_kept(bench: Bench) -> None:
    bench.lastfm.stop()
    ended = ctl(bench, "login", given=TYPED)
    bench.lastfm.start()
    assert ended.returncode == 1
    assert "can't be reached" in ended.stderr
    assert kept(key_file(bench)) == (KEYS, 0o600)
    assert left(bench)["session"]["token"] == ""


# -- kept -----------------------------------------------------------------------------------------


def test_a_link_to_the_key_file_stays_a_link(bench: Bench) -> None:
    target = bench.daemon.home / "dotfiles" / "lastfm.toml"
    target.parent.mkdir()
    target.write_text("# nothing yet\n")
    key_file(bench).symlink_to(target)
    was = left(bench), target.read_bytes()
    refused(bench, 4, "login", given=f"{OTHER_KEY}\n{OTHER_KEY}\n")
    assert (left(bench), target.read_bytes()) == was
    hold(bench.lastfm)
    with Running(bench, "login", "--no-browser") as login:
        give_key(login)
        approve(bench.lastfm)
        assert login.ended() == 0
    assert key_file(bench).is_symlink()
    assert kept(target) == (KEYS, 0o600)


def in_the_way(bench: Bench) -> dict[str, str]:
    """Something stands where the new file is to be made."""
    (key_file(bench).with_name("lastfm.toml.new") / "folder").mkdir(parents=True)
    return {}


def no_folder(bench: Bench) -> dict[str, str]:
    """A file stands where the folder of the configuration is to be made."""
    (bench.daemon.home / "file").write_text("")
    return {"XDG_CONFIG_HOME": str(bench.daemon.home / "file" / "config")}


def broken(bench: Bench) -> dict[str, str]:
    """The key file is no TOML."""
    key_file(bench).write_text("api_key: yaml\n")
    return {}


def broken_config(bench: Bench) -> dict[str, str]:
    """config.toml can't be read again."""
    with bench.daemon.config_path.open("a") as config:
        config.write("\n[scrobble]\nsettel_ms = 5\n")
    return {}


def elsewhere(bench: Bench) -> dict[str, str]:
    """The daemon has another home."""
    return {"XDG_CONFIG_HOME": str(bench.daemon.home / "other" / "config")}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (in_the_way, "can't be written"),
        (no_folder, "Not a directory"),
        (broken, "mend or remove it"),
        (broken_config, "did you mean settle_ms"),
        (elsewhere, "does it run with other folders?"),
    ],
)
def test_a_key_that_cannot_be_kept_changes_nothing(
    tmp_path: Path, trouble: Callable[[Bench], dict[str, str]], words: str
) -> None:
    with running(tmp_path, configured=False, login=False) as bench:
        env = trouble(bench)
        was = left(bench)
        assert words in refused(bench, 1, "login", given=TYPED, env=env)
        assert left(bench) == was
        assert not list(bench.daemon.home.glob("other/**/*.toml*"))


class Elsewhere(Daemon):
    """A daemon whose configuration is where XDG_CONFIG_HOME says."""

    @property
    def config_path(self) -> Path:
        """Its config.toml."""
        return self.home / "settings" / "scrobblerd" / "config.toml"

    def env(self) -> dict[str, str]:
        """The environment of the daemon and of its callers."""
        return super().env() | {"XDG_CONFIG_HOME": str(self.home / "settings")}


def test_the_key_is_kept_where_xdg_config_home_says(tmp_path: Path) -> None:
    with PrivateBus() as bus, StandIn() as lastfm:
        bench = Bench(bus, lastfm, Elsewhere(bus, lastfm, tmp_path, configured=False))
        with bench.daemon:
            hold(lastfm)
            with Running(bench, "login", "--no-browser") as login:
                give_key(login)
                approve(lastfm)
                assert login.ended() == 0
    assert kept(tmp_path / "settings" / "scrobblerd" / "lastfm.toml") == (KEYS, 0o600)
    assert not (tmp_path / ".config").exists()


def test_the_daemon_takes_the_key_up_at_once(bench: Bench) -> None:
    with Running(bench, "login", "--no-browser") as login:
        give_key(login)
        asked(bench.lastfm)
        assert settings(bench)["configured"] is True
