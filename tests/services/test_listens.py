"""What every service must do that shows its users' listens, against its stand-in."""

import copy
import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from lab.lastfm import Behaviour
from lab.lastfm_answers import Tree
from lab.maloja import ENTRANCE
from scrobblerd.core.model import ApiAccess, Session
from scrobblerd.services.base import Fault, Listen, ListensPage, Remedy, Reply, Service
from scrobblerd.services.kinds import service_of
from tests.services.test_base import BROKEN_OFF, name
from tests.support.lastfm_service import SONG, rows
from tests.support.service_benches import (
    ALL_BENCHES,
    BENCHES,
    Bench,
    LastfmBench,
    LibrefmBench,
    ListenBrainzBench,
    MalojaBehindAProxyBench,
    MalojaBench,
    Play,
    ServiceBench,
)

FIRST = 1_600_000_000

READING = ["lastfm", "librefm", "audioscrobbler", "listenbrainz", "koito", "maloja"]
"""The services that show their users' listens, by their kind."""

DELETING = ["librefm", "listenbrainz", "koito"]
"""Those of them at which a program may delete one."""


@pytest.fixture(params=READING)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[ServiceBench]:
    """Each service that shows listens."""
    async with BENCHES[request.param]() as made:
        yield made


deleting = pytest.mark.parametrize("bench", DELETING, indirect=True)


def some(count: int, first: int = FIRST, step: int = 200) -> list[Play]:
    """Plays one after the other."""
    return [("Mira Holt", f"Fern {number}", first + number * step) for number in range(count)]


async def pages_of(bench: Bench, since: int, until: int) -> list[list[Play]]:
    """Returns all pages of a stretch, each with its plays."""
    pages: list[list[Play]] = []
    cursor = ""
    while True:
        page = await bench.service.listens(bench.session, since, until, cursor)
        assert isinstance(page, ListensPage)
        pages.append([(it.artist, it.track, it.listened_at) for it in page.listens])
        if not (cursor := page.next):
            return pages
        assert len(pages) < 100


async def all_of(bench: Bench, since: int, until: int) -> list[Play]:
    """Returns the plays of a stretch, from the oldest on."""
    plays = [play for page in await pages_of(bench, since, until) for play in page]
    return sorted(plays, key=lambda play: (play[2], play))


async def test_who_shows_what_it_has_and_who_lets_delete_is_known() -> None:
    async def kinds(able: Callable[[Service], bool]) -> list[str]:
        able_kinds: list[str] = []
        for kind, bench in BENCHES.items():
            async with bench() as made:
                able_kinds += [kind] * able(made.service)
        return able_kinds

    assert await kinds(lambda service: service.can.read) == READING
    assert await kinds(lambda service: service.can.delete) == DELETING


# -- reading --------------------------------------------------------------------------------------


async def test_what_was_sent_is_shown_with_its_names(bench: ServiceBench) -> None:
    await bench.service.submit(bench.session, rows(1))
    page = await bench.service.listens(bench.session, SONG.timestamp - 999, SONG.timestamp + 999)
    assert isinstance(page, ListensPage)
    (listen,) = page.listens
    sent = rows(1)[0].scrobble
    assert (listen.listened_at, listen.artist, listen.track) == (
        *(sent.timestamp, sent.artist),
        sent.track,
    )
    assert listen.album in (sent.album, "")  # Koito does not say it


async def test_both_ends_of_a_stretch_belong_to_it(bench: ServiceBench) -> None:
    bench.has(some(5, step=1))
    assert await all_of(bench, FIRST + 1, FIRST + 3) == some(5, step=1)[1:4]
    assert await all_of(bench, FIRST + 2, FIRST + 2) == some(5, step=1)[2:3]


