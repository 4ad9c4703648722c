"""What a command waits for, said before it waits."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID


class TellingProgress(Progress):
    """Bars that, where no terminal shows them, say the name of each task when it is added."""

    def add_task(self, description: str, *args: Any, **kwargs: Any) -> TaskID:
        """The task, told."""
        if not self.console.is_terminal:
            self.console.print(f"{description} ...", markup=False, highlight=False, soft_wrap=True)
        return super().add_task(description, *args, **kwargs)


def waiting_for(what: str, console: Console) -> AbstractContextManager[object]:
    """A moving line on a terminal; elsewhere, where nothing moves, a line when it begins."""
    if console.is_terminal:
        return console.status(what)
    console.print(f"{what} ...", markup=False, highlight=False, soft_wrap=True)
    return nullcontext()
