"""tidying.py: rows that a wrong clock or a bad disk got wrong, and those that have had their time.

What it does about clocks is in tests/faults/test_clock.py, about odd rows in tests/hostile.
"""

from scrobblerd.core.model import Moment
from scrobblerd.storage.queue import AccountQueue
from tests.support.rows import put
from tests.support.storage_samples import NOW, queued


async def test_rows_older_than_13_and_a_half_days_expire(queue: AccountQueue) -> None:
    await queued(queue, NOW - 13.5 * 86400, NOW - 13.5 * 86400 + 60)
    old = await queue.tidy(Moment(5, 5, NOW))
    assert [row.scrobble.timestamp for row in old] == [int(NOW - 13.5 * 86400)]
    counts = await queue.counts()
    assert (counts.queued, counts.expired) == (1, 1)


async def test_a_row_of_no_known_origin_is_one_that_was_played(queue: AccountQueue) -> None:
    put(queue.database.path, "scrobble_queue", *({"state": "pending", "origin": "imporT"},))
    assert await queue.pending("quiet_otter", 50, NOW) == []
    await queue.tidy(Moment(5, 5, NOW))
    assert len(await queue.pending("quiet_otter", 50, NOW)) == 1
