"""Writes how an account stands: its state, what waits for it, and what is wrong."""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

from ...core import LASTFM
from . import formats
from .screen import Line, Span

Account = dict[str, Any]
"""An account, as ListAccounts tells of it."""

_STATES = {
    "active": ("logged in", "green"),
    "off": ("off", "yellow"),
    "logged_out": ("not logged in", "yellow"),
    "expired": ("the login has expired", "red"),
    "waits": ("waits for the keyring", "yellow"),
    "stopped": ("stopped", "red"),
    "gone": ("not in config.toml", "yellow"),
}
"""What people read for each state, and its style (of rich)."""

_TOLD_IN_WORDS = ("expired", "waits", "stopped")
"""States of which the daemon's words say more."""

_TOLD_BY_STATE = ("login", "off", "gone")
"""Values of WaitReason that say the same as the state. core/submission.py itself takes 20 ms, as
core/model.py does, which has the verdicts."""

NO_LOGIN = "none"
"""The kind of login of a service that has none."""

_COUNTS = (
    ("queued", "waiting", "cyan"),
    *((state, state, formats.STYLES[state]) for state in ("held", "rejected", "expired")),
    ("loves", "loves waiting", "cyan"),
    ("backfill", "left of a backfill", "cyan"),
)

_ABILITIES = {
    "now_playing": "what plays now",
    "love": "loves",
    "import_loved": "imports of loved tracks",
    "read": "reading back what arrived",
    "delete": "deleting plays",
}


def state(account: Account) -> tuple[str, str]:
    """Returns the state in words, and its style. An unknown one stays as it is."""
    if account["state"] == "active" and not has_login(account):
        return "on", "green"
    return _STATES.get(account["state"], (account["state"], ""))


def has_login(account: Account) -> bool:
    """Whether a user logs in at the account's service."""
    return account.get("login") != NO_LOGIN


def remedy(account: Account) -> str:
    """Returns the command after which plays go to the account; "" = none is needed."""
    if account["state"] == "gone":
        return ""
    is_logged_in = account["state"] not in ("logged_out", "expired") and account["username"]
    if has_login(account) and not is_logged_in:
        return f"scrobblerctl login {account['account']}"
    return f"scrobblerctl enable {account['account']}" if account["state"] == "off" else ""


def address(account: Account) -> str:
    """Returns the address that answers, or else the one that the user gave."""
    return account["address"] or account["url"]


def counts(queue: dict[str, Any]) -> list[Span]:
    """Returns how many rows are in each state. `queue` is an account, or GetQueueStatus."""
    spans: list[Span] = []
    for name, what, style in _COUNTS:
        if number := queue.get(name, 0):
            words = formats.count(number, what.replace("loves", "love"), what)
            spans += [", "] * bool(spans) + [(words, style)]
    return spans


def taken_at(listed: Sequence[Account]) -> frozenset[str]:
    """Returns the accounts whose service may still leave out what was sent."""
    return frozenset(each["account"] for each in listed if is_only_taken(each))


def results(play: Mapping[str, Any], only_taken: frozenset[str]) -> dict[str, str]:
    """Returns what became of a play of GetHistory at each account, in words, by the account's name.
    `only_taken` is what `taken_at` returns."""
    words = {name: formats.state(state, code)[0] for name, state, code in play["accounts"]}
    taken = {name: "taken" for name in only_taken if words.get(name) == "sent"}
    return words | taken


def result(play: Mapping[str, Any], several: bool, account: str | None) -> Line:
    """Returns what became of a play, short: why it did not count, or else what each account made of
    it, or only `account`. `play["result"]` is what `results` returns; `several`: with names."""
    words: dict[str, str] | None = play.get("result")  # an older daemon gives none
    if play["verdict"] != "counted" or words is None:
        return formats.verdict(play["verdict"], play.get("code", ""), play.get("detail", ""))
    if account or not several:
        words = {name: word for name, word in words.items() if name == (account or LASTFM)}
        return next(map(formats.state, words.values()), formats.unsent(play["code"]))
    spans: list[Span] = []
    for word in dict.fromkeys(words.values()):
        names = ", ".join(name for name in words if words[name] == word)
        spans += ["; "] * bool(spans)
        spans.append((f"{word}: {names}", formats.STYLES.get(word, "")))
    return spans or formats.unsent(play["code"])


