import errno
import http.client
import os
import zipfile

import pytest

from sparkwright.client import exchange
from sparkwright.errors import LakeError, ServiceError, reason


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TimeoutError(), "TimeoutError"),
        (EOFError(" "), "EOFError"),
        (http.client.HTTPException(), "HTTPException"),
        (zipfile.BadZipFile("no zip"), "no zip"),
        (LakeError("no table"), "no table"),
        (OSError(errno.ENOENT, os.strerror(errno.ENOENT), "/a/path"), "No such file or directory"),
        (OSError("only words"), "only words"),
        (OSError(), "OSError"),
    ],
)
def test_a_reason_is_never_empty(error: Exception, said: str) -> None:
    assert reason(error) == said


@pytest.mark.parametrize("error", [TimeoutError(), http.client.HTTPException()])
def test_a_launcher_is_told_the_kind_of_an_error_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(exchange, "_fetch", fail)
    with pytest.raises(ServiceError, match=f": {type(error).__name__}$"):
        exchange.exchange("http://127.0.0.1:1", "/v1/status", None, 5.0)
