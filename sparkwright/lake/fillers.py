"""Which command fills a table, for messages about one that is missing."""

from data_contracts.row import Row

_FILLED_BY = {
    "accepted_batches": "sparkwright validate",
    "certificates": "sparkwright feedback",
    "death_watch": "sparkwright feedback",
    "confirmed_cases": "sparkwright diagnose --confirm",
    "decisions": "sparkwright feedback",
    "oracle": "sparkwright lab oracle",
    "outcomes": "sparkwright feedback",
    "latent_needs": "sparkwright lab simulate",
    "workload_states": "sparkwright states",
}


def filler(row_type: type[Row]) -> str:
    """Return the command that fills the table."""
    return _FILLED_BY.get(row_type.table, "sparkwright harvest")