async def test_all_listens_of_a_long_stretch_are_given_once(bench: ServiceBench) -> None:
    plays = some(1, FIRST - 90 * 86400) + some(700) + some(1, FIRST + 400 * 86400)
    bench.has(plays)
    assert await all_of(bench, FIRST - 100 * 86400, FIRST + 500 * 86400) == plays
    assert await all_of(bench, 0, 2**53) == plays
    assert await all_of(bench, FIRST + 200, FIRST + 698 * 200) == plays[2:-2]


async def test_listens_of_one_second_are_given_once_also_if_pages_end_within(
    bench: ServiceBench,
) -> None:
    if bench.service.can.one_a_second:
        return
    dense = [("Mira Holt", f"Moss {number:03}", FIRST + 300 * 200) for number in range(450)]
    plays = sorted([*some(700), *dense], key=lambda play: (play[2], play))
    bench.has(plays)
    assert await all_of(bench, 0, FIRST + 10**8) == plays


async def test_what_comes_while_pages_are_read_shifts_none_of_the_others(
    bench: ServiceBench,
) -> None:
    plays = some(700)
    bench.has(plays)
    seen: list[Listen] = []
    cursor = ""
    for number in range(100):
        page = await bench.service.listens(bench.session, FIRST, FIRST + 10**6, cursor)
        assert isinstance(page, ListensPage)
        seen += page.listens
        bench.has([("Mira Holt", "Sedge", FIRST + 150_000 + number), ("Mira Holt", "Rush", number)])
        if not (cursor := page.next):
            break
    old = [(it.artist, it.track, it.listened_at) for it in seen if it.track.startswith("Fern")]
    assert sorted(old, key=lambda play: play[2]) == plays


async def test_where_nothing_is_the_stretch_is_empty(bench: ServiceBench) -> None:
    assert await pages_of(bench, FIRST, FIRST + 999) == [[]]
    bench.has(some(1))
    assert await all_of(bench, FIRST + 1, FIRST + 999) == []


async def test_a_stretch_that_ends_before_it_begins_is_empty_and_not_asked_for(
    bench: ServiceBench,
) -> None:
    asked = len(bench.server.requests)
    assert await pages_of(bench, FIRST, FIRST - 1) == [[]]
    assert len(bench.server.requests) == asked


async def test_what_plays_now_is_none_that_was_heard(bench: ServiceBench) -> None:
    bench.has(some(2))
    await bench.service.now_playing(bench.session, SONG)
    assert await all_of(bench, 0, SONG.timestamp * 2) == some(2)


async def test_a_listen_alone_is_one(bench: ServiceBench) -> None:
    bench.has(some(1))
    if isinstance(bench, LastfmBench):
        bench.lastfm.single_as_object = True
    assert await all_of(bench, 0, FIRST + 1) == some(1)


async def test_a_play_that_is_there_twice_is_given_twice(bench: ServiceBench) -> None:
    bench.has(some(3))
    bench.double("Fern 1")
    twice = ("Mira Holt", "Fern 1", FIRST + 201)
    assert await all_of(bench, 0, FIRST + 10**6) == [*some(2), twice, some(3)[2]]


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [Behaviour.error(8), *map(Behaviour.html, (200, 301, 403, 404, 429, 502)), Behaviour.empty()],
    ids=name,
)
async def test_an_answer_that_is_none_is_told_and_no_listen(
    bench: ServiceBench, how: Behaviour
) -> None:
    bench.has(some(1))
    bench.server.misbehave(how)
    reply = await bench.service.listens(bench.session, 0, FIRST + 1)
    assert isinstance(reply, Reply)
    assert not reply.ok
    assert reply.message
    if not reply.wait:  # else the next one would wait as well
        assert await all_of(bench, 0, FIRST + 1) == some(1)


@pytest.mark.parametrize("how", [how for how, _ in BROKEN_OFF], ids=name)
async def test_an_answer_that_breaks_off_is_none(bench: ServiceBench, how: Behaviour) -> None:
    bench.has(some(3))
    bench.server.misbehave(how)
    reply = await bench.service.listens(bench.session, 0, FIRST + 999)
    assert isinstance(reply, Reply)
    assert (reply.remedy, reply.fault) == (Remedy.RETRY, Fault.UNREACHED)
    bench.server.release()


