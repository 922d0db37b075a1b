"""Finds libraries that only some users need, and says how to install them."""

import importlib.util
import shlex
import sys


def is_installed(name: str) -> bool:
    """Decides whether the Python that runs has the library."""
    return importlib.util.find_spec(name) is not None


def how_to_install(name: str) -> str:
    """Says how to install a library that is missing.

    An environment, such as the one of `make install`, has a pip of its own. The system's Python
    takes packages of the distribution only.
    """
    if sys.prefix == sys.base_prefix:
        return f"install your distribution's python3-{name}"
    return f"run {shlex.quote(sys.executable)} -m pip install {name}"
