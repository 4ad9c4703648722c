"""What YARN lets one container have, where the Hadoop configuration of this machine says so."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from data_contracts.properties.spark import MIB
from sparkwright.launchers.spark_rules import NO_CAPS, SiteCaps

_MEMORY_MB, _CORES = "yarn.scheduler.maximum-allocation-mb", "yarn.scheduler.maximum-allocation-vcores"
_LARGEST_FILE_BYTES = 4 * MIB


def yarn_caps(environ: Mapping[str, str]) -> SiteCaps:
    """The caps of the first ``yarn-site.xml`` that ``YARN_CONF_DIR`` or ``HADOOP_CONF_DIR`` leads to, if any.

    A value that is missing, or is filled in by Hadoop (``${...}``), is no cap: the ResourceManager decides, and Spark
    asks it. Source: ``YarnConfiguration`` of Hadoop 3.
    """
    for variable in ("YARN_CONF_DIR", "HADOOP_CONF_DIR"):
        for folder in environ.get(variable, "").split(os.pathsep):
            path = Path(folder) / "yarn-site.xml"
            if folder and path.is_file():
                return _caps_in(path)
    return NO_CAPS


def _caps_in(path: Path) -> SiteCaps:
    import xml.etree.ElementTree as ET  # only here: most launches do without it

    found: dict[str, int] = {}
    with suppress(OSError, ET.ParseError, ValueError):
        if path.stat().st_size <= _LARGEST_FILE_BYTES:
            for one in ET.parse(path).getroot().iter("property"):
                name, value = (one.findtext("name") or "").strip(), (one.findtext("value") or "").strip()
                if name in {_MEMORY_MB, _CORES} and value.isdecimal():
                    found[name] = int(value)
    memory_bytes = found[_MEMORY_MB] * MIB if _MEMORY_MB in found else None
    return SiteCaps(memory_bytes, memory_bytes, found.get(_CORES), str(path))
