"""The keys of the dashboard: what terminals send for them."""

import pytest

from scrobblerd.ctl.dashboard.keys import KEYS, presses


def test_letters_are_keys_by_themselves() -> None:
    assert presses("".join(KEYS).encode()) == list(KEYS)


@pytest.mark.parametrize("up", [b"\x1b[A", b"\x1bOA", b"k"])
def test_arrows_have_names_however_a_terminal_sends_them(up: bytes) -> None:
    assert presses(up + up) == ["up", "up"]
    assert presses(up.replace(b"A", b"B").replace(b"k", b"j")) == ["down"]


def test_escape_is_a_key_also_if_another_comes_with_it() -> None:
    assert presses(b"\x1b") == ["escape"]
    assert presses(b"\x1bs\x1b\x1b[A") == ["escape", "s", "escape", "up"]


@pytest.mark.parametrize(
    "typed",
    [b"\x1b[1;5A", b"\x1b[15~", b"\x1b[200~", b"\x1b[", "é".encode(), "夜".encode()],
)
def test_other_keys_are_one_press_that_means_nothing(typed: bytes) -> None:
    [press] = presses(typed)
    assert press not in (*KEYS, "up", "down", "escape")


def test_what_is_cut_or_no_text_is_no_key() -> None:
    assert not {*presses(b"\xe5\xa4"), *presses(b"\xff\x00\x03")} & KEYS.keys()
