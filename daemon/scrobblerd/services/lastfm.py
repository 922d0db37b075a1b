"""Last.fm: what it takes, and in what it differs from others that speak its protocol."""

from .audioscrobbler.protocol import Ignored, Profile
from .base import Capabilities, Pages

LASTFM = Profile(
    kind="lastfm",
    label="Last.fm",
    can=Capabilities(
        batch=50,  # last.fm/api/show/track.scrobble
        oldest=13.5 * 86400,  # it ignores what is older than 14 days
        read=True,
        backfill_per_day=200,  # its limit of a day, some 2,800, is for what is played
    ),
    pages=Pages(
        home="https://www.last.fm",
        library="https://www.last.fm/user/{user}/library",
        api_account="https://www.last.fm/api/account/create",
        day="https://www.last.fm/user/{user}/library?from={day}&to={day}",
    ),
    ignored={  # in practice nearly all is told as 1
        1: Ignored.ARTIST,
        2: Ignored.TRACK,
        3: Ignored.TOO_OLD,
        4: Ignored.IN_FUTURE,
        5: Ignored.DAILY_LIMIT,
    },
    public_user="rj",
    least_duration=31,  # it ignores what says less than 30 s
)
