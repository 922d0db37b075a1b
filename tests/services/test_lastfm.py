"""What is Last.fm's own among those that speak its protocol."""

from scrobblerd.services.audioscrobbler.client import TokenLogin
from scrobblerd.services.lastfm import LASTFM


def test_limits_are_the_documented_ones() -> None:
    assert LASTFM.can.batch == 50
    assert LASTFM.can.oldest == 13.5 * 86400
    assert TokenLogin.token_lifetime == 3600.0
