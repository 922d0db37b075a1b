"""Deletes at a service what the user corrected or deleted here; then its row goes out anew.

A listen is looked for first, by its second and its names: only the service knows what it calls it.
One that is not shown may only be late; it is taken for absent when the service has had an hour to
show it, or if it was shown and asked to be deleted. A kill at any moment is a try more: to delete a
listen twice does no harm.
"""

import logging
from collections.abc import Callable, Sequence

from ..core.account_rules import AccountRules
from ..core.errors import ScrobblerdError
from ..core.model import Session
from ..core.publisher import Alert, AlertKind
from ..core.text import normalise, track_named
from ..scrobbling.context import WorkerContext
from ..scrobbling.pump import Pump
from ..services.base import Listen, Remedy, Reply
from ..storage.editing.deletions import GONE_AFTER_SECONDS, Deletion, DeletionQueue
from ..storage.reconciliation.sent_plays import SentPlay, SentPlays
from .comparison import NEAR_SECONDS, compare
from .reading import listens_between

log = logging.getLogger(__name__)

MAX_LAG_SECONDS = 3600.0
"""Seconds after which a service shows what was sent to it, if it has it at all."""

FIRST_WAIT_SECONDS = 10.0
"""Seconds before a deletion is tried again; doubled each time."""

MAX_WAIT_SECONDS = 3600.0
"""The longest such wait."""


class Deleter:
    """The deletions of one account, one at a time."""

    def __init__(
        self, context: WorkerContext, deletions: DeletionQueue, freed: Callable[[], None]
    ) -> None:
        """`freed` is called when a row may go out."""
        self._context = context
        self._deletions = deletions
        self._freed = freed
        self._pump = Pump(self.turn, lambda _: None)
        self._is_hurried = False

    def wake(self) -> None:
        """Something new is to be deleted."""
        self._pump.wake()

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self._is_hurried = True
        self._pump.wake()

    async def run(self) -> None:
        """Deletes until it is cancelled."""
        await self._pump.run()

    async def turn(self) -> float | None:
        """Looks at the deletions once: seconds until the next look, None = when something
        changes."""
        session, wall = self._context.session, self._context.wall
        if session is None:
            return None
        if self._is_hurried:
            self._is_hurried = False
            await self._deletions.retry_now()
        deletion = await self._deletions.next(session.username, wall)
        if deletion is None:
            return await self._deletions.next_attempt(session.username, wall)
        await self._delete(session, deletion)
        return 0.0

    async def _delete(self, session: Session, deletion: Deletion) -> None:
        second = deletion.timestamp
        try:
            shown = await listens_between(self._context, session, second, second)
        except ScrobblerdError as error:
            await self._later(deletion, str(error))
            return
        listens = _same(shown, deletion) or await self._renamed(shown, session, deletion)
        ago = self._context.wall - deletion.sent_at  # < 0: the clock was set back
        may_be_late = abs(ago) < MAX_LAG_SECONDS
        if not listens and may_be_late and not deletion.is_asked:
            await self._later(deletion, "it is not shown yet")
            return
        if listens and not await self._deletions.asked(deletion):
            return  # the user has taken it back
        for listen in listens:
            reply = await self._context.service.delete_listen(session, listen)
            self._context.tried(reply)
            if not reply.ok:
                await self._not_deleted(session, deletion, reply)
                return
        gone_at = self._context.wall + GONE_AFTER_SECONDS if listens else 0.0
        await self._deletions.done(deletion, gone_at)
        log.info("deleted at %s: %s", self._context.account.name, _named(deletion))
        self._freed()

    async def _renamed(
        self, shown: Sequence[Listen], session: Session, deletion: Deletion
    ) -> list[Listen]:
        """Returns the listen that is what was sent under other names, and no other play: Koito
        shows all artists, and GNU FM may correct names."""
        deletions, second = self._deletions, deletion.timestamp
        plays = SentPlays(deletions.database, deletions.account_id, session.username)
        others = await plays.between(
            second - NEAR_SECONDS, second + NEAR_SECONDS, shown=0, rules=AccountRules()
        )
        sent = SentPlay(deletion.scrobble)
        others = [play for play in others if not play.row_id or play.row_id != deletion.row_id]
        unsigned = [each for each in shown if not each.client]  # who tells it renames nothing
        return [
            listen for play, listen in compare([sent, *others], unsigned).changed if play is sent
        ]

    async def _not_deleted(self, session: Session, deletion: Deletion, reply: Reply) -> None:
        if reply.remedy in (Remedy.DROP, Remedy.NOTHING, Remedy.STOP):
            await self._deletions.refused(deletion, reply.message)
            words = f"{_named(deletion)} was not deleted: {reply.message}"
            self._context.alert(Alert(AlertKind.REJECTED, words))
            return
        if reply.remedy is Remedy.REAUTH:
            await self._context.login.refused(session)
        await self._later(deletion, reply.message)

    async def _later(self, deletion: Deletion, why: str) -> None:
        wait = min(FIRST_WAIT_SECONDS * 2.0 ** min(deletion.tries, 10), MAX_WAIT_SECONDS)
        log.info("%s is not deleted yet: %s", _named(deletion), why)
        await self._deletions.again(deletion, self._context.wall + wait)


def _same(shown: Sequence[Listen], deletion: Deletion) -> list[Listen]:
    """Returns those listens that are what was sent; of several albums that of the play."""
    names = normalise(deletion.artist), normalise(deletion.track)
    listens = [each for each in shown if (normalise(each.artist), normalise(each.track)) == names]
    album = normalise(deletion.album)
    return [each for each in listens if normalise(each.album) == album] or listens


def _named(deletion: Deletion) -> str:
    return track_named(deletion.track, deletion.artist)
