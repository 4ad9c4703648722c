"""Full collections happen when nobody waits, and leave nothing to walk through."""

import gc
import weakref

import pytest

from serving.decisions import idle_collection
from serving.decisions.idle_collection import IdleCollection


class Knot:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def full_collections():
    """How many there were so far; afterwards the collector is as it was."""
    thresholds, starts = gc.get_threshold(), []

    def note(phase, info):
        if phase == "start" and info["generation"] == 2:
            starts.append(info)

    # Whatever the tests before left of a service in this process, and of what it froze.
    gc.set_threshold(700, 10, 10)
    gc.unfreeze()
    gc.enable()
    gc.callbacks.append(note)
    yield lambda: len(starts)
    gc.callbacks.remove(note)
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def many_that_stay() -> list[list[int]]:
    """More than Python bears without a full collection: half of all there is, and more than a few ten thousand."""
    return [[] for _ in range(max(100_000, len(gc.get_objects()) + gc.get_freeze_count()))]


def test_python_alone_collects_in_the_middle(full_collections):
    gc.collect()
    before = full_collections()
    kept = many_that_stay()
    assert full_collections() > before, len(kept)


def test_nothing_is_collected_while_somebody_waits(full_collections):
    is_idle = False
    collection = IdleCollection(lambda: is_idle)
    collection.start()
    before, frozen = full_collections(), gc.get_freeze_count()
    kept = many_that_stay()
    collection.look()
    assert full_collections() == before
    is_idle = True
    collection.look()
    assert full_collections() == before + 1
    assert gc.get_freeze_count() >= frozen + len(kept)
    collection.look()
    assert full_collections() == before + 1  # not worth it


def test_one_that_is_never_idle_collects_after_all(full_collections, monkeypatch):
    collection = IdleCollection(lambda: False)
    collection.start()
    before = full_collections()
    kept = many_that_stay()
    monkeypatch.setattr(idle_collection, "_LONGEST_S", 0.0)
    collection.look()
    assert full_collections() == before + 1, len(kept)


def test_garbage_that_was_set_aside_goes_within_the_hour(full_collections, monkeypatch):
    knot = Knot()
    gone = weakref.ref(knot)
    collection = IdleCollection(lambda: True)
    collection.start()
    del knot
    gc.collect()
    assert gone() is not None
    monkeypatch.setattr(idle_collection, "_WHOLE_EVERY_S", 0.0)
    collection.look()
    assert gone() is None
