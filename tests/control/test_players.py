"""ListPlayers, TestFilter, Skip, Unskip, Pause, Resume: what can be asked about players."""

from collections.abc import AsyncIterator

import pytest
from dbus_next.signature import Variant

from lab import mpris
from lab.dbus import ReplyError
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, started

pytestmark = started(
    tables={
        "scrobble": {"settle_ms": 50, "minimum_seconds": 1.0, "maximum_seconds": 2.0},
        "players": {
            "deny": ["browser*"],
            "announce_only": ["remote"],
            "patient": {"maximum_seconds": 500.0, "scrobble_threshold": 80},
        },
        "filters": {
            "ignore_genres": ["podcast"],
            "presets": ["ads", "video-files", "official-video"],
            "rewrites": [{"field": "artist", "pattern": "^Mira$", "replacement": "Mira Holt"}],
        },
    }
)


@pytest.fixture
async def player(bench: Bench) -> AsyncIterator[FakePlayer]:
    """A player that plays Fern."""
    async with await FakePlayer.start(bench.bus.address, "demo", identity="Demo") as one:
        await one.play("Fern", ["Mira Holt"], "", 1000.0)
        yield one


async def plays(scrobbler: Scrobbler) -> None:
    """Wait until the daemon has seen what plays."""
    while not await scrobbler.changed("Current"):
        continue


async def test_every_player_is_listed_with_the_rule_about_it(
    bench: Bench, scrobbler: Scrobbler, player: FakePlayer
) -> None:
    async with (
        await FakePlayer.start(bench.bus.address, "browser.instance7"),
        await FakePlayer.start(bench.bus.address, "remote"),
    ):
        found: list[dict[str, object]] = []
        while len(found) < 3 or not all(one["identity"] for one in found):
            [found] = await scrobbler.call("ListPlayers")
    rules = {one["player"]: (one["wanted"], one["rule"]) for one in found}
    assert rules == {
        "demo": (True, ""),
        "browser.instance7": (False, "[players] deny has 'browser*'"),
        "remote": (True, "[players] announce_only"),
    }
    [demo] = [one for one in found if one["player"] == "demo"]
    assert (demo["identity"], demo["status"]) == ("Demo", "Playing")


async def test_tags_that_come_late_are_shown(scrobbler: Scrobbler, player: FakePlayer) -> None:
    await plays(scrobbler)
    tags = mpris.tags("Fern", ["Mira Holt"], "Undergrowth", 93.0, "/late")
    await player.metadata({**player.properties["Metadata"].value, **tags})
    while True:
        [shown] = await scrobbler.changed("Current")
        if shown["album"]:
            break
    assert (shown["album"], shown["length"], shown["needed"]) == ("Undergrowth", 93.0, 2.0)


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (
            {"title": "Fern", "artist": "Mira Holt", "length": 200},
            "counts: Fern by Mira Holt, after 2 s",
        ),
        ({"title": "Fern"}, "ignored: Fern by nobody: title and artist are needed"),
        ({"title": "Fern", "artist": "A", "length": 20}, "shorter than 30 s"),
        ({"title": "Fern", "artist": "A", "genres": ["Podcast"]}, "the genre Podcast is ignored"),
        ({"title": "Fern", "artist": "A", "url": "file:///x.mkv"}, "files of type mkv"),
    ],
)
async def test_the_rules_are_tried_on_a_track(
    scrobbler: Scrobbler, track: dict[str, object], words: str
) -> None:
    kinds = {"length": "u", "genres": "as"}
    values = {name: Variant(kinds.get(name, "s"), value) for name, value in track.items()}
    assert words in (await scrobbler.call("TestFilter", "a{sv}", values))[0]


