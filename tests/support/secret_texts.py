"""Texts that hold a secret, in the shapes secrets have in logs, and the check that nothing of it is left."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

from hypothesis import strategies as st

_WORD = "BCDFGHJKLMNPQRSTVWXZ23456789"  # no piece of such a secret is a word that stands in a log anyway
_TOKEN = st.text(_WORD + "._~+/=-", min_size=16, max_size=60).filter(lambda text: text[0] in _WORD)
_PASSWORD = st.text(_WORD + "!#$%()*+,-./:;=?@[]^_{|}~", min_size=16, max_size=40).filter(lambda t: t[0] in _WORD)

# What a secret stands in, in any text.
CARRIERS: dict[str, tuple[Callable[[str], str], st.SearchStrategy[str]]] = {
    "property": (lambda s: f"spark-submit --conf spark.acme.password={s} job.py", _PASSWORD),
    "java option": (lambda s: f"java -Djavax.net.ssl.keyStorePassword={s} -Xmx1g Main", _PASSWORD),
    "flag": (lambda s: f"etl.py --db-password {s} --day 1", _PASSWORD),
    "quoted flag": (lambda s: f"etl.py --db-password '{s}' --day 1", _PASSWORD),
    "environment": (lambda s: f"AWS_SECRET_ACCESS_KEY={s}\nHOME=/root", _PASSWORD),
    "json": (lambda s: json.dumps({"user": "u", "api_key": s, "n": 1}), _PASSWORD),
    "json in json": (lambda s: json.dumps({"body": json.dumps({"token": s})}), _PASSWORD),
    "python": (lambda s: repr({"client_secret": s}), _PASSWORD),
    "scala map": (lambda s: f"Map(url -> jdbc:x, password -> {s}, n -> 1)", _PASSWORD),
    "tuple": (lambda s: f"  (spark.hadoop.fs.s3a.secret.key,{s})", _PASSWORD),
    "pair": (lambda s: f'conf.set("fs.azure.account.key.acme.dfs.core.windows.net", "{s}")', _PASSWORD),
    "yaml": (lambda s: f"user: u\npassword: {s}\n", _PASSWORD),
    "xml": (lambda s: f"<name>x.password</name>\n<value>{s}</value>", _PASSWORD.map(lambda t: t.replace("&", "x"))),
    "sql options": (lambda s: f"CREATE TABLE t USING jdbc OPTIONS (url 'x', password '{s}')", _PASSWORD),
    "sql user": (lambda s: f"CREATE USER u IDENTIFIED BY '{s}'", _PASSWORD),
    "jdbc query": (lambda s: f"jdbc:postgresql://db/sales?user=u&password={quote(s)}&ssl=true", _PASSWORD),
    "jdbc semicolons": (
        lambda s: f"jdbc:sqlserver://db;user=u;password={s};encrypt=true",
        _PASSWORD.map(lambda text: text.replace(";", " ")),
    ),
    "jdbc oracle": (lambda s: f"jdbc:oracle:thin:scott/{s}@//db:1521/x", _PASSWORD),
    "address": (lambda s: f"https://user:{quote(s, safe='')}@host/path", _PASSWORD),
    "raw address": (lambda s: f"s3a://AKIDEXAMPLE:{s}@bucket/key", _PASSWORD.filter(lambda t: not t[0].isdigit())),
    "address of a token": (
        lambda s: f"git clone https://{s}@github.com/x.git",
        st.text(_WORD, min_size=20, max_size=40),
    ),
    "signature": (lambda s: f"https://a.blob.core.windows.net/c?sv=2020&se=1&sig={quote(s, safe='')}", _PASSWORD),
    "presigned": (lambda s: f"https://b.s3.amazonaws.com/k?X-Amz-Signature={quote(s)}&X-Amz-Date=1", _TOKEN),
    "query token": (lambda s: f"GET /v1/x?access_token={quote(s)}&n=1 failed", _TOKEN),
    "connection string": (lambda s: f"DefaultEndpointsProtocol=https;AccountKey={s};EndpointSuffix=x", _TOKEN),
    "bearer": (lambda s: f"Authorization: Bearer {s}", _TOKEN),
    "bearer alone": (lambda s: f"got 401 for bearer {s}", _TOKEN),
    "header": (lambda s: f"{{Authorization=SharedKey acct:{s}}}", _TOKEN),
    "access key id": (lambda s: f"no such key {s}", st.from_regex(r"AKIA[0-9A-Z]{16}", fullmatch=True)),
    "json web token": (lambda s: f"rejected eyJ{s}.eyJ{s}.{s}", st.text(_WORD + "-_", min_size=16, max_size=40)),
    "github": (lambda s: f"remote: ghp_{s}", st.text(_WORD, min_size=36, max_size=36)),
    "private key": (lambda s: f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----", _TOKEN),
    "private key cut off": (lambda s: f"-----BEGIN RSA PRIVATE KEY-----\n{s}", _TOKEN),
}


def planted() -> st.SearchStrategy[tuple[str, str]]:
    """A secret and the text it stands in."""
    return st.sampled_from(sorted(CARRIERS)).flatmap(
        lambda name: CARRIERS[name][1].map(lambda secret: (secret, CARRIERS[name][0](secret)))
    )


def pieces_of(secret: str) -> Iterator[str]:
    """Every piece of a secret that would say too much of it, as it is and as JSON writes it."""
    for form in {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]}:
        for start in range(len(form) - 8 + 1):
            yield form[start : start + 8]


def assert_hidden(secret: str, text: str) -> None:
    leaked = [piece for piece in pieces_of(secret) if piece in text]
    assert not leaked, f"{leaked[0]!r} of {secret!r} in ...{text[max(0, text.index(leaked[0]) - 500) :][:600]!r}..."
