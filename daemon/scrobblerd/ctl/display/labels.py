"""Pure: the daemon's words for plays, rows and players, as people read them, and their colours."""

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


def program(player: str) -> str:
    """A player's name without the number that tells several of one program apart."""
    return player.partition(".instance")[0]


def track(title: str, artist: str) -> str:
    """A track's name in a sentence."""
    return f"{title or 'a track without a title'}{f' by {artist}' if artist else ''}"
