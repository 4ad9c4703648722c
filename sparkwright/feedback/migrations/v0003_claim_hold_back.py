"""The risk that the decision claimed, and whether chance held it back; decisions are counted by their workload."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "v0003"
down_revision = "v0002"


def upgrade(op: Operations) -> None:
    """Add the columns; what was decided before claimed nothing that was kept, and nothing was held back."""
    op.add_column("decisions", sa.Column("claimed_death_probability", sa.Float))
    op.add_column("decisions", sa.Column("held_back", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_decisions_workload_id", "decisions", ["workload_id"])
