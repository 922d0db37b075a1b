"""scrobblerctl queue, history and explain with several accounts."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.support.ctl_accounts import Home, several_accounts
from tests.support.daemon_bench import USER, Bench
from tests.support.queue_samples import fill
from tests.support.scrobblerctl import Stage, ctl, document, refused, said
from tests.support.waiting import until


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Two plays: one that ListenBrainz was sent, and one after it was switched off. Nobody is
    logged in to the account `second`."""
    with several_accounts(tmp_path_factory.mktemp("home")) as home:
        home.log_in()
        with Stage(home.bench) as stage:
            stage.plays("Slow Harbour")
            assert home.brainz.wait_for(lambda _: bool(home.brainz.titles()))
            said(home.bench, "disable", "brainz")
            stage.plays("Fern")
            assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 2)
        until(lambda: home.account("lastfm")["queued"] == 0)
        said(home.bench, "enable", "brainz")
        yield home


def cells(bench: Bench, *arguments: str) -> list[list[str]]:
    """The lines of a table, without its heading, by their cells."""
    return [re.split(r"  +", line) for line in said(bench, *arguments).splitlines()[1:]]


# -- history --------------------------------------------------------------------------------------


def test_history_tells_shortly_what_became_of_each_play_at_each_account(played: Home) -> None:
    heading, *_ = said(played.bench, "history").splitlines()
    assert heading.split()[4:] == ["RESULT", "TRACK"]
    fern, harbour = cells(played.bench, "history")
    assert fern[4:] == ["sent: lastfm; waiting: second", "Fern by Mira Holt"]
    assert harbour[4:] == ["sent: lastfm, brainz; waiting: second", "Slow Harbour by Mira Holt"]
    told = document(played.bench, "history")[1]
    assert told["result"] == {"lastfm": "sent", "second": "waiting", "brainz": "sent"}
    assert (told["sent_to"], told["waiting_for"]) == (["lastfm", "brainz"], ["second"])


@pytest.mark.parametrize(
    ("account", "only", "titles"),
    [
        ("brainz", "sent", ["Slow Harbour"]),
        ("brainz", "missing", ["Fern"]),
        ("brainz", "waiting", []),
        ("second", "waiting", ["Fern", "Slow Harbour"]),
        ("lastfm", "refused", []),
    ],
)
def test_history_of_an_account_is_asked_for_by_what_became_of_plays(
    played: Home, account: str, only: str, titles: list[str]
) -> None:
    arguments = ("history", "--account", account, "--only", only)
    assert [play["title"] for play in document(played.bench, *arguments)] == titles
    since = document(played.bench, *arguments, "--since", "1h", "-n", "1")
    assert [play["title"] for play in since] == titles[:1]
    assert len(cells(played.bench, *arguments)) == len(titles)


def test_history_of_an_account_tells_of_that_account_only(played: Home) -> None:
    assert [each[4] for each in cells(played.bench, "history", "--account", "second")] == [
        *("waiting", "waiting")
    ]
    assert cells(played.bench, "history", "--account", "brainz")[0][4] == "sent"
    assert (
        said(played.bench, "history", "--account", "lastfm", "--only", "refused")
        == "No such plays\n"
    )
    assert "there are lastfm, second, brainz" in refused(
        played.bench, 1, "history", "--account", "third"
    )


def test_what_any_account_made_of_plays_is_found_without_naming_one(played: Home) -> None:
    def found(*arguments: str) -> list[int]:
        return [play["id"] for play in document(played.bench, "history", *arguments)]

    for answer in ("sent", "waiting", "refused"):
        each = [
            found("--account", name, "--only", answer) for name in ("lastfm", "second", "brainz")
        ]
        assert found("--only", answer) == sorted({*chain.from_iterable(each)}, reverse=True)
    assert found("--only", "sent")