async def test_a_changed_tag_is_told_with_the_rule_that_changed_it(scrobbler: Scrobbler) -> None:
    track = {"title": Variant("s", "Fern (Official Video)"), "artist": Variant("s", "Mira")}
    [check] = await scrobbler.call("CheckTrack", "a{sv}", track)
    assert (check["title"], check["artist"]) == ("Fern", "Mira Holt")
    assert check["changes"] == [
        ["title", "Fern (Official Video)", "Fern", "[filters] presets: official-video"],
        ["artist", "Mira", "Mira Holt", "[filters] rewrites"],
    ]
    assert (await scrobbler.call("TestFilter", "a{sv}", track))[0] == (
        'counts: Fern by Mira Holt, after 2 s; title "Fern (Official Video)" became "Fern"'
        ' ([filters] presets: official-video); artist "Mira" became "Mira Holt"'
        " ([filters] rewrites)"
    )
    [unchanged] = await scrobbler.call("CheckTrack", "a{sv}", {"title": Variant("s", "Fern")})
    assert unchanged["changes"] == []


@pytest.mark.parametrize(
    ("player", "needed", "code", "rule"),
    [
        ("patient", 160.0, "", ""),
        ("patient.instance7", 160.0, "", ""),
        ("mpv", 2.0, "", ""),
        ("browser.instance_1_2", 0.0, "player", "[players] deny has 'browser*'"),
        ("remote", 0.0, "announce_only", "[players] announce_only"),
    ],
)
async def test_the_rules_of_a_player_are_tried_too(
    scrobbler: Scrobbler, player: str, needed: float, code: str, rule: str
) -> None:
    track = {"title": Variant("s", "Fern"), "artist": Variant("s", "A")}
    more = {"length": Variant("u", 200), "player": Variant("s", player)}
    [check] = await scrobbler.call("CheckTrack", "a{sv}", track | more)
    assert (check["needed"], check["code"], check["rule"]) == (needed, code, rule)
    [words] = await scrobbler.call("TestFilter", "a{sv}", track | more)
    assert words.startswith("ignored: " if code else f"counts: Fern by A, after {needed:g} s")


async def test_a_play_has_the_need_of_its_player(bench: Bench, scrobbler: Scrobbler) -> None:
    async with await FakePlayer.start(bench.bus.address, "patient.instance7") as patient:
        await patient.play("Fern", ["Mira Holt"], "", 1000.0)
        while not (shown := await scrobbler.changed("Current")):
            continue
        assert shown[0]["needed"] == 500.0
        [seen] = (await scrobbler.call("ListPlayers"))[0]
    assert seen["wanted"] is True
    assert seen["rule"] == "[players.patient] scrobble_threshold = 80, maximum_seconds = 500.0"


async def test_a_title_is_cleaned_before_anything_else_sees_it(
    scrobbler: Scrobbler, player: FakePlayer
) -> None:
    await plays(scrobbler)
    await player.play("Moss [Official Audio] (HD)", ["Mira Holt"], "", 100.0)
    await scrobbler.said("ScrobbleStatus", "queued", "Mira Holt", "Moss")


@pytest.mark.parametrize("member", ["TestFilter", "CheckTrack"])
async def test_what_is_no_tag_cannot_be_tried(scrobbler: Scrobbler, member: str) -> None:
    with pytest.raises(ReplyError, match="year: not known"):
        await scrobbler.call(member, "a{sv}", {"year": Variant("u", 1999)})


@pytest.mark.parametrize(
    ("track", "answer"),
    [
        ({"title": "Fern", "artist": "Mira Holt", "length": 200}, ("", "", "")),
        ({"title": "Fern"}, ("no_artist", "", "")),
        ({"artist": "A"}, ("no_title", "", "")),
        ({"title": "Fern", "artist": "A", "length": 20}, ("too_short", "30", "")),
        (
            {"title": "Fern", "artist": "A", "url": "file:///x.mkv"},
            ("file_type", "mkv", "[filters]"),
        ),
    ],
)
async def test_a_program_learns_by_a_code_what_the_rules_make_of_a_track(
    scrobbler: Scrobbler, track: dict[str, object], answer: tuple[str, str, str]
) -> None:
    kinds = {"length": "u"}
    values = {name: Variant(kinds.get(name, "s"), value) for name, value in track.items()}
    [check] = await scrobbler.call("CheckTrack", "a{sv}", values)
    code, detail, rule = answer
    assert (check["code"], check["detail"]) == (code, detail)
    assert rule in check["rule"]
    assert (check["counts"], check["needed"]) == ((False, 0.0) if code else (True, 2.0))
    assert bool(check["reason"]) is bool(code)
    assert (check["title"], check["artist"]) == (track.get("title", ""), track.get("artist", ""))
    assert check["enabled"] is True


