"""``run``: read files or folders, write one JSON and one text a document, keep the ledger, say how it goes."""

from __future__ import annotations

import contextlib
import functools
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ocr_pipeline.batch import Batch, Job, Ledger, LocalPool, Outcome, Pool, Recipe, check_inputs, collect_jobs, settings_digest
from ocr_pipeline.batch.ledger import FOLDER
from ocr_pipeline.batch.ray_pool import RayPool
from ocr_pipeline.batch.reports import Totals, duration, line_of, on_one_line, remaining, write_reports
from ocr_pipeline.batch.watching import watched_jobs
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.exports import rendered, write_atomically
from ocr_pipeline.secrecy import Secrecy
from ocr_pipeline.settings import Settings

SOME_FAILED: Final = 1
NOTHING_DONE: Final = 8
_SHOWN_FAILURES: Final = 20
# Seconds between signs of life while a big file is in work, and between entries of the run's progress.
_SIGN_OF_LIFE: Final = 10.0


def run(arguments: Namespace, settings: Settings) -> int:
    """Read the inputs, with a line of progress a file; 0 only when every page of every file came out."""
    check_inputs(arguments.inputs, arguments.out)
    secrecy = Secrecy(on_secret=arguments.on_secret, include=arguments.include_secret)
    recipe = Recipe(settings=settings, render=functools.partial(rendered, formats=arguments.formats), secrecy=secrecy)
    with _ended_by_signal(), Ledger(arguments.out) as ledger, _pool(recipe, arguments) as pool:
        if arguments.watch:
            for jobs in watched_jobs(arguments.inputs, arguments.out, arguments.watch, ledger.known):
                _read(jobs, arguments, settings, secrecy, ledger, pool)
        jobs = collect_jobs(arguments.inputs, arguments.out, ledger.known())
        return _read(jobs, arguments, settings, secrecy, ledger, pool)


def _pool(recipe: Recipe, arguments: Namespace) -> LocalPool | RayPool:
    if arguments.ray is None:
        return LocalPool(recipe, arguments.jobs)
    return RayPool(recipe, arguments.jobs, arguments.ray)


@contextlib.contextmanager
def _ended_by_signal() -> Iterator[None]:
    """A polite request to end is taken like Ctrl-C: what is in hand is kept, the reports are written."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _read(jobs: Sequence[Job], arguments: Namespace, settings: Settings, secrecy: Secrecy, ledger: Ledger, pool: Pool) -> int:
    """One round over the jobs and its exit code."""
    digest = settings_digest(settings, Dictionaries.load(), secrecy)
    ledger.enter(jobs)
    if arguments.redo:
        ledger.reset(jobs, arguments.redo, digest)
    progress = _Progress(jobs, ledger, arguments.jobs, digest)
    batch = Batch(
        jobs, ledger, pool, settings=settings, write=write_atomically, formats=arguments.formats, secrecy=secrecy,
        tick=lambda: progress.tick(batch.pages_read),
    )  # fmt: skip
    outcome = "interrupted"
    try:
        for done in batch.outcomes():
            progress.add(done, batch.pages_read)
        outcome = "finished"
    finally:
        ledger.progress(batch.pages_read, progress.bytes_done, progress.seconds)
        ledger.end(outcome)
        write_reports(ledger.entries, arguments.out, write_atomically)
    _summarise(progress, arguments.out, ledger, digest)
    return _exit_code(progress.totals)


class _Progress:
    """What has come so far, shown on stderr: a line a file, and a sign of life within a long one."""

    def __init__(self, jobs: Sequence[Job], ledger: Ledger, workers: int, digest: str) -> None:
        self._files, self._ledger = len(jobs), ledger
        self._bytes = sum(_size(job.path) for job in jobs)
        self._started = self._spoke = time.monotonic()
        self.totals, self.bytes_done, self.kept, self.failures = Totals(), 0, 0, list[Outcome]()
        ledger.begin(workers, digest, len(jobs), self._bytes)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._started

    def add(self, outcome: Outcome, pages_read: int) -> None:
        """One more file is through."""
        self.totals = self.totals.with_state(outcome.state, outcome.pages)
        if not outcome.succeeded and len(self.failures) < _SHOWN_FAILURES:
            self.failures.append(outcome)
        if outcome.kept:
            self.kept += 1
            self._bytes -= outcome.size
            return
        self.bytes_done += outcome.size
        self._say(f"[{self.totals.files}/{self._files}] {line_of(outcome)} | {self._pace(pages_read)}", pages_read)

    def tick(self, pages_read: int) -> None:
        """A sign of life, where it has been long since the last."""
        if time.monotonic() - self._spoke > _SIGN_OF_LIFE:
            self._say(f"[{self.totals.files}/{self._files}] {pages_read} pages | {self._pace(pages_read)}", pages_read)

    def _say(self, line: str, pages_read: int) -> None:
        print(line, file=sys.stderr, flush=True)
        self._spoke = time.monotonic()
        self._ledger.progress(pages_read, self.bytes_done, self.seconds)

    def _pace(self, pages_read: int) -> str:
        left = remaining(self.seconds, self.bytes_done, self._bytes)
        failed = self.totals.failed + self.totals.partial
        rate = f"{60 * pages_read / max(self.seconds, 1e-9):.0f} pages/min"
        return rate + (f", {duration(left)} to go" if left else "") + (f", {failed} with problems" if failed else "")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _exit_code(totals: Totals) -> int:
    if totals.failed + totals.partial == 0:
        return 0
    return SOME_FAILED if totals.succeeded + totals.partial + totals.secret else NOTHING_DONE


def _summarise(progress: _Progress, out: Path, ledger: Ledger, digest: str) -> None:
    """The last words: what came out, what did not, what to type next."""
    totals = progress.totals
    kept = f" ({progress.kept} of them were there already)" if progress.kept else ""
    withheld = f", {totals.secret} files withheld for their mark of secrecy" if totals.secret else ""
    failed = totals.failed + totals.partial
    ending = f": {failed} files with problems:" if failed else f": all read, results in {out}"
    _tell(f"{totals.files} files{kept}, {totals.pages} pages{withheld}{ending}")
    for outcome in progress.failures:
        _tell(f"  {outcome.reason or f'{outcome.job.path}: ' + '; '.join(outcome.problems)}")
    if failed > len(progress.failures):
        _tell(f"  and {failed - len(progress.failures)} more")
    folder = out / FOLDER
    if failed:
        _tell(f"All reasons: {folder / 'failures.tsv'}. To try those files again: the same command with --redo failed")
    if doubtful := sum(bool(entry.jumps) for entry in ledger.entries()):
        _tell(f"{doubtful} files have page numbers that jump: see {folder / 'completeness.tsv'}")
    if older := sum(entry.state in ("done", "partial") and entry.settings != digest for entry in ledger.entries()):
        _tell(f"{older} files were read with other settings or another version; --redo changed-settings reads them anew")


def _tell(line: str) -> None:
    print(on_one_line(line), file=sys.stderr)
