"""Which attempt was asked about, how much it was to read, and the policy that the decision kept to."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "v0002"
down_revision = "v0001"


def upgrade(op: Operations) -> None:
    """Add the columns; what was decided before was asked about a first attempt, without a policy."""
    op.add_column("decisions", sa.Column("attempt", sa.BigInteger, nullable=False, server_default="1"))
    op.add_column("decisions", sa.Column("input_bytes", sa.BigInteger))
    op.add_column("decisions", sa.Column("policy_version", sa.Text, nullable=False, server_default=""))
