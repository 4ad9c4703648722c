"""The cloud side, really planned, applied, planned empty and destroyed; the state is read back with another client.

The order matters: tests that need no bucket run while it is being made, and the last test destroys it.
"""

import json
import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import boto3
import pytest

from data_contracts.tables import Source
from sparkwright.lake import Lake
from sparkwright.lake.rows import rows_of
from sparkwright.settings import read_settings

BUCKET = "arn:aws:s3:::lake-under-test"
LOGS = "arn:aws:s3:::logs"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AIRFLOW = "arn:aws:iam::123456789012:role/airflow"

VARIABLES = {
    "region": "eu-central-1",
    "bucket_name": "lake-under-test",
    "kms_key_arn": KEY,
    "event_log_locations": ["s3a://logs/spark/events/"],
    "principals": {
        "harvester": [AIRFLOW],
        "trainer": [AIRFLOW, "ec2.amazonaws.com"],
        "service": ["pods.eks.amazonaws.com"],
    },
}


@pytest.fixture(scope="module")
def applying(workspace):
    """An apply under way. The provider waits 55 s after a lifecycle rule: what needs no bucket is tested meanwhile."""
    workspace.write(VARIABLES)
    process = workspace.start("apply", "-auto-approve")
    yield process
    if process.poll() is None:
        process.terminate()
        process.communicate()


@pytest.fixture(scope="module")
def applied(workspace, applying):
    """The workspace once everything stands."""
    said, _ = applying.communicate(timeout=300)
    assert applying.returncode == 0, said
    return workspace


@pytest.fixture
def draft(applying, workspace):
    """A second environment beside the one that is being applied, in which nothing stands yet."""
    return workspace.copy()


def matches(statement, action, resource, context):
    """Whether a policy statement speaks of a request, by IAM's rules for the operators that ours use."""

    def one_of(patterns, value):
        return any(fnmatchcase(value, each) for each in ([patterns] if isinstance(patterns, str) else patterns))

    conditions = [
        (key, wanted) for operator in statement.get("Condition", {}).values() for key, wanted in operator.items()
    ]
    assert statement.get("Condition", {}).keys() <= {"StringLike", "StringEquals", "Bool"}
    return (
        one_of(statement["Action"], action)
        and one_of(statement["Resource"], resource)
        and all(key in context and one_of(wanted, context[key]) for key, wanted in conditions)
    )


@pytest.fixture(scope="module")
def client(cloud):
    def make(service):
        return boto3.client(
            service,
            endpoint_url=cloud,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    return make


@pytest.fixture(scope="module")
def s3(applied, client):
    return client("s3")


@pytest.fixture(scope="module")
def iam(applied, client):
    return client("iam")


def test_the_files_are_formatted_and_valid(draft):
    draft.run("fmt", "-check", "-diff", "-recursive", "../..")
    draft.run("validate")


def test_wrong_inputs_are_all_named_at_once_with_what_is_expected(draft):
    draft.write(
        VARIABLES
        | {
            "bucket_name": "My_Lake",
            "name": "x" * 55,
            "noncurrent_version_days": 1,
            "kms_key_arn": KEY.replace("eu-central-1", "eu-west-1"),
            "event_log_locations": ["s3://logs"],
            "principals": {"harvester": [], "trainer": ["arn:aws:iam::123456789012:role/*"]},
        }
    )
    lines = draft.run("plan", "-json", exits=1).splitlines()
    found = [line["diagnostic"] for line in map(json.loads, lines) if "diagnostic" in line]
    said = sorted(each["detail"].splitlines()[0] for each in found if each["severity"] == "error")
    expected = [
        "Each role in principals needs somebody who may take it.",
        "Every entry of principals needs the ARN of one role",
        "Every one of event_log_locations needs the form s3://bucket/folder without * ? or $",
        "bucket_name needs 3 to 63 lowercase letters, digits and hyphens",
        "kms_key_arn needs a key in the bucket's region",
        "name needs 1 to 54 letters, digits",
        "noncurrent_version_days needs a whole number of at least 7",
        "principals needs the roles harvester, trainer and service, and no others.",
    ]
    assert len(said) == len(expected), said
    assert all(line.startswith(start) for line, start in zip(said, expected, strict=True)), said


def test_without_a_key_of_ones_own_s3_encrypts_with_aes256(draft):
    draft.write(VARIABLES | {"kms_key_arn": None})
    planned = draft.run("plan")
    assert re.search(r'sse_algorithm += "AES256"', planned)


def test_a_second_plan_is_empty(applied):
    applied.run("plan", "-detailed-exitcode")


def test_the_bucket_keeps_versions(s3):
    assert s3.get_bucket_versioning(Bucket="lake-under-test")["Status"] == "Enabled"


def test_the_bucket_is_encrypted_with_the_key_that_was_named(s3):
    configuration = s3.get_bucket_encryption(Bucket="lake-under-test")["ServerSideEncryptionConfiguration"]
    assert configuration["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
            "BucketKeyEnabled": True,
        }
    ]


