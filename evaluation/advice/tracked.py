"""A replay as a run of MLflow, where replays of other checkouts and settings stand beside it."""

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
_MOST_AT_ONCE = 1000  # metrics of one request, MLflow's own limit


def log_report(report: Report, experiment: str = EXPERIMENT) -> str:
    """Log every figure as a metric, settings as parameters, and the page and the JSON as artefacts; gives the run's id.

    Sections stand in the names by number; ``sections.json`` says their titles.
    """
    client = tracking.connect(settings())
    params = {name: str(value)[:500] for name, value in report.settings.items()} | {"environment": report.environment}
    with tracking.training_run(client, experiment, params, {}) as run:
        metrics = {_name(name): value for name, value in report.figures() if math.isfinite(value)}
        names = [*metrics]
        for at in range(0, len(names), _MOST_AT_ONCE):
            run.log_metrics({name: metrics[name] for name in names[at : at + _MOST_AT_ONCE]})
        run.log_text(json.dumps([section.title for section in report.sections], indent=1), "sections.json")
        with TemporaryDirectory(prefix="sparkwright-") as folder:
            page, figures = Path(folder) / f"{experiment}.html", Path(folder) / f"{experiment}.json"
            write_page(report, page)
            report.write(figures)
            for file in (page, figures):
                run.log_text(file.read_text(encoding="utf-8"), file.name)
    return run.run_id


def _name(text: str) -> str:
    """A name that MLflow takes: at most 250 letters, digits and a few signs."""
    return re.sub(r"[^\w./ -]+", "_", text)[:250]
