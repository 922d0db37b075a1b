"""Where API keys and tokens are looked for, and which one is taken."""

import os
import shutil
from pathlib import Path

import pytest

from scrobblerd.config.credentials import HandedToken, find_token, token_variable
from scrobblerd.config.loader import load
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.model import ApiAccess

# -- API key and secret ----------------------------------------------------------------------------


PLACES = ("environment", "credentials", "lastfm.toml", "config.toml", "/etc/xdg", "/usr/share")
"""In the order in which they are asked."""

SHARED = {"/etc/xdg": "XDG_CONFIG_DIRS", "/usr/share": "XDG_DATA_DIRS"}
"""Places of all users, and the variables that move them."""


class Places:
    """All places a key can be in."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "scrobblerd" / "config.toml"
        self.credentials = folder / "credentials"
        self.environment = {"CREDENTIALS_DIRECTORY": str(self.credentials)}
        self.folder = folder
        for place, variable in SHARED.items():
            self.environment[variable] = f"{folder}/first{place}:{folder}/second{place}"
        self.config.parent.mkdir()
        self.credentials.mkdir()

    def put(self, place: str, key: str = "", secret: str = "") -> None:
        """Put a key and a secret where `place` says."""
        toml = f'api_key = "{key}"\napi_secret = "{secret}"\n'
        if place == "environment":
            self.environment |= {"LASTFM_API_KEY": key, "LASTFM_API_SECRET": secret}
        elif place == "credentials":
            (self.credentials / "lastfm_api_key").write_text(key)
            (self.credentials / "lastfm_api_secret").write_text(secret)
        elif place in SHARED:
            self.share(f"second{place}", toml)
        elif place == "lastfm.toml":
            self.config.with_name("lastfm.toml").write_text(toml)
        else:
            self.config.write_text(f"[lastfm]\n{toml}")

    def share(self, folder: str, content: str) -> Path:
        """Put a file where all users have it."""
        path = self.folder / folder / "scrobblerd" / "lastfm.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def access(self) -> ApiAccess:
        """What is known of Last.fm."""
        return load(self.config, self.environment).account.access

    def found(self) -> tuple[str, str]:
        """The key and the secret that are taken."""
        return self.access().key, self.access().secret


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """None of which holds a key yet."""
    return Places(tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_key_is_found_in_each_place(places: Places, place: str):
    places.put(place, "KEY", "SECRET")
    assert places.found() == ("KEY", "SECRET")


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_places_are_asked_in_order(places: Places, first: int):
    for place in PLACES[first:]:
        places.put(place, f"key of {place}", f"secret of {place}")
    assert places.found() == (f"key of {PLACES[first]}", f"secret of {PLACES[first]}")


@pytest.mark.parametrize("place", PLACES[:3])
@pytest.mark.parametrize(("key", "secret"), [("half", ""), ("", "half")])
def test_place_with_only_half_of_it_is_passed_over(
    places: Places, place: str, key: str, secret: str
):
    places.put(place, key, secret)
    places.put("config.toml", "KEY", "SECRET")
    assert places.found() == ("KEY", "SECRET")


@pytest.mark.parametrize(
    ("place", "named", "needs_restart"),
    [
        ("environment", "environment", True),
        ("credentials", "credentials", True),
        ("lastfm.toml", "", False),
        ("config.toml", "", False),
        ("/etc/xdg", "package", False),
        ("/usr/share", "package", False),
    ],
)
def test_a_place_that_is_no_file_of_the_users_is_named(
    places: Places, place: str, named: str, needs_restart: bool
):
    places.put(place, "KEY", "SECRET")
    access = places.access()
    assert (access.key_from, access.key_needs_restart) == (named, needs_restart)


def test_without_any_key_there_is_none(places: Places):
    assert places.found() == ("", "")


def test_key_and_secret_are_never_taken_from_two_places(places: Places):
    places.put("environment", "KEY", "")
    places.put("config.toml", "", "SECRET")
    assert places.found() == ("", "")


@pytest.mark.parametrize("place", ["environment", "credentials"])
def test_white_space_around_a_key_is_left_out(places: Places, place: str):
    places.put(place, " KEY\n", "\tSECRET ")
    assert places.found() == ("KEY", "SECRET")


@pytest.mark.parametrize("folder", ["/nonexistent/credentials", "config.toml"])
def test_credentials_that_are_not_there_are_passed_over(places: Places, folder: str):
    places.put("config.toml", "KEY", "SECRET")
    places.environment["CREDENTIALS_DIRECTORY"] = str(places.config.parent / folder)
    assert places.found() == ("KEY", "SECRET")


def test_key_file_that_is_broken_must_be_mended(places: Places):
    beside = places.config.with_name("lastfm.toml")
    beside.write_text("api_key = ")
    with pytest.raises(FixTheFile, match=str(beside)):
        places.found()


def test_credential_of_nothing_but_white_space_is_passed_over(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text('[lastfm]\napi_key = "KEY"\napi_secret = "SECRET"')
    access = load(path, {"LASTFM_API_KEY": "\n", "LASTFM_API_SECRET": " "}).account.access
    assert (access.key, access.secret) == ("KEY", "SECRET")


def test_credential_that_is_no_text_must_be_mended(tmp_path: Path):
    (tmp_path / "lastfm_api_key").write_bytes(b"\xff\xfe")
    (tmp_path / "lastfm_api_secret").write_bytes(b"\xff\xfe")
    with pytest.raises(FixTheFile, match="lastfm_api_key"):
        load(tmp_path / "config.toml", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


BOM = "\ufeff"
HEX = "0123456789ABCDEF0123456789abcdef"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (HEX, HEX.lower()),
        (HEX[1:].upper(), HEX[1:].upper()),  # no key of Last.fm's: another server's may be so
        (HEX.replace("0", "G"), HEX.replace("0", "G")),
        (f"{BOM}{HEX} ", HEX.lower()),
    ],
)
def test_a_key_in_upper_case_or_after_a_bom_is_the_same_key(
    places: Places, place: str, given: str, taken: str
):
    places.put(place, given, given)
    assert places.found() == (taken, taken)


@pytest.mark.parametrize("place", ["lastfm.toml", "config.toml"])
def test_a_file_with_a_bom_and_other_ends_of_lines_is_read(places: Places, place: str):
    places.put(place, "KEY", "SECRET")
    file = places.config.with_name(place)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert places.found() == ("KEY", "SECRET")


def test_credentials_directory_of_no_name_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "lastfm_api_key").write_text("KEY")
    (tmp_path / "lastfm_api_secret").write_text("SECRET")
    monkeypatch.chdir(tmp_path)
    config = load(tmp_path / "config.toml", {"CREDENTIALS_DIRECTORY": ""})
    assert config.account.access.key == ""


@pytest.mark.parametrize("text", ["api_key = 5\napi_secret = 6", "apikey = 'x'"])
def test_key_file_is_checked_like_config_toml(tmp_path: Path, text: str):
    (tmp_path / "lastfm.toml").write_text(text)
    with pytest.raises(FixTheFile, match=r"lastfm\.toml"):
        load(tmp_path / "config.toml", {})


# -- the key of the machine -----------------------------------------------------------------------


@pytest.mark.parametrize("place", SHARED)
def test_the_first_folder_that_has_both_wins(places: Places, place: str):
    places.share(f"first{place}", 'api_key = "half"\n')
    places.put(place, "KEY", "SECRET")
    assert places.found() == ("KEY", "SECRET")
    places.share(f"first{place}", 'api_key = "ONE"\napi_secret = "TWO"\n')
    assert places.found() == ("ONE", "TWO")


def test_folders_that_are_not_absolute_are_passed_over(
    places: Places, monkeypatch: pytest.MonkeyPatch
):
    places.put("/etc/xdg", "KEY", "SECRET")
    monkeypatch.chdir(places.folder)
    places.environment["XDG_CONFIG_DIRS"] = "second/etc/xdg::"
    assert places.found() == ("", "")


BROKEN = ["api_key = ", "api_key = 5", "colour = 'red'", "\x00", "[api_key]\n"]


@pytest.mark.parametrize("content", BROKEN)
@pytest.mark.parametrize("place", SHARED)
def test_a_broken_file_of_the_machine_is_one_error_that_names_it_and_ends_nothing(
    places: Places, place: str, content: str
):
    path = places.share(f"first{place}", content)
    access = places.access()
    assert not access.configured
    assert access.key_fault.startswith(f"{path}: ")
    assert "\n" not in access.key_fault


def test_a_file_of_the_machine_that_may_not_be_read_ends_nothing(places: Places):
    path = places.share("first/etc/xdg", "")
    path.unlink()
    path.mkdir()
    assert places.access().key_fault == f"{path}: must be a file"


def test_behind_a_broken_file_the_next_is_taken_and_nothing_is_told(places: Places):
    places.share("first/etc/xdg", "api_key = ")
    places.put("/usr/share", "KEY", "SECRET")
    assert places.found() == ("KEY", "SECRET")
    assert places.access().key_fault == ""


def test_a_broken_file_of_the_machine_is_nothing_to_who_has_a_key(places: Places):
    places.share("first/etc/xdg", "api_key = ")
    places.put("config.toml", "KEY", "SECRET")
    assert places.access().key_fault == ""


def test_an_account_at_lastfm_shares_the_key_of_the_machine(places: Places):
    places.put("/etc/xdg", "KEY", "SECRET")
    places.config.write_text('[accounts.second]\nservice = "lastfm"\n')
    access = load(places.config, places.environment).accounts["second"].access
    assert (access.key, access.key_from) == ("KEY", "package")


def test_the_mark_of_a_key_tells_it_from_others_and_does_not_tell_it():
    marks = {ApiAccess(key, "secret").key_mark for key in ("a", "b", "0123456789abcdef" * 2)}
    assert len(marks) == 3
    assert all(len(mark) == 8 and mark not in ("a", "b", "01234567") for mark in marks)
    assert ApiAccess().key_mark == ApiAccess("a", "b", key_from="program").key_mark == ""


# -- tokens ---------------------------------------------------------------------------------------

TOKEN_PLACES = ("environment", "credentials", "token_file", "command")
"""In the order in which they are asked."""


class Tokens:
    """All places a token of the account my-own can be in."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.toml"
        self.credentials = folder / "credentials"
        self.token_file = folder / "a token"
        self.config.write_text(
            f'[accounts.my-own]\nservice = "listenbrainz"\ntoken_file = "{self.token_file}"\n'
        )
        self.credentials.mkdir()
        (folder / "tokens").mkdir()
        self.environment = {"CREDENTIALS_DIRECTORY": str(self.credentials)}

    def put(self, place: str, token: str) -> None:
        """Put a token where `place` says."""
        if place == "environment":
            self.environment["SCROBBLERD_TOKEN_MY_OWN"] = token
        elif place == "credentials":
            (self.credentials / "scrobblerd.my-own.token").write_text(token)
        elif place == "token_file":
            self.token_file.write_text(token)
        else:
            path = self.config.with_name("tokens") / "my-own.toml"
            path.write_text(f"token = '{token.strip()}'\n")

    def found(self) -> HandedToken:
        """The token that is taken."""
        config = load(self.config, self.environment).accounts["my-own"]
        return find_token(config, self.config, self.environment)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    """None of which holds a token yet."""
    return Tokens(tmp_path)


