"""Makes values of the daemon's answers, of which `core.wording` makes sentences.

The daemon's own sentences have its local time in them. The stamps of its answers are the same in
every time zone, so a sentence that is made here has the local time of this command.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ...core import wording
from ...core.model import Reason
from ...core.submission import PlayOutcome, PlayRecord, QueueItem
from . import accounts

_PLAIN = ("id", "player", "artist", "title", "album", "start", "length", "heard", "needed")
"""The fields of a play that are in GetHistory as they are."""

_BY_ACCOUNT = ("sent_to", "waiting_for", "refused_by")
"""The entries of a play that `history --json` has only if there are several accounts."""

_RENAMED = {"username": "account", "reason": "code", "account": "account_name"}
"""The fields of a row that ListQueue has under another name."""


def play_record(play: Mapping[str, Any]) -> PlayRecord:
    """Returns a play of GetHistory. An older daemon gives no code, but a sentence."""
    detail = play["detail"] if "code" in play else play["reason"]
    return PlayRecord(
        **{name: play[name] for name in _PLAIN},
        verdict=play["verdict"],
        reason=Reason.of(play.get("code"), detail, play.get("rule", "")),
        outcomes=tuple(
            PlayOutcome("", outcome, at or None) for outcome, at in play.get("outcomes", ())
        ),
    )


def play_outcome(outcome: Mapping[str, Any]) -> PlayOutcome:
    """Returns an outcome of GetOutcomes that has no row in the queue."""
    return PlayOutcome(
        outcome["account"],
        outcome["state"],
        outcome["at"] or None,
        outcome["code"],
        outcome["detail"],
    )


def queue_item(row: Mapping[str, Any]) -> QueueItem:
    """Returns a row of ListQueue."""
    names = {each.name: _RENAMED.get(each.name, each.name) for each in fields(QueueItem)}
    return QueueItem(**{name: row[named] for name, named in names.items() if named in row})


def in_local_time(
    play: Mapping[str, Any], several: bool, only_taken: frozenset[str]
) -> dict[str, Any]:
    """Returns a play of GetHistory as `history --json` has it: its reason has the local time of
    this command, and `result` says what became of it at each account. `several`: with the names of
    the accounts that took it; `only_taken` is what `accounts.taken_at` returns."""
    left_out = ("outcomes", "accounts", *(() if several else _BY_ACCOUNT))
    told = {name: value for name, value in play.items() if name not in left_out}
    if play.get("outcomes"):
        told["reason"] = wording.of_history(play_record(play))
    if "accounts" in play:  # an older daemon has none
        told["result"] = accounts.results(play, only_taken)
    if "corrections" in play:  # likewise
        told["corrections"] = {name: _named(names) for name, *names in play["corrections"]}
    return told


def _named(names: list[str]) -> dict[str, str]:
    """Returns the names that an account has corrected, by their tags."""
    tags = ("artist", "title", "album", "album_artist")
    return {tag: name for tag, name in zip(tags, names, strict=True) if name}
