"""doctor and record: finds out what is wrong, and records what players say for a bug report."""

import asyncio
import os
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ... import __version__
from ...config.loader import load
from ...config.source import config_path
from ...core.errors import BusLost, FixTheFile, InvalidArgument
from ...installation import installation
from ..client import ONLINE_CALL_SECONDS, Client, uses_lastfm
from ..display import accounts
from ..display.accounts import Account
from ..display.files import Target
from ..display.findings import command
from ..display.formats import count
from ..display.screen import Line, Screen
from ..elsewhere import Elsewhere
from ..errors import Exit, Failure
from .status import MAX_PAGE_ROWS, to_do

Finding = dict[str, Any]

LASTFM_LABEL, LISTENBRAINZ_LABEL = "Last.fm", "ListenBrainz"
"""What people call the services to which other servers hand plays on."""

FORWARDING = ("Koito", "Maloja", "multi-scrobbler")
"""What people call the servers that can do so."""


async def doctor(client: Client, options: Namespace, screen: Screen) -> int:
    """Shows every check that is possible from here and of the daemon itself, with a remedy if it
    failed."""
    findings, failure = await _findings(client)
    if options.json:
        screen.document(findings)
    else:
        screen.table(("", "", ""), [_row(finding) for finding in findings])
    if failure is not None:
        return failure.status
    return Exit.FINE if all(finding["ok"] for finding in findings) else Exit.FAILED


async def _findings(client: Client) -> tuple[list[Finding], Failure | None]:
    findings = [_finding("bus", True, "the session bus answers")]
    startable = await client.startable()
    try:
        version = (await client.properties())["Version"]
        diagnosed = await client.call("Diagnose", within=ONLINE_CALL_SECONDS)
    except Elsewhere as failure:
        return [*findings, _finding("name", False, failure.message, failure.remedy)], failure
    except Failure as failure:
        start = "systemctl --user start scrobblerd"
        remedy = f"mend what it names, then: {start}" if startable else installation().to_serve()
        message = str(failure) if startable else failure.message
        return [*findings, _finding("name", False, message, remedy)], failure
    how = "and the bus starts it when it is called" if startable else "but nothing starts it"
    serve = f"{installation().to_serve()} puts a D-Bus service file in place"
    remedy = "" if startable else serve
    findings.append(_finding("name", startable, f"scrobblerd runs, {how}", remedy))
    same = version == __version__
    message = f"version {version}" + ("" if same else f", but this command is {__version__}")
    remedy = "" if same else "systemctl --user restart scrobblerd"
    findings.append(_finding("version", same, message, remedy))
    if await client.unit_state() == "disabled":
        message = "it does not start at a login, and hears nothing until something calls it"
        remedy = "systemctl --user enable scrobblerd"
        findings.append(_finding("autostart", False, message, remedy))
    checked = [*await _accounts(client), *await _verified(client)]
    return [*findings, *diagnosed, *checked, *await _plays(client)], None


async def _verified(client: Client) -> list[Finding]:
    """Names the plays that the last verify of each account did not find."""
    findings: list[Finding] = []
    with suppress(Failure):  # an older daemon does not verify
        for account in await client.call("ListAccounts"):
            if account["state"] == "gone":
                continue
            name = account["account"]
            found = await client.call("ListFindings", "sux", name, MAX_PAGE_ROWS, 0)
            missing = [each for each in found if (each["kind"], each["cause"]) == ("missing", "")]
            if missing:
                message = f"{name}: verifying did not find {count(len(missing), 'play')}"
                since = min(each["listened_at"] for each in missing)
                remedy = f"{command(name, since)} --repair"
                findings.append(_finding("verify", True, message, remedy))
    return findings


async def _plays(client: Client) -> list[Finding]:
    """Names the plays that go nowhere by themselves, and those of a backfill to Last.fm. They are
    no fault of anything."""
    try:
        listed = await client.call("ListAccounts")
    except Failure:  # an older daemon has none
        return []
    left: int = listed[0].get("backfill", 0)  # an older daemon does not say
    words = f"{count(left, 'play is', 'plays are')} left of a backfill to Last.fm"
    backfill = [_finding("backfill", True, words)] if left else []
    return backfill + [
        _finding(entry["state"], True, accounts.plight(entry, len(listed) > 1), entry["command"])
        for entry in await to_do(client, listed)
    ]


async def _accounts(client: Client) -> list[Finding]:
    """Checks the accounts beside that of Last.fm, and whether plays may come to one twice."""
    try:
        _lastfm, *others = await client.call("ListAccounts")
    except Failure:  # an older daemon has none
        return []
    checks = await asyncio.gather(*(_account(client, account) for account in others))
    lastfm_is_used = uses_lastfm(await client.call("GetSettings"))
    lastfm, *others = await client.call("ListAccounts")  # what answers may be known now
    in_use = [account for account in others if account["state"] not in ("off", "gone")]
    return [*checks, *_hints([lastfm, *in_use] if lastfm_is_used else in_use)]


