"""Opens the user's browser, and draws a QR code if there is none."""

import io
import os
import shutil
import subprocess

OPENER = "xdg-open"
"""The program that opens a URL with the user's browser (freedesktop.org, xdg-utils)."""

QUIET_ZONE_MODULES = 2
"""Empty squares around a QR code. The standard asks for 4; cameras need only 2, and then it fits
on a terminal of 24 lines."""


def open_page(url: str) -> bool:
    """Opens `url` in the user's browser. Returns False if there is none outside the terminal."""
    if not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
        return False
    if shutil.which(OPENER) is None:
        return False
    subprocess.Popen(  # without our terminal, and out of reach of our Ctrl-C
        [OPENER, url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True


def qr_code(url: str) -> str:
    """Returns `url` as a QR code of block characters, two rows in a line."""
    import segno  # noqa: PLC0415 # few need it

    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, border=QUIET_ZONE_MODULES, compact=True)
    return out.getvalue().rstrip("\n")
