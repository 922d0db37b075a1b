"""service install and remove: makes scrobblerd a service of this user, and undoes it.

Works for any Python environment, also without a session or without systemd; then it says what to do
instead. Configuration and state are the user's: nothing here touches them.
"""

import os
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ... import __version__
from ...installation import Installation, installation
from ..client import Client
from ..display.screen import Screen
from ..errors import Failure
from .service_files import (
    UNIT,
    WANTS,
    Change,
    Changes,
    Files,
    Places,
    activation_text,
    file_text,
    wanted,
)
from .user_systemd import Presence, last_words, presence, properties, systemctl, units_for_everybody

ENABLE = f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}"


async def install(options: Namespace, screen: Screen) -> None:
    """Writes the files, and starts the service, now and at every login."""
    here, places, systemd = installation(), Places.of(os.environ), presence()
    _refuse(here)
    files = Files(places)
    texts = {} if here.is_packaged else wanted(places, here, unit=systemd is not Presence.ABSENT)
    if here.is_packaged:
        _use_the_packages(here, screen, systemd)
    elif not options.force:
        _refuse_others(files, texts, places)
    if options.dry_run:
        for path, text in texts.items():
            screen.line(f"Would write {path}:")
            screen.raw(text)
        return
    _report(files.write(texts, force=options.force), "writes it anew", screen)
    if systemd is Presence.READY and await _has_bus():
        await _start(here, places, files, screen)
    else:
        await _advise(here, screen, systemd)


def _refuse(here: Installation) -> None:
    if os.getuid() == 0 and os.environ.get("SUDO_USER"):
        raise Failure("with sudo this would be root's service", remedy="run it without sudo")
    if here.is_temporary:
        raise Failure(
            f"{here.prefix} will be deleted some day",
            remedy="install scrobblerd first: pipx install scrobblerd, or uv tool install it",
        )
    if not here.command("scrobblerd").exists():
        raise Failure(f"{here.command('scrobblerd')} is missing", remedy=here.to_update())


def _use_the_packages(here: Installation, screen: Screen, systemd: Presence) -> None:
    units = units_for_everybody()
    if not units and systemd is not Presence.ABSENT:
        raise Failure(f"the package has no unit {UNIT}", remedy=here.to_update())
    for unit in units[:1]:
        screen.line(f"Uses {unit}, which came with {here.way}")


def _refuse_others(files: Files, texts: Mapping[Path, str], places: Places) -> None:
    """Raises Failure if another scrobblerd is this user's service already."""
    if foreign := files.foreign(texts):
        message = f"{foreign[0]} is there already, and starts another scrobblerd"
        raise Failure(message, remedy="remove that one first, or write over it with --force")
    packaged = units_for_everybody()
    if packaged and places.unit in texts and not places.unit.exists():
        message = f"a package has a service for everybody: {packaged[0]}"
        raise Failure(message, remedy="remove the package, or go before it with --force")


async def _has_bus() -> bool:
    with suppress(Failure):
        async with Client.connected():
            return True
    return False


async def _reload_bus() -> None:
    with suppress(Failure):
        async with Client.connected() as client:
            await client.reload_services()


async def _start(here: Installation, places: Places, files: Files, screen: Screen) -> None:
    if not here.is_packaged:
        files.make_folder(places.units / WANTS)  # so that it is known to be ours
    _done(systemctl("daemon-reload").stderr, "systemd did not take the new unit")
    if not here.is_packaged and properties()["FragmentPath"] != str(places.unit):
        raise Failure(f"systemd does not read {places.units}: it looks for units elsewhere")
    await make_startable(here, places, files, screen)
    systemctl("reset-failed", UNIT)
    _done(systemctl("--quiet", "enable", UNIT).stderr, "systemd could not enable it")
    restarted = systemctl("restart", UNIT)
    unit = properties()
    if unit["LoadState"] != "loaded":
        _done(restarted.stderr, "systemd can't use its unit")
    if restarted.returncode == 0 and unit["ConditionResult"] == "no":
        raise Failure("systemd does not start it for this user: its unit says ConditionUser=")
    if unit["ActiveState"] != "active":
        raise Failure(f"installed, but it does not start: {last_words()}")
    screen.line(f"scrobblerd {__version__} runs, now and at every login: {unit['StatusText']}")
    await _say_what_is_next(screen)


