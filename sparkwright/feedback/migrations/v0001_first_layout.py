"""The layout of version 0.1.0, which kept no version: a log that it wrote is taken over as it is."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "v0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Make the table where it is not there."""
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.String(64), primary_key=True),
        sa.Column("workload_id", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime, nullable=False),
        sa.Column("release_version", sa.Text, nullable=False),
        sa.Column("forecaster_version", sa.Text, nullable=False),
        sa.Column("request_json", sa.Text, nullable=False),
        sa.Column("forecast_json", sa.Text, nullable=False),
        sa.Column("allocation_json", sa.Text, nullable=False),
        sa.Column("cold", sa.Boolean, nullable=False),
        sa.Column("trial", sa.Boolean, nullable=False),
        sa.Column("extrapolated", sa.Boolean, nullable=False),
        sa.Column("reported_app_id", sa.Text),
        sa.Column("reported_exit_code", sa.BigInteger),
        if_not_exists=True,
    )
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"], if_not_exists=True)
