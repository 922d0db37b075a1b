"""The stand-ins answer as the real servers did that were recorded."""

import json
from collections.abc import Hashable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from lab.gnufm import GNUFM
from lab.lastfm import StandIn
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_profiles import MULTI_SCROBBLER
from lab.listenbrainz_service import Listen, Profile
from lab.maloja import MALOJA, MALOJA_3_2_3
from tests.support.transcripts import Exchange, Replay, read

GNUFM_RECORDED_AT = 1795940362.0

GNUFM_LEFT_OUT = {
    **dict.fromkeys(
        [
            "getMobileSession authToken",
            "getMobileSession password",
            "getMobileSession wrong",
            "getMobileSession unknown user",
        ],
        "nobody asks: the daemon logs in by the browser",
    ),
    **dict.fromkeys(
        [
            "love known (the row is stored all the same: the 7 here comes from the database layer's"
            " count of rows; see the report)",
            "loved",
            "unlove",
        ],
        "what the real one did is in doubt",
    ),
}


def test_gnu_fm_answers_as_recorded() -> None:
    with StandIn(profile=GNUFM, clock=lambda: GNUFM_RECORDED_AT) as gnufm:
        gnufm.loved_by("quiet_otter")

        def before(exchange: Exchange) -> None:
            if exchange.title == "getSession approved":
                gnufm.approve(replay.ours["{token}"])

        replay = Replay(gnufm.root_url, before)
        replay.check("gnufm-ea59671", GNUFM_LEFT_OUT)


# -- ListenBrainz ---------------------------------------------------------------------------------

LISTENBRAINZ = ("listenbrainz-0a11984", "listenbrainz-0a11984-reading", "listenbrainz-0a11984-love")
"""Recorded at one server, in this order."""

ONE_BY_ONE = "nobody asks: get-feedback tells the same"
LISTENBRAINZ_LEFT_OUT = {
    "listenbrainz-0a11984": {"get-feedback-for-recordings": ONE_BY_ONE},
    "listenbrainz-0a11984-love": {"is it loved?": ONE_BY_ONE},
}


def recorded_msids() -> dict[Hashable, str]:
    """The MSIDs that were recorded: a page is in their order. Fails if what is one recording here
    was two there."""
    msids: dict[Hashable, str] = {}
    for text in (exchange.answer for name in LISTENBRAINZ for exchange in read(name)):
        for listen in listens_in(text):
            found = Listen("", 0, listen["track_metadata"])
            msid = msids.setdefault(found.recording, listen["recording_msid"])
            assert msid == listen["recording_msid"]
    return msids


def listens_in(answer: str) -> list[dict[str, Any]]:
    """The listens of a page, also if the rest of it was cut off."""
    _, _, rest = answer.partition('"listens":[')
    listens: list[dict[str, Any]] = []
    while rest.startswith('{"inserted_at"'):
        try:
            listen, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            break
        listens.append(listen)
        rest = rest[end + 1 :]
    return listens


def test_listenbrainz_answers_as_recorded() -> None:
    clock = [0.0]
    with ListenBrainz(clock=lambda: clock[0]) as server:
        server.login("quiet_otter", "00000000-1111-4222-8333-444444444444")
        server.login("paused_otter", "00000000-1111-4222-8333-555555555555")
        server.paused.add("paused_otter")
        msids = recorded_msids()
        server.new_msid = lambda recording: msids.get(recording) or str(uuid4())

        def before(exchange: Exchange) -> None:
            told = exchange.answer_headers
            if "x-ratelimit-reset" in told:
                clock[0] = float(told["x-ratelimit-reset"]) - float(told["x-ratelimit-reset-in"])
                burn(server, int(told["x-ratelimit-remaining"]) + (exchange.status != 429))

        replay = Replay(server.root_url, before)
        for name in LISTENBRAINZ:
            replay.check(name, LISTENBRAINZ_LEFT_OUT.get(name))


def burn(server: ListenBrainz, left: int) -> None:
    """Makes requests that were made there too, but not recorded, until so many are left."""
    while server.requests_left > left and server.now() < server.window_ends:
        httpx.get(f"{server.api_url}/validate-token", trust_env=False)


# -- Maloja ---------------------------------------------------------------------------------------

MALOJA_KEY = "invented-maloja-key-00000000000000000000000000000000000000000"
MALOJA_STARTED_AT = 1795939600
"""Between the plays that the recorded server told of, and the older ones."""

OTHER_ENTRANCE = "Maloja's Last.fm entrance is not imitated: it refuses a resend"
NO_KEY_OPENS_IT = "nobody asks: it needs the login of the web page"
MALOJA_LEFT_OUT = dict.fromkeys(
    ["native delete", "native delete again", "native export"], NO_KEY_OPENS_IT
)


@pytest.mark.parametrize(
    ("version", "profile", "unlike"),
    [
        ("3.2.3", MALOJA_3_2_3, {"native scrobbles since": "the artists come in any order"}),
        (
            "3.2.9",
            MALOJA,
            dict.fromkeys(["native scrobbles since", "native numscrobbles"], OTHER_ENTRANCE),
        ),
    ],
    ids=["3.2.3", "3.2.9"],
)
def test_maloja_answers_as_recorded(version: str, profile: Profile, unlike: dict[str, str]) -> None:
    clock = [MALOJA_STARTED_AT]
    with ListenBrainz(profile=profile, clock=lambda: clock[0]) as server:
        server.login("quiet_otter", MALOJA_KEY)

        def before(exchange: Exchange) -> None:
            clock[0] += version == "3.2.9" and exchange.title == "LB listened_at text"

        name = f"maloja-{version}"
        other = dict.fromkeys(
            [it.title for it in read(name) if it.title.startswith("AS ")], OTHER_ENTRANCE
        )
        replay = Replay(server.root_url, before)
        replay.check(name, {**other, **MALOJA_LEFT_OUT, **unlike})


# -- multi-scrobbler ------------------------------------------------------------------------------


def test_multi_scrobbler_answers_as_recorded() -> None:
    name = "multi-scrobbler-0.16.4-noslug"
    left_out = dict.fromkeys(
        [it.title for it in read(name) if it.title.startswith("LFM ")],
        "its Last.fm entrance is not imitated: its ListenBrainz one is the better",
    )
    left_out["playing-now read"] = "nobody asks"
    with ListenBrainz(profile=MULTI_SCROBBLER) as server:
        server.login("lz in", "invented-token")
        Replay(server.root_url).check(name, left_out)
