"""verify: tells whether services show what was sent to them, and what helps if they do not."""

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from shlex import quote
from typing import Any

from ...core.submission import FindingKind
from ..arguments.reconciliation import DEFAULT_DAYS
from ..client import LONG_CALL_SECONDS, Client
from ..commands.plays import listed
from ..display import accounts, findings, formats, moments
from ..display.accounts import Account
from ..display.findings import Finding
from ..display.screen import Line, Screen, Span
from ..errors import INVALID_ARGUMENT, NOT_AUTHENTICATED, Exit, Failure
from ..transfer.progress import following

MAX_SHOWN = 50
"""Findings of an account that are shown; the JSON has all of them."""

MAX_CLIENTS = 5
"""Programs that are named of those that sent other listens."""


@dataclass(slots=True)
class Report:
    """What came of a verify: what VerifyAccount answers, and the findings of that time; and why
    that is not all, or nothing. `account` is what ListAccounts has of it."""

    account: Account
    result: dict[str, Any] = field(default_factory=dict[str, Any])
    findings: Sequence[Finding] = ()
    error: str = ""
    failure: Failure | None = None

    @property
    def name(self) -> str:
        """The name of the account."""
        return self.account["account"]

    @property
    def can_delete(self) -> bool:
        """Whether its service lets programs delete a listen."""
        return "delete" in self.account["can"]

    @property
    def status(self) -> int:
        """The exit status: also what the service has taken again by now is there."""
        if self.failure:
            return self.failure.status
        is_there = not self.result or self.result["missing"] <= self.result["taken"]
        return Exit.FINE if is_there else Exit.FAILED

    @property
    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        found = {**self.result, "findings": self.findings} if self.result else {}
        return {"account": self.name, **found, **({"error": self.error} if self.error else {})}


async def verify(client: Client, options: Namespace, screen: Screen) -> int:
    """Verifies one account, or all whose services show what they have."""
    options.since, options.until = _stretch(options)
    wanted, others = _chosen(await client.call("ListAccounts"), options)
    async with following(client, screen, "VerifyProgress", "plays", hidden=options.json):
        reports = [await _report(client, options, account) for account in wanted]
    failure = reports[0].failure if options.account else None
    if failure and not reports[0].result:
        raise failure
    reports += others
    if not any(report.result or report.failure for report in reports):
        reasons = "; ".join(f"{report.name}: {report.error}" for report in reports)
        raise Failure(f"no account can be verified: {reasons}")
    if options.json:
        screen.document([report.document for report in reports])
    else:
        _show(options, screen, reports)
    return max(report.status for report in reports)


def _stretch(options: Namespace) -> moments.Period:
    """Returns what is verified. Without --since it begins with a day, so that the same command
    joins a verify that goes on without its caller."""
    since, until = moments.stretch(options.since, options.until, days=DEFAULT_DAYS)
    if options.since is None:
        since = moments.since(f"{date.fromtimestamp(since)}")
    return moments.Period(since, until)


def _chosen(known: Sequence[Account], options: Namespace) -> tuple[list[Account], list[Report]]:
    """Returns the accounts that are verified, and why others are not. Raises Failure if that is
    known to be in vain for the account that the user names."""
    if name := options.account:
        unknown: Account = {"account": name, "can": []}  # scrobblerd says what is wrong
        account = next((each for each in known if each["account"] == name), unknown)
        if options.delete_doubled and "read" in account["can"] and "delete" not in account["can"]:
            raise Failure(_undeletable(account))
        return [account], []
    active = [each for each in known if each["state"] == "active"]
    others = [each for each in known if each["state"] != "active"]
    return active, [Report(each, error=accounts.state(each)[0]) for each in others]


def _undeletable(account: Account) -> str:
    return f"{account['label']} lets no program delete a play"


async def _report(client: Client, options: Namespace, account: Account) -> Report:
    """Verifies an account. Raises Failure if scrobblerd has gone."""
    report, stretch = Report(account), (options.since, options.until)
    verified, within = (report.name, *stretch, options.repair), LONG_CALL_SECONDS
    try:
        result = await client.call("VerifyAccount", "sxxb", *verified, within=within)
        report.result = result
        if result["doubled"]:  # what the service lets us do may be known only now
            report.account = await client.call("GetAccountStatus", "s", report.name)
        if result["doubled"] and options.delete_doubled and report.can_delete:
            report.result["deleted"] = await client.call(
                "DeleteDoubled", "sxx", report.name, *stretch, within=within
            )
    except Failure as failure:
        if failure.status is Exit.NOT_RUNNING:
            raise
        report.error = failure.message.removeprefix("account: ")
        if failure.error != INVALID_ARGUMENT or report.result or options.account:
            report.failure = _with_remedy(failure, report)
    if report.result:
        report.findings = await _found(client, report)
    return report


