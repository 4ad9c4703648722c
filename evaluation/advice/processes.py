"""Split work over processes: policies are functions, which cannot be pickled, so workers are forked with them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_work: Callable[[Any], Any] | None = None


def mapped(work: Callable[[Item], Result], items: Iterable[Item], jobs: int) -> Iterator[Result]:
    """Yield ``work`` of each item, in order.

    Args:
        work: Any function, including closures.
        items: Picklable items.
        jobs: Number of processes; 1 means this one.
    """
    global _work
    if jobs == 1:
        yield from map(work, items)
        return
    _work = work
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        yield from pool.map(_forked, items)


def _forked(item: Any) -> Any:
    assert _work is not None
    return _work(item)
