"""scrobblerctl, the command for people: it speaks only D-Bus to the daemon, and shows what it says.

`__main__` is where it begins. `arguments` names every command and the function behind it.
`commands` has a file for each subject. `client` is the way to the daemon, `display.screen` the way
to the terminal; the rest of `display` only turns values into text.

A command is over in a moment, of which imports are the most. So here is what must be done before
them:

- asyncio is imported without ssl, as on a Python that has none: no command speaks TLS.
- Garbage is collected seldom, and not at the end, when all of it goes anyway.
"""

import atexit
import gc
import sys
from typing import Any, cast

MAX_NEW_OBJECTS = 50_000
"""New objects, some MB, after which garbage is collected. Python's 700 are reached a hundred times
by imports alone, which takes 10 ms."""

gc.set_threshold(MAX_NEW_OBJECTS)
atexit.register(gc.freeze)  # saves 30 ms

if "asyncio" not in sys.modules and "ssl" not in sys.modules:
    cast("dict[str, Any]", sys.modules)["ssl"] = None
    import asyncio as asyncio

    del sys.modules["ssl"]
