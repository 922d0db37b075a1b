"""How this scrobblerd came onto the machine, and the commands that fit: to add a library, to update
it, to install its service. Every remedy that names such a command takes it from here.

It reads what installers leave behind, and changes nothing.
"""

import json
import os
import shlex
import site
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

PROJECT = "scrobblerd"

EXTRAS: Mapping[str, str] = {"mutagen": "library", "secretstorage": "keyring", "socksio": "socks"}
"""Libraries that not everybody needs, and the extra of pyproject.toml that brings each."""

MADE = "made"
"""The file that `make install` leaves beside its environment."""

OWNED_BY_DPKG = Path("/var/lib/dpkg/info/scrobblerd.list")
"""The files of the Debian package, if it is installed."""

OF_CACHES = frozenset({".cache", "archive-v0", "builds-v0", "environments-v2"})
"""Folders in which `pipx run` and `uvx` have environments: they are deleted some day."""


class Way(StrEnum):
    """What installed it; the value is what people call that."""

    MAKE = "make install"
    PIPX = "pipx"
    UV_TOOL = "uv tool"
    UV = "uv"
    PIP = "pip"
    PIP_USER = "pip --user"
    DEB = "a Debian package"
    DISTRIBUTION = "a package of the distribution"


class Commands(NamedTuple):
    """What adds a library, and what brings the newest version; `_words` has what is in braces."""

    add: str
    update: str


COMMANDS: Mapping[Way, Commands] = {
    Way.MAKE: Commands("{python} -m pip install {library}", "make -C {checkout} install"),
    Way.PIPX: Commands("pipx inject {environment} {library}", "pipx upgrade {environment}"),
    Way.UV_TOOL: Commands("uv tool install {extra_of_origin}", "uv tool upgrade {environment}"),
    Way.UV: Commands(
        "uv pip install --python {python} {extra}",
        "uv pip install --python {python} --upgrade {project}",
    ),
    Way.PIP: Commands(
        "{python} -m pip install {extra}",
        "{python} -m pip install --upgrade {project}",
    ),
    Way.PIP_USER: Commands(
        "{python} -m pip install --user{managed} {extra}",
        "{python} -m pip install --user{managed} --upgrade {project}",
    ),
    Way.DEB: Commands(
        "sudo apt install python3-{library}",
        "sudo apt install --only-upgrade scrobblerd",
    ),
    Way.DISTRIBUTION: Commands(
        "install your distribution's python3-{library}",
        "update your distribution's scrobblerd",
    ),
}

OF_A_PACKAGE = frozenset({Way.DEB, Way.DISTRIBUTION})
"""The unit and the D-Bus file come with these."""


