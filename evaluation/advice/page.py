"""Render a replay as one HTML page in the style of the report: no network, no script, no external resources."""

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import sparkwright
from evaluation.advice import plots
from evaluation.advice.report import Report
from sparkwright.errors import ConfigError, reason
from sparkwright.report.outputs import page as report_page
from sparkwright.report.outputs.files import write_whole

_HERE = Path(__file__).parent
_LOOK = Path(report_page.__file__).with_name("page") / "page.css"


def write_page(report: Report, file: Path) -> None:
    """Write the page.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        write_whole(file, page_html(report))
    except OSError as error:
        raise ConfigError(f"expected to write {file}: {reason(error)}") from error


def page_html(report: Report) -> str:
    """Return the page; its content security policy allows only its own style, by hash."""
    style = "\n".join(file.read_text(encoding="utf-8") for file in (_LOOK, _HERE / "page.css"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    sizes = {name.lower(): getattr(plots, name) for name in ("WIDTH", "HEIGHT", "LEFT", "BOTTOM", "TOP", "RIGHT")}
    return environment.get_template("page.html.j2").render(
        report=report,
        plots=[plot for plot in report.plots if any(plot.series.values())],
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        version=sparkwright.__version__,
        **sizes,
    )
