"""The stand-in for ListenBrainz: what no transcript shows."""

import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from lab.behaviour import Behaviour
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_profiles import KOITO, LISTENBRAINZ, PROFILES, ROCKSKY
from lab.listenbrainz_service import Profile
from lab.maloja import MALOJA

NOW = 1790000300


class Caller:
    """A client with a good token, over one kept-alive connection."""

    def __init__(self, server: ListenBrainz, http: httpx.Client) -> None:
        self.server = server
        self.http = http
        self.token = server.login()

    def submit(self, *titles: str, kind: str = "import", **info: Any) -> httpx.Response:
        """Submits plays a minute apart, the first at second 1789999000."""
        names = [{"artist_name": "Mira Holt", "track_name": title} for title in titles]
        payload = [
            {"listened_at": 1789999000 + place * 60, "track_metadata": {**it, **info}}
            for place, it in enumerate(names)
        ]
        return self.post("submit-listens", {"listen_type": kind, "payload": payload})

    def post(self, path: str, document: Any) -> httpx.Response:
        """Sends a document."""
        headers = {"Authorization": f"Token {self.token}"}
        return self.http.post(f"{self.server.api_url}/{path}", json=document, headers=headers)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Reads a path."""
        return self.http.get(f"{self.server.api_url}/{path}", headers=headers)


@contextmanager
def calling(profile: Profile = LISTENBRAINZ) -> Generator[Caller]:
    """A stand-in, and a client for it."""
    server = ListenBrainz(profile=profile, clock=lambda: NOW)
    with server, httpx.Client(timeout=5, trust_env=False) as http:
        yield Caller(server, http)


each_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


# -- faults ---------------------------------------------------------------------------------------


@each_profile
def test_an_outage_stores_nothing_until_it_ends(profile: Profile) -> None:
    with calling(profile) as caller:
        caller.server.outage = Behaviour.html(502)
        assert caller.submit("Fern", kind="single").status_code == 502
        caller.server.outage = None
        assert caller.submit("Fern", kind="single").json()["status"] == "ok"
        assert caller.server.titles() == ["Fern"]


@each_profile
def test_an_answer_may_be_lost_after_storing(profile: Profile) -> None:
    with calling(profile) as caller:
        caller.server.misbehave(Behaviour.closed_after_storing(), method="submit-listens")
        with pytest.raises(httpx.RemoteProtocolError):
            caller.submit("Fern", kind="single")
        assert caller.submit("Fern", kind="single").status_code == 200
        assert caller.server.titles() == ["Fern"]


def test_items_of_a_batch_may_be_lost_or_doubled() -> None:
    with calling() as caller:
        caller.server.misbehave(Behaviour.loses(1).also(Behaviour.doubles(2)))
        assert caller.submit("Fern", "Moss", "Reed").status_code == 200
        assert caller.server.titles() == ["Fern", "Reed", "Reed"]
        assert len({listen.msid for listen in caller.server.listens}) == 3


def test_poison_answers_what_has_the_title_in_it() -> None:
    with calling() as caller:
        caller.server.poison["Moss"] = Behaviour.html(500)
        assert [caller.submit(title).status_code for title in ("Fern", "Moss")] == [200, 500]


def test_a_slow_answer_ends_when_it_is_released() -> None:
    with calling() as caller:
        caller.server.misbehave(Behaviour.slow(60))
        sender = threading.Thread(target=caller.submit, args=("Fern",))
        sender.start()
        assert caller.server.wait_for(lambda seen: bool(seen.requests))
        assert caller.server.titles() == []
        caller.server.release()
        sender.join()
        assert caller.server.titles() == ["Fern"]


def test_a_request_says_what_was_asked_and_answered() -> None:
    with calling() as caller:
        caller.submit("Fern")
        caller.get("validate-token")
        told = [(request.method, request.answered) for request in caller.server.requests]
        assert told == [("submit-listens", "ok"), ("validate-token", "refused 400")]


# -- Maloja's native API --------------------------------------------------------------------------


def test_maloja_shows_older_plays_only_if_it_is_asked_from_when() -> None:
    with calling(MALOJA) as caller:
        caller.submit("Fern", "Moss")
        api = f"{caller.server.root_url}/apis/mlj_1/scrobbles"
        pages = [
            caller.http.get(api + query).json()["list"]
            for query in ("", "?from=2026/09/21&to=2026/09/21", "?from=2026/09/21&max=1&page=1")
        ]
        titles = [[play["track"]["title"] for play in page] for page in pages]
        assert titles == [[], ["Moss", "Fern"], ["Fern"]]


# -- Koito and Rocksky ----------------------------------------------------------------------------


def test_koito_keeps_one_play_of_a_track_in_a_second() -> None:
    with calling(KOITO) as caller:
        answers = [caller.submit("Fern", kind="single", album=name) for name in ("a", "b")]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].headers["content-type"] == "text/plain; charset=utf-8"
        assert caller.server.titles() == ["Fern"]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ([], "failed to decode request"),
        ({"listen_type": "single"}, "payload is nil"),
        (
            {"listen_type": "import", "payload": [{"track_metadata": {"track_name": "Fern"}}]},
            "Artist name or track name are missing",
        ),
        (
            {
                "listen_type": "single",
                "payload": [
                    {
                        "track_metadata": {
                            "artist_name": "Mira Holt",
                            "track_name": "Fern",
                            "additional_info": {"duration_ms": 241000.0},
                        }
                    }
                ],
            },
            "failed to decode request",
        ),
    ],
)
def test_koito_refuses(document: Any, error: str) -> None:
    with calling(KOITO) as caller:
        answer = caller.post("submit-listens", document)
        assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize("word", ["Bearer ", ""])
def test_koito_takes_no_other_word_before_the_token(word: str) -> None:
    with calling(KOITO) as caller:
        answer = caller.get("validate-token", Authorization=word + caller.token)
        assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})


def test_rocksky_ignores_all_but_the_first_of_a_single() -> None:
    with calling(ROCKSKY) as caller:
        answers = [
            caller.submit("Fern", "Moss", kind=kind).json()["payload"]
            for kind in ("import", "playing_now", "single")
        ]
        assert [answer["ignored_listens"] for answer in answers] == [1, 1, 0]
        assert caller.server.titles() == ["Fern"]


def test_rocksky_calls_no_token_valid() -> None:
    with calling(ROCKSKY) as caller:
        told = [caller.get("validate-token", Authorization=it).json() for it in ("", "Token nope")]
        assert [answer["valid"] for answer in told] == [True, False]


# -- in the foreground ----------------------------------------------------------------------------


def test_it_runs_in_the_foreground_until_interrupted() -> None:
    command = [sys.executable, "-m", "lab.listenbrainz", "--profile", "koito"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            told = dict(program.stdout.readline().strip().split(" = ") for _ in range(2))
            headers = {"Authorization": f"Token {told['token']}"}
            url = f"{told['api_url']}/validate-token"
            assert httpx.get(url, headers=headers, trust_env=False).json()["valid"]
            assert program.stdout.readline().endswith("GET 'validate-token' -> ok\n")
        finally:
            program.send_signal(signal.SIGINT)
    assert program.returncode == 0
