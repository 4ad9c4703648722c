"""Who may ask what: keys where other machines reach the service, scopes, teams, and the log of who asked."""

import asyncio
import json
import time

import pytest

from serving.gateway.authentication import Authentication, scope_of
from serving.gateway.guard import Guard
from serving.gateway.hosts import AllowedHosts
from serving.processes.exposure import expose
from sparkwright.access import key_ring
from sparkwright.access.audit import AuditLog, audit_files
from sparkwright.access.key_ring import KeyRing
from sparkwright.access.keys import KeyFile
from sparkwright.cli import main
from sparkwright.settings import read_settings
from tests.serving.raw_http import post, request, send

KNOWN = {"app_name": "any", "workload": "workload-001", "platform": "standalone", "queue": "etl-nightly"}
NETWORK, LOOPBACK = "10.1.2.3", "127.0.0.1"


class Installation:
    """The guard as a service has it, in front of an application that says yes to everything that reaches it."""

    def __init__(self, folder, *, always=False):
        self.keys = KeyFile(folder / "keys.json")
        self.audit = folder / "audit"
        self.read = 0
        ring = Authentication(KeyRing(self.keys), always=always)
        self._guard = Guard(self._inner, AllowedHosts(), ring, AuditLog(self.audit))

    async def _inner(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"yes", "more_body": False})

    def ask(self, method, path, address, *headers, body=b"{}", goes_away=False):
        """Status and headers of an answer; how much of the body was read stands in ``read``."""
        given = [(b"host", address.encode()), (b"content-length", str(len(body)).encode()), *headers]
        scope = {
            "type": "http",
            "scheme": "http",
            "method": method,
            "path": path,
            "headers": given,
            "server": (address, 3000),
            "client": ("10.9.9.9", 1),
        }
        sent = []

        async def receive():
            self.read += 1
            if goes_away:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message):
            sent.append(message)

        asyncio.run(self._guard(scope, receive, keep))
        return sent[0]["status"], dict(sent[0]["headers"])

    @property
    def told(self):
        return [json.loads(line) for path in audit_files(self.audit) for line in path.read_text().splitlines()]


def bearer(text):
    return (b"authorization", f"Bearer {text}".encode())


ASKED = [
    ("POST", "/v1/recommend"),
    ("POST", "/v1/recommend:batch"),
    ("POST", "/v1/feedback"),
    ("POST", "/v1/admission/spark-applications"),
    ("POST", "/v1/diagnose"),
    ("GET", "/v1/status"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("POST", "/v1/anything-to-come"),
]


@pytest.fixture
def installation(tmp_path, monkeypatch):
    monkeypatch.setattr(key_ring, "_LOOK_EVERY_S", 0.0)
    return Installation(tmp_path)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_another_machine_needs_a_key_before_anything_is_read(installation, method, path):
    status, headers = installation.ask(method, path, NETWORK)
    assert (status, installation.read) == (401, 0)
    assert headers[b"www-authenticate"] == b"Bearer"
    assert installation.ask(method, path, LOOPBACK)[0] == 200


@pytest.mark.parametrize("path", ["/livez", "/healthz", "/readyz"])
def test_probes_need_none(installation, path):
    assert installation.ask("GET", path, NETWORK, body=b"")[0] == 200


def test_the_owner_may_ask_for_keys_on_loopback_too(tmp_path):
    installation = Installation(tmp_path, always=True)
    assert installation.ask("GET", "/v1/status", LOOPBACK)[0] == 401
    _, text = installation.keys.create(["reader"], "etl")
    assert installation.ask("GET", "/v1/status", LOOPBACK, bearer(text))[0] == 200


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (
            "launcher",
            {"/v1/recommend", "/v1/recommend:batch", "/v1/feedback", "/v1/admission/spark-applications"},
        ),
        ("reader", {"/v1/diagnose", "/v1/status", "/metrics", "/openapi.json"}),
        ("admin", {path for _, path in ASKED}),
    ],
)
def test_a_scope_reaches_so_far_and_no_further(installation, scope, reached):
    _, text = installation.keys.create([scope], "etl")
    answers = {path: installation.ask(method, path, NETWORK, bearer(text))[0] for method, path in ASKED}
    assert {path for path, status in answers.items() if status == 200} == reached
    assert set(answers.values()) <= {200, 403}


def test_a_wrong_key_is_refused_even_where_none_is_needed(installation):
    key, text = installation.keys.create(["admin"], "ops")
    wrong = [bearer(text + "x"), bearer(""), (b"authorization", b"Basic " + text.encode()), bearer("é" * 9)]
    assert {installation.ask("GET", "/v1/status", LOOPBACK, one)[0] for one in wrong} == {401}
    assert installation.ask("GET", "/v1/status", NETWORK, (b"x-api-key", text.encode()))[0] == 200
    installation.keys.revoke(key.key_id)
    assert installation.ask("GET", "/v1/status", NETWORK, bearer(text))[0] == 401


