"""``index``: the documents of a folder into the search index, or into bulk files for a cluster."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from ocr_pipeline.archive import Skipped
from ocr_pipeline.commands.console import tell_conflicts
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports.bulk import write_bulk
from ocr_pipeline.search import Indexed, index_folder
from ocr_pipeline.settings import Settings

_SHOWN = 10


def run(arguments: Namespace, _: Settings) -> int:
    """Bring the index up to date, write the bulk files, and say what was done."""
    if not (arguments.db or arguments.bulk):
        raise UsageError(
            "index has nothing to write to", remedy="Name an index with --db, or a folder for bulk files with --bulk."
        )
    if arguments.db:
        _index(arguments)
    if arguments.bulk:
        _bulk(arguments)
    return 0


def _index(arguments: Namespace) -> None:
    done = index_folder(arguments.folder, arguments.db, include_secret=arguments.include_secret, progress=_progress)
    print(
        f"{done.added} documents put in ({done.pages} pages), {done.unchanged} unchanged, {done.removed} taken out, "
        f"{len(done.withheld)} withheld for secrecy, {len(done.skipped)} files passed over; {done.held} held in {arguments.db}",
        file=sys.stderr,
    )
    _tell(done.withheld, done.skipped, done.conflicts)


def _bulk(arguments: Namespace) -> None:
    done = write_bulk(arguments.folder, arguments.bulk, arguments.index_name, include_secret=arguments.include_secret)
    print(
        f"{done.documents} documents, {done.pages} pages in {done.files} bulk files, {len(done.withheld)} withheld for secrecy, "
        f"{len(done.skipped)} files passed over; results in {arguments.bulk}",
        file=sys.stderr,
    )
    _tell(done.withheld, done.skipped, done.conflicts)


def _tell(withheld: Sequence[str], skipped: Sequence[Skipped], conflicts: int) -> None:
    _listed([f"{path}: bears a mark of secrecy (--include-secret takes it in)" for path in withheld])
    _listed([f"{path}: passed over ({reason})" for path, reason in skipped])
    tell_conflicts(conflicts)


def _progress(done: Indexed) -> None:
    print(f"{done.added} documents, {done.pages} pages, {done.unchanged} unchanged ...", file=sys.stderr, flush=True)


def _listed(lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if len(lines) > _SHOWN:
        print(f"  ... and {len(lines) - _SHOWN} more", file=sys.stderr)
