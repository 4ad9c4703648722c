"""Queries that are wrong, or meet values they cannot take.

spark-submit queries.py VARIANT TPCH_FOLDER
"""

import sys
from collections.abc import Callable

from pyspark.sql import SparkSession

TABLES = ("customer", "lineitem", "nation", "orders", "region")

QUERIES = {
    "unknown_column": "select o_orderkey, o_custmerkey from orders where o_totalprice > 1000",
    "unknown_table": "select count(*) from orders join shipments on o_orderkey = s_orderkey",
    "ambiguous_column": "select l_orderkey, n_name from lineitem, nation a, nation b where a.n_regionkey > 1",
    "not_grouped": "select o_orderpriority, o_custkey, count(*) from orders group by o_orderpriority",
    "text_to_number": "select sum(cast(o_orderpriority as int)) from orders",
    "text_to_date": "select max(cast(o_comment as date)) from orders",
    "text_to_timestamp": "select c_name, cast(c_phone as timestamp) as called_at from customer order by called_at",
    "integer_product": "select max(int(l_orderkey) * 1000000 * int(l_linenumber)) from lineitem",
    "integer_sum": "select n_name, 2147483600 + int(n_nationkey) * 10 as code from nation order by code",
    "long_sum": "select sum(9000000000000000000 + l_orderkey) from lineitem",
}


def _query(text: str) -> Callable[[SparkSession, str], None]:
    def run(session: SparkSession, data: str) -> None:
        for table in TABLES:
            if table in text:
                session.read.parquet(f"{data}/{table}").createOrReplaceTempView(table)
        session.sql(text).show()

    return run


VARIANTS = {name: _query(text) for name, text in QUERIES.items()}


def run(session: SparkSession, variant: str, data: str) -> None:
    """What the variant does."""
    VARIANTS[variant](session, data)


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        run(session, *sys.argv[1:])