async def _account(client: Client, account: Account) -> Finding:
    """Asks the service whether the login is good, unless its state says enough."""
    name, label = account["account"], account["label"]
    check, (words, _) = f"accounts.{name}", accounts.state(account)
    if account["state"] == "gone":
        remedy = f"put its table back, or scrobblerctl queue claim --from {name}"
        return _finding(check, False, account["words"], remedy)
    if account["state"] != "active":
        is_wanted = account["state"] != "off"
        remedy = accounts.remedy(account) if is_wanted else ""
        return _finding(check, not is_wanted, f"{label}: {words}", remedy)
    if trouble := accounts.trouble(account):
        remedy = f"scrobblerctl status --account {name}"
        return _finding(check, False, _named(label, trouble), remedy)
    try:
        wrong = await client.call("CheckAccount", "s", name, within=ONLINE_CALL_SECONDS)
    except Failure as failure:
        wrong = failure.message
    if not accounts.has_login(account):
        return _finding(check, not wrong, wrong or f"plays can be added to {account['url']}")
    if wrong:
        again = f"scrobblerctl logout {name}, and scrobblerctl login {name}"
        remedy = f"if its server is there, and it stays so: {again}"
        return _finding(check, False, _named(label, wrong), remedy)
    account = await client.call("GetAccountStatus", "s", name)
    who = f"logged in as {account['username']} at {account['label']}"
    waiting = accounts.counts(account)
    parts = [f"{who} ({accounts.address(account)})", "".join(span[0] for span in waiting)]
    return _finding(check, True, ", ".join(filter(None, parts)))


def _named(label: str, words: str) -> str:
    """Returns words that say which service they are about."""
    return words if words.startswith(label) else f"{label}: {words}"


def _hints(listed: Sequence[Account]) -> list[Finding]:
    """Returns what may bring plays to an account twice. `listed` are the accounts in use."""
    findings: list[Finding] = []
    for account in listed:
        name, label = account["account"], account["label"]
        others = {
            each["label"]: each["account"] for each in reversed(listed) if each is not account
        }
        fed = [others[target] for target in (LASTFM_LABEL, LISTENBRAINZ_LABEL) if target in others]
        if label in FORWARDING and fed:
            message = f"{name}: {label} can hand plays on; those at {' and '.join(fed)}"
            findings.append(_twice(message, f"see that {label} does not"))
        if label == LISTENBRAINZ_LABEL and LASTFM_LABEL in others and _sends_duration(name):
            message = f"{name}: ListenBrainz can import from Last.fm, too; plays"
            remedy = f"set send_duration = false in [accounts.{name}], or end that import"
            findings.append(_twice(message, remedy))
    return findings


def _twice(message: str, remedy: str) -> Finding:
    return _finding("duplicates", True, f"{message} are there twice then", remedy)


def _sends_duration(name: str) -> bool:
    """Returns whether an account is told the length of tracks, as config.toml says."""
    with suppress(FixTheFile):  # the daemon has read it before it was broken
        account = load(config_path(os.environ), os.environ).accounts.get(name)
        return account is None or account.rules.send_duration
    return True


def _finding(check: str, ok: bool, message: str, remedy: str = "") -> Finding:
    return {"check": check, "ok": ok, "message": message, "remedy": remedy}


def _row(finding: Finding) -> list[Line]:
    verdict = ("ok", "green") if finding["ok"] else ("FAIL", "bold red")
    if finding["ok"] and finding["remedy"]:
        verdict = ("warn", "yellow")
    remedy = f" – {finding['remedy']}" if finding["remedy"] else ""
    return [verdict, (finding["check"], "bold"), [finding["message"], (remedy, "yellow")]]


async def record(options: Namespace, screen: Screen) -> None:
    """Records the players into a file, until cancelled or until the bus has gone."""
    from ...config.runtime_settings import PrivateSwitch  # noqa: PLC0415 # only here
    from ...config.source import Paths, config_path, state_folder  # noqa: PLC0415 # seldom needed
    from ...traces import recorder  # noqa: PLC0415 # brings a replay of the daemon with it

    is_output = Target(options.file, options.force).is_output
    path = recorder.OUTPUT if is_output else Path(options.file)  # the shell has expanded it
    notice = f"Recording the players into {'the output' if is_output else path}; Ctrl-C ends it."
    try:
        paths = Paths(config_path(os.environ), state_folder(os.environ))
        switch = PrivateSwitch(paths.settings)
        await recorder.record(path, lambda: screen.note(notice), switch, force=options.force)
    except BusLost as error:
        raise Failure(str(error), Exit.NOT_RUNNING) from error
    except (InvalidArgument, FixTheFile) as error:
        raise Failure(str(error)) from error
