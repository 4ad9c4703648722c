"""Print what Airflow reads from a folder of DAG files, as JSON on the last line."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG


def described(dag: DAG) -> dict[str, object]:
    watched = getattr(dag.timetable, "asset_condition", None)
    return {
        "file": dag.fileloc,
        "doc": dag.doc_md,
        "commands": [task.bash_command for task in dag.tasks],
        "docs": [task.doc_md for task in dag.tasks],
        "skips": [task.skip_on_exit_code for task in dag.tasks],
        "inlets": sorted(asset.name for asset in watched.objects) if watched else [],
        "outlets": sorted(outlet.name for task in dag.tasks for outlet in task.outlets),
        "params": {name: dag.params.get_param(name).dump() for name in dag.params},
    }


sys.path.append(sys.argv[1])  # as the DAG processor does for its bundle
bag = DagBag(sys.argv[1])
errors = {str(name): text for name, text in bag.import_errors.items()}
print(json.dumps({"errors": errors, "dags": {name: described(dag) for name, dag in bag.dags.items()}}, default=str))
