"""The certificate of the service is checked."""

import datetime
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sparkwright.errors import NoAnswerError, ServiceError
from tests.client.conftest import give
from tests.client.test_clients import STATUS, echo


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sparkwright")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "tls.crt").write_bytes(made.public_bytes(pem))
    (folder / "tls.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "tls.crt"


@pytest.fixture
def secure_service(certificate):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            give(self, 200, b"{}") if self.path != "/v1/status" else echo(self, b"")

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_who_is_not_vouched_for_is_told_nothing_and_asked_once(make_client, secure_service):
    url, asked = secure_service
    with pytest.raises(ServiceError, match=r"(?i)certificate") as failed:
        make_client(url, api_key="spw_secret-key", timeout_s=10.0).status()
    assert not isinstance(failed.value, NoAnswerError)
    assert asked == []


def test_a_certificate_that_is_given_is_trusted(make_client, secure_service, certificate):
    url, _ = secure_service
    assert make_client(url, ca_file=certificate, timeout_s=10.0).status() == STATUS


def test_another_name_is_not_trusted(make_client, secure_service, certificate):
    url, asked = secure_service
    with pytest.raises(ServiceError, match=r"(?i)certificate|hostname"):
        make_client(url.replace("127.0.0.1", "localhost"), ca_file=certificate, timeout_s=10.0).status()
    assert asked == []
