"""Ask the real application of Airflow's API server, in memory; the last line is each answer's status as JSON."""

import json
import os
from pathlib import Path

from airflow.api_fastapi.app import create_app
from starlette.testclient import TestClient

passwords = json.loads(Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]).read_text())
right, wrong = ({"username": "admin", "password": each} for each in (passwords["admin"], "admin"))
dags, token = "/api/v2/dags", "/auth/token"
found = {}
with TestClient(create_app(), base_url="http://127.0.0.1:8080", follow_redirects=False) as client:
    found["a token for the asking"] = client.get(token).status_code
    found["a login for the asking"] = client.get("/auth/token/login").status_code
    found["a token for a wrong password"] = client.post(token, json=wrong).status_code
    found["DAGs without a token"] = client.get(dags).status_code
    answer = client.post(token, json=right)
    found["a token for the password"] = answer.status_code
    bearer = {"Authorization": f"Bearer {answer.json().get('access_token')}"}
    found["DAGs with it"] = client.get(dags, headers=bearer).status_code
    found["from a rebound name"] = client.get(dags, headers={**bearer, "Host": "rebound.example:8080"}).status_code
    found["from localhost"] = client.get(dags, headers={**bearer, "Host": "localhost:8080"}).status_code
print(json.dumps(found))
