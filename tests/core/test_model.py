"""The nouns of the program."""

import pytest

from scrobblerd.core.model import program_of


@pytest.mark.parametrize(
    ("player", "program"),
    [
        ("mpv", "mpv"),
        ("vlc.instance7", "vlc"),
        ("firefox.instance_1_4", "firefox"),
        ("chromium.instance12.instance3", "chromium"),
        ("", ""),
    ],
)
def test_all_instances_of_a_player_share_a_name(player: str, program: str) -> None:
    assert program_of(player) == program
