"""The launch that asked, and what it was answered: a launch that asks again gets the same decision."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "v0004"
down_revision = "v0003"


def upgrade(op: Operations) -> None:
    """Add the columns; what was decided before was for no launch that is known."""
    op.add_column("decisions", sa.Column("launch_id", sa.Text))
    op.add_column("decisions", sa.Column("recommendation_json", sa.Text, nullable=False, server_default=""))
    # Any number of decisions for no launch: nulls are distinct.
    op.create_index("ix_decisions_launch", "decisions", ["workload_id", "launch_id", "attempt"], unique=True)
