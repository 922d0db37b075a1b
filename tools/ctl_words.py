"""What is told of scrobblerctl beyond its help texts, for its manual page and docs/scrobblerctl.md.

What stands in backticks is a word of a command line, a file or the wire.
"""

from collections.abc import Mapping

from scrobblerd.ctl.template import template
from tools.ctl_tree import Command, Option

TOLD: Mapping[str, tuple[str, ...]] = {
    "login": (
        "Where there is no API key yet, it asks for one and tells where to get it; the key is kept"
        " in `lastfm.toml`. Then it opens the page on which you allow access, and waits until you"
        " have. Without a browser, or over SSH, it shows the address and, on a terminal, a QR code"
        " for your phone. Ctrl-C gives up; of what was there nothing is changed, and a first API"
        " key stays. Where the key comes from the environment or from systemd credentials, none is"
        " asked for.",
        "In a script, key and secret are read from the input, a line each.",
        "With ACCOUNT it logs in at an account of `[accounts.NAME]` in `config.toml`: by a page as"
        " at Last.fm, or with a token that a page of the service shows. If one account is at a"
        " service, the service will do as its name, such as `listenbrainz`. It asks for the token"
        " without showing it, or reads it from the file of `--token-file` or a line of the input;"
        " the service checks it, and you are told which address answered. Where `token_file`, the"
        " environment or systemd credentials have it, none is asked for.",
        "If there is no such account, it shows the table to paste into `config.toml`, with the"
        " address of `--url`, and what to do next. The file itself is never written.",
    ),
    "logout": (
        "What you play goes to the history only. What waits is kept, and goes out when the same"
        " account logs in again.",
    ),
    "accounts": (
        "That of Last.fm first: the service, the user, whether it is logged in, what waits for it,"
        " when it was sent a play last, and why plays wait. `scrobblerctl login` and a name that is"
        " not there shows what to write for a new one.",
    ),
    "enable": ("What is set here wins over `enabled` in `config.toml`. It ends a pause.",),
    "disable": (
        "Its login is kept, and what waits for it. Plays go to the other accounts as before.",
    ),
    "status": (
        "The version, the account, each player with its track and how much of it was heard, what"
        " waits, and how much of the day's limits is used. With several accounts it has a line for"
        " each. If plays are held or were rejected, it names the command that helps.",
    ),
    "watch": (
        "On a terminal it is a dashboard: players with bars of what was heard, accounts and queue,"
        " and a line for each play with what became of it. Its keys stand at the bottom: `q` quits,"
        " `l` loves what plays, `s` skips it, `p` pauses scrobbling; each of these three pressed"
        " again takes that back. `r` sends what waits, `e` explains the last play, `?` shows help."
        " The arrows choose another player for `l` and `s`, or another play for `l` and `e`.",
        "In a pipe, and if the terminal can't move its cursor, it is a line for each scrobble and"
        " whenever something else plays. It waits through a restart of the daemon, and does not"
        " start it.",
    ),
    "now": (
        "Of several players it is the one that began last, and one that plays comes before one that"
        " is paused. Where nothing plays, the line is empty. With `--follow` it waits through a"
        " restart of the daemon, and does not start it; a line that shows a running time comes once"
        " a second, others when something changes.",
        "`--json` answers what waybar takes: `text` is the line by the template. With `--markup`"
        " what the fields of a template say is escaped for a bar that reads the line, or text and"
        " tooltip of the document, as markup of Pango; the template itself is not, and may have"
        " markup.",
    ),
    "history": (
        "The newest first, and what became of each: it was `sent`, is `waiting` to be sent, is"
        " `held` because it belongs to another user, was `ignored` or `rejected` by the service, or"
        " it did not count, and then why. With several accounts it says that of each. `taken` says"
        " that the service may still leave out what was sent. The number of a play is what"
        " `explain` takes.",
        "With `--account` it is the plays that went, or are to go, to this account. `--only` leaves"
        " of them those that were `sent`, are `waiting`, or were `refused`; `missing` are those"
        " that counted, but were never meant for it.",
        "`--artist` and `--title` find what has the text in it, in any case; `--player` takes the"
        " name of a player, or of its program. A day, month or year as `--until` is whole:"
        " `--since 2026-09 --until 2026-09` is that month.",
    ),
    "explain": (
        "From what was heard to Last.fm's answer, in a sentence or two; then a line for each other"
        " account. Without a number it is the last play, and before it what plays now and what it"
        " lacks.",
    ),
    "stats": (
        "Days, hours of the day, artists, albums, tracks, players and verdicts, and how many plays"
        " counted in the time before, which is as long. PERIOD is a WHEN that has a length, such as"
        " `last-week` or `2025-11`.",
        "The page of `--html` is one file that needs nothing else. A FILE that is there stays,"
        " unless `--force` is given.",
    ),
    "export": (
        "The plays that counted, the oldest first. `jsonl` has all that is known, and so has `csv`,"
        " whose first columns are those of the usual export of Last.fm. `listenbrainz` is a line of"
        " JSON a listen, as that site exports them. `scrobbler-log` is what Rockbox writes: Maloja"
        " imports it by the name `.scrobbler.log`, and a table by `recenttracks-2026.csv`.",
    ),
    "import": (
        "Takes plays of `.scrobbler.log` (Rockbox and its relatives), exports of ListenBrainz,"
        " Spotify, Maloja, Koito and Pano Scrobbler, tables of Last.fm and Libre.fm, and what"
        " `export` writes. A file is known by what is in it, and read to its end before anything is"
        " taken of it. A play that is in your history already, heard here or from another file, is"
        " not doubled: so a file can be imported again. What Spotify played counts if it was heard"
        " for 4 minutes, or to its end. Nothing is sent, unless `--to` names accounts; what plays"
        " now is sent before it.",
    ),
    "queue": ("Alone it is `queue list`, and takes its options.",),
    "queue list": (
        "The newest first. Without `--state` it is all that is not sent: what is `waiting`,"
        " belongs to another user (`held`), was ignored or not taken (`rejected`), or got too"
        " old for that (`expired`). What is `sent` stays for 30 days; when it was, `explain` tells"
        " for good.",
    ),
    "queue retry": (
        "Without rows it sends all that waits, now instead of at the next try, and tells what came"
        " of it within 20 seconds. A row is sent again whatever was said of it. With `--account`"
        " and without rows it sends what waits for this account, and does not wait for the end.",
    ),
    "queue drop": (
        "It asks before. In a script or a pipe nobody can be asked, so `--yes` is needed there. The"
        " plays stay in the history.",
    ),
    "queue edit": ("Such as a row that Last.fm ignored for a slip in its tags.",),
    "queue export": (
        "The oldest first. `json` and `csv` have all there is of each row; `listens` has a line for"
        " each, as ListenBrainz takes them. The name of FILE says the format by its ending:"
        " `.json`, `.csv`, or `.jsonl` for `listens`.",
        "A FILE that is there stays, unless `--force` is given. A file is written whole or not at"
        " all.",
    ),
    "queue claim": (
        "Plays that were heard while another user was logged in are held for that user. This sends"
        " them to the one who is logged in now, at Last.fm or at the account of `--account`.",
        "`--from` is for an account that has left config.toml: what waits for it is sent to another"
        " one of the same service.",
    ),
    "love": (
        "Without a name it is what plays now, or was paused: good for a key. With `--toggle` the"
        " same key takes it back, if it is loved already. Where there is no network, or no login,"
        " the request waits.",
    ),
    "unlove": ("As `love`. The last request about a track wins.",),
    "loved": ("Alone it is `loved list`, and takes its options.",),
    "loved list": (
        "By artist, what is loved at any account. It knows what `loved import` saw last.",
    ),
    "loved import": (
        "With ACCOUNT it reads what is loved there, such as at ListenBrainz: the library knows of"
        " each track who loves it.",
        "The library is what you heard, and what lies in your music folders. A long list takes"
        " minutes; the daemon goes on where this is ended early, and a second one joins it.",
    ),
    "loved export": (
        "`m3u8` is a playlist of those of which the library has a file. The name of FILE says the"
        " format by its ending: `.m3u8`, `.json` or `.csv`.",
        "A FILE that is there stays, unless `--force` is given. A file is written whole or not at"
        " all.",
    ),
    "loved unmatched": ("The newest love first; 200 at most.",),
    "library": (),
    "library scan": (
        "The folders are `[library] folders` in `config.toml`. What is gone is forgotten, but for"
        " the files of a folder that is empty: it may be a drive that is not mounted. Hidden"
        " folders are left out. It needs the Python package mutagen; if that is"
        " missing, the answer says how to add it.",
    ),
    "library forget": (
        "For a folder that is empty for good. A scan keeps its files, because it may be a drive"
        " that is not mounted.",
    ),
    "players": (
        "A player that is not in the list does not speak MPRIS, or is not running. The rule is the"
        " one of `[players]` in `config.toml` that decides.",
    ),
    "skip": (
        "PLAYER is its name as `players` lists it, or its program: `mpv` is `mpv.instance7` too."
        " Of several that play it asks which one is meant; in a script name one, or all with"
        " `--all`. The play goes to the history as `skipped`. The next track counts again.",
        "`--undo` takes it back as long as the play goes on: it counts as if it had never been"
        " skipped. A play that has ended stays skipped.",
    ),
    "pause": (
        "Meanwhile plays go to the history as `paused`. It survives a restart of the daemon.",
    ),
    "resume": ("Whether scrobbling is on is another thing: `settings enabled`.",),
    "test-filter": (
        "The rules are those of `[scrobble]` and `[filters]` in `config.toml`: whether the track"
        " would count, and after how many seconds, or which rule is against it.",
    ),
    "settings": (
        "`enabled` (on or off) and `scrobble_threshold` (25 to 100 per cent) can be changed; they"
        " are kept, and win over `config.toml`. The others only tell.",
    ),
    "reload": ("Where it is wrong, nothing is changed, and the answer says what to mend.",),
    "service": (),
    "service install": (
        "Writes the systemd unit, the D-Bus service file and what gives notifications an icon, for"
        " the Python environment that it runs in, be it of pip, pipx or uv; a package has its own"
        " files. Then it starts the service. Run it again after an update. What you have changed in"
        " a file stays, unless you say `--force`; so does the service of another scrobblerd."
        " Without systemd a call over D-Bus starts scrobblerd.",
    ),
    "service remove": (
        "Stops it, and removes exactly what `service install` wrote. Before you remove scrobblerd"
        " itself, run this.",
    ),
    "service status": (
        "How it was installed, the unit and whether it starts at every login, whether it runs and"
        " in which version, the D-Bus file, and what helps. It starts nothing; it ends with"
        " status 3 if scrobblerd does not run.",
    ),
    "doctor": (
        "Every check, and a remedy where something is wrong; then it ends with status 1. Other"
        " accounts than Last.fm's are `accounts.NAME`.",
    ),
    "record": (
        "What the players say on the bus, without the paths of files: a trace that `scrobblerd"
        " replay` reads. It needs no daemon.",
        "A FILE that is there stays, unless `--force` is given.",
    ),
    "completion": (
        "For a shell that does not find the one that is installed, or another version of it.",
    ),
    "help": ("The same as COMMAND `--help`.",),
}
"""What is told of each command."""

