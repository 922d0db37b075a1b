"""What an account takes of the plays that count."""

import re
from dataclasses import replace

import pytest

from scrobblerd.core.account_rules import (
    NO_FILTERS,
    AccountRules,
    LeftOut,
    scrobble_for,
    why_left_out,
)
from scrobblerd.core.model import Moment, Play, PlayReason, Reason, Track, Verdict
from scrobblerd.core.rules import as_scrobble

TRACK = Track("Fern", "Mira Holt", length=215.0, url="https://a.example/b.mkv", mbid="m")

PLAY = Play(
    key="key",
    player="mpv.instance7",
    track=TRACK,
    start=Moment(5.0, 5.0, 1_790_000_000.0),
    heard=120.0,
    needed=107.5,
    verdict=Verdict.COUNTED,
    reason=Reason(PlayReason.HEARD),
    player_name="mpv Media Player",
)


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (AccountRules(players=("mpv",)), None),
        (AccountRules(players=("vlc",)), LeftOut("", "mpv.instance7")),
        (AccountRules(not_players=("mpv",)), LeftOut("", "mpv.instance7")),
        (
            AccountRules(filters=replace(NO_FILTERS, ignore_hosts=("a.example",))),
            LeftOut("site", "a.example"),
        ),
    ],
)
def test_what_is_left_out_says_why(rules: AccountRules, why: LeftOut | None) -> None:
    assert why_left_out(rules, PLAY) == why
    assert (scrobble_for(rules, PLAY) is None) is (why is not None)


def test_an_account_takes_all_that_counts():
    assert scrobble_for(AccountRules(), PLAY) == as_scrobble(PLAY)


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        (AccountRules(players=("mpv",)), True),
        (AccountRules(players=("MPV media*",)), True),
        (AccountRules(players=("vlc", "mpv.instance7")), True),
        (AccountRules(players=("vlc",)), False),
        (AccountRules(not_players=("mpv*",)), False),
        (AccountRules(not_players=("vlc",)), True),
        (AccountRules(players=("mpv",), not_players=("mpv",)), False),
        (AccountRules(filters=replace(NO_FILTERS, ignore_hosts=("a.example",))), False),
        (AccountRules(filters=replace(NO_FILTERS, ignore_artist=(re.compile("Holt"),))), False),
        (AccountRules(filters=replace(NO_FILTERS, ignore_title=(re.compile("Moss"),))), True),
    ],
)
def test_an_account_leaves_out_players_and_tracks(rules: AccountRules, taken: bool):
    assert (scrobble_for(rules, PLAY) is not None) is taken


def test_the_length_is_left_out_if_it_is_not_to_be_told():
    scrobble = scrobble_for(AccountRules(send_duration=False), PLAY)
    assert scrobble == replace(as_scrobble(PLAY), duration=None)


@pytest.mark.parametrize(
    ("mbid", "recording", "track"), [("recording", "m", ""), ("track", "", "m"), ("off", "", "")]
)
def test_the_id_of_the_tags_is_what_the_user_says(mbid: str, recording: str, track: str):
    scrobble = scrobble_for(AccountRules(mbid=mbid), PLAY)
    assert scrobble is not None
    assert (scrobble.mbid, scrobble.details.track_mbid) == (recording, track)