def test_history_with_one_account_names_none(shared: Bench) -> None:
    fill(shared.daemon.database)
    heading, line = said(shared, "history").splitlines()
    assert heading.split() == ["PLAY", "WHEN", "PLAYER", "HEARD", "RESULT", "TRACK"]
    assert len(re.split(r"  +", line)) == 6
    assert [play["id"] for play in document(shared, "history", "--only", "missing")] == [7]
    assert said(shared, "queue").split("\n")[0].split() == [
        *("ROW", "STATE", "PLAYED", "TRACK", "REASON")
    ]


# -- explain --------------------------------------------------------------------------------------


def test_explain_has_a_line_for_each_other_account(played: Home) -> None:
    words, *others = said(played.bench, "explain", "1").splitlines()
    assert re.search(rf": counted: heard .*\. Sent to {USER} [\d: -]+\.$", words)
    second, brainz = others
    assert (
        second == "second: Waiting to be sent: nobody is logged in. Run scrobblerctl login second."
    )
    assert re.fullmatch(rf"brainz: Sent to {USER} [\d: -]+\.", brainz)
    told = document(played.bench, "explain", "1")
    assert told["accounts"] == dict(line.split(": ", 1) for line in others)
    assert told["words"] == words
    _, *others = said(played.bench, "explain", "2").splitlines()
    assert others == [
        second,
        "brainz: Not sent there: it was switched off then, or not in config.toml yet.",
    ]


def test_explain_tells_where_a_play_by_hand_was_not_to_be_sent(tmp_path: Path) -> None:
    with several_accounts(tmp_path) as home:
        said(home.bench, "scrobble", "Mira Holt", "Reed", "--account", "brainz")
        _, second, brainz = said(home.bench, "explain", "1").splitlines()
    assert second == "second: It was not to be sent there."
    assert brainz.startswith("brainz: Waiting")


def test_explain_tells_what_an_account_leaves_out_and_which_has_left_the_file(
    tmp_path: Path,
) -> None:
    with several_accounts(tmp_path) as home:
        home.log_in()
        table = {"service": "listenbrainz", "url": home.brainz.api_url}
        accounts: dict[str, dict[str, Any]] = {
            "old": {"service": "lastfm", "url": home.second.api_url},
            "brainz": {**table, "not_players": ["demo"]},
            "attic": {**table, "url": home.brainz.root_url, "filters": {"minimum_length": 2000}},
        }
        home.bench.configure(accounts=accounts)
        said(home.bench, "reload")
        with Stage(home.bench) as stage:
            stage.plays("Slow Harbour")
            assert home.bench.lastfm.wait_for(lambda seen: len(seen.scrobbles) == 1)
        until(lambda: home.account("lastfm")["queued"] == 0)
        del accounts["old"]
        home.bench.configure(accounts=accounts)
        said(home.bench, "reload")
        _, *others = said(home.bench, "explain", "1").splitlines()
        assert sorted(others) == [
            "attic: Left out: it is shorter than 2000 s.",
            "brainz: Left out: its player is demo.",
            "old: Waiting to be sent: old is not in config.toml. scrobblerctl queue claim --from"
            " old sends its plays to another account.",
        ]
        [row] = document(home.bench, "queue", "--account", "old")
        assert row["account_name"] == "old"
        assert ["old", "lastfm", "not in config.toml", "1 waiting"] in cells(home.bench, "accounts")
        checks = ctl(home.bench, "doctor").stdout
        assert "accounts.old" in checks
        assert "scrobblerctl queue claim --from old" in checks
        told = ctl(home.bench, "login", "old").stderr
        assert "[accounts.old]" in told
        assert "there are lastfm, brainz, attic\n" in told
        assert home.brainz.titles() == []


# -- queue ----------------------------------------------------------------------------------------


