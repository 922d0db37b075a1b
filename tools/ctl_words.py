"""What is told of scrobblerctl beyond its help texts, for its manual page and docs/scrobblerctl.md.

What stands in backticks is a word of a command line, a file or the wire.
"""

from collections.abc import Mapping

from scrobblerd.ctl.template import template
from tools.ctl_tree import Command, Option

TOLD: Mapping[str, tuple[str, ...]] = {
    "login": (
        "If there is no API key yet, it asks for one and says where to get it, and keeps it in"
        " `lastfm.toml`. Then it opens the page on which you allow access, and waits until you"
        " have. Without a browser, or over SSH, it shows the address and, on a terminal, a QR"
        " code for your phone. Ctrl-C gives up: an earlier login or key stays as it was, and a"
        " first API key is kept. If the key comes from the environment or from systemd"
        " credentials, it does not ask for one.",
        "In a script, key and secret are read from standard input, one per line.",
        "With ACCOUNT it logs in to an account of `[accounts.NAME]` in `config.toml`: on a page,"
        " as for Last.fm, or with a token that a page of the service shows. If you have only one"
        " account at a service, you can write the name of the service instead, such as"
        " `listenbrainz`. It asks for the token without showing it, or reads it from the file of"
        " `--token-file` or a line of standard input; the service checks it, and you see which"
        " address answered. If the token is in `token_file`, the environment or systemd"
        " credentials, it does not ask.",
        "If there is no such account, it shows the lines to paste into `config.toml`, with the"
        " address of `--url`, and what to do next. It never writes to the file itself.",
    ),
    "logout": (
        "This also switches the account off, until the next login. What you play meanwhile goes"
        " to the other accounts, and `backfill` can send it here later. If no other account is on,"
        " it only goes into the history, as `off`, and never counts. Plays that wait are kept, and"
        " are sent when the same user logs in again.",
    ),
    "accounts": (
        "Last.fm comes first. You see the service, the user, whether you are logged in, what"
        " waits, when a play was last sent, and why plays wait. To add an account, run"
        " `scrobblerctl login` with a new name: it shows what to write into `config.toml`.",
    ),
    "enable": (
        "This wins over `enabled` in `config.toml`. It does not end a pause: `resume` does.",
    ),
    "disable": (
        "You stay logged in, and plays go to the other accounts as before. Plays that wait for"
        " the account are kept until you enable it again. At Last.fm only new plays are stopped:"
        " what waits is still sent.",
    ),
    "status": (
        "You see the version, the account, each player with its track and how much of it was"
        " heard, what waits, and how much of the daily limits is used. With several accounts"
        " there is a line for each. If plays are held or were rejected, it names the command that"
        " helps.",
    ),
    "watch": (
        "On a terminal it is a dashboard: players with bars of what was heard, accounts and"
        " queue, and a line for each play and what became of it. The keys are shown at the"
        " bottom: `q` quits, `l` loves what is playing, `s` skips it, `p` pauses scrobbling; press"
        " one of these three again to undo it. `r` sends what waits, `e` explains the last play,"
        " `?` shows help. The arrow keys choose another player for `l` and `s`, or another play for"
        " `l` and `e`.",
        "In a pipe, or if the terminal can't move its cursor, it prints a line for each scrobble"
        " and whenever something else plays. It keeps running while the daemon restarts, and does"
        " not start the daemon.",
    ),
    "now": (
        "If several players have a track, it shows the one that began last; a player that plays"
        " comes before one that is paused. If nothing plays, the line is empty; in private"
        " mode it is `private`. With `--follow` it keeps running while the daemon restarts, and"
        " does not start the daemon; a line that shows a running time is printed every second,"
        " other lines when something changes.",
        "`--json` prints what waybar reads: `text` is the line that the template makes."
        " `--markup` is for bars that read Pango markup: it escapes the fields of a template in"
        " the line, or in text and tooltip of the JSON. The template itself is not escaped, so it"
        " can have markup of its own.",
    ),
    "history": (
        "The newest play comes first, with what became of it: it was `sent`, is `waiting` to be"
        " sent, is `held` because it belongs to another user, was `ignored` or `rejected` by the"
        " service, or did not count, and why. With several accounts you see this for each of"
        " them. `taken` means that the play was sent, but the service may still leave it out."
        " `explain` takes the number of a play.",
        "`--account` lists the plays that were sent to this account or will be. `--only` picks"
        " those that were `sent`, are `waiting` or were `refused`, there or, without `--account`,"
        " at any account; `missing` are plays that counted, but were never meant for the account,"
        " or for any, and those that `verify` has not found there.",
        "`--artist` and `--title` find plays with that text in them; upper or lower case and"
        " accents do not matter: `bjork` finds Björk."
        " `--player` takes the name of a player or of its program. `--verdict` takes the words of"
        " `--json`: `disabled` is shown as `off` or `paused`, and `unwanted` as `filtered`,"
        " `skipped` or `only announced`. A day, month or year after"
        " `--until` is included: `--since 2026-09 --until 2026-09` is that whole month.",
    ),
    "history edit": (
        "It corrects a play everywhere at once: in your history, in the library, and wherever it"
        " has not been sent yet. What a service has is changed if it lets programs delete a play:"
        " then the old one is deleted, and the new one is sent after that. At Last.fm and most"
        " others only you can do it: you get a link to the page. `--json` has a `state` for each"
        " account.",
        "`--album ''` takes the album away. The time of a play can't be changed. An import of a"
        " file in which the play has its old tags does not bring them back.",
    ),
    "history delete": (
        "It deletes plays everywhere: from your history, from the library, and from what waits to"
        " be sent; also at each service that lets programs do it. For the others you get a link to"
        " the page. An import of a file that has the play does not bring it back, and its number"
        " is not used again.",
        "It asks first. A script or pipe can't be asked, so it needs `--yes`.",
    ),
    "scrobble": (
        "For what no player reports: a record, a concert, the radio. The play goes into your"
        " history as counted, and to every account that is switched on. Without `--at` it began"
        " just now. What a player plays now is not added: it counts by itself when enough of it was"
        " heard.",
        "WHEN is a moment here: `20:15` (today), `yesterday 20:15`, `2026-09-21 20:15`, or `10m`"
        " (ago). Last.fm takes nothing that is older than two weeks; such a play is only added to"
        " your history, and the exit status is 1. For all tracks of a record, `docs/recipes.md` has"
        " an `import`.",
    ),
    "explain": (
        "It says in a sentence or two what was heard and what Last.fm answered; then comes a"
        " line for each other account. Without a number it explains the last play and, above it,"
        " what is playing and what that still needs.",
    ),
    "stats": (
        "Days, hours of the day, artists, albums, tracks, players and verdicts, compared with"
        " the period before, which is just as long. PERIOD is any WHEN with a length, such as"
        " `last-week` or `2025-11`.",
        "`--html` writes one file that needs nothing else. An existing FILE is kept, unless you"
        " give `--force`.",
    ),
    "export": (
        "It writes the plays that counted, the oldest first. `jsonl` has everything that is"
        " known of a play, and so has `csv`, whose first columns are those of the usual Last.fm"
        " export. `listenbrainz` has one listen per line, as ListenBrainz exports them;"
        " call it `listens.jsonl` and pack it with zip to upload it there."
        " `scrobbler-log` is the format of Rockbox. Maloja tells formats apart by file name: call"
        " a log `.scrobbler.log`, and a table something like `recenttracks-2026.csv`.",
    ),
    "import": (
        "It reads `.scrobbler.log` files (of Rockbox and others), exports of ListenBrainz,"
        " Spotify, Maloja, Koito and Pano Scrobbler, tables of Libre.fm, what exporters make of"
        " Last.fm (lastfm.ghan.nl, lastfm-to-csv, lastfmstats.com), and what `export` writes. It"
        " finds out the format by itself, and reads the whole file before it adds anything. Plays"
        " that are already in your history are not added again, so you can import a file twice;"
        " and what you have deleted from the history stays away. A play from Spotify counts if"
        " it was heard to its end, or for `maximum_seconds` of `config.toml` (4 minutes). Nothing"
        " is sent, unless you name accounts with `--to`; even then what you play now is sent"
        " first.",
        "A player without a clock writes no times. With `--clockless-until`, its plays count as"
        " heard one after the other, the last one ending at the time you give. Import such a log"
        " only once, and delete it then: with another time, or with more plays at its end, the same"
        " plays have other times, and would be there twice.",
        "A `.scrobbler.log` with the line `#TZ/UTC` needs no zone. In any other, such as one of"
        " Rockbox with `#TZ/UNKNOWN`, or one that names no zone at all, times are what the clock of"
        " the player showed: it is refused until `--timezone` says where that was. Tables whose"
        " times name no zone are taken to be in UTC, unless `--timezone` says otherwise. The lines"
        " of a log that are marked `L` are plays; those marked `S` were skipped and are left out,"
        " whatever your rules are, for they do not say how much was heard.",
        "The report says when the first and the last play of the files began, in your local time."
        " If that is wrong, so was the clock of the player: `--shift -1h` takes all plays to have"
        " begun an hour earlier than the files say, `--shift 1h30m` later. It moves moments: that"
        " clocks change in spring and autumn does not matter. Times that `--clockless-until` gives"
        " are not moved. Find the right ones with `--dry-run`, and import then: plays that were"
        " taken in at wrong times stay, and with other times the same file has other plays.",
        "If a file ends in the middle, as a copy that was broken off, what is whole is taken in,"
        " and the report says so. Import the file again when you have all of it.",
    ),
    "backfill": (
        "It sends plays of your history to an account that never had them, such as a new one: those"
        " that counted, and those that you imported. First it reads which of them the service has"
        " already, and leaves them out. What you play now goes first. It goes on by itself, also"
        " after a restart; `status --account` shows how much is left. A service that other programs"
        " fill too, or that fetches your plays from elsewhere, may have them twice then: see first"
        " with `--dry-run`.",
        "`--cancel` ends it, and takes back the plays that wait to be sent; another backfill can"
        " send them later. What was sent stays there. Plays that were tried and may have arrived"
        " are sent again.",
    ),
    "verify": (
        "It reads what the service of an account shows, and compares it with what was sent there."
        " A play is there if a listen has its names, and began within two seconds; it can also be"
        " there under other names, which the service has corrected. What was sent in the last 10"
        " minutes is left out: it may not be shown yet.",
        "`--repair` sends missing plays again, exactly as they were sent. Services recognise that,"
        " so a play that was only hidden is not there twice. `--delete-doubled` deletes second"
        " listens of a play, where a service lets programs do that.",
        "The exit status is 1 if a play is missing, unless the service has just taken it again.",
    ),
    "queue": ("Without an ACTION it is `queue list`, and takes the same options.",),
    "queue list": (
        "The newest row comes first. Without `--state` it lists everything that is not sent:"
        " plays that are `waiting`, belong to another user (`held`), were ignored or refused"
        " (`rejected`; only those that were ignored: `ignored`), or got too old to be sent"
        " (`expired`). Sent rows (`sent`) are kept for 30"
        " days; `explain` still says later when a play was sent.",
    ),
    "queue retry": (
        "Without rows it sends everything that waits now, instead of at the next try, and says"
        " what came of it within 20 seconds. A row that you name is sent again, even if it was"
        " rejected. With `--account` and no rows it sends what waits for this account, and does"
        " not wait for the result.",
    ),
    "queue drop": (
        "It asks first. A script or pipe can't be asked, so it needs `--yes`. The plays stay in"
        " the history.",
    ),
    "queue edit": (
        "For example, to correct a typing error in a row that Last.fm ignored, or that waits. It"
        " changes this row only; `history edit` corrects a play everywhere.",
    ),
    "queue export": (
        "The oldest row comes first. `json` and `csv` have everything about each row; `listens`"
        " has one line for each, as ListenBrainz takes them. The ending of FILE chooses the"
        " format: `.json`, `.csv`, or `.jsonl` for `listens`.",
        "An existing FILE is kept, unless you give `--force`. If something goes wrong, no"
        " half-written file is left.",
    ),
    "queue claim": (
        "Plays that were heard while another user was logged in are held for that user. This"
        " sends them as the user who is logged in now, at Last.fm or at the account of"
        " `--account`.",
        "`--from` is for an account that is no longer in config.toml: what waits for it is sent"
        " to another account of the same service.",
    ),
    "love": (
        "Without a name it loves what is playing, or is paused: good for a key. With `--toggle`"
        " the same key also unloves it. Without a network or a login the request waits.",
    ),
    "unlove": ("It works like `love`. The last request about a track wins.",),
    "loved": ("Without an ACTION it is `loved list`, and takes the same options.",),
    "loved list": (
        "Tracks that are loved at any account, by artist. To list what you have loved elsewhere,"
        " run `loved import` first.",
    ),
    "loved import": (
        "With ACCOUNT it reads what is loved there, such as at ListenBrainz. The library"
        " remembers at which account each track is loved.",
        "The library has what you heard, and what is in your music folders. A long list takes"
        " minutes. If you end the command early, the daemon goes on; a second call joins the"
        " first.",
    ),
    "loved export": (
        "`m3u8` is a playlist of the tracks of which you have a file. The ending of FILE chooses"
        " the format: `.m3u8`, `.json` or `.csv`.",
        "An existing FILE is kept, unless you give `--force`. If something goes wrong, no"
        " half-written file is left.",
    ),
    "loved unmatched": ("The newest love comes first; it lists 200 at most.",),
    "library": (),
    "library scan": (
        "The folders are those of `[library] folders` in `config.toml`. Files that are gone are"
        " forgotten, except if their whole folder is empty: it may be a drive that is not"
        " mounted. Hidden folders are left out. It needs the Python package mutagen; if that is"
        " missing, the message says how to add it.",
    ),
    "library forget": (
        "For a folder that will stay empty. A scan keeps its files, because it may be a drive"
        " that is not mounted.",
    ),
    "players": (
        "A player that is not in the list does not speak MPRIS, or is not running. RULE is the"
        " rule that decides: one under `[players]` in `config.toml`, or your own `--ignore`.",
    ),
    "skip": (
        "PLAYER is a name that `players` lists, or the program: `mpv` also means"
        " `mpv.instance7`. If several are playing, it skips the only one whose play may still"
        " count. If there are more of these, it asks which one you mean, and in a script or for a"
        " key it skips none: name one, or use `--all`. The play goes into the history as"
        " `skipped`. The next track counts again.",
        "`--undo` works while the track still plays: it counts as if you had never skipped it. A"
        " play that has ended stays skipped.",
    ),
    "pause": (
        "During a pause, plays go into the history as `paused` (their verdict is `disabled`), and"
        " what begins is not announced. A pause outlasts a restart of the daemon.",
        "`--private` begins private mode: what you play meanwhile is not recorded at all, sent,"
        " announced or shown, and `scrobblerd record` does not run. A play that has counted by"
        " then ends; one that has not is forgotten. The track that is playing when private mode"
        " ends is not recorded; the next one is. In private mode, `pause` only moves its end.",
    ),
    "resume": (
        "It ends private mode too. It does not switch scrobbling on if it is off: `settings"
        " enabled on` does.",
    ),
    "test-filter": (
        "It says whether a track would count by the rules of `[scrobble]` and `[filters]` in"
        " `config.toml`, and after how many seconds, or which rule is against it.",
    ),
    "settings": (
        "You can change `enabled` (on or off) and `scrobble_threshold` (25 to 100 per cent)."
        " They are kept, and win over `config.toml`. The others are only shown.",
    ),
    "reload": (
        "If there is a mistake in it, the old configuration stays in force, and the message says"
        " what to correct.",
    ),
    "service": (),
    "service install": (
        "It writes the systemd unit (`~/.config/systemd/user/scrobblerd.service`), the D-Bus"
        " service file, and the files that give notifications a name and an icon. They fit the"
        " Python environment that the command runs in, whether it was made by pip, pipx or uv; a"
        " package brings its own files. Then it starts the service. Run it again after an update"
        " (`docs/troubleshooting.md` says how to update). Files that you have changed are kept,"
        " unless you give `--force`, and so is the service of another scrobblerd. Without systemd,"
        " the first command that you run starts scrobblerd over D-Bus.",
    ),
    "service remove": (
        "It stops the service, and removes exactly what `service install` wrote. Run it before"
        " you uninstall scrobblerd itself. `docs/troubleshooting.md` says how to remove the rest.",
    ),
    "service status": (
        "It shows how scrobblerd was installed, the unit and whether it starts at every login,"
        " whether it runs and in which version, the D-Bus file, and what to do if something is"
        " wrong. It starts nothing; if scrobblerd does not run, the exit status is 3.",
    ),
    "doctor": (
        "It runs every check, and says what to do if something is wrong; then the exit status is"
        " 1. Checks of accounts other than Last.fm are called `accounts.NAME`.",
    ),
    "record": (
        "It writes down what the players send over the bus, without the paths of files. `scrobblerd"
        " replay` reads the recording. The daemon need not run.",
        "An existing FILE is kept, unless you give `--force`.",
    ),
    "completion": (
        "For a shell that does not find the installed script, or needs that of another version.",
    ),
    "help": ("The same as `--help` after COMMAND.",),
}
"""What is told of each command."""

