"""Makes what docs/services/ says of each service, from its profile and its options."""

import itertools
import textwrap
from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from scrobblerd.config.accounts import ACCOUNT_OPTIONS, COMMON, SERVICES
from scrobblerd.core.model import ApiAccess
from scrobblerd.services.answer_rules import Rule, Shape
from scrobblerd.services.audioscrobbler.protocol import ERRORS, Ignored
from scrobblerd.services.base import LoginKind, Remedy, Service
from scrobblerd.services.http import HttpClient
from scrobblerd.services.kinds import SPEAK_AUDIOSCROBBLER, service_of
from scrobblerd.services.listenbrainz.answers import RULES as LISTENBRAINZ_RULES
from scrobblerd.services.maloja.answers import RULES as MALOJA_RULES
from tools.markdown import code, table

EXAMPLE_URL = "https://music.example.org"
"""An address for services that are at the user's own."""

EXAMPLES: Mapping[str, str] = {
    "url": EXAMPLE_URL,
    "auth_url": f"{EXAMPLE_URL}/api/auth/",
    "path": "~/music/.scrobbler.log",
}
"""Values for options that a service can't do without."""

NAMES = {"audioscrobbler": "any other of its protocol", "file": "a file of yours"}
"""What is not said by the label of a service."""

TOKENS: Mapping[str, str] = {
    "multi-scrobbler": "It is the one that the configuration of the server has for this source.",
}
"""Where a token is, if no page of the service shows it."""

DAY_SECONDS = 86400.0

LOGINS: Mapping[LoginKind, str] = {
    LoginKind.BROWSER: "in your browser, where you allow access",
    LoginKind.TOKEN: "with a token, which you copy from a page of the server",
    LoginKind.NONE: "there is none",
}

REMEDIES: Mapping[Remedy, str] = {
    Remedy.DONE: "the plays are there",
    Remedy.DROP: "the play at fault is found and rejected, and the others are sent",
    Remedy.MOVE: "the play is moved to the next free second",
    Remedy.RETRY: "the same again, later",
    Remedy.RETRY_FEW: "the same again, later; a play that always fails alone is set aside",
    Remedy.BLOCKED: "the server is left alone for 15 minutes, and then for an hour each time",
    Remedy.REAUTH: "you are asked to log in if it says so again; all is kept",
    Remedy.STOP: "all waits, and you are told; it is tried now and then",
    Remedy.HOLD: "all waits; one play is tried now and then",
    Remedy.HALVE: "the same in smaller pieces",
}
"""What is done about an answer to plays."""

SHAPES: Mapping[Shape, str] = {
    Shape.ERROR: "JSON with an `error`",
    Shape.OBJECT: "other JSON",
    Shape.PAGE: "a page of the web",
    Shape.OTHER: "anything else",
}

IGNORED: Mapping[Ignored, str] = {
    Ignored.ARTIST: "rejected",
    Ignored.TRACK: "rejected",
    Ignored.TOO_OLD: "rejected",
    Ignored.IN_FUTURE: "tried once more, an hour later",
    Ignored.DAILY_LIMIT: "kept; all waits, and one play is tried now and then",
    Ignored.KNOWN: "sent: an earlier try has arrived",
}
"""What becomes of a play that a server of Last.fm's protocol ignores."""


def _service(kind: str) -> Service:
    """Returns a service of a kind, at its own address or at an example of one."""
    access = ApiAccess(api_url=SERVICES[kind].url or EXAMPLE_URL)
    return service_of(kind, lambda: access, HttpClient())


# -- how to log in ---------------------------------------------------------------------------------


def login(kind: str) -> str:
    """Says step by step how an account at a service is made, and logged in to."""
    steps = [
        "Put this into `~/.config/scrobblerd/config.toml`. The name `mine` is yours to choose.\n\n"
        + textwrap.indent(f"```toml\n{example(kind)}```", "   ")
        + "\n",
        "Tell the daemon: `scrobblerctl reload`",
        *_login_steps(_service(kind)),
        "Play something, and ask what became of it: `scrobblerctl explain`",
    ]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def example(kind: str) -> str:
    """Returns the least table of an account at a service."""
    options = SERVICES[kind]
    asked = [name for name in EXAMPLES if name in options.options]
    needed = [name for name in asked if not getattr(options, name, "")]
    lines = [f'service = "{kind}"', *(f'{name} = "{EXAMPLES[name]}"' for name in needed)]
    return "\n".join(["[accounts.mine]", *lines, ""])


def _login_steps(service: Service) -> list[str]:
    page = urlsplit(service.pages.api_account)
    where = f"<{page.geturl()}>"
    if page.geturl().startswith(EXAMPLE_URL):
        where = f"the page `{page.path or '/'}` of your server"
    match service.login.kind:
        case LoginKind.BROWSER:
            return ["Log in: `scrobblerctl login mine` opens a page, on which you allow access."]
        case LoginKind.TOKEN:
            token = TOKENS.get(service.kind, f"It is on {where}.")
            return [f"Log in: `scrobblerctl login mine` asks for your token. {token}"]
        case LoginKind.NONE:
            return []


# -- what it can do --------------------------------------------------------------------------------


