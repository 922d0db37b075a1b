"""What commands of scrobblerctl answer with `--json`: names and types, mostly those of D-Bus, told
by the docstrings of the interface.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tools import members

TYPES = {
    "s": "text",
    "b": "true or false",
    **dict.fromkeys("uxi", "whole number"),
    "d": "number",
    "as": "list of texts",
}
"""What JSON makes of the types of the wire."""

Field = tuple[str, str, str]
"""Names, such as "artist, title", their type, and what they mean."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers; `form` says in words what is around the fields."""

    form: str
    fields: tuple[Field, ...]


COMMANDS = {
    "`Explain`": "`explain`",
    "`GetHistory`": "`history`",
    "`RetryItem`, `DropItem` and `EditItem`": "`queue retry`, `drop` and `edit`",
    "`ClaimQueue`": "`queue claim`",
    "`Resume`": "`resume`",
    "`GetUnmatchedLoved`": "`loved unmatched`",
    "`GetQueueStatus`": "`status`",
    "`keys`, `login`": "`bus`, `name`, `version`, `keys`, `login`",
}
"""What the docstrings say, in terms of commands."""


def _wired(member: str, *without: str, **instead: str) -> tuple[Field, ...]:
    """What a member of D-Bus answers; `without` some names, with other meanings `instead`."""
    taken = {
        argument.name
        for method in members.SHOWN.methods
        if method.name == member
        for argument in method.in_args
    }
    fields: list[Field] = []
    for block in members.words_of(member).blocks:
        if (
            isinstance(block, str)
            or {name for names, _ in block for name in names.split(", ")} <= taken
        ):
            continue
        for names, meaning in block:
            each = [name for name in names.split(", ") if name not in without]
            if each:
                kind = TYPES[members.entry_types(member)[each[0]]]
                fields.append((", ".join(each), kind, instead.get(names, _said(meaning))))
    return tuple(fields)


def _said(meaning: str) -> str:
    for theirs, ours in COMMANDS.items():
        meaning = meaning.replace(theirs, ours)
    return meaning


COUNTED: Field = ("counted, heard", "numbers", "plays that counted, and seconds heard")

