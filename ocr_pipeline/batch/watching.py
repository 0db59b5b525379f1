"""A drop folder: files are taken when they have stopped growing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ocr_pipeline.batch.inputs import Job, collect_jobs
from ocr_pipeline.errors import UsageError

_Stamp = tuple[int, int]


def watched_jobs(
    inputs: Sequence[Path],
    out: Path,
    seconds: float,
    known: Callable[[], Mapping[bytes, str]],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[list[Job]]:
    """Files that are new or have changed since they were last given out, looked for every so many seconds, without end.

    A file is given out when two looks find it of the same size and time of change: a scanner that is still writing
    is waited for. Times are compared with one another only, never with the clock.
    """
    before: dict[Path, _Stamp] = {}
    given: dict[Path, _Stamp] = {}
    while True:
        jobs = {job: stamp for job in _jobs(inputs, out, known()) if (stamp := _stamp(job.path))}
        steady = [job for job, stamp in jobs.items() if before.get(job.path) == stamp != given.get(job.path)]
        before = {job.path: stamp for job, stamp in jobs.items()}
        if steady:
            given |= {job.path: jobs[job] for job in steady}
            yield steady
        sleep(seconds)


def _jobs(inputs: Sequence[Path], out: Path, known: Mapping[bytes, str]) -> list[Job]:
    try:
        return collect_jobs(inputs, out, known)
    except UsageError:
        return []  # nothing there yet


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
