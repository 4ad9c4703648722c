"""Reads exports that are one JSON array per file: Spark parses a whole file into rows before it hands out the first.

spark-submit json_ingest.py DOCUMENTS_FOLDER
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

SCHEMA = "id long, author string, body string, tags array<string>, score double"


def run(spark: SparkSession, data: str) -> int:
    """The number of tags."""
    documents = spark.read.schema(SCHEMA).json(f"{data}/documents", multiLine=True)
    return documents.select(f.explode("tags").alias("tag")).groupBy("tag").count().count()


if __name__ == "__main__":
    with SparkSession.builder.getOrCreate() as session:
        print(run(session, *sys.argv[1:]))
