"""The real Maloja: it answers as was recorded, and keeps what it said that it stored."""

import threading

import httpx
import pytest

from tests.support.maloja import VERSIONS, Start
from tests.support.transcripts import Replay, read

BY_THE_CLOCK = "depends on the second in which it is asked"
BY_THE_START = "depends on when the server was started"
ANOTHER_KEY = "what was recorded had a session key that was none"

LEFT_OUT = {
    "LB no listened_at single": BY_THE_CLOCK,
    "LB listened_at text": BY_THE_CLOCK,
    "read back all (native)": BY_THE_START,
    "native scrobbles since": BY_THE_START,
    "native numscrobbles": BY_THE_START,
}


@pytest.mark.parametrize("version", VERSIONS)
def test_it_answers_as_recorded(maloja: Start, version: str) -> None:
    name = f"maloja-{version}"
    sessions = [it.title for it in read(name) if it.title.startswith("AS scrobble")]
    other = dict.fromkeys(sessions, ANOTHER_KEY) if version == "3.2.3" else {}
    Replay(maloja(version).root_url).check(name, {**LEFT_OUT, **other})


def test_what_it_has_answered_outlives_a_kill(maloja: Start) -> None:
    server = maloja()
    stored: list[str] = []

    def send() -> None:
        for number in range(1000):
            try:
                server.store(f"Fern {number}", 1700000000 + number).raise_for_status()
            except httpx.TransportError:
                return
            stored.append(f"Fern {number}")
            if number == 20:
                reached.set()

    reached = threading.Event()
    sender = threading.Thread(target=send)
    sender.start()
    assert reached.wait(30)
    server.kill()
    sender.join()
    server.start()
    assert server.titles()[: len(stored)] == stored
    assert server.store("Fern 0", 1700000000).json()["warnings"]


def test_a_play_that_is_refused_for_its_second_puts_the_next_one_on_another_track(
    maloja: Start,
) -> None:
    server = maloja()
    server.store("Sedge", 1700000000)
    assert server.store("Fern", 1700000000).status_code == 409
    for number, title in enumerate(["Fern", "Moss"], 1):
        assert server.store(title, 1700000000 + number).is_success
    assert server.titles() == ["Sedge", "Moss", "Moss"]  # so no play may be sent to a taken second


@pytest.mark.parametrize("version", VERSIONS)
def test_names_of_which_nothing_is_left_are_stored_or_refused(maloja: Start, version: str) -> None:
    server = maloja(version)
    assert server.store(" ", 1700000000).json()["track"]["title"] == ""
    refused = server.store("Fern", 1700000001, artist=" ")
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "missing_scrobble_data")
    nothing = httpx.post(f"{server.root_url}/apis/mlj_1/newscrobble", trust_env=False)
    assert nothing.json()["error"]["type"] == "authentication_fail"


def test_older_plays_are_shown_only_from_a_day_on_that_is_named(maloja: Start) -> None:
    server = maloja()
    server.store("Fern", 1700000000)
    assert server.get("scrobbles")["list"] == []
    assert len(server.get("scrobbles", **{"from": "2023/11/14"})["list"]) == 1
