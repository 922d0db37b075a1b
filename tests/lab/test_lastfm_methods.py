"""The stand-in Last.fm keeps plays and loved tracks, and answers in the documented shapes."""

from typing import Any

import httpx
import pytest

from lab.lastfm_answers import as_list
from tests.support.lastfm_calls import DOCUMENTED_BATCH, Caller, play, signed

KEPT = {"code": "0", "#text": ""}


def results(response: httpx.Response) -> list[tuple[str, str]]:
    """(ignored code, text) of each item of a batch."""
    items = as_list(response.json()["scrobbles"]["scrobble"])
    return [(one["ignoredMessage"]["code"], one["ignoredMessage"]["#text"]) for one in items]


def loved(caller: Caller, **page: str) -> dict[str, Any]:
    """One page of what quiet_otter loves."""
    return caller.call("user.getLovedTracks", user="quiet_otter", **page).json()["lovedtracks"]


# Now playing


def test_now_playing_answers_the_documented_shape(caller: Caller):
    answer = caller.call(
        "track.updateNowPlaying", artist="The Paper Lanterns", track="Slow Harbour", album="Tide"
    )
    assert answer.json() == {
        "nowplaying": {
            "artist": {"corrected": "0", "#text": "The Paper Lanterns"},
            "track": {"corrected": "0", "#text": "Slow Harbour"},
            "ignoredMessage": KEPT,
            "albumArtist": {"corrected": "0", "#text": ""},
            "album": {"corrected": "0", "#text": "Tide"},
        }
    }


def test_now_playing_is_kept_with_its_parameters(caller: Caller):
    caller.call("track.updateNowPlaying", artist="Mira Holt", track="Fern", duration="198")
    (playing,) = caller.lastfm.now_playing
    assert (playing.user, playing.track, playing.duration) == ("quiet_otter", "Fern", 198)
    assert playing.params["duration"] == "198"


def test_now_playing_takes_no_timestamp(caller: Caller):
    answer = caller.error("track.updateNowPlaying", artist="Mira", track="Fern", timestamp="1")
    assert answer[0] == 6


# Scrobbles


def test_one_scrobble_answers_an_object(caller: Caller):
    assert caller.scrobble(play(caller.lastfm)).json() == {
        "scrobbles": {
            "scrobble": {
                "artist": {"corrected": "0", "#text": "The Paper Lanterns"},
                "album": {"corrected": "0"},
                "track": {"corrected": "0", "#text": "Slow Harbour"},
                "ignoredMessage": KEPT,
                "albumArtist": {"corrected": "0", "#text": ""},
                "timestamp": "1790000000",
            },
            "@attr": {"ignored": 0, "accepted": 1},
        }
    }


def test_names_without_index_are_one_scrobble(caller: Caller):
    caller.call("track.scrobble", **play(caller.lastfm))
    assert len(caller.lastfm.scrobbles) == 1


def test_batch_answers_a_list_in_order(caller: Caller):
    plays = [play(caller.lastfm, age, track=f"No. {age}") for age in range(900, 0, -75)]
    items = caller.scrobble(*plays).json()["scrobbles"]["scrobble"]
    assert [item["track"]["#text"] for item in items] == [one["track"] for one in plays]


def test_every_field_of_a_scrobble_is_kept(caller: Caller):
    fields = {"album": "Tidewater", "albumArtist": "Keepers", "trackNumber": "3", "duration": "241"}
    caller.scrobble({**play(caller.lastfm), **fields, "chosenByUser": "0"})
    (kept,) = caller.lastfm.scrobbles
    assert (kept.album, kept.album_artist, kept.track_number) == ("Tidewater", "Keepers", "3")
    assert (kept.duration, kept.chosen_by_user, kept.timestamp) == (241, "0", 1790000000)


def test_same_play_again_is_accepted_and_not_stored_twice(caller: Caller):
    caller.scrobble(play(caller.lastfm))
    again = caller.scrobble(play(caller.lastfm))
    assert again.json()["scrobbles"]["@attr"] == {"ignored": 0, "accepted": 1}
    assert len(caller.lastfm.scrobbles) == 1