@dataclass(frozen=True, slots=True)
class Installation:
    """How scrobblerd was installed.

    `prefix`: the folder of its Python environment. `python`: the interpreter in it. `origin`: the
    URL that it was installed from, "" = a package index or a package.
    """

    way: Way
    prefix: Path
    python: Path
    origin: str = ""

    @property
    def is_packaged(self) -> bool:
        """Whether a package of the system brought it, for all users."""
        return self.way in OF_A_PACKAGE

    @property
    def is_temporary(self) -> bool:
        """Whether the environment is one of `pipx run` or `uvx`."""
        caches = [os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "UV_CACHE_DIR")]
        in_cache = any(folder and self.prefix.is_relative_to(folder) for folder in caches)
        return in_cache or not OF_CACHES.isdisjoint(self.prefix.parts)

    def command(self, name: str) -> Path:
        """Returns where the command `name` of this installation is, whether or not it is there."""
        import sysconfig  # noqa: PLC0415 # seldom needed, and it takes time

        if self.way is Way.PIP_USER:
            return Path(sysconfig.get_path("scripts", "posix_user"), name)
        beside = self.python.with_name(name)
        return beside if beside.exists() else Path(sysconfig.get_path("scripts"), name)

    def to_add(self, library: str) -> str:
        """Returns the command that adds a library of EXTRAS."""
        return COMMANDS[self.way].add.format_map(self._words(library))

    def how_to_add(self, library: str) -> str:
        """Says how to add a library of EXTRAS, as the remedy of a message."""
        command = self.to_add(library)
        return command if self.way is Way.DISTRIBUTION else f"run {command}"

    def to_update(self) -> str:
        """Returns the command that brings the newest version."""
        return COMMANDS[self.way].update.format_map(self._words())

    def to_serve(self) -> str:
        """Returns the command that installs and starts the service."""
        return f"{self.control()} service install"

    def control(self) -> str:
        """Returns how scrobblerctl is called: by its name if the PATH finds the one of this
        installation."""
        import shutil  # noqa: PLC0415 # seldom needed, and it takes time

        path = self.command("scrobblerctl")
        by_name = shutil.which("scrobblerctl")
        is_ours = by_name is not None and Path(by_name).resolve() == path.resolve()
        return "scrobblerctl" if is_ours or not path.exists() else _quoted(path)

    def _words(self, library: str = "") -> Mapping[str, str]:
        """Returns what the names in COMMANDS stand for."""
        extra = f"{PROJECT}[{EXTRAS[library]}]" if library else ""
        return {
            "python": _quoted(self.python),
            "environment": self.prefix.name,
            "library": library,
            "extra": library if self.origin else _quoted(extra),  # pip has no name for it then
            "extra_of_origin": _quoted(f"{extra} @ {self.origin}" if self.origin else extra),
            "project": _quoted(self.origin or PROJECT),
            "checkout": _quoted(_path_of(self.origin) or "CHECKOUT"),
            "managed": " --break-system-packages" if _is_managed() else "",
        }


@cache
def installation() -> Installation:
    """Finds out how the scrobblerd that runs was installed."""
    from importlib import metadata  # noqa: PLC0415 # seldom needed, and it takes memory

    prefix, python = Path(sys.prefix), Path(sys.executable)
    try:
        distribution = metadata.distribution(PROJECT)
    except metadata.PackageNotFoundError:  # its source is on the path, and nothing else
        return Installation(Way.PIP, prefix, python)
    packages = Path(str(distribution.locate_file("")))
    installer = (distribution.read_text("INSTALLER") or "").strip()
    origin = _origin(distribution.read_text("direct_url.json"))
    return Installation(_way(prefix, packages, installer), prefix, python, origin)


def _way(prefix: Path, packages: Path, installer: str) -> Way:
    """Returns what installed it. `packages`: the folder with its metadata. `installer`: what that
    says (PEP 376)."""
    if packages.resolve().is_relative_to(prefix.resolve()) and sys.prefix != sys.base_prefix:
        marks = {"pipx_metadata.json": Way.PIPX, "uv-receipt.toml": Way.UV_TOOL}
        for name, way in marks.items():
            if (prefix / name).exists():
                return way
        if (prefix.parent / MADE).exists():
            return Way.MAKE
        return Way.UV if installer == "uv" else Way.PIP
    if packages == Path(site.getusersitepackages()):
        return Way.PIP_USER
    if installer in ("pip", "uv"):
        return Way.PIP
    return Way.DEB if OWNED_BY_DPKG.exists() else Way.DISTRIBUTION


def _origin(direct_url: str | None) -> str:
    """Returns the URL of a direct_url.json (PEP 610), as pip takes it; "" if there is none."""
    if not direct_url:
        return ""
    source = json.loads(direct_url)
    if vcs := source.get("vcs_info"):
        return f"{vcs['vcs']}+{source['url']}"
    return source["url"]


def _is_managed() -> bool:
    """Whether pip must be told to install for a user beside a distribution's packages (PEP 668)."""
    import sysconfig  # noqa: PLC0415 # seldom needed, and it takes time

    return Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists()


def _path_of(url: str) -> str:
    """Returns the path of a file URL; "" if it is another one."""
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else ""


def _quoted(word: str | Path) -> str:
    return shlex.quote(str(word))
