"""publisher.py: all that happens reaches every subscriber, in order."""

import inspect
from typing import Any

from scrobblerd.core.model import AuthState, Scrobble
from scrobblerd.core.publisher import (
    Alert,
    AlertKind,
    BackfillResult,
    ImportResult,
    Publisher,
    ScanResult,
    Subscriber,
    VerifyResult,
)
from scrobblerd.core.rules import Rules
from scrobblerd.core.submission import ScrobbleStatus

FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)

HAPPENED: dict[str, tuple[Any, ...]] = {
    "scrobble_changed": (ScrobbleStatus.SENT, FERN, "well", "mine"),
    "login_changed": (AuthState.AUTHENTICATED, "quiet_otter", "mine"),
    "status_changed": (),
    "current_changed": (),
    "loves_looked_up": ({("Mira Holt", "Fern"): True},),
    "rules_changed": (Rules(scrobble_threshold=60),),
    "alert": (Alert(AlertKind.FAULT, "a fault"),),
    "keyring_changed": ("it is locked",),
    "loves_resumed": ("mine",),
    "loves_changed": (),
    "import_progress": (1, 2),
    "import_finished": (ImportResult(1),),
    "backfill_progress": ("mine", 6, 7),
    "backfill_finished": ("mine", BackfillResult(8)),
    "scan_progress": (3, 4),
    "scan_finished": (ScanResult(5),),
    "verify_progress": ("mine", 6, 7),
    "verify_finished": ("mine", VerifyResult(8)),
}


class Log:
    """What one subscriber heard."""

    def __init__(self, name: str, log: list[tuple[Any, ...]]) -> None:
        self.subscriber = Subscriber()
        for method in HAPPENED:
            setattr(self.subscriber, method, self._heard(name, method, log))

    @staticmethod
    def _heard(name: str, method: str, log: list[tuple[Any, ...]]) -> Any:
        def note(*values: Any) -> None:
            log.append((name, method, *values))

        async def note_later(*values: Any) -> None:
            note(*values)

        return note_later if method == "scrobble_changed" else note


async def publish(publisher: Publisher) -> None:
    for method, values in HAPPENED.items():
        result = getattr(publisher, method)(*values)
        if inspect.isawaitable(result):
            await result


async def test_every_subscriber_hears_everything_in_order():
    heard: list[tuple[Any, ...]] = []
    publisher = Publisher()
    publisher.subscribe(Log("first", heard).subscriber, Log("second", heard).subscriber)
    await publish(publisher)
    assert heard == [
        (name, method, *values)
        for method, values in HAPPENED.items()
        for name in ("first", "second")
    ]


async def test_a_subscriber_passes_over_what_it_does_not_override():
    publisher = Publisher()
    publisher.subscribe(Subscriber())
    await publish(publisher)


def test_all_that_can_happen_is_tried_here():
    methods = {name for name in vars(Subscriber) if not name.startswith("_")}
    assert methods == set(HAPPENED)
