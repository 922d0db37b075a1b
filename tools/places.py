"""Files and environment variables of the program, which several documents name."""

from tools import roff as page
from tools.markdown import code, table

FILES = (
    (
        "~/.config/scrobblerd/config.toml",
        "you",
        "the configuration; no program ever writes it",
    ),
    (
        "~/.config/scrobblerd/lastfm.toml",
        "`scrobblerctl login`, or you",
        "API key and shared secret (`api_key`, `api_secret`), nothing else; only you can read it",
    ),
    (
        "~/.config/scrobblerd/tokens/NAME.toml",
        "`scrobblerctl login`",
        "the token of an account, until its login",
    ),
    (
        "~/.local/state/scrobblerd/settings.toml",
        "scrobblerd",
        "what you set over D-Bus (`scrobblerctl settings`, `pause`); it wins over `config.toml`",
    ),
    (
        "~/.local/state/scrobblerd/session.toml",
        "scrobblerd",
        "user name, session key (unless it is in your keyring), and the token of a login that was"
        " begun",
    ),
    (
        "~/.local/state/scrobblerd/login-NAME.toml",
        "scrobblerd",
        "the login of an account",
    ),
    (
        "~/.local/state/scrobblerd/scrobblerd.db",
        "scrobblerd",
        "history, queue and library (SQLite)",
    ),
)
"""For each file: who writes it, and what is in it."""

ENVIRONMENT = (
    (
        "LASTFM_API_KEY, LASTFM_API_SECRET",
        "API key and shared secret. They win over all other places, if both are there.",
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "set by systemd for `LoadCredential=`: `lastfm_api_key` and `lastfm_api_secret` in it come"
        " next; `scrobblerd.NAME.token` is the token of an account",
    ),
    (
        "SCROBBLERD_TOKEN_NAME",
        "the token of the account NAME (in upper case, `_` for `-`); it wins over all other places",
    ),
    ("XDG_CONFIG_HOME", "instead of `~/.config`; a path that is not absolute is ignored"),
    (
        "XDG_CONFIG_DIRS, XDG_DATA_DIRS",
        "instead of `/etc/xdg`, and of `/usr/local/share` and `/usr/share`: below them is the API"
        " key of a package",
    ),
    (
        "XDG_DATA_HOME",
        "instead of `~/.local/share`; the notification icon is below it or below XDG_DATA_DIRS",
    ),
    ("XDG_STATE_HOME", "instead of `~/.local/state`; a path that is not absolute is ignored"),
    ("DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR", "where the session bus is"),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "set by systemd: where to report the state, and how often"),
)
"""For each variable that the daemon reads: what it means."""


def files_markdown() -> str:
    """Returns the files as a table."""
    rows = [(code(path), who, what) for path, who, what in FILES]
    return table(("file", "who writes it", "what"), rows)


def environment_markdown() -> str:
    """Returns the environment variables as a table."""
    rows = [(", ".join(map(code, names.split(", "))), what) for names, what in ENVIRONMENT]
    return table(("variable", "meaning"), rows)


def files_roff() -> str:
    """Returns the files for a manual page."""
    return "\n".join(
        f".TP\n.I {page.text(path)}\n{page.text(_sentence(what))}\n{page.text(_writer(who))}"
        for path, who, what in FILES
    )


def environment_roff() -> str:
    """Returns the environment variables for a manual page."""
    names = [", ".join(map(code, names.split(", "))) for names, _ in ENVIRONMENT]
    return "\n".join(
        f".TP\n{page.text(name)}\n{page.text(_sentence(what))}"
        for name, (_, what) in zip(names, ENVIRONMENT, strict=True)
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."


def _writer(who: str) -> str:
    return f"Written by {who}."
