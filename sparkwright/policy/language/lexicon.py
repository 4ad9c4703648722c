"""The patterns that the grammar asks for most: directions, prohibitions, demands, switches, and what properties are called."""

import re
from typing import Final

from sparkwright.policy.language.vocabulary import names, part, properties, says, whole

FORBID: Final = whole("forbid")
REQUIRE: Final = re.compile(rf"\b(?:{says('require')})\b|=")
ON: Final = whole("on")
OFF: Final = whole("off")

MEMORY: Final = part("memory")
CORE: Final = part("core")
EXECUTOR: Final = part("executor")
DRIVER: Final = part("driver")
PROPERTIES: Final = properties()
STOP: Final = names("none")
NEVER: Final = names("never")

SWITCH_OF: Final = {"spark.memory.offHeap.size": "spark.memory.offHeap.enabled"}
"""Where a switch is said of something that has a size, too."""
