"""service status: where the service comes from, whether it runs and will, and what helps if not."""

import os
from argparse import Namespace
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ... import __version__
from ...installation import Installation, installation
from ..client import Client
from ..display.screen import Line, Screen
from ..errors import Exit, Failure
from .service_files import ACTIVATION, UNIT, Files, Places, wanted
from .user_systemd import PROPERTIES, Presence, presence, properties, units_for_everybody

SHARES = "/usr/local/share:/usr/share"
"""Where the bus looks for service files besides those of the user, unless XDG_DATA_DIRS says it."""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How the service stands. Paths are "" if there is none, `running_version` if it does not run.
    `unit_by`: who wrote the unit, one of "scrobblerctl", "package", "you" and ""."""

    installed_by: str
    prefix: str
    version: str
    unit: str
    unit_by: str
    enabled: bool
    state: str
    running_version: str
    bus_file: str
    startable: bool

    @property
    def runs(self) -> bool:
        """Whether a daemon runs on this bus."""
        return bool(self.running_version)


async def status(options: Namespace, screen: Screen) -> int:
    """Shows how the service stands."""
    here, places, systemd = installation(), Places.of(os.environ), presence()
    found = await _status(here, places, systemd)
    remedies = _remedies(found, here, places, systemd)
    if options.json:
        screen.document(asdict(found) | {"remedies": remedies})
    else:
        helps: list[list[Line]] = [["What helps", (remedy, "yellow")] for remedy in remedies]
        screen.table(("", ""), [*_rows(found, systemd), *helps])
    return Exit.FINE if found.runs else Exit.NOT_RUNNING


async def _status(here: Installation, places: Places, systemd: Presence) -> ServiceStatus:
    shown = properties() if systemd is Presence.READY else dict.fromkeys(PROPERTIES, "")
    unit = _unit(places, shown["FragmentPath"])
    running_version, startable = await _daemon()
    return ServiceStatus(
        installed_by=here.way,
        prefix=str(here.prefix),
        version=__version__,
        unit=str(unit or ""),
        unit_by=_unit_by(unit, here, places),
        enabled=shown["UnitFileState"] in ("enabled", "enabled-runtime", "static"),
        state=shown["ActiveState"],
        running_version=running_version,
        bus_file=str(_bus_file(places) or ""),
        startable=startable,
    )


def _unit(places: Places, fragment: str) -> Path | None:
    """Returns the unit that systemd reads (`fragment`), or would read."""
    if fragment:
        return Path(fragment)
    return next((path for path in (places.unit, *units_for_everybody()) if path.exists()), None)


def _unit_by(unit: Path | None, here: Installation, places: Places) -> str:
    if unit is None:
        return ""
    if unit != places.unit:
        return "package"
    files = Files(places)
    text = wanted(places, here, unit=True)[unit]
    return "you" if files.is_edited(unit, text) else "scrobblerctl"


def _bus_file(places: Places) -> Path | None:
    """Returns the first service file that the bus finds."""
    folders = [places.runtime / "dbus-1" / "services"] if places.runtime else []
    folders.append(places.activation.parent)
    shares = os.environ.get("XDG_DATA_DIRS") or SHARES
    folders += [Path(share) / "dbus-1" / "services" for share in shares.split(":")]
    return next((path for each in folders if (path := each / ACTIVATION).exists()), None)


async def _daemon() -> tuple[str, bool]:
    """Returns the version of the daemon that runs, "" if none does, and whether the bus can start
    one. Starts none."""
    with suppress(Failure):
        async with Client.connected() as client:
            runs = await client.owner()
            version = (await client.properties())["Version"] if runs else ""
            return version, await client.startable()
    return "", False


def _remedies(
    found: ServiceStatus, here: Installation, places: Places, systemd: Presence
) -> list[str]:
    install = here.to_serve()
    if systemd is not Presence.ABSENT:
        if not found.unit:
            return [f"to make it a service: {install}"]
        if _starts_another(found, here, places):
            return [f"the unit starts another scrobblerd; to start this one: {install} --force"]
    at_call = f"a call does not start it; {install} puts that right"
    at_login = f"to start it at every login: systemctl --user enable {UNIT}"
    sleeps = systemd is Presence.READY and not found.enabled
    return [
        *([] if found.startable else [at_call]),
        *([at_login] if sleeps else []),
        *_to_run(found, here, systemd),
    ]


def _starts_another(found: ServiceStatus, here: Installation, places: Places) -> bool:
    if found.unit_by == "package":
        return not here.is_packaged
    text = wanted(places, here, unit=True)[places.unit]
    return bool(Files(places).foreign({Path(found.unit): text}))


def _to_run(found: ServiceStatus, here: Installation, systemd: Presence) -> list[str]:
    if not found.runs:
        is_unit = systemd is Presence.READY
        start = f"systemctl --user start {UNIT}" if is_unit else f"{here.control()} status"
        return [f"to start it now: {start}"]
    if found.running_version != found.version:
        return [f"to run {found.version}: systemctl --user restart {UNIT}"]
    if systemd is Presence.READY and found.state not in ("active", "reloading", "activating"):
        return ["it runs, but not as a service: end that one, and start the service"]
    return []


_BY = {"package": " (of a package)", "you": " (changed by you)", "scrobblerctl": "", "": ""}


def _rows(found: ServiceStatus, systemd: Presence) -> list[list[Line]]:
    runs = f"version {found.running_version}" if found.runs else "no"
    if found.runs and found.running_version != found.version:
        runs += f", but this command is {found.version}"
    at_login = {
        Presence.ABSENT: "there is no systemd here",
        Presence.SILENT: "systemd does not answer here: this is no login session",
        Presence.READY: "it starts" if found.enabled else "it does not start",
    }
    return [
        ["Installed", f"{found.version}, by {found.installed_by}, in {found.prefix}"],
        ["Unit", f"{found.unit or 'none'}{_BY[found.unit_by]}"],
        ["At login", at_login[systemd]],
        ["Runs", runs],
        ["D-Bus file", found.bus_file or "none"],
    ]
