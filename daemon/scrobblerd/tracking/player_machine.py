"""Pure: one player's state machine. What it says goes in; effects are added to a list.

Tags count once they have come to rest, a Stopped once it has lasted, a replay once it is proved.
"""

from ..core.events import Changed, Event, Identified, Read, ReadFailed, Seeked, Snapshot
from ..core.filters import correct_tags
from ..core.model import Status, Track, Verdict
from ..core.rules import has_tags
from ..core.text import normalise
from . import deadlines
from .identity import completes, same_tags, same_track
from .play_lifecycle import House, Passes
from .player_state import GROWTHS, HAIR, Mark, Player
from .replays import confirmed, end_after, is_wrong_length, possible, wrapped

GRACE = 10.0
"""Seconds in which a player that vanished may come back and go on with its play."""

LONG_PAUSE = 10.0
"""Seconds: after a longer pause the play is announced again."""


class Hearing:
    """One player's machine. All its state is in `player`; it can be made anew for each event."""

    def __init__(self, house: House, player: Player) -> None:
        self.house = house
        self.player = player
        self.rules = house.rules
        self.passes = Passes(house, player)

    def handle(self, event: Event) -> None:
        """Take one event; the player's counter already stands at its moment."""
        match event:
            case Identified():
                self.player.identified(event)
            case Changed():
                self._changed(event)
            case Seeked():
                self._suspect(self.player.mark(), evidence=False)
            case Snapshot():
                self._snapshot(event)
            case ReadFailed():
                self._answered(None)
            case _:
                self._vanished()

    def _changed(self, event: Changed) -> None:
        self.player.gone = None
        self._take_speed(event)
        again = event.status is not None and self._take_status(event.status, seen=True)
        if event.track is not None:
            again |= self._take_tags(event.track, seen=True)
        if again:
            self._suspect(self.player.mark(), evidence=True)

    def _snapshot(self, event: Snapshot) -> None:
        player = self.player
        if player.away is not None:
            self._came_back(event, player.away)
        player.gone = None
        if player.reading in ("due", "end"):
            self._look_for_silent_change(event)
        if player.reading == "due" and event.status is not Status.PLAYING:
            player.fall_back(event.position)
        self._take_speed(event)
        if event.status is not None and event.status is not player.status:
            self._take_status(event.status, seen=False)
        if event.track is not None:
            self._take_tags(event.track, seen=False)
        if player.play is None:
            player.told_position(event.position)
        self._answered(event.position)

    def _vanished(self) -> None:
        player = self.player
        if player.gone is None:
            player.gone, player.until = player.mark(), player.as_of.mono + GRACE
            player.read = player.question = None
            self.passes.journal()

    def _came_back(self, event: Snapshot, away: float) -> None:
        """After a restart: count what was played meanwhile, as far as Position vouches for it."""
        player, play = self.player, self.player.play
        player.away = None
        if play is None or event.position is None or event.status is not Status.PLAYING:
            return
        if event.track and same_track(play.track, correct_tags(self.rules.filters, event.track)):
            player.catch_up(event.at.mono - away, event.position)

    def _look_for_silent_change(self, event: Snapshot) -> None:
        play = self.player.play
        if play is None or event.track is None or self.player.edge is not None:
            return
        if not same_track(play.track, correct_tags(self.rules.filters, event.track)):
            if not play.decided:
                play.verdict = Verdict.UNCLEAR
            self.passes.end(self.player.mark())

    def _take_speed(self, event: Changed | Snapshot) -> None:
        player = self.player
        speed, muted = player.speed, player.muted
        player.told_speed(event, self.rules.count_muted)
        if player.speed != speed:
            self.passes.journal()
        if muted > player.muted and isinstance(event, Changed):
            self.read_again()  # its Position ran on meanwhile

    def _take_status(self, status: Status, seen: bool) -> bool:
        """True if it is a Playing that may mean a new beginning."""
        player = self.player
        before, player.status = player.status, status
        if status is not before:
            self.passes.journal()
        if status is Status.PLAYING:
            return self._plays(before, seen)
        if status is Status.PAUSED:
            player.stop = None
            player.paused = player.as_of.mono if player.paused is None else player.paused
        elif before is not Status.STOPPED:
            player.stop = player.mark()
        return False

    def _plays(self, before: Status, seen: bool) -> bool:
        player = self.player
        bounced = before is Status.PLAYING or player.stop is not None
        player.stop = None
        paused, player.paused = player.paused, None
        waiting = player.edge is not None and not player.has_heard(player.edge)
        if before is not Status.PLAYING and (waiting or (player.play or player.edge) is None):
            player.over = player.over if waiting else player.mark()
            player.edge, player.edge_seen = player.mark(), seen
            player.quiet = player.as_of.mono
        elif paused is not None and player.as_of.mono - paused > LONG_PAUSE and player.play:
            player.play.announced = False
        return bounced

    def _take_tags(self, track: Track, seen: bool) -> bool:
        """True if they are the same as before, said again."""
        player = self.player
        track = correct_tags(self.rules.filters, track)
        before, player.track = player.track, track
        play = player.play
        if not seen and player.edge is None and play and same_track(play.track, track):
            play.told(track)  # some tags are new at every reading
            return False
        if before is None or not same_tags(before, track):
            self._tags_changed(before, track, seen)
            return False
        if play and player.edge is None:
            play.told(track)
        return before == track or before.trackid != track.trackid

    def _tags_changed(self, before: Track | None, track: Track, seen: bool) -> None:
        player = self.player
        player.quiet = player.as_of.mono
        if player.edge is None:
            player.edge, player.edge_seen, player.left = player.mark(), seen, None
            player.over = player.edge
            return
        # Pieces of one track belong to its first edge, but a whole track that was only skipped
        # over does not lend its time to the next one.
        old = player.accepted.title if player.accepted else ""
        if before and has_tags(before) and normalise(before.title) != normalise(old):
            player.left = (before, player.mark())
        if player.left and has_tags(track):
            if normalise(player.left[0].title) != normalise(track.title):
                player.edge, player.edge_seen = player.left[1], True
            player.left = None

    def _suspect(self, mark: Mark, evidence: bool) -> None:
        """Wonder whether the track began again at `mark`. Asking costs a reading, so mere
        repetition is only looked into where a replay is possible; a seek always is."""
        player = self.player
        if player.play is None or player.edge is not None:
            return
        if evidence and not possible(self.rules, player, mark):
            return
        if player.question is None:
            player.question, player.evidence = mark, evidence
        player.evidence |= evidence

    def _ask(self, why: str) -> None:
        player = self.player
        player.read, player.reading = player.as_of.mono, why
        if player.question is not None:
            player.asked = player.as_of.mono
        self.house.effects.append(Read(player.name, why))

    def _answered(self, position: float | None) -> None:
        """A reading came back, or did not: decide what waited for it."""
        player = self.player
        if player.read is None:
            return
        why, player.read, player.reading = player.reading, None, ""
        play = player.play
        if play is None or player.edge is not None:
            return
        player.saw_position(position)
        question, ripe = player.question, self._question_is_ripe()
        mark = wrapped(self.rules, player, position) if why in ("due", "end") else None
        if question and confirmed(self.rules, player, question, position):
            self.passes.again(question)
        elif mark is not None:
            self.passes.again(mark)
        elif why == "due":
            self.passes.due()
        elif why == "end":
            if is_wrong_length(player, position):
                play.growths = GROWTHS
            play.end, play.stood = end_after(player, position), position
        player.told_position(position)
        player.question = None if ripe else player.question
        self.passes.journal()

    def _question_is_ripe(self) -> bool:
        """Whether a no to the question is an answer: Position may lag behind the signal that
        raised it."""
        question, now = self.player.question, self.player.as_of.mono
        return question is None or now + HAIR >= question.at.mono + self.rules.settle

    def read_again(self) -> None:
        """Read the player now, whatever it said last."""
        if self.player.gone is None and self.player.read is None:
            self._ask("resume")

    # -- deadlines --------------------------------------------------------------------------

    def look(self) -> None:
        """Do all that is due now."""
        player = self.player
        now = player.as_of.mono + HAIR
        if player.read is not None and now >= player.read + deadlines.ANSWER:
            self._answered(None)
        if player.gone is not None:
            if now >= player.until:
                self.close()
            return
        if now >= deadlines.stopped(self.rules, player):
            self._stopped()
        if now >= deadlines.settled(self.rules, player):
            self._accept()
        if player.read is None and player.edge is None and player.play is not None:
            self._look_at_play(now)
        self.passes.announce()

    def _look_at_play(self, now: float) -> None:
        rules, player = self.rules, self.player
        if now >= deadlines.asked(rules, player):
            self._ask("replay")
        elif now >= deadlines.due(rules, player):
            self._ask("due")
        elif now >= deadlines.ended(player):
            self._ask("end")

    def _accept(self) -> None:
        """The newest tags have come to rest."""
        player = self.player
        edge, track = player.edge, player.track
        player.edge = player.left = None
        if edge is None or track is None:
            return
        play = player.play
        if play and (same_track(play.track, track) or completes(play.track, track)):
            play.told(track)
            self._suspect(edge, evidence=True)
            return
        heard = player.status is Status.PLAYING or player.has_heard(edge)
        if heard and track != Track(trackid=track.trackid):
            self.passes.replace(player.over or edge, edge)
        elif play:
            self.passes.end(player.over or edge, player.status is not Status.STOPPED)

    def _stopped(self) -> None:
        """A Stopped has lasted."""
        player = self.player
        mark, player.stop = player.stop, None
        if player.play and mark:
            if player.edge and player.over and player.over.clock < mark.clock:
                mark = player.over
            self.passes.end(mark, replaced=player.near_end(mark.clock))

    def close(self) -> None:
        """The player is gone for good."""
        mark = (self.player.edge and self.player.over) or self.player.stop or self.player.gone
        if self.player.play and mark:
            self.passes.end(mark, replaced=self.player.near_end(mark.clock))
        del self.house.players[self.player.name]
        self.passes.journal()
