"""The environment of an Airflow that runs this repository's DAGs; imports no Airflow.

``sparkwright up``, the demo and the tests share it, so that ``airflow dags test`` by hand and the scheduler see the
same.
"""

import base64
import secrets
from pathlib import Path

from sparkwright.owner_files import ADMIN, kept, own_folder, password_file
from sparkwright.settings import Settings

LOOPBACK = "127.0.0.1"
REPOSITORY = Path(__file__).resolve().parent.parent


def airflow_environment(where: Settings, *, api_port: int = 8080) -> dict[str, str]:
    """The environment of an Airflow that lives under ``where.home`` and runs this repository's DAGs.

    Every path is set here and overrides ``airflow.cfg``, which may name the original home after a copy.

    Raises:
        ConfigError: A secret cannot be stored in the home.
    """
    home = own_folder(where.home / "airflow")
    # Airflow's own default file would hold the absolute paths of this home.
    kept(home / "airflow.cfg", _own_config)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "infra" / "airflow_plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # Few tasks at a time: training and fine-tuning together would halve each other's speed.
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:ADMIN",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(where.home)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{api_port}/execution/",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": f"http://{LOOPBACK}:{api_port}",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SPARKWRIGHT_HOME": str(where.home),
    }


def _own_config() -> str:
    """The secrets that Airflow's components sign and encrypt with, and nothing else."""
    fernet_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return (
        "# Made by Sparkwright: only secrets. Everything else comes from the environment "
        "(sparkwright/orchestration.py), so that a\n# home can be copied and moved.\n"
        f"[core]\nfernet_key = {fernet_key}\n"
        f"[api]\nsecret_key = {secrets.token_urlsafe(32)}\n"
        f"[api_auth]\njwt_secret = {secrets.token_urlsafe(48)}\n"
    )
