import json
from pathlib import Path

from hypothesis import given, settings

from sparkwright.launchers.spark_submit.submission import SparkSubmit, read_submission
from sparkwright.spark.command_line import parse_submit
from tests.support.secret_texts import assert_hidden, planted

NO_SPARK = Path("/nowhere")


@settings(deadline=None)
@given(planted())
def test_the_service_is_told_no_secret_wherever_the_command_line_holds_it(secret_and_text: tuple[str, str]) -> None:
    secret, text = secret_and_text
    words = ["--conf", f"spark.acme.password={secret}", "--queue", text]
    for name in ("spark.app.name", "spark.driver.extraJavaOptions", "spark.kubernetes.namespace", "spark.acme.note"):
        words += ["--conf", f"{name}={text}"]
    command = parse_submit(["--workload", text, *words, "app.py", text])
    spark = SparkSubmit(NO_SPARK / "bin" / "spark-submit", {"SPARK_USER": text}, NO_SPARK)
    request = read_submission(command, spark).request
    assert request["workload"]
    assert_hidden(secret, json.dumps(request))
