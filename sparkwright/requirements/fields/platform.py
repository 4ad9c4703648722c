"""Where a run is said to run."""

from collections.abc import Iterator

from sparkwright.requirements.items import Item
from sparkwright.requirements.sentence import Said, Sentence, Unclear
from sparkwright.requirements.text.spelled import spelled

_HOSTS = {"emr": {"yarn", "kubernetes"}, "dataproc": {"yarn", "kubernetes"}, "databricks": set[str]()}


def read_platforms(sentence: Sentence) -> Iterator[Said | Unclear]:
    """Where the run is said to run."""
    found: list[tuple[int, Said]] = []
    for at, item in sentence:
        name = "local" if item.has("local") else item.of("platform")
        if item.has("local") and sentence.left(at, "other_people", reach=2) is not None:
            continue  # they open their laptops
        if item.has("local") and (thing := sentence.get(at + 1)) is not None and thing.has("local_thing"):
            continue  # local disk
        if name is None or name == "?" or _is_left_behind(sentence, at):
            continue
        found.append((at, Said("platform", name, item.start, item.end)))
    some = next((item for item in sentence.items if item.has("platform.?")), None)
    if some is not None and not found:  # somewhere in the cloud
        yield Unclear("platform", "ambiguous", "which one", some.start, some.end)
    names = {str(reading.value) for _, reading in found}
    is_open = any(_is_alternative(sentence, at) for at, _ in found) or any(
        item.has("either") for item in sentence.items
    )
    if len(names) > 1 and is_open:
        yield Unclear("platform", "ambiguous", "one platform", found[0][1].start, found[-1][1].end)
        return
    for guest, hosts in _HOSTS.items():
        if guest in names:
            names -= hosts
    if names == {"standalone", "local"}:
        names = {"standalone"}
    yield from (reading for _, reading in found if reading.value in names)


def _is_left_behind(sentence: Sentence, at: int) -> bool:
    """``Not on YARN``, ``moved from EMR``, ``instead of Databricks``."""
    before = sentence.get(at - 1)
    if before is not None and before.text in _ONTO and sentence.clause_has(at, "instead"):
        return False  # moved from EMR to Databricks last month
    place = sentence.left(at, "instead", "neg", reach=4)
    if place is not None and any(sentence.items[between].of("platform") for between in range(place + 1, at)):
        place = None
    if (
        place is not None
        and sentence.items[place].has("neg")
        and any(sentence.items[between].has("platform", "priority", "gpu", "mem") for between in range(place, at))
    ):
        return False
    following = sentence.get(at + 1)
    if following and (following.has("past") or sentence.right(at, "dismissed", "gone", reach=3) is not None):
        return True
    if following and following.text in ("is", "isn") and sentence.right(at, "neg", reach=2) is not None:
        return _other_platform(sentence, at)
    return place is not None or (sentence.clause_has(at, "past") and _other_platform(sentence, at))


_ONTO = spelled("moved_to")


def _other_platform(sentence: Sentence, at: int) -> bool:
    clause = sentence.clause(at)
    return any(other.of("platform") for place, other in sentence if place not in clause)


def _is_alternative(sentence: Sentence, at: int) -> bool:
    def is_or(item: Item | None) -> bool:
        return item is not None and item.has("or") and item.text not in ("to", "-")

    if any(item.has("either") for item in sentence.items[:at]) or sentence.has("unsure"):
        return True
    return is_or(sentence.get(at - 1)) or is_or(sentence.get(at + 1)) or is_or(sentence.get(at - 2))
