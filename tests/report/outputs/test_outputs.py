"""Page, JSON, CSV, properties files and terminal, of names and messages that mean harm."""

import csv
import io
import os
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from data_contracts.api.report import Change, Report, SlowGroup, SlowRun
from sparkwright.lake import Lake
from sparkwright.report.anonymise import anonymise
from sparkwright.report.outputs.csv_file import csv_text
from sparkwright.report.outputs.export import export_properties, file_name
from sparkwright.report.outputs.files import write_whole
from sparkwright.report.outputs.page import page_html
from sparkwright.report.outputs.sentences import read_words
from sparkwright.report.outputs.table import show
from tests.report.report_lakes import add_run, report_on

EVIL = "[red]<script>alert(1)</script>\x1b[31m\u202e=cmd|' /C calc'!A0"
PATH = "/data/secret/orders.csv"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    lake = Lake(str(tmp_path_factory.mktemp("evil") / "lake"))
    evil = {"workload_id": EVIL, "app_name": EVIL, "user_name": EVIL, "queue": EVIL}
    for day, heap in enumerate((*["4g"] * 20, "8g")):
        add_run(
            lake,
            f"app-{day}",
            days=day,
            peak_gib=2,
            application=evil,
            properties={"spark.executor.memory": heap},
            run={"executor_memory_bytes": int(heap[0]) * 1024**3},
        )
    message = f'java.lang.OutOfMemoryError: Java heap space "><img src=x onerror=alert(1)> {PATH} of com.acme.Orders'
    fact = {"exception_class": "java.lang.OutOfMemoryError", "message": message}
    add_run(lake, "app-dead", days=21, application={**evil, "status": "failed"}, evidence=[fact],
            run={"memory_verdict": "unknown"})  # fmt: skip
    return report_on(lake, group_by="user")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def parsed(page):
    tags = Tags()
    tags.feed(page)
    return tags


def test_foreign_text_makes_no_tag_of_the_page(report):
    tags = parsed(page_html(report))
    assert tags.tags.count("script") == 1, "ours"
    assert "img" not in tags.tags
    assert not [name for _, name, _ in tags.attributes if name.startswith("on") or name == "style"]


def test_the_page_loads_nothing_and_its_policy_allows_only_its_own_parts(report):
    page = page_html(report)
    tags = parsed(page)
    assert not [value for _, name, value in tags.attributes if name in {"src", "href", "action"}]
    assert "url(" not in page
    policy = next(
        value for tag, name, value in tags.attributes if tag == "meta" and name == "content" and "src" in value
    )
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_policys_hash_is_that_of_the_script_that_stands_there(report):
    import base64
    import hashlib

    page = page_html(report)
    script = re.search(r"<script>(.*?)</script>\n</body>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in page


def test_what_is_copied_is_a_properties_file(report):
    texts = [value for tag, name, value in parsed(page_html(report)).attributes if name == "data-text"]
    assert any("spark.executor.memory 4096m" in text.splitlines() for text in texts)


def test_json_round_trips_and_names_its_version(report):
    text = report.model_dump_json()
    assert Report.model_validate_json(text) == report
    assert '"format":"sparkwright.report","version":1' in text


def test_csv_holds_no_formula_and_no_control_character(report):
    rows = list(csv.DictReader(io.StringIO(csv_text(report))))
    assert len(rows) == 1
    assert rows[0]["proven"] == "spark.executor.memory=4096m"
    assert float(rows[0]["proven_saving_gib_h"]) > 0
    text = csv_text(report.model_copy(update={"sizing": report.sizing.model_copy(update={"workloads": [
        report.sizing.workloads[0].model_copy(update={"workload_id": "=HYPERLINK(1)"})]})}))  # fmt: skip
    assert "'=HYPERLINK(1)" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 60, 79, 100, 200])
def test_the_terminal_gets_no_control_characters_and_nothing_wider_than_it_is(report, width):
    out = io.StringIO()
    show(report, Console(file=out, width=width), None)
    text = out.getvalue()
    assert "\x1b" not in text and "\u202e" not in text
    squeezed = "".join(text.split())
    assert "[red]" in squeezed, "shown, not obeyed"
    assert max(map(len, text.splitlines())) <= width
    assert "executor.memory8192m->4096m(-50%)" in squeezed or width > 60  # a cell of a table wraps beside others


def test_unknown_and_none_differ(tmp_path):
    lake = Lake(str(tmp_path))
    add_run(lake, "app-1", application={"queue": ""})
    out = io.StringIO()
    show(report_on(lake, group_by="queue"), Console(file=out, width=120), None)
    assert "used: ?" in out.getvalue()
    assert re.search(r"^none +1 ", out.getvalue(), re.MULTILINE)


def test_a_trial_is_exported_on_request_only(report, tmp_path):
    assert {one.kind for one in report.sizing.workloads[0].settings} == {"proven", "trial"}
    (path,) = export_properties(report, tmp_path / "out")
    assert "\nspark.executor.memory 4096m\n" in path.read_text()
    (trial,) = (one.advised for one in report.sizing.workloads[0].settings if one.kind == "trial")
    assert f"\nspark.executor.memory {trial}" not in path.read_text()
    export_properties(report, tmp_path / "out", trials=True)
    assert f"\nspark.executor.memory {trial}\n" in path.read_text()
    assert "TRIAL" in path.read_text()