FIELDS: Mapping[str, str] = {
    "artist": "the artist",
    "title": "the title",
    "album": "the album",
    "player": "the player's bus name without `org.mpris.MediaPlayer2.`",
    "status": "`Playing`, `Paused` or `Stopped`",
    "verdict": "`listening` = not decided yet, `counted`, or why it does not count",
    "loved": "♥ if the track is loved at any account. Loves from elsewhere are known after"
    " `loved import`",
    "heard": "how much of it you have heard, such as 1:02",
    "needed": "how much of it must be heard to count",
    "left": "how much is still to be heard until it counts",
    "length": "its length; 0:00 = unknown",
    "position": "where the player is in the track; empty if the player does not say",
    "percent": "how much of what is needed was heard, 0 to 100",
}
"""What `now --format` may name."""

SYNTAX = (
    ("{title}", "a field"),
    ("{trunc(title, 30)}", "a function of a field, of a text in quotes, or of another function"),
    ('{trunc(artist + " – " + title, 40)}', "`+` joins texts"),
    ("{if album} ({album}){end}", "shown only if the field is not empty, and not 0"),
    ("{if loved}♥{else}♡{end}", "one or the other"),
    ("{if not loved}♡{end}", "shown only if the field is empty, or 0"),
    (
        '{if status == "Paused"}⏸{end}',
        "shown only if both are equal; `!=`: if they differ. Upper or lower case makes no"
        " difference",
    ),
    ("{{}}", "braces"),
)
"""What may stand in a template."""

