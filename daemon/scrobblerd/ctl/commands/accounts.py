"""accounts, login, logout, enable and disable: all accounts, and what a user does with one.

The login of Last.fm's account is that of `login`. A token that the user pastes goes to the daemon
in a file that only the user can read, and that is gone when the login ends, however it ends.
"""

import asyncio
import json
import os
import re
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ...config import toml_file
from ...config.source import config_path, token_path
from ...core import LASTFM
from ...core.errors import FixTheFile
from ...core.text import printable
from ..client import ONLINE_CALL_SECONDS, Client
from ..display import accounts as display
from ..display.accounts import Account
from ..display.screen import Line, Screen, ask, input_line, is_interactive
from ..errors import INVALID_ARGUMENT, NOT_AUTHENTICATED, Exit, Failure
from ..reconciliation.backfill import offer
from . import login
from .api_key import failing_plainly

BY_TOKEN, BY_BROWSER = "token", "browser"
"""The kinds of a login of which BeginLogin tells."""

_TOKEN = re.compile(r"[!-~]{1,1024}")
"""What can stand in a header of HTTP."""

_MAX_LINE_CHARACTERS = 4096
"""Characters that are read of a file with a token."""


async def accounts(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists every account, and how it stands."""
    listed: list[Account] = await client.call("ListAccounts")
    if options.json:
        screen.document(listed)
    else:
        headings = ("ACCOUNT", "SERVICE", "USER", "STATE", "QUEUE", "LAST SENT", "TROUBLE")
        now = time.time()
        screen.table(headings, [_row(account, now) for account in listed])


def _row(account: Account, now: float) -> list[Line]:
    return [
        (account["account"], "bold"),
        account["label"],
        account["username"],
        display.state(account),
        display.counts(account) or ("empty", "dim"),
        display.last_sent(account, now),
        (display.trouble(account), "yellow"),
    ]


# -- login ----------------------------------------------------------------------------------------


async def log_in(client: Client, options: Namespace, screen: Screen) -> None:
    """Logs in at an account, that of Last.fm if none is named."""
    if options.account in (None, LASTFM):
        if options.url is not None:
            await _account(client, screen, options)  # says if another address counts
        if options.token_file:
            raise Failure("there is no token for Last.fm: access is allowed on a page", Exit.USAGE)
        await login.login(client, options, screen)
        return
    if options.new_key:
        raise Failure("--new-key is for Last.fm's account only", Exit.USAGE)
    account = await _account(client, screen, options)
    name, label = account["account"], account["label"]
    if not display.has_login(account):
        screen.line(_needs_none(account))
        return
    if who := await _logged_in(client, account):
        todo = f"logout {name} ends that"
        if account["state"] == "off":
            todo = f"enable {name} lets plays go there"
        screen.line(f"{who} is logged in already at {label}; scrobblerctl {todo}")
        await login.tell_of_held(client, screen, name)
        return
    user = await _log_in(client, options, screen, name)
    account = await client.call("GetAccountStatus", "s", name)
    where = f" at {account['label']} ({display.address(account)})."
    screen.line([(f"Logged in as {user}", "green"), where, " What you play goes there, too."])
    await login.tell_of_held(client, screen, name)
    await offer(client, screen, name)


def _needs_none(account: Account) -> str:
    """Says that an account has no login."""
    off = f"; it is off: {todo}" if (todo := display.remedy(account)) else ""
    where = f"{account['label']} {account['url']}"
    return f"{account['account']} needs no login: plays go to {where}{off}"


async def _log_in(client: Client, options: Namespace, screen: Screen, name: str) -> str:
    """Returns the user's name once the login is done. One that is given up leaves nothing."""
    try:
        return await _by_kind(client, options, screen, name)
    except Failure as failure:
        if failure.error != NOT_AUTHENTICATED:
            raise
        raise failure.with_remedy(f"run scrobblerctl login {name}") from None
    except asyncio.CancelledError:  # Ctrl-C
        with suppress(Failure):
            await client.call("CancelLogin", "s", name)
        raise


async def _logged_in(client: Client, account: Account) -> str:
    """Returns who is logged in at an account, "" = nobody. The login of one that is switched off is
    asked for at its service."""
    user: str = account["username"]
    if account["state"] == "off" and user:
        with suppress(Failure):
            wrong = await client.call(
                "CheckAccount", "s", account["account"], within=ONLINE_CALL_SECONDS
            )
            return "" if wrong else user
    return user if account["state"] == "active" else ""


async def _by_kind(client: Client, options: Namespace, screen: Screen, name: str) -> str:
    """Logs in as the service asks for. Returns the user's name."""
    kind, url, token = await client.call("BeginLogin", "s", name, within=ONLINE_CALL_SECONDS)
    if kind == BY_TOKEN:
        return await _by_token(client, options, screen, name, url)
    if options.token_file:
        raise Failure(f"there is no token for {name}: access is allowed on a page", Exit.USAGE)
    if kind != BY_BROWSER:
        raise Failure(f"{name} needs no login", Exit.USAGE)
    login.show_page(screen, url, options.no_browser)

    async def logged_in() -> str:
        account = await client.call("GetAccountStatus", "s", name)
        return account["username"] if account["state"] == "active" else ""

    return await login.wait_for_approval(screen, lambda: _complete(client, name, token), logged_in)


async def _complete(client: Client, name: str, token: str = "") -> str:
    return await client.call("CompleteLogin", "ss", name, token, within=ONLINE_CALL_SECONDS)


async def _by_token(client: Client, options: Namespace, screen: Screen, name: str, url: str) -> str:
    """Logs in with the token that the daemon has from elsewhere, such as `token_file`, or else with
    that of the user. Returns the user's name."""
    path = _token_path(name)
    _remove(path)  # of a login that was killed
    if not options.token_file:
        try:
            return await _complete(client, name)
        except Failure as failure:
            if failure.error != INVALID_ARGUMENT:
                raise
    token = await _token(screen, options, url)
    try:
        with failing_plainly(path):
            toml_file.write(path, {"token": token})
        return await _complete(client, name)
    except Failure as failure:
        if failure.error != INVALID_ARGUMENT:
            raise
        message = f"scrobblerd does not read {path}; does it run with other folders?"
        raise Failure(message) from None
    finally:
        _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise Failure(f"{path}: can't be removed ({error.strerror})") from error


def _token_path(name: str) -> Path:
    try:
        return token_path(config_path(os.environ), name)
    except FixTheFile as error:
        raise Failure(str(error)) from error


async def _token(screen: Screen, options: Namespace, url: str) -> str:
    """Returns the user's token: from the file that the options name, or else from the terminal or
    the input."""
    if options.token_file not in (None, "-"):
        token = _first_line(Path(options.token_file))
    elif is_interactive():
        return await _ask_for_token(screen, options, url)
    else:
        token = input_line()
    token = token.strip("\ufeff \t\r\n")
    if not _TOKEN.fullmatch(token):
        where = f"; {printable(url)} shows yours" if url else ""
        raise Failure(f"the token is needed as one line of the input{where}", Exit.NOT_LOGGED_IN)
    return token


async def _ask_for_token(screen: Screen, options: Namespace, url: str) -> str:
    if url:
        screen.note(f"This page shows your token:\n    {url}")
        if not options.no_browser:
            login.open_page(url)
    while True:
        try:
            token = await ask(screen, "Token: ", hidden=True)
        except EOFError:
            message = "no token was given; nothing was changed"
            raise Failure(message, Exit.NOT_LOGGED_IN) from None
        if _TOKEN.fullmatch(token):
            return token
        screen.note("That can't be it: a token has letters, digits and signs, but no spaces.")


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(_MAX_LINE_CHARACTERS)
    except OSError as error:  # its name may be a token that was given in its place
        raise Failure(f"the file of --token-file can't be read ({error.strerror})") from error


# -- which account --------------------------------------------------------------------------------


async def _account(client: Client, screen: Screen, options: Namespace) -> Account:
    """Returns the account to log in at: the one of that name, or else the only one beside that of
    [lastfm] at the service of that name. Raises Failure if there is none, after a hint how to make
    one."""
    name, url = options.account or LASTFM, options.url
    known: list[Account] = await client.call("ListAccounts")
    listed = [account for account in known if account["state"] != "gone"]
    named = [account for account in listed if account["account"] == name]
    meant = named or [account for account in listed[1:] if account["service"] == name]
    there = [account for account in meant if url is None or _is_at(account, url)]
    if len(there) == 1:
        return there[0]
    if len(meant) > 1:
        names = " and ".join(account["account"] for account in there or meant)
        raise Failure(f"{names} are accounts at {name}: say which one", Exit.USAGE)
    if meant:
        raise _elsewhere(meant[0])
    raise _none(screen, listed, name, url)


def _is_at(account: Account, url: str) -> bool:
    """Returns whether `url` is the address of an account, as config.toml has it."""
    return account["url"].rstrip("/") == url.rstrip("/")


def _elsewhere(account: Account) -> Failure:
    name = account["account"]
    option = "[lastfm] api_url" if name == LASTFM else f"[accounts.{name}] url"
    return Failure(
        f"{name} is at {account['url']}, and that counts: {option} in config.toml changes it,"
        " --url is for an account that is not there yet",
        Exit.USAGE,
    )


def _none(screen: Screen, listed: Sequence[Account], name: str, url: str | None) -> Failure:
    """Returns the failure of a name that no account has, after a hint how to make one."""
    from ...config.accounts import is_account_name  # noqa: PLC0415 # takes time, seldom needed
    from ...config.loader import load  # noqa: PLC0415 # takes time, seldom needed

    path, known = config_path(os.environ), ", ".join(account["account"] for account in listed)
    if not is_account_name(name):  # it may be a token: nobody is told of it
        form = "a name is of a to z, 0 to 9, - and _"
        return Failure(f"there is no such account, and {form}; there are {known}")
    try:
        is_in_file = name in load(path, os.environ).accounts
    except FixTheFile as error:  # the new table may be what is wrong
        return Failure(str(error))
    if is_in_file:
        message = f"{path} has {name}, but scrobblerd has not read it yet"
        return Failure(message, remedy=f"scrobblerctl reload, and scrobblerctl login {name}")
    screen.note(_hint(path, name, url))
    return Failure(f"there is no account {name!r}; there are {known}")


def _hint(path: Path, name: str, url: str | None) -> str:
    from ...config.accounts import SERVICES  # noqa: PLC0415 # takes time, seldom needed

    service = name if name in SERVICES else "listenbrainz"
    known = SERVICES[service]
    lines = [f"[accounts.{name}]", f'service = "{service}"']
    if "path" in known.options:
        lines.append('path = "~/.scrobbler.log"')
    elif url or not known.url:
        lines.append(f"url = {json.dumps(url or 'https://…', ensure_ascii=False)}")
    if "auth_url" in known.options:
        lines.append('auth_url = "https://…"')
    table = "".join(f"    {line}\n" for line in lines)
    others = ", ".join(each for each in SERVICES if each != service)
    return (
        f"To add an account, write a table into {path}, such as\n{table}"
        f"then: scrobblerctl reload, and scrobblerctl login {name}\n"
        f"Other services: {others}."
    )


# -- the rest -------------------------------------------------------------------------------------


async def log_out(client: Client, options: Namespace, screen: Screen) -> None:
    """Forgets the login of an account, that of Last.fm if none is named."""
    name = options.account or LASTFM
    if name == LASTFM:
        await login.logout(client, options, screen)
        return
    account = await client.call("GetAccountStatus", "s", name)
    if not display.has_login(account):
        screen.line(f"{name} has no login; scrobblerctl disable {name} switches it off")
        return
    if not account["username"]:  # Logout would switch it off
        screen.line(f"Nobody was logged in at {name}")
        return
    await client.call("Logout", "s", name)
    screen.line(f"Logged out {account['username']} of {name}; its queue is kept")


async def enable(client: Client, options: Namespace, screen: Screen) -> None:
    """Lets plays go to an account."""
    await client.call("SetAccountEnabled", "sb", options.account, True)
    account = await client.call("GetAccountStatus", "s", options.account)
    screen.line(f"Plays go to {options.account}")
    if todo := display.remedy(account):
        screen.note(f"{display.state(account)[0]}: {todo}")


async def disable(client: Client, options: Namespace, screen: Screen) -> None:
    """Lets no plays go to an account."""
    await client.call("SetAccountEnabled", "sb", options.account, False)
    rest = "is sent" if options.account == LASTFM else "is kept"
    screen.line(f"No plays go to {options.account}; its login is kept; what waits for it {rest}")