FIELDS: Mapping[str, str] = {
    "artist": "the artist",
    "title": "the title",
    "album": "the album",
    "player": "the player's bus name without `org.mpris.MediaPlayer2.`",
    "status": "`Playing`, `Paused` or `Stopped`",
    "verdict": "`listening` = not decided yet, `counted`, or why it does not count",
    "loved": "♥ if the track is loved at any account, as far as the library knows",
    "heard": "how much of it was heard, such as 1:02",
    "needed": "how much of it must be heard to count",
    "left": "how much is still to be heard until it counts",
    "length": "how long it is; 0:00 = unknown",
    "position": "where the player is in it, asked of the player; empty if it does not say",
    "percent": "how much of what is needed was heard, 0 to 100",
}
"""What `now --format` may name."""

SYNTAX = (
    ("{title}", "a field"),
    ("{trunc(title, 30)}", "a function of a field, of a text in quotes, or of another function"),
    ('{trunc(artist + " – " + title, 40)}', "`+` joins texts"),
    ("{if album} ({album}){end}", "what is shown only if a field is there, and is not 0"),
    ("{if loved}♥{else}♡{end}", "either of two"),
    ("{if not loved}♡{end}", "what is shown only if a field is not there"),
    (
        '{if status == "Paused"}⏸{end}',
        "what is shown only if two are the same; `!=`: if they are not. Upper and lower case are"
        " the same",
    ),
    ("{{}}", "braces"),
)
"""What may stand in a template."""