JUNK: list[Any] = [None, True, -1, 2**70, 1e400, "", "x", "\0", "1970", [], [[]], {}, {"#text": []}]
"""What may stand anywhere in an answer."""


def list_in(tree: Tree) -> list[Any]:
    """Returns the longest list of an answer."""
    lists: list[list[Any]] = [[]]
    for value in tree.values():
        if isinstance(value, dict):
            lists.append(list_in(cast("Tree", value)))
        elif isinstance(value, list):
            lists.append(cast("list[Any]", value))
    return max(lists, key=len)


def with_junk_between(tree: Tree) -> Tree:
    """Returns an answer with entries in it that are none."""
    entries = list_in(tree)
    entries[1:1] = copy.deepcopy(JUNK)
    return tree


@pytest.mark.parametrize("count", [3, 20])
async def test_entries_that_are_none_are_left_out_one_by_one(
    bench: ServiceBench, count: int
) -> None:
    bench.has(some(count))
    bench.server.misbehave(Behaviour.changed(with_junk_between))
    assert await all_of(bench, 0, FIRST + 10**6) == some(count)


@pytest.mark.parametrize("nothing", [None, 5, "x"], ids=repr)
async def test_an_answer_without_a_list_does_not_say_that_nothing_is_there(
    bench: ServiceBench, nothing: object
) -> None:
    bench.has(some(2))

    def without(tree: Tree) -> Tree:
        at: Any = tree
        while not (names := [name for name, value in at.items() if isinstance(value, list)]):
            at = at.get("payload") or at["recenttracks"]
        at[names[0]] = nothing
        return tree

    bench.server.misbehave(Behaviour.changed(without))
    reply = await bench.service.listens(bench.session, 0, FIRST + 10**6)
    assert isinstance(reply, Reply)
    assert not reply.ok


def spoilt(tree: Tree, dice: random.Random) -> Tree:
    """Returns an answer of which a few values are others."""
    tree = copy.deepcopy(tree)
    for _ in range(dice.randint(1, 4)):
        at: Any = tree
        while at:
            is_object = isinstance(at, dict)
            key = dice.choice([*cast("Tree", at)] if is_object else [*range(len(at))])
            value: Any = at[key]
            if not isinstance(value, dict | list) or not value or dice.random() < 0.2:
                at[key] = copy.deepcopy(dice.choice(JUNK))
                break
            at = cast("Any", value)
    return tree


async def test_whatever_is_answered_there_is_a_page_or_a_reply(bench: ServiceBench) -> None:
    bench.has(some(4))
    dice = random.Random(7)
    for _ in range(150):
        bench.server.misbehave(Behaviour.changed(lambda tree: spoilt(tree, dice)))
        page = await bench.service.listens(bench.session, 0, FIRST + 10**6)
        assert isinstance(page, ListensPage | Reply)
        if isinstance(page, ListensPage):
            assert all(it.artist and it.track and it.listened_at > 0 for it in page.listens)
            json.dumps(page.next).encode()
            for listen in page.listens:
                f"{listen.artist} {listen.track} {listen.album} {listen.id}".encode()
    bench.server.behave()


async def test_a_list_without_an_end_is_left(bench: ServiceBench) -> None:
    """It says that there is more and shows the same again and again."""
    bench.has(some(1))

    def endless(tree: Tree) -> Tree:
        entries = list_in(tree)
        entries[:] = entries * 1000
        if "has_next_page" in tree:
            tree["has_next_page"] = True
        attributes: Any = tree.get("recenttracks", {}).get("@attr", {})
        attributes.update({"total": "1000000"} if "total" in attributes else {})
        return tree

    bench.server.outage = Behaviour.changed(endless)
    cursor = ""
    for _ in range(50):
        page = await bench.service.listens(bench.session, 0, FIRST + 10**6, cursor)
        if isinstance(page, Reply):
            assert page.remedy is Remedy.RETRY_FEW
            return
        if not (cursor := page.next):
            return
    raise AssertionError("it is asked on and on")


