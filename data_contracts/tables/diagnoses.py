"""What the people of a site know about failures."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import diagnosis as d
from data_contracts.fields import identity as i
from data_contracts.row import Row


class ConfirmedCase(Row):
    """One failure whose root cause a person confirmed; it includes its facts, so that it outlives its application."""

    table: ClassVar[str] = "confirmed_cases"

    app_id: Key[i.AppId]
    attempt_id: Key[i.AttemptId]
    root_cause: Meta[d.ConfirmedCause]
    confirmed_by: Meta[d.ConfirmedBy]
    confirmed_at: Meta[d.ConfirmedAt]
    facts_json: Meta[d.FactsJson]
