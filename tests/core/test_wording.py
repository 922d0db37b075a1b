"""wording.py: every code has a sentence, whatever the values beside it are."""

import math
from dataclasses import replace

import pytest

from scrobblerd.core import wording
from scrobblerd.core.events import Current
from scrobblerd.core.model import PlayReason, Reason
from scrobblerd.core.text import for_people

CURRENT = Current(
    player="mpv",
    status="Playing",
    artist="Mira Holt",
    title="Fern",
    album="",
    start=1_790_000_000,
    length=200.0,
    needed=100.0,
    heard=12.0,
    rate=1.0,
    as_of=512.0,
    verdict="listening",
    reason=Reason(PlayReason.OPEN),
)
FIGURES = "heard 12 s of 200 s, needed 100 s"


@pytest.mark.parametrize("code", PlayReason)
@pytest.mark.parametrize("detail", ["", "mpv", "{0}{x}", "\x1b[31m", "30", "x" * 5000])
def test_every_code_has_one_short_line(code: PlayReason, detail: str) -> None:
    words = wording.of_reason(Reason(code, detail, "[filters] x"), 12.0, 100.0, 200.0)
    assert words == for_people(words, 400) != ""
    assert "None" not in words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason(PlayReason.HEARD), FIGURES),
        (Reason(PlayReason.OFF), f"scrobbling was off or paused; {FIGURES}"),
        (Reason(PlayReason.DUPLICATE, "vlc"), "vlc reported the same play, and that one counted"),
        (
            Reason(PlayReason.ANNOUNCE_ONLY, rule="[players] announce_only"),
            "this player is only announced ([players] announce_only)",
        ),
        (
            Reason(PlayReason.FILE_TYPE, "mkv", "[filters] presets: video-files"),
            "files of type mkv are ignored ([filters] presets: video-files)",
        ),
        (
            Reason(PlayReason.TITLE, r"^\d+$", "[filters] ignore_title"),
            r"its title matches '^\d+$' ([filters] ignore_title)",
        ),
        (
            Reason(PlayReason.SHORTER, "60", "[filters] minimum_length"),
            "it is shorter than 60 s ([filters] minimum_length)",
        ),
        (Reason(PlayReason.IMPORTED, "spotify"), "imported from a file of Spotify"),
        (Reason(PlayReason.OTHER, "an old sentence"), "an old sentence"),
        (Reason(PlayReason.OTHER), FIGURES),
    ],
)
def test_a_reason_is_told_with_what_is_beside_it(reason: Reason, words: str) -> None:
    assert wording.of_reason(reason, 12.0, 100.0, 200.0) == words


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -1.0, 1e300])
def test_odd_figures_cost_only_the_sentence(seconds: float) -> None:
    assert wording.of_reason(Reason(PlayReason.UNCLEAR), seconds, seconds, seconds)
    assert wording.of_reason(Reason(PlayReason.TOO_SHORT, str(seconds)), 1.0, seconds, seconds)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (PlayReason.OPEN, ""),
        (PlayReason.HEARD, ""),
        (PlayReason.OFF, "scrobbling is off or paused"),
        (PlayReason.SKIPPED, "skipped by hand"),
    ],
)
def test_what_plays_says_only_why_it_does_not_count(code: PlayReason, words: str) -> None:
    assert wording.of_current(replace(CURRENT, reason=Reason(code))) == words


def test_a_change_of_a_tag_is_one_line_with_the_rule() -> None:
    words = wording.of_change("album_artist", "A\nB\x1b", "B", "[filters] rewrites")
    assert words == 'album artist "A B" became "B" ([filters] rewrites)'
