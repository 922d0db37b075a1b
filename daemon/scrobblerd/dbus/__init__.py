"""Connections to a bus, with bounds.

What must be done before the first import of dbus-next 0.2.3 is done here: `scrobblerd` itself
imports this package first of all.

- It imports `typing.no_type_check_decorator`, which Python 3.15 does not have. All that was done
  with it was for type checkers, so it is replaced by nothing.
- It imports GLib for a main loop that nobody here uses. If PyGObject is installed, as on most
  desktops, that takes 30 ms and 7 MB. So there is none for this process.
"""

import sys
import typing
from collections.abc import Callable
from typing import Any, TypeVar, cast

Decorator = TypeVar("Decorator", bound=Callable[..., object])


def _unchanged(decorator: Decorator) -> Decorator:
    return decorator


typing.__dict__.setdefault("no_type_check_decorator", _unchanged)

cast("dict[str, Any]", sys.modules).setdefault("gi", None)  # as if it were not installed
