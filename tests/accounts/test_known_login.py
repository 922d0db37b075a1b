"""What is known of a login, and what stands in its way."""

import pytest

from scrobblerd.accounts.known_login import KnownLogin
from scrobblerd.accounts.session_file import StoredLogin
from scrobblerd.config.credentials import HandedToken
from scrobblerd.core.model import Session, mark_of

USER, TOKEN = "quiet_otter", "a-token"
HANDED = HandedToken(TOKEN, "SCROBBLERD_TOKEN_MINE", is_lasting=True)


def test_a_login_that_is_kept_is_good():
    known = KnownLogin(StoredLogin(USER, "key"))
    assert known.session() == Session(USER, "key")
    assert known.obstacle("") == ""


@pytest.mark.parametrize(
    ("made_with", "mark", "is_another"),
    [("", "", False), ("", "m", False), ("m", "", False), ("m", "m", False), ("m", "n", True)],
)
def test_a_login_belongs_to_the_api_key_it_was_made_with(
    made_with: str, mark: str, is_another: bool
):
    known = KnownLogin(StoredLogin(USER, "key", made_with=made_with))
    assert known.is_of_another_key(mark) is is_another
    assert ("belongs to another API key" in known.obstacle(mark)) is is_another


@pytest.mark.parametrize(
    ("kept", "key"),
    [
        (StoredLogin(), ""),
        (StoredLogin(USER, "another"), ""),
        (StoredLogin(USER, made_with=mark_of("another")), ""),
        (StoredLogin(USER, made_with=mark_of(TOKEN)), TOKEN),
        (StoredLogin(USER, TOKEN), TOKEN),
    ],
)
def test_a_token_that_is_handed_over_wins_and_is_good_if_it_is_known(kept: StoredLogin, key: str):
    known = KnownLogin(kept, HANDED)
    assert known.key == key
    assert known.awaits_check is not bool(key)
    waits = "the token in SCROBBLERD_TOKEN_MINE was not checked yet"
    assert known.obstacle("") == ("" if key else waits)


def test_of_a_token_that_is_handed_over_nothing_is_kept_that_tells_it():
    kept = KnownLogin(StoredLogin(), HANDED).as_kept(Session(USER, TOKEN), "mark")
    assert kept == StoredLogin(USER, made_with=mark_of(TOKEN))


def test_another_session_is_kept_with_its_key():
    kept = KnownLogin(StoredLogin()).as_kept(Session(USER, "key"), "mark")
    assert kept == StoredLogin(USER, "key", made_with="mark")


def test_a_token_that_was_taken_away_leaves_no_login():
    known = KnownLogin(StoredLogin(USER, made_with=mark_of(TOKEN)))
    assert known.session() is None
    assert known.obstacle("") == ""


def test_what_is_in_the_way_is_said_in_words():
    known = KnownLogin(StoredLogin(USER, "key"), refusal="refused", twin="twice")
    assert known.obstacle("") == "twice"
    known.twin = ""
    assert known.obstacle("") == "refused"
