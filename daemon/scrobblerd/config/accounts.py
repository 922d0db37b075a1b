"""The tables [accounts.NAME]: what they may hold for each service, and the check.

All services share one list of options; each knows some of them. An option that its service does not
know is an error that names both.
"""

import itertools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from ..core import LASTFM
from ..core.account_rules import AccountRules
from ..core.errors import FixTheFile
from ..core.filters import Filters
from ..core.model import ApiAccess
from ..core.submission import Limits
from .credentials import token_variable
from .filters import compile_filters
from .options import Option, check_is_safe, check_known, check_options
from .schema import API_URL, AUTH_URL, OPTIONS
from .source import AccountConfig

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)

MAX_ACCOUNTS = 16
"""Each has a queue, a login and connections of its own."""


UNLIMITED = Limits(requests_per_day=0, scrobbles_per_day=0)
"""What may be spent in a day is Last.fm's business only."""


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What the configuration must know of a service. `url`: where it is, "" = the user says so;
    `auth_url`: its page of approval, for a login by browser; `options`: what it knows beside
    COMMON. `limits`: what may be spent if the user sets nothing."""

    url: str = ""
    auth_url: str = ""
    options: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=lambda: UNLIMITED)


COMMON = frozenset({"service", "enabled", "players", "not_players", "filters"})
"""What each account has."""

_SERVER = {"url", "insecure_http", "requests_per_second", "requests_per_day", "scrobbles_per_day"}
_AUDIOSCROBBLER = frozenset({*_SERVER, "now_playing", "love"})
_KEY = {"api_key", "api_secret"}
_FILE = frozenset({"path", "format", "send_duration", "mbid"})
_LISTENS = frozenset({*_SERVER, "now_playing", "send_duration", "mbid", "token_file"})

SERVICES: Mapping[str, ServiceOptions] = {
    "lastfm": ServiceOptions(API_URL, AUTH_URL, _AUDIOSCROBBLER | _KEY, Limits()),
    "librefm": ServiceOptions(
        "https://libre.fm/2.0/", "https://libre.fm/api/auth/", _AUDIOSCROBBLER
    ),
    "audioscrobbler": ServiceOptions(options=_AUDIOSCROBBLER | _KEY | {"auth_url"}),
    "listenbrainz": ServiceOptions("https://api.listenbrainz.org", options=_LISTENS | {"love"}),
    "koito": ServiceOptions(options=_LISTENS),
    "maloja": ServiceOptions(options=_LISTENS - {"now_playing", "mbid"}),
    "multi-scrobbler": ServiceOptions(options=_LISTENS),
    "rocksky": ServiceOptions("https://audioscrobbler.rocksky.app", options=_LISTENS),
    "file": ServiceOptions(options=_FILE),
}
"""The services of [accounts.NAME], by their kind."""

_FILTERS = (
    *("ignore_hosts", "ignore_file_types", "ignore_genres", "ignore_urls"),
    *("ignore_artist", "ignore_title", "ignore_album"),
    *("minimum_length", "maximum_length", "require_album"),
)
"""The options of [filters] that only leave out."""

_LIMITS = OPTIONS["limits"]

ACCOUNT_OPTIONS: Mapping[str, Option] = {
    "service": Option(
        "", "The service of the account; docs/accounts.md lists them.", choices=("", *SERVICES)
    ),
    "url": Option("", "The address of the server. It is not needed if the service has only one."),
    "auth_url": Option(
        "", "The page on which you allow access; it belongs to the same server as `url`."
    ),
    "path": Option(
        "",
        "The file that plays are added to; ~ is your home. Its folder is not made, because it may"
        " be on a disk that is not mounted.",
    ),
    "format": Option(
        "scrobbler-log",
        "What is written to the file: `scrobbler-log`, which many programs import, `jsonl` (one"
        " JSON object per line, with everything that is known of a play), or `pano-jsonl`, the"
        " format of Pano Scrobbler.",
        choices=("scrobbler-log", "jsonl", "pano-jsonl"),
    ),
    "insecure_http": Option(
        False,
        OPTIONS["lastfm"]["insecure_http"].meaning.replace("`api_url`", "`url`"),
    ),
    "api_key": Option(
        "",
        "An API key of its own; without one, an account at Last.fm uses that of `[lastfm]`.",
        secret=True,
    ),
    "api_secret": Option("", "The shared secret that belongs to the API key.", secret=True),
    "token_file": Option(
        "", "A file with the token, for tokens that another program manages; ~ is your home."
    ),
    "enabled": Option(
        True, "Whether plays go to this account. `scrobblerctl enable` and `disable` win over this."
    ),
    "now_playing": Option(True, "Whether what is playing is announced to the service."),
    "love": Option(True, "Whether tracks that you love or unlove are loved or unloved there too."),
    "players": Option(
        [],
        "Only send plays of these players, written as in `[players] allow`; an empty list means"
        " all.",
    ),
    "not_players": Option(
        [],
        "Send no plays of these players: for players whose plays the service gets in another way.",
    ),
    "send_duration": Option(
        True,
        "Whether the length of a track is sent. ListenBrainz treats a play with its length and"
        " the same play without it as two: set this to false if your ListenBrainz also imports from"
        " Last.fm.",
    ),
    "mbid": Option(
        "recording",
        "What the MusicBrainz id in your tags stands for: a `recording`, as most programs write"
        " it, or a `track`; `off` leaves it out.",
        choices=("recording", "track", "off"),
    ),
    "requests_per_second": _LIMITS["requests_per_second"],
    "requests_per_day": Option(0, "Most requests per day; 0 = no limit.", bounds=(0, 1_000_000)),
    "scrobbles_per_day": Option(0, "Most scrobbles per day; 0 = no limit.", bounds=(0, 1_000_000)),
}
"""The options of [accounts.NAME]. A service knows those that SERVICES says."""


def is_account_name(name: str) -> bool:
    """Returns whether `[accounts.NAME]` can have this name."""
    return name != LASTFM and _NAME.fullmatch(name) is not None


def _check_names(path: Path, names: Iterable[str]) -> None:
    """Raises FixTheFile if two accounts would have one environment variable for their tokens."""
    variables: dict[str, str] = {}
    for name in names:
        variable = token_variable(name)
        if other := variables.get(variable):
            raise FixTheFile(
                f"{path}: [accounts.{name:.40}] and [accounts.{other:.40}] differ only in - and _,"
                f" so {variable:.80} would be the token of both; choose another name"
            )
        variables[variable] = name


def check_accounts(path: Path, content: object, lastfm: AccountConfig) -> dict[str, AccountConfig]:
    """Returns the accounts of the tables [accounts.NAME] by their names.

    `content` is the value of `accounts` in the file at `path`, `lastfm` the account of [lastfm],
    whose API key others at Last.fm share. Raises FixTheFile.
    """
    if not isinstance(content, dict):
        raise FixTheFile(f"{path}: accounts must be tables; write [accounts.NAME] on a line")
    tables = cast("dict[str, object]", content)
    _check_names(path, tables)
    if len(tables) > MAX_ACCOUNTS:
        raise FixTheFile(f"{path}: there are {len(tables)} accounts; {MAX_ACCOUNTS} are the most")
    accounts = {name: _account(path, name, table, lastfm) for name, table in tables.items()}
    _check_files(path, accounts)
    return accounts


def _check_files(path: Path, accounts: Mapping[str, AccountConfig]) -> None:
    """Raises FixTheFile if two accounts write to one file: it would have each play twice."""
    files = {name: each.access.api_url for name, each in accounts.items() if each.access.format}
    for (first, file), (second, other) in itertools.combinations(files.items(), 2):
        if file == other:
            raise FixTheFile(
                f"{path}: [accounts.{second}] path: {file} is that of [accounts.{first}] already"
            )


def _account(path: Path, name: str, given: object, lastfm: AccountConfig) -> AccountConfig:
    where = f"[accounts.{name:.40}]"
    if not is_account_name(name):
        raise FixTheFile(
            f"{path}: {where}: an account's name is of a to z, 0 to 9, - and _, and not {LASTFM!r},"
            " which [lastfm] configures"
        )
    if not isinstance(given, dict):
        raise FixTheFile(f"{path}: accounts.{name} must be a table; write {where} on a line")
    table = cast("dict[str, Any]", given)
    service = _service(path, where, table)
    known = SERVICES[service]
    for key in table:
        check_known(path, f"{where} {key} (service = {service!r})", key, COMMON | known.options)
    filters = table.pop("filters", {})
    defaults = {field: getattr(known.limits, field) for field in Limits.__slots__}
    values = check_options(path, where, ACCOUNT_OPTIONS, {**defaults, **table})
    return AccountConfig(
        name=name,
        service=service,
        access=(
            _file(path, where, values)
            if "path" in known.options
            else _access(path, where, values, known, lastfm)
        ),
        limits=Limits(**{field: values[field] for field in Limits.__slots__}),
        enabled=values["enabled"],
        now_playing=values["now_playing"],
        love=values["love"],
        rules=AccountRules(
            players=tuple(values["players"]),
            not_players=tuple(values["not_players"]),
            filters=_filters(path, f"[accounts.{name}.filters]", filters),
            send_duration=values["send_duration"],
            mbid=values["mbid"],
        ),
        token_file=_in_home(path, f"{where} token_file", values["token_file"]),
    )


def _service(path: Path, where: str, table: Mapping[str, Any]) -> str:
    service = table.get("service")
    if not isinstance(service, str) or not service:
        known = ", ".join(SERVICES)
        raise FixTheFile(f"{path}: {where} needs service = one of {known}")
    check_known(path, f"{where} service = {service!r:.40}", service, SERVICES)
    return service


def _access(
    path: Path,
    where: str,
    values: Mapping[str, Any],
    known: ServiceOptions,
    lastfm: AccountConfig,
) -> ApiAccess:
    url = values["url"] or known.url
    if not url:
        raise FixTheFile(f"{path}: {where} needs url: where the server is")
    if "auth_url" in known.options and not values["auth_url"]:
        raise FixTheFile(f"{path}: {where} needs auth_url: the server's page of approval")
    check_is_safe(path, f"{where} url", url, values["insecure_http"])
    if bool(values["api_key"]) != bool(values["api_secret"]):
        raise FixTheFile(f"{path}: {where} needs both api_key and api_secret, or neither")
    own = ApiAccess(key=values["api_key"], secret=values["api_secret"])
    shares_key = values["service"] == LASTFM and not own.configured
    return replace(
        lastfm.access if shares_key else own,
        api_url=url,
        auth_url=values["auth_url"] or known.auth_url,
        url_option="url",
    )


def _file(path: Path, where: str, values: Mapping[str, Any]) -> ApiAccess:
    """Returns how a file is reached, as an absolute path. The disk is not asked: it may hang."""
    given = values["path"]
    if not given or not given.isprintable():
        raise FixTheFile(f"{path}: {where} needs path: the file that plays are added to")
    return ApiAccess(api_url=_in_home(path, f"{where} path", given), format=values["format"])


def _in_home(path: Path, where: str, given: str) -> str:
    """Returns the absolute path of a file of the user's, "" if none is given."""
    if not given:
        return ""
    if "\0" in given:
        raise FixTheFile(f"{path}: {where}: {given!r:.60} can't be the name of a file")
    try:
        absolute = Path.home() / Path(given).expanduser()
    except RuntimeError as error:
        raise FixTheFile(f"{path}: {where}: there is no home folder for {given!r:.60}") from error
    return os.path.normpath(absolute)


def _filters(path: Path, where: str, given: object) -> Filters:
    if not isinstance(given, dict):
        raise FixTheFile(f"{path}: {where} must be a table")
    table = cast("dict[str, Any]", given)
    for key in table:
        check_known(path, f"{where} {key}", key, _FILTERS)
    checked = check_options(path, where, OPTIONS["filters"], {"presets": [], **table})
    return compile_filters(path, checked, where)
