"""[players.NAME] of config.toml: what a table decides, and what is refused."""

from pathlib import Path

import pytest

from scrobblerd.config.loader import load
from scrobblerd.config.players import MAX_PLAYER_TABLES, PLAYER_OPTIONS
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.rules import PHONES, PlayerRules, Rules


def rules(tmp_path: Path, text: str) -> Rules:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {}).rules


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(FixTheFile) as refused:
        rules(tmp_path, text)
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'config.toml'}: ")
    return message.removeprefix(f"{tmp_path / 'config.toml'}: ")


def test_every_option_is_a_field_of_the_rules():
    assert PlayerRules("mpv", **{name: each.default for name, each in PLAYER_OPTIONS.items()})


def test_tables_are_kept_in_order_beside_the_lists(tmp_path: Path):
    found = rules(
        tmp_path,
        """
        [players]
        allow = ["spotify", "vlc"]

        [players."vlc*"]
        scrobble_threshold = 90
        minimum_seconds = 10
        maximum_seconds = 600.5
        now_playing = false
        announce_only = true

        [players.spotify]
        """,
    )
    assert (found.allow, found.deny) == (("spotify", "vlc"), PHONES)
    assert found.players == (
        PlayerRules("vlc*", 90, 10.0, 600.5, now_playing=False, announce_only=True),
        PlayerRules("spotify"),
    )


def test_without_tables_there_are_none(tmp_path: Path):
    assert rules(tmp_path, "[players]\nallow = []").players == ()
    assert rules(tmp_path, "").players == ()


@pytest.mark.parametrize(("given", "kept"), [(10, 25), (25, 25), (100, 100), (1000, 100)])
def test_threshold_is_moved_inside_as_that_for_all(tmp_path: Path, given: int, kept: int):
    [own] = rules(tmp_path, f"[players.mpv]\nscrobble_threshold = {given}").players
    assert own.scrobble_threshold == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[players.mpv]\nthreshold = 80",
         "[players.mpv] threshold is not known; did you mean scrobble_threshold?"),
        ("[players.'vlc*']\nfoo = 1", '[players."vlc*"] foo is not known; known here: scrobble_'),
        ("[players.mpv]\nscrobble_threshold = '80'",
         "[players.mpv] scrobble_threshold must be a whole number, it is '80'"),
        ("[players.mpv]\nnow_playing = 0",
         "[players.mpv] now_playing must be true or false, it is 0"),
        ("[players.mpv]\nminimum_seconds = -1",
         "[players.mpv] minimum_seconds must be between 0 and 3600, it is -1"),
        ("[players.mpv]\nmaximum_seconds = 0",
         "[players.mpv] maximum_seconds must be between 1 and 86400, it is 0"),
        ("[players.allow]\nnow_playing = true", "[players] allow must be a list of texts, it is {"),
        ("[players.' ']\nnow_playing = true", "[players] has a table without a name"),
        ("[players]\nmpv = true", "[players] mpv is not known; "),
        ("players = 5", "players must be a table; write [players] on a line of its own"),
        ("\n".join(f"[players.p{number}]" for number in range(MAX_PLAYER_TABLES + 1)),
         f"[players] has more than {MAX_PLAYER_TABLES} tables"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_file_table_and_key(tmp_path: Path, text: str, words: str):
    assert refusal(tmp_path, text).startswith(words)
