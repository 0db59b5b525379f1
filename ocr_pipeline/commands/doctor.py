"""``doctor``: what is installed, what is missing."""

from __future__ import annotations

from argparse import Namespace

from ocr_pipeline.doctor import examine
from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.settings import Settings


def run(_: Namespace, settings: Settings) -> int:
    """Print what was looked at; not 0 where something needed is missing."""
    checks = examine(settings)
    for check in checks:
        mark = "ok" if check.passed else "MISSING" if check.needed else "optional"
        print(f"{mark:9}{check.name:20}{check.found}" + (f"\n{'':29}-> {check.remedy}" if check.remedy else ""))
    return MissingDependency.exit_code if any(c.needed and not c.passed for c in checks) else 0
