"""The ``spark.*`` properties of a request: those in our table are checked, others pass through as text."""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model, model_validator

from data_contracts.api.limits import (
    MAX_PROPERTIES,
    MAX_PROPERTIES_LENGTH,
    MAX_PROPERTY_NAME_LENGTH,
    MAX_PROPERTY_VALUE_LENGTH,
)
from data_contracts.properties.spark import PROPERTIES, SparkProperty


class _Properties(BaseModel):
    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        serialize_by_alias=True,
        json_schema_extra={
            "maxProperties": MAX_PROPERTIES,
            "propertyNames": {"maxLength": MAX_PROPERTY_NAME_LENGTH},
        },
    )
    __pydantic_extra__: dict[str, Annotated[str, Field(max_length=MAX_PROPERTY_VALUE_LENGTH)]]

    @model_validator(mode="before")
    @classmethod
    def _within_limits(cls, given: Any) -> Any:
        """Refuse too many or too long properties before examining any of them."""
        if not isinstance(given, dict):
            return given
        if len(given) > MAX_PROPERTIES:
            raise ValueError(f"expected at most {MAX_PROPERTIES} properties, got {len(given)}")
        length = 0
        for name, value in given.items():
            if len(name) > MAX_PROPERTY_NAME_LENGTH:
                raise ValueError(f"expected names of at most {MAX_PROPERTY_NAME_LENGTH} characters, got {len(name)}")
            length += len(name) + (len(value) if isinstance(value, str) else 0)
        if length > MAX_PROPERTIES_LENGTH:
            raise ValueError(f"expected at most {MAX_PROPERTIES_LENGTH} characters of properties, got {length}")
        return given

    def as_conf(self) -> dict[str, str]:
        """Return every property that is set, by its Spark name."""
        return dict(self._conf)

    @cached_property
    def _conf(self) -> dict[str, str]:
        return {
            name: value
            for name, value in self.model_dump(by_alias=True, exclude_none=True).items()
            if value is not None
        }


def _checked(known: SparkProperty) -> Any:
    def check(value: str) -> str:
        known.check(value)
        return value

    # The check uses the same pattern; as pydantic's own constraint it would give an unreadable message.
    schema = {"type": "string", "pattern": known.pattern}
    return Annotated[str, AfterValidator(check), WithJsonSchema(schema)] | None


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
