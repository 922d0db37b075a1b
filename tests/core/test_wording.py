"""wording.py: every code has a sentence, whatever the values beside it are."""

import math
from dataclasses import replace

import pytest

from scrobblerd.core import wording
from scrobblerd.core.events import Current
from scrobblerd.core.model import PlayReason, Reason, Verdict
from scrobblerd.core.submission import Cause, FindingKind
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
FIGURES = "heard 0:12 of 3:20, needed 1:40"


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
        (
            Reason(PlayReason.NOT_HEARD),
            "heard 0:12 of 1:40 needed; the track is 3:20 long",
        ),
        (Reason(PlayReason.OFF), f"scrobbling was off or paused; {FIGURES}"),
        (Reason(PlayReason.OFF, "paused"), f"scrobbling was paused; {FIGURES}"),
        (Reason(PlayReason.OFF, "off"), f"scrobbling was switched off; {FIGURES}"),
        (Reason(PlayReason.SKIPPED), "skipped by you"),
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
    ("reason", "words"),
    [
        (Reason(PlayReason.OPEN), ""),
        (Reason(PlayReason.HEARD), ""),
        (Reason(PlayReason.OFF), "scrobbling is off or paused"),
        (
            Reason(PlayReason.OFF, "paused"),
            "scrobbling is paused; scrobblerctl resume ends that",
        ),
        (
            Reason(PlayReason.OFF, "off"),
            "scrobbling is switched off; scrobblerctl settings enabled on ends that",
        ),
        (Reason(PlayReason.SKIPPED), "skipped by you"),
    ],
)
def test_what_plays_says_only_why_it_does_not_count(reason: Reason, words: str) -> None:
    assert wording.of_current(replace(CURRENT, reason=reason)) == words


def test_a_play_counted_or_did_not() -> None:
    assert wording.of_decision(Verdict.COUNTED, "why") == "counted: why"
    for verdict in set(Verdict) - {Verdict.COUNTED}:
        assert wording.of_decision(verdict, "why") == "not counted: why"


def test_a_change_of_a_tag_is_one_line_with_the_rule() -> None:
    words = wording.of_change("album_artist", "A\nB\x1b", "B", "[filters] rewrites")
    assert words == 'album artist "A B" became "B" ([filters] rewrites)'


def test_what_verifying_has_found_is_said_of_each_account_and_harms_no_terminal() -> None:
    found = [
        ("lastfm", FindingKind.MISSING, Cause.SENT_AGAIN, ""),
        ("brainz", FindingKind.DOUBLED, Cause.COPIED, "an\x1b[31m importer"),
        ("attic", FindingKind.DOUBLED, Cause.OTHER_PROGRAM, ""),
    ]
    assert wording.with_findings("Sent.", found) == (
        "Sent. lastfm: Verifying has not found it there: sent again. brainz: It is there twice:"
        " an [31m importer has copied it. attic: It is there twice: another program has scrobbled"
        " it, too."
    )
    assert wording.with_findings("Sent.", []) == "Sent."
