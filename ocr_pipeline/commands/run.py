"""``run``: read files or folders, write one JSON and one text a document."""

from __future__ import annotations

import functools
import sys
import time
from argparse import Namespace

from ocr_pipeline.batch import Outcome, collect_jobs, run_jobs
from ocr_pipeline.exports import write_document
from ocr_pipeline.settings import Settings

SOME_FAILED = 1


def run(arguments: Namespace, settings: Settings) -> int:
    """Read the inputs, with a line of progress a file; 0 only when every page of every file came out."""
    jobs = collect_jobs(arguments.inputs, arguments.out)
    started, pages, failed = time.monotonic(), 0, []
    write = functools.partial(write_document, formats=arguments.formats)
    for done, outcome in enumerate(run_jobs(jobs, settings, write, arguments.jobs), 1):
        pages += outcome.pages
        failed += [] if outcome.succeeded else [outcome]
        rate = 60 * pages / max(time.monotonic() - started, 1e-9)
        print(f"[{done}/{len(jobs)}] {_summary(outcome)}, {rate:.0f} pages/min", file=sys.stderr, flush=True)
    if not failed:
        print(f"{len(jobs)} files, {pages} pages: all read, results in {arguments.out}", file=sys.stderr)
        return 0
    print(f"{len(jobs)} files, {pages} pages: {len(failed)} files with problems:", file=sys.stderr)
    for outcome in failed:
        print(f"  {outcome.error or f'{outcome.job.path}: ' + '; '.join(outcome.problems)}", file=sys.stderr)
    return SOME_FAILED


def _summary(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.job.shown_path}: failed"
    problems = f", {len(outcome.problems)} with problems" if outcome.problems else ""
    return f"{outcome.job.shown_path}: {outcome.pages} pages{problems}, {outcome.seconds:.1f} s"
