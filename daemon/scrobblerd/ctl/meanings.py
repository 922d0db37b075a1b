"""Pure: the daemon's words for plays, rows and players, as people read them, and their colours."""

VERDICTS = {
    "listening": ("not decided yet", "cyan"),
    "counted": ("counted", "green"),
    "not_heard": ("not heard enough", "yellow"),
    "too_short": ("too short to count", "dim"),
    "no_tags": ("without artist or title", "yellow"),
    "unclear": ("unclear", "yellow"),
    "disabled": ("scrobbling was off", "dim"),
    "unwanted": ("not wanted", "dim"),
    "duplicate": ("counted on another player", "dim"),
}
"""What a verdict means, and its style."""

STATES = {
    "pending": "cyan",
    "held": "yellow",
    "rejected": "red",
    "expired": "red",
    "sent": "green",
    "queued": "cyan",
    "ignored": "red",
}
"""The style of a row's state, and of what ScrobbleStatus says."""


def verdict(name: str) -> tuple[str, str]:
    """A verdict's words and style; what a newer daemon says stays as it is."""
    return VERDICTS.get(name, (name.replace("_", " "), ""))


def state(name: str) -> tuple[str, str]:
    """A row's state and its style."""
    return name, STATES.get(name, "")


def track(title: str, artist: str) -> str:
    """A track's name in a sentence."""
    return f"{title or 'a track without a title'}{f' by {artist}' if artist else ''}"
