"""Pure: how people read the daemon's names of verdicts, states and players, and their colours."""

VERDICTS = {
    "listening": ("open", "cyan"),
    "counted": ("counted", "green"),
    "not_heard": ("not heard", "yellow"),
    "too_short": ("too short", "dim"),
    "no_tags": ("no tags", "yellow"),
    "unclear": ("unclear", "yellow"),
    "disabled": ("disabled", "dim"),
    "unwanted": ("unwanted", "dim"),
    "duplicate": ("duplicate", "dim"),
}
"""What people read for each verdict, and its style."""

STATES = {
    "pending": "cyan",
    "held": "yellow",
    "rejected": "red",
    "expired": "red",
    "sent": "green",
    "queued": "cyan",
    "ignored": "red",
}
"""The style of each state of a row, and of each status of a scrobble."""


def verdict(name: str) -> tuple[str, str]:
    """Returns a verdict as people read it, and its style. An unknown one stays as it is."""
    return VERDICTS.get(name, (name.replace("_", " "), ""))


def state(name: str) -> tuple[str, str]:
    """Returns the state of a row, and its style."""
    return name, STATES.get(name, "")


def track(title: str, artist: str) -> str:
    """Returns a track's name for a sentence."""
    return f"{title or 'a track without a title'}{f' by {artist}' if artist else ''}"