async def test_no_secret_stands_in_an_address_or_an_answer(
    bench: ServiceBench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bench.has(some(1))
    page = await bench.service.listens(bench.session, 0, FIRST + 1)
    asked = bench.server.requests[-1]
    for secret in bench.secrets() - {asked.params.get("api_sig", "")}:
        assert secret not in repr(page) + caplog.text
        assert secret not in asked.path + str(asked.params)


# -- deleting -------------------------------------------------------------------------------------


@deleting
async def test_a_listen_that_is_deleted_is_gone_and_the_others_stay(bench: ServiceBench) -> None:
    bench.has(some(3))
    page = await bench.service.listens(bench.session, FIRST + 200, FIRST + 200)
    assert isinstance(page, ListensPage)
    for _ in range(2):  # what is gone already is as it should be
        reply = await bench.service.delete_listen(bench.session, page.listens[0])
        assert reply.ok
    assert await all_of(bench, 0, FIRST + 10**6) == [some(3)[0], some(3)[2]]


@deleting
async def test_who_is_not_logged_in_deletes_nothing(bench: ServiceBench) -> None:
    bench.has(some(1))
    page = await bench.service.listens(bench.session, 0, FIRST + 1)
    assert isinstance(page, ListensPage)
    bench.revoke()
    reply = await bench.service.delete_listen(bench.session, page.listens[0])
    assert (reply.remedy, reply.fault) == (Remedy.REAUTH, Fault.LOGIN)
    assert bench.stored() == some(1)


@deleting
async def test_a_deletion_that_fails_is_told(bench: ServiceBench) -> None:
    bench.has(some(1))
    page = await bench.service.listens(bench.session, 0, FIRST + 1)
    assert isinstance(page, ListensPage)
    for how in (Behaviour.html(502), Behaviour.error(8), Behaviour.closed_before_storing()):
        bench.server.misbehave(how)
        reply = await bench.service.delete_listen(bench.session, page.listens[0])
        assert not reply.ok
        assert reply.message
    assert bench.stored() == some(1)


@pytest.mark.parametrize("kind", sorted(ALL_BENCHES.keys() - DELETING))
async def test_elsewhere_a_deletion_is_refused_in_words(kind: str) -> None:
    async with ALL_BENCHES[kind]() as bench:
        reply = await bench.service.delete_listen(bench.session, Listen(FIRST, "Mira Holt", "Fern"))
        assert (reply.remedy, reply.reached) == (Remedy.NOTHING, False)
        assert bench.service.label in reply.message


async def test_a_stranger_has_no_listens(bench: ServiceBench) -> None:
    bench.has(some(1))
    stranger = Session("no_such_user", bench.session.key)
    answer = await bench.service.listens(stranger, 0, FIRST + 1)
    if isinstance(answer, Reply):
        assert (answer.remedy, answer.fault) == (Remedy.NOTHING, Fault.UNKNOWN)


# -- Last.fm and its like -------------------------------------------------------------------------


@pytest.fixture
async def lastfm() -> AsyncIterator[LastfmBench]:
    """Last.fm."""
    async with LastfmBench() as made:
        yield made


@pytest.fixture
async def librefm() -> AsyncIterator[LibrefmBench]:
    """Libre.fm."""
    async with LibrefmBench() as made:
        yield made


async def test_lastfm_is_asked_a_second_wider_and_no_session_key_is_sent(
    lastfm: LastfmBench,
) -> None:
    await pages_of(lastfm, FIRST, FIRST + 999)
    (asked,) = lastfm.server.requests
    names = {"user": "quiet_otter", "from": str(FIRST - 1), "to": str(FIRST + 1000)}
    assert asked.params.items() >= {**names, "limit": "200", "page": "1"}.items()
    assert "sk" not in asked.params


async def test_a_stretch_that_fits_on_a_page_takes_one_request_if_its_total_is_told(
    lastfm: LastfmBench, librefm: LibrefmBench
) -> None:
    for bench, requests in ((lastfm, 1), (librefm, 2)):
        bench.has(some(50))
        assert await all_of(bench, 0, FIRST + 10**6) == some(50)
        assert len(bench.server.requests) == requests


async def test_a_private_profile_is_read_with_its_own_login(lastfm: LastfmBench) -> None:
    lastfm.has(some(3))
    lastfm.lastfm.private.add("quiet_otter")
    assert await all_of(lastfm, 0, FIRST + 10**6) == some(3)
    assert [("sk" in asked.params) for asked in lastfm.server.requests] == [False, True]
    lastfm.revoke()
    reply = await lastfm.service.listens(lastfm.session, 0, FIRST)
    assert isinstance(reply, Reply)
    assert reply.remedy is Remedy.REAUTH


async def test_an_error_of_lastfm_does_not_say_that_nothing_is_there(lastfm: LastfmBench) -> None:
    """GNU FM says that there are no plays by error 7, which is "Invalid resource" at Last.fm."""
    lastfm.has(some(3))
    lastfm.server.misbehave(Behaviour.error(7))
    reply = await lastfm.service.listens(lastfm.session, 0, FIRST + 999)
    assert isinstance(reply, Reply)
    assert not reply.ok


async def test_what_is_corrected_has_its_new_name_and_is_known_again(lastfm: LastfmBench) -> None:
    await lastfm.service.submit(lastfm.session, rows(1))
    lastfm.lastfm.rename("Fern 0", track="Fern (Zero)")
    second = rows(1)[0].scrobble.timestamp
    assert await all_of(lastfm, second, second) == [("Mira Holt", "Fern (Zero)", second)]
    await lastfm.service.submit(lastfm.session, rows(1))
    assert len(lastfm.stored()) == 1


async def test_gnu_fm_deletes_by_all_names_and_the_second(librefm: LibrefmBench) -> None:
    librefm.has(some(1))
    other = Listen(FIRST, "mira holt", "Fern 0")  # which it takes for somebody else
    assert (await librefm.service.delete_listen(librefm.session, other)).ok
    assert librefm.stored() == some(1)
    asked = librefm.server.requests[0]
    assert (asked.http_method, asked.method) == ("POST", "library.removeScrobble")
    assert asked.params["timestamp"] == str(FIRST)


async def test_a_play_that_gnu_fm_still_shows_is_not_said_to_be_deleted(
    librefm: LibrefmBench,
) -> None:
    librefm.has([("Mira  Holt", "Fern", FIRST)])  # its two spaces are not told
    page = await librefm.service.listens(librefm.session, FIRST, FIRST)
    assert isinstance(page, ListensPage)
    reply = await librefm.service.delete_listen(librefm.session, page.listens[0])
    assert (reply.ok, reply.remedy) == (False, Remedy.NOTHING)
    assert "Libre.fm does not know the play" in reply.message


# -- ListenBrainz ---------------------------------------------------------------------------------


@pytest.fixture
async def brainz() -> AsyncIterator[ListenBrainzBench]:
    """ListenBrainz."""
    async with ListenBrainzBench() as made:
        yield made


async def test_a_listen_of_listenbrainz_has_its_id_and_who_sent_it(
    brainz: ListenBrainzBench,
) -> None:
    await brainz.service.submit(brainz.session, rows(1))
    brainz.listens.double("Fern 0", client="ListenBrainz lastfm importer v2")
    page = await brainz.service.listens(brainz.session, 0, 2**40)
    assert isinstance(page, ListensPage)
    assert {(it.id, it.client) for it in page.listens} == {
        (brainz.listens.listens[0].msid, "scrobblerd"),
        (brainz.listens.listens[1].msid, "ListenBrainz lastfm importer v2"),
    }


async def test_listens_before_a_gap_of_years_and_in_the_future_are_found(
    brainz: ListenBrainzBench,
) -> None:
    oldest, future = 1_033_430_400, int(brainz.listens.clock()) + 10**7
    plays = [("Mira Holt", f"Fern {at}", at) for at in (oldest, FIRST, FIRST + 1, future)]
    brainz.has(plays)
    assert await all_of(brainz, 0, 2**40) == plays
    assert await all_of(brainz, oldest, FIRST) == plays[:2]
    assert await all_of(brainz, oldest + 1, FIRST - 1) == []


async def test_a_second_that_has_more_than_the_server_gives_does_not_keep_the_rest(
    brainz: ListenBrainzBench,
) -> None:
    dense = [("Mira Holt", f"Moss {number}", FIRST) for number in range(1200)]
    brainz.has([*dense, *some(3, FIRST + 1)])
    read = await all_of(brainz, 0, 2**40)
    assert read[-3:] == some(3, FIRST + 1)
    assert len(set(read)) == len(read) >= 1000 + 3


async def test_a_window_that_is_used_up_for_long_is_told(brainz: ListenBrainzBench) -> None:
    brainz.has(some(3))
    brainz.listens.requests_left = 1
    brainz.listens.window_ends = brainz.listens.now() + 3600
    assert isinstance(await brainz.service.listens(brainz.session, 0, 2**40), ListensPage)
    late = await brainz.service.listens(brainz.session, 0, 2**40)
    assert isinstance(late, Reply)
    assert (late.remedy, late.fault, late.reached) == (Remedy.RETRY, Fault.RATE, False)
    assert late.wait > 3500


async def test_an_unknown_user_is_told_in_the_servers_words(brainz: ListenBrainzBench) -> None:
    reply = await brainz.service.listens(Session("nobody", brainz.session.key), 0, 2**40)
    assert isinstance(reply, Reply)
    assert reply.message == "ListenBrainz says: Cannot find user: nobody"
    assert brainz.service.address  # which is not at fault


async def test_listenbrainz_shows_what_is_deleted_until_the_hour_is_full(
    brainz: ListenBrainzBench,
) -> None:
    brainz.listens.deleting_lag = 3600.0
    brainz.has(some(1))
    page = await brainz.service.listens(brainz.session, 0, 2**40)
    assert isinstance(page, ListensPage)
    assert (await brainz.service.delete_listen(brainz.session, page.listens[0])).ok
    assert await all_of(brainz, 0, 2**40) == some(1)
    later = brainz.listens.clock() + 3600.0
    brainz.listens.clock = lambda: later
    assert await all_of(brainz, 0, 2**40) == []


async def test_a_listen_without_an_id_can_not_be_deleted(brainz: ListenBrainzBench) -> None:
    reply = await brainz.service.delete_listen(brainz.session, Listen(FIRST, "Mira Holt", "Fern"))
    assert (reply.remedy, reply.reached) == (Remedy.NOTHING, False)


# -- Maloja ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["maloja", "listenbrainz"])
async def test_a_maloja_is_read_by_its_own_api_whatever_the_account_takes_it_for(
    kind: str,
) -> None:
    async with MalojaBench() as bench:
        access = ApiAccess(api_url=bench.server.root_url + ENTRANCE)
        bench.service = service_of(kind, lambda: access, bench.http)
        bench.has(some(3))
        assert await all_of(bench, 0, 2**40) == some(3)
        assert bench.server.requests[-1].path == "/apis/mlj_1/scrobbles"


async def test_a_maloja_behind_a_proxy_shows_nothing() -> None:
    async with MalojaBehindAProxyBench() as bench:
        bench.has(some(3))
        reply = await bench.service.listens(bench.session, 0, 2**40)
        assert isinstance(reply, Reply)
        assert (reply.remedy, bench.service.can.read) == (Remedy.NOTHING, False)
