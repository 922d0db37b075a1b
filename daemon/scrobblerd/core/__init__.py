"""The words and rules of the field.

These are the names that everything shares. They are here because they cost nothing to import:
`model` makes its classes, for 15 ms, which many commands need not wait for.
"""

LASTFM = "lastfm"
"""The name of the account that is always there; [lastfm] configures it."""

PREFIX = "org.mpris.MediaPlayer2."
"""Every MPRIS player owns a bus name that begins so (MPRIS 2.2, "Bus Name Policy")."""

INSTANCE = ".instance"
"""What separates a player's name from the mark of one of several (the same policy)."""


def program_of(player: str) -> str:
    """Returns the name that all instances share: "firefox" for "firefox.instance_1_4"."""
    return player.partition(INSTANCE)[0]


FROM_ENVIRONMENT, FROM_CREDENTIALS = "environment", "credentials"
"""Where an API key is that only a restart reads again."""

FROM_PACKAGE = "package"
"""Where an API key is that all users of the machine share."""

FROM_PROGRAM = "program"
"""Where an API key is that the server does not look at."""
