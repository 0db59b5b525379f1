"""``index``: the documents of a folder into the search index."""

from __future__ import annotations

import sys
from argparse import Namespace

from ocr_pipeline.search import Indexed, index_folder
from ocr_pipeline.settings import Settings

_SHOWN = 10


def run(arguments: Namespace, _: Settings) -> int:
    """Bring the index up to date and say what changed."""
    done = index_folder(arguments.folder, arguments.db, include_secret=arguments.include_secret, progress=_progress)
    print(
        f"{done.added} documents put in ({done.pages} pages), {done.unchanged} unchanged, {done.removed} taken out, "
        f"{len(done.withheld)} withheld for secrecy, {len(done.skipped)} files passed over; {done.held} held in {arguments.db}",
        file=sys.stderr,
    )
    _listed([f"{path}: bears a mark of secrecy (--include-secret takes it in)" for path in done.withheld])
    _listed([f"{path}: passed over ({reason})" for path, reason in done.skipped])
    return 0


def _progress(done: Indexed) -> None:
    print(f"{done.added} documents, {done.pages} pages, {done.unchanged} unchanged ...", file=sys.stderr, flush=True)


def _listed(lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        print(f"  {line}", file=sys.stderr)
    if len(lines) > _SHOWN:
        print(f"  ... and {len(lines) - _SHOWN} more", file=sys.stderr)