@pytest.mark.parametrize("first", range(len(TOKEN_PLACES)))
def test_places_of_a_token_are_asked_in_order_and_named(tokens: Tokens, first: int):
    for place in TOKEN_PLACES[first:]:
        tokens.put(place, f" {place}\n")
    found = tokens.found()
    assert found.token == TOKEN_PLACES[first]
    names = (
        "SCROBBLERD_TOKEN_MY_OWN",
        "the credential scrobblerd.my-own.token",
        str(tokens.token_file),
        str(tokens.config.with_name("tokens") / "my-own.toml"),
    )
    assert found.place == names[first]
    assert found.is_lasting == (TOKEN_PLACES[first] != "command")


@pytest.mark.parametrize("place", TOKEN_PLACES[:3])
def test_a_token_of_white_space_is_none(tokens: Tokens, place: str):
    tokens.put(place, " \n")
    tokens.put("command", "mine")
    assert tokens.found().token == "mine"


@pytest.mark.parametrize("place", TOKEN_PLACES)
def test_a_token_is_as_it_was_given_whatever_it_looks_like(tokens: Tokens, place: str):
    tokens.put(place, HEX.upper())
    assert tokens.found().token == HEX.upper()


@pytest.mark.parametrize("text", [f"{BOM}mine\r\n", "mine\n\n", "\tmine "])
@pytest.mark.parametrize("place", TOKEN_PLACES[1:3])
def test_what_an_editor_leaves_around_a_token_is_left_out(tokens: Tokens, place: str, text: str):
    tokens.put(place, text)
    assert tokens.found().token == "mine"


