"""How far a long command has come."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class SeedingBar:
    """A progress bar that appears with the first report."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> "SeedingBar":
        self._bar = Progress(
            TextColumn("seeding"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=self._console
        )
        self._task: int | None = None
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("members", total=total)
        self._bar.update(self._task, completed=done)  # type: ignore[arg-type]  # rich's TaskID is an int

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._bar.stop()