async def test_what_is_skipped_does_not_count(scrobbler: Scrobbler, player: FakePlayer) -> None:
    await plays(scrobbler)
    assert await scrobbler.call("Skip", "s", "") == ["Fern"]
    with pytest.raises(ReplyError, match="nothing plays that could still be skipped"):
        await scrobbler.call("Skip", "s", "")
    await player.play("Moss", ["Mira Holt"], "", 100.0)
    await scrobbler.said("ScrobbleStatus", "queued", "Mira Holt", "Moss")
    [found] = await scrobbler.call("GetHistory", "ux", 9, 0)
    [fern] = [one for one in found if one["title"] == "Fern"]
    assert (fern["verdict"], fern["reason"]) == ("unwanted", "skipped by you")


async def test_what_is_not_skipped_any_more_counts(
    bench: Bench, scrobbler: Scrobbler, player: FakePlayer
) -> None:
    await plays(scrobbler)
    await scrobbler.call("Skip", "s", "demo")
    bench.restart()
    while not any(each["rate"] for each in await scrobbler.get("Current")):
        await plays(scrobbler)  # first the play is there, then the player
    assert await scrobbler.call("Unskip", "s", "") == ["Fern"]
    await scrobbler.said("ScrobbleStatus", "queued", "Mira Holt", "Fern")
    with pytest.raises(ReplyError, match="nothing plays that was skipped"):
        await scrobbler.call("Unskip", "s", "")


async def test_a_skipped_play_that_has_ended_stays_skipped(
    scrobbler: Scrobbler, player: FakePlayer
) -> None:
    await plays(scrobbler)
    await scrobbler.call("Skip", "s", "")
    await player.play("Moss", ["Mira Holt"], "", 100.0)
    await scrobbler.said("ScrobbleStatus", "queued", "Mira Holt", "Moss")
    name, words = await scrobbler.refused("Unskip", "s", "demo")
    assert name == "InvalidArgument"
    assert words == "'demo' plays nothing that was skipped; what has ended stays skipped"


async def test_of_two_players_of_a_program_the_one_with_the_name_is_skipped(
    bench: Bench, scrobbler: Scrobbler, player: FakePlayer
) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo.instance7") as other:
        await other.play("Moss", ["Mira Holt"], "", 1000.0)
        while len(await scrobbler.get("Current")) < 2:
            await plays(scrobbler)
        assert await scrobbler.call("Skip", "s", "demo") == ["Fern"]
        assert await scrobbler.call("Unskip", "s", "demo") == ["Fern"]
        assert await scrobbler.call("Skip", "s", "demo.instance7") == ["Moss"]


async def test_nothing_counts_while_paused_and_a_restart_does_not_end_it(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    await scrobbler.call("Pause", "u", 0)
    bench.restart()
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["enabled"], settings["paused_until"]) == (False, -1)
    await scrobbler.call("Resume")
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["enabled"], settings["paused_until"]) == (True, 0)


async def test_a_pause_ends_by_itself(scrobbler: Scrobbler) -> None:
    await scrobbler.call("Pause", "u", 2)
    assert await scrobbler.changed("Enabled") is False
    assert await scrobbler.changed("Enabled") is True


async def test_switching_on_ends_a_pause(scrobbler: Scrobbler) -> None:
    await scrobbler.call("Pause", "u", 3600)
    await scrobbler.set("Enabled", Variant("b", True))
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["enabled"], settings["paused_until"]) == (True, 0)
