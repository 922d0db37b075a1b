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

_PLAY_NUMBER: Field = ("play", "whole number", "its number in the history")
_BY_HAND = (
    "`not_possible` (only you can do it there), `maybe_sent` (likewise, if a try has arrived)"
)
_EDITED: Field = (
    "accounts",
    "list",
    "for each `account` that has the play, or is to get it, its `state`: `edited` (it goes out with"
    " the new tags), `sent_again` (likewise, after it was refused), `replacing` (it is deleted"
    f" there, and sent anew), `unchanged` (the service takes both for the same), {_BY_HAND},"
    " `too_old` (likewise: it would not be taken anew) or `gone` (not in config.toml); and the"
    " `page` on which you can do it, empty = none",
)
_DELETED: Field = (
    "accounts",
    "list",
    "for each `account` that has the play, or was to get it, its `state`: `dropped` (it was not"
    f" sent yet), `deleting` (it is deleted there), {_BY_HAND} or `gone` (not in config.toml); and"
    " the `page` on which you can do it, empty = none",
)

ANSWERS: Mapping[str, Answer] = {
    "status": Answer(
        "An object. With several accounts it has `accounts`, too: what `accounts` answers. With"
        " `--account` it is what `accounts` answers of that one.",
        (
            ("version", "text", "the version of scrobblerd that runs"),
            ("status", "text", "what it is doing, in one line for people"),
            ("settings", "object", "what `settings` answers"),
            ("players", "list", "what each player is doing, see below"),
            ("queue", "object", "what is in the queue, see below"),
            ("backfill", "whole number", "how many plays are left of a backfill to Last.fm"),
            ("last_import", "object", "the last answer of `loved import`; {} before the first"),
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
        _wired("Current", "as_of", heard="seconds of it that were heard until now"),
    ),
    "the queue, in other answers": Answer("An object.", _wired("GetQueueStatus")),
    "watch": Answer(
        "One document per line, at every change: the answer of `status`; null while scrobblerd does"
        " not run.",
        (),
    ),
    "now": Answer(
        "An object; with `--follow` one per line, at every change.",
        (
            ("text", "text", "the line that the template makes"),
            ("alt", "text", "`playing`, `paused`, `stopped`, `nothing` or `private`"),
            (
                "class",
                "text or list of texts",
                "the same as `alt`; if the track is loved, a list of that and `loved`",
            ),
            ("percentage", "whole number", "how much of what is needed was heard, 0 to 100"),
            ("tooltip", "text", "title (with ♥ if it is loved), artist and album, one per line"),
            ("playing", "object", "the player, see above; null where there is none"),
        ),
    ),
    "history": Answer(
        "A list, the newest play first. With several accounts each has `sent_to`, `waiting_for` and"
        " `refused_by`, too: lists of their names. Of each:",
        (
            *_wired(
                "GetHistory",
                *("outcomes", "accounts", "corrections", "sent_to", "waiting_for", "refused_by"),
            ),
            (
                "result",
                "object",
                "what became of it at each account, by its name: `sent`, `taken`, `waiting`,"
                " `held`, `ignored`, `rejected`, `expired`, `dropped` or `left out`",
            ),
            (
                "corrections",
                "object",
                "the names under which an account keeps the play if it has corrected them, by its"
                " name: `artist`, `title`, `album`, `album_artist`",
            ),
        ),
    ),
    "history edit": Answer("An object.", (_PLAY_NUMBER, *_wired("EditPlay", "accounts"), _EDITED)),
    "history delete": Answer(
        "A list. Of each play:", (_PLAY_NUMBER, *_wired("DeletePlay", "accounts"), _DELETED)
    ),
    "scrobble": Answer(
        "An object.",
        (
            _PLAY_NUMBER,
            ("is_new", "true or false", "whether it was not in the history before"),
            (
                "accounts",
                "list",
                "each `account`, and the `state` of the play there: `pending`, `held`, `rejected`,"
                " `expired`, `sent`, `left_out`, `dropped` or `too_old`",
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
        "An object. It has at most 50 artists, albums, tracks and players: those with most plays.",
        (
            ("since", "whole number", "start of the period, UNIX seconds; 0 = the beginning"),
            ("until", "whole number", "end of the period, UNIX seconds; 0 = now"),
            ("plays", "whole number", "how many plays there were"),
            COUNTED,
            (
                "before",
                "object",
                "`plays`, `counted` and `heard` of the period before, which is just as long; null ="
                " there is none",
            ),
            ("verdicts", "list", "for each `verdict`, how many `plays` had it"),
            ("days", "list", "for each `day` (local time, without gaps): `counted`, `heard`"),
            ("artists", "list", "for each `artist`: `counted`, `heard`"),
            ("tracks", "list", "for each `title` and `artist`: `counted`, `heard`"),
            ("players", "list", "for each program (`player`): `counted`, `heard`"),
            ("albums", "list", "for each `album` and `artist`: `counted`, `heard`"),
            ("hours", "list", "for each `hour` of the day, 0 to 23: `counted`, `heard`"),
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
            ("url", "text", "where its file is; empty = the library has no file of it"),
            ("loved_at", "whole number", "when you loved it, UNIX seconds; 0 = unknown"),
        ),
    ),
    "loved import": Answer("An object.", _wired("ImportLovedTracks")),
    "loved unmatched": Answer(
        "A list, the newest love first. Of each track:", _wired("GetUnmatchedLoved")
    ),
    "library scan": Answer("An object.", _wired("ScanLibrary")),
    "verify": Answer(
        "A list with an object for each account. If an account can't be verified, it has only"
        " `account` and `error`. If the second listens can't be deleted, it has an `error`, too.",
        (
            ("account", "text", "its name"),
            *_wired(
                "VerifyAccount", "foreign_by", deleted="how many of the doubled ones were deleted"
            ),
            (
                "foreign_by",
                "list",
                'programs that sent listens that are none of them, and how many; "" = the service'
                " does not say",
            ),
            (
                "findings",
                "list",
                "for each finding: `kind` (`missing`, `doubled` or `changed`); `cause`, a code;"
                " `play_id`, its number, 0 = none; `listened_at`, UNIX seconds; `artist`, `track`"
                " and `album` as the service shows them; `sent_artist` and `sent_track`;"
                " `listen_id`, the service's own; `client`, what sent it; `account` and `id`",
            ),
        ),
    ),
    "import": Answer(
        "An object.",
        (
            ("plays", "whole number", "how many plays the files have"),
            ("added, known", "whole number", "how many were new, or already known"),
            ("queued", "whole number", "how many now wait to be sent to accounts"),
            (
                "first, last",
                "whole number",
                "when the first and the last play of the files began, UNIX seconds, after `--shift`"
                " (null = they have none)",
            ),
            (
                "left_out",
                "list",
                "for each entry that was left out: `file`, `part` (of an archive), `line` or"
                " `entry` (its number), `reason`, and `account`, if only that does not take it",
            ),
        ),
    ),
    "backfill": Answer(
        "An object. That of `--cancel` has only `removed`, how many plays were taken back, and"
        " `kept`, how many may have arrived, and are sent again.",
        _wired("Backfill"),
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
                "how the rules changed its tags, in order: the tag, before, after, and the rule",
            ),
        ),
    ),
    "settings": Answer(
        "An object; only one setting if you name or change one.", _wired("GetSettings")
    ),
    "accounts": Answer("A list, Last.fm first. Of each account:", _wired("ListAccounts")),
    "service status": Answer(
        "An object. A path is empty if there is no such file.",
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
            ("remedies", "list", "what to do, in words"),
        ),
    ),
    "doctor": Answer("A list. Of each check:", _wired("Diagnose")),
}
"""What each command answers, and what stands in several answers."""
