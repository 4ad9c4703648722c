"""Jobs of Dataproc on Compute Engine: what ``projects.regions.jobs.submit`` takes, or the job alone.

Source: ``Job`` of the Dataproc REST API v1: each kind of Spark job has ``properties``.
"""

from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.json_document import (
    Document,
    conf_in,
    object_in,
    object_of,
    objects_in,
    read_json,
    text_of,
    write_json,
)
from sparkwright.launchers.formats.slot import Slot, put_into

_KINDS = ("sparkJob", "pysparkJob", "sparkRJob", "sparkSqlJob")
_MAINS = ("mainClass", "mainJarFileUri", "mainPythonFileUri", "mainRFileUri", "queryFileUri")

read, write = read_json, write_json


def slots(document: Document) -> list[Slot]:
    """The Spark jobs of a request, also those of a workflow template.

    Raises:
        ConfigError: There is none, or a part of it has another type.
    """
    root = object_of(document)
    candidates = [*objects_in(root, "jobs"), object_in(root, "job") or root]
    found = [(job, spark) for job in candidates for kind in _KINDS if (spark := object_in(job, kind))]
    if not found:
        raise ConfigError(
            f"expected a Dataproc job with one of {', '.join(_KINDS)}; batches of Dataproc Serverless are none"
        )
    return [_slot(job, spark) for job, spark in found]


def _slot(job: dict[str, Any], spark: dict[str, Any]) -> Slot:
    properties = conf_in(spark, "properties")
    main = next((text_of(spark[key]).rpartition("/")[2] for key in _MAINS if text_of(spark.get(key))), "")
    step = text_of(job.get("stepId"))
    name = properties.get("spark.app.name") or main or step or "dataproc"
    return Slot(
        label=text_of(object_in(job, "reference").get("jobId")) or step or name,
        properties=properties,
        app_name=name,
        put=put_into(spark, "properties"),
        user_name="root",  # whom the agent of Dataproc submits as
    )
