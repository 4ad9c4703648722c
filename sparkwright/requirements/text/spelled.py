"""Words that decide by their spelling, whichever language a text is in."""

import tomllib
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parents[1] / "lexicon" / "common.toml"


@lru_cache(256)
def spelled(name: str) -> frozenset[str]:
    """The folded words of a set of ``[spelled]`` in ``lexicon/common.toml``."""
    words: str = tomllib.loads(_FILE.read_text("utf-8"))["spelled"][name]
    return frozenset(word.strip() for word in words.split("|"))
