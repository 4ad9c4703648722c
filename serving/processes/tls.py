"""TLS of the service: a certificate and its key, by setting."""

import ssl
import urllib.request

from sparkwright.errors import ConfigError, reason
from sparkwright.settings import Settings


def tls_options(where: Settings) -> list[str]:
    """What BentoML's worker is told; nothing where the service speaks plain HTTP.

    Raises:
        ConfigError: One of the two files is not named or cannot be used, or they do not belong together.
    """
    certificate, key = where.tls_cert_file, where.tls_key_file
    if certificate is None and key is None:
        return []
    if certificate is None or key is None:
        raise ConfigError("expected SPARKWRIGHT_TLS_CERT_FILE and SPARKWRIGHT_TLS_KEY_FILE, got one of them only")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"expected a certificate in {certificate} and its key in {key}: {reason(error)}") from error
    return ["--ssl-certfile", str(certificate.absolute()), "--ssl-keyfile", str(key.absolute())]


def service_url(where: Settings, host: str, port: int) -> str:
    """Where the service answers."""
    scheme = "https" if where.tls_cert_file is not None else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def own_opener() -> urllib.request.OpenerDirector:
    """For asking whether our own process answers: its certificate names the host that others know it by.

    No proxy of the environment is asked: it may reach another loopback than ours, or none.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