def test_keys_that_cannot_be_read_let_nobody_in(installation):
    _, text = installation.keys.create(["admin"], "ops")
    installation.keys.path.write_text("{")
    assert installation.ask("GET", "/v1/status", NETWORK, bearer(text))[0] == 503


def test_it_is_written_down_who_asked_and_no_secret_with_it(installation):
    key, text = installation.keys.create(["launcher"], "etl")
    installation.ask("POST", "/v1/recommend", NETWORK, bearer(text), body=b'{"app_name": "hunter2"}')
    installation.ask("GET", "/v1/status", NETWORK, bearer(text))
    installation.ask("GET", "/v1/status", NETWORK, bearer(f"{text}x"))
    installation.ask("GET", "/readyz", NETWORK, body=b"")
    told = [(one["key"], one["team"], one["client"], one["path"], one["status"]) for one in installation.told]
    assert told == [
        (key.key_id, "etl", "10.9.9.9", "/v1/recommend", 200),
        (key.key_id, "etl", "10.9.9.9", "/v1/status", 403),
        ("-", "-", "10.9.9.9", "/v1/status", 401),
    ]
    assert text not in str(installation.told)
    assert "hunter2" not in str(installation.told)


def test_a_client_that_goes_away_is_answered_at_once_and_fills_no_log(installation, caplog):
    assert installation.ask("POST", "/v1/recommend", LOOPBACK, goes_away=True)[0] == 400
    assert caplog.text == ""
    assert [one["status"] for one in installation.told] == [400]


def test_every_path_has_a_scope_and_what_is_new_is_closed():
    assert scope_of("GET", "/v1/decisions/x") == "reader"
    assert scope_of("POST", "/v1/recommend:batch") == "launcher"
    assert scope_of("PUT", "/v1/pin") == scope_of("DELETE", "/v1/anything") == "admin"


def test_serve_refuses_another_machine_s_address_without_keys(home, capsys):
    for host in ("0.0.0.0", "::", "10.1.2.3", "sparkwright.internal"):
        assert main(["serve", "--host", host]) == 2
        assert "sparkwright keys create" in capsys.readouterr().err
    KeyFile(home.home / "keys.json").create(["launcher"], "etl")
    told = expose(read_settings(allowed_hosts="a.example"), "sparkwright.internal")
    assert told == {
        "SPARKWRIGHT_REQUIRE_KEYS": "true",
        "SPARKWRIGHT_ALLOWED_HOSTS": "a.example,sparkwright.internal",
    }
    assert expose(read_settings(), "127.0.0.1") == {}


@pytest.fixture
def team(service):
    """Headers of a team that sees the queues ``etl-`` and the workloads ``workload-``."""
    _, text = KeyFile(service.home / "keys.json").create(
        ["launcher", "reader"], "etl", queues=["etl-"], workloads=["workload-", "etl-"]
    )
    time.sleep(key_ring._LOOK_EVERY_S + 0.1)
    return [f"Authorization: Bearer {text}"]


def test_a_team_gets_advice_about_its_own_workloads_only(service, team):
    own = post(service.url, "/v1/recommend", KNOWN, headers=team)
    assert own.status == 200
    foreign = [KNOWN | {"queue": "sales"}, KNOWN | {"workload": "sales.x"}, {"app_name": "x", "queue": "sales-etl-"}]
    for body in foreign:
        answer = post(service.url, "/v1/recommend", body, headers=team)
        assert answer.status == 403
        assert "etl" in answer.problem["detail"]
    assert post(service.url, "/v1/recommend", {"app_name": "x", "queue": "etl-a"}, headers=team).status == 200


def test_a_team_reports_on_its_own_decisions_only(service, team):
    ids = {}
    for queue in ("etl-nightly", "sales"):
        ids[queue] = json.loads(post(service.url, "/v1/recommend", KNOWN | {"queue": queue}).body)["decision_id"]
    answers = {
        queue: post(service.url, "/v1/feedback", {"decision_id": found, "exit_code": 0}, headers=team).status
        for queue, found in ids.items()
    }
    assert answers == {"etl-nightly": 200, "sales": 404}


def test_the_running_service_refuses_a_key_that_is_none(service):
    wrong = request("GET", "/v1/status", headers=["Authorization: Bearer spw_00000000_x"])
    assert send(service.url, wrong).status == 401
