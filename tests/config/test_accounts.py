"""The tables [accounts.NAME]."""

from pathlib import Path

import pytest

from scrobblerd.config.accounts import MAX_ACCOUNTS, SERVICES
from scrobblerd.config.loader import load
from scrobblerd.config.source import AccountConfig
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.filters import rejection_reason
from scrobblerd.core.model import Track
from scrobblerd.core.submission import Limits

MINIMAL = '[accounts.mine]\nservice = "listenbrainz"\n'

FILE = '[accounts.log]\nservice = "file"\n'

KEY = '[lastfm]\napi_key = "0123456789abcdef0123456789abcdef"\napi_secret = "s"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where config.toml is."""
    return tmp_path / "config.toml"


def accounts(path: Path, text: str) -> dict[str, AccountConfig]:
    """The accounts of this text, without that of [lastfm]."""
    path.write_text(text, encoding="utf-8")
    found = dict(load(path, {}).accounts)
    assert next(iter(found)) == "lastfm"
    del found["lastfm"]
    return found


def refused(path: Path, text: str) -> str:
    """What is said of a text that is wrong."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixTheFile) as caught:
        load(path, {})
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_a_service_with_one_address_needs_nothing_else(path: Path):
    account = accounts(path, MINIMAL)["mine"]
    assert (account.name, account.service) == ("mine", "listenbrainz")
    assert account.access.api_url == "https://api.listenbrainz.org"
    assert (account.enabled, account.now_playing, account.love) == (True, True, True)
    assert account.limits == Limits(requests_per_day=0, scrobbles_per_day=0)
    assert rejection_reason(account.rules.filters, Track("A", "B", url="file:///a.mkv")) is None


def test_every_value_reaches_its_place(path: Path):
    account = accounts(
        path,
        MINIMAL
        + """\
