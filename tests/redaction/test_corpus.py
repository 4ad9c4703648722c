"""What is a secret and what only looks like one: names, shapes, and what a diagnosis must still be able to read."""

import pytest

from sparkwright.redaction import REDACTED, redact_properties, redact_text
from sparkwright.redaction.names import is_secret_name, looks_random

PIN = "4711"
RANDOM = "k7Qz2Lm9Xw4Tn8Rb3Vc6Yp1Hs5Jd0Fg"
HEX = "9f86d081884c7d659a2feaa0c55ad015"

SECRET_PROPERTIES = {
    "spark.my.pin": PIN,
    "spark.my.PIN": PIN,
    "spark.my.userPin": PIN,
    "spark.acme.card_pin": PIN,
    "spark.acme.pin.code": PIN,
    "spark.acme.db.pwd": "hunter2",
    "spark.acme.dbPass": "hunter2",
    "spark.acme.pass": "hunter2",
    "spark.acme.passphrase": "open sesame",
    "spark.acme.pass-phrase": "open sesame",
    "spark.acme.passcode": PIN,
    "spark.acme.apikey": "hunter2",
    "spark.acme.api-key": "hunter2",
    "spark.acme.sas": "sv=2020",
    "spark.hadoop.fs.azure.sas.c.acme": "sv=2020",
    "spark.hadoop.fs.azure.account.key.acme.dfs.core.windows.net": "hunter2",
    "spark.hadoop.fs.s3a.secret.key": "hunter2",
    "spark.hadoop.fs.s3a.access.key": "hunter2",
    "spark.acme.credential": "hunter2",
    "spark.acme.clientKey": "hunter2",
    "spark.acme.encryption-key": "hunter2",
    "spark.acme.sharedKey": "hunter2",
    "spark.acme.otp": PIN,
    "spark.databricks.pat": "hunter2",
    "spark.ssl.keyPassword": "hunter2",
    "spark.acme.token": "12345",
    # Names that may hold a secret, with randomly generated values.
    "spark.acme.key": RANDOM,
    "spark.acme.auth": HEX,
    "spark.acme.session": RANDOM,
    "spark.acme.salt": HEX,
    "spark.acme.webhook": RANDOM,
}

PLAIN_PROPERTIES = {
    "spark.acme.spinning": "fast",
    "spark.acme.mapping": "a:b",
    "spark.acme.compass": "north",
    "spark.acme.bypass": "true",
    "spark.acme.pipeline": "nightly",
    "spark.shuffle.push.pinned": "true",
    "spark.acme.pattern": "*.csv",
    "spark.acme.path": "/data/in",
    "spark.acme.passenger.table": "trips",
    "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "spark.acme.credentials.providers": "com.acme.One, com.acme.auth.Two",
    "spark.security.credentials.hive.enabled": "false",
    "spark.kubernetes.authenticate.oauthTokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/oauth",
    "spark.acme.token.path": "hdfs://nn:8020/tokens/nightly",
    "spark.acme.key": "customer_id",
    "spark.acme.keys": "a,b,c",
    "spark.acme.partition.key": "event_date",
    "spark.authenticate": "true",
    "spark.acme.seed": "42",
    "spark.acme.session": "nightly-batch",
    "spark.jars": "hdfs:///lib/acme-1.2.3-9f86d081884c7d659a2feaa0c55ad015.jar,/opt/x.jar",
    "spark.acme.jar.sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "spark.app.id": "application_1719403871234_0042",
    "spark.executor.extraJavaOptions": "-XX:+UseG1GC -Dlog4j.configuration=file:/etc/log4j.properties",
    "spark.sql.catalog.main": "org.apache.iceberg.spark.SparkCatalog",
    "spark.driver.host": "ip-10-0-0-1.ec2.internal",
    "spark.acme.image": "registry.acme.com:5000/spark@sha256",
}

