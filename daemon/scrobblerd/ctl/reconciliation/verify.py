"""verify: tells whether services show what was sent to them, and what helps if they do not."""

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from ..errors import NOT_AUTHENTICATED, Exit, Failure
from ..transfer.progress import following

MAX_SHOWN = 50
"""Findings of an account that are shown; the JSON has all of them."""

MAX_CLIENTS = 5
"""Programs that are named of those that sent other listens."""


@dataclass(slots=True)
class Report:
    """What came of a verify: what VerifyAccount answers, and the findings of that time; or why
    there is no answer."""

    account: str
    can_delete: bool = False
    result: dict[str, Any] = field(default_factory=dict[str, Any])
    findings: Sequence[Finding] = ()
    error: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The report as JSON."""
        if self.error:
            return {"account": self.account, "error": self.error}
        return {"account": self.account, **self.result, "findings": self.findings}


async def verify(client: Client, options: Namespace, screen: Screen) -> int:
    """Verifies one account, or all whose services show what they have."""
    options.since, options.until = moments.stretch(options.since, options.until, days=DEFAULT_DAYS)
    wanted, skipped = _chosen(await client.call("ListAccounts"), options.account)
    reports, status = list[Report](), Exit.FINE
    async with following(client, screen, "VerifyProgress", "plays", hidden=options.json):
        for account in wanted:
            try:
                reports.append(await _report(client, options, account))
            except Failure as failure:
                if options.account:
                    raise _with_remedy(failure, options.account) from None
                reports.append(Report(account["account"], error=failure.message))
                status = failure.status
    if options.json:
        screen.document([report.document for report in [*reports, *skipped]])
    else:
        _show(options, screen, [*reports, *skipped])
    return status or (Exit.FINE if all(map(_is_there, reports)) else Exit.FAILED)


def _with_remedy(failure: Failure, account: str) -> Failure:
    is_login = failure.error == NOT_AUTHENTICATED
    return failure.with_remedy(f"run scrobblerctl login {quote(account)}" if is_login else "")


def _is_there(report: Report) -> bool:
    """Whether nothing is missing, but for what the service has taken again."""
    return not report.result or report.result["missing"] <= report.result["taken"]


def _chosen(known: Sequence[Account], name: str | None) -> tuple[list[Account], list[Report]]:
    """Returns the accounts that are verified, and why others are not. Raises Failure if none is."""
    if name:
        named = [account for account in known if account["account"] == name]
        return named or [{"account": name, "can": []}], []  # scrobblerd says what is wrong
    wanted, skipped = list[Account](), list[Report]()
    for account in known:
        if why := _why_not(account):
            skipped.append(Report(account["account"], error=why))
        else:
            wanted.append(account)
    if not wanted:
        reasons = "; ".join(f"{each.account}: {each.error}" for each in skipped)
        raise Failure(f"no account can be verified: {reasons}")
    return wanted, skipped


def _why_not(account: Account) -> str:
    """Returns why an account can't be verified; "" = it can."""
    if "read" not in account["can"]:
        return f"{account['label']} does not show what it has"
    return "" if account["state"] == "active" else accounts.state(account)[0]


async def _report(client: Client, options: Namespace, account: Account) -> Report:
    """Verifies an account."""
    name, stretch = account["account"], (options.since, options.until)
    verified = (name, *stretch, options.repair)
    result = await client.call("VerifyAccount", "sxxb", *verified, within=LONG_CALL_SECONDS)
    if options.delete_doubled and result["doubled"]:
        result["deleted"] = await client.call(
            "DeleteDoubled", "sxx", name, *stretch, within=LONG_CALL_SECONDS
        )
    since, until = result["since"], result["until"]
    found = [
        finding
        async for finding in listed(client, 0, "ListFindings", "sux", name)
        if since <= finding["listened_at"] <= until
    ]
    found.sort(key=lambda finding: finding["listened_at"])
    return Report(name, "delete" in account["can"], result, found)


def _show(options: Namespace, screen: Screen, reports: Sequence[Report]) -> None:
    """Writes what was found at each account, and what helps."""
    for report in reports:
        name: Span = (report.account, "bold")
        if report.error:
            screen.line([name, ": ", (report.error, "yellow")])
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
    if not sent:
        return ["nothing to look for; what was sent in the last 10 minutes may not be shown yet"]
    spans: list[Span] = [f"{shown:,} of {formats.count(sent, 'play')} are there"]
    if shown == sent:
        spans = [("the play is there" if sent == 1 else f"all {sent:,} plays are there", "green")]
    figures = (
        (result["changed"], "under other names", "cyan"),
        (result["missing"], "missing", "red"),
        (result["doubled"], "doubled", "yellow"),
        (result["taken"], "sent again", "green"),
        (result["sent_again"] - result["taken"], "waiting to be sent again", "cyan"),
        (result["deleted"], "deleted", "green"),
    )
    for number, words, style in figures:
        if number:
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
    result, name = report.result, report.account
    causes = {finding["cause"] for finding in report.findings}
    remedies = findings.remedies(name, causes)
    again = findings.command(name, options.since)
    if result["missing"] > result["sent_again"] + result["too_old"]:
        remedies.append(f"{again} --repair sends again what is missing")
    if result["sent_again"]:
        remedies.append(f"in 10 minutes, {again} tells whether it is there")
    if result["doubled"] > result["deleted"] and report.can_delete:
        remedies.append(f"{again} --delete-doubled deletes the second listens")
    return remedies