ANSWERS: Mapping[str, Answer] = {
    "status": Answer(
        "An object. With several accounts it has `accounts`, too: what `accounts` answers. With"
        " `--account` it is what `accounts` answers of that one.",
        (
            ("version", "text", "the version of scrobblerd that runs"),
            ("status", "text", "what it is doing, in one line for people"),
            ("settings", "object", "what `settings` answers"),
            ("players", "list", "what each player is at, see below"),
            ("queue", "object", "how the queue stands, see below"),
            ("last_import", "object", "what `loved import` answered last; {} before the first"),
            (
                "to_do",
                "list",
                "plays that go nowhere by themselves: their `state` (`held` or `rejected`), how"
                " many `plays`, at which `accounts`, and the `command` that helps",
            ),
        ),
    ),
    "a player, in other answers": Answer(
        "An object.",
        _wired("Current", "as_of", heard="seconds of it that were heard, as of now"),
    ),
    "the queue, in other answers": Answer("An object.", _wired("GetQueueStatus")),
    "watch": Answer(
        "A document a line, at every change: what `status` answers; null while scrobblerd is not"
        " running.",
        (),
    ),
    "now": Answer(
        "An object; with `--follow` one a line, at every change.",
        (
            ("text", "text", "the line by the template"),
            ("class, alt", "text", "`playing`, `paused`, `stopped`, or `nothing`"),
            ("percentage", "whole number", "how much of what is needed was heard, 0 to 100"),
            ("tooltip", "text", "title (with ♥ if it is loved), artist and album, a line each"),
            ("playing", "object", "the player, see above; null where there is none"),
        ),
    ),
    "history": Answer(
        "A list, the newest play first. With several accounts each has `sent_to`, `waiting_for` and"
        " `refused_by`, too: lists of their names. Of each:",
        (
            *_wired("GetHistory", "outcomes", "accounts", "sent_to", "waiting_for", "refused_by"),
            (
                "result",
                "object",
                "what became of it at each account, by its name: `sent`, `taken`, `waiting`,"
                " `held`, `ignored`, `rejected`, `expired`, `dropped` or `left out`",
            ),
        ),
    ),
    "explain": Answer(
        "An object. With several accounts it has `accounts`, too: what became of the play at each"
        " but that of Last.fm, by its name.",
        (
            ("play", "whole number", "the number of the play; 0 = there is none yet"),
            ("words", "text", "what became of it; empty where there is none yet"),
            (
                "playing",
                "list",
                "without a number: the players that have a track, see above; else empty",
            ),
        ),
    ),
    "stats": Answer(
        "An object. Artists, albums, tracks and players are the first 50 by plays that counted.",
        (
            ("since", "whole number", "where the figures begin, UNIX seconds; 0 = ever"),
            ("until", "whole number", "where they end, UNIX seconds; 0 = now"),
            ("plays", "whole number", "how many there were"),
            COUNTED,
            (
                "before",
                "object or null",
                "`plays`, `counted` and `heard` of the time before, which is as long; null = since"
                " ever",
            ),
            ("verdicts", "list", "of each `verdict`, how many `plays` had it"),
            ("days", "list", "of each `day` (local time; none is left out): `counted`, `heard`"),
            ("artists", "list", "of each `artist`: `counted`, `heard`"),
            ("tracks", "list", "of each `title` and `artist`: `counted`, `heard`"),
            ("players", "list", "of each program (`player`): `counted`, `heard`"),
            ("albums", "list", "of each `album` and `artist`: `counted`, `heard`"),
            ("hours", "list", "of each `hour` of the day, 0 to 23: `counted`, `heard`"),
        ),
    ),
    "queue list": Answer("A list, the newest row first. Of each:", _wired("ListQueue")),
    "loved list": Answer(
        "A list. With several accounts each track has `accounts`, too: the names of those at which"
        " it is loved. Of each track:",
        (
            ("artist, title, album, album_artist", "text", "its tags, as far as they are known"),
            ("duration", "number", "its length in seconds; null = unknown"),
            ("mbid", "text", "its MusicBrainz id; empty = unknown"),
            ("url", "text", "where it lies; empty = the library has no file of it"),
            ("loved_at", "whole number", "when you loved it, UNIX seconds; 0 = unknown"),
        ),
    ),
    "loved import": Answer("An object.", _wired("ImportLovedTracks")),
    "loved unmatched": Answer(
        "A list, the newest love first. Of each track:", _wired("GetUnmatchedLoved")
    ),
    "library scan": Answer("An object.", _wired("ScanLibrary")),
    "import": Answer(
        "An object.",
        (
            ("plays", "whole number", "how many plays the files have"),
            ("added, known", "whole number", "how many are new, or were there already"),
            ("queued", "whole number", "how many wait for accounts now"),
            (
                "left_out",
                "list",
                "of each entry that is left out: `file`, `part` (of an archive), `line` or"
                " `entry` (its number), `reason`, and `account`, if only that does not take it",
            ),
        ),
    ),
    "players": Answer("A list. Of each player:", _wired("ListPlayers")),
    "test-filter": Answer(
        "An object.",
        (
            ("counts", "true or false", "whether it would count"),
            ("words", "text", "after how many seconds, or why not"),
            (
                "changes",
                "list",
                "what the rules made of its tags, in turn: the tag, before, after, and the rule",
            ),
        ),
    ),
    "settings": Answer(
        "An object; of one setting, where one is named or changed.", _wired("GetSettings")
    ),
    "accounts": Answer("A list, that of Last.fm first. Of each:", _wired("ListAccounts")),
    "service status": Answer(
        "An object. Paths are empty where there is no such file.",
        (
            ("installed_by", "text", "such as `pipx`, `uv tool`, `pip` or `make install`"),
            ("prefix", "text", "the folder of its Python environment"),
            ("version", "text", "the version of this command"),
            ("unit", "text", "the systemd unit"),
            ("unit_by", "text", "`scrobblerctl`, `package` or `you`: who wrote it last"),
            ("enabled", "true or false", "whether it starts at every login"),
            ("state", "text", "what systemd says, such as `active`; empty = nothing"),
            ("running_version", "text", "the version that runs; empty = none does"),
            ("bus_file", "text", "the D-Bus service file"),
            ("startable", "true or false", "whether a call over D-Bus starts it"),
            ("remedies", "list", "what helps, in words"),
        ),
    ),
    "doctor": Answer("A list. Of each check:", _wired("Diagnose")),
}
"""What each command answers, and what stands in several answers."""
