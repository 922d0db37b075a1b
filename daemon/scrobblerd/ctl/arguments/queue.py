"""queue: the commands that show and change what waits."""

from argparse import SUPPRESS
from typing import TYPE_CHECKING

from .options import (
    SAME_AS_GROUP,
    Commands,
    add,
    of_account,
    with_amount,
    with_export,
    with_json,
    with_rows,
    with_state,
    with_tags,
    with_yes,
)
from .parser import LateModule

if TYPE_CHECKING:
    from ..commands import queue
else:
    queue = LateModule("queue")


def waiting(commands: Commands) -> None:
    """Adds queue and its actions."""
    group = add(commands, "queue", "plays that wait to be scrobbled", queue.listing)
    actions = group.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listing = add(actions, "list", "list the queue (default)", queue.listing)
    for command, default in ((group, None), (listing, SAME_AS_GROUP)):
        of_account(command, default)
        with_state(command, default)
        with_amount(command, "20", default)
        with_json(command, default=default or False)
    retry = add(actions, "retry", "send everything that waits now, or only these rows", queue.retry)
    of_account(retry, SAME_AS_GROUP)
    with_rows(retry, "*")
    drop = add(actions, "drop", "remove rows from the queue for good", queue.drop)
    with_rows(drop, "+")
    of_account(drop, SAME_AS_GROUP)
    with_yes(drop)
    edit = add(actions, "edit", "send a waiting or rejected row with other tags", queue.edit)
    with_rows(edit, None)
    of_account(edit, SAME_AS_GROUP)
    with_tags(edit)
    edit.add_argument("--track", dest="title", help=SUPPRESS)  # as it was called
    export = add(actions, "export", "write the whole queue to a file", queue.export)
    of_account(export, SAME_AS_GROUP)
    with_state(export, None)
    kinds = "json, csv, or listens (JSON lines for ListenBrainz)"
    with_export(export, ("json", "csv", "listens"), kinds)
    claim = add(actions, "claim", "send plays that are held for another user", queue.claim)
    of_account(claim, SAME_AS_GROUP)
    whose = claim.add_mutually_exclusive_group(required=True)
    whose.add_argument("user", nargs="?", metavar="USER", help="the user whose plays they are")
    whose.add_argument(
        "--from", dest="source", metavar="GONE", help="an account that is no longer in config.toml"
    )
