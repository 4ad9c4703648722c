"""The service with a certificate: who trusts it is answered, who does not is not, nor is plain HTTP."""

import base64
import http.client
import json
import os
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from serving.processes.tls import service_url, tls_options
from sparkwright.access.keys import KeyFile
from sparkwright.client.exchange import exchange
from sparkwright.errors import ConfigError, ServiceError
from sparkwright.orchestration import REPOSITORY
from sparkwright.settings import read_settings
from tests.support.running_service import serving


def make_pair(folder, name="tls"):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sparkwright")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    certificate, secret = folder / f"{name}.crt", folder / f"{name}.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    unencrypted = serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted))
    return certificate, secret


def test_certificate_and_key_come_together_or_not_at_all(tmp_path, home):
    certificate, key = make_pair(tmp_path)
    _, other = make_pair(tmp_path, "other")
    assert tls_options(read_settings()) == []
    where = read_settings(tls_cert_file=certificate, tls_key_file=key)
    assert tls_options(where) == ["--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)]
    assert service_url(where, "::1", 3000) == "https://[::1]:3000"
    assert service_url(read_settings(), "127.0.0.1", 3000) == "http://127.0.0.1:3000"
    wrong = [(certificate, None), (None, key), (certificate, other), (key, certificate), (tmp_path / "none", key)]
    for cert_file, key_file in wrong:
        with pytest.raises(ConfigError, match=r"TLS_CERT_FILE|expected a certificate"):
            tls_options(read_settings(tls_cert_file=cert_file, tls_key_file=key_file))


def test_only_who_trusts_the_certificate_is_answered_and_nobody_in_plain(tmp_path, monkeypatch):
    certificate, key = make_pair(tmp_path)
    told = {"SPARKWRIGHT_TLS_CERT_FILE": str(certificate), "SPARKWRIGHT_TLS_KEY_FILE": str(key)}
    with serving(tmp_path / "home", "--workers", "1", environ=told) as running:
        url = running.url.replace("http://", "https://")
        with pytest.raises(ServiceError, match="certificate"):
            exchange(url, "/v1/status", None, 10.0)
        with pytest.raises(ServiceError):
            exchange(running.url, "/v1/status", None, 10.0)
        program = (
            "import sys; from sparkwright.client.exchange import exchange; print(exchange(*sys.argv[1:], None, 20.0))"
        )
        trusting = {**os.environ, "SSL_CERT_FILE": str(certificate)}
        asked = subprocess.run(
            [sys.executable, "-c", program, url, "/v1/status"], env=trusting, capture_output=True, text=True
        )
        assert "release_version" in asked.stdout, asked.stderr
        trust = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection(url.removeprefix("https://"), context=trust, timeout=10)
        connection.request("GET", "/v1/status")
        assert connection.getresponse().headers["Strict-Transport-Security"]


def test_an_api_server_shows_the_key_of_its_kubeconfig(tmp_path):
    """As ``docs/examples/admission_key.yaml`` has it: over TLS, with a key of scope launcher, and not without."""
    certificate, key = make_pair(tmp_path)
    told = {
        "SPARKWRIGHT_TLS_CERT_FILE": str(certificate),
        "SPARKWRIGHT_TLS_KEY_FILE": str(key),
        "SPARKWRIGHT_REQUIRE_KEYS": "1",  # the test asks on loopback
    }
    _, shown = KeyFile(tmp_path / "home" / "keys.json").create(["launcher"], "kubernetes")
    review = (REPOSITORY / "tests/fixtures/operators/admission_review.json").read_bytes()
    trust = ssl.create_default_context(cafile=str(certificate))
    with serving(tmp_path / "home", "--workers", "1", environ=told) as running:

        def ask(**headers: str) -> tuple[int, dict]:
            connection = http.client.HTTPSConnection(running.url.removeprefix("http://"), context=trust, timeout=30)
            path = "/v1/admission/spark-applications?timeout=3s"
            connection.request("POST", path, review, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

        status, answer = ask(Authorization=f"Bearer {shown}")
        assert (status, answer["response"]["allowed"]) == (200, True)
        patch = json.loads(base64.b64decode(answer["response"]["patch"]))
        assert any(str(one["path"]).endswith("spark.sparkwright.decisionId") for one in patch)
        assert ask()[0] == 401
        assert ask(Authorization="Bearer spw_00000000_none")[0] == 401
