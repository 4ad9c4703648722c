"""What advice adds to a task of Airflow that submits, in a worker's process that has Airflow loaded already.

    SPARKWRIGHT_SERVICE_URL=... python -m evaluation.benchmarks.airflow_task [REPEATS]

Between the command line that the provider built and the one with advice; the provider and Airflow are the real ones,
without a scheduler and a database. Prints the least milliseconds of processor and on the clock.
``evaluation.benchmarks.launchers`` starts it over a service that answers at once.
"""

import sys
import time
from types import SimpleNamespace
from typing import Any


def main() -> None:
    """Print the two figures."""
    from sparkwright.launchers.airflow import AdvisedSparkSubmitOperator

    operator: Any = AdvisedSparkSubmitOperator(task_id="orders", application="app.py", executor_cores=2)
    words = ["spark-submit", "--master", "yarn", "--executor-cores", "2", "--name", "arrow-spark", "app.py"]
    took = []
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 7):
        ti = SimpleNamespace(
            dag_id="sales", task_id="orders", run_id=f"r{number}", map_index=-1, try_number=1, max_tries=0
        )
        ti.xcom_push = lambda **_: None
        operator._begin({"ti": ti, "task": operator})
        processor, clock = time.process_time(), time.perf_counter()
        advised = operator._advised(words)
        took.append((time.process_time() - processor, time.perf_counter() - clock))
        assert any("decisionId" in word for word in advised), "expected advice, got none"
    print(*(f"{1000 * min(one):.1f}" for one in zip(*took, strict=True)))


if __name__ == "__main__":
    main()
