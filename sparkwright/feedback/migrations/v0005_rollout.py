"""Workloads that have not opted in, and the release in shadow: what they would have been advised."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "v0005"
down_revision = "v0004"


def upgrade(op: Operations) -> None:
    """Add the columns; what was decided before was advice, and no other release was asked."""
    op.add_column("decisions", sa.Column("report_only", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("decisions", sa.Column("withheld_json", sa.Text, nullable=False, server_default=""))
    op.add_column("decisions", sa.Column("shadow_json", sa.Text, nullable=False, server_default=""))
