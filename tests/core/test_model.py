"""The nouns of the program."""

import pytest

from scrobblerd.core import program_of
from scrobblerd.core.model import Holder


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


# -- who uses the state folder ---------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", "unix:path=/run/user/1000/bus", "tcp:host=a,port=1"])
def test_a_holder_is_read_as_it_was_written(address: str) -> None:
    assert Holder.load(Holder(4321, address).dump()) == Holder(4321, address)


@pytest.mark.parametrize("content", ["", "\n", "x", "4321x unix:path=/a", "-1 unix:path=/a", "²"])
def test_anything_else_names_nobody(content: str) -> None:
    assert Holder.load(content) is None


def test_a_holder_is_named_for_people() -> None:
    assert str(Holder(7, "unix:path=/a")) == "process 7, on the session bus unix:path=/a"
    assert str(Holder(7)) == "process 7, on no session bus yet"
