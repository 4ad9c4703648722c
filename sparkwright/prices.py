"""The price sheet: what a core and a GiB cost for an hour."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from data_contracts.api.report import Prices
from sparkwright.config import Config, load_config

DEFAULT_SHEET = Path(__file__).with_name("prices.yaml")


class PriceSheet(Config):
    """A price sheet in YAML; amounts are per hour."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as USD.")]
    vcore_hour: Annotated[float, Field(ge=0, allow_inf_nan=False, description="One core.")]
    memory_gib_hour: Annotated[float, Field(ge=0, allow_inf_nan=False, description="One GiB, 2^30 bytes.")]
    source: Annotated[str, Field(min_length=1, max_length=300, description="Where the prices come from.")]


def load_prices(path: Path | None) -> Prices:
    """The sheet in ``path``, or the one that comes with Sparkwright.

    Raises:
        ConfigError: The file is not such a sheet; the message lists every mistake.
    """
    return Prices(**load_config(PriceSheet, path or DEFAULT_SHEET, []).model_dump())