def _done(error: str, message: str) -> None:
    if error.strip():
        raise Failure(f"{message}: {error.strip().splitlines()[0]}")


async def make_startable(here: Installation, places: Places, files: Files, screen: Screen) -> None:
    """Lets the bus start the daemon when it is called.

    The bus has its own idea of where the home and its folders are: that of the account and of the
    time when it was started. If that is not ours, its folder of this session has to do.
    """
    async with Client.connected() as client:
        await client.reload_services()
        if await client.startable() or places.runtime is None:
            return
        text = file_text(places.activation) or activation_text(here.command("scrobblerd"))
        session = places.runtime / "dbus-1" / "services" / places.activation.name
        list(files.write({session: text}, force=True))
        await client.reload_services()
        if not await client.startable():
            raise Failure("the session bus did not take the new service")
    where = "at the package's file" if here.is_packaged else f"into {places.activation.parent}"
    screen.line(
        f"Note: the session bus does not look {where}; until you log out, a call over D-Bus"
        " starts scrobblerd all the same."
    )


async def _say_what_is_next(screen: Screen) -> None:
    async with Client.connected() as client:
        if await client.login_remedy():
            screen.line("Next: scrobblerctl login")
    screen.line("Its log: journalctl --user -u scrobblerd")


async def _advise(here: Installation, screen: Screen, systemd: Presence) -> None:
    """Says what to do if there is nothing here that could start it."""
    if systemd is Presence.ABSENT:
        await _reload_bus()
        command = here.command("scrobblerd")
        screen.line(
            "There is no systemd here. The session bus starts scrobblerd at the first call, such as"
            f" scrobblerctl status. To start it at login, let your desktop start {command}."
        )
    else:
        screen.line("There is no session here to start it in; in a login session of yours, run:")
        screen.line(f"    {ENABLE}")
    screen.line("Next: scrobblerctl login")


# -- remove ---------------------------------------------------------------------------------------


async def remove(options: Namespace, screen: Screen) -> None:
    """Stops the service, and removes what `install` wrote."""
    here, places, systemd = installation(), Places.of(os.environ), presence()
    files = Files(places)
    if not files.written and not here.is_packaged:
        await _nothing_to_remove(places, screen)
        return
    if options.dry_run:
        for path in files.written:
            screen.line(f"Would remove {path}")
        return
    if systemd is Presence.READY:
        systemctl("--quiet", "disable", UNIT)
    _report(files.remove(force=options.force), "removes it", screen)
    await _reload_bus()  # first, so that no call starts it again
    _stop(systemd, screen)
    if here.is_packaged:
        screen.line(f"It is stopped, and off for you. {here.way.capitalize()} has its files.")
    screen.line("Your configuration and the state (queue, history) are kept.")


def _stop(systemd: Presence, screen: Screen) -> None:
    if systemd is Presence.READY:
        for words in (("stop", UNIT), ("daemon-reload",), ("reset-failed", UNIT)):
            systemctl(*words)
    if systemd is Presence.SILENT:
        screen.line(
            f"There is no session here to stop it in; if it runs: systemctl --user stop {UNIT}"
        )


def _report(changes: Changes, forced: str, screen: Screen) -> None:
    """Says what became of each file. `forced`: what --force does to one that the user changed."""
    for change, path in changes:
        by_whom = f", which you changed; --force {forced}" if change is Change.KEPT else ""
        screen.line(f"{change} {path}{by_whom}")


async def _nothing_to_remove(places: Places, screen: Screen) -> None:
    there = [path for path in (places.unit, places.activation) if path.exists()]
    if there:
        message = f"{there[0]} was not written by this command"
        raise Failure(message, remedy="remove it by hand, if nothing else needs it")
    screen.line("There is nothing to remove: scrobblerctl service install has written nothing.")