FUNCTIONS = tuple((function.call, function.what) for function in template.FUNCTIONS.values())
"""The functions of a template."""

MOMENTS = (
    ("30d, 2h, 1w", "so long ago"),
    ("today, yesterday, monday", "that day; of a weekday, the last there was"),
    ("this-week, last-week", "a week from Monday on; `-month` and `-year` likewise"),
    ("2026, 2026-09, 2026-09-21", "that year, month or day"),
    ("2026-09-21 14:00", "a moment, in quotes; seconds and a time zone (ISO 8601) are taken too"),
    ("all", "since ever"),
)
"""What WHEN may be; local time."""

DURATIONS = (
    ("90, 90s", "seconds"),
    ("30m, 30min", "minutes"),
    ("2h, 1h30m", "hours"),
    ("2d, 1w", "days, weeks"),
)
"""What DURATION may be."""

STATUSES = (
    (0, "All went well. Ctrl-C ends `watch` (as `q` does), `now --follow` and `record`."),
    (
        1,
        "It failed, or was refused; the line on standard error says why. `doctor`: something is"
        " wrong. `queue retry`: something could not be sent.",
    ),
    (2, "The command line is wrong."),
    (3, "The service is not running and can't be started, or there is no session bus."),
    (4, "Nobody is logged in, or there is no API key, and the command needs it."),
    (130, "Ctrl-C ended a command that ends by itself."),
    (143, "SIGTERM ended it."),
)

