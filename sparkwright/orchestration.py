"""The environment of an Airflow that runs this repository's DAGs; imports no Airflow.

``sparkwright up``, the demo and the tests use it, so that ``airflow dags test`` by hand and the scheduler see the same.
"""

import secrets
from pathlib import Path

from sparkwright.settings import Settings

LOOPBACK = "127.0.0.1"
REPOSITORY = Path(__file__).resolve().parent.parent


def airflow_environment(where: Settings, *, api_port: int = 8080) -> dict[str, str]:
    """The environment of an Airflow that lives under ``where.home`` and runs this repository's DAGs."""
    home = where.home / "airflow"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # One heavy command at a time: training and fine-tuning would halve each other.
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{api_port}/execution/",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": f"http://{LOOPBACK}:{api_port}",
        "AIRFLOW__API_AUTH__JWT_SECRET": _kept_secret(home / "jwt_secret"),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SPARKWRIGHT_HOME": str(where.home),
    }


def _kept_secret(path: Path) -> str:
    """A secret made once, readable by its owner only: components of one Airflow sign with the same."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()
