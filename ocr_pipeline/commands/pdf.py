"""``pdf``: scans as searchable PDFs."""

from __future__ import annotations

import functools
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from ocr_pipeline.batch import Job, collect_jobs
from ocr_pipeline.corrections import Patch, apply_patch, load_patches
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import OcrPipelineError
from ocr_pipeline.exports.searchable_pdf import check_installed, write_searchable_pdf
from ocr_pipeline.passages import secrecy_of
from ocr_pipeline.pipeline import read
from ocr_pipeline.processes import start_server
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.settings import Settings

SOME_FAILED: Final = 1


class _Made(NamedTuple):
    """What became of a file: what to say of it, and whether all of it came out."""

    line: str
    succeeded: bool


def run(arguments: Namespace, settings: Settings) -> int:
    """Make a PDF a file, with a line of progress each; 0 only when every page of every file came out."""
    check_installed()
    jobs = [job for job in collect_jobs(arguments.inputs, arguments.out) if not _is_passed_over(job, arguments.inputs)]
    make = functools.partial(
        _make, settings=replace(settings, words=True), kind=arguments.kind, drop_signatures=arguments.drop_signatures,
        include_secret=arguments.include_secret,
        patches=load_patches(arguments.corrections) if arguments.corrections else {},
    )  # fmt: skip
    failed = 0
    for done, made in enumerate(_all(make, jobs, arguments.jobs), 1):
        failed += not made.succeeded
        print(f"[{done}/{len(jobs)}] {made.line}", file=sys.stderr, flush=True)
    print(f"{len(jobs)} files, {failed} with problems; results in {arguments.out}", file=sys.stderr)
    return SOME_FAILED if failed else 0


def _is_passed_over(job: Job, named: Sequence[Path]) -> bool:
    """Text in a folder has no page to show; text that was named is told so."""
    return job.path.suffix.lower() == ".txt" and job.path not in named


def _all(make: Callable[[Job], _Made], jobs: Sequence[Job], workers: int) -> Iterator[_Made]:
    if workers == 1 or len(jobs) < 2:
        yield from map(make, jobs)
        return
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=start_server()) as pool:
        yield from pool.map(make, jobs)


@functools.cache
def _engine(settings: Settings) -> Engine:
    """The recogniser of this process."""
    return choose_engine(settings)


def _make(
    job: Job, *, settings: Settings, kind: str, drop_signatures: bool, include_secret: bool, patches: Mapping[str, Patch]
) -> _Made:
    """One file; an expected problem is a line, and the others go on."""
    try:
        found = read(job.path, settings=settings, engine=_engine(settings), shown_path=job.shown_path)
        applied = [apply_patch(document, patches.get(document.id, Patch(document=document.id))) for document in found]
        documents = [one.document for one in applied]
        marks = [secrecy_of(document, Dictionaries.load()) for document in documents]
        if any(marks) and not include_secret:
            return _Made(f"{job.shown_path}: withheld, bears a mark of secrecy (--include-secret makes it)", True)
        target = job.stem.with_name(f"{job.stem.name}.pdf")
        words = write_searchable_pdf(job.path, documents, target, kind=kind, drop_signatures=drop_signatures)
    except OcrPipelineError as error:
        return _Made(f"{job.shown_path}: failed: {error}", False)
    pages = [page for document in documents for page in document.pages]
    problems = [f"page {page.source_page}: {page.problem}" for page in pages if page.problem]
    conflicts = sum(len(one.conflicts) for one in applied)
    held = [f"{conflicts} corrections hold no longer and were left out"] if conflicts else []
    return _Made("; ".join([f"{job.shown_path}: {len(pages)} pages, {words} words", *held, *problems]), not problems)
