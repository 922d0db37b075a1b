"""login, accounts, settings, service, doctor, completion: the commands that set scrobblerd up."""

from typing import TYPE_CHECKING

from ..display import formats
from .options import Commands, add, with_account, with_force, with_json
from .parser import HIDDEN, LateModule

SHELLS = ("bash", "zsh", "fish")

if TYPE_CHECKING:
    from ..commands import accounts, doctor, settings
    from ..completion import completion
    from ..service import service_commands, service_status
else:
    accounts, doctor, settings = map(LateModule, ("accounts", "doctor", "settings"))
    completion = LateModule("completion", "completion")
    service_commands = LateModule("service_commands", "service")
    service_status = LateModule("service_status", "service")


def logins(commands: Commands) -> None:
    """Adds login, logout, accounts, enable and disable."""
    command = add(commands, "login", "log in to Last.fm, or to another account", accounts.log_in)
    with_account(command, "?")
    command.add_argument(
        "--no-browser", action="store_true", help="only show the address of the page"
    )
    command.add_argument("--new-key", action="store_true", help="ask for another API key first")
    command.add_argument(
        "--url", type=formats.address, metavar="URL", help="the server of a new account"
    )
    command.add_argument(
        "--token-file", metavar="FILE", help="read the token from this file; - = standard input"
    )
    with_account(
        add(commands, "logout", "log out; the queue is kept", accounts.log_out),
        "?",
    )
    listing = "all accounts, and how they are doing"
    with_json(add(commands, "accounts", listing, accounts.accounts))
    with_account(add(commands, "enable", "send plays to an account", accounts.enable))
    with_account(add(commands, "disable", "send no plays to an account", accounts.disable))


def all_settings(commands: Commands) -> None:
    """Adds settings and reload."""
    command = add(commands, "settings", "show or change settings", settings.settings)
    command.add_argument("name", nargs="?", metavar="NAME", help="the setting to show or change")
    command.add_argument("value", nargs="?", metavar="VALUE", help="the new value")
    with_json(command)
    add(commands, "reload", "read config.toml again", settings.reload)


def service_of_the_user(commands: Commands) -> None:
    """Adds service."""
    group = add(commands, "service", "install scrobblerd as your service, or remove it")
    actions = group.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    removal = "remove the service; configuration and history stay"
    for name, verb, what, run in (
        ("install", "replace", "start scrobblerd now and at every login", service_commands.install),
        ("remove", "remove", removal, service_commands.remove),
    ):
        command = add(actions, name, what, local=run)
        command.add_argument(
            "--force", action="store_true", help=f"also {verb} files that you have changed"
        )
        command.add_argument("--dry-run", action="store_true", help="only say what it would do")
    with_json(
        add(
            actions,
            "status",
            "how it is installed, and whether it runs",
            local=service_status.status,
        )
    )


def care(commands: Commands) -> None:
    """Adds doctor, record and completion."""
    with_json(add(commands, "doctor", "check everything, and say what to do", doctor.doctor))
    recording = add(
        commands, "record", "record what players say, for a bug report", local=doctor.record
    )
    recording.set_defaults(endless=True)
    with_force(recording)
    recording.add_argument(
        "file", metavar="FILE", help="where to write, until Ctrl-C; - = standard output"
    )
    script = add(
        commands,
        "completion",
        "print the completion script for a shell",
        local=completion.completion,
    )
    script.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    words = add(commands, HIDDEN, local=completion.complete)
    words.add_argument("kind")
