"""Libre.fm and other servers that run GNU FM: what they take, and in what they differ."""

from ..core.submission import Limits
from .audioscrobbler.protocol import OWN_KEY, Ignored, LoveTerms, Profile
from .base import Capabilities, Pages

LIBREFM = Profile(
    kind="librefm",
    label="Libre.fm",
    can=Capabilities(
        batch=50,
        oldest=None,  # it takes what was played since 2001-12-22
        read=True,
        delete=True,
        check_proves_login=False,  # user.getInfo asks for the user's name, and looks at no key
        limits=Limits(requests_per_day=0, scrobbles_per_day=0),
    ),
    pages=Pages(
        home="https://libre.fm",
        library="https://libre.fm/user/{user}",
        api_account="https://libre.fm/api/",
    ),
    ignored={  # 3 and 4 mean what 4 and 3 do at Last.fm
        1: Ignored.ARTIST,
        3: Ignored.IN_FUTURE,
        4: Ignored.TOO_OLD,
        91: Ignored.KNOWN,
    },
    public_user="mattl",
    own_key=OWN_KEY,
    adds_slash=True,  # without it the server redirects, and a POST becomes a GET
    loves=LoveTerms(done=frozenset({7})),  # loved already, or not loved when it is taken back
)