ENVIRONMENT = (
    ("DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR", "where the session bus is"),
    ("NO_COLOR", "not empty: no colours. In a pipe there are none anyway"),
    ("TERM", "`dumb`: no colours, and no screen that changes"),
    (
        "XDG_CONFIG_HOME",
        "instead of `~/.config`: where `login` keeps the API key, and `service` the unit",
    ),
    ("XDG_DATA_HOME", "instead of `~/.local/share`: where `service` puts the D-Bus file"),
    ("XDG_DATA_DIRS", "where `service status` looks for D-Bus files of packages"),
    ("SUDO_USER", "set by sudo, under which `service` does nothing"),
    (
        "DISPLAY, WAYLAND_DISPLAY, BROWSER",
        "where one of them is set, `login` opens a browser (with xdg-open); one that needs a"
        " terminal is none",
    ),
    (
        "SSH_CONNECTION, SSH_TTY",
        "where one of them is set, `login` opens a browser only if one with a window is installed",
    ),
)
"""Each variable, and what it does."""

EXAMPLES = (
    ("Log in on a machine without a screen:", "scrobblerctl login --no-browser"),
    ("Why was the last track not scrobbled?", "scrobblerctl explain"),
    ("All plays since a day, for jq:", "scrobblerctl history --since 2026-09-21 --json"),
    ("A line for a status bar:", "scrobblerctl now --follow --format '{title} {heard}/{length}'"),
    ("Love what plays, from a key:", "scrobblerctl love"),
    ("Nothing for the next two hours:", "scrobblerctl pause 2h"),
    ("Mend what Last.fm ignored:", "scrobblerctl queue edit 17 --artist 'Mira Holt'"),
    ("A page about the year:", "scrobblerctl stats --since 2026-01-01 --html year.html"),
    ("All that was heard, for Maloja:", "scrobblerctl export -o .scrobbler.log"),
)
"""What somebody may want, and the line for it."""


NAMES = ("scrobblerd", "json", "m3u8", "bash")
"""Words with which a sentence may begin, and which stay as they are."""


def explained(command: Command) -> list[Option]:
    """The options that a command explains: not those of all commands, nor those of the action that
    it is where none is named."""
    if any(action.options == command.options for action in command.actions):
        return []
    return [option for option in command.options if not option.ends]


def sentence(words: str) -> str:
    """A help text as a sentence."""
    first = words.partition(" ")[0].rstrip(",")
    whole = words if first in NAMES or first[0] == "`" else words[0].upper() + words[1:]
    return whole if whole.rstrip("`")[-1] in ".?" else f"{whole}."
