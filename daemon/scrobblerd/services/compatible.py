"""Any other server that speaks Last.fm's protocol, at the user's own address."""

from ..core.submission import Limits
from .audioscrobbler.protocol import OWN_KEY, Ignored, LoveTerms, Profile
from .base import Capabilities, Pages

AUDIOSCROBBLER = Profile(
    kind="audioscrobbler",
    label="the Audioscrobbler server",
    can=Capabilities(
        batch=50,
        oldest=None,
        read=True,  # where it is so
        limits=Limits(requests_per_day=0, scrobbles_per_day=0),
    ),
    pages=Pages(home="", library="", api_account=""),
    ignored={
        1: Ignored.ARTIST,
        2: Ignored.TRACK,
        3: Ignored.TOO_OLD,
        4: Ignored.IN_FUTURE,
        5: Ignored.DAILY_LIMIT,
        91: Ignored.KNOWN,  # GNU FM's
    },
    public_user="",
    loves=LoveTerms(page_tracks=50),
    own_key=OWN_KEY,
)
