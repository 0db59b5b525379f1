"""A plain pool of processes over files; each keeps its model loaded."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from ocr_pipeline.batch.inputs import Job
from ocr_pipeline.document import Document
from ocr_pipeline.errors import OcrPipelineError
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.settings import Settings

# Writes a document's files at a stem; picklable, because it travels to the workers.
Writer = Callable[[Document, Path], object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: its pages and seconds, or the error; ``problems`` are pages without text."""

    job: Job
    pages: int = 0
    documents: int = 0
    seconds: float = 0.0
    problems: tuple[str, ...] = ()
    error: OcrPipelineError | None = None

    @property
    def succeeded(self) -> bool:
        """Whether every page of the file came out."""
        return self.error is None and not self.problems


def run_jobs(jobs: Sequence[Job], settings: Settings, write: Writer, workers: int = 1) -> Iterator[Outcome]:
    """Read every job's file and ``write`` its documents; outcomes come as they are ready, failures among them."""
    if workers <= 1 or len(jobs) <= 1:
        yield from (_run(job, settings, write) for job in jobs)
        return
    # Tesseract's and OpenCV's own threads would only fight the other workers for the same cores.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(_run, job, settings, write): job for job in jobs}
        for future in as_completed(futures):
            yield _outcome(future, futures[future])


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        error = OcrPipelineError(
            f"{job.path}: a worker process died, perhaps for want of memory", remedy="Run again with --jobs 1."
        )
        return Outcome(job, error=error)


def _defect(job: Job, error: Exception) -> OcrPipelineError:
    at = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}: {error}"
    return OcrPipelineError(f"{job.path}: unexpected {where}", remedy="Please report this with the file, if it may be shared.")


_engines: dict[Settings, Engine] = {}


def _engine(settings: Settings) -> Engine | None:
    """The recogniser of this process; None where there is none, which only matters to a file that needs one."""
    if settings not in _engines:
        try:
            _engines[settings] = choose_engine(settings)
        except OcrPipelineError:
            return None
    return _engines[settings]


def _run(job: Job, settings: Settings, write: Writer) -> Outcome:
    started = time.monotonic()
    try:
        documents = read(job.path, settings=settings, engine=_engine(settings), shown_path=job.shown_path)
        for index, document in enumerate(documents, 1):
            stem = job.stem if index == 1 else job.stem.with_name(f"{job.stem.name}.{index}")
            write(document, stem)
    except OcrPipelineError as error:
        return Outcome(job, error=error, seconds=time.monotonic() - started)
    except Exception as error:  # a defect of ours in one file must not cost the others
        return Outcome(job, error=_defect(job, error), seconds=time.monotonic() - started)
    pages = [page for document in documents for page in document.pages]
    problems = tuple(f"page {page.source_page}: {page.problem}" for page in pages if page.problem)
    return Outcome(job, len(pages), len(documents), time.monotonic() - started, problems)
