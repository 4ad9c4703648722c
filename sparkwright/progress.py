"""Announce what a command is waiting for."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID


class AnnouncedProgress(Progress):
    """Progress bars that, without a terminal, print the name of each task when it is added."""

    def add_task(self, description: str, *args: Any, **kwargs: Any) -> TaskID:
        """Add a task and announce it."""
        if not self.console.is_terminal:
            self.console.print(f"{description} ...", markup=False, highlight=False, soft_wrap=True)
        return super().add_task(description, *args, **kwargs)


def waiting_for(what: str, console: Console) -> AbstractContextManager[object]:
    """Show a spinner on a terminal; elsewhere print one line at the start."""
    if console.is_terminal:
        return console.status(what)
    console.print(f"{what} ...", markup=False, highlight=False, soft_wrap=True)
    return nullcontext()