def test_an_exported_file_holds_comments_and_properties_only(report, tmp_path):
    (path,) = export_properties(report, tmp_path)
    assert all(re.match(r"# |spark\.[\w.]+ \S+$", line) for line in path.read_text().splitlines())


def test_sums_that_lack_applications_say_so(report):
    assert "in no sum" not in read_words(report)
    usage = report.summary.usage.model_copy(update={"unmeasured_applications": 37})
    summary = report.summary.model_copy(update={"usage": usage})
    told = "the hours of 37 application(s) are not known, and in no sum"
    assert told in read_words(report.model_copy(update={"summary": summary}))
    assert told in page_html(report.model_copy(update={"summary": summary}))


def test_an_exported_file_does_not_outlive_what_it_says(report, tmp_path):
    (path,) = export_properties(report, tmp_path)
    withdrawn = [one.model_copy(update={"settings": []}) for one in report.sizing.workloads]
    sizing = report.sizing.model_copy(update={"workloads": withdrawn})
    assert export_properties(report.model_copy(update={"sizing": sizing}), tmp_path) == []
    text = path.read_text()  # still there, because a launcher that names it would fail without it
    assert "# nothing is proven any more" in text
    assert all(line.startswith("#") for line in text.splitlines())
    never = tmp_path / "never"
    assert export_properties(report.model_copy(update={"sizing": sizing}), never) == []
    assert list(never.iterdir()) == []


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    target, link, pipe = tmp_path / "a" / "target", tmp_path / "link", tmp_path / "pipe"
    target.parent.mkdir()
    link.symlink_to(target)
    write_whole(link, "first")
    write_whole(link, "second")
    assert (link.is_symlink(), target.read_text(), len(list(target.parent.iterdir()))) == (True, "second", 1)
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text)
        write_whole(pipe, "through")
        assert read.result(timeout=60) == "through"
    assert pipe.is_fifo()
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("/dev/full"), "x" * 10_000)
    assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", ".", "..", "CON", "x" * 500, "ü\n\0", "-rf"])
def test_file_names_are_safe(name, tmp_path):
    path = tmp_path / file_name(name)
    path.write_text("")
    assert path.resolve().parent == tmp_path.resolve()
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{8}\.conf", path.name)


def test_file_names_never_meet():
    names = ["a/b", "a_b", "a b", "A_b", "a-b"]
    assert len({file_name(name).lower() for name in names}) == len(names)


def test_anonymised_nothing_of_the_house_is_left(report):
    hidden = anonymise(report)
    text = hidden.model_dump_json() + page_html(hidden) + csv_text(hidden)
    for word in ("alert(1)</", "app-0", "app-3", "app-dead", "acme", "secret", "orders", "/data", "img src"):
        assert word not in text, word
    assert "java.lang.OutOfMemoryError" in text
    assert hidden.summary.usage == report.summary.usage
    assert hidden.sizing.proven == report.sizing.proven


def test_anonymised_the_same_name_is_the_same_everywhere(report):
    hidden = anonymise(report)
    assert {one.workload_id for one in hidden.sizing.workloads} == {"workload-1"}
    assert hidden.failures[0].newest.workload_id == "workload-1"
    assert hidden.sizing.workloads[0].groups == [hidden.summary.groups[0].key] == ["user-1"]


SLOW = SlowGroup(
    cause="data_skew",
    title="One task has far more to do",
    applications=1,
    lost_s=90,
    wasted_core_h=0,
    worst=[
        SlowRun(
            app_id="app-0",
            attempt_id="1",
            workload_id=EVIL,
            stages=["3: count at Acme.scala:7 (x): y"],
            lost_s=90,
            wasted_core_s=0,
            estimate="longest less median",
            facts=["stage 3 (count at Acme.scala (x): y): one task took 95 s (median 5 s); 90 s lost"],
            remedy="Salt the key.",
            repair=[Change(property="spark.sql.adaptive.enabled", current=None, advised="true")],
        )
    ],
)


def test_slow_runs_stand_in_every_output(report):
    report = report.model_copy(update={"slow": [SLOW]})
    out = io.StringIO()
    show(report, Console(file=out, width=120), None)
    for text in (out.getvalue(), page_html(report)):
        assert "one task took 95 s (median 5 s); 90 s lost" in text
        assert "about 1.5 min lost" in text
    assert "+ spark.sql.adaptive.enabled=true   (now not set)" in out.getvalue()


def test_anonymised_a_slow_stage_does_not_say_where_the_program_stands(report):
    hidden = anonymise(report.model_copy(update={"slow": [SLOW]}))
    (run,) = hidden.slow[0].worst
    assert run.stages == ["3"]
    assert run.facts == ["stage 3: one task took 95 s (median 5 s); 90 s lost"]
    assert run.app_id.startswith("application-")
