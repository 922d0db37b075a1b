"""Two examples for the help page of each command and action: what somebody wants, and the line."""

from collections.abc import Mapping

Example = tuple[str, str]

EXAMPLES: Mapping[str, tuple[Example, Example]] = {
    "": (
        ("see what is going on", "scrobblerctl status"),
        ("why was the last track not scrobbled?", "scrobblerctl explain"),
    ),
    "login": (
        ("log in to Last.fm", "scrobblerctl login"),
        (
            "log in to ListenBrainz, on a machine without a screen",
            "scrobblerctl login brainz --no-browser",
        ),
    ),
    "logout": (
        ("log out of Last.fm", "scrobblerctl logout"),
        ("log out of another account", "scrobblerctl logout brainz"),
    ),
    "accounts": (
        ("see all accounts", "scrobblerctl accounts"),
        ("for a script", "scrobblerctl accounts --json"),
    ),
    "enable": (
        ("send plays to Last.fm", "scrobblerctl enable lastfm"),
        ("send plays to another account", "scrobblerctl enable brainz"),
    ),
    "disable": (
        ("send no plays to Last.fm", "scrobblerctl disable lastfm"),
        ("send no plays to another account", "scrobblerctl disable brainz"),
    ),
    "status": (
        ("see what is going on", "scrobblerctl status"),
        ("see everything about one account", "scrobblerctl status --account lastfm"),
    ),
    "watch": (
        ("watch what happens", "scrobblerctl watch"),
        ("one JSON document per change, for a script", "scrobblerctl watch --json"),
    ),
    "now": (
        ("what is playing", "scrobblerctl now"),
        (
            "a line for a status bar",
            "scrobblerctl now --follow --format '{title} {heard}/{length}'",
        ),
    ),
    "history": (
        ("what was played today", "scrobblerctl history --since today"),
        ("what Last.fm did not take", "scrobblerctl history --account lastfm --only refused"),
    ),
    "history edit": (
        ("correct the title of play 128", "scrobblerctl history edit 128 --title Fern"),
        ("it had no album", "scrobblerctl history edit 128 --album ''"),
    ),
    "history delete": (
        ("delete play 128, after a question", "scrobblerctl history delete 128"),
        ("delete two plays without a question", "scrobblerctl history delete 128 129 --yes"),
    ),
    "scrobble": (
        ("a record that is playing", "scrobblerctl scrobble 'Mira Holt' Fern --album Understorey"),
        (
            "what you heard last night",
            "scrobblerctl scrobble 'Mira Holt' Fern --at 'yesterday 20:15' --duration 4:01",
        ),
    ),
    "explain": (
        ("why was the last track not scrobbled?", "scrobblerctl explain"),
        ("what became of play 128?", "scrobblerctl explain 128"),
    ),
    "stats": (
        ("last month, compared with the month before", "scrobblerctl stats last-month"),
        ("a page about the year", "scrobblerctl stats --since 2026-01-01 --html year.html"),
    ),
    "export": (
        ("all plays that counted, for Maloja", "scrobblerctl export .scrobbler.log"),
        ("a year as a table", "scrobblerctl export --since 2026-01-01 2026.csv"),
    ),
    "import": (
        ("what would happen?", "scrobblerctl import --dry-run my_spotify_data.zip"),
        (
            "import a log, and send its plays to an account",
            "scrobblerctl import .scrobbler.log --to brainz",
        ),
    ),
    "backfill": (
        ("what would be sent?", "scrobblerctl backfill brainz --dry-run"),
        ("the plays of this year", "scrobblerctl backfill brainz --since 2026-01-01"),
    ),
    "verify": (
        ("is everything of the last week there?", "scrobblerctl verify"),
        ("send again what is missing", "scrobblerctl verify brainz --since 30d --repair"),
    ),
    "queue": (
        ("what waits to be sent", "scrobblerctl queue"),
        ("what was rejected", "scrobblerctl queue --state rejected"),
    ),
    "queue list": (
        ("the last five rows that wait", "scrobblerctl queue list --state waiting -n 5"),
        ("all rows, for a script", "scrobblerctl queue list -n 0 --json"),
    ),
    "queue retry": (
        ("send everything that waits now", "scrobblerctl queue retry"),
        ("send row 17 again", "scrobblerctl queue retry 17"),
    ),
    "queue drop": (
        ("remove row 17, after a question", "scrobblerctl queue drop 17"),
        ("remove two rows without a question", "scrobblerctl queue drop 17 18 --yes"),
    ),
    "queue edit": (
        ("send row 17 with another artist", "scrobblerctl queue edit 17 --artist 'Mira Holt'"),
        ("send it without an album", "scrobblerctl queue edit 17 --album ''"),
    ),
    "queue export": (
        ("a table for a spreadsheet", "scrobblerctl queue export queue.csv"),
        (
            "what got too old, replacing an older file",
            "scrobblerctl queue export old.json --state expired --force",
        ),
    ),
    "queue claim": (
        ("send what waits for another user", "scrobblerctl queue claim quiet_otter"),
        ("send what waits for an account that is gone", "scrobblerctl queue claim --from attic"),
    ),
    "love": (
        ("love or unlove what is playing: for one key", "scrobblerctl love --toggle"),
        ("love a track by its name", "scrobblerctl love 'Mira Holt' Fern"),
    ),
    "unlove": (
        ("unlove what is playing", "scrobblerctl unlove"),
        ("unlove a track by its name", "scrobblerctl unlove 'Mira Holt' Fern"),
    ),
    "loved": (
        ("what you love", "scrobblerctl loved"),
        ("for a script", "scrobblerctl loved --json"),
    ),
    "loved list": (
        ("what you love", "scrobblerctl loved list"),
        ("for a script", "scrobblerctl loved list --json"),
    ),
    "loved import": (
        ("read what you love at Last.fm", "scrobblerctl loved import"),
        ("read what you love at another account", "scrobblerctl loved import brainz"),
    ),
    "loved export": (
        ("a playlist of your files", "scrobblerctl loved export loved.m3u8"),
        ("a table on standard output", "scrobblerctl loved export --format csv"),
    ),
    "loved unmatched": (
        ("the ten newest", "scrobblerctl loved unmatched -n 10"),
        ("all of them, for a script", "scrobblerctl loved unmatched --json"),
    ),
    "library": (
        ("read the tags of your music", "scrobblerctl library scan"),
        ("forget a drive that is gone", "scrobblerctl library forget /media/old"),
    ),
    "library scan": (
        ("read the tags of your music", "scrobblerctl library scan"),
        ("the counts, for a script", "scrobblerctl library scan --json"),
    ),
    "library forget": (
        ("forget a drive that is gone", "scrobblerctl library forget /media/old"),
        ("forget the folder you are in", "scrobblerctl library forget ."),
    ),
    "players": (
        ("is my player seen?", "scrobblerctl players"),
        ("for a script", "scrobblerctl players --json"),
    ),
    "skip": (
        ("do not scrobble what is playing", "scrobblerctl skip"),
        ("let it count after all", "scrobblerctl skip --undo"),
    ),
    "pause": (
        ("scrobble nothing for two hours", "scrobblerctl pause 2h"),
        ("record nothing at all for an hour", "scrobblerctl pause --private 1h"),
    ),
    "resume": (
        ("scrobble again", "scrobblerctl resume"),
        ("scrobble again, and see what is going on", "scrobblerctl resume && scrobblerctl status"),
    ),
    "test-filter": (
        ("would this count?", "scrobblerctl test-filter 'Mira Holt' Fern"),
        (
            "would it count if it were that short?",
            "scrobblerctl test-filter 'Mira Holt' Fern --length 0:25",
        ),
    ),
    "settings": (
        ("all settings", "scrobblerctl settings"),
        (
            "let a track count when 75 per cent of it was heard",
            "scrobblerctl settings scrobble_threshold 75",
        ),
    ),
    "reload": (
        ("apply an edited config.toml", "scrobblerctl reload"),
        ("apply it, and see what is going on", "scrobblerctl reload && scrobblerctl status"),
    ),
    "service": (
        ("is it installed, and does it run?", "scrobblerctl service status"),
        ("start it now and at every login", "scrobblerctl service install"),
    ),
    "service install": (
        ("start it now and at every login", "scrobblerctl service install"),
        ("install it, and check it", "scrobblerctl service install && scrobblerctl service status"),
    ),
    "service remove": (
        ("remove it again", "scrobblerctl service remove"),
        ("install it afresh", "scrobblerctl service remove && scrobblerctl service install"),
    ),
    "service status": (
        ("is it installed, and does it run?", "scrobblerctl service status"),
        ("for a script", "scrobblerctl service status --json"),
    ),
    "doctor": (
        ("what is wrong?", "scrobblerctl doctor"),
        ("for a script", "scrobblerctl doctor --json"),
    ),
    "record": (
        ("record until Ctrl-C, for a bug report", "scrobblerctl record trace.jsonl"),
        ("replace an earlier recording", "scrobblerctl record --force trace.jsonl"),
    ),
    "completion": (
        ("completion in this bash", "source <(scrobblerctl completion bash)"),
        (
            "install the script for fish",
            "scrobblerctl completion fish > ~/.config/fish/completions/scrobblerctl.fish",
        ),
    ),
    "help": (
        ("all about a command", "scrobblerctl help history"),
        ("all about one of its actions", "scrobblerctl help queue edit"),
    ),
}
"""By the words of the command, "" = scrobblerctl itself."""


def told(path: str) -> str:
    """Returns the examples of a command as its help page shows them."""
    lines = (f"  # {what}\n  {line}\n" for what, line in EXAMPLES.get(path, ()))
    return "".join(("\nexamples:\n", *lines))
