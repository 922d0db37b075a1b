"""Members of our interface about what other programs play: announce it, and scrobble it."""

from collections.abc import Mapping
from dataclasses import replace

from ...config.runtime_settings import RuntimeSettings
from ...core import wording
from ...core.errors import InvalidArgument
from ...core.model import Details, Scrobble
from ...core.rules import Rules, is_too_short, needed
from ...core.submission import RowState
from ...core.text import for_wire
from ...core.values import Int64, UInt32, check_text
from ...runtime.clock import now
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...services.base import Service, terms_of
from ..signatures import method

FUTURE_SLACK_SECONDS = 60
"""How far a caller's clock may be ahead of ours."""

SUBMIT_TIMEOUT_SECONDS = 10.0
"""How long a caller of Scrobble waits for the server."""

DAY_SECONDS = 86400.0


class SubmitMembers:
    """What other programs play."""

    def __init__(self, settings: RuntimeSettings, workers: Workers) -> None:
        self._settings = settings
        self._workers = workers

    @method("status", "message")
    async def NowPlaying(
        self, artist: str, track: str, album: str, duration: UInt32
    ) -> tuple[str, str]:
        """Announce what another program plays, at each account that is switched on. The answer is
        that of Last.fm, or without it that of the first account.

        artist, track, album: its tags; `album` may be ""
        duration: its length in seconds; 0 = unknown

        status: `success`, `disabled`, `not_authenticated` or `error`
        message: what is wrong, in words; "" if nothing is. What is wrong at another account begins
            with its name

        Errors: InvalidArgument.
        """
        scrobble = _scrobble(artist, track, album, 0, duration)
        if not self._settings.rules.enabled:
            return "disabled", "scrobbling is switched off"
        first, others = self._workers.answering()
        for worker in others:
            worker.announce_scrobble(scrobble)
        accounts = [worker.context.account for worker in others]
        status, words = await self._announced(first, scrobble)
        return status, _joined(words, {account.name: account.absence for account in accounts})

    async def _announced(self, first: Worker, scrobble: Scrobble) -> tuple[str, str]:
        account = first.context.account
        if account.session is None:
            return "not_authenticated", account.absence
        if not first.budget.may_announce(now().wall):
            return "error", "what is left of the day's requests is kept for scrobbles"
        reply = await first.announcer.send(account.session, scrobble)
        return ("success", "") if reply.ok else ("error", reply.message)

    @method("status", "message")
    async def Scrobble(
        self,
        artist: str,
        track: str,
        album: str,
        timestamp: Int64,
        duration: UInt32,
        played_time: UInt32,
    ) -> tuple[str, str]:
        """Scrobble what another program played, to each account that is on. Waits 10 seconds at
        most for Last.fm, or without it for the first account; after that the play is `queued`.

        artist, track, album: its tags; `album` may be ""
        timestamp: when it began, UNIX seconds; at most 13.5 days ago
        duration: its length in seconds; 0 = unknown
        played_time: how much of it was heard, in seconds

        status: `success`, `queued`, `rejected`, `threshold_not_met` or `disabled`
        message: why, in words; "" at `success`. If it goes to other accounts too, it names them,
            such as "sent; brainz: queued"

        Errors: InvalidArgument.
        """
        scrobble = _scrobble(artist, track, album, timestamp, duration)
        scrobble = replace(scrobble, details=Details(heard=played_time))
        first, others = self._workers.answering()
        _check_start(timestamp, now().wall, first.context.service)
        rules = self._settings.rules
        if not rules.enabled:
            return "disabled", "scrobbling is switched off"
        if why := _too_little(rules, duration, played_time):
            return "threshold_not_met", why
        elsewhere = {each.context.account.name: await _queued(each, scrobble) for each in others}
        outcome = await first.submit(scrobble, SUBMIT_TIMEOUT_SECONDS)
        if outcome.state is RowState.SENT:
            return "success", _joined("sent" if elsewhere else "", elsewhere)
        if outcome.state is RowState.PENDING:
            return "queued", _joined(first.why_waiting(), elsewhere)
        words = wording.of_row_outcome(outcome, terms_of(first.context.service))
        return "rejected", _joined(words, elsewhere)


async def _queued(worker: Worker, scrobble: Scrobble) -> str:
    """Queues a scrobble at an account that nobody waits for. Returns what became of it, in
    words."""
    outcome = await worker.submit(scrobble, 0.0)
    if outcome.state is not RowState.PENDING:
        return str(outcome.state)
    _, hold = worker.wait_reason(now().wall, 1)
    return f"queued, {hold}" if hold else "queued"


def _joined(words: str, elsewhere: Mapping[str, str]) -> str:
    """Returns the words of the account that answers, and then those of others by their names."""
    others = (f"{name}: {told}" for name, told in elsewhere.items() if told)
    return "; ".join(filter(None, [words, *others]))


def _scrobble(artist: str, track: str, album: str, timestamp: int, duration: int) -> Scrobble:
    return Scrobble(
        artist=check_text("artist", artist),
        track=check_text("track", track),
        timestamp=timestamp,
        album=for_wire(album),
        duration=duration or None,
    )


def _too_little(rules: Rules, duration: int, played_time: int) -> str:
    """Returns why so much of a track does not count; "" if it does."""
    length = float(duration) if duration else None
    if is_too_short(rules, length):
        shortest = f"{rules.minimum_track_seconds:.0f}"
        return f"duration: tracks shorter than {shortest} s do not count"
    wanted = needed(rules, length)
    return f"heard {played_time} s, needed {wanted:.0f} s" if played_time < wanted else ""


def _check_start(timestamp: int, wall: float, service: Service) -> None:
    if timestamp <= 0:
        raise InvalidArgument("timestamp: must be UNIX seconds, greater than 0")
    if timestamp > wall + FUTURE_SLACK_SECONDS:
        raise InvalidArgument("timestamp: lies in the future; it is when the play started")
    oldest = service.can.oldest
    if oldest is not None and timestamp < wall - oldest:
        days = f"{oldest / DAY_SECONDS:g} days"
        raise InvalidArgument(f"timestamp: older than {days}, which {service.label} does not take")
