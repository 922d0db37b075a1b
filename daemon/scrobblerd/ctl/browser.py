"""The user's browser, and a QR code for where there is none."""

import io
import os
import shutil
import subprocess

OPENER = "xdg-open"
"""Knows the user's browser, or asks the desktop (freedesktop.org, xdg-utils)."""

QUIET = 2
"""Empty squares around a QR code. A standard asks for 4, cameras do with 2, and so it fits on a
terminal of 24 lines."""


def opened(url: str) -> bool:
    """Open `url` in the user's browser; whether there is one. A browser in the terminal is none."""
    if not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
        return False
    if shutil.which(OPENER) is None:
        return False
    subprocess.Popen(  # its words do not belong on our terminal, nor does our Ctrl-C reach it
        [OPENER, url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True


def code(url: str) -> str:
    """`url` as a QR code of block characters, two rows in a line, for a camera."""
    import segno  # noqa: PLC0415 # few need it

    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, border=QUIET, compact=True)
    return out.getvalue().rstrip("\n")
