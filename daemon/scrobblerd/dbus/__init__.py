"""Connections to a bus, with bounds.

dbus-next 0.2.3 imports `typing.no_type_check_decorator`, which Python 3.15 does not have. All that
it did there was for type checkers, so it is replaced by nothing. That must happen before the first
import of dbus-next: `scrobblerd` itself imports this package first of all.
"""

import typing
from collections.abc import Callable
from typing import TypeVar

Decorator = TypeVar("Decorator", bound=Callable[..., object])


def _unchanged(decorator: Decorator) -> Decorator:
    return decorator


typing.__dict__.setdefault("no_type_check_decorator", _unchanged)