def facts(kind: str) -> str:
    """Returns what a service takes, as a table."""
    service = _service(kind)
    can = service.can
    rows = {
        "address": _address(kind),
        "login": LOGINS[service.login.kind],
        "plays in a request": str(can.batch),
        "how old a play may be": "any age"
        if can.oldest is None
        else f"{can.oldest / DAY_SECONDS:g} days",
        "what is playing": "is announced" if can.now_playing else "is not announced",
        "loved tracks": _loves(service),
        "a play that is sent again": "is recognised, and stored once"
        if can.resend_is_recognised
        else "is stored again",
        "two plays that begin in one second": "the second one is moved to the next free second"
        if can.one_a_second
        else "are both taken",
        "plays that are there": _plays_there(service),
        "a dead login": _dead_login(service),
        "limits of a day": _limits(kind),
        "keys": ", ".join(code(name) for name in ACCOUNT_OPTIONS if name in _known(kind)),
    }
    return table(("what", "here"), [(what, here) for what, here in rows.items() if here])


def _address(kind: str) -> str:
    """Returns where a service is, or which key says it."""
    options = SERVICES[kind]
    if "path" in options.options:
        return "yours: `path`"
    return f"`{options.url}`" if options.url else "yours: `url`"


def _dead_login(service: Service) -> str:
    if service.login.kind is LoginKind.NONE:
        return ""
    by_check = service.can.check_proves_login
    return "is found out by asking" if by_check else "is found out by the next play"


def _known(kind: str) -> frozenset[str]:
    return COMMON | SERVICES[kind].options


def _plays_there(service: Service) -> str:
    can = service.can
    if not can.read:
        return "are not shown to programs"
    return "can be read back, and deleted" if can.delete else "can be read back, but not deleted"


def _loves(service: Service) -> str:
    can = service.can
    if not can.love:
        return "can't be set"
    return "are set, and can be imported"


def _limits(kind: str) -> str:
    limits = SERVICES[kind].limits
    if not limits.scrobbles_per_day:
        return "none, unless you set some"
    return f"{limits.scrobbles_per_day:,} scrobbles, {limits.requests_per_day:,} requests"


def index() -> str:
    """Returns all services as a table that leads to their pages."""
    rows = [
        (
            f"[`{kind}`](services/{kind}.md)",
            NAMES.get(kind, _service(kind).label),
            _address(kind),
            LOGINS[_service(kind).login.kind].partition(",")[0],
        )
        for kind in SERVICES
    ]
    return table(("service", "what", "where", "login"), rows)


# -- what its answers mean -------------------------------------------------------------------------


def codes() -> str:
    """Returns what is done about the errors of Last.fm's protocol, as a table."""
    by_remedy = itertools.groupby(
        sorted(ERRORS, key=lambda number: (list(Remedy).index(ERRORS[number].write), number)),
        key=lambda number: ERRORS[number].write,
    )
    rows = [(", ".join(map(str, numbers)), REMEDIES[remedy]) for remedy, numbers in by_remedy]
    return table(("error", "what is done about plays"), rows)


def ignored(kind: str) -> str:
    """Returns what a server's codes of ignored plays mean, as a table."""
    rows = [
        (str(number), str(why), IGNORED[why])
        for number, why in SPEAK_AUDIOSCROBBLER[kind].ignored.items()
    ]
    return table(("code", "the play is ignored as", "and is then"), rows)


def answers(good: str, rules: Sequence[Rule]) -> str:
    """Returns what is done about the answers of a server, of which one is `good`."""
    rows = [("200", good, REMEDIES[Remedy.DONE])]
    rows += [(_statuses(rule), _body(rule), _done(rule)) for rule in rules]
    return table(("HTTP status", "body", "what is done about plays"), rows)


def _statuses(rule: Rule) -> str:
    statuses = rule.statuses
    return f"{statuses.start // 100}xx" if isinstance(statuses, range) else _listed(statuses)


def _listed(statuses: Container[int]) -> str:
    return ", ".join(str(status) for status in range(100, 600) if status in statuses)


def _body(rule: Rule) -> str:
    shape = " or ".join(SHAPES[each] for each in rule.shapes) or "anything"
    words = rule.error.lstrip("^").replace("-?", "-").split("|")
    return f"{shape} with {' or '.join(map(code, words))}" if rule.error else shape


def _done(rule: Rule) -> str:
    return f"{REMEDIES[rule.remedy]} ({rule.words})" if rule.words else REMEDIES[rule.remedy]


PARTS: Mapping[str, Callable[[], str]] = {
    "services": index,
    "errors of Last.fm's protocol": codes,
    "answers of ListenBrainz's API": partial(
        answers, 'JSON with `"status": "ok"`', LISTENBRAINZ_RULES
    ),
    "answers of Maloja": partial(answers, 'JSON with `"status": "success"`', MALOJA_RULES),
    **{f"login at {kind}": partial(login, kind) for kind in SERVICES},
    **{f"facts of {kind}": partial(facts, kind) for kind in SERVICES},
    **{f"ignored by {kind}": partial(ignored, kind) for kind in SPEAK_AUDIOSCROBBLER},
}
"""What makes each part of the pages, by name."""

DOCUMENTS = tuple(f"docs/services/{kind}.md" for kind in SERVICES)
"""A page for each service."""
