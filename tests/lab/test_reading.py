"""What the stand-ins show of the plays that they have: lost, doubled, late and renamed ones."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from lab.gnufm import GNUFM
from lab.lastfm import LASTFM, StandIn
from lab.lastfm_service import Profile
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_profiles import KOITO, LISTENBRAINZ
from tests.support.lastfm_calls import Caller, calling, play

NOW = 1790000300.0


@contextmanager
def lastfm_with(*titles: str, profile: Profile = LASTFM) -> Generator[Caller]:
    """A Last.fm at which these were scrobbled, 20 s apart, the first a while ago."""
    with calling(profile=profile, clock=lambda: NOW) as caller:
        for place, title in enumerate(titles):
            caller.scrobble(play(caller.lastfm, age=1000 - place * 20, track=title))
        yield caller


def recent(caller: Caller, **params: Any) -> list[str]:
    """The titles of a page of recent tracks."""
    texts = {name: str(value) for name, value in params.items()}
    tree = caller.call("user.getRecentTracks", user="quiet_otter", **texts).json()
    return [track["name"] for track in tree.get("recenttracks", {}).get("track", [])]


@pytest.mark.parametrize("profile", [LASTFM, GNUFM], ids=["lastfm", "gnufm"])
def test_recent_tracks_come_in_pages_and_between_bounds_that_do_not_belong_to_them(
    profile: Profile,
) -> None:
    with lastfm_with("a", "b", "c", "d", profile=profile) as caller:
        assert recent(caller, limit=3) == ["d", "c", "b"]
        assert recent(caller, limit=3, page=2) == ["a"]
        first = int(NOW) - 1000
        assert recent(caller, **{"from": first, "to": first + 60}) == ["c", "b"]
        assert recent(caller, limit=3, page=3) == []


def test_what_plays_stands_before_the_recent_tracks_and_has_no_time_at_lastfm() -> None:
    for profile, has_date in ((LASTFM, False), (GNUFM, True)):
        with lastfm_with("a", profile=profile) as caller:
            caller.call("track.updateNowPlaying", artist="Mira Holt", track="Moss")
            tree = caller.call("user.getRecentTracks", user="quiet_otter").json()
            playing, heard = tree["recenttracks"]["track"]
            assert (playing["name"], playing["@attr"]) == ("Moss", {"nowplaying": "true"})
            assert ("date" in playing, "date" in heard) == (has_date, True)


def test_lastfm_gives_200_at_most_and_their_total() -> None:
    with lastfm_with("a", "b") as caller:
        tree = caller.call("user.getRecentTracks", user="quiet_otter", limit="1000").json()
        counts = {"totalPages": "1", "page": "1", "perPage": "200", "total": "2"}
        assert tree["recenttracks"]["@attr"] == {"user": "quiet_otter", **counts}
        assert caller.error("user.getRecentTracks", user="nobody") == (6, 404)
        caller.lastfm.private.add("quiet_otter")
        assert caller.error("user.getRecentTracks", user="quiet_otter") == (17, 403)


def test_gnu_fm_removes_a_scrobble_by_its_names_and_second() -> None:
    with lastfm_with("a", "b", profile=GNUFM) as caller:
        artist, second = "The Paper Lanterns", str(int(NOW) - 1000)
        wanted = {"artist": artist, "timestamp": second, "sk": caller.session_key}
        remove = "library.removeScrobble"
        assert caller.send(caller.params(remove, track="a", **wanted)).json() == {}
        for title in ("a", "B"):
            again = caller.send(caller.params(remove, track=title, **wanted)).json()
            assert again["error"]["code"] == "7"
        assert recent(caller) == ["b"]


def test_a_play_that_is_lost_is_stored_again_and_a_renamed_one_is_known() -> None:
    with lastfm_with("a", "b") as caller:
        caller.lastfm.lose("a")
        caller.lastfm.rename("b", artist="Mira Holt", track="B")
        assert recent(caller) == ["B"]
        for age, title in ((1000, "a"), (980, "b")):
            caller.scrobble(play(caller.lastfm, age=age, track=title))
        assert recent(caller) == ["B", "a"]
        caller.lastfm.double("a", seconds=1)
        assert recent(caller) == ["B", "a", "a"]
        caller.lastfm.reading_lag = 60.0
        assert recent(caller) == []
        caller.lastfm.advance(60)
        assert recent(caller) == ["B", "a", "a"]


# -- of ListenBrainz's kind -----------------------------------------------------------------------


@contextmanager
def listenbrainz_with(*titles: str, **settings: Any) -> Generator[tuple[ListenBrainz, Any]]:
    """A server to which these were submitted, a minute apart, and a client for it."""
    server = ListenBrainz(clock=lambda: NOW, **settings)
    with server, httpx.Client(timeout=5, trust_env=False) as http:
        http.headers["Authorization"] = f"Token {server.login()}"

        def submit(*names: str) -> None:
            for place, title in enumerate(names):
                listen = {"artist_name": "Mira Holt", "track_name": title}
                payload = [{"listened_at": 1789999000 + place * 60, "track_metadata": listen}]
                document = {"listen_type": "single", "payload": payload}
                assert http.post(f"{server.api_url}/submit-listens", json=document).is_success

        submit(*titles)
        yield server, submit


def test_a_listen_that_is_lost_is_stored_again_and_a_renamed_one_is_known() -> None:
    with listenbrainz_with("a", "b", profile=LISTENBRAINZ) as (server, submit):
        server.lose("a")
        server.rename("b", track="B")
        assert server.titles() == ["B"]
        submit("a", "b")
        assert server.titles() == ["B", "a"]
        server.double("a", client="an importer")
        first, again = (it for it in server.listens if it.name[1] == "a")
        assert (again.listened_at, again.metadata["additional_info"]["submission_client"]) == (
            *(first.listened_at,),
            "an importer",
        )
        assert first.msid != again.msid
        submit("a", "b")
        assert server.titles() == ["B", "a", "a"]


def test_koito_shows_pages_of_a_stretch_and_deletes_by_track_and_second() -> None:
    with listenbrainz_with("a", "b", "c", profile=KOITO) as (server, _):
        url = f"{server.root_url}/apis/web/v1/listens"
        bounds = {"from": 1789999000, "to": 1789999120}
        with httpx.Client(timeout=5, trust_env=False) as http:
            tree = http.get(url, params={**bounds, "limit": 2}).json()
            assert [item["track"]["title"] for item in tree["items"]] == ["c", "b"]
            assert (tree["has_next_page"], tree["total_record_count"]) == (True, 3)
            last = http.get(url, params={**bounds, "limit": 2, "page": 2}).json()
            assert (len(last["items"]), last["has_next_page"]) == (1, False)
            assert http.get(url, params={"limit": 501}).json()["items_per_page"] == 100
            wanted = {"track_id": last["items"][0]["track"]["id"], "unix": 1789999000}
            assert http.delete(url, params=wanted).status_code == 401
            token = {"Authorization": f"token {next(iter(server.tokens))}"}
            server.deleting_lag = 0.0
            for _ in range(2):
                assert http.delete(url, params=wanted, headers=token).status_code == 204
            assert len(http.get(url).json()["items"]) == 2


def test_a_deletion_takes_its_time_and_takes_what_was_sent_again_meanwhile() -> None:
    with listenbrainz_with("a", profile=LISTENBRAINZ) as (server, submit):
        listen = server.listens[0]
        server.delete(lambda it: it.msid == listen.msid)
        submit("a")
        assert len(server.shown("quiet_otter")) == 1
        server.clock = lambda: NOW + server.deleting_lag
        assert server.shown("quiet_otter") == []
        submit("a")
        assert len(server.shown("quiet_otter")) == 1


def test_a_play_that_comes_late_is_there_all_the_same() -> None:
    server = StandIn(clock=lambda: NOW)
    server.reading_lag = 60.0
    with server, httpx.Client(timeout=5, trust_env=False) as http:
        caller = Caller(server, http)
        caller.scrobble(play(server, track="a"))
        assert (recent(caller), len(server.scrobbles)) == ([], 1)
