"""Gives memory back to the system that the C library keeps after a large answer."""

from contextlib import suppress


def give_back() -> None:
    """Returns what is free. Does nothing where the C library is not glibc: others keep little."""
    import ctypes  # noqa: PLC0415 # few ever need it

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
