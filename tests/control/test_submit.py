"""NowPlaying and Scrobble: what other programs played."""

import json
import time
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.accounts_bench import Home
from tests.support.daemon_bench import USER, Bench, scrobble_ago, started

SONG = ("NowPlaying", "sssu", "The Paper Lanterns", "Slow Harbour", "Tidewater", 215)


async def switch_off(scrobbler: Scrobbler) -> None:
    await scrobbler.set("Enabled", Variant("b", False))


def rows(daemon: Daemon) -> list[tuple[str, str, int]]:
    return daemon.rows("SELECT track, state, timestamp FROM scrobble_queue ORDER BY id")


# -- NowPlaying -----------------------------------------------------------------------------------


async def test_now_playing_reaches_last_fm(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    assert await scrobbler.call(*SONG) == ["success", ""]
    [seen] = lastfm.now_playing
    assert (seen.user, seen.artist, seen.track) == (USER, "The Paper Lanterns", "Slow Harbour")
    assert (seen.album, seen.duration) == ("Tidewater", 215)


async def test_what_is_not_known_is_not_sent(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    await scrobbler.call("NowPlaying", "sssu", " Mira\nHolt ", "Fern\x01", "", 0)
    [seen] = lastfm.now_playing
    assert (seen.artist, seen.track) == ("Mira Holt", "Fern")
    assert not {"album", "duration"} & seen.params.keys()


async def test_now_playing_while_switched_off_is_disabled(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    await switch_off(scrobbler)
    status, words = await scrobbler.call(*SONG)
    assert (status, bool(words)) == ("disabled", True)
    assert lastfm.requests == []


@started(login=False)
async def test_now_playing_without_a_login_is_not_authenticated(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    status, words = await scrobbler.call(*SONG)
    assert status == "not_authenticated"
    assert words == "nobody is logged in"
    assert lastfm.requests == []


@pytest.mark.parametrize(
    "wrong",
    [Behaviour.error(8), Behaviour.html(503), Behaviour.closed_before_storing()],
    ids=lambda wrong: wrong.name,
)
async def test_now_playing_that_fails_is_an_error_and_is_not_sent_again(
    scrobbler: Scrobbler, lastfm: StandIn, wrong: Behaviour
) -> None:
    lastfm.misbehave(wrong)
    status, words = await scrobbler.call(*SONG)
    assert (status, bool(words)) == ("error", True)
    assert await scrobbler.call(*SONG) == ["success", ""]
    assert len(lastfm.requests) == 2


# -- Scrobble -------------------------------------------------------------------------------------


async def test_for_how_long_it_was_heard_is_kept_for_services_that_take_it(
    scrobbler: Scrobbler, daemon: Daemon
) -> None:
    await scrobbler.call(*scrobble_ago(300)[1])
    assert daemon.rows("SELECT details FROM scrobble_queue") == [('{"heard": 200}',)]


async def test_a_scrobble_reaches_last_fm_as_it_was_given(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    stamp, scrobbling = scrobble_ago(300)
    assert await scrobbler.call(*scrobbling) == ["success", ""]
    [seen] = lastfm.scrobbles
    assert (seen.user, seen.artist, seen.track) == (USER, "The Paper Lanterns", "Slow Harbour")
    assert (seen.album, seen.timestamp, seen.duration) == ("Tidewater", stamp, 215)
    song = ["The Paper Lanterns", "Slow Harbour", ""]
    assert await scrobbler.said("ScrobbleStatus") == ["queued", *song]
    assert await scrobbler.said("ScrobbleStatus") == ["sent", *song]


async def test_the_same_scrobble_again_is_the_same_one(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    stamp, scrobbling = scrobble_ago(300)
    for _ in range(2):
        assert await scrobbler.call(*scrobbling) == ["success", ""]
    assert len(lastfm.requests) == 1
    assert rows(daemon) == [("Slow Harbour", "sent", stamp)]


async def test_without_network_it_is_queued_and_sent_later_under_the_same_stamp(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    lastfm.stop()
    stamp, scrobbling = scrobble_ago(300)
    status, words = await scrobbler.call(*scrobbling)
    assert status == "queued"
    assert "can't be reached" in words
    assert await scrobbler.changed("Queued") == 1
    assert rows(daemon) == [("Slow Harbour", "pending", stamp)]
    lastfm.start()
    [retried] = await scrobbler.call("RetryQueue")
    assert retried == {"submitted": 1, "failed": 0, "remaining": 0, "status": "done"}
    assert [seen.timestamp for seen in lastfm.scrobbles] == [stamp]
    assert await scrobbler.said("ScrobbleStatus", "sent")
    assert await scrobbler.changed("Queued") == 0


async def test_an_answer_that_was_lost_is_asked_for_with_the_same_request(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.closed_after_storing(), method="track.scrobble")
    assert (await scrobbler.call(*scrobble_ago(300)[1]))[0] == "queued"
    await scrobbler.call("RetryQueue")
    first, second = (request.params for request in lastfm.requests)
    assert first == second
    assert len(lastfm.scrobbles) == 1


async def test_what_last_fm_ignores_is_rejected_with_the_reason(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.ignores({0: (1, "Artist was ignored")}), method="track.scrobble")
    status, words = await scrobbler.call(*scrobble_ago(300)[1])
    assert status == "rejected"
    assert "Artist was ignored" in words
    assert (await scrobbler.said("ScrobbleStatus", "ignored"))[-1] == words
    [queue] = await scrobbler.call("GetQueueStatus")
    assert (queue["queued"], queue["rejected"]) == (0, 1)


async def test_what_last_fm_cannot_take_at_all_is_rejected(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.misbehave(Behaviour.error(6), method="track.scrobble")
    status, words = await scrobbler.call(*scrobble_ago(300)[1])
    assert (status, bool(words)) == ("rejected", True)
    assert await scrobbler.said("ScrobbleStatus", "rejected")


async def test_the_threshold_is_that_of_plays(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    just_enough = {215: 108, 40: 30, 900: 240, 0: 240, 30: 30}
    for number, (duration, enough) in enumerate(just_enough.items()):
        for played, wanted in ((enough - 1, "threshold_not_met"), (enough, "success")):
            given = {"duration": duration, "played_time": played}
            status, words = await scrobbler.call(*scrobble_ago(1000 + 60 * number, **given)[1])
            assert (status, bool(words)) == (wanted, wanted != "success")
    assert len(lastfm.scrobbles) == len(just_enough)


async def test_a_track_under_30_s_never_counts(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    status, words = await scrobbler.call(*scrobble_ago(300, duration=29, played_time=29)[1])
    assert status == "threshold_not_met"
    assert words.startswith("duration: ")
    assert lastfm.requests == []


async def test_why_the_threshold_is_not_met_is_told(scrobbler: Scrobbler, daemon: Daemon) -> None:
    _stamp, scrobbling = scrobble_ago(300, played_time=41)
    assert await scrobbler.call(*scrobbling) == ["threshold_not_met", "heard 0:41 of 1:47 needed"]
    assert rows(daemon) == []


async def test_a_scrobble_while_switched_off_is_disabled_and_not_queued(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon
) -> None:
    await switch_off(scrobbler)
    status, words = await scrobbler.call(*scrobble_ago(300)[1])
    assert (status, bool(words)) == ("disabled", True)
    assert (lastfm.requests, rows(daemon)) == ([], [])


@started(login=False, configured=False)
async def test_without_an_api_key_plays_are_queued_and_logging_in_says_what_to_do(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    [settings] = await scrobbler.call("GetSettings")
    assert settings["configured"] is False
    assert (await scrobbler.call(*scrobble_ago(300)[1]))[0] == "queued"
    for call in (("GetAuthUrl",), ("CompleteAuth", "s", "x"), ("ImportLovedTracks",)):
        name, words = await scrobbler.refused(*call)
        assert name == "NotConfigured"
        assert "last.fm/api/account/create" in words
    bench.restart()
    [queue] = await scrobbler.call("GetQueueStatus")
    assert queue["queued"] == 1
    assert lastfm.requests == []


# -- several accounts -----------------------------------------------------------------------------


async def test_the_answer_is_last_fms_and_names_the_other_accounts(home: Home) -> None:
    await home.log_in()
    scrobbling = scrobble_ago(300)[1]
    answer = await home.scrobbler.call(*scrobbling)
    assert answer == ["success", "sent; second: queued; brainz: queued"]
    await home.sent_at("second", "brainz")
    answer = await home.scrobbler.call(*scrobbling)
    assert answer == ["success", "sent; second: sent; brainz: sent"]
    assert await home.scrobbler.call(*SONG) == ["success", ""]


async def test_what_another_account_waits_for_is_named(home: Home) -> None:
    home.bench.lastfm.stop()
    status, words = await home.scrobbler.call(*scrobble_ago(300)[1])
    first, second, brainz = words.split("; ")
    assert status == "queued"
    assert "can't be reached" in first
    assert second == "second: queued, nobody is logged in"
    assert brainz == "brainz: queued, nobody is logged in"
    home.bench.lastfm.start()
    answer = await home.scrobbler.call(*SONG)
    assert answer == ["success", "second: nobody is logged in; brainz: nobody is logged in"]


async def test_without_last_fm_the_answer_is_the_first_accounts(brainz_alone: Home) -> None:
    stamp, scrobbling = scrobble_ago(30 * 86400)  # Last.fm would take none so old
    assert await brainz_alone.scrobbler.call(*scrobbling) == ["success", ""]
    assert brainz_alone.brainz.titles() == ["Slow Harbour"]
    assert stamp < time.time() - 13.5 * 86400
    assert await brainz_alone.scrobbler.call(*SONG) == ["success", ""]
    song = ["The Paper Lanterns", "Slow Harbour", ""]
    assert await brainz_alone.scrobbler.said("ScrobbleStatus", "sent") == ["sent", *song]
    status = f"Nothing is playing; logged in as {USER} at brainz"
    while await brainz_alone.scrobbler.get("Status") != status:
        await brainz_alone.scrobbler.changed("Status")


async def test_without_last_fm_one_who_is_logged_in_answers(home: Home) -> None:
    await home.log_in()
    await home.scrobbler.call("Logout", "s", "lastfm")
    await home.scrobbler.call("Logout", "s", "second")
    await home.scrobbler.call("SetAccountEnabled", "sb", "second", True)
    answer = await home.scrobbler.call(*scrobble_ago(300)[1])
    assert answer == ["success", "sent; second: queued, nobody is logged in"]


def imported(**values: Variant) -> dict[str, Variant]:
    """A play for ImportPlays."""
    usual = {"artist": Variant("s", "Mira Holt"), "track": Variant("s", "Fern")}
    return {**usual, "timestamp": Variant("x", 1_609_409_472), **values}


async def test_plays_are_imported_and_each_that_is_not_is_told(scrobbler: Scrobbler) -> None:
    wrong = {
        "malformed": imported(artists=Variant("s", "Mira Holt")),
        "no_artist": imported(artist=Variant("s", " ")),
        "no_track": imported(track=Variant("s", "")),
        "no_time": imported(timestamp=Variant("x", 0)),
        "future": imported(timestamp=Variant("x", 2**40)),
    }
    plays = [imported(), *wrong.values(), imported(mood=Variant("s", "calm"))]
    [result] = await scrobbler.call("ImportPlays", "aa{sv}asb", plays, [], False)
    reasons = [[place, reason] for place, reason in enumerate([*wrong, "malformed"], 1)]
    assert result["refused"] == reasons
    assert (result["added"], result["known"], result["queued"]) == (1, 0, 0)
    [again] = await scrobbler.call("ImportPlays", "aa{sv}asb", [imported()], ["lastfm"], False)
    assert (again["added"], again["known"], again["too_old"]) == (0, 1, [[0, "lastfm"]])


async def test_more_plays_than_a_call_takes_are_refused(scrobbler: Scrobbler) -> None:
    name, words = await scrobbler.refused("ImportPlays", "aa{sv}asb", [{}] * 201, [], False)
    assert (name, "200" in words) == ("InvalidArgument", True)


FERN: dict[str, Any] = {"artist": "Mira Holt", "track": "Fern", "timestamp": 1_609_409_472}


def lines(*plays: object) -> str:
    """Plays for ImportHistoryPage."""
    return "".join(f"{json.dumps(play)}\n" for play in plays)


async def test_a_page_of_plays_is_imported_as_it_is_exported(scrobbler: Scrobbler) -> None:
    more = {"duration": 200, "artists": ["Mira Holt", "Okto"], "url": "file:///Fern.ogg"}
    page = lines({**FERN, **more}, {**FERN, "timestamp": 1_609_409_999})
    [result] = await scrobbler.call("ImportHistoryPage", "ssasb", page, "spotify", [], False)
    assert (result["added"], result["known"], result["refused"]) == (2, 0, [])
    exported, _ = await scrobbler.call("ExportHistoryPage", "xxx", 0, 0, 0)
    assert [json.loads(line) for line in exported.splitlines()] == [
        {**FERN, **more},
        {**FERN, "timestamp": 1_609_409_999},
    ]
    [again] = await scrobbler.call("ImportHistoryPage", "ssasb", exported, "jsonl", [], False)
    assert (again["added"], again["known"]) == (0, 2)


async def test_a_line_that_is_no_play_is_told_by_its_place(scrobbler: Scrobbler) -> None:
    wrong = ("", "{", "[]", "7", "[" * 9999, json.dumps({**FERN, "duration": 2.5}))
    page = lines(FERN) + "\n".join([*wrong, json.dumps({**FERN, "artist": ""})])
    [result] = await scrobbler.call("ImportHistoryPage", "ssasb", page, "", [], True)
    reasons = ["malformed"] * len(wrong) + ["no_artist"]
    assert result["refused"] == [[place, why] for place, why in enumerate(reasons, 1)]


async def test_an_empty_page_has_no_play(scrobbler: Scrobbler) -> None:
    [result] = await scrobbler.call("ImportHistoryPage", "ssasb", "", "spotify", [], False)
    assert (result["added"], result["refused"]) == (0, [])


async def test_what_a_later_version_writes_of_a_play_is_left_out(scrobbler: Scrobbler) -> None:
    page = lines({**FERN, "mood": {"calm": 1}, "source": 7})
    [result] = await scrobbler.call("ImportHistoryPage", "ssasb", page, "jsonl", [], False)
    assert result["added"] == 1


async def test_a_page_has_no_more_plays_than_a_call_takes(scrobbler: Scrobbler) -> None:
    page = lines(*[FERN] * 201)
    name, words = await scrobbler.refused("ImportHistoryPage", "ssasb", page, "", [], False)
    assert (name, "200" in words) == ("InvalidArgument", True)
