"""A bar that shows on a terminal how far something is: a command itself, or the daemon."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..client import Client
from ..display.screen import Screen

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """Shows a bar while it is entered; nothing if the output is no terminal."""

    def __init__(
        self, screen: Screen, total: int | None, noun: str, *, hidden: bool = False
    ) -> None:
        """`total` of what `noun` names are to be done; None = it is not known yet."""
        self._hidden = hidden
        self._screen, self._total, self._noun = screen, total, noun
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if self._screen.live and not self._hidden:
            from rich import progress  # noqa: PLC0415 # only here

            self._bar = progress.Progress(
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TextColumn(self._noun),
                console=self._screen.console,
                transient=True,
            )
            self._bar.add_task("", total=self._total)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, done: int, total: int | None = None) -> None:
        """Shows that `done` of them are done, or of `total` if that has become known."""
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total)


@asynccontextmanager
async def following(
    client: Client, screen: Screen, signal: str, noun: str, *, of: str = "", hidden: bool = False
) -> AsyncGenerator[None]:
    """Shows a bar while the daemon does something. Its `signal` ends with how many are done, and of
    how many; with `of` only those count that begin with this word."""
    if hidden or not screen.live:
        yield
        return
    await client.listen()
    with Progress(screen, None, noun) as progress:
        watching = asyncio.create_task(_follow(client, signal, of, progress))
        try:
            yield
        finally:
            watching.cancel()


async def _follow(client: Client, signal: str, of: str, progress: Progress) -> None:
    while True:
        member, values = await client.next_signal()
        if member == signal and (not of or values[0] == of):
            *_, done, total = values
            progress.update(done, total or None)
