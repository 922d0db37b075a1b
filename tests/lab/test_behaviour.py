"""The stand-in Last.fm misbehaves as it is told, and stores what each behaviour says."""

import gzip
from typing import Any

import httpx
import pytest

from lab.lastfm import Behaviour, StandIn
from tests.support.lastfm_calls import Caller, play, tracks

IMPATIENT = httpx.Timeout(5, read=0.02)


def items(response: httpx.Response) -> list[dict[str, Any]]:
    """The results of a batch."""
    return response.json()["scrobbles"]["scrobble"]


@pytest.mark.parametrize(
    ("code", "status"), [(4, 403), (8, 500), (11, 503), (13, 400), (16, 503), (26, 403), (29, 429)]
)
def test_scripted_error_comes_with_its_usual_status(caller: Caller, code: int, status: int):
    caller.lastfm.misbehave(Behaviour.error(code))
    assert caller.error("auth.getToken") == (code, status)


def test_scripted_error_stores_nothing(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.error(8))
    caller.scrobble(play(lastfm))
    assert lastfm.scrobbles == []


@pytest.mark.parametrize(
    ("behaviour", "status", "body"),
    [
        (Behaviour.error(8, "Out", 200), 200, '{"error":8,"message":"Out"}'),
        (Behaviour.error(9, "Out", shape="string"), 403, '{"error":"9","message":"Out"}'),
        (
            Behaviour.error(7, "Out", shape="gnu"),
            200,
            '{"error":{"#text":"Out","code":"7"}}',
        ),
        (
            Behaviour.error(9, "Out", shape="xml"),
            403,
            "<?xml version='1.0' encoding='utf-8'?>\n"
            '<lfm status="failed"><error code="9">Out</error></lfm>',
        ),
        (Behaviour.empty(), 200, ""),
        (Behaviour.raw(b"[]", 429), 429, "[]"),
        (Behaviour.wrong_keys(), 200, '{"weather":{"sky":"grey"}}'),
    ],
    ids=lambda value: value.name if isinstance(value, Behaviour) else "",
)
def test_scripted_body_is_sent_to_the_letter(
    caller: Caller, behaviour: Behaviour, status: int, body: str
):
    caller.lastfm.misbehave(behaviour)
    response = caller.scrobble(play(caller.lastfm))
    assert (response.status_code, response.text) == (status, body)
    assert caller.lastfm.scrobbles == []


def test_two_messages_of_29_differ(caller: Caller):
    caller.lastfm.misbehave(Behaviour.too_many_scrobbles(), Behaviour.too_many_requests())
    messages = [caller.call("auth.getToken").json()["message"] for _ in range(2)]
    assert ["scrobbles" in message for message in messages] == [True, False]


def test_html_page_is_the_front_end_s(caller: Caller):
    caller.lastfm.misbehave(Behaviour.html(503))
    page = caller.call("auth.getToken")
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "<center>openresty</center>" in page.text


def test_retry_after_joins_another_behaviour(caller: Caller):
    caller.lastfm.misbehave(Behaviour.html(503).also(Behaviour.retry_after("120")))
    response = caller.call("auth.getToken")
    assert (response.status_code, response.headers["retry-after"]) == (503, "120")


def test_truncated_answer_is_no_json_and_the_play_is_stored(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.truncated())
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        caller.scrobble(play(lastfm)).json()
    assert tracks(lastfm) == ["Slow Harbour"]


