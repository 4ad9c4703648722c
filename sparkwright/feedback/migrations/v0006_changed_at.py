"""When a row of the log was last written, so that a join reads only what is new."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "v0006"
down_revision = "v0005"


def upgrade(op: Operations) -> None:
    """Add the column; it stays empty in rows of earlier versions, which count as written when they were decided."""
    op.add_column("decisions", sa.Column("changed_at", sa.DateTime))
    op.create_index("ix_decisions_changed_at", "decisions", ["changed_at"])