def test_queue_has_the_account_of_each_row(played: Home) -> None:
    heading, *_ = said(played.bench, "queue").splitlines()
    assert heading.split() == ["ROW", "ACCOUNT", "STATE", "PLAYED", "TRACK", "REASON"]
    assert [row[1:3] for row in cells(played.bench, "queue")] == [["second", "waiting"]] * 2
    heading, *_ = said(played.bench, "queue", "--account", "second").splitlines()
    assert "ACCOUNT" not in heading
    assert said(played.bench, "queue", "list", "--account", "brainz") == "The queue is empty\n"
    [sent] = document(played.bench, "queue", "--account", "brainz", "--state", "sent")
    assert (sent["track"], sent["account_name"]) == ("Slow Harbour", "brainz")
    assert said(played.bench, "queue", "--account", "second", "export").count("Mira Holt") == 2
    assert "there are lastfm, second, brainz" in refused(
        played.bench, 1, "queue", "--account", "third"
    )


@pytest.mark.parametrize("action", ["retry", "drop --yes", "edit --track=Moss"])
def test_a_row_of_another_account_is_left_alone(played: Home, action: str) -> None:
    [row, *_] = document(played.bench, "queue", "--account", "second")
    name, *options = action.split()
    arguments = (name, *options, str(row["id"]), "--account", "brainz")
    words = refused(played.bench, 2, "queue", *arguments)
    assert f"row {row['id']} is for second, not for brainz" in words
    assert row in document(played.bench, "queue")


def test_a_retry_says_what_waits_for_a_login(played: Home) -> None:
    words = said(played.bench, "queue", "retry")
    assert words == "second: not logged in at Last.fm, 2 waiting: scrobblerctl login second\n"


def test_one_account_is_retried_alone(home: Home) -> None:
    words = refused(home.bench, 4, "queue", "retry", "--account", "second")
    assert words.endswith("second: not logged in; run scrobblerctl login second\n")
    home.log_in()
    assert said(home.bench, "queue", "retry", "--account", "brainz") == "Nothing waits.\n"
    home.brainz.stop()
    with Stage(home.bench) as stage:
        stage.plays("Slow Harbour")
        until(lambda: home.account()["last_error"])
    home.brainz.start()
    words = said(home.bench, "queue", "retry", "--account", "brainz")
    assert words == "1 play is sent to brainz now\n"
    assert home.brainz.wait_for(lambda _: home.brainz.titles() == ["Slow Harbour"])


def test_plays_of_another_user_are_taken_over_at_one_account(home: Home) -> None:
    home.log_in()
    home.brainz.stop()
    with Stage(home.bench) as stage:
        stage.plays("Slow Harbour")
        until(lambda: home.account()["last_error"])
    home.brainz.start()
    said(home.bench, "logout", "brainz")
    said(home.bench, "login", "brainz", given=home.brainz.login("loud_heron"))
    assert home.account()["held"] == 1
    _, *others = said(home.bench, "explain", "1").splitlines()
    todo = f"scrobblerctl queue claim {USER} --account brainz"
    assert any(line.startswith("brainz: Held") and todo in line for line in others)
    words = said(home.bench, *todo.split()[1:])
    assert words == f"1 play of {USER} to be sent to brainz\n"
    assert home.brainz.wait_for(lambda _: home.brainz.titles() == ["Slow Harbour"])


def test_plays_of_an_account_that_has_left_the_file_are_taken_over(home: Home) -> None:
    with Stage(home.bench) as stage:
        stage.plays("Slow Harbour")
        until(lambda: home.account()["queued"])
    table = {"service": "listenbrainz", "url": home.brainz.api_url}
    home.bench.configure(accounts={"attic": table})
    said(home.bench, "reload")
    login = ctl(home.bench, "login", "attic", given=home.token)
    assert "backfill attic --since 30d sends 1 play" in login.stderr  # also another way
    claim = ("queue", "claim", "--from", "brainz", "--account", "attic")
    assert said(home.bench, *claim) == "1 play of brainz to be sent to attic\n"
    assert home.brainz.wait_for(lambda _: home.brainz.titles() == ["Slow Harbour"])
    assert "plays are for listenbrainz, not lastfm" in refused(
        home.bench, 1, "queue", "claim", "--from", "brainz"
    )
