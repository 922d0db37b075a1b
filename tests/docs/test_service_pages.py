"""Each service has a page that is made of its profile; recipes for accounts do what they say."""

import re
from pathlib import Path

import pytest

from scrobblerd.config.accounts import SERVICES
from scrobblerd.config.loader import load
from scrobblerd.config.source import AccountConfig
from scrobblerd.services.audioscrobbler.protocol import Ignored
from tests.support.documents import blocks
from tests.support.paths import ROOT
from tools import service_pages

ACCOUNTS = ROOT / "docs" / "accounts.md"
FOLDER = ROOT / "docs" / "services"

SECTIONS = (
    *("Log in", "What it takes", "What counts there", "What its answers mean"),
    "What is special",
)

each = pytest.mark.parametrize("kind", SERVICES)


def accounts(tmp_path: Path, text: str) -> dict[str, AccountConfig]:
    """The accounts of a config.toml, without that of [lastfm]."""
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return {name: each for name, each in load(path, {}).accounts.items() if name != "lastfm"}


# -- pages ----------------------------------------------------------------------------------------


def test_each_service_has_a_page_and_there_are_no_others() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SERVICES)


@each
def test_a_page_is_linked_and_has_each_section(kind: str) -> None:
    assert f"](services/{kind}.md)" in ACCOUNTS.read_text(encoding="utf-8")
    text = (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) == SECTIONS
    for part in ("login at", "facts of"):
        assert f"<!-- made by tools.docs: {part} {kind} -->" in text


@each
def test_the_first_step_of_a_page_makes_an_account_at_that_service(
    kind: str, tmp_path: Path
) -> None:
    [example] = blocks(FOLDER / f"{kind}.md", "toml")
    assert accounts(tmp_path, example)["mine"].service == kind


def test_each_answer_has_words() -> None:
    assert set(service_pages.IGNORED) == set(Ignored)


# -- recipes --------------------------------------------------------------------------------------


@pytest.fixture
def recipes(tmp_path: Path) -> dict[str, dict[str, AccountConfig]]:
    """The accounts of each recipe, by its first words."""
    text = ACCOUNTS.read_text(encoding="utf-8").partition("\n## Recipes\n")[2]
    told = re.findall(r"^\*\*(.+?)\*\*.*?^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return {" ".join(name.split()): accounts(tmp_path, toml) for name, toml in told}


def test_listenbrainz_gets_all_beside_lastfm_or_no_lengths_if_it_imports_from_there(
    recipes: dict[str, dict[str, AccountConfig]],
) -> None:
    plain = recipes["ListenBrainz beside Last.fm."]["brainz"]
    assert (plain.service, plain.rules.send_duration) == ("listenbrainz", True)
    [beside] = [made["brainz"] for name, made in recipes.items() if "imports from Last.fm" in name]
    assert (beside.service, beside.rules.send_duration) == ("listenbrainz", False)


def test_a_player_that_the_service_hears_itself_is_left_out(
    recipes: dict[str, dict[str, AccountConfig]],
) -> None:
    [account] = [made["brainz"] for name, made in recipes.items() if "Spotify" in name]
    assert account.rules.not_players == ("spotify*",)


def test_maloja_at_home_is_reached_without_https(
    recipes: dict[str, dict[str, AccountConfig]],
) -> None:
    account = recipes["Maloja at home"]["attic"]
    assert account.service == "maloja"
    assert account.access.api_url.startswith("http://")


def test_a_second_user_of_lastfm_has_a_key_and_rules_of_her_own(
    recipes: dict[str, dict[str, AccountConfig]],
) -> None:
    account = recipes["Two users of Last.fm"]["second"]
    assert (account.service, account.rules.players) == ("lastfm", ("mpv",))
    assert recipes["No podcasts at one of them:"]["second"].rules.filters.ignore_genres