url = "http://music.lan:7000"
enabled = false
now_playing = false
love = false
players = ["mpv"]
not_players = ["spotify*"]
send_duration = false
mbid = "track"
token_file = "/run/token"
requests_per_second = 1
requests_per_day = 2
scrobbles_per_day = 3
[accounts.mine.filters]
ignore_artist = ["^Mira"]
""",
    )["mine"]
    assert account.access.api_url == "http://music.lan:7000"
    assert (account.enabled, account.now_playing, account.love) == (False, False, False)
    rules = account.rules
    assert (rules.players, rules.not_players) == (("mpv",), ("spotify*",))
    assert (rules.send_duration, rules.mbid) == (False, "track")
    assert account.token_file == "/run/token"
    assert account.limits == Limits(1, 2, 3)
    assert rejection_reason(rules.filters, Track("Fern", "Mira Holt")) is not None


def test_another_user_of_lastfm_has_its_limits_and_shares_its_key(path: Path):
    [account] = accounts(path, KEY + '[accounts.second]\nservice = "lastfm"\n').values()
    assert account.access.configured
    assert account.limits == Limits()


def test_an_account_may_have_a_key_of_its_own(path: Path):
    text = KEY + '[accounts.second]\nservice = "lastfm"\napi_key = "k"\napi_secret = "t"\n'
    [account] = accounts(path, text).values()
    assert (account.access.key, account.access.secret) == ("k", "t")


@pytest.mark.parametrize("service", ["librefm", "audioscrobbler", "listenbrainz"])
def test_the_key_of_lastfm_goes_to_no_other_service(path: Path, service: str):
    text = f'[accounts.free]\nservice = "{service}"\nurl = "https://a.example/"\n'
    if service == "audioscrobbler":
        text += 'auth_url = "https://a.example/auth"\n'
    [account] = accounts(path, KEY + text).values()
    assert (account.access.key, account.access.secret) == ("", "")


def test_accounts_stand_in_the_order_of_the_file(path: Path):
    text = "".join(f'[accounts.{name}]\nservice = "listenbrainz"\n' for name in "zab")
    assert list(accounts(path, text)) == ["z", "a", "b"]


@pytest.mark.parametrize("name", ["lastfm", "Mine", "a.b", "a b", "ä", "", "-a", "a" * 33, "a/b"])
def test_a_name_must_be_fit_for_files_and_commands(path: Path, name: str):
    message = refused(path, f'[accounts."{name}"]\nservice = "listenbrainz"\n')
    assert "name is of a to z" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accounts = 3\n", "accounts must be tables; write [accounts.NAME] on a line"),
        (
            "[accounts]\nmine = 3\n",
            "accounts.mine must be a table; write [accounts.mine] on a line",
        ),
        ("[accounts.mine]\n", "[accounts.mine] needs service = one of lastfm, librefm,"),
        ("[accounts.mine]\nservice = 3\n", "[accounts.mine] needs service = one of lastfm,"),
        (
            '[accounts.mine]\nservice = "listenbrain"\n',
            "[accounts.mine] service = 'listenbrain' is not known; did you mean listenbrainz?",
        ),
        (
            MINIMAL + "colour = 1\n",
            "[accounts.mine] colour (service = 'listenbrainz') is not known; known here: ",
        ),
        (
            '[accounts.mine]\nservice = "lastfm"\nsend_duration = true\n',
            "[accounts.mine] send_duration (service = 'lastfm') is not known",
        ),
        (MINIMAL + "enabled = 1\n", "[accounts.mine] enabled must be true or false, it is 1"),
        (MINIMAL + "requests_per_second = 101\n", "[accounts.mine] requests_per_second must be"),
        (MINIMAL + 'mbid = "x"\n', "[accounts.mine] mbid must be one of recording, track, off"),
        (MINIMAL + "url = 'ftp://a'\n", "[accounts.mine] url must begin with https://"),
        (
            MINIMAL + "url = 'http://a.example'\n",
            "[accounts.mine] url must begin with https://, it is 'http://a.example': others on the"
            " way could read your login; insecure_http = true allows it",
        ),
        ('[accounts.mine]\nservice = "audioscrobbler"\n', "[accounts.mine] needs url: where"),
        (
            '[accounts.mine]\nservice = "audioscrobbler"\nurl = "https://a.example/"\n',
            "[accounts.mine] needs auth_url: the server's page of approval",
        ),
        (
            '[accounts.mine]\nservice = "lastfm"\napi_key = "k"\n',
            "[accounts.mine] needs both api_key and api_secret, or neither",
        ),
        (
            MINIMAL + 'token_file = "/a\\u0000b"\n',
            "[accounts.mine] token_file: '/a\\x00b' can't be",
        ),
        (
            MINIMAL + 'token_file = "~nobody_there/a"\n',
            "[accounts.mine] token_file: there is no home folder for '~nobody_there/a'",
        ),
        (FILE, "[accounts.log] needs path: the file that plays are added to"),
        (FILE + 'path = ""\n', "[accounts.log] needs path: the file that plays are added to"),
        (FILE + 'path = "/a\\u0000b"\n', "[accounts.log] needs path: the file that plays"),
        (FILE + 'path = "~nobody_there/a"\n', "[accounts.log] path: there is no home folder for"),
        (FILE + "path = 3\n", "[accounts.log] path must be a text, it is 3"),
        (
            FILE + 'path = "/a"\nformat = "csv"\n',
            "[accounts.log] format must be one of scrobbler-log, jsonl, pano-jsonl, it is 'csv'",
        ),
        (MINIMAL + 'path = "/a"\n', "[accounts.mine] path (service = 'listenbrainz') is not known"),
        *(
            (f"{FILE}{key} = 1\n", f"[accounts.log] {key} (service = 'file') is not known")
            for key in ("url", "now_playing", "love", "token_file", "insecure_http", "api_key")
        ),
        *(
            (f"{FILE}{key} = 1\n", f"[accounts.log] {key} (service = 'file') is not known")
            for key in ("requests_per_second", "requests_per_day", "scrobbles_per_day")
        ),
        (MINIMAL + "filters = 3\n", "[accounts.mine.filters] must be a table"),
        (
            MINIMAL + "[accounts.mine.filters]\nrewrites = []\n",
            "[accounts.mine.filters] rewrites is not known",
        ),
        (
            MINIMAL + '[accounts.mine.filters]\nignore_title = ["("]\n',
            "[accounts.mine.filters] ignore_title: '(' is no regular expression",
        ),
    ],
)
def test_a_table_that_is_wrong_is_one_clear_error(path: Path, text: str, message: str):
    assert refused(path, text).startswith(message)


@pytest.mark.parametrize(
    ("given", "absolute"),
    [
        ("/srv/a.log", "/srv/a.log"),
        ("~/music/.scrobbler.log", "/home/otter/music/.scrobbler.log"),
        ("a.log", "/home/otter/a.log"),
        ("/srv/../srv//a.log", "/srv/a.log"),
        ("/srv/Ä b.log", "/srv/Ä b.log"),
    ],
)
def test_a_path_is_an_absolute_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, given: str, absolute: str
):
    monkeypatch.setenv("HOME", "/home/otter")
    account = accounts(path, f'{FILE}path = "{given}"\n')["log"]
    assert account.access.api_url == absolute
    assert account.access.format == "scrobbler-log"
    assert account.limits == Limits(requests_per_day=0, scrobbles_per_day=0)


@pytest.mark.parametrize("other", ["/home/otter/a", "~/a", "a", "/home/../home/otter/a"])
def test_two_accounts_never_write_to_one_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, other: str
):
    monkeypatch.setenv("HOME", "/home/otter")
    text = f'{FILE}path = "/home/otter/a"\n[accounts.two]\nservice = "file"\n'
    assert refused(path, f'{text}path = "{other}"\n') == (
        "[accounts.two] path: /home/otter/a is that of [accounts.log] already"
    )
    assert len(accounts(path, f'{text}path = "/home/otter/b"\n')) == 2


def test_a_secret_is_not_shown_in_an_error(path: Path):
    text = '[accounts.second]\nservice = "lastfm"\napi_key = ["hush"]\n'
    assert "hush" not in refused(path, text)


def test_there_are_not_too_many(path: Path):
    tables = "".join(
        f'[accounts.a{number}]\nservice = "listenbrainz"\n' for number in range(MAX_ACCOUNTS + 1)
    )
    assert refused(path, tables) == f"there are {MAX_ACCOUNTS + 1} accounts; 16 are the most"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_can_be_had(path: Path, service: str):
    where = 'path = "~/a"' if service == "file" else 'url = "https://a.example/"'
    text = f'[accounts.a]\nservice = "{service}"\n{where}\n'
    if "auth_url" in SERVICES[service].options:
        text += 'auth_url = "https://a.example/auth"\n'
    assert accounts(path, text)["a"].service == service
