"""Policies in the words of other systems; what those cannot say is named, never dropped in silence."""

from collections.abc import Callable, Sequence
from typing import Final

from data_contracts.policy import Policy
from sparkwright.policy.export.base import Exported
from sparkwright.policy.export.databricks import from_databricks, to_databricks
from sparkwright.policy.export.kyuubi import from_kyuubi, to_kyuubi
from sparkwright.policy.export.spark_defaults import from_spark_defaults, to_spark_defaults
from sparkwright.policy.export.yunikorn import from_yunikorn, to_yunikorn

__all__ = ["EXPORTS", "IMPORTS", "Exported"]

EXPORTS: Final[dict[str, Callable[[Sequence[Policy]], Exported]]] = {
    "spark-defaults": to_spark_defaults,
    "databricks": to_databricks,
    "yunikorn": to_yunikorn,
    "kyuubi": to_kyuubi,
}
"""By format: the text, and what it does not say."""
IMPORTS: Final[dict[str, Callable[[str], list[Policy]]]] = {
    "spark-defaults": from_spark_defaults,
    "databricks": from_databricks,
    "yunikorn": from_yunikorn,
    "kyuubi": from_kyuubi,
}
"""The same read back: what the other system enforces."""