@pytest.mark.parametrize(
    "names",
    [
        pytest.param([f"{n}[{i}]" for i in range(51) for n in ("artist", "track")], id="51 items"),
        pytest.param(["artist[0]", "artist[2]", "track[0]", "track[2]"], id="a gap"),
        pytest.param(["artist[1]", "track[1]"], id="not from 0"),
        pytest.param(["artist", "track", "artist[1]", "track[1]"], id="mixed notations"),
        pytest.param(["artist[0]", "track[0]", "album_artist[0]"], id="a misspelt name"),
        pytest.param(["artist[0]"], id="no track"),
    ],
)
def test_batch_that_cannot_be_read_answers_6(caller: Caller, names: list[str]):
    stamps = {name.replace("artist", "timestamp"): "1790000000" for name in names if "art" in name}
    params = {**stamps, **dict.fromkeys(names, "x")}
    assert caller.error("track.scrobble", **params) == (6, 400)


def test_timestamp_that_is_no_number_answers_6(caller: Caller):
    assert caller.scrobble(play(caller.lastfm, timestamp="noon")).json()["error"] == 6


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"artist": "Unknown Artist"}, ("1", "Artist was ignored")),
        ({"albumArtist": "VA"}, ("1", "")),
        ({"duration": "29"}, ("1", "")),
        ({"timestamp": "1788790299"}, ("3", "Timestamp was too old")),
        ({"timestamp": "1790000361"}, ("4", "Timestamp was too new")),
    ],
)
def test_filtered_play_is_ignored_alone(
    caller: Caller, fields: dict[str, str], result: tuple[str, str]
):
    answer = caller.scrobble({**play(caller.lastfm), **fields}, play(caller.lastfm, track="Fern"))
    assert results(answer) == [result, ("0", "")]
    assert answer.json()["scrobbles"]["@attr"] == {"ignored": 1, "accepted": 1}
    assert [one.track for one in caller.lastfm.scrobbles] == ["Fern"]


def test_play_with_a_blank_parameter_is_ignored(caller: Caller):
    params = {**DOCUMENTED_BATCH, "sk": caller.session_key, "album[0]": ""}
    assert results(caller.send({**params, "api_sig": signed(params)})) == [("1", "")]


def test_too_old_may_be_ignored_with_code_1(caller: Caller):
    caller.lastfm.too_old = "code 1"
    assert results(caller.scrobble(play(caller.lastfm, 15 * 86400))) == [("1", "")]


def test_too_old_may_be_accepted_and_lost(caller: Caller):
    caller.lastfm.too_old = "vanishes"
    assert results(caller.scrobble(play(caller.lastfm, 15 * 86400))) == [("0", "")]
    assert caller.lastfm.scrobbles == []


def test_at_the_cap_scrobbles_answer_29(caller: Caller):
    caller.lastfm.daily_cap = 1
    caller.scrobble(play(caller.lastfm))
    refused = caller.scrobble(play(caller.lastfm, track="Fern"))
    assert (refused.status_code, refused.json()["error"]) == (429, 29)
    assert "Too many scrobbles in a short period" in refused.json()["message"]


def test_batch_across_the_cap_is_ignored_with_5_from_there_on(caller: Caller):
    caller.lastfm.daily_cap = 2
    answer = caller.scrobble(*(play(caller.lastfm, track=f"No. {n}") for n in range(3)))
    assert results(answer) == [("0", ""), ("0", ""), ("5", "Daily scrobble limit exceeded")]


def test_now_playing_works_at_the_cap(caller: Caller):
    caller.lastfm.daily_cap = 0
    answer = caller.call("track.updateNowPlaying", artist="Mira Holt", track="Fern")
    assert answer.status_code == 200


def test_cap_is_forgotten_after_a_day(caller: Caller):
    caller.lastfm.daily_cap = 1
    caller.scrobble(play(caller.lastfm))
    caller.lastfm.advance(86401)
    assert results(caller.scrobble(play(caller.lastfm))) == [("0", "")]