def test_nothing_in_the_bucket_can_become_public(s3):
    block = s3.get_public_access_block(Bucket="lake-under-test")["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert all(block.values())
    ownership = s3.get_bucket_ownership_controls(Bucket="lake-under-test")["OwnershipControls"]
    assert ownership["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_no_rule_expires_a_file_that_a_table_may_still_need(s3):
    rules = s3.get_bucket_lifecycle_configuration(Bucket="lake-under-test")["Rules"]
    assert [rule["Status"] for rule in rules] == ["Enabled"]
    assert rules[0]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert rules[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rules[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


@pytest.mark.parametrize(
    ("action", "resource"),
    [("s3:GetObject", f"{BUCKET}/lake/runs/x"), ("s3:PutObject", f"{BUCKET}/mlflow/x"), ("s3:ListBucket", BUCKET)],
)
def test_only_requests_over_tls_are_heard(s3, action, resource):
    (statement,) = json.loads(s3.get_bucket_policy(Bucket="lake-under-test")["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert matches(statement, action, resource, {"aws:SecureTransport": "false"})
    assert not matches(statement, action, resource, {"aws:SecureTransport": "true"})


@pytest.fixture(scope="module")
def allowed(iam):
    """Whether a role may do something, by the policies that IAM holds for it."""

    def ask(role, action, resource, context=None):
        name = f"sparkwright-{role}"
        assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        documents = [
            iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        statements = [statement for document in documents for statement in document["Statement"]]
        assert {statement["Effect"] for statement in statements} == {"Allow"}
        return any(matches(statement, action, resource, context or {}) for statement in statements)

    return ask


OBJECTS = {
    "event log": f"{LOGS}/spark/events/eventlog_v2_app-1/events_1_app-1.zstd",
    "neighbour of the event logs": f"{LOGS}/spark/events-of-others/app-2",
    "table": f"{BUCKET}/lake/runs/_delta_log/00000000000000000000.json",
    "neighbour of the lake": f"{BUCKET}/lake-of-others/x",
    "model": f"{BUCKET}/mlflow/1/models/m-1/artifacts/model.safetensors",
}
MAY = {
    "harvester": {
        "s3:GetObject": {"event log", "table"},
        "s3:PutObject": {"table"},
        "s3:DeleteObject": {"table"},
    },
    "trainer": {"s3:GetObject": {"table", "model"}, "s3:PutObject": {"model"}},
    "service": {"s3:GetObject": {"table", "model"}},
}


@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize(
    "action", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl"]
)
def test_a_role_may_touch_only_the_objects_its_work_needs(allowed, role, action):
    assert {name for name, arn in OBJECTS.items() if allowed(role, action, arn)} == MAY[role].get(action, set())


@pytest.mark.parametrize(
    ("role", "listed"),
    [
        ("harvester", {(LOGS, "spark/events/"), (BUCKET, "lake/runs/")}),
        ("trainer", {(BUCKET, "lake/runs/"), (BUCKET, "mlflow/1/")}),
        ("service", {(BUCKET, "lake/runs/"), (BUCKET, "mlflow/1/")}),
    ],
)
def test_a_role_may_list_only_the_folders_it_reads(allowed, role, listed):
    folders = [(LOGS, "spark/events/"), (LOGS, ""), (BUCKET, "lake/runs/"), (BUCKET, "mlflow/1/"), (BUCKET, "")]
    may = {(arn, prefix) for arn, prefix in folders if allowed(role, "s3:ListBucket", arn, {"s3:prefix": prefix})}
    assert may == listed


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        ("harvester", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("trainer", {"kms:Decrypt", "kms:GenerateDataKey"}),
        ("service", {"kms:Decrypt"}),
    ],
)
def test_a_role_may_use_the_key_only_through_s3(allowed, role, actions):
    asked = ["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:ScheduleKeyDeletion"]
    through_s3 = {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
    assert {action for action in asked if allowed(role, action, KEY, through_s3)} == actions
    assert not any(allowed(role, action, KEY) for action in asked)


@pytest.mark.parametrize("role", MAY)
def test_a_role_may_change_neither_the_bucket_nor_access(allowed, role):
    for action in ("s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"):
        assert not allowed(role, action, BUCKET)
    assert not allowed(role, "iam:PutRolePolicy", f"arn:aws:iam::123456789012:role/sparkwright-{role}")


@pytest.mark.parametrize(
    ("role", "principals"),
    [
        ("harvester", {"AWS": AIRFLOW}),
        ("trainer", {"AWS": AIRFLOW, "Service": "ec2.amazonaws.com"}),
        ("service", {"Service": "pods.eks.amazonaws.com"}),
    ],
)
def test_a_role_is_taken_only_by_the_principals_that_were_named(iam, role, principals):
    (statement,) = iam.get_role(RoleName=f"sparkwright-{role}")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == principals


def test_only_a_role_for_ec2_has_an_instance_profile(iam):
    assert [each["InstanceProfileName"] for each in iam.list_instance_profiles()["InstanceProfiles"]] == [
        "sparkwright-trainer"
    ]


@pytest.fixture
def settings_from_outputs(applied, home, tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text(applied.run("output", "-raw", "dotenv"))
    return read_settings(dotenv)


def test_the_dotenv_output_is_an_environment_the_settings_read(settings_from_outputs):
    assert settings_from_outputs.lake_uri == "s3://lake-under-test/lake"
    assert settings_from_outputs.artifact_root == "s3://lake-under-test/mlflow"


def test_the_lake_keeps_its_tables_in_the_bucket(settings_from_outputs, s3, cloud):
    access = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "aws_region": "eu-central-1"}
    lake = Lake(settings_from_outputs.lake_uri, {**access, "aws_endpoint_url": cloud, "aws_allow_http": "true"})
    row = Source(
        source_path="s3a://logs/x", size_bytes=1, modified_at_ns=1, app_id=None, harvested_at=datetime.now(UTC)
    )
    s3.delete_bucket_policy(Bucket="lake-under-test")  # it refuses plain HTTP, which is all that moto speaks
    try:
        assert [lake.merge(Source, [row]) for _ in range(2)] == [1, 1]
        assert rows_of(Source, lake.read(Source)) == [row]
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket="lake-under-test")["Contents"]]
        assert all(key.startswith("lake/sources/") for key in keys)
    finally:
        for version in s3.list_object_versions(Bucket="lake-under-test").get("Versions", []):
            s3.delete_object(Bucket="lake-under-test", Key=version["Key"], VersionId=version["VersionId"])


def test_destroy_leaves_nothing(applied, client):
    applied.run("destroy", "-auto-approve")
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("iam").list_roles()["Roles"] == []
