"""The stand-in Last.fm checks what Last.fm checks, and logs in as it does."""

from xml.etree import ElementTree as ET

import pytest

from lab.lastfm import API_KEY
from lab.lastfm_service import Session
from tests.support.lastfm_calls import DOCUMENTED_BATCH, Caller, play, signed

# Checks


def test_unknown_method_answers_3(caller: Caller):
    assert caller.error("track.hum") == (3, 400)


def test_method_names_are_case_insensitive(caller: Caller):
    assert "token" in caller.call("auth.gettoken").json()


def test_unknown_key_answers_10(caller: Caller):
    assert caller.error("auth.getToken", api_key="0" * 32) == (10, 403)


def test_suspended_key_answers_26(caller: Caller):
    caller.lastfm.suspended = True
    assert caller.error("auth.getToken") == (26, 403)


def test_unknown_method_is_noticed_before_an_unknown_key(caller: Caller):
    assert caller.error("track.hum", api_key="0" * 32)[0] == 3


def test_write_by_GET_answers_6(caller: Caller):
    params = caller.params("track.love", artist="Mira Holt", track="Fern")
    assert caller.http.get(caller.lastfm.api_url, params=params).json()["error"] == 6


def test_missing_signature_answers_6(caller: Caller):
    params = {"method": "auth.getToken", "api_key": API_KEY, "format": "json"}
    assert caller.send(params).json()["error"] == 6


def test_wrong_signature_answers_13(caller: Caller):
    params = {"method": "auth.getToken", "api_key": API_KEY, "format": "json", "api_sig": "0" * 32}
    assert caller.send(params).json()["error"] == 13


def test_signature_over_encoded_text_answers_13(caller: Caller):
    params = {"method": "track.love", "api_key": API_KEY, "sk": caller.session_key}
    encoded = signed({**params, "artist": "Bj%C3%B6rn", "track": "Is"})
    sent = {**params, "artist": "Björn", "track": "Is", "api_sig": encoded, "format": "json"}
    assert caller.send(sent).json()["error"] == 13


@pytest.mark.parametrize(
    ("api_sig", "answered"),
    [("d84c4fd98ed2fb7cd4a6e2b0cde8aeba", "ok"), ("badbaf59733d2e77e1ee90020ca6f320", "error 13")],
    ids=["by bytes", "ignoring case"],
)
def test_names_are_sorted_by_bytes_in_the_signature(caller: Caller, api_sig: str, answered: str):
    caller.lastfm.sessions[DOCUMENTED_BATCH["sk"]] = Session("quiet_otter")
    caller.send({**DOCUMENTED_BATCH, "api_sig": api_sig})
    assert caller.lastfm.requests[0].answered == answered


def test_signature_covers_unicode_as_sent(caller: Caller):
    caller.call("track.love", artist="Þrúður Sólduration198", track="夜の港 — 波🌊")
    assert caller.lastfm.loved["quiet_otter"][0].track == "夜の港 — 波🌊"


def test_missing_session_key_answers_9(caller: Caller):
    params = {"method": "track.love", "api_key": API_KEY, "format": "json"}
    assert caller.send({**params, "api_sig": signed(params)}).json()["error"] == 9


def test_revoked_session_key_answers_9(caller: Caller):
    caller.lastfm.revoke(caller.session_key)
    assert caller.error("track.love", artist="Mira Holt", track="Fern") == (9, 403)


def test_missing_parameter_answers_6(caller: Caller):
    assert caller.error("track.love", artist="Mira Holt") == (6, 400)


def test_name_sent_twice_answers_6(caller: Caller):
    content = f"method=user.getInfo&user=a&user=b&format=json&api_key={API_KEY}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = caller.http.post(caller.lastfm.api_url, content=content, headers=headers)
    assert response.json()["error"] == 6


def test_without_format_the_answer_is_xml(caller: Caller):
    root = ET.fromstring(caller.call("auth.getToken", format="").text)
    assert (root.attrib, [child.tag for child in root]) == ({"status": "ok"}, ["token"])


def test_without_format_an_error_is_xml(caller: Caller):
    root = ET.fromstring(caller.call("auth.getToken", format="", api_key="?").text)
    assert (root.attrib["status"], root[0].attrib) == ("failed", {"code": "10"})


def test_xml_puts_attributes_beside_text(caller: Caller):
    answer = caller.scrobble(play(caller.lastfm), format="").text
    assert '<scrobbles ignored="0" accepted="1">' in answer
    assert '<album corrected="0" />' in answer
    assert '<artist corrected="0">The Paper Lanterns</artist>' in answer


# Login


def test_tokens_are_32_characters(caller: Caller):
    assert len(caller.call("auth.getToken").json()["token"]) == 32


def test_session_before_approval_answers_14_with_403(caller: Caller):
    token = caller.lastfm.issue_token()
    assert caller.error("auth.getSession", token=token) == (14, 403)


def test_approved_token_is_exchanged_for_a_live_session_key(caller: Caller):
    token = caller.call("auth.getToken").json()["token"]
    caller.lastfm.approve(token, "mira")
    session = caller.call("auth.getSession", token=token).json()["session"]
    assert (session["subscriber"], session["name"]) == (0, "mira")
    assert caller.lastfm.sessions[session["key"]] == Session("mira")


def test_second_use_of_a_token_answers_4(caller: Caller):
    token = caller.lastfm.issue_token()
    caller.lastfm.approve(token)
    caller.call("auth.getSession", token=token)
    assert caller.error("auth.getSession", token=token) == (4, 403)


def test_unknown_token_answers_4(caller: Caller):
    assert caller.session_error("never-issued") == 4


def test_token_older_than_an_hour_answers_15(caller: Caller):
    token = caller.lastfm.issue_token()
    caller.lastfm.advance(3601)
    assert caller.session_error(token) == 15


def test_expired_token_may_answer_4_instead(caller: Caller):
    caller.lastfm.expired_token_code = 4
    token = caller.lastfm.issue_token()
    caller.lastfm.advance(3601)
    assert caller.session_error(token) == 4


def test_opening_the_page_approves_the_token(caller: Caller):
    token = caller.lastfm.issue_token()
    page = caller.http.get(caller.lastfm.auth_url, params={"api_key": API_KEY, "token": token})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert caller.lastfm.tokens[token].approved_by == "quiet_otter"


def test_page_refuses_an_unknown_token(caller: Caller):
    page = caller.http.get(caller.lastfm.auth_url, params={"api_key": API_KEY, "token": "nope"})
    assert page.status_code == 403


@pytest.mark.parametrize(
    ("callback", "joint"), [("http://localhost:9/", "?"), ("http://localhost:9/?n=1", "&")]
)
def test_page_redirects_to_the_callback_with_an_approved_token(
    caller: Caller, callback: str, joint: str
):
    page = caller.http.get(caller.lastfm.auth_url, params={"api_key": API_KEY, "cb": callback})
    (token,) = caller.lastfm.tokens
    assert (page.status_code, page.headers["location"]) == (302, f"{callback}{joint}token={token}")
    assert caller.session_error(token + "x") == 4
