"""Run the tasks of ``dags/cases_dag.py`` as ``airflow dags test`` does; the last line is how each ended, as JSON."""

import json
import sys

from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select

sys.path.append(sys.argv[1])

from cases_dag import dag

run = dag.test()
found = [
    {"task": ti.task_id, "map_index": ti.map_index, "state": str(ti.state), "tries": ti.try_number}
    for ti in run.get_task_instances()
]
with create_session() as session:
    for key in ("_link_DecisionLink", "sparkwright_decision"):
        for row in session.scalars(select(XComModel).where(XComModel.key == key)):
            for one in found:
                if (one["task"], one["map_index"]) == (row.task_id, row.map_index):
                    one[key] = row.value
print(json.dumps(found))
