"""The dashboard as a picture: any size of a page, any names, every state."""

import io
import time
from typing import Any

import pytest
from rich.cells import cell_len

from scrobblerd.ctl.dashboard.picture import help_page, picture
from scrobblerd.ctl.dashboard.state import Chosen, Look, State
from scrobblerd.ctl.display.screen import Screen
from tests.support.scrobblerctl import NASTY, harmless

ARABIC, JAPANESE, EMOJI = "أغنية الليل", "夜の港と海の歌", "Party 🎉🌊"
QUEUE: dict[str, Any] = {
    **dict.fromkeys(("queued", "held", "rejected", "expired", "expiring", "loves"), 0),
    "hold_reason": "",
    "hold_code": "",
    "last_error": "",
    "next_attempt": 0,
    "requests_today": 3,
    "requests_limit": 333,
    "scrobbles_today": 1,
    "scrobbles_limit": 2800,
}
SETTINGS: dict[str, Any] = {
    "enabled": True,
    "scrobble_threshold": 50,
    "paused_until": 0,
    "username": "quiet_otter",
    "authenticated": True,
    "configured": True,
}


def player(name: str, title: str, **other: Any) -> dict[str, Any]:
    """A player that has heard half of what it takes."""
    values: dict[str, Any] = {
        "player": name,
        "status": "Playing",
        "title": title,
        "artist": "Mira Holt",
        "album": "",
        "start": 1,
        "length": 240.0,
        "needed": 120.0,
        "heard": 60.0,
        "rate": 1.0,
        "verdict": "listening",
        "reason": "",
        "code": "open",
        "detail": "",
        "rule": "",
        "loved": False,
    }
    return values | other


ACCOUNT: dict[str, Any] = {
    "account": "lastfm",
    "label": "Last.fm",
    "login": "browser",
    "url": "https://listens.example.org",
    "username": "quiet_otter",
    "state": "active",
    "sent_means": "stored",
    **dict.fromkeys(("words", "hold_code", "hold_reason", "last_error"), ""),
    **dict.fromkeys(("queued", "held", "rejected", "expired", "loves", "next_attempt"), 0),
    **dict.fromkeys(("scrobbles_today", "requests_today"), 0),
}
"""What ListAccounts says of an account that is well."""


def play(number: int, title: str, **other: Any) -> dict[str, Any]:
    """A play that was sent a minute ago."""
    values: dict[str, Any] = {
        "id": number,
        "player": "mpv",
        "title": title,
        "artist": "Mira Holt",
        "album": "",
        "start": int(time.time()) - 60,
        "length": 240.0,
        "heard": 240.0,
        "needed": 120.0,
        "verdict": "counted",
        "reason": "heard",
        "code": "heard",
        "detail": "",
        "rule": "",
        "outcomes": [],
        "sent_to": ["lastfm"],
        "waiting_for": [],
        "refused_by": [],
        "accounts": [("lastfm", "sent", "")],
    }
    return values | other


def state(
    *players: dict[str, Any],
    plays: list[dict[str, Any]] | None = None,
    chosen: Chosen | None = None,
    **document: Any,
) -> State:
    """What is on a page."""
    known = {"version": "1", "settings": SETTINGS, "queue": QUEUE, "players": list(players)}
    known["to_do"] = []
    return State(Look(known | document, plays or [], time.monotonic() * 1e6), chosen)


def drawn(state: State, columns: int = 80, height: int = 24, encoding: str = "utf-8") -> list[str]:
    """The rows of the page, without the spaces at their ends."""
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    screen = Screen(output, output)
    screen.console.size = (columns, height)
    with screen.console.capture() as capture:
        screen.console.print(picture(state, screen, height))
    rows = capture.get().encode(encoding, "replace").decode(encoding).splitlines()
    assert len(rows) == height
    assert max(map(cell_len, rows)) <= columns
    harmless("\n".join(rows))
    return [row.rstrip() for row in rows]


