"""The stand-in Last.fm as a server: what it records, how it is scripted, how it starts."""

import signal
import subprocess
import sys
import threading

import httpx
import pytest

from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from tests.support.lastfm_calls import Caller, play, tracks

IMPATIENT = httpx.Timeout(5, read=0.02)


# What it records


def test_request_is_recorded_decoded(caller: Caller, lastfm: StandIn):
    caller.call("track.love", artist="Björn Ål & 波", track="1+1=2")
    (request,) = lastfm.requests
    assert (request.http_method, request.path, request.method) == ("POST", "/2.0/", "track.love")
    assert (request.params["artist"], request.params["track"]) == ("Björn Ål & 波", "1+1=2")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


def test_request_says_what_was_answered(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.html(502), Behaviour.closed_after_storing())
    caller.call("track.hum")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.scrobble(play(lastfm))
    caller.call("track.hum")
    caller.call("auth.getToken")
    caller.http.get(lastfm.auth_url)
    assert [request.answered for request in lastfm.requests] == [
        "HTML 502",
        "ok, closed after storing",
        "error 3",
        "ok",
        "page 403",
    ]


def test_form_of_another_type_holds_no_parameters(caller: Caller, lastfm: StandIn):
    response = caller.http.post(lastfm.api_url, json={"method": "auth.getToken"})
    assert 'code="3"' in response.text


def test_other_paths_answer_404(caller: Caller, lastfm: StandIn):
    assert caller.http.get(lastfm.api_url.replace("2.0", "1.0")).status_code == 404


def test_connection_is_kept_alive(caller: Caller, lastfm: StandIn):
    for _ in range(3):
        caller.call("auth.getToken")
    assert lastfm.connections == 1


def test_wait_for_returns_when_the_request_arrives(caller: Caller, lastfm: StandIn):
    sender = threading.Thread(target=caller.scrobble, args=(play(lastfm),))
    sender.start()
    assert lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
    sender.join()


def test_wait_for_gives_up_after_its_timeout(lastfm: StandIn):
    assert not lastfm.wait_for(lambda seen: bool(seen.requests), timeout=0.01)


def test_requests_in_hand_at_once_are_counted(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.slow(60))
    sender = threading.Thread(target=caller.scrobble, args=(play(lastfm),))
    sender.start()
    lastfm.wait_for(lambda seen: len(seen.requests) == 1)
    caller.call("auth.getToken")
    lastfm.release()
    sender.join()
    assert lastfm.most_at_once == 2


# How it is scripted


def test_script_is_first_in_first_out(caller: Caller):
    caller.lastfm.misbehave(Behaviour.error(11), Behaviour.error(16))
    assert [caller.error("auth.getToken")[0] for _ in range(2)] == [11, 16]
    assert "token" in caller.call("auth.getToken").json()


def test_script_for_one_method_leaves_others_alone(caller: Caller):
    caller.lastfm.misbehave(Behaviour.error(16), method="track.scrobble")
    assert "token" in caller.call("auth.getToken").json()
    assert caller.scrobble(play(caller.lastfm)).json()["error"] == 16


def test_outage_lasts_until_it_is_taken_back(caller: Caller):
    caller.lastfm.outage = Behaviour.error(8)
    assert [caller.error("auth.getToken")[0] for _ in range(3)] == [8, 8, 8]
    caller.lastfm.outage = None
    assert "token" in caller.call("auth.getToken").json()


# How it starts and stops


def test_stopped_it_refuses_connections(caller: Caller, lastfm: StandIn):
    lastfm.stop()
    with pytest.raises(httpx.ConnectError):
        caller.call("auth.getToken")


def test_started_again_it_has_the_same_port_and_state(caller: Caller, lastfm: StandIn):
    caller.scrobble(play(lastfm))
    api_url = lastfm.api_url
    lastfm.stop()
    lastfm.start()
    assert lastfm.api_url == api_url
    assert "token" in caller.call("auth.getToken").json()
    assert tracks(lastfm) == ["Slow Harbour"]


def test_stopping_does_not_wait_for_slow_answers(caller: Caller, lastfm: StandIn):
    lastfm.misbehave(Behaviour.slow(60))
    with pytest.raises(httpx.ReadTimeout):
        caller.http.post(lastfm.api_url, data=caller.form(play(lastfm)), timeout=IMPATIENT)
    assert lastfm.wait_for(lambda seen: len(seen.requests) == 1)
    lastfm.stop()
    assert lastfm.scrobbles == []


def test_it_runs_in_the_foreground_until_interrupted():
    command = [sys.executable, "-m", "lab.lastfm"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            said = dict(program.stdout.readline().strip().split(" = ") for _ in range(4))
            page = httpx.get(said["auth_url"], trust_env=False)
            shown = program.stdout.readline()
        finally:
            program.send_signal(signal.SIGINT)
    assert (page.status_code, program.returncode) == (403, 0)
    assert shown.endswith("GET '/api/auth/' -> page 403\n")
    assert (said["api_key"], said["api_secret"]) == (API_KEY, API_SECRET)
