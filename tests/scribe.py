"""A recogniser for tests of batches that needs no Tesseract: it counts bars, and fails in all the ways that one can.

A page of ``drawing(7)`` holds seven bars and reads ``Tờ số 7``. A scribe can be told to die, hang, or hoard memory at a
page, always or, with a folder for its memory, only the first time.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from ocr_pipeline.batch import Batch, Job, Ledger, LocalPool, Outcome, Pool, Recipe, Redo, collect_jobs, settings_digest
from ocr_pipeline.batch.messages import LAST, Answer, Lost, Task, decode, encode
from ocr_pipeline.batch.worker import Desk
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.exports import rendered, write_atomically
from ocr_pipeline.recognition import Engine, ReadLine
from ocr_pipeline.secrecy import Secrecy
from ocr_pipeline.settings import Settings

Pixels = npt.NDArray[np.uint8]
DPI = 150
_BAR, _PITCH, _MARGIN = 6, 12, 40


def drawing(bars: int) -> Image.Image:
    """A page with so many bars, a line of sixteen below the other."""
    pixels = np.full((240, 280), 255, np.uint8)
    for i in range(bars):
        x, y = _MARGIN + _PITCH * (i % 16), _MARGIN + 60 * (i // 16)
        pixels[y : y + 24, x : x + _BAR] = 0
    return Image.fromarray(pixels)


def write_pdf(path: Path, bars: Sequence[int]) -> Path:
    """A PDF of one image a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = [drawing(n) for n in bars]
    first.save(path, "PDF", save_all=True, append_images=others, resolution=DPI)
    return path


def write_tiff(path: Path, bars: Sequence[int]) -> Path:
    """The same as a TIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = [drawing(n) for n in bars]
    first.save(path, "TIFF", save_all=True, append_images=others, dpi=(DPI, DPI), compression="tiff_lzw")
    return path


@dataclass(slots=True)
class Scribe:
    """The engine. ``faults`` says at which number of bars what happens: die, hang, hoard or err."""

    settings: Settings
    faults: Mapping[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    memory: Path | None = None
    marks: Mapping[int, str] = field(default_factory=dict)
    name: str = "scribe"
    model: str = "bars"
    data_path: str = ""

    def other(self) -> Engine | None:
        """There is no second opinion on bars."""
        return None

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        """For each block one line that tells the number of bars in it."""
        return [(ReadLine(self._words(cut)),) for cut in cuts]

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        """The number of bars in each."""
        return [self._words(cut) for cut in cuts]

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        """The number of bars."""
        return self._words(grey)

    def _words(self, grey: Pixels) -> tuple[PlacedWord, ...]:
        time.sleep(self.seconds)
        bars = _bars(grey)
        if bars in self.faults and not self._has_happened(bars):
            _FAULTS[self.faults[bars]]()
        height, width = grey.shape
        words = self.marks.get(bars, f"Tờ số {bars}").split()
        step = width // (len(words) + 1)
        return tuple(PlacedWord(w, Box(i * step, 0, (i + 1) * step, height), 0.99) for i, w in enumerate(words))

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        """Bars are always upright."""
        return None

    def _has_happened(self, bars: int) -> bool:
        if self.memory is None:
            return False
        try:
            os.close(os.open(self.memory / str(bars), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return True
        return False


def _bars(grey: Pixels) -> int:
    """Runs of ink along the rows that hold any, each line of bars once."""
    ink = grey < 128
    rows = ink.any(axis=1)
    starts = np.flatnonzero(rows & ~np.concatenate(([False], rows[:-1])))
    ends = np.flatnonzero(rows & ~np.concatenate((rows[1:], [False])))
    middles = [(a + b) // 2 for a, b in zip(starts, ends, strict=True) if b - a > 4]
    return sum(int((np.diff(ink[m].astype(np.int8), prepend=0) == 1).sum()) for m in middles)


def _hoard() -> None:
    bytearray(1 << 36)


def _err() -> None:
    raise ValueError("a defect of the engine")


_FAULTS = {
    "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "abort": os.abort,
    "hang": lambda: time.sleep(3600),
    "hoard": _hoard,
    "err": _err,
}


def alive(pids: Collection[int]) -> list[int]:
    """Those of the processes that still run."""
    return [pid for pid in pids if Path(f"/proc/{pid}/stat").exists()]


class Inline:
    """A pool without processes: tasks are done where they are asked for. ``killing`` says after which answers to die."""

    def __init__(self, recipe: Recipe, killing: Callable[[Task, Answer], bool] = lambda task, answer: False) -> None:
        self.desk, self._killing = Desk(recipe), killing
        self.desk.warm()
        self._tasks: deque[tuple[int, Task]] = deque()
        self.given: list[Task] = []

    def room(self) -> int:
        """Two workers, as it were."""
        return 2 - len(self._tasks)

    def give(self, number: int, task: Task, limit: float) -> None:
        """Queue the task."""
        self._tasks.append((number, task))
        self.given.append(task)

    def answers(self, wait: float) -> Iterator[tuple[int, Answer]]:
        """Do the next task."""
        number, task = self._tasks.popleft()
        for answer in self.desk.answers(task):
            if self._killing(task, answer):
                yield number, Lost("its worker was ended by signal 9 (SIGKILL)")
                return
            yield number, decode(encode(answer))
            if isinstance(answer, LAST):
                return

    def close(self) -> None:
        """Let go of the file."""
        self.desk.close()


FORMATS = ("json", "txt")


def recipe(
    settings: Settings | None = None, *, secrecy: Secrecy | None = None, formats: Sequence[str] = FORMATS, **scribe: object
) -> Recipe:
    """What a worker with a scribe needs."""
    return Recipe(
        settings=settings or Settings(),
        render=functools.partial(rendered, formats=formats),
        secrecy=secrecy or Secrecy(),
        make_engine=functools.partial(Scribe, **scribe),  # type: ignore[arg-type]
    )


def run(
    inputs: Sequence[Path],
    out: Path,
    pool: Pool,
    *,
    settings: Settings | None = None,
    redo: Redo | None = None,
    secrecy: Secrecy | None = None,
    formats: Sequence[str] = FORMATS,
    write: Callable[[Path, bytes], None] = write_atomically,
) -> list[Outcome]:
    """A whole run, as the command does it, sorted by name."""
    settings, secrecy = settings or Settings(), secrecy or Secrecy()
    with Ledger(out) as ledger, contextlib.ExitStack() as stack:
        if isinstance(pool, Inline):
            stack.callback(pool.close)
        jobs: list[Job] = collect_jobs(inputs, out, ledger.known())
        ledger.enter(jobs)
        digest = settings_digest(settings, Dictionaries.load(), secrecy)
        if redo:
            ledger.reset(jobs, redo, digest)
        batch = Batch(jobs, ledger, pool, settings=settings, write=write, formats=formats, secrecy=secrecy)
        return sorted(batch.outcomes(), key=lambda o: o.job.shown_path)


def results(out: Path) -> dict[str, bytes]:
    """Every output by its path; what the ledger keeps for itself is none."""
    files = (p for p in out.rglob("*") if p.is_file() and ".ocr-pipeline" not in p.parts)
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in files}


def run_in_processes(folder: str, out: str, workers: str, seconds: str) -> None:
    """A batch over a folder with real workers: for tests that start it as a process of its own and kill it."""
    with LocalPool(recipe(seconds=float(seconds)), int(workers)) as pool:
        for outcome in run([Path(folder)], Path(out), pool):
            print(outcome.job.shown_path, outcome.state)