# Loved tracks and profile


def test_love_answers_an_empty_object(caller: Caller):
    assert caller.call("track.love", artist="Mira Holt", track="Fern").json() == {}


def test_love_in_xml_is_an_empty_ok(caller: Caller):
    answer = caller.call("track.love", artist="Mira Holt", track="Fern", format="")
    assert answer.text.endswith('<lfm status="ok" />')


def test_loving_twice_is_loving_once(caller: Caller):
    for artist in ("Mira Holt", "mira holt"):
        caller.call("track.love", artist=artist, track="Fern")
    assert [one.artist for one in caller.lastfm.loved["quiet_otter"]] == ["Mira Holt"]


def test_unlove_forgets(caller: Caller):
    caller.lastfm.love_many("quiet_otter", [("Mira Holt", "Fern"), ("Mira Holt", "Moss")])
    caller.call("track.unlove", artist="Mira Holt", track="Fern")
    assert [one.track for one in caller.lastfm.loved["quiet_otter"]] == ["Moss"]


def test_loved_track_has_the_documented_shape(caller: Caller):
    caller.lastfm.love_many("quiet_otter", [("Mira Holt", "Fern")])
    (track,) = loved(caller)["track"]
    assert track["artist"]["name"] == "Mira Holt"
    assert track["date"] == {"uts": "1790000300", "#text": "21 Sep 2026, 14:18"}
    assert track["url"] == "https://www.last.fm/music/Mira+Holt/_/Fern"


def test_loved_tracks_come_newest_first_in_pages(caller: Caller):
    caller.lastfm.love_many("quiet_otter", [("Mira Holt", f"No. {n}") for n in range(1001)])
    page = loved(caller, limit="1000", page="2")
    assert [one["name"] for one in page["track"]] == ["No. 0"]
    counts = {"totalPages": "2", "page": "2", "perPage": "1000", "total": "1001"}
    assert page["@attr"] == {"user": "quiet_otter", **counts}


def test_nothing_loved_is_an_empty_list_of_0_pages(caller: Caller):
    page = loved(caller)
    assert (page["track"], page["@attr"]["totalPages"]) == ([], "0")


def test_single_loved_track_may_come_as_an_object(caller: Caller):
    caller.lastfm.single_as_object = True
    caller.lastfm.love_many("quiet_otter", [("Mira Holt", "Fern")])
    assert loved(caller)["track"]["name"] == "Fern"


def test_page_size_may_be_smaller_than_asked(caller: Caller):
    caller.lastfm.page_size_max = 2
    caller.lastfm.love_many("quiet_otter", [("Mira Holt", f"No. {n}") for n in range(3)])
    assert len(loved(caller, limit="1000")["track"]) == 2


@pytest.mark.parametrize("bounds", [{"limit": "0"}, {"limit": "1001"}, {"page": "0"}])
def test_page_out_of_bounds_answers_6(caller: Caller, bounds: dict[str, str]):
    assert caller.error("user.getLovedTracks", user="quiet_otter", **bounds) == (6, 400)


def test_page_past_the_end_is_empty(caller: Caller):
    assert loved(caller, page="7")["track"] == []


def test_page_past_the_end_may_answer_6(caller: Caller):
    caller.lastfm.past_end_is_error = True
    assert caller.error("user.getLovedTracks", user="quiet_otter", page="2")[0] == 6


def test_unknown_user_answers_6_with_404(caller: Caller):
    assert caller.error("user.getLovedTracks", user="nobody") == (6, 404)


def test_user_info_defaults_to_the_session_s_user(caller: Caller):
    caller.scrobble(play(caller.lastfm))
    user = caller.call("user.getInfo", sk=caller.session_key).json()["user"]
    assert (user["name"], user["playcount"]) == ("quiet_otter", "1")


def test_user_info_without_user_or_session_answers_6(caller: Caller):
    assert caller.error("user.getInfo")[0] == 6