SECRET_TEXTS = {
    "aws": ("no such key AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    "jwt": ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF_123", "eyJzdWIiOiIxIn0"),
    "pem": ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    "pgp": ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nlQOYBF\n-----END PGP PRIVATE KEY BLOCK-----", "lQOYBF"),
    "openssh": ("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNzaC1\\n-----END", "b3BlbnNzaC1"),
    "google json": ('{"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n-----END PRIVATE KEY-----\\n"}', "MIIEvQ"),
    "github": ("remote: ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F"),
    "github fine-grained": ("remote: github_pat_11ABCDEFG0abcdefghijkl_mnop", "11ABCDEFG0"),
    "gitlab": ("glpat-AbCdEfGhIjKlMnOpQrSt", "AbCdEfGh"),
    "slack": ("xoxb-123456789012-abcdefghijkl", "123456789012"),
    "slack hook": ("POST https://hooks.slack.com/services/T00000000/B00000000/XXXXYYYYZZZZ", "XXXXYYYYZZZZ"),
    "google api": ("AIzaSyA-1234567890abcdefghij", "1234567890abc"),
    "google oauth": ("ya29.a0AfH6SMBx", "a0AfH6SMBx"),
    "azure sas": ("https://a.blob.core.windows.net/c?sv=2020-08-04&sig=aBcD%2F123456", "aBcD"),
    "azure key": (f"key is {'Ab1+' * 21}Zz== here", "Ab1+Ab1+"),
    "databricks": ("dapi0123456789abcdef0123", "0123456789abcdef"),
    "stripe": ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqL"),
    "openai": ("sk-proj-abcdefghij0123456789XYZ", "abcdefghij0123"),
    "vault": ("hvs.CAESIJ1234567890abcd", "CAESIJ123"),
    "ours": (f"spw_0a1b2c3d_{RANDOM}", RANDOM),
    "user and password": ("connect scott:tiger2@db.acme.com:1521 failed", "tiger2"),
    "address": ("jdbc:postgresql://u:hunter2@db/x", "hunter2"),
    "pin flag": ("job.py --pin 4711 --day 1", "4711"),
    "pin property": ("--conf spark.my.pin=4711 job.py", "4711"),
    "pin json": ('{"userPin": "4711"}', "4711"),
}

PLAIN_TEXTS = [
    "java.lang.ClassNotFoundException: com.acme.security.TokenMapper",
    "at org.apache.spark.deploy.SparkHadoopUtil.obtainDelegation(SparkHadoopUtil.scala:101)",
    "acme-1.2.3-9f86d081884c7d659a2feaa0c55ad015.jar",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "Lost task 0.0 in stage 1.0 (TID 4) (ip-10-0-0-1.ec2.internal executor 2): java.lang.OutOfMemoryError: heap",
    "org.apache.spark.sql.Dataset$$anon$1@1b2c3d4e of task:map@stage",
    "shipping spinning mapping passing: bypass 12",
    "/mnt/yarn/usercache/etl/appcache/application_1719403871234_0042/blockmgr-0a1b2c3d-1111-2222-3333-444455556666/0c",
    "hdfs://nn1.acme.com:8020/user/etl/part-00000-9f86d081-884c-4d65-9a2f-eaa0c55ad015-c000.snappy.parquet",
    "2026-11-29T15:20:22 INFO compass: heading 12:30 at host.acme.com",
    "task-runner disk-usage risk-analysis sk-learn",
    "spark.sql.shuffle.partitions -> 200, spark.acme.spinning -> 4",
    "image registry.acme.com:5000/spark@sha256:9f86d081884c7d659a2feaa0c55ad015",
]


@pytest.mark.parametrize("name", SECRET_PROPERTIES)
def test_a_secret_is_hidden_by_its_name(name):
    assert redact_properties({name: SECRET_PROPERTIES[name]}) == {name: REDACTED}


@pytest.mark.parametrize("name", PLAIN_PROPERTIES)
def test_values_that_are_no_secrets_stay_readable(name):
    assert redact_properties({name: PLAIN_PROPERTIES[name]}) == {name: PLAIN_PROPERTIES[name]}


@pytest.mark.parametrize("kind", SECRET_TEXTS)
def test_a_secret_is_hidden_by_its_shape(kind):
    text, secret = SECRET_TEXTS[kind]
    found = redact_text(text)
    assert secret not in found
    assert REDACTED in found


@pytest.mark.parametrize("text", PLAIN_TEXTS)
def test_a_line_of_a_log_stays_as_it_is(text):
    assert redact_text(text) == text


def test_a_word_is_not_random_and_a_generated_key_is():
    assert not any(
        map(looks_random, ["customer_id", "nightly-batch-2026", "aaaaaaaaaaaaaaaa1", "short1", "/opt/a1b2c3d4e5f6"])
    )
    assert all(map(looks_random, [RANDOM, HEX, "q3Rt/9Zx+2Lm8Kp0=="]))


def test_short_names_count_as_words_only():
    assert [name for name in ("pinpoint", "opinion", "sassy", "path", "spat", "potpie") if is_secret_name(name)] == []
    assert all(map(is_secret_name, ("pin", "my.pin", "my_pin", "pin2", "aPin", "sas-token")))
