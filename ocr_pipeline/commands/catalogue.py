"""``catalogue``: the documents of a folder as a table."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from ocr_pipeline.archive import Filed, Skipped, read_folder
from ocr_pipeline.commands.console import tell_conflicts
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports.catalogue import catalogue
from ocr_pipeline.exports.forms import profile
from ocr_pipeline.exports.spreadsheet import write_catalogue
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, settings: Settings) -> int:
    """Write the catalogue and say how much of it needs checking."""
    dictionaries = Dictionaries.load()
    skipped: list[Skipped] = []
    conflicts: list[int] = []
    documents = _documents(arguments.folder, skipped, conflicts)
    rows = catalogue(documents, arguments.profile, review_below=settings.review_below, dictionaries=dictionaries)
    form = profile(arguments.profile, dictionaries)
    count, doubts = write_catalogue(rows, form, arguments.out, dictionaries)
    print(f"{count} documents in {arguments.out}, {doubts} entries to check, {len(skipped)} files passed over", file=sys.stderr)
    for path, reason in skipped[:10]:
        print(f"  {path}: passed over ({reason})", file=sys.stderr)
    tell_conflicts(sum(conflicts))
    return 0


def _documents(folder: Path, skipped: list[Skipped], conflicts: list[int]) -> Iterator[Filed]:
    """The documents of the folder, and what of it is passed over; UsageError where it has none."""
    found = False
    for filed in read_folder(folder):
        if isinstance(filed, Skipped):
            skipped.append(filed)
        else:
            found = True
            conflicts.append(filed.conflicts)
            yield filed
    if not found:
        raise UsageError(f"{folder} holds no document", remedy="Name the folder with the JSONs that `run` wrote.")