def test_gzipped_answer_is_compressed(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.gzipped())
    with caller.http.stream("GET", lastfm.api_url, params={"method": "user.getInfo"}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert b'error code="10"' in gzip.decompress(raw)


def test_bom_comes_before_the_answer(caller: Caller):
    caller.lastfm.misbehave(Behaviour.bom())
    assert caller.call("auth.getToken").content.startswith(b'\xef\xbb\xbf{"token"')


def test_slow_answer_stores_only_after_the_pause(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.slow(60))
    with pytest.raises(httpx.ReadTimeout):
        caller.http.post(lastfm.api_url, data=caller.form(play(lastfm)), timeout=IMPATIENT)
    assert lastfm.wait_for(lambda seen: len(seen.requests) == 1)
    assert (lastfm.requests[0].answered, tracks(lastfm)) == ("", [])
    lastfm.release()
    assert lastfm.wait_for(lambda seen: tracks(seen) == ["Slow Harbour"])


def test_answer_lost_after_storing_and_sent_again_is_one_scrobble(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.slow_after_storing(60))
    form = caller.form(play(lastfm))
    with pytest.raises(httpx.ReadTimeout):
        caller.http.post(lastfm.api_url, data=form, timeout=IMPATIENT)
    assert lastfm.wait_for(lambda seen: tracks(seen) == ["Slow Harbour"])
    again = caller.http.post(lastfm.api_url, data=form).json()
    assert again["scrobbles"]["@attr"] == {"ignored": 0, "accepted": 1}
    assert tracks(lastfm) == ["Slow Harbour"]


@pytest.mark.parametrize(
    ("behaviour", "fault", "stored"),
    [
        (Behaviour.closed_before_storing(), httpx.RemoteProtocolError, []),
        (Behaviour.closed_after_storing(), httpx.RemoteProtocolError, ["Slow Harbour"]),
        (Behaviour.cut_mid_body(), httpx.RemoteProtocolError, ["Slow Harbour"]),
        (Behaviour.reset_mid_body(), httpx.ReadError, ["Slow Harbour"]),
    ],
    ids=lambda value: value.name if isinstance(value, Behaviour) else "",
)
def test_connection_breaks_off(
    caller: Caller, behaviour: Behaviour, fault: type[Exception], stored: list[str]
):
    caller.lastfm.misbehave(behaviour)
    with pytest.raises(fault):
        caller.scrobble(play(caller.lastfm))
    assert tracks(caller.lastfm) == stored


def test_hanging_up_afterwards_answers_in_full_and_announces_nothing(caller: Caller):
    caller.lastfm.misbehave(Behaviour.hangs_up_afterwards())
    response = caller.call("auth.getToken")
    assert "token" in response.json()
    assert "connection" not in response.headers


def test_scripted_ignored_codes_are_per_item(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.ignores({1: (6, "New reason")}))
    plays = [play(lastfm, track=name) for name in ("Fern", "Moss")]
    response = caller.scrobble(*plays)
    assert items(response)[1]["ignoredMessage"] == {"code": "6", "#text": "New reason"}
    assert tracks(lastfm) == ["Fern"]


def test_now_playing_can_be_ignored(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.ignores({0: (1, "")}))
    caller.call("track.updateNowPlaying", artist="Mira Holt", track="Fern")
    assert lastfm.now_playing == []


def test_counts_may_be_strings(caller: Caller):
    caller.lastfm.misbehave(Behaviour.counts_as_strings())
    response = caller.scrobble(play(caller.lastfm)).json()
    assert response["scrobbles"]["@attr"] == {"ignored": "0", "accepted": "1"}


def test_codes_may_be_ints(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.codes_as_ints())
    item = caller.scrobble(play(lastfm, timestamp="1")).json()["scrobbles"]["scrobble"]
    assert (item["ignoredMessage"]["code"], item["timestamp"]) == (3, 1)
    assert item["artist"]["corrected"] == 0


def test_results_may_be_missing(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.items_missing(1), Behaviour.items_missing())
    plays = [play(lastfm, track=name) for name in ("Fern", "Moss", "Reed")]
    assert len(items(caller.scrobble(*plays))) == 2
    assert "scrobble" not in caller.scrobble(*plays).json()["scrobbles"]
    assert tracks(lastfm) == ["Fern", "Moss", "Reed"]


def test_correction_changes_the_answer_not_the_play(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.corrects(artist="Björn Ål"))
    response = caller.scrobble(play(lastfm, artist="bjorn al")).json()
    corrected = {"corrected": "1", "#text": "Björn Ål"}
    assert response["scrobbles"]["scrobble"]["artist"] == corrected
    assert lastfm.scrobbles[0].artist == "bjorn al"


def test_changes_add_up(caller: Caller):
    both = Behaviour.codes_as_ints().also(Behaviour.counts_as_strings())
    caller.lastfm.misbehave(both)
    answer = caller.scrobble(play(caller.lastfm)).json()["scrobbles"]
    assert answer["scrobble"]["ignoredMessage"]["code"] == 0
    assert answer["@attr"]["accepted"] == "1"