@pytest.mark.parametrize(
    ("place", "words"),
    [("/dev/zero", "must be a file"), ("pipe", "must be a file"), ("huge", "is larger than")],
)
def test_a_token_file_that_does_not_end_must_be_mended(
    tokens: Tokens, tmp_path: Path, place: str, words: str
):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").write_bytes(b"x" * 300_000)
    tokens.token_file.symlink_to(tmp_path / place)
    with pytest.raises(FixTheFile, match=words):
        tokens.found()


def test_a_token_file_is_looked_for_at_home(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    tokens.put("token_file", "mine")
    for given in ("~/a token", "a token"):
        tokens.config.write_text(
            f'[accounts.my-own]\nservice = "listenbrainz"\ntoken_file = "{given}"\n'
        )
        assert tokens.found().token == "mine"


def test_without_a_token_there_is_none(tokens: Tokens):
    shutil.rmtree(tokens.credentials)
    assert tokens.found().token == ""


def test_a_token_is_never_shown(tokens: Tokens):
    tokens.put("environment", "hush")
    assert "hush" not in repr(tokens.found())


@pytest.mark.parametrize(
    ("account", "variable"),
    [("mine", "SCROBBLERD_TOKEN_MINE"), ("my-own_2", "SCROBBLERD_TOKEN_MY_OWN_2")],
)
def test_the_variable_is_named_after_the_account(account: str, variable: str):
    assert token_variable(account) == variable


def test_two_accounts_never_share_a_variable(tokens: Tokens):
    with tokens.config.open("a") as file:
        file.write('[accounts.my_own]\nservice = "koito"\nurl = "http://koito.lan"\n')
    with pytest.raises(FixTheFile, match=r"my_own.*my-own.*SCROBBLERD_TOKEN_MY_OWN"):
        tokens.found()
