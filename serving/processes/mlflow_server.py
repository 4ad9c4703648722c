"""``python -m serving.processes.mlflow_server --port PORT``: MLflow on loopback, for the owner only."""

import argparse
import sys

from serving.processes.owner_gate import OwnerGate
from sparkwright.errors import SparkwrightError
from sparkwright.orchestration import LOOPBACK
from sparkwright.owner_files import ADMIN, admin_password
from sparkwright.registry.server import server_app
from sparkwright.settings import settings


def main() -> int:
    """Serve until stopped; exit code 2 where the store or the password cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m serving.processes.mlflow_server", description=main.__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    import uvicorn

    where = settings()
    hosts = frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost"))
    try:
        app = OwnerGate(server_app(where), user=ADMIN, password=admin_password(where.home), hosts=hosts)
    except SparkwrightError as error:
        print(f"mlflow: {error}", file=sys.stderr)
        return 2
    uvicorn.run(app, host=LOOPBACK, port=port, log_level="warning", server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
