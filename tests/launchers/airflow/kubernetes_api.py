"""As much of a Kubernetes API server as SparkKubernetesOperator asks, with the answers that one gives."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class KubernetesApi:
    """Drivers of SparkApplications that are created end at once.

    Attributes:
        created: Every SparkApplication, as it was created.
        running: Task ids whose driver was started by a try before.
        killed: Names of applications whose driver's container is killed for its memory, the first time.
    """

    def __init__(self, running: tuple[str, ...] = (), killed: tuple[str, ...] = ()) -> None:
        self.created: list[dict] = []
        self.running, self.killed = running, set(killed)
        self._pods: dict[str, dict] = {}

    def create(self, application: dict) -> dict:
        name = application["metadata"]["name"]
        self.created.append(application)
        self._pods[f"{name}-driver"] = _driver(name, application["spec"]["driver"]["labels"], name in self.killed)
        self.killed.discard(name)
        return application

    def application(self, name: str) -> dict | None:
        return next((one for one in reversed(self.created) if one["metadata"]["name"] == name), None)

    def pod(self, name: str) -> dict | None:
        return self._pods.get(name)

    def pods(self, selector: str) -> list[dict]:
        wanted = dict(part.split("=", 1) for part in selector.split(",") if "=" in part and "!=" not in part)
        if wanted.get("task_id") in self.running and "spark-role" in wanted:
            name = f"{wanted['task_id']}-driver"
            labels = {key: value for key, value in wanted.items() if key != "spark-role"}
            self._pods.setdefault(name, _driver(wanted["task_id"], labels, is_killed=False))
        return [
            pod
            for pod in self._pods.values()
            if all(pod["metadata"]["labels"].get(key) == value for key, value in wanted.items())
            and pod["status"]["phase"] != "Failed"
        ]


def _driver(name: str, labels: dict, is_killed: bool) -> dict:
    ended = {"exitCode": 137 if is_killed else 0, "reason": "OOMKilled" if is_killed else "Completed"}
    status = {
        "name": "spark-kubernetes-driver",
        "image": "i",
        "imageID": "i",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": ended},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{name}-driver",
            "namespace": "default",
            "labels": {**labels, "spark-role": "driver", "spark-app-selector": f"spark-{'0' * 31}1"},
        },
        "spec": {"containers": [{"name": "spark-kubernetes-driver"}]},
        "status": {"phase": "Failed" if is_killed else "Succeeded", "containerStatuses": [status]},
    }


@contextmanager
def serving(api: KubernetesApi) -> Iterator[str]:
    """The address of a server in front of ``api``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status: int, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def body(self) -> dict:
            return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            *_, kind, name = url.path.rstrip("/").split("/")
            if name == "status":
                self.answer(200, {"status": {"applicationState": {"state": "RUNNING"}}})
            elif name == "pods":
                selector = parse_qs(url.query).get("labelSelector", [""])[0]
                self.answer(200, {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": api.pods(selector)})
            elif kind == "sparkapplications" and (application := api.application(name)) is not None:
                self.answer(200, application)
            elif kind == "pods" and (pod := api.pod(name)) is not None:
                self.answer(200, pod)
            elif name == "events":
                self.answer(200, {"apiVersion": "v1", "kind": "EventList", "metadata": {}, "items": []})
            else:
                self.answer(404, {"kind": "Status", "code": 404, "reason": "NotFound"})

        def do_POST(self) -> None:
            self.answer(201, api.create(self.body()))

        def do_PATCH(self) -> None:
            name = urlsplit(self.path).path.rsplit("/", 1)[1]
            self.body()
            pod = api.pod(name)
            self.answer(200, pod) if pod else self.answer(404, {"code": 404})

        def do_DELETE(self) -> None:
            self.body()
            self.answer(200, {"kind": "Status", "status": "Success"})

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
