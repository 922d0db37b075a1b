"""The client of Maloja over real HTTP: where it is, what it is sent, and whose a second is."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lab.behaviour import Behaviour
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_service import Listen
from lab.listenbrainz_service import Profile as LabProfile
from lab.maloja import ENTRANCE, MALOJA, MALOJA_3_2_3, NATIVE
from scrobblerd.core.errors import LogIn, NotConfigured, ScrobblerdError, Unreachable
from scrobblerd.core.model import ApiAccess, Details, Scrobble, Session
from scrobblerd.core.submission import LoveRequest, QueueRow, RowState
from scrobblerd.services.base import Fault, Remedy, Reply
from scrobblerd.services.http import HttpClient
from scrobblerd.services.maloja.addresses import base_of
from scrobblerd.services.maloja.client import MalojaService
from scrobblerd.services.maloja.payload import new_scrobble

USER = "quiet_otter"
FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)
PREFIX = "/music"
OURS = "client:default"
"""What a Maloja calls us."""


class Bench:
    """A Maloja, and the service that knows its address."""

    def __init__(self, server: ListenBrainz, http: HttpClient, end: str = "") -> None:
        self.server = server
        self.http = http
        self.access = ApiAccess(api_url=server.root_url + end)
        self.session = Session(USER, server.login(USER))
        self.service = MalojaService(lambda: self.access, http)

    async def submit(self, scrobble: Scrobble, retry_count: int = 0) -> Reply:
        """Sends a row that was tried so often before."""
        row = QueueRow(1, USER, scrobble, retry_count)
        return await self.service.submit(self.session, [row])

    def has(
        self, title: str, second: int = FERN.timestamp, *, artist: str = "Okto", origin: str = OURS
    ) -> None:
        """A play that is there, by whatever client."""
        names = {"artist_name": artist, "track_name": title, "origin": origin}
        self.server.store(Listen(USER, second, names))

    @property
    def methods(self) -> list[str]:
        """The methods that were asked for."""
        return [request.method for request in self.server.requests]

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [request.path for request in self.server.requests]


class Start:
    """Starts servers."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    def __call__(self, profile: LabProfile = MALOJA, end: str = "") -> Bench:
        server = ListenBrainz(profile=profile, clock=lambda: FERN.timestamp + 300.0)
        self._stack.enter_context(server)
        http = HttpClient()
        self._stack.push_async_callback(http.close)
        return Bench(server, http, end)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a Maloja."""
    async with AsyncExitStack() as stack:
        yield Start(stack)


@pytest.fixture
async def bench(start: Start) -> Bench:
    """A Maloja whose whole API can be reached."""
    return start()


def behind(path: str, *roots: str) -> LabProfile:
    """A Maloja of which a proxy shows these roots below a path."""
    return replace(MALOJA, roots=tuple(path + root for root in roots))


def outcome_of(reply: Reply) -> tuple[RowState, bool]:
    """The state of the only row, and whether it moves."""
    (outcome,) = reply.outcomes
    return outcome.state, outcome.move


# -- where it is ----------------------------------------------------------------------------------

HOME = "https://music.example.org"


@pytest.mark.parametrize("base", [HOME, f"{HOME}/maloja", "http://maloja.lan:42010"])
@pytest.mark.parametrize(
    "end",
    [
        *("", "/", "/?x=1#y", "/apis", "/apis/mlj_1", "/apis/mlj_1/", "/apis/mlj_1/newscrobble"),
        *("/apis/listenbrainz", "/apis/listenbrainz/1", "/apis/listenbrainz/1/submit-listens"),
        "/apis/listenbrainz/1/validate-token",
    ],
)
def test_the_server_is_known_by_any_address_that_people_type(base: str, end: str) -> None:
    assert base_of(f" {base}{end}") == base


def test_another_path_is_kept() -> None:
    assert base_of(f"{HOME}/apis/other") == f"{HOME}/apis/other"
    assert base_of(f"{HOME}/apistle") == f"{HOME}/apistle"


@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize("end", ["", "/", "/apis/mlj_1", "/apis/listenbrainz"])
async def test_its_own_api_is_used_wherever_it_is(start: Start, prefix: str, end: str) -> None:
    bench = start(behind(prefix, ENTRANCE, NATIVE), prefix + end)
    session = await bench.service.login.session(bench.session.key)
    assert session == bench.session
    assert bench.service.address == f"{bench.server.root_url}{prefix}/apis/mlj_1"
    assert (await bench.submit(FERN)).ok
    native = [f"{prefix}{NATIVE}{method}" for method in ("serverinfo", "scrobbles", "newscrobble")]
    assert bench.paths[-3:] == native
    pages = bench.service.pages
    assert pages.api_account == f"{bench.server.root_url}{prefix}/admin_apikeys"


@pytest.mark.parametrize("end", ["", "/apis/listenbrainz/1"])
async def test_the_entrance_takes_the_plays_if_a_proxy_shows_nothing_else(
    start: Start, end: str
) -> None:
    bench = start(behind(PREFIX, ENTRANCE), PREFIX + end)
    assert (await bench.submit(FERN)).ok
    assert (await bench.submit(replace(FERN, timestamp=FERN.timestamp + 300))).ok
    assert bench.service.address == f"{bench.server.root_url}{PREFIX}/apis/listenbrainz/1"
    assert bench.paths.count(f"{PREFIX}{NATIVE}serverinfo") == 1  # it is not asked for ever
    assert bench.server.titles() == ["Fern", "Fern"]


async def test_an_api_that_went_away_is_looked_for_again(bench: Bench) -> None:
    await bench.submit(FERN)
    bench.server.misbehave(Behaviour.html(404), method="newscrobble")
    assert (await bench.submit(FERN)).fault is Fault.ADDRESS
    assert (await bench.submit(FERN)).ok
    assert bench.paths.count(f"{NATIVE}serverinfo") == 2


@pytest.mark.parametrize(
    "how", [Behaviour.html(502), Behaviour.html(200), Behaviour.closed_before_storing()]
)
async def test_a_server_that_is_out_of_order_is_not_taken_for_another(
    bench: Bench, how: Behaviour
) -> None:
    bench.server.misbehave(how)
    assert (await bench.submit(FERN)).remedy is Remedy.RETRY
    assert bench.paths == [f"{NATIVE}serverinfo"]
    assert (await bench.submit(FERN)).ok
    assert bench.service.address.endswith("/apis/mlj_1")


@pytest.mark.parametrize(
    ("how", "error"),
    [(Behaviour.html(404), NotConfigured), (Behaviour.html(502), Unreachable)],
    ids=["another server", "out of order"],
)
async def test_a_login_says_what_is_wrong_with_the_address(
    bench: Bench, how: Behaviour, error: type[ScrobblerdError]
) -> None:
    bench.server.outage = how
    with pytest.raises(error):
        await bench.service.login.session(bench.session.key)
    assert (await bench.submit(FERN)).remedy in (Remedy.STOP, Remedy.RETRY)
    assert bench.service.address == ""


async def test_a_wrong_token_is_refused(bench: Bench) -> None:
    with pytest.raises(LogIn, match="admin_apikeys"):
        await bench.service.login.session("another-token")
    bench.session = replace(bench.session, key="another-token")
    reply = await bench.submit(FERN)
    assert (reply.remedy, reply.fault) == (Remedy.REAUTH, Fault.LOGIN)


# -- what is sent ---------------------------------------------------------------------------------


def test_all_that_it_takes_is_told() -> None:
    scrobble = replace(
        FERN,
        artist="Mira Holt",
        album="Tidewater",
        album_artist="Various Keepers",
        track_number=3,
        mbid="11111111-2222-4333-8444-555555555555",
        duration=241,
        details=Details(
            artists=("Mira Holt", "Okto"), player="mpv", heard=120, start=1_789_999_999
        ),
    )
    assert json.loads(new_scrobble(scrobble, "s3cret")) == {
        "key": "s3cret",
        "artists": ["Mira Holt", "Okto"],
        "title": "Fern",
        "album": "Tidewater",
        "albumartists": ["Various Keepers"],
        "length": 241,
        "duration": 120,
        "time": 1_790_000_000,
    }


def test_what_is_not_known_is_left_out() -> None:
    assert json.loads(new_scrobble(FERN, "s3cret")) == {
        "key": "s3cret",
        "artists": ["Mira Holt"],
        "title": "Fern",
        "time": 1_790_000_000,
    }


def test_names_are_fit_to_send_and_empty_ones_are_none() -> None:
    names = Details(artists=("Mira\x00 Holt", " \x00 ", "Okto\ud800"))
    scrobble = replace(FERN, artist=" Mira Holt", track="Fern\x00\n", album=" ", details=names)
    sent = json.loads(new_scrobble(scrobble, "s3cret"))
    assert (sent["artists"], sent["title"]) == (["Mira Holt", "Okto"], "Fern")
    assert "album" not in sent


def test_an_artist_that_was_edited_is_the_only_one() -> None:
    edited = replace(FERN, artist="Mira Holt", details=Details(artists=("Mira Hlot", "Okto")))
    assert json.loads(new_scrobble(edited, "s3cret"))["artists"] == ["Mira Holt"]


async def test_a_row_that_is_sent_again_is_the_same_to_the_byte(bench: Bench) -> None:
    assert (await bench.submit(FERN)).ok
    again = MalojaService(lambda: bench.access, bench.http)
    assert (await again.submit(bench.session, [QueueRow(1, USER, FERN, 1)])).ok
    bodies = [it.body for it in bench.server.requests if it.path.endswith("newscrobble")]
    assert len(bodies) == 2
    assert len(set(bodies)) == 1
    assert bench.server.titles() == ["Fern"]


@pytest.mark.parametrize(
    "how",
    [
        Behaviour(""),
        Behaviour.html(500),
        Behaviour.raw(b'{"status":"failure","error":{"type":"x","desc":"no key KEY"}}', 400),
        Behaviour.raw(b'{"error":"key=KEY"}', 403),
    ],
    ids=["good", "page", "repeated", "refused"],
)
async def test_the_key_is_in_no_address_and_in_no_text(
    bench: Bench, how: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = bench.session.key
    body = how.instead.body.replace(b"KEY", key.encode()) if how.instead else b""
    told = Behaviour.raw(body, how.instead.status) if how.instead else how
    bench.server.misbehave(told, told, method="newscrobble")
    bench.has("Moss", FERN.timestamp + 1)
    replies = [
        await bench.service.check(bench.session),
        await bench.submit(FERN),
        await bench.submit(replace(FERN, timestamp=FERN.timestamp + 1), 1),
        await bench.submit(FERN, 1),
    ]
    assert key[:8] not in caplog.text + repr(replies)
    for request in bench.server.requests:
        assert key not in request.path + str(request.params)


async def test_it_is_not_told_what_plays_and_knows_no_loves(bench: Bench) -> None:
    assert not bench.service.can.now_playing
    assert not bench.service.can.love
    for reply in (
        await bench.service.now_playing(bench.session, FERN),
        await bench.service.love(bench.session, LoveRequest("Mira Holt", "Fern", True)),
        await bench.service.loved_page(bench.session, 1),
    ):
        assert isinstance(reply, Reply)
        assert (reply.remedy, reply.reached) == (Remedy.NOTHING, False)
    assert bench.paths == []


async def test_a_database_that_is_upgraded_is_left_alone_for_as_long_as_it_says(
    bench: Bench,
) -> None:
    told = {"type": "server_not_ready", "value": "db_upgrade", "desc": "Please try again later."}
    body = json.dumps({"status": "error", "error": told}).encode()
    bench.server.outage = Behaviour.raw(body, 503, {"Retry-After": "120"})
    for _ in range(2):  # while it is looked for, and when it is known
        reply = await bench.submit(FERN)
        assert (reply.remedy, reply.fault, reply.wait) == (
            *(Remedy.RETRY, Fault.UNAVAILABLE),
            120.0,
        )
        bench.server.outage, outage = None, bench.server.outage
        await bench.service.check(bench.session)
        bench.server.outage = outage


# -- whose a second is ----------------------------------------------------------------------------


async def test_a_play_whose_second_another_has_moves_and_is_not_sent(bench: Bench) -> None:
    bench.has("Moss")
    reply = await bench.submit(FERN)
    assert (reply.remedy, reply.reached) == (Remedy.MOVE, False)
    assert outcome_of(reply) == (RowState.PENDING, True)
    assert "newscrobble" not in bench.methods  # a refusal would leave its names in a bad state


async def test_a_second_that_was_taken_meanwhile_moves_the_play(bench: Bench) -> None:
    assert (await bench.submit(replace(FERN, timestamp=FERN.timestamp - 1))).ok
    bench.has("Moss")
    assert (await bench.submit(FERN)).remedy is Remedy.MOVE
    assert bench.methods[-1] == "newscrobble"


async def test_the_same_track_by_another_client_is_no_reason_to_move(bench: Bench) -> None:
    bench.has("Fern", artist="Mira Holt", origin="client:phone")
    assert outcome_of(await bench.submit(FERN)) == (RowState.SENT, False)
    assert len(bench.server.listens) == 1


@pytest.mark.parametrize(
    ("title", "artist"),
    [("Moss", "Mira Holt"), ("Fern", "Mira H."), ("Moss", "Okto")],
    ids=["title", "artist", "both"],
)
async def test_a_play_that_was_tried_and_then_renamed_by_its_user_is_there(
    bench: Bench, title: str, artist: str
) -> None:
    bench.has(title, artist=artist)
    reply = await bench.submit(FERN, retry_count=1)
    assert reply.ok
    assert outcome_of(reply) == (RowState.SENT, False)
    assert bench.server.titles() == [title]


async def test_a_play_of_another_client_is_not_ours(bench: Bench) -> None:
    bench.has("Moss", origin="client:phone")
    bench.has("Reed", FERN.timestamp + 1, artist="Mira Holt", origin="client:phone")
    assert (await bench.submit(FERN, retry_count=1)).remedy is Remedy.MOVE
    refused = len(bench.methods)
    again = await bench.submit(replace(FERN, timestamp=FERN.timestamp + 1), retry_count=1)
    assert again.remedy is Remedy.MOVE
    assert "newscrobble" not in bench.methods[refused:]  # who we are is known from the first time


async def test_who_we_are_is_known_by_what_we_have_sent(bench: Bench) -> None:
    assert (await bench.submit(replace(FERN, timestamp=FERN.timestamp + 1))).ok
    bench.has("Moss", artist="Mira Holt", origin="client:phone")
    assert (await bench.submit(FERN, retry_count=1)).remedy is Remedy.MOVE
    assert bench.methods.count("newscrobble") == 1


async def test_a_second_that_is_free_by_now_moves_the_play_all_the_same(bench: Bench) -> None:
    bench.has("Moss")
    bench.server.listens.clear()  # the user has deleted it in the moment before it is looked up
    assert (await bench.submit(FERN, retry_count=1)).remedy is Remedy.MOVE


async def test_as_long_as_nothing_can_be_looked_up_a_row_that_was_tried_waits(
    bench: Bench,
) -> None:
    bench.has("Moss")
    bench.server.misbehave(*[Behaviour.html(502)] * 2, method="scrobbles")
    reply = await bench.submit(FERN, retry_count=1)
    assert (reply.remedy, reply.reached, reply.outcomes) == (Remedy.RETRY, True, ())
    assert (await bench.submit(FERN, retry_count=2)).ok


UNREADABLE = b'{"status": "failure", "error": {"type": "unknown_error", "value": "KeyError(2)"}}'


@pytest.mark.parametrize(
    "how", [Behaviour.html(403), Behaviour.html(404), Behaviour.raw(UNREADABLE, 500)]
)
async def test_plays_that_can_not_be_read_keep_none_from_being_sent(
    bench: Bench, how: Behaviour
) -> None:
    bench.server.misbehave(how, method="scrobbles")
    assert (await bench.submit(FERN)).ok


async def test_a_server_that_went_away_before_the_play_was_sent_has_certainly_not_stored_it(
    bench: Bench,
) -> None:
    await bench.service.check(bench.session)
    bench.server.misbehave(Behaviour.closed_before_storing(), method="scrobbles")
    reply = await bench.submit(FERN)
    assert (reply.remedy, reply.reached) == (Remedy.RETRY, False)


@pytest.mark.parametrize("hours", range(-14, 15, 7))
async def test_a_second_is_found_whatever_the_time_zone_of_the_server(
    bench: Bench, hours: int
) -> None:
    midnight = 1_790_035_200  # of UTC
    second = midnight + hours * 3600
    bench.has("Moss", second)
    assert (await bench.submit(replace(FERN, timestamp=second))).remedy is Remedy.MOVE
    (asked,) = [request.params for request in bench.server.requests if "from" in request.params]
    first, last = (
        datetime.strptime(asked[name], "%Y/%m/%d").replace(tzinfo=UTC).timestamp()
        for name in ("from", "to")
    )
    assert first + 14 * 3600 <= second < last + 86400 - 14 * 3600


@pytest.mark.parametrize(
    ("profile", "remedy"), [(MALOJA, Remedy.MOVE), (MALOJA_3_2_3, Remedy.RETRY_FEW)]
)
async def test_by_the_entrance_a_second_that_is_taken_moves_the_play_where_it_says_so(
    start: Start, profile: LabProfile, remedy: Remedy
) -> None:
    bench = start(replace(profile, roots=(ENTRANCE,)))
    bench.has("Moss")
    for tries in (0, 1):  # it can't be looked up there, and a play must not be lost
        assert (await bench.submit(FERN, tries)).remedy is remedy
