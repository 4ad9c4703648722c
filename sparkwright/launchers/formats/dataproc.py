"""Jobs of Dataproc on Compute Engine: what ``projects.regions.jobs.submit`` takes, or the job alone.

Source: ``Job`` of the Dataproc REST API v1: each kind of Spark job has ``properties``.
"""

from typing import Any

from sparkwright.errors import ConfigError
from sparkwright.launchers.formats.slot import (
    Document,
    Slot,
    conf_of,
    mapping,
    put_into,
    read_json,
    text_of,
    write_json,
)

_KINDS = ("sparkJob", "pysparkJob", "sparkRJob", "sparkSqlJob")
_MAINS = ("mainClass", "mainJarFileUri", "mainPythonFileUri", "mainRFileUri", "queryFileUri")

read, write = read_json, write_json


def slots(document: Document) -> list[Slot]:
    """The Spark jobs of a request, also those of a workflow template.

    Raises:
        ConfigError: There is none.
    """
    root = mapping(document)
    jobs = root.get("jobs")
    candidates = [one for one in jobs if isinstance(one, dict)] if isinstance(jobs, list) else []
    candidates += [mapping(root.get("job")) or root]
    found = [(job, kind) for job in candidates for kind in _KINDS if isinstance(job.get(kind), dict)]
    if not found:
        raise ConfigError(
            f"expected a Dataproc job with one of {', '.join(_KINDS)}; batches of Dataproc Serverless are none"
        )
    return [_slot(job, kind) for job, kind in found]


def _slot(job: dict[str, Any], kind: str) -> Slot:
    spark = job[kind]
    properties = conf_of(spark.get("properties"))
    main = next((text_of(spark[key]).rpartition("/")[2] for key in _MAINS if text_of(spark.get(key))), "")
    step = text_of(job.get("stepId"))
    name = properties.get("spark.app.name") or main or step or "dataproc"
    return Slot(
        label=text_of(mapping(job.get("reference")).get("jobId")) or step or name,
        properties=properties,
        app_name=name,
        put=put_into(spark, "properties"),
        user_name="root",  # whom the agent of Dataproc submits as
    )
