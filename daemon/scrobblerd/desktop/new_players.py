"""Tells once that a player is new: it is scrobbled, unless the user leaves it out by a click.

One notification stands at a time, and there are a few a day at most: a player that comes in between
is told when it plays the next track. So names without end do not fill the desktop.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine

from ..config.runtime_settings import RuntimeSettings
from ..config.source import ConfigSource
from ..core import program_of
from ..core.errors import InvalidArgument, StoreFailed
from ..core.publisher import Alert, AlertKind, Subscriber
from ..core.rules import player_rule
from ..core.text import for_people, normalise
from ..storage.plays import KnownPlayers
from ..tracking.player_state import Identity
from ..tracking.tracker import Tracker
from .notification_server import NotificationServer
from .notifications import Slot

DAY_SECONDS = 86_400.0

MAX_ASKED_A_DAY = 5
"""New players told of within a day. Who starts more has a program that makes up names."""

STANDS_SECONDS = 60.0
"""A notification that nobody closes makes room for the next one after so long."""

MAX_KNOWN_PLAYERS = 500
"""Programs that are remembered; then nobody is told any more."""

MAX_NAME_CHARACTERS = 40


class NewPlayers(Subscriber):
    """Asks about players, if the configuration wants it."""

    def __init__(
        self,
        desktop: NotificationServer,
        source: ConfigSource,
        settings: RuntimeSettings,
        known: KnownPlayers,
        tracker: Tracker,
    ) -> None:
        self._desktop = desktop
        self._source = source
        self._settings = settings
        self._store = known
        self._tracker = tracker
        self._known: set[str] | None = None  # None = not read yet
        self._asked_at: list[float] = []  # CLOCK_MONOTONIC seconds
        self._tasks: set[asyncio.Task[None]] = set()
        desktop.on_click_of(AlertKind.NEW_PLAYER, self._clicked)

    async def stop(self) -> None:
        """Gives up what is under way."""
        self._desktop.on_click_of(AlertKind.NEW_PLAYER, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def current_changed(self) -> None:
        if self._tasks or not self._source.current.ask_players or not self._may_ask():
            return
        new = next(filter(self._is_new, self._tracker.heard()), None)
        if new is not None:
            self._run(self._ask(new))

    def _may_ask(self) -> bool:
        now = time.monotonic()
        self._asked_at = [at for at in self._asked_at if now - at < DAY_SECONDS]
        if len(self._asked_at) >= MAX_ASKED_A_DAY or self._desktop.show() == "off":
            return False
        is_fresh = bool(self._asked_at) and now - self._asked_at[-1] < STANDS_SECONDS
        return not (is_fresh and self._desktop.stands(Slot.NEW_PLAYER))

    def _is_new(self, player: Identity) -> bool:
        """Whether nobody has told of the program yet, and no rule of the user's names it."""
        rules = self._settings.rules
        if not rules.enabled or rules.allow or player_rule(rules, player.names):
            return False
        known = self._known or set[str]()
        return len(known) < MAX_KNOWN_PLAYERS and _key(player) not in known

    async def _ask(self, player: Identity) -> None:
        """Tells of a player, unless it is known."""
        with contextlib.suppress(StoreFailed):  # which the user is told: next time
            if self._known is None:
                self._known = {normalise(name) for name in await self._store.names()}
            if not self._is_new(player):
                return
            known = self._known | {_key(player)}
            await self._store.keep_names(sorted(known))
            self._known = known
            self._asked_at.append(time.monotonic())
            self._desktop.alert(_alert(player.display_name, program_of(player.name)))

    # -- the click --------------------------------------------------------------------------

    def _clicked(self, alert: Alert) -> None:
        self._run(self._leave_out(alert.player))

    async def _leave_out(self, player: str) -> None:
        try:
            await self._settings.ignore_player(player)
        except (StoreFailed, InvalidArgument) as error:
            words = f"{player} is not left out: {error}"
        else:
            back = f"scrobblerctl players --listen {player} takes it back"
            words = f"{player} is left out from now on; {back}"
        self._desktop.alert(Alert(AlertKind.PLAYER_LEFT_OUT, words))

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _key(player: Identity) -> str:
    """Returns what all instances of a program share."""
    return normalise(program_of(player.name))


def _alert(display_name: str, program: str) -> Alert:
    shown = for_people(display_name, MAX_NAME_CHARACTERS)
    named = for_people(program, MAX_NAME_CHARACTERS)
    if shown and normalise(shown) != normalise(program):
        named = f"{shown} ({named})"
    words = f"{named} plays music for the first time: it is scrobbled from now on"
    return Alert(AlertKind.NEW_PLAYER, words, player=program)
