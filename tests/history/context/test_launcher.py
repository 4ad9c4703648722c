from pathlib import Path

from sparkwright.history.context.findings import Findings, Keys, Remark, Subject
from sparkwright.history.context.folders import LocalFolder
from sparkwright.history.context.launcher import Launcher

SUBJECT = Subject(Keys("app-1", "l1"), "1", "standalone", 0, {})


def test_diagnostics_of_an_executor_are_remarks_about_it(tmp_path: Path) -> None:
    (tmp_path / "l1.exit").write_text("1\n")
    (tmp_path / "l1.diagnostics").write_text("executor 3: Container [pid=7] is running beyond the limit.\nchatter\n")
    found = Launcher(LocalFolder(tmp_path)).look(SUBJECT)
    remark = Remark("l1.diagnostics", "Container [pid=7] is running beyond the limit.", "3")
    assert found == Findings(exit_code=1, remarks=[remark])


def test_files_that_are_not_there_or_say_nothing_are_no_findings(tmp_path: Path) -> None:
    assert Launcher(LocalFolder(tmp_path)).look(SUBJECT) == Findings()
    for said in (b"\xff", b"9" * 20, b"-1", b"1 2"):
        (tmp_path / "l1.exit").write_bytes(said)
        assert Launcher(LocalFolder(tmp_path)).look(SUBJECT) == Findings()
    (tmp_path / "l1.diagnostics").write_bytes(b"\xff\n")
    assert Launcher(LocalFolder(tmp_path)).look(SUBJECT) == Findings()


def test_a_log_is_looked_at_again_when_a_watcher_wrote_something(tmp_path: Path) -> None:
    launcher = Launcher(LocalFolder(tmp_path))
    (tmp_path / "l1.exit").write_text("1\n")
    before = launcher.state(SUBJECT.keys)
    (tmp_path / "l1.diagnostics").write_text("executor 0: Killing container.\n")
    assert launcher.state(SUBJECT.keys) != before
