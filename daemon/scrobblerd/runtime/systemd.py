"""What systemd is told: READY, STATUS, STOPPING and the watchdog's ping. Silent without systemd."""

import asyncio
import os

import sdnotify

from ..core.text import for_people


class SystemdNotifier:
    """The notify socket that $NOTIFY_SOCKET names, if it does."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier() if os.environ.get("NOTIFY_SOCKET") else None
        self._status = ""

    def ready(self) -> None:
        """The service works from now on."""
        self._send("READY=1")

    def stopping(self) -> None:
        """The service has begun to stop."""
        self._send("STOPPING=1\nSTATUS=Stopping")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; said only when it differs."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={for_people(text)}")

    async def watchdog(self) -> None:
        """Ping twice in the time that systemd allows, for ever; returns where it wants no ping."""
        microseconds = int(os.environ.get("WATCHDOG_USEC", "0") or "0")
        if not microseconds:
            return
        while True:
            self._send("WATCHDOG=1")
            await asyncio.sleep(microseconds / 2e6)

    def _send(self, message: str) -> None:
        if self._notifier is None:
            return
        # sdnotify encodes Latin-1 and loses what does not fit; these are the UTF-8 bytes, as text.
        self._notifier.notify(message.encode().decode("latin-1"))
