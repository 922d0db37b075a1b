"""Libraries that not everybody needs: whether one is here, and how to get it."""

import importlib.util
import shlex
import sys


def is_installed(name: str) -> bool:
    """Whether the Python that runs has the library."""
    return importlib.util.find_spec(name) is not None


def how_to_install(name: str) -> str:
    """What to do where it is missing: an environment has a pip of its own, as that of `make
    install` has; the system's Python takes packages of the distribution only."""
    if sys.prefix == sys.base_prefix:
        return f"install your distribution's python3-{name}"
    return f"run {shlex.quote(sys.executable)} -m pip install {name}"
