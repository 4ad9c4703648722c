"""What a troubleshooter is trained and scored on; kept with its training, not in the lake."""

from typing import ClassVar

from data_contracts.column import Key, Meta
from data_contracts.fields import diagnosis as d
from data_contracts.row import Row


class TrainingCase(Row):
    """One failure as a question, with its root cause."""

    table: ClassVar[str] = "training_cases"

    case_id: Key[d.CaseId]
    split: Meta[d.CaseSplit]
    origin: Meta[d.CaseOrigin]
    root_cause: Meta[d.TrueCause]
    fact_count: Meta[d.FactCount]
    question: Meta[d.CaseQuestion]