FUNCTIONS = tuple((function.call, function.what) for function in template.FUNCTIONS.values())
"""The functions of a template."""

MOMENTS = (
    ("30d, 2h, 1w", "that long ago"),
    ("today, yesterday, monday", "that day; for a weekday, the last one"),
    ("this-week, last-week", "a week from Monday; the same with `-month` and `-year`"),
    ("2026, 2026-09, 2026-09-21", "that year, month or day"),
    ("2026-09-21 14:00", "a moment, in quotes; seconds and a time zone (ISO 8601) are taken too"),
    ("20:15, yesterday 20:15", "a time of day: today, or of that day, in quotes"),
    ("all", "from the beginning"),
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
        "It failed or was refused; standard error says why. `doctor`: something is wrong. `queue"
        " retry`: something could not be sent.",
    ),
    (2, "The command line is wrong."),
    (3, "The service is not running and can't be started, or there is no session bus."),
    (4, "Nobody is logged in, or there is no API key, and the command needs it."),
    (130, "Ctrl-C ended a command that ends by itself."),
    (143, "SIGTERM ended it."),
)

ENVIRONMENT = (
    ("DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR", "where the session bus is"),
    ("NO_COLOR", "if it is not empty, there are no colours. In a pipe there are none anyway"),
    ("TERM", "`dumb`: no colours, and no screen that changes"),
    (
        "XDG_CONFIG_HOME",
        "instead of `~/.config`: where `login` keeps the API key, and `service` the unit",
    ),
    ("XDG_DATA_HOME", "instead of `~/.local/share`: where `service` puts the D-Bus file"),
    ("XDG_DATA_DIRS", "where `service status` looks for D-Bus files of packages"),
    ("SUDO_USER", "set by sudo; then `service` does nothing"),
    (
        "DISPLAY, WAYLAND_DISPLAY, BROWSER",
        "if one of them is set, `login` opens a browser (with xdg-open), but none that needs a"
        " terminal",
    ),
    (
        "SSH_CONNECTION, SSH_TTY",
        "if one of them is set, `login` opens a browser only if one with a window is installed",
    ),
)
"""Each variable, and what it does."""

EXAMPLES = (
    ("Log in on a machine without a screen:", "scrobblerctl login --no-browser"),
    ("Why was the last track not scrobbled?", "scrobblerctl explain"),
    ("All plays since a certain day, for jq:", "scrobblerctl history --since 2026-09-21 --json"),
    ("A line for a status bar:", "scrobblerctl now --follow --format '{title} {heard}/{length}'"),
    ("Love what is playing, with a key:", "scrobblerctl love --toggle"),
    ("Scrobble nothing for the next two hours:", "scrobblerctl pause 2h"),
    ("Correct what Last.fm ignored:", "scrobblerctl queue edit 17 --artist 'Mira Holt'"),
    ("A page about the year:", "scrobblerctl stats --since 2026-01-01 --html year.html"),
    ("All plays that counted, for Maloja:", "scrobblerctl export -o .scrobbler.log"),
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
