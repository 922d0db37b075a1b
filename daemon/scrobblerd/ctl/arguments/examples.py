"""Two examples for the help page of each command and action: what somebody wants, and the line."""

from collections.abc import Mapping

Example = tuple[str, str]

EXAMPLES: Mapping[str, tuple[Example, Example]] = {
    "": (
        ("see what is going on", "scrobblerctl status"),
        ("why was the last track not scrobbled?", "scrobblerctl explain"),
    ),
    "login": (
        ("log in at Last.fm", "scrobblerctl login"),
        (
            "log in at ListenBrainz, on a machine without a screen",
            "scrobblerctl login listenbrainz --no-browser",
        ),
    ),
    "logout": (
        ("log out of Last.fm", "scrobblerctl logout"),
        ("log out of another account", "scrobblerctl logout listenbrainz"),
    ),
    "accounts": (
        ("see all accounts", "scrobblerctl accounts"),
        ("for a script", "scrobblerctl accounts --json"),
    ),
    "enable": (
        ("send plays to Last.fm", "scrobblerctl enable lastfm"),
        ("send plays to another account", "scrobblerctl enable listenbrainz"),
    ),
    "disable": (
        ("send no plays to Last.fm", "scrobblerctl disable lastfm"),
        ("send no plays to another account", "scrobblerctl disable listenbrainz"),
    ),
    "status": (
        ("see what is going on", "scrobblerctl status"),
        ("see all there is of one account", "scrobblerctl status --account lastfm"),
    ),
    "watch": (
        ("see it change", "scrobblerctl watch"),
        ("a document for every change, for a script", "scrobblerctl watch --json"),
    ),
    "now": (
        ("what plays now", "scrobblerctl now"),
        (
            "a line for a status bar",
            "scrobblerctl now --follow --format '{title} {heard}/{length}'",
        ),
    ),
    "history": (
        ("what was played today", "scrobblerctl history --since today"),
        ("what Last.fm did not take", "scrobblerctl history --account lastfm --only refused"),
    ),
    "explain": (
        ("why was the last track not scrobbled?", "scrobblerctl explain"),
        ("what became of play 128?", "scrobblerctl explain 128"),
    ),
    "stats": (
        ("the last month, beside the one before", "scrobblerctl stats last-month"),
        ("a page about the year", "scrobblerctl stats --since 2026-01-01 --html year.html"),
    ),
    "export": (
        ("all that counted, for Maloja", "scrobblerctl export -o .scrobbler.log"),
        ("the year as a table", "scrobblerctl export --since 2026-01-01 -o 2026.csv"),
    ),
    "import": (
        ("what would come of it?", "scrobblerctl import --dry-run my_spotify_data.zip"),
        (
            "a log, sent to an account too",
            "scrobblerctl import .scrobbler.log --to brainz",
        ),
    ),
    "queue": (
        ("what waits to be sent", "scrobblerctl queue"),
        ("what was not taken", "scrobblerctl queue --state rejected"),
    ),
    "queue list": (
        ("the last five rows that wait", "scrobblerctl queue list --state pending -n 5"),
        ("all rows, for a script", "scrobblerctl queue list -n 0 --json"),
    ),
    "queue retry": (
        ("send all that waits now", "scrobblerctl queue retry"),
        ("send row 17 again", "scrobblerctl queue retry 17"),
    ),
    "queue drop": (
        ("take row 17 out, after a question", "scrobblerctl queue drop 17"),
        ("take two rows out without a question", "scrobblerctl queue drop 17 18 --yes"),
    ),
    "queue edit": (
        ("send row 17 with another artist", "scrobblerctl queue edit 17 --artist 'Mira Holt'"),
        ("send it without an album", "scrobblerctl queue edit 17 --album ''"),
    ),
    "queue export": (
        ("a table for a spreadsheet", "scrobblerctl queue export queue.csv"),
        (
            "what got too old, in place of an older file",
            "scrobblerctl queue export old.json --state expired --force",
        ),
    ),
    "queue claim": (
        ("send what waits for another user", "scrobblerctl queue claim quiet_otter"),
        ("send what waits for an account that is gone", "scrobblerctl queue claim --from attic"),
    ),
    "love": (
        ("love what plays, or take that back: for one key", "scrobblerctl love --toggle"),
        ("love a track by its name", "scrobblerctl love 'Mira Holt' Fern"),
    ),
    "unlove": (
        ("take it back for what plays", "scrobblerctl unlove"),
        ("take it back for a track by its name", "scrobblerctl unlove 'Mira Holt' Fern"),
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
        ("read what you love at another account", "scrobblerctl loved import listenbrainz"),
    ),
    "loved export": (
        ("a playlist of your files", "scrobblerctl loved export loved.m3u8"),
        ("a table on the output", "scrobblerctl loved export --format csv"),
    ),
    "loved unmatched": (
        ("the last ten", "scrobblerctl loved unmatched -n 10"),
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
        ("do not scrobble what plays", "scrobblerctl skip"),
        ("let it count all the same", "scrobblerctl skip --undo"),
    ),
    "pause": (
        ("scrobble nothing for two hours", "scrobblerctl pause 2h"),
        ("scrobble nothing until you say so", "scrobblerctl pause"),
    ),
    "resume": (
        ("scrobble again", "scrobblerctl resume"),
        ("scrobble again, and see what is going on", "scrobblerctl resume && scrobblerctl status"),
    ),
    "test-filter": (
        ("would this count?", "scrobblerctl test-filter 'Mira Holt' Fern"),
        (
            "would it count if it is that short?",
            "scrobblerctl test-filter 'Mira Holt' Fern --length 0:25",
        ),
    ),
    "settings": (
        ("all settings", "scrobblerctl settings"),
        (
            "let a track count when 75 per cent of it were heard",
            "scrobblerctl settings scrobble_threshold 75",
        ),
    ),
    "reload": (
        ("let an edited config.toml take effect", "scrobblerctl reload"),
        ("and see what is going on then", "scrobblerctl reload && scrobblerctl status"),
    ),
    "service": (
        ("is it installed, and does it run?", "scrobblerctl service status"),
        ("let it run from now on", "scrobblerctl service install"),
    ),
    "service install": (
        ("let it run from now on", "scrobblerctl service install"),
        ("and see that it does", "scrobblerctl service install && scrobblerctl service status"),
    ),
    "service remove": (
        ("take it out again", "scrobblerctl service remove"),
        ("write it anew", "scrobblerctl service remove && scrobblerctl service install"),
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
        ("replace the recording from before", "scrobblerctl record --force trace.jsonl"),
    ),
    "completion": (
        ("complete in this bash", "source <(scrobblerctl completion bash)"),
        (
            "keep the script for fish",
            "scrobblerctl completion fish > ~/.config/fish/completions/scrobblerctl.fish",
        ),
    ),
    "help": (
        ("all about a command", "scrobblerctl help history"),
        ("all about an action of one", "scrobblerctl help queue edit"),
    ),
}
"""By the words of the command, "" = scrobblerctl itself."""


def told(path: str) -> str:
    """Returns the examples of a command as its help page shows them."""
    lines = (f"  # {what}\n  {line}\n" for what, line in EXAMPLES.get(path, ()))
    return "".join(("\nexamples:\n", *lines))