def _with_remedy(failure: Failure, report: Report) -> Failure:
    remedy = f"run scrobblerctl login {quote(report.name)}"
    is_login = failure.error == NOT_AUTHENTICATED
    return Failure(report.error, failure.status, failure.error, remedy if is_login else "")


async def _found(client: Client, report: Report) -> Sequence[Finding]:
    """Returns what was found in the time that was verified, in the order of time."""
    since, until = report.result["since"], report.result["until"]
    found = [
        finding
        async for finding in listed(client, 0, "ListFindings", "sux", report.name)
        if since <= finding["listened_at"] <= until
    ]
    return sorted(found, key=lambda finding: finding["listened_at"])


def _show(options: Namespace, screen: Screen, reports: Sequence[Report]) -> None:
    """Writes what was found at each account, and what helps."""
    for report in reports:
        name: Span = (report.name, "bold")
        if report.error:
            screen.line([name, ": ", (str(report.failure or report.error), "yellow")])
        if not report.result:
            continue
        screen.line([name, ": ", *_summary(report.result)])
        if foreign := _foreign(report.result["foreign_by"]):
            screen.line((foreign, "dim"))
        if shown := report.findings[:MAX_SHOWN]:
            screen.table(("PLAY", "WHEN", "FINDING", "TRACK"), map(_row, shown))
        if more := len(report.findings) - len(shown):
            screen.line((f"… and {formats.count(more, 'more finding')}: --json", "dim"))
        for remedy in _remedies(report, options):
            screen.line((remedy, "yellow"))


def _summary(result: dict[str, Any]) -> list[Span]:
    sent, shown = result["sent"], result["shown"]
    figures = [
        (result["changed"], "under other names", "cyan"),
        (result["missing"], "missing", "red"),
        (result["doubled"], "doubled", "yellow"),
        (result["taken"], "sent again", "green"),
        (result["sent_again"] - result["taken"], "waiting to be sent again", "cyan"),
        (result["deleted"], "deleted", "green"),
        (result["being_deleted"], "being deleted", "cyan"),
    ]
    figures = [figure for figure in figures if figure[0]]
    are = formats.named(sent, "is", "are")
    spans: list[Span] = [f"{shown:,} of {formats.count(sent, 'play')} {are} there"]
    if not sent:
        lately = "what was sent in the last 10 minutes may not be shown yet"
        spans = [lately if figures else f"nothing to look for; {lately}"]
    elif shown == sent:
        spans = [("the play is there" if sent == 1 else f"all {sent:,} plays are there", "green")]
    for number, words, style in figures:
        spans += [", ", (f"{number:,} {words}", style)]
    return spans


def _foreign(clients: Sequence[tuple[str, int]]) -> str:
    """Says which other listens there are; "" = none."""
    total = sum(number for _, number in clients)
    named = [f"{number:,} from {client}" for client, number in clients[:MAX_CLIENTS] if client]
    words = formats.count(total, "other listen")
    return ": ".join(filter(None, [words, ", ".join(named)])) if total else ""


def _row(finding: Finding) -> list[Line]:
    kind, why = finding["kind"], findings.cause(finding)
    if kind == FindingKind.CHANGED:
        why = f"there as {formats.track(finding['track'], finding['artist'])}"
    return [
        (str(finding["play_id"] or ""), "dim"),
        formats.moment(finding["listened_at"], time.time()),
        (kind, findings.STYLES.get(kind, "")),
        [
            formats.track(finding["sent_track"], finding["sent_artist"]),
            (f" – {why}" if why else "", "dim"),
        ],
    ]


def _remedies(report: Report, options: Namespace) -> list[str]:
    """Returns what helps, each once."""
    result, name = report.result, report.name
    causes = {finding["cause"] for finding in report.findings}
    remedies = findings.remedies(name, causes)
    again = findings.command(name, options.since, options.until)
    if result["missing"] > result["sent_again"] + result["too_old"]:
        remedies.append(f"{again} --repair sends again what is missing")
    if result["sent_again"]:
        remedies.append(f"in 10 minutes, {again} tells whether it is there")
    if result["doubled"] > result["deleted"]:
        if report.can_delete:
            remedies.append(f"{again} --delete-doubled deletes the second listens")
        elif options.delete_doubled:
            remedies.append(_undeletable(report.account))
    return remedies
