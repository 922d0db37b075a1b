"""A bar that shows how far an export or import has come, on a terminal."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..display.screen import Screen

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """Shows a bar while it is entered; nothing if the output is no terminal."""

    def __init__(self, screen: Screen, total: int, noun: str, *, hidden: bool = False) -> None:
        """`total` of what `noun` names are to be done."""
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
