"""Paths as a systemd unit and a D-Bus service file want them."""

from ..errors import Failure


def unit_word(path: str) -> str:
    """Returns the path of a program for `ExecStart=` (systemd.service(5), "COMMAND LINES"). Raises
    Failure if no unit can hold it."""
    _check(path)
    word = path.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    if word != path or any(mark in path for mark in " ';#"):
        word = f'"{word}"'
    if any(mark in path for mark in "\\\"'"):  # systemd starts nothing of such a name itself
        word = f"env {word}"
    return f":{word}" if "$" in path else word  # ":" = it has no variables


def bus_word(path: str) -> str:
    """Returns the path of a program for `Exec=`, which the bus splits as a shell does. Raises
    Failure if no file can hold it."""
    _check(path)
    word = path
    for mark in ("\\", '"', "$", "`"):
        word = word.replace(mark, f"\\{mark}")
    return f'"{word}"'.replace("\\", "\\\\")  # the file has escapes of its own


def _check(path: str) -> None:
    if not path.isprintable():
        raise Failure(f"{path!r} is no path for a service: move it")
