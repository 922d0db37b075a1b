"""A play and two rows of the queue, put into a daemon's database: what needs a person's hand."""

import time
from pathlib import Path

from scrobblerd.core.submission import RowReason
from tests.support.rows import put

PLAY, REJECTED, HELD = 7, 3, 4
"""Their numbers."""

TITLE = 'Fern: a "song"'
"""The title of the play."""

OTHER = "loud_heron"
"""The account of the row that is held."""


def fill(database: Path) -> int:
    """Put them there; when they began, UNIX seconds."""
    start = int(time.time()) - 3600
    put(database, "plays", {"id": PLAY, "title": TITLE, "start": start, "heard": 200.0})
    rejected = {"id": REJECTED, "track": "Moss", "reason": RowReason.IGNORED}
    held = {"id": HELD, "username": OTHER, "state": "held", "reason": RowReason.OTHER_USER}
    stamps = {"timestamp": start, "created_at": start, "retry_count": 1}
    put(database, "scrobble_queue", rejected | stamps, held | stamps)
    return start
