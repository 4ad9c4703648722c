"""The ``spark.*`` properties of a request: those of the table are checked, others pass through as text."""

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from data_contracts.spark_properties import PROPERTIES, SparkProperty


class _Properties(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, serialize_by_alias=True)
    __pydantic_extra__: dict[str, str]

    def as_conf(self) -> dict[str, str]:
        """Every property that is set, by its Spark name."""
        return {
            name: value
            for name, value in self.model_dump(by_alias=True, exclude_none=True).items()
            if value is not None
        }


def _checked(known: SparkProperty) -> Any:
    def check(value: str) -> str:
        known.check(value)
        return value

    return Annotated[str, AfterValidator(check)] | None


def _field_name(name: str) -> str:
    return re.sub(r"[.]|(?<=[a-z])(?=[A-Z])", "_", name).lower()


if TYPE_CHECKING:

    class SparkProperties(_Properties):
        """``spark.*`` properties as text; those Sparkwright reads or writes are checked, others pass through."""

else:
    SparkProperties = create_model(
        "SparkProperties",
        __base__=_Properties,
        __doc__="``spark.*`` properties as text; those Sparkwright reads or writes are checked, others pass through.",
        **{_field_name(name): (_checked(known), Field(None, alias=name)) for name, known in PROPERTIES.items()},
    )
