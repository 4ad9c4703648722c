"""The tables of the lake: columns, primary key, and the role of each column; one file per family.

Each class is one row. ``Key`` columns are the primary key.
"""

from data_contracts.row import Row
from data_contracts.tables.claims import Certificate, DeathWatch
from data_contracts.tables.decisions import Decision, Outcome
from data_contracts.tables.diagnoses import ConfirmedCase
from data_contracts.tables.harvest import AcceptedBatch, Quarantined, Source
from data_contracts.tables.history import Application, Evidence, Executor, SqlExecution, Stage
from data_contracts.tables.oracle import Oracle
from data_contracts.tables.runs import Run
from data_contracts.tables.simulation import LatentNeed
from data_contracts.tables.states import WorkloadState

__all__ = [
    "TABLES",
    "AcceptedBatch",
    "Application",
    "Certificate",
    "ConfirmedCase",
    "DeathWatch",
    "Decision",
    "Evidence",
    "Executor",
    "Oracle",
    "Outcome",
    "Quarantined",
    "Run",
    "Source",
    "SqlExecution",
    "Stage",
    "WorkloadState",
]

TABLES: tuple[type[Row], ...] = (
    Application,
    Stage,
    Executor,
    SqlExecution,
    Run,
    WorkloadState,
    Evidence,
    Source,
    Quarantined,
    AcceptedBatch,
    Decision,
    Outcome,
    Certificate,
    DeathWatch,
    ConfirmedCase,
    LatentNeed,
    Oracle,
)