def claim(account: str, user: str) -> str:
    """Returns the command that sends the plays of another user."""
    there = "" if account == LASTFM else f" --account {account}"
    return f"scrobblerctl queue claim {quote(user)}{there}"


def plight(todo: Mapping[str, Any], several: bool) -> str:
    """Says which plays go nowhere by themselves. `several`: with the accounts."""
    is_held = todo["state"] == "held"
    where = f" {'at' if is_held else 'by'} {', '.join(todo['accounts'])}" if several else ""
    plays = formats.count(todo["plays"], "play")
    if is_held:
        return f"{plays} of another user {formats.named(todo['plays'], 'is', 'are')} held{where}"
    return f"{plays} {formats.named(todo['plays'], 'was', 'were')} rejected{where}"


def trouble(account: Account) -> str:
    """Returns why what waits is not sent, in words; "" = nothing is wrong, or `state` says it."""
    if account["state"] in _TOLD_IN_WORDS:
        return account["words"]
    if account["hold_code"] in _TOLD_BY_STATE:
        return ""
    return account["hold_reason"] or (account["last_error"] if account["queued"] else "")


def last_sent(account: Account, now: float) -> str:
    """Returns when the service took a play last; "" = none yet. `now` is in UNIX seconds."""
    if not account["last_sent"]:
        return ""
    return formats.moment(account["last_sent"], now) + (", taken" if is_only_taken(account) else "")


def is_only_taken(account: Account) -> bool:
    """Whether the service may still leave out what was sent."""
    return account["sent_means"] == "taken"


def summary(account: Account, now: float) -> list[Span]:
    """Returns all of it in one line. `now` is in UNIX seconds."""
    is_logged_in = account["state"] == "active" and has_login(account)
    who = (account["username"], "green") if is_logged_in else state(account)
    where = f" at {account['label']}" if has_login(account) else f", {account['url']}"
    line: list[Span] = [who, where]
    if waiting := counts(account):
        line += [", ", *waiting]
    if problem := trouble(account):
        line += [", ", (problem, "yellow")]
        if account["next_attempt"] > now:
            line.append(f", next try {formats.moment(account['next_attempt'], now)}")
    if todo := remedy(account):
        line.append(f": {todo}")
    return line


def details(account: Account, now: float) -> list[tuple[Line, Line]]:
    """Returns all there is of it: a label and a value for each line. `now` is in UNIX seconds."""
    sent = (
        formats.count(account["scrobbles_today"], "scrobble"),
        formats.count(account["requests_today"], "request"),
    )
    lines: list[tuple[str, Line]] = [
        ("Account", account["account"]),
        ("Service", f"{account['label']}, {address(account)}"),
        ("User", (account["username"] or ("nobody", "dim")) if has_login(account) else ""),
        ("State", state(account)),
        ("To do", remedy(account)),
        ("Queue", counts(account) or ("empty", "green")),
        ("Oldest", formats.moment(account["oldest"], now) if account["oldest"] else ""),
        ("Waiting", (account["hold_reason"], "yellow")),
        ("Next try", formats.moment(account["next_attempt"], now) * bool(account["next_attempt"])),
        ("Last sent", last_sent(account, now)),
        ("Last error", (account["last_error"], "red")),
        ("Today", ", ".join(sent)),
        ("Takes", ", ".join(["scrobbles", *map(_ability, account["can"])])),
    ]
    return [((label, "bold"), line) for label, line in lines if line and line[0]]


def _ability(name: str) -> str:
    return _ABILITIES.get(name, name)