def busy() -> State:
    """A page with much on it; spotify began last."""
    return state(
        player("mpv", ARABIC, artist="فيروز"),
        player("spotify", f"{JAPANESE * 5} end", artist=EMOJI, start=9),
        plays=[
            *(play(1, ARABIC), play(2, JAPANESE * 9), play(3, EMOJI)),
            play(4, NASTY, artist=NASTY),
        ],
    )


@pytest.mark.parametrize("columns", [1, 2, 7, 20, 40, 41, 79, 80, 120, 300])
@pytest.mark.parametrize("height", [1, 2, 3, 7, 12, 24, 60])
def test_it_has_the_size_of_the_page_whatever_the_names_are(columns: int, height: int) -> None:
    now = busy()
    drawn(now, columns, height)
    now.panel = help_page()
    drawn(now, columns, height)


def test_a_page_with_room_has_all_of_it() -> None:
    rows = drawn(busy(), 120, 40)
    text = "\n".join(rows)
    assert rows[0].startswith("quiet_otter at Last.fm · Scrobbling on")
    assert "Queue empty" in text
    assert "1 of 2,800 scrobbles" in text
    assert text.count("1:00 of 2:00, 4:00 long") == 2
    assert text.count("  sent  ") == 4
    assert rows[-1] == "q quit  l love  s skip  p pause  r retry  e explain  ? help"


def test_at_40_columns_each_player_and_play_has_its_row_and_all_keys_are_there() -> None:
    rows = drawn(busy(), 40, 20)
    assert rows[-2:] == ["q quit  l love  s skip  p pause  r retry", "e explain  ? help"]
    assert sum("1:00 of 2:00" in row for row in rows) == 2
    assert sum("sent  " in row for row in rows) == 4
    assert any(row.endswith("…") for row in rows)


@pytest.mark.parametrize(
    ("height", "kept"),
    [
        (1, ["spotify"]),
        (2, ["spotify", "of 2:00"]),
        (3, ["spotify", "of 2:00", "q quit"]),
        (4, ["quiet_otter", "spotify", "of 2:00", "q quit"]),
        (5, ["quiet_otter", "mpv", "spotify", "of 2:00", "q quit"]),
        (7, ["quiet_otter", "mpv", "of 2:00", "spotify", "of 2:00", "sent", "q quit"]),
    ],
)
def test_in_few_rows_the_most_important_ones_stay(height: int, kept: list[str]) -> None:
    """First what the keys are for, then the keys, then who is logged in, then other players."""
    rows = drawn(busy(), 80, height)
    for row, part in zip(rows, kept, strict=True):
        assert part in row, rows


def test_what_is_to_be_done_stays_longer_than_plays_and_what_was_sent_today() -> None:
    todo = {
        "state": "rejected",
        "plays": 2,
        "accounts": ["lastfm"],
        "command": "scrobblerctl queue",
    }
    rows = drawn(state(player("mpv", "Fern"), plays=[play(1, "Moss")], to_do=[todo]), 80, 6)
    assert any("2 plays were rejected: scrobblerctl queue" in row for row in rows), rows
    assert any("Moss" in row for row in rows)
    assert not any("scrobbles" in row for row in rows)


def test_an_answer_and_what_a_key_did_stay_longer_than_what_plays() -> None:
    now = state(player("mpv", "Fern"))
    now.message = help_page()[:1]
    assert drawn(now, 80, 1) == ["q   leave; so does Ctrl-C"]
    now.message, now.panel = [], help_page()[1:2]
    assert "love the track" in drawn(now, 80, 1)[0]
    assert drawn(now, 80, 24)[-1] == "Esc back  q quit"


