"""verify: the command that compares what was sent with what services show."""

from typing import TYPE_CHECKING

from ..display import moments
from .options import Commands, add, with_json
from .parser import LateModule

if TYPE_CHECKING:
    from ..reconciliation import verify
else:
    verify = LateModule("verify", "reconciliation")

DEFAULT_DAYS = 7
"""Days before today that are verified if no beginning is given."""


def comparing(commands: Commands) -> None:
    """Adds verify."""
    check = add(commands, "verify", "see whether services show what was sent", verify.verify)
    check.add_argument(
        "account", nargs="?", metavar="ACCOUNT", help="its name; default: all that can be read"
    )
    check.add_argument(
        "--since",
        type=moments.since,
        metavar="WHEN",
        help=f"no older than this; default: {DEFAULT_DAYS}d",
    )
    check.add_argument("--until", type=moments.until, metavar="WHEN", help="no newer than this")
    check.add_argument("--repair", action="store_true", help="send again what is missing")
    check.add_argument(
        "--delete-doubled", action="store_true", help="delete second listens of a play"
    )
    with_json(check)
