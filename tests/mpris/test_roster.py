"""roster.py: a few names of each connection are followed, and so many players in all."""

from scrobblerd.mpris.roster import MAX_LEFT_OUT, MAX_NAMES_PER_OWNER, MAX_PLAYERS, Roster


def full_roster(processes: int) -> Roster:
    """As many players as are followed, of so many processes, one connection each."""
    roster = Roster()
    for number in range(MAX_PLAYERS):
        player = roster.add(f"p{number}", f":1.{number}")
        assert player is not None
        player.process = 100 + number % processes
    return roster


def test_a_few_names_of_a_connection_are_followed() -> None:
    roster = Roster()
    names = [f"vlc{number}" for number in range(MAX_NAMES_PER_OWNER + 2)]
    followed = [name for name in names if roster.add(name, ":1.5")]
    assert followed == roster.owned(":1.5") == names[:MAX_NAMES_PER_OWNER]
    assert roster.left_out == dict.fromkeys(names[MAX_NAMES_PER_OWNER:], ":1.5")
    assert roster.add("mpv", ":1.6") is not None


def test_a_name_that_was_left_out_is_next_when_another_of_its_connection_goes() -> None:
    roster = Roster()
    names = [f"vlc{number}" for number in range(MAX_NAMES_PER_OWNER + 2)]
    for name in names:
        roster.add(name, ":1.5")
    assert roster.next_left_out() is None
    assert roster.remove(names[0])
    assert roster.next_left_out() == (names[MAX_NAMES_PER_OWNER], ":1.5")


def test_who_is_no_player_any_more_is_not_followed() -> None:
    roster = Roster()
    roster.add("mpv", ":1.5")
    assert (roster.follows(":1.5"), roster.follows(":1.6")) == (True, False)
    assert (roster.remove("mpv"), roster.remove("mpv")) == (True, False)
    assert not roster.follows(":1.5")


def test_a_program_with_most_players_loses_its_newest_for_another() -> None:
    roster = full_roster(processes=1)
    assert roster.leave_out_surplus() is None
    late = roster.add("mpv", ":1.9999")
    assert late is not None
    late.process = 7
    newest = f"p{MAX_PLAYERS - 1}"
    assert roster.leave_out_surplus() == newest
    assert (newest in roster.left_out, "mpv" in roster.players) == (True, True)
    assert roster.next_left_out() is None
    roster.remove("p0")
    assert roster.next_left_out() == (newest, f":1.{MAX_PLAYERS - 1}")


def test_the_last_of_equals_is_left_out() -> None:
    roster = full_roster(processes=MAX_PLAYERS)
    late = roster.add("mpv", ":1.9999")
    assert late is not None
    late.process = 7
    assert roster.leave_out_surplus() == "mpv"


def test_names_that_are_left_out_are_remembered_up_to_a_bound_and_while_they_are_there() -> None:
    roster = Roster()
    names = [f"n{number}" for number in range(MAX_NAMES_PER_OWNER + MAX_LEFT_OUT + 10)]
    for name in names:
        roster.add(name, ":1.5")
    assert len(roster.left_out) == MAX_LEFT_OUT
    roster.keep_listed(names[:10])
    assert list(roster.left_out) == names[MAX_NAMES_PER_OWNER:10]
