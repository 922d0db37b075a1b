"""Makes the alerts that a pump sends, and decides how often. Pure."""

from dataclasses import dataclass, field

from ..core.publisher import Alert, AlertKind, SendAlert
from ..services.base import KEY_FAULTS, Fault, Remedy, Reply

DAY_SECONDS = 86400.0


def waiting(what: str, reply: Reply, kind: AlertKind = AlertKind.FAULT) -> Alert:
    """`what` is not sent, for a reason that waiting alone will hardly mend; `kind` where it is
    neither a block nor a fault of the key."""
    if reply.remedy is Remedy.BLOCKED:
        kind = AlertKind.BLOCKED
    elif reply.fault in KEY_FAULTS:
        kind = AlertKind.KEY_FAULT
    return Alert(kind, f"{what} wait: {reply.message}")


def is_daily_limit(reply: Reply) -> bool:
    """Whether this is the service's limit of scrobbles a day."""
    return reply.fault is Fault.DAILY_LIMIT


def expiring(number: int, label: str, why: str) -> Alert:
    """Scrobbles will be too old soon for the service that people call `label`; `why` they have not
    gone out, "" = nobody is logged in."""
    words = (
        f"{number} scrobble(s) will be too old for {label} within a day"
        f" ({why or 'nobody is logged in'}); scrobblerctl status tells more"
    )
    return Alert(AlertKind.EXPIRING if why else AlertKind.UNSENT, words)


def day_is_full(why: str) -> Alert:
    """A limit of the day is reached, the service's or our own."""
    return Alert(AlertKind.DAILY_LIMIT, f"Scrobbles wait: {why}")


@dataclass(slots=True)
class OnceADay:
    """When the user was told of things that are told at most once a day, in UNIX seconds by topic;
    kept over a restart."""

    told: dict[str, float] = field(default_factory=dict[str, float])

    def is_due(self, kind: AlertKind, wall: float) -> bool:
        """Whether the last time is a day ago; a clock that was set back does not prolong it."""
        return not abs(wall - self.told.get(_topic(kind), 0.0)) < DAY_SECONDS

    def tell(self, alert: Alert, wall: float, send: SendAlert) -> None:
        """Sends an alert if it is due."""
        if self.is_due(alert.kind, wall):
            self.told[_topic(alert.kind)] = wall
            send(alert)


def _topic(kind: AlertKind) -> str:
    """Scrobbles about to expire are one topic, whether somebody is logged in or not."""
    return AlertKind.EXPIRING if kind is AlertKind.UNSENT else kind
