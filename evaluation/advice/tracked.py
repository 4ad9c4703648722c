"""Log a replay as an MLflow run, next to replays of other checkouts and settings."""

import json
import math
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from evaluation.advice.page import write_page
from evaluation.advice.report import Report
from sparkwright.registry import tracking
from sparkwright.settings import settings

EXPERIMENT = "advice"
_MAX_AT_ONCE = 1000  # metrics per request, MLflow's own limit


def log_report(report: Report, experiment: str = EXPERIMENT) -> str:
    """Log figures as metrics, settings as parameters, page and JSON as artefacts; return the run's id.

    Names contain sections by number; ``sections.json`` has their titles.
    """
    client = tracking.connect(settings())
    params = {name: str(value)[:500] for name, value in report.settings.items()} | {"environment": report.environment}
    with tracking.training_run(client, experiment, params, {}) as run:
        metrics = {_name(name): value for name, value in report.figures() if math.isfinite(value)}
        names = [*metrics]
        for at in range(0, len(names), _MAX_AT_ONCE):
            run.log_metrics({name: metrics[name] for name in names[at : at + _MAX_AT_ONCE]})
        run.log_text(json.dumps([section.title for section in report.sections], indent=1), "sections.json")
        with TemporaryDirectory(prefix="sparkwright-") as folder:
            page, figures = Path(folder) / f"{experiment}.html", Path(folder) / f"{experiment}.json"
            write_page(report, page)
            report.write(figures)
            for file in (page, figures):
                run.log_text(file.read_text(encoding="utf-8"), file.name)
    return run.run_id


def _name(text: str) -> str:
    """Return a name valid in MLflow: at most 250 letters, digits and a few other characters."""
    return re.sub(r"[^\w./ -]+", "_", text)[:250]