def test_the_chosen_play_is_never_out_of_sight() -> None:
    plays = [play(number, f"Track {number}.") for number in range(100, 0, -1)]
    for chosen in (100, 60, 1):
        rows = drawn(state(player("mpv", "Fern"), plays=plays, chosen=("play", chosen)), 80, 10)
        assert any(f"Track {chosen}." in row for row in rows)
    rows = drawn(state(player("mpv", "Fern"), plays=plays, chosen=("play", 60)), 80, 16)
    around = [row for row in rows if "Track" in row]
    assert f"Track {60}." in around[len(around) // 2]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({}, "sent"),
        ({"accounts": [("lastfm", "sent", ""), ("brainz", "pending", "")]}, "waiting"),
        ({"accounts": [("lastfm", "pending", ""), ("brainz", "held", "other_account")]}, "held"),
        ({"accounts": [("lastfm", "rejected", "ignored"), ("brainz", "sent", "")]}, "ignored"),
        ({"accounts": [("lastfm", "sent", ""), ("brainz", "rejected", "refused")]}, "rejected"),
        ({"accounts": []}, "not sent"),
        ({"accounts": [("lastfm", "dropped", "user")]}, "dropped"),
        ({"accounts": [("lastfm", "left_out", "rule"), ("brainz", "dropped", "")]}, "left out"),
        ({"accounts": [("lastfm", "left_out", "rule"), ("brainz", "sent", "")]}, "sent"),
        ({"verdict": "unwanted", "code": "skipped", "reason": "skipped by you"}, "skipped"),
        ({"verdict": "duplicate", "code": "duplicate", "reason": "vlc had it"}, "vlc had it"),
    ],
)
def test_each_play_tells_what_became_of_it(values: dict[str, Any], shown: str) -> None:
    rows = drawn(state(plays=[play(1, "Fern", **values)]))
    [row] = [row for row in rows if "Fern by Mira Holt" in row]
    assert shown in row
    assert row.startswith(time.strftime("%H:", time.localtime(time.time() - 60)))


def test_what_a_service_may_still_leave_out_is_taken_and_not_sent() -> None:
    account = {**ACCOUNT, "account": "sky", "label": "Rocksky", "sent_means": "taken"}
    listed = [ACCOUNT, account]
    rows = drawn(state(plays=[play(1, "Fern", accounts=[("sky", "sent", "")])], accounts=listed))
    assert any("  taken  Fern by Mira Holt" in row for row in rows), rows


def test_keys_are_called_by_what_they_would_do_now() -> None:
    now = state(
        player("mpv", "Fern", loved=True, code="skipped", verdict="unwanted", reason="skipped"),
        settings=SETTINGS | {"paused_until": -1, "enabled": False},
    )
    assert drawn(now)[-1].startswith("q quit  l unlove  s unskip  p resume  r retry")


def test_private_mode_stands_where_players_would() -> None:
    private = {"paused_until": -1, "enabled": False, "private": True}
    rows = drawn(state(settings=SETTINGS | private))
    assert any("private for the time being" in row for row in rows)
    assert "What plays is private" in rows


def test_a_loved_track_has_a_heart() -> None:
    now = state(player("mpv", "Fern", loved=True))
    assert any(row.endswith("Fern by Mira Holt ♥") for row in drawn(now))


def test_what_stands_in_the_way_is_told_whole_also_in_a_narrow_page() -> None:
    reason = "Last.fm can't be reached since 14:05; it is tried again by itself"
    queue = QUEUE | {"queued": 3, "hold_reason": reason}
    rows = drawn(state(player("mpv", "Fern"), queue=queue), 40, 24)
    assert reason in " ".join(rows)


def test_every_account_is_told_of() -> None:
    listed = [ACCOUNT, ACCOUNT | {"account": "brainz", "label": "ListenBrainz", "queued": 2}]
    rows = drawn(state(player("mpv", "Fern"), accounts=listed))
    assert "quiet_otter at Last.fm" in rows[0]
    assert "brainz quiet_otter at ListenBrainz, 2 waiting" in " ".join(rows)


def test_an_output_that_is_not_utf_8_has_other_marks() -> None:
    rows = drawn(
        state(player("mpv", "Fern", loved=True), plays=[play(1, "Moss")]), encoding="ascii"
    )
    text = "\n".join(rows)
    assert "> mpv" in text
    assert "####" in text


def test_a_daemon_that_does_not_run_and_one_that_plays_nothing_are_told() -> None:
    assert drawn(State())[0].startswith("scrobblerd is not running; waiting for it")
    assert "Nothing is playing" in "\n".join(drawn(state()))


def test_the_help_has_every_key() -> None:
    assert [str(line)[0] for line in help_page()] == [*"qlspre?", "↑"]
