"""What the servers can do, as data."""

import pytest

from scrobblerd.services.listenbrainz.profiles import OTHER, PROFILES, Profile

each = pytest.mark.parametrize("profile", [*PROFILES.values(), OTHER], ids=lambda it: it.label)


@each
def test_only_listenbrainz_takes_a_batch_and_loves(profile: Profile) -> None:
    is_listenbrainz = profile is PROFILES["listenbrainz"]
    assert profile.can.batch == (100 if is_listenbrainz else 1)
    assert profile.can.love is is_listenbrainz


@each
def test_no_play_is_too_old_and_no_day_is_full(profile: Profile) -> None:
    assert profile.can.oldest is None
    assert profile.can.limits.requests_per_day == profile.can.limits.scrobbles_per_day == 0


@each
def test_its_pages_are_addresses_without_a_login_in_them(profile: Profile) -> None:
    pages = profile.pages_at("https://otter:pass@music.example.org:4000/apis/listenbrainz/1")
    for page in (pages.home, pages.library_of("quiet_otter"), pages.api_account):
        assert page.startswith("https://")
        assert "{" not in page
        assert "pass" not in page


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://api.listenbrainz.org", "https://listenbrainz.org"),
        ("https://brainz.example.org:4000/1", "https://brainz.example.org:4000"),
    ],
)
def test_the_pages_of_a_listenbrainz_of_ones_own_are_there(url: str, site: str) -> None:
    pages = PROFILES["listenbrainz"].pages_at(url)
    assert pages.home == site
    assert pages.library_of("mira") == f"{site}/user/mira/"
    assert pages.api_account == f"{site}/settings/"
