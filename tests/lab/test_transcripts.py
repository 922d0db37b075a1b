"""The stand-ins answer as the real servers did that were recorded."""

from lab.gnufm import GNUFM
from lab.lastfm import StandIn
from tests.support.transcripts import Exchange, Replay

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

        replay = Replay(gnufm.root_url, before, GNUFM_LEFT_OUT)
        replay.check("gnufm-ea59671")
